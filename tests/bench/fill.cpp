// Fills a database for the benchmark with cases made by the workflows that serve real reports, many a transaction.
// usage: fill FILE year COUNT      a year of COUNT cases that ends now: 1,000 of the last two days open, 95 % of the others removed
//        fill FILE open COUNT      COUNT open cases of ten days, a tenth falling due each night from kSweepDay on
//        fill FILE calls COUNT     a webhook, to which nobody answers, and COUNT messages that wait for it
//        fill FILE mails COUNT     COUNT owners, and for each of them a notice that is to leave
// Leaves FILE with FILE.cases (a sample of references) and FILE.keys (the keys "police" and "municipality").

#include <fstream>
#include <iostream>

#include "domain/notice.h"
#include "domain/webhook.h"
#include "reports.h"
#include "store/sql_store.h"
#include "workflow/casework_actions.h"
#include "workflow/deadline_sweep.h"
#include "workflow/intake.h"
#include "workflow/telling.h"
#include "workflow/webhooks.h"

namespace klotterkoll::bench {
namespace {

using std::chrono::hours;

constexpr std::uint64_t kRows = 500;
/// Of these many recent days nothing is removed, at any size, so that lists of what is due soon are equally long.
constexpr std::uint64_t kRecent = 1'000;
constexpr hours kRecentTime{72};
constexpr hours kYear{24 * 364};
/// The first day of what `open` fills, far from any change of the clocks.
const Instant kOpenStart = parse_instant("2026-06-01T00:00:00Z").value();

class Filler {
 public:
  explicit Filler(const std::string& file) : file_(file) {
    RandomIdSource ids;
    migrate("sqlite:" + file, ids, now_);
    store_ = open_store({"sqlite:" + file, 1, 1});
    std::ofstream keys{file + ".keys"};
    store_->write([&](Transaction& transaction) {
      Municipality hoor;
      hoor.code = "1267";
      hoor.name = "Höör";
      hoor.area = Area{55.85, 13.35, 56.05, 13.75};
      const MunicipalityId id = transaction.municipalities().add(hoor, Policy{});
      for (int number = 0; number < kOwners; ++number) {
        Owner owner;
        owner.owner_id = owner_of_street(number);
        owner.name = "Fastighetsägare " + std::to_string(number);
        for (int its = number; its < kOwnedStreets; its += kOwners) owner.address_prefixes.push_back(street(its));
        transaction.owners().save(*transaction.municipalities().settings(id), owner);
      }
      for (const Role role : {Role::police, Role::municipality}) {
        ApiKey key;
        const std::string secret = issue_secret(key, ids);
        key.role = role;
        key.name = "bench";
        key.scopes = {{id, ""}};
        key.created_at = now_;
        Actor& holder = role == Role::police ? police_ : officer_;
        holder.role = role;
        holder.key_id = transaction.keys().add(key);
        keys << to_code(role) << ' ' << secret << '\n';
      }
    });
    store_->read([&](Transaction& transaction) {
      settings_ = transaction.municipalities().settings(transaction.municipalities().find_id("1267").value());
    });
  }

  void fill_year(std::uint64_t count) {
    const std::uint64_t old = count - kRecent;
    const Instant start = now_ - kYear;
    fill(count, [&](std::uint64_t n) {
      const auto spread = [](auto time, std::uint64_t part, std::uint64_t of) {
        return std::chrono::seconds{static_cast<std::int64_t>(static_cast<double>(std::chrono::seconds{time}.count()) *
                                                              static_cast<double>(part) / static_cast<double>(of))};
      };
      Plan plan;
      if (n >= old) {
        plan.at = now_ - kRecentTime + spread(kRecentTime, n - old, kRecent);
      } else {
        plan.at = start + spread(kYear - 2 * kRecentTime - hours{120}, n, old);
        if (n % 20 != 0) plan.removed_at = plan.at + hours{1 + mixed(n) % 110};  // of these about two thirds are on time
      }
      return plan;
    });
    sweep_deadlines(*store_, now_, now_);
  }

  void fill_calls(std::uint64_t count) {
    fill(count * 2 / 3, [&](std::uint64_t) { return Plan{now_ - hours{1}, {}}; });  // each opened, every other given to an owner
    store_->write([&](Transaction& transaction) {
      Webhook webhook;
      webhook.id = transaction.next_webhook_id(settings_->municipality.id);
      webhook.url = "http://127.0.0.1:9/ok";
      webhook.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
      webhook.created_at = now_;
      transaction.webhooks().add(webhook);
    });
    Teller teller = silent();
    teller.webhooks_for = webhooks_for;
    tell_all(teller);
  }

