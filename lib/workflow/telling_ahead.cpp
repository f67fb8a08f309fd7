#include "workflow/telling_ahead.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <map>

#include "domain/mail_times.h"
#include "domain/user.h"

namespace klotterkoll {
namespace {

using Kind = Destination::Kind;
using std::chrono::days;

/// Longer than any warning's lead.
constexpr days kLongestLead{32};
/// What was told ahead is remembered so long after its deadline.
constexpr days kRemembered{30};

constexpr std::int64_t kCasesAtOnce = 500;
const std::string kEverybody;

CaseQuery open_and_due(const std::string& owner_id, Instant from, Instant before, std::int64_t most) {
  CaseQuery query;
  query.states = {CaseState::unassigned, CaseState::assigned};
  if (!owner_id.empty()) query.owner_id = owner_id;
  query.due_from = from;
  query.due_before = before;
  query.sort = CaseQuery::Sort::due_first;
  query.page.limit = most;
  return query;
}

struct Wanted {
  Kind kind;
  std::string ref;
  ToldAhead told;
  std::vector<int> warnings;  ///< those in the same quiet hours, which are all told by it
  QueuedNotice notice;
};

class Foresight {
 public:
  Foresight(Transaction& transaction, const Settings& settings, Instant now) : transaction_(transaction), settings_(settings), now_(now) {}

  std::vector<Wanted> wanted() {
    for (const TimedMailbox& mailbox : transaction_.users().timed_mailboxes(settings_.municipality.id)) {
      look_at_quiet_hours(mailbox);
      look_at_weekend(mailbox);
    }
    return std::move(wanted_);
  }

 private:
  void look_at_quiet_hours(const TimedMailbox& mailbox) {
    const auto ahead = ahead_at(mailbox.mail, settings_.zone, now_);
    if (ahead && mailbox.kind == Kind::owner) {
      look_at_warnings(Kind::owner, Audience::owner, mailbox, *ahead);
    } else if (ahead) {
      look_at_warnings(Kind::officer, Audience::officers, mailbox, *ahead);
    }
    if (mailbox.kind != Kind::owner) return;
    MailPreferences at_once = mailbox.mail;  // digests are not the second contact's
    at_once.digest_at.clear();
    if (const auto second = ahead_at(at_once, settings_.zone, now_)) look_at_warnings(Kind::second_contact, Audience::second_contact, mailbox, *second);
  }

  bool tells(const Policy& policy, bool last, Audience audience) const {
    const auto& audiences = last ? policy.escalation.last_warning : policy.escalation.warning;
    return std::ranges::find(audiences, audience) != audiences.end();
  }

  void look_at_warnings(Kind kind, Audience audience, const TimedMailbox& mailbox, const Ahead& ahead) {
    const bool any = std::ranges::any_of(settings_.policies, [&](const Policy& policy) { return tells(policy, false, audience) || tells(policy, true, audience); });
    if (!any || !has_address(kind, mailbox.ref)) return;
    const std::string owner_id = kind == Kind::officer ? "" : mailbox.ref;
    each_due(owner_id, now_ + std::chrono::seconds{1}, ahead.quiet.to + kLongestLead, [&](const CaseRow& row) {
      const Policy& policy = policy_of_version(settings_.policies, row.policy_version);
      const auto moments = warning_moments(policy, policy.limit_for(row.category, row.category_confirmed), row.due_at);
      Wanted one{kind, mailbox.ref, {row.id, row.due_at, -1, kind, mailbox.ref}, {}, {}};
      for (const auto& moment : moments)
        if (moment.at >= ahead.quiet.from && moment.at < ahead.quiet.to && moment.at > row.checked_until &&
            tells(policy, moment == moments.back(), audience))
          one.warnings.push_back(moment.index);
      if (one.warnings.empty()) return;
      one.notice.kind = NoticeKind::warning_ahead;
      one.notice.case_id = row.id;
      one.notice.leaves_at = ahead.leaves_at;
      wanted_.push_back(std::move(one));
    });
  }

