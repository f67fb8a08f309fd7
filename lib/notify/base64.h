#pragma once

#include <string>
#include <string_view>

namespace klotterkoll {

/// RFC 4648's alphabet with padding.
std::string base64(std::string_view bytes);

}  // namespace klotterkoll