  void fill_mails(std::uint64_t count) {
    for (std::uint64_t n = 0; n < count; ++n)
      store_->write([&](Transaction& transaction) {
        Owner owner;
        owner.owner_id = "told-" + std::to_string(n);
        owner.name = "Fastighetsägare";
        owner.email = owner.owner_id + "@example.se";
        owner.address_prefixes = {"Brevgatan " + std::to_string(n)};
        const auto settings = transaction.municipalities().settings(settings_->municipality.id);
        transaction.owners().save(*settings, owner);
        ReportDraft draft;
        draft.place = {{}, owner.address_prefixes.front(), ""};
        draft.category = Category::tag;
        take_report(transaction, *settings, draft, police_, now_ - hours{1});
      });
    Teller teller = silent();
    teller.recipients_of = [](Transaction&, const Settings&, const Event&, const Concerned& concerned) {
      return concerned.audience == Audience::owner ? std::vector<Recipient>{{Destination::Kind::owner, concerned.owner_id, {}}} : std::vector<Recipient>{};
    };
    tell_all(teller);
  }

  void tell_all(const Teller& teller) {
    for (bool more = true; more;) {
      const Told told = tell_on(*store_, teller, now_);
      if (told.fault) std::rethrow_exception(told.fault);
      more = told.more;
    }
  }

  /// What is filled in is history, of which nothing is to be delivered.
  void tell_nobody() {
    store_->write([&](Transaction& transaction) { transaction.notices().pass_over_history(settings_->municipality.id); });
  }

  void fill_open(std::uint64_t count) {
    fill(count, [&](std::uint64_t n) { return Plan{kOpenStart + hours{24 * (n * 10 / count) + 8}, {}}; });
  }

 private:
  /// Tells nobody anything.
  Teller silent() const {
    Teller teller;
    teller.recipients_of = [](Transaction&, const Settings&, const Event&, const Concerned&) { return std::vector<Recipient>{}; };
    teller.leaves_at = [now = now_](Transaction&, const Settings&, const Recipient&, const Event&, Instant) { return now; };
    teller.webhooks_for = [](Transaction&, const Settings&, const Event&) { return std::vector<WebhookId>{}; };
    teller.has_webhook = [](Transaction&, const Settings&, const std::string&) { return true; };
    return teller;
  }

  struct Plan {
    Instant at;
    std::optional<Instant> removed_at;
  };

  template <typename Planned>
  void fill(std::uint64_t count, Planned&& planned) {
    std::ofstream sample{file_ + ".cases"};
    const std::uint64_t every = std::max<std::uint64_t>(1, count / 5'000);
    for (std::uint64_t first = 0; first < count; first += kRows) {
      std::string references;
      store_->write([&](Transaction& transaction) {
        references.clear();
        for (std::uint64_t n = first; n < std::min(first + kRows, count); ++n) {
          const CaseId id = add(transaction, n, planned(n));
          if (n % every == 0) references += store_->references().encode(id) + '\n';
        }
      });
      sample << references;
    }
  }

  CaseId add(Transaction& transaction, std::uint64_t n, const Plan& plan) {
    const Observation seen = observation(n);
    ReportDraft draft;
    draft.place = {Point{seen.lat, seen.lon}, seen.address, ""};
    draft.category = code_from<Category>(seen.category).value();
    draft.surface = Surface::wall;
    draft.object_type = ObjectType::building;
    draft.description = seen.description;
    draft.police_reference = police_reference(n);
    draft.external_id = "fill-" + std::to_string(n);
    const Taken taken = take_report(transaction, *settings_, draft, police_, plan.at);
    if (plan.removed_at)
      record_removal_of_case(transaction, *settings_, {taken.row.id, {}, officer_, *plan.removed_at + hours{1}, ""},
                             {*plan.removed_at, RemovalMethod{}, {}, false});
    return taken.row.id;
  }

  const std::string file_;
  const Instant now_ = SystemClock{}.now();
  std::unique_ptr<Store> store_;
  std::shared_ptr<const Settings> settings_;
  Actor police_, officer_;
};

}  // namespace
}  // namespace klotterkoll::bench

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: fill FILE year|open|calls|mails COUNT\n";
    return 2;
  }
  klotterkoll::bench::Filler filler{argv[1]};
  const std::uint64_t count = std::stoull(argv[3]);
  const std::string_view kind = argv[2];
  if (kind == "calls") {
    filler.fill_calls(count);
  } else if (kind == "mails") {
    filler.fill_mails(count);
  } else {
    kind == "open" ? filler.fill_open(count) : filler.fill_year(count);
    filler.tell_nobody();
  }
  return 0;
} catch (const std::exception& fault) {
  std::cerr << "fill: " << fault.what() << '\n';
  return 2;
}
