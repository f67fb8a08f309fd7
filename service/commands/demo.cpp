#include <iostream>
#include <map>
#include <random>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/demo_land.h"
#include "commands/demo_stories.h"
#include "domain/notice.h"
#include "domain/user.h"
#include "workflow/casework_actions.h"
#include "workflow/deadline_sweep.h"
#include "workflow/intake.h"
#include "workflow/land_register.h"

namespace klotterkoll {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

/// The demonstration's last four weeks, told by the same workflows that serve real reports, in the order of time.
class Demonstration {
 public:
  Demonstration(Store& store, IdSource& ids, Instant now) : store_(store), ids_(ids), now_(now) {}

  void build() {
    add_municipality();
    add_keys();
    add_users();
    const LocalDate today = settings_->zone.date_of(now_);
    for (const DemoStory& story : demo_stories()) {
      const minutes minute{static_cast<int>(random_() % 60)};
      const Instant at = story.days_ago ? settings_->zone.to_instant(LocalTime{today - days{story.days_ago}} + hours{story.hour} + minute)
                                        : now_ - hours{story.hour} - minute;
      plan(at, [this, &story](Instant when) { report(story, when); });
    }
    // Warnings come at 07:00, and deadlines pass at midnight.
    for (LocalDate day = today - days{30}; day <= today; day += days{1})
      for (const hours hour : {hours{0}, hours{7}}) plan(settings_->zone.to_instant(LocalTime{day} + hour + minutes{1}), [this](Instant when) { sweep_deadlines(store_, when, when); });
    while (!planned_.empty() && planned_.begin()->first <= now_) {
      const auto next = planned_.extract(planned_.begin());
      next.mapped()(next.key());
    }
    sweep_deadlines(store_, now_, now_);
    // Nobody is told of what never happened.
    write([&](Transaction& transaction) { transaction.notices().pass_over_history(settings_->municipality.id); });
  }

  const std::vector<std::pair<std::string, std::string>>& keys() const { return keys_; }
  std::int64_t reports() const { return reports_; }

 private:
  using Step = std::function<void(Instant)>;

  void plan(Instant at, Step step) { planned_.emplace(at, std::move(step)); }

  void write(const std::function<void(Transaction&)>& work) { store_.write(work); }

  void add_municipality() {
    Municipality hoor;
    hoor.code = "1267";
    hoor.name = "Höör";
    hoor.area = Area{55.85, 13.35, 56.05, 13.75};
    hoor.demo = true;
    Policy policy;
    write([&](Transaction& transaction) {
      for (const Municipality& one : transaction.municipalities().list())
        throw Error{ErrorCode::refused, one.demo ? "The demonstration is in this database already."
                                                 : "This database holds " + one.name + " (" + one.code +
                                                       "), which is no demonstration; name an empty one with --database."};
      const MunicipalityId id = transaction.municipalities().add(hoor, policy);
      settings_ = transaction.municipalities().settings(id);
      for (const Owner& owner : demo_owners()) transaction.owners().save(*settings_, owner);
      for (const Property& property : demo_properties()) save_property(transaction, *settings_, property);
      for (const PlacedObject& object : demo_objects()) save_object(transaction, *settings_, object);
      for (const AddressPoint& address : demo_addresses()) save_address(transaction, *settings_, address);
    });
  }

  void add_keys() {
    const std::vector<std::pair<Role, std::string>> wanted{{Role::police, "Lokalpolisområde mellersta Skåne"},
                                                           {Role::owner, "HFAB driftsystem"},
                                                           {Role::municipality, "Höörs kommun, gata och park"},
                                                           {Role::channel, "Felanmälan hoor.se"},
                                                           {Role::admin, "Drift av Klotterkoll"}};
    for (const auto& [role, name] : wanted) {
      ApiKey key;
      const std::string secret = issue_secret(key, ids_);
      key.role = role;
      key.name = name;
      key.created_at = now_ - days{30};
      if (role != Role::admin) key.scopes.push_back({settings_->municipality.id, role == Role::owner ? "hfab" : ""});
      write([&](Transaction& transaction) { key_ids_[role] = transaction.keys().add(key); });
      keys_.emplace_back(to_code(role), secret);
    }
  }

