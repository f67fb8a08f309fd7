#pragma once

#include <string>

#include "domain/mail_content.h"

namespace klotterkoll {

/// What a mail rests on: a digest of to whom it goes and of all that it says. Two that were composed at different times are the
/// same mail when theirs are equal. Of its own links it holds only that they are there, and of moments what words make of
/// them: a line that is told without an event is told "now", each time it is composed.
std::string basis_of(const MailContent& content, const std::string& to, const std::string& reply_to);

}  // namespace klotterkoll
