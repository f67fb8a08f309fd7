#pragma once

#include <array>
#include <cstddef>

#include "domain/mail_content.h"
#include "notify/wording.h"

namespace klotterkoll {

/// So many cases stand in a mail in full, each with its button; of more a line each, with its link; and beyond that their
/// number. Whoever composes a mail gives no more than can be told.
inline constexpr std::size_t kToldInFull = 25;
inline constexpr std::size_t kToldAtAll = 500;
inline constexpr std::size_t kSubjectCharacters = 100;
/// Of somebody's words, a mail shows so many characters.
inline constexpr std::size_t kQuotedCharacters = 600;

/// Mails by the texts and templates of notify/texts. Text and HTML say the same: both are made of the same sentences. The
/// HTML is well-formed XML too, has its styles in place, and nothing in it is fetched when it is read. Safe to share.
class MailTexts final : public MailWriter {
 public:
  /// Throws Error{internal} when a template or a text is none, so that it is found at start.
  MailTexts();
  MailText write(const MailContent& content) const override;

 private:
  std::array<Wording, 2> wordings_{Wording{Language::sv}, Wording{Language::en}};
};

}  // namespace klotterkoll
