#include "workflow/recipients.h"

#include <algorithm>

#include "domain/mail_address.h"
#include "domain/mail_times.h"
#include "domain/user.h"
#include "workflow/casework.h"
#include "workflow/faults.h"

namespace klotterkoll {
namespace {

class Finder {
 public:
  Finder(Transaction& transaction, MunicipalityId municipality, const ReferenceCipher& references, const Event& event)
      : transaction_(transaction), references_(references), event_(event), municipality_(municipality) {}

  void add_mailbox(Destination::Kind kind, const std::string& ref) {
    look_up(kind, ref, [&] { add_if_told(kind, ref); });
  }

  void add_officers() {
    for (const std::int64_t user : transaction_.users().officers(municipality_)) add_mailbox(Destination::Kind::officer, std::to_string(user));
  }

  /// That a report was received is for the one who left it, with the case that it is of: not when reports are shared with a
  /// case that was split off.
  void add_sender() {
    const auto report = event_.data.report ? transaction_.reports().find(*event_.data.report) : std::nullopt;
    if (report && report->case_id == event_.case_id) add_reporter(*report);
  }

  void add_reporters() {
    const auto row = transaction_.cases().find(event_.case_id);
    if (row)
      for (const Report& report : reports_of(transaction_, *row)) add_reporter(report);
  }

  std::vector<Recipient> found() && { return std::move(found_); }

 private:
  template <typename Work>
  void look_up(Destination::Kind kind, const std::string& ref, Work&& work) {
    try {
      work();
    } catch (const std::exception& fault) {
      if (is_passing(fault)) throw;
      found_.push_back({kind, ref, {}, fault.what()});
    }
  }

  void add_if_told(Destination::Kind kind, const std::string& ref) {
    const auto mailbox = transaction_.users().mailbox(municipality_, kind, ref);
    if (!mailbox || mailbox->email.empty()) return;
    if (event_.type == EventType::case_due_soon && event_.data.due_at && event_.data.warning &&
        transaction_.users().was_told_ahead({event_.case_id, *event_.data.due_at, *event_.data.warning, kind, ref}, municipality_))
      return;
    found_.push_back({kind, ref, {}, ""});
  }

  void add_reporter(const Report& report) {
    if (!is_mail_address(report.contact.email)) return;
    const std::string ref = mail_address_digest(references_, report.contact.email);
    if (std::ranges::find(found_, ref, &Recipient::ref) != found_.end()) return;
    look_up(Destination::Kind::reporter, ref, [&] { add_if_told(report, ref); });
  }

  void add_if_told(const Report& report, const std::string& ref) {
    const auto known = transaction_.users().find_address(municipality_, ref);
    // Until it is confirmed it gets one mail, which tells that a report was received; entered by an officer it may be confirmed by that.
    const bool by_staff = event_.by.role == Role::municipality || event_.by.role == Role::police;
    const bool first = event_.type == EventType::case_opened || event_.type == EventType::report_linked;
    if (known && known->stopped_at) return;
    if (known && !known->confirmed_at && known->first_mail_at && !(first && by_staff)) return;
    found_.push_back({Destination::Kind::reporter, ref, report.id, ""});
  }

  Transaction& transaction_;
  const ReferenceCipher& references_;
  const Event& event_;
  const MunicipalityId municipality_;
  std::vector<Recipient> found_;
};

}  // namespace

std::vector<Recipient> recipients_of(Transaction& transaction, const Settings& settings, const ReferenceCipher& references, const Event& event,
                                     const Concerned& concerned) {
  Finder finder{transaction, settings.municipality.id, references, event};
  switch (concerned.audience) {
    case Audience::owner: finder.add_mailbox(Destination::Kind::owner, concerned.owner_id); break;
    case Audience::second_contact: finder.add_mailbox(Destination::Kind::second_contact, concerned.owner_id); break;
    case Audience::officers: finder.add_officers(); break;
    case Audience::reporters:
      if (event.type == EventType::case_opened || event.type == EventType::report_linked) finder.add_sender();
      else finder.add_reporters();
      break;
  }
  return std::move(finder).found();
}

Instant leaves_at(Transaction& transaction, const Settings& settings, const Recipient& recipient, const Event& event, Instant now) {
  const MunicipalityId municipality = settings.municipality.id;
  auto mailbox = recipient.kind == Destination::Kind::reporter ? std::nullopt : transaction.users().mailbox(municipality, recipient.kind, recipient.ref);
  MailPreferences mail = mailbox ? mailbox->mail : MailPreferences{};
  if (recipient.kind == Destination::Kind::second_contact) mail.digest_at.clear();
  if (mail.digest_at.empty() && !mail.quiet_from) return leaves_at(mail, settings.zone, now, std::nullopt);
  const auto row = transaction.cases().find(event.case_id);
  return leaves_at(mail, settings.zone, now, row && row->open() ? std::optional{row->due_at} : std::nullopt);
}

}  // namespace klotterkoll
