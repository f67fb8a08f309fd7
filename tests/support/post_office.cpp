#include "support/post_office.h"

#include <doctest/doctest.h>

#include <array>

#include "domain/notice.h"

namespace klotterkoll::test {

std::string_view Posted::to_code_of(MailTopic topic) {
  constexpr std::array<std::string_view, 24> names{
      "new_case", "left_you", "due_soon", "overdue", "reopened", "decided", "merged", "merge_undone", "hold_started", "hold_refused", "hold_ended",
      "rejected", "hold_requested", "reopen_requested", "unassigned", "no_channel", "bounced", "silent",
      "received", "removed", "dismissed", "not_removed", "not_in_time", "under_work_again"};
  return names.at(static_cast<std::size_t>(topic));
}

void PostOffice::gather() {
  town_.store->read([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().settings(town_.id);
    for (const auto& noted : transaction.events().after(town_.id, cursor_, 100'000)) {
      const auto row = transaction.cases().find(noted.event.case_id).value();
      for (const Concerned& concerned : concerned_by(noted.event, policy_of_version(settings->policies, row.policy_version).escalation))
        for (const Recipient& to : recipients_of(transaction, *settings, town_.store->references(), noted.event, concerned)) {
          QueuedNotice notice;
          notice.event = noted.event.id;
          notice.case_id = noted.event.case_id;
          notice.report = to.report;
          notice.created_at = town_.clock.now();
          notice.leaves_at = leaves_at(transaction, *settings, to, noted.event, town_.clock.now());
          put(to.kind, to.ref, notice);
        }
    }
  });
}

std::vector<Posted> PostOffice::send() {
  std::vector<Posted> all;
  for (const auto& [to, notices] : waiting_) {
    RecordingWriter writer;
    Destination destination;
    destination.kind = to.first;
    destination.ref = to.second;
    Message message;
    message.id = MessageId{town_.id, ++messages_};
    message.created_at = town_.clock.now();
    const auto mail = write(*town_.store, [&](Transaction& transaction) {
      writer.written.clear();
      return std::pair{compose_mail(transaction, *transaction.municipalities().settings(town_.id), destination, message, notices, nullptr,
                                    {"https://klotter.example.se", "klotter.example.se", writer, town_.store->references(), most_items}, ids_, town_.clock.now()), 0};
    }).first;
    if (mail.mail) all.push_back({to.first, to.second, mail.mail->mail, writer.written.at(0)});
  }
  waiting_.clear();
  return all;
}

std::vector<Posted> PostOffice::post() {
  gather();
  return send();
}

Posted PostOffice::only(const std::vector<Posted>& all, Destination::Kind kind, const std::string& ref) {
  std::vector<Posted> found;
  for (const Posted& posted : all)
    if (posted.kind == kind && (ref.empty() || posted.ref == ref)) found.push_back(posted);
  REQUIRE(found.size() == 1);
  return found.front();
}

std::size_t PostOffice::waiting() const {
  std::size_t count = 0;
  for (const auto& [to, notices] : waiting_) count += notices.size();
  return count;
}

std::int64_t PostOffice::add_officer(const std::string& email, const MailPreferences& mail) {
  return write(*town_.store, [&](Transaction& transaction) {
    User user;
    user.email = email;
    user.name = "Anna Ek";
    user.home = town_.id;
    user.scopes = {{town_.id, Role::municipality, "", true}};
    user.mail = mail;
    user.created_at = town_.clock.now();
    return transaction.users().add(user);
  });
}

}  // namespace klotterkoll::test
