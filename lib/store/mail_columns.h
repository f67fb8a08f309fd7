#pragma once

#include <string>

#include "domain/mail_preferences.h"
#include "store/connection.h"

namespace klotterkoll {

// How a mailbox's wishes stand in the five columns language, digest_at, quiet_from, quiet_to, weekend_digest.

inline constexpr const char* kMailColumns = "language, digest_at, quiet_from, quiet_to, weekend_digest";

/// "08:00 13:00".
inline std::string digest_text(const MailPreferences& mail) {
  std::string text;
  for (const auto time : mail.digest_at) text += (text.empty() ? "" : " ") + format_time_of_day(time);
  return text;
}

inline std::optional<std::int64_t> minutes_or_none(const std::optional<std::chrono::minutes>& time) {
  return time ? std::optional{std::int64_t{time->count()}} : std::nullopt;
}

/// From the column `first` on.
inline MailPreferences read_mail(const Row& row, int first) {
  const auto time = [&](int column) {
    const auto minutes = row.integer_or_none(column);
    return minutes ? std::optional{std::chrono::minutes{*minutes}} : std::nullopt;
  };
  MailPreferences mail;
  mail.language = row.code<Language>(first);
  const std::string digests = row.text(first + 1);
  for (std::size_t at = 0; at < digests.size(); at += 6) mail.digest_at.push_back(parse_time_of_day(digests.substr(at, 5)).value());
  mail.quiet_from = time(first + 2);
  mail.quiet_to = time(first + 3);
  mail.weekend_digest = row.flag(first + 4);
  return mail;
}

}  // namespace klotterkoll
