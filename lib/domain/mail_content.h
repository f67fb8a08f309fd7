#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "domain/codes.h"
#include "domain/event.h"
#include "domain/outgoing.h"

namespace klotterkoll {

// What a mail tells, gathered from the store and ready to be put into words (notify/mail_texts.h). Everything here has
// been reduced to what the recipient may see.

/// What one line of a mail is about; which of them an audience is told follows from `concerned_by`.
enum class MailTopic {
  new_case, left_you, due_soon, overdue, reopened, decided, merged, merge_undone, hold_started, hold_refused, hold_ended,  // to owners
  rejected, hold_requested, reopen_requested, unassigned, no_channel, bounced, silent,                              // to officers
  received, removed, dismissed, not_removed, not_in_time, under_work_again,                                         // to reporters
};

constexpr auto names_of(MailTopic) {
  return std::array<Names, 24>{"new_case", "left_you", "due_soon", "overdue", "reopened", "decided", "merged", "merge_undone",
                               "hold_started", "hold_refused", "hold_ended", "rejected", "hold_requested", "reopen_requested",
                               "unassigned", "no_channel", "bounced", "silent", "received", "removed", "dismissed", "not_removed",
                               "not_in_time", "under_work_again"};
}

struct MailItem {
  MailTopic topic = MailTopic::new_case;
  std::string reference;  ///< "HR7K-2M9Q-X4"
  Category category = Category::other;
  std::optional<Surface> surface;
  std::optional<ObjectType> object_type;
  std::string place;        ///< in words: address, designation, or coordinates
  std::string description;  ///< the first report's, where the recipient may read it; somebody's words
  Instant at;               ///< when it happened
  std::optional<Instant> due_at, hold_until, removed_at;
  std::optional<std::int64_t> hours_left;
  std::string reason;      ///< a code: of a rejection, dismissal, non-removal, hold; of not_in_time see Delay
  std::string owner_name;  ///< where the recipient may know it
  std::string note;        ///< somebody's words, where the recipient may read them
  std::string closing_url; ///< owners: the link that closes the case
  std::string case_url;    ///< the public page of the case
  std::string photo_url;   ///< the photo after removal, or before it, when the recipient may see it
  std::string map_url;     ///< "geo:..." of the place, exactly or rounded as the recipient may see it
};

/// Why a promise was not kept in time, as a reporter is told.
enum class Delay { unassigned, owner, held };
constexpr auto names_of(Delay) { return std::array<Names, 3>{"unassigned", "owner", "held"}; }

/// Why the recipient gets this mail as one.
enum class MailFrame {
  notices,          ///< what has happened, one thing or several
  digest,           ///< what has gathered since the last time
  weekend,          ///< what runs out over the weekend
  confirm_address,  ///< to somebody who reported: received, and a link to hear more
  parked,           ///< to officers: messages that could not be delivered
  open_cases,       ///< to an owner whose address was changed: what it has to do
  address_changed,  ///< to the address that was the owner's before
  sign_in,          ///< to a user: a link and a code to sign in with
};

struct ParkedLine {
  std::string to;      ///< the owner's name, the webhook's host, "a reporter"
  std::string type;    ///< Message::type
  std::string detail;  ///< what the other side said
  std::vector<std::string> references;
};

struct MailContent {
  MailFrame frame = MailFrame::notices;
  Audience audience = Audience::owner;
  Language language = Language::sv;
  TimeZone zone{"Europe/Stockholm"};
  std::string municipality_name;
  std::string recipient_name;  ///< empty: not known
  int limit_days = 3;          ///< of the promise in force, 0: in hours
  int limit_hours = 0;
  std::vector<MailItem> items;
  std::int64_t more = 0;  ///< there are so many more than these items: the mail says so
  std::vector<ParkedLine> parked;
  std::string confirm_url;      ///< confirm_address
  std::string sign_in_url, sign_in_code;  ///< sign_in
  std::string unsubscribe_url;  ///< reporters
  std::string list_url;         ///< staff: where their cases are
};

/// A mail's words.
struct MailText {
  std::string subject, text, html;
};

/// Puts a mail into words; notify/ implements it.
class MailWriter {
 public:
  virtual ~MailWriter() = default;
  virtual MailText write(const MailContent& content) const = 0;
};

}  // namespace klotterkoll
