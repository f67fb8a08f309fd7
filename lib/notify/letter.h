#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "domain/mail_content.h"
#include "notify/wording.h"

namespace klotterkoll {

/// What a letter to an owner says.
struct LetterContent {
  Language language = Language::sv;
  TimeZone zone{"Europe/Stockholm"};
  std::string municipality_name;
  std::vector<std::string> to;  ///< the lines of the address, the owner's name first
  std::string contact;          ///< whom to call; empty: the municipality
  int limit_days = 3;           ///< of the promise in force, 0: in hours
  int limit_hours = 0;
  Instant written_at;
  MailItem item;  ///< reference, place, what it is, due_at, closing_url
};

/// Letters to print on A4, as HTML pages without anything beside them. Safe to share.
class LetterTexts {
 public:
  /// Throws Error{internal} when the template or a text is none.
  LetterTexts();
  std::string write(const LetterContent& content) const;
  /// The style that stands in each of them.
  static std::string_view style();

 private:
  std::array<Wording, 2> wordings_{Wording{Language::sv}, Wording{Language::en}};
};

}  // namespace klotterkoll