  /// Who may be walked in as (serve --demo). Made-up people get no mail.
  void add_users() {
    const std::vector<std::tuple<std::string, std::string, Role, std::string>> wanted{
        {"Anna Ek", "anna.ek@example.se", Role::municipality, ""},
        {"Kim Lind", "kim.lind@example.se", Role::police, ""},
        {"Samir Berg", "samir.berg@example.se", Role::owner, "hfab"}};
    for (const auto& [name, email, role, owner_id] : wanted) {
      User user;
      user.name = name;
      user.email = email;
      user.home = settings_->municipality.id;
      user.scopes = {{user.home, role, owner_id, false}};
      user.created_at = now_ - days{30};
      validate(user);
      write([&](Transaction& transaction) { transaction.users().add(user); });
    }
  }

  Actor actor(Role role) const {
    return {role, role == Role::citizen ? 0 : key_ids_.at(role), role == Role::owner ? "hfab" : ""};
  }

  /// The case as it is; actions on it follow one another, so nothing changes in between.
  CaseRow present(CaseId id) {
    std::optional<CaseRow> row;
    store_.read([&](Transaction& transaction) { row = transaction.cases().find(id); });
    return row.value();
  }

  void report(const DemoStory& story, Instant at) {
    ReportDraft draft;
    draft.place = {Point{story.place.lat, story.place.lon}, story.place.address, story.place.designation};
    draft.category = story.category;
    draft.surface = story.surface;
    draft.object_type = story.object_type;
    draft.object_label = story.object_label;
    draft.description = story.text;
    Role role = story.source == Source::citizen ? Role::citizen : Role::municipality;
    if (story.source == Source::police) {
      role = Role::police;
      draft.police_reference = "5000-K" + std::to_string(100'000 + random_() % 900'000) + "-" + two_digits_of_year(at);
      draft.times.reported_at = at - hours{2} - minutes{static_cast<int>(random_() % 300)};
    } else if (role == Role::citizen) {
      draft.contact = {"", "anmalare" + std::to_string(reports_) + "@example.se", ""};
    }
    Taken taken;
    write([&](Transaction& transaction) { taken = take_report(transaction, *settings_, draft, actor(role), at); });
    ++reports_;
    follow(story, taken.row.id, at);
  }

  std::string two_digits_of_year(Instant at) const { return format_date(settings_->zone.date_of(at)).substr(2, 2); }

  /// Plans what becomes of the case, by the days that its deadline leaves.
  void follow(const DemoStory& story, CaseId id, Instant reported) {
    const auto later = [&](int after_days, int hour) {
      const LocalDate day = settings_->zone.date_of(reported) + days{after_days};
      return settings_->zone.to_instant(LocalTime{day} + hours{hour} + minutes{static_cast<int>(random_() % 50)});
    };
    if (!story.assign_to.empty())
      plan(reported + hours{3}, [=, this](Instant at) {
        write([&](Transaction& transaction) { assign_case(transaction, *settings_, officer(id, at), story.assign_to); });
      });
    switch (story.fate) {
      case DemoFate::stays_open: break;
      case DemoFate::on_time: remove(id, later(2, 10), later(2, 13)); break;
      case DemoFate::late: remove(id, later(5, 9), later(5, 14)); break;
      case DemoFate::recorded_after_due: remove(id, later(2, 14), later(4, 8)); break;
      case DemoFate::backdated: remove(id, later(2, 11), later(9, 15)); break;
      case DemoFate::confirmed: remove(id, later(3, 12), later(8, 9), "Faktura från saneringsfirman med datum och bild."); break;
      case DemoFate::not_graffiti: dismiss(id, later(1, 9), DismissalReason::not_graffiti, "Konstverk beställt av kommunen."); break;
      case DemoFate::not_found: dismiss(id, later(5, 10), DismissalReason::not_found, "Platsen är besökt två gånger."); break;
      case DemoFate::declined:
        plan(later(4, 11), [=, this](Instant at) {
          write([&](Transaction& transaction) {
            give_up_case(transaction, *settings_, officer(id, at, "Ägaren avböjer trots påminnelse."), NonRemovalReason::owner_declines);
          });
        });
        break;
      case DemoFate::rejected: reject_and_reassign(story, id, later(1, 8), later(1, 13), later(3, 10)); break;
      case DemoFate::reopened: reopen(id, later(1, 10), later(3, 17), later(4, 9), later(6, 11)); break;
    }
    if (!story.comment.empty())
      plan(reported + hours{20}, [=, this](Instant at) {
        write([&](Transaction& transaction) { comment_on_case(transaction, *settings_, officer(id, at, story.comment), Visibility::public_); });
      });
  }

