#include "base/encoding.h"

#include <iconv.h>

#include <cerrno>
#include <memory>
#include <type_traits>

#include "base/error.h"
#include "base/text.h"

namespace klotterkoll {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error{ErrorCode::malformed,
              why + " Save the file as \"CSV UTF-8\" (in Excel: Spara som, CSV UTF-8) and send it again."};
}

std::string converted(std::string_view bytes, const char* encoding) {
  const std::unique_ptr<std::remove_pointer_t<iconv_t>, decltype(&iconv_close)> converter{
      iconv_open("UTF-8", encoding), &iconv_close};
  if (converter.get() == reinterpret_cast<iconv_t>(-1)) {
    throw Error{ErrorCode::internal, std::string{"This system cannot convert "} + encoding + "."};
  }
  std::string out(bytes.size() + bytes.size() / 2 + 16, '\0');
  char* in = const_cast<char*>(bytes.data());  // iconv's signature; it does not write there
  std::size_t in_left = bytes.size();
  std::size_t written = 0;
  while (in_left > 0) {
    char* to = out.data() + written;
    std::size_t out_left = out.size() - written;
    const bool done = iconv(converter.get(), &in, &in_left, &to, &out_left) != static_cast<std::size_t>(-1);
    written = out.size() - out_left;
    if (!done && errno == E2BIG) {
      out.resize(out.size() * 2);
    } else if (!done) {
      refuse("The file looks like " + std::string{encoding} + ", but is damaged at byte " +
             std::to_string(bytes.size() - in_left + 1) + ".");
    }
  }
  out.resize(written);
  return out;
}

/// "UTF-16LE" or "UTF-16BE" when the beginning has zeros in nearly every second place and nowhere else.
const char* utf16_without_mark(std::string_view bytes) {
  const std::string_view sample = bytes.substr(0, 4096);
  std::size_t zeros[2] = {0, 0};
  for (std::size_t i = 0; i < sample.size(); ++i) zeros[i % 2] += sample[i] == '\0';
  const std::size_t pairs = sample.size() / 2;
  if (bytes.size() % 2 != 0 || pairs < 2) return nullptr;
  if (zeros[0] == 0 && zeros[1] * 4 >= pairs * 3) return "UTF-16LE";
  if (zeros[1] == 0 && zeros[0] * 4 >= pairs * 3) return "UTF-16BE";
  return nullptr;
}

bool certainly_windows_1252(std::string_view bytes) {
  constexpr std::string_view undefined = "\x81\x8D\x8F\x90\x9D";
  constexpr std::string_view may_join_words =
      "\x92\x96\x97\xA0\xAD\xB4";  // apostrophes, dashes, no-break space
  const auto is_high_letter = [](unsigned char c) { return c >= 0xC0 && c != 0xD7 && c != 0xF7; };
  const auto is_word = [&](char c) {
    const auto lower = static_cast<unsigned char>(c) | 0x20;
    return is_high_letter(static_cast<unsigned char>(c)) || (lower >= 'a' && lower <= 'z');
  };
  std::size_t letters = 0, symbols = 0, inside_words = 0, run = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    run = is_high_letter(byte) ? run + 1 : 0;
    if (run == 4) return false;
    if (byte < 0x80) continue;
    if (undefined.find(bytes[i]) != undefined.npos) return false;
    if (is_high_letter(byte)) {
      ++letters;
      continue;
    }
    ++symbols;
    const char before = i > 0 ? bytes[i - 1] : ' ', after = i + 1 < bytes.size() ? bytes[i + 1] : ' ';
    if (before == '\xC2' || before == '\xC3') return false;  // a letter of UTF-8
    if (is_word(before) && is_word(after) && may_join_words.find(bytes[i]) == may_join_words.npos)
      ++inside_words;
  }
  return letters > 0 && symbols <= letters && inside_words * 10 <= letters;
}

DecodedText decode(std::string bytes) {
  using namespace std::string_view_literals;
  if (bytes.size() > kMaxTextBytes) refuse("The file is larger than 512 MiB; divide it.");
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("\xD0\xCF\x11\xE0"))
    refuse("This is a workbook or an archive, not a text file.");
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    bytes.erase(0, 3);
    if (!is_utf8(bytes)) refuse("The file says that it is UTF-8, but is not.");
    return {std::move(bytes), "UTF-8"};
  }
  if (bytes.starts_with("\xFF\xFE"))
    return {converted(std::string_view{bytes}.substr(2), "UTF-16LE"), "UTF-16LE"};
  if (bytes.starts_with("\xFE\xFF"))
    return {converted(std::string_view{bytes}.substr(2), "UTF-16BE"), "UTF-16BE"};
  if (const char* encoding = utf16_without_mark(bytes)) return {converted(bytes, encoding), encoding};
  if (is_utf8(bytes)) return {std::move(bytes), "UTF-8"};
  if (certainly_windows_1252(bytes)) return {converted(bytes, "WINDOWS-1252"), "Windows-1252"};
  refuse("The file is not UTF-8, and it is not certain in which encoding it is.");
}

}  // namespace

DecodedText decode_text(std::string bytes) {
  DecodedText decoded = decode(std::move(bytes));
  if (decoded.text.find('\0') != std::string::npos) refuse("The file has NUL characters, so it is not text.");
  return decoded;
}

}  // namespace klotterkoll
