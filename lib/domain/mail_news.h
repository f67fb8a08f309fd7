#pragma once

#include <string>
#include <vector>

#include "domain/case.h"
#include "domain/mail_content.h"
#include "domain/notice.h"

namespace klotterkoll {

/// One thing that a mail tells of a case.
struct News {
  MailTopic topic = MailTopic::new_case;
  const Event* event = nullptr;  ///< of which it tells; none: a warning told ahead
};

/// What a mailbox was to be told of one case, and how that stands when the mail leaves.
struct CaseNews {
  Destination::Kind kind = Destination::Kind::owner;
  std::string owner_id;              ///< of an owner and its second contact
  const CaseRow* row = nullptr;      ///< as it is now; of a reporter's merged case the one that has its duty
  std::vector<const Event*> events;  ///< in order of position
  bool warned_ahead = false;
};

/// What is still worth telling. News that the case has overtaken is dropped: a warning of a case that has been removed, or
/// of a deadline that has moved or passed; and what undid itself before the mail left (given to the owner and taken away
/// again) is not told at all. At most one of each topic, and of a new case only that.
std::vector<News> still_to_tell(const CaseNews& news, Instant now);

/// Why a case that a reporter was promised was not done in time, as it stands at the breach: nobody had it; pauses took of
/// its time; or else its owner.
Delay delay_of(const Event& overdue, const CaseRow& row);

}  // namespace klotterkoll
