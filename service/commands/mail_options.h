#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "config.h"
#include "domain/mail_preferences.h"

namespace klotterkoll {

/// How a mailbox wants its mail, as the command line says it.
struct MailOptions {
  std::string language = "sv", quiet;
  std::vector<std::string> digest_at;
  bool weekend_digest = false;

  void add_to(CLI::App& command) {
    command.add_option("--language", language, "The language of mails: sv or en")->capture_default_str();
    command.add_option("--digest-at", digest_at, "A time of the day at which what has gathered is sent, instead of at once: 08:00; may be repeated")
        ->allow_extra_args(false)
        ->type_name("TIME");
    command.add_option("--quiet", quiet, "Hours in which nothing is sent: 20:00-07:00")->type_name("TIME-TIME");
    command.add_flag("--weekend-digest", weekend_digest, "On Fridays, what runs out before the end of Monday");
  }

  /// Throws Error{malformed} naming the option.
  MailPreferences read() const {
    const auto time = [](const char* option, const std::string& text) {
      const auto parsed = parse_time_of_day(text);
      if (!parsed) refuse_option(option, text, "a time of the day such as 07:30");
      return *parsed;
    };
    MailPreferences mail;
    mail.language = code_option<Language>("--language", language);
    for (const std::string& text : digest_at) mail.digest_at.push_back(time("--digest-at", text));
    if (!quiet.empty()) {
      const auto dash = quiet.find('-');
      if (dash == std::string::npos) refuse_option("--quiet", quiet, "hours such as 20:00-07:00");
      mail.quiet_from = time("--quiet", quiet.substr(0, dash));
      mail.quiet_to = time("--quiet", quiet.substr(dash + 1));
    }
    mail.weekend_digest = weekend_digest;
    return mail;
  }
};

}  // namespace klotterkoll
