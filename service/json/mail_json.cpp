#include "json/mail_json.h"

#include "base/error.h"
#include "json/values.h"

namespace klotterkoll {

using nlohmann::json;

namespace {

json shown_time(const std::optional<std::chrono::minutes>& time) { return time ? json(format_time_of_day(*time)) : json{}; }

}  // namespace

json mail_to_json(const MailPreferences& mail) {
  json digests = json::array();
  for (const auto time : mail.digest_at) digests.push_back(format_time_of_day(time));
  return {{"language", to_code(mail.language)}, {"digest_at", digests}, {"quiet_from", shown_time(mail.quiet_from)},
          {"quiet_to", shown_time(mail.quiet_to)}, {"weekend_digest", mail.weekend_digest}};
}

std::optional<MailPreferences> mail_in(const json& body) {
  const auto at = body.find("mail");
  if (at == body.end() || at->is_null()) return std::nullopt;
  std::vector<Fault> faults;
  const auto time = [&](const std::string& text, const std::string& pointer) {
    const auto parsed = parse_time_of_day(text);
    if (!parsed) faults.push_back({"/mail/" + pointer, "\"" + text + "\" is no time of the day; write one such as 07:30."});
    return parsed.value_or(std::chrono::minutes{0});
  };
  MailPreferences mail;
  mail.language = code_in<Language>(*at, "language").value_or(Language::sv);
  const auto digests = at->value("digest_at", std::vector<std::string>{});
  for (std::size_t i = 0; i < digests.size(); ++i) mail.digest_at.push_back(time(digests[i], "digest_at/" + std::to_string(i)));
  if (const std::string from = text_in(*at, "quiet_from"); !from.empty()) mail.quiet_from = time(from, "quiet_from");
  if (const std::string to = text_in(*at, "quiet_to"); !to.empty()) mail.quiet_to = time(to, "quiet_to");
  mail.weekend_digest = at->value("weekend_digest", false);
  if (!faults.empty()) throw Error{ErrorCode::malformed, std::move(faults)};
  return mail;
}

}  // namespace klotterkoll
