#pragma once

#include <map>
#include <string>
#include <vector>

#include "domain/mail_content.h"
#include "domain/user.h"
#include "support/town.h"
#include "workflow/mail.h"
#include "workflow/recipients.h"

namespace klotterkoll::test {

/// Keeps what it is given to put into words.
class RecordingWriter final : public MailWriter {
 public:
  MailText write(const MailContent& content) const override {
    written.push_back(content);
    return {"subject", "text", "<p>html</p>"};
  }
  mutable std::vector<MailContent> written;
};

struct Posted {
  Destination::Kind kind;
  std::string ref;
  OutgoingMail mail;
  MailContent content;
  /// "new_case HR7K-...": the topics, in order, with a space after each.
  std::string topics() const {
    std::string all;
    for (const MailItem& item : content.items) all += std::string{to_code_of(item.topic)} + " ";
    return all;
  }
  static std::string_view to_code_of(MailTopic topic);
};

/// Walks a town's history as telling does, and makes one mail of what has gathered for each mailbox.
class PostOffice {
 public:
  explicit PostOffice(Town& town) : town_(town) {}

  /// Reads on in the history; the mails of what is new, and of what was put in beside it. A mailbox whose news have been
  /// overtaken gets none.
  std::vector<Posted> post();
  /// The one mail to this kind of mailbox among those; the test fails when there is another number of them.
  static Posted only(const std::vector<Posted>& all, Destination::Kind kind, const std::string& ref = "");
  /// Gathers what is new, without sending.
  void gather();
  /// Composes what has gathered.
  std::vector<Posted> send();
  void put(Destination::Kind kind, const std::string& ref, const QueuedNotice& notice) { waiting_[{kind, ref}].push_back(notice); }
  std::size_t waiting() const;

  std::size_t most_items = kItemsOfMail;  ///< of a mail
  std::int64_t add_officer(const std::string& email, const MailPreferences& mail = {});

 private:
  Town& town_;
  std::vector<std::int64_t> cursor_;
  std::map<std::pair<Destination::Kind, std::string>, std::vector<QueuedNotice>> waiting_;
  RandomIdSource ids_;
  std::int64_t messages_ = 0;
};

}  // namespace klotterkoll::test
