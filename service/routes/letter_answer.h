#pragma once

#include <optional>
#include <string>
#include <vector>

#include "call.h"
#include "domain/outgoing.h"

namespace klotterkoll {

/// What is wished of a letter to the owner of a case.
struct LetterWish {
  std::optional<Language> language;  ///< none: the owner's
  std::vector<std::string> to;       ///< name and postal address, a line each; empty: the owner's name
  std::string contact;               ///< whom to ask, as a sentence; empty: the municipality
};
/// The letter as a page to print, with a closing link of its own; the answer gets the policy that lets the page have its style.
/// Error{not_found}; Error{stale} when `version`, where it is given, is not the case's; Error{conflict} unless an owner has it.
std::string letter_to_owner(const Call& call, Transaction& transaction, const Settings& settings, CaseId id, std::optional<std::int64_t> version,
                            const LetterWish& wish);

}  // namespace klotterkoll
