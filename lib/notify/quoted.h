#pragma once

#include <string>
#include <string_view>

namespace klotterkoll {

/// What a stranger's server said, fit to be read by a person: UTF-8 in one line without control characters, at most 200 bytes.
std::string quoted(std::string_view said);

}  // namespace klotterkoll
