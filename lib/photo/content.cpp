#include "photo/content.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/error.h"
#include "domain/photo.h"

namespace klotterkoll {
namespace {

using namespace std::string_view_literals;

constexpr const char* kTaken = "send a photo as JPEG, PNG, WebP or HEIC.";

std::string_view part(std::string_view bytes, std::size_t from, std::size_t count) {
  return from >= bytes.size() ? std::string_view{} : bytes.substr(from, count);
}

std::optional<PictureKind> kind_of(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF"sv)) return PictureKind::jpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1A\n"sv)) return PictureKind::png;
  if (bytes.starts_with("RIFF"sv) && part(bytes, 8, 4) == "WEBP"sv) return PictureKind::webp;
  constexpr std::array brands{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "mif1"sv};
  if (part(bytes, 4, 4) == "ftyp"sv && std::ranges::find(brands, part(bytes, 8, 4)) != brands.end()) return PictureKind::heic;
  return std::nullopt;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool holds(std::string_view bytes, std::string_view wanted) { return bytes.find(wanted) != bytes.npos; }

/// The same whatever the case; `wanted` in lower case begins with a character that has none.
bool holds_word(std::string_view bytes, std::string_view wanted) {
  for (auto at = bytes.find(wanted.front()); at != bytes.npos; at = bytes.find(wanted.front(), at + 1))
    if (bytes.size() - at >= wanted.size() && std::ranges::equal(bytes.substr(at, wanted.size()), wanted, {}, lower)) return true;
  return false;
}

/// What a file is that is no picture of ours, by how it begins.
std::string name_of(std::string_view bytes) {
  constexpr std::array<std::pair<std::string_view, const char*>, 12> beginnings{{
      {"GIF8"sv, "a GIF"}, {"%PDF-"sv, "a PDF"}, {"BM"sv, "a BMP"}, {"II*\0"sv, "a TIFF"}, {"MM\0*"sv, "a TIFF"},
      {"PK\x03\x04"sv, "an archive"}, {"\x7F""ELF"sv, "a program"}, {"MZ"sv, "a program"}, {"\0\0\1\0"sv, "an icon"},
      {"8BPS"sv, "a Photoshop file"}, {"#!"sv, "a program"}, {"\xFF\x0A"sv, "a JPEG XL"}}};
  for (const auto& [start, name] : beginnings)
    if (bytes.starts_with(start)) return name;
  if (part(bytes, 4, 4) == "ftyp"sv) return part(bytes, 8, 3) == "avi"sv ? "an AVIF" : "a film";
  const std::string_view head = bytes.substr(0, 1024);
  if (holds_word(head, "<svg")) return "an SVG";
  if (holds_word(head, "<html") || holds_word(head, "<!doctype")) return "a web page";
  return "";
}

/// The end of a ZIP archive: its directory's end record, whose comment ends within the file, after a directory entry.
bool ends_as_archive(std::string_view bytes) {
  constexpr std::size_t record = 22, most = record + 65535;
  const std::string_view end = bytes.substr(bytes.size() - std::min(bytes.size(), most));
  for (auto at = end.rfind("PK\x05\x06"sv); at != end.npos; at = at == 0 ? end.npos : end.rfind("PK\x05\x06"sv, at - 1)) {
    if (end.size() - at < record) continue;
    const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(end[at + n]); };
    const std::size_t comment = byte(20) | byte(21) << 8, entries = byte(10) | byte(11) << 8;
    if (at + record + comment <= end.size() && (entries == 0 || holds(bytes, "PK\x01\x02"sv))) return true;
  }
  return false;
}

/// Is it another file as well? Cameras put a film or more pictures behind the first; nobody's puts these anywhere. Each is
/// long enough not to be met by chance.
bool is_another_too(std::string_view bytes) {
  if (holds(bytes.substr(0, 1024), "%PDF-"sv) || ends_as_archive(bytes)) return true;
  if (holds(bytes, "Rar!\x1A\x07"sv) || holds(bytes, "7z\xBC\xAF\x27\x1C"sv) || holds(bytes, "__HALT_COMPILER()"sv)) return true;
  for (const auto word : {"<script"sv, "<!doctype html"sv, "<html>"sv, "<html "sv, "<?php "sv, "<?php\n"sv, "<?php\r"sv, "<?php\t"sv})
    if (holds_word(bytes, word)) return true;
  return false;
}

}  // namespace

PictureKind require_picture(std::string_view bytes) {
  const auto refuse = [](const std::string& sentence) { throw Error{ErrorCode::refused, sentence}; };
  if (bytes.empty()) refuse(std::string{"There is no picture in the request; "} + kTaken);
  if (bytes.size() > kPhotoBytes) refuse("The picture is larger than 20 MB; make it smaller and send it again.");
  const auto kind = kind_of(bytes);
  if (!kind) {
    const std::string name = name_of(bytes);
    refuse((name.empty() ? "This is no picture that is known here; " : "This is " + name + "; ") + kTaken);
  }
  if (is_another_too(bytes))
    refuse("The picture is another file as well (an archive, a document or a program), so it is not taken; send it as the camera made it.");
  return *kind;
}

}  // namespace klotterkoll
