#include "commands/whole_file.h"

#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "base/error.h"

namespace klotterkoll {

std::string read_whole_file(const std::string& path) {
  std::error_code unknown;
  const auto status = std::filesystem::status(path, unknown);
  if (!std::filesystem::exists(status)) throw Error{ErrorCode::not_found, "There is no file " + path + "."};
  // Before it is opened: to open a pipe waits for whoever writes it.
  if (!std::filesystem::is_directory(status) && !std::filesystem::is_regular_file(status))
    throw Error{ErrorCode::malformed, path + " is no file but a pipe or a device."};
  std::ifstream file{path, std::ios::binary};
  if (!file || std::filesystem::is_directory(status)) throw Error{ErrorCode::not_found, "The file " + path + " cannot be read."};
  file.seekg(0, std::ios::end);
  if (file.tellg() > static_cast<std::streamoff>(kMaxTextBytes))
    throw Error{ErrorCode::refused, path + " is larger than 512 MB; split it."};
  std::string bytes(static_cast<std::size_t>(file.tellg()), '\0');
  file.seekg(0);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    throw Error{ErrorCode::unavailable, "The file " + path + " cannot be read."};
  return bytes;
}

}  // namespace klotterkoll
