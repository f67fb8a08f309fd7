#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "domain/mail_preferences.h"

namespace klotterkoll {

// When a mail leaves. Pure: a mailbox's wishes, the municipality's civil time, and moments; nothing here sleeps or asks the
// clock. A mail is sent some seconds after the moment given here.

/// Appends a fault for each wish that cannot be met, below `pointer`: a digest at no time of the day, out of order or in the
/// quiet hours; one end of quiet hours without the other, at no time of the day, or both the same; more than kMostDigests.
void check(const MailPreferences& mail, const std::string& pointer, std::vector<Fault>& faults);
inline constexpr std::size_t kMostDigests = 24;

/// Some quiet hours, [from, to).
struct QuietHours {
  Instant from, to;
  bool operator==(const QuietHours&) const = default;
};
/// Those that hold at the moment; nothing when it is not quiet.
std::optional<QuietHours> quiet_at(const MailPreferences& mail, const TimeZone& zone, Instant at);
/// The next that begin at the moment or after it; nothing when there are none.
std::optional<QuietHours> quiet_after(const MailPreferences& mail, const TimeZone& zone, Instant at);
/// The next digest hour at the moment or after it, and the last before it; nothing when mail leaves at once.
std::optional<Instant> digest_from(const MailPreferences& mail, const TimeZone& zone, Instant at);
std::optional<Instant> digest_before(const MailPreferences& mail, const TimeZone& zone, Instant at);

/// When what arose at `created_at` leaves: some seconds later, so that what belongs together goes together, or at the next
/// digest hour when such are chosen; not in quiet hours but at their end; and in any case not after `due_at`, the deadline
/// that it tells of, if that is still to come: a digest or a quiet hour that would last beyond it is passed over.
Instant leaves_at(const MailPreferences& mail, const TimeZone& zone, Instant created_at, std::optional<Instant> due_at);

/// What will arise in quiet hours, and is known now, is told before they begin.
struct Ahead {
  QuietHours quiet;
  Instant leaves_at;  ///< the last digest hour before them, or else kBeforeQuiet before them
  bool operator==(const Ahead&) const = default;
};
/// The quiet hours before which it is time to tell ahead: from kLookAhead before that moment on, so that who asks each few
/// minutes does not miss it. Nothing at other times.
std::optional<Ahead> ahead_at(const MailPreferences& mail, const TimeZone& zone, Instant now);
inline constexpr std::chrono::minutes kLookAhead{15};
inline constexpr std::chrono::seconds kBeforeQuiet{60};

/// When the mail about the weekend leaves on this Friday: at the day's last digest hour, else at 12:00; when that is in quiet
/// hours, before they begin if that is on the Friday, else at their end.
Instant weekend_mail_at(const MailPreferences& mail, const TimeZone& zone, LocalDate friday);
/// What runs out over the weekend after this Friday is due before this: the end of Monday.
Instant weekend_ends(const TimeZone& zone, LocalDate friday);

}  // namespace klotterkoll