  void look_at_weekend(const TimedMailbox& mailbox) {
    const LocalDate today = settings_.zone.date_of(now_);
    if (!mailbox.mail.weekend_digest || std::chrono::weekday{today} != std::chrono::Friday) return;
    const Instant at = weekend_mail_at(mailbox.mail, settings_.zone, today);
    if (now_ < at - kLookAhead || !has_address(mailbox.kind, mailbox.ref)) return;
    const std::string& owner_id = mailbox.kind == Kind::officer ? kEverybody : mailbox.ref;
    if (first_due(transaction_, settings_.municipality.id, owner_id, at, weekend_ends(settings_.zone, today), 1).items.empty()) return;
    Wanted one{mailbox.kind, mailbox.ref, {{}, at, -1, mailbox.kind, mailbox.ref}, {-1}, {}};
    one.notice.kind = NoticeKind::weekend;
    one.notice.leaves_at = std::max(at, now_);
    // Noticed late, it keeps to the quiet hours as anything else.
    if (const auto quiet = quiet_at(mailbox.mail, settings_.zone, one.notice.leaves_at)) one.notice.leaves_at = quiet->to;
    wanted_.push_back(std::move(one));
  }

  /// Shows the open cases with `from <= due_at < before`, the first first; in a read, where long lists keep nobody waiting.
  void each_due(const std::string& owner_id, Instant from, Instant before, const std::function<void(const CaseRow&)>& visit) {
    CaseQuery query = open_and_due(owner_id, from, before, kCasesAtOnce);
    for (;; query.page.offset += query.page.limit) {
      const auto page = transaction_.cases().list(settings_.municipality.id, query);
      std::ranges::for_each(page.items, visit);
      if (std::ssize(page.items) < query.page.limit) return;
    }
  }

  bool has_address(Kind kind, const std::string& ref) {
    const auto mailbox = transaction_.users().mailbox(settings_.municipality.id, kind, ref);
    return mailbox && !mailbox->email.empty();
  }

  Transaction& transaction_;
  const Settings& settings_;
  const Instant now_;
  std::vector<Wanted> wanted_;
};

/// Queues those that nobody has queued before.
void queue(Transaction& transaction, MunicipalityId municipality, const std::vector<Wanted>& wanted, Instant now) {
  std::map<DestinationId, Instant> wake;
  for (const Wanted& one : wanted) {
    bool first = false;
    for (const int warning : one.warnings) {
      ToldAhead told = one.told;
      told.warning = warning;
      first = transaction.users().note_told_ahead(told, municipality) || first;
    }
    if (!first) continue;
    QueuedNotice notice = one.notice;
    notice.id = transaction.next_notice_id(municipality);
    notice.destination = transaction.notices().destination(municipality, one.kind, one.ref);
    notice.created_at = now;
    transaction.notices().add(notice);
    const auto [at, added] = wake.emplace(notice.destination, notice.leaves_at);
    if (!added) at->second = std::min(at->second, notice.leaves_at);
  }
  for (const auto& [destination, at] : wake) transaction.notices().wake(destination, at);
}

void tell_ahead_in(Store& store, MunicipalityId municipality, Instant now) {
  std::vector<Wanted> wanted;
  store.read([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().settings(municipality);
    wanted = Foresight{transaction, *settings, now}.wanted();
    std::erase_if(wanted, [&](const Wanted& one) {
      return std::ranges::all_of(one.warnings, [&](int warning) {
        ToldAhead told = one.told;
        told.warning = warning;
        return transaction.users().was_told_ahead(told, municipality);
      });
    });
  });
  if (wanted.empty()) return;
  store.write([&](Transaction& transaction) {
    queue(transaction, municipality, wanted, now);
    transaction.users().forget_told_ahead(municipality, now - kRemembered);
  });
}

}  // namespace

void tell_ahead(Store& store, Instant now) {
  std::vector<Municipality> municipalities;
  store.read([&](Transaction& transaction) { municipalities = transaction.municipalities().list(); });
  std::exception_ptr fault;
  for (const Municipality& municipality : municipalities) {
    try {
      tell_ahead_in(store, municipality.id, now);
    } catch (...) {
      if (!fault) fault = std::current_exception();  // the others are told all the same
    }
  }
  if (fault) std::rethrow_exception(fault);
}

Listing<CaseRow> first_due(Transaction& transaction, MunicipalityId municipality, const std::string& owner_id, Instant from, Instant before,
                           std::int64_t most) {
  return transaction.cases().list(municipality, open_and_due(owner_id, from, before, most));
}

}  // namespace klotterkoll
