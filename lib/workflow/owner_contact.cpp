#include "workflow/owner_contact.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "domain/mail_address.h"
#include "domain/mail_times.h"
#include "workflow/kept_mail.h"
#include "workflow/telling.h"
#include "workflow/telling_ahead.h"

namespace klotterkoll {
namespace {

/// Cases read at a time.
constexpr std::int64_t kCasesRead = 500;

using Kind = Destination::Kind;

constexpr std::int64_t kMailsOfOne = 100;

bool same(const std::string& one, const std::string& other) { return mail_address_key(one) == mail_address_key(other); }

class ContactChange {
 public:
  ContactChange(Transaction& transaction, const Settings& settings, const Owner& before, const Owner& after, Instant now)
      : transaction_(transaction), settings_(settings), before_(before), after_(after), now_(now),
        queueing_(transaction, settings.municipality.id, now) {}

  void carry_out() {
    const bool other = !same(before_.email, after_.email), other_second = !same(before_.second_email, after_.second_email);
    if (!other && !other_second) return;
    require_patience();
    if (other) start_afresh(Kind::owner);
    if (other_second) start_afresh(Kind::second_contact);
    if (other && is_mail_address(after_.email)) tell_open_cases();
    if (other) tell_former(before_.email);
    if (other_second && !same(before_.second_email, before_.email)) tell_former(before_.second_email);
    queueing_.wake();
  }

 private:
  void require_patience() {
    const auto former = transaction_.notices().find_destination(settings_.municipality.id, Kind::former_contact, after_.owner_id);
    if (!former) return;
    const auto told = transaction_.notices().of_destination(former->id, kContactChangesADay);
    if (std::ssize(told) == kContactChangesADay && told.back().created_at + std::chrono::hours{24} > now_)
      throw Error{ErrorCode::busy, "The owner's addresses have been changed too often today; try again tomorrow."};
  }

  /// How the former address behaved says nothing of the new one.
  void start_afresh(Kind kind) {
    NoticeTable& notices = transaction_.notices();
    give_up_mails_to(transaction_, settings_.municipality.id, kind, after_.owner_id);
    const auto found = notices.find_destination(settings_.municipality.id, kind, after_.owner_id);
    auto mailbox = found ? notices.find_destination_to_change(found->id) : std::nullopt;
    if (!mailbox) return;
    mailbox->failures = 0;
    mailbox->failing_since.reset();
    mailbox->closed_until.reset();
    notices.update(*mailbox);
    for (Message& message : notices.waiting_messages(mailbox->id, kMailsOfOne)) {
      message.attempts = 0;
      message.first_tried_at.reset();
      message.next_at = now_;
      notices.update(message);
      notices.wake(mailbox->id, now_);
    }
  }

  void tell_open_cases() {
    CaseQuery query;
    query.states = {CaseState::assigned};
    query.owner_id = after_.owner_id;
    query.sort = CaseQuery::Sort::due_first;
    query.now = now_;
    query.page.limit = kCasesRead;
    std::vector<CaseId> open;
    std::optional<Instant> leaves;
    for (std::int64_t count = kCasesRead; count == kCasesRead; query.page.offset += kCasesRead) {
      const auto found = transaction_.cases().list(settings_.municipality.id, query);
      count = std::ssize(found.items);
      for (const CaseRow& row : found.items) {
        const Instant at = leaves_at(after_.mail, settings_.zone, now_, row.due_at);
        leaves = leaves ? std::min(*leaves, at) : at;
        open.push_back(row.id);
      }
    }
    for (const CaseId id : open) {
      QueuedNotice notice;
      notice.kind = NoticeKind::open_case;
      notice.case_id = id;
      notice.leaves_at = *leaves;
      queueing_.add(Kind::owner, after_.owner_id, notice);
    }
  }

  void tell_former(const std::string& email) {
    if (!is_mail_address(email) || same(email, after_.email) || same(email, after_.second_email)) return;
    KeptMail seed;
    seed.mail.to = email;
    seed.mail.language = before_.mail.language;
    seed.mail.date = now_;
    transaction_.notices().keep_mail(queueing_.add_mail(Kind::former_contact, after_.owner_id, NoticeKind::address_changed), seed);
  }

  Transaction& transaction_;
  const Settings& settings_;
  const Owner &before_, &after_;
  const Instant now_;
  Queueing queueing_;
};

}  // namespace

void save_owner(Transaction& transaction, const Settings& settings, const Owner& owner, Instant now) {
  const auto before = transaction.owners().find(settings.municipality.id, owner.owner_id);
  transaction.owners().save(settings, owner);
  if (before) ContactChange{transaction, settings, *before, owner, now}.carry_out();
}

}  // namespace klotterkoll
