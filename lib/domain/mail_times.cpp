#include "domain/mail_times.h"

#include <algorithm>

#include "domain/notice.h"

namespace klotterkoll {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

bool is_time_of_day(minutes time) { return time >= minutes{0} && time < days{1}; }

/// Is the time of day within the quiet hours, by the wall clock?
bool is_quiet(const MailPreferences& mail, minutes time) {
  if (!mail.quiet_from || !mail.quiet_to) return false;
  const minutes from = *mail.quiet_from, to = *mail.quiet_to;
  return from < to ? time >= from && time < to : time >= from || time < to;
}

/// The quiet hours that begin on the day. In the night in which clocks are put forward they may be empty.
QuietHours quiet_of(const MailPreferences& mail, const TimeZone& zone, LocalDate day) {
  const LocalDate last = *mail.quiet_from < *mail.quiet_to ? day : day + days{1};
  return {zone.to_instant(LocalTime{day} + *mail.quiet_from), zone.to_instant(LocalTime{last} + *mail.quiet_to)};
}

/// The digest hours of the day before, the day and the two after it, in order.
std::vector<Instant> digests_around(const MailPreferences& mail, const TimeZone& zone, LocalDate day) {
  std::vector<Instant> hours;
  for (LocalDate one = day - days{1}; one <= day + days{2}; one += days{1})
    for (const minutes time : mail.digest_at) hours.push_back(zone.to_instant(LocalTime{one} + time));
  std::ranges::sort(hours);
  return hours;
}

}  // namespace

void check(const MailPreferences& mail, const std::string& pointer, std::vector<Fault>& faults) {
  if (mail.digest_at.size() > kMostDigests)
    faults.push_back({pointer + "/digest_at", "There are at most " + std::to_string(kMostDigests) + " digests a day."});
  for (std::size_t i = 0; i < mail.digest_at.size(); ++i) {
    const std::string at = pointer + "/digest_at/" + std::to_string(i);
    if (!is_time_of_day(mail.digest_at[i])) faults.push_back({at, "A digest is sent at a time of the day, from 00:00 to 23:59."});
    else if (i > 0 && mail.digest_at[i] <= mail.digest_at[i - 1]) faults.push_back({at, "Digests come in the order of the day, each once."});
    else if (is_quiet(mail, mail.digest_at[i])) faults.push_back({at, "This digest would be sent in the quiet hours; move one or the other."});
  }
  const auto& from = mail.quiet_from;
  const auto& to = mail.quiet_to;
  if (from.has_value() != to.has_value())
    faults.push_back({pointer + (from ? "/quiet_to" : "/quiet_from"), "Quiet hours have a beginning and an end: give both, or neither."});
  if (from && !is_time_of_day(*from)) faults.push_back({pointer + "/quiet_from", "Quiet hours begin at a time of the day, from 00:00 to 23:59."});
  if (to && !is_time_of_day(*to)) faults.push_back({pointer + "/quiet_to", "Quiet hours end at a time of the day, from 00:00 to 23:59."});
  if (from && to && *from == *to) faults.push_back({pointer + "/quiet_to", "Quiet hours end at another time than they begin."});
}

std::optional<QuietHours> quiet_at(const MailPreferences& mail, const TimeZone& zone, Instant at) {
  if (!mail.quiet_from || !mail.quiet_to) return std::nullopt;
  const LocalDate day = zone.date_of(at);
  for (const LocalDate begins : {day - days{1}, day})
    if (const QuietHours quiet = quiet_of(mail, zone, begins); quiet.from <= at && at < quiet.to) return quiet;
  return std::nullopt;
}

std::optional<QuietHours> quiet_after(const MailPreferences& mail, const TimeZone& zone, Instant at) {
  if (!mail.quiet_from || !mail.quiet_to) return std::nullopt;
  for (LocalDate day = zone.date_of(at);; day += days{1})
    if (const QuietHours quiet = quiet_of(mail, zone, day); quiet.from >= at && quiet.from < quiet.to) return quiet;
}

std::optional<Instant> digest_from(const MailPreferences& mail, const TimeZone& zone, Instant at) {
  const auto hours = digests_around(mail, zone, zone.date_of(at));
  const auto next = std::ranges::lower_bound(hours, at);
  return next == hours.end() ? std::nullopt : std::optional{*next};
}

std::optional<Instant> digest_before(const MailPreferences& mail, const TimeZone& zone, Instant at) {
  const auto hours = digests_around(mail, zone, zone.date_of(at));
  const auto next = std::ranges::lower_bound(hours, at);
  return next == hours.begin() ? std::nullopt : std::optional{*std::prev(next)};
}

Instant leaves_at(const MailPreferences& mail, const TimeZone& zone, Instant created_at, std::optional<Instant> due_at) {
  const auto in_time = [&](Instant at) { return !due_at || *due_at < created_at || at <= *due_at; };
  if (const auto digest = digest_from(mail, zone, created_at); digest && in_time(*digest)) {
    // A digest hour is never in quiet hours by the wall clock, but one that the clocks shift in spring may be.
    const auto quiet = quiet_at(mail, zone, *digest);
    if (!quiet) return *digest;
    if (in_time(quiet->to)) return quiet->to;
  }
  if (const auto quiet = quiet_at(mail, zone, created_at); quiet && in_time(quiet->to)) return quiet->to;
  Instant at_once = created_at + kGathered;
  // What arises seconds before quiet hours leaves before them.
  if (!quiet_at(mail, zone, created_at))
    if (const auto quiet = quiet_at(mail, zone, at_once)) at_once = quiet->from - seconds{1};
  return in_time(at_once) ? at_once : *due_at;
}

std::optional<Ahead> ahead_at(const MailPreferences& mail, const TimeZone& zone, Instant now) {
  if (quiet_at(mail, zone, now)) return std::nullopt;
  const auto quiet = quiet_after(mail, zone, now);
  if (!quiet) return std::nullopt;
  const auto digest = digest_before(mail, zone, quiet->from);
  if (digest && *digest >= now && *digest - kLookAhead <= now) return Ahead{*quiet, *digest};
  if (quiet->from - kBeforeQuiet - kLookAhead > now) return std::nullopt;
  return Ahead{*quiet, std::max(now, quiet->from - kBeforeQuiet)};
}

Instant weekend_mail_at(const MailPreferences& mail, const TimeZone& zone, LocalDate friday) {
  const minutes time = mail.digest_at.empty() ? std::chrono::hours{12} : mail.digest_at.back();
  const Instant at = zone.to_instant(LocalTime{friday} + time);
  const auto quiet = quiet_at(mail, zone, at);
  if (!quiet) return at;
  const Instant before = quiet->from - kBeforeQuiet;
  return zone.date_of(before) == friday ? before : quiet->to;
}

Instant weekend_ends(const TimeZone& zone, LocalDate friday) { return zone.start_of(friday + days{4}); }

}  // namespace klotterkoll
