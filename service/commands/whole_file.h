#pragma once

#include <string>

namespace klotterkoll {

/// A table's bytes, at most kMaxTextBytes of them. Throws Error{not_found} when it cannot be read, Error{malformed} when it
/// is no file but a pipe, a device or a folder, Error{refused} when it is larger.
std::string read_whole_file(const std::string& path);

}  // namespace klotterkoll