  CaseAction officer(CaseId id, Instant at, std::string note = "") const {
    return {id, std::nullopt, actor(Role::municipality), at, std::move(note)};
  }

  /// The owner whose key there is does it by itself; for the others an officer enters it.
  CaseAction by_owner(CaseId id, Instant at) {
    CaseAction action = officer(id, at);
    if (present(id).owner_id == "hfab") action.actor = actor(Role::owner);
    return action;
  }

  void remove(CaseId id, Instant removed, Instant recorded, const std::string& evidence = "") {
    plan(recorded, [=, this](Instant at) {
      CaseAction action = evidence.empty() ? by_owner(id, at) : officer(id, at, evidence);
      const Removal removal{removed, RemovalMethod::washed, 1200, !evidence.empty()};
      write([&](Transaction& transaction) { record_removal_of_case(transaction, *settings_, action, removal); });
    });
  }

  void dismiss(CaseId id, Instant when, DismissalReason reason, const std::string& note) {
    plan(when, [=, this](Instant at) {
      write([&](Transaction& transaction) { dismiss_case(transaction, *settings_, officer(id, at, note), reason); });
    });
  }

  void reject_and_reassign(const DemoStory& story, CaseId id, Instant rejected, Instant reassigned, Instant removed) {
    plan(rejected, [=, this](Instant at) {
      CaseAction action = by_owner(id, at);
      action.note = "Fasaden är inte vår.";
      write([&](Transaction& transaction) { reject_case(transaction, *settings_, action, "not_ours", story.reassign_to); });
    });
    plan(reassigned, [=, this](Instant at) {
      write([&](Transaction& transaction) { assign_case(transaction, *settings_, officer(id, at), story.reassign_to); });
    });
    remove(id, removed, removed + hours{1});
  }

  void reopen(CaseId id, Instant removed, Instant asked, Instant reopened, Instant removed_again) {
    remove(id, removed, removed + hours{1});
    plan(asked, [=, this](Instant at) {
      const CaseAction action{id, std::nullopt, actor(Role::citizen), at, "Man ser fortfarande allt."};
      write([&](Transaction& transaction) { request_reopening_of_case(transaction, *settings_, action); });
    });
    plan(reopened, [=, this](Instant at) {
      write([&](Transaction& transaction) { undo_removal_of_case(transaction, *settings_, officer(id, at, "Bara delvis borta.")); });
    });
    remove(id, removed_again, removed_again + hours{1});
  }

  Store& store_;
  IdSource& ids_;
  const Instant now_;
  std::mt19937 random_{1267};  // the same demonstration every time
  std::shared_ptr<const Settings> settings_;
  std::map<Role, std::int64_t> key_ids_;
  std::vector<std::pair<std::string, std::string>> keys_;
  std::multimap<Instant, Step> planned_;
  std::int64_t reports_ = 0;
};

}  // namespace

void register_demo_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "demo", "Fill an empty database with four weeks of a made-up Höör, and print a key for each role");
  const auto now = std::make_shared<std::string>();
  command->add_option("--now", *now, "The moment the four weeks end")->type_name("TIME")->default_str("now");
  command->callback([&context, now] {
    context.run = [&context, now] {
      const auto store = context.open();
      Demonstration demonstration{*store, context.ids, now->empty() ? context.clock.now() : instant_option("--now", *now)};
      demonstration.build();
      std::cout << "Höör (1267) with " << demonstration.reports() << " reports. Keys:\n";
      for (const auto& [role, key] : demonstration.keys()) std::cout << role << ": " << key << '\n';
      return kDone;
    };
  });
}

}  // namespace klotterkoll
