#include "base/encoding.h"

#include <doctest/doctest.h>

#include <string>

#include "base/error.h"

using namespace klotterkoll;
using namespace std::string_literals;

namespace {

/// Code units up to U+00FF as UTF-16, which is all that these tests need.
std::string utf16(std::string_view latin1, bool little_endian) {
  std::string out;
  for (const char c : latin1) {
    if (!little_endian) out += '\0';
    out += c;
    if (little_endian) out += '\0';
  }
  return out;
}

std::string fault(std::string bytes) {
  try {
    decode_text(std::move(bytes));
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    CHECK(std::string{error.what()}.find("Save the file as \"CSV UTF-8\"") != std::string::npos);
    return error.what();
  }
}

const std::string kLatin1 = "Adress;Beskrivning\r\nStorgatan 12;Stor tagg p\xE5 garageport i H\xF6\xF6r\r\n";
const std::string kUtf8 = "Adress;Beskrivning\r\nStorgatan 12;Stor tagg på garageport i Höör\r\n";

}  // namespace

TEST_CASE("encoding: the same table is read from every encoding offices use") {
  struct Case {
    std::string bytes;
    const char* encoding;
  };
  for (const auto& [bytes, encoding] : {
           Case{kUtf8, "UTF-8"},
           Case{"\xEF\xBB\xBF" + kUtf8, "UTF-8"},
           Case{kLatin1, "Windows-1252"},
           Case{"\xFF\xFE" + utf16(kLatin1, true), "UTF-16LE"},
           Case{"\xFE\xFF" + utf16(kLatin1, false), "UTF-16BE"},
           Case{utf16(kLatin1, true), "UTF-16LE"},
           Case{utf16(kLatin1, false), "UTF-16BE"},
       }) {
    CAPTURE(encoding);
    const auto decoded = decode_text(bytes);
    CHECK(decoded.encoding == encoding);
    CHECK(decoded.text == kUtf8);
  }
  CHECK(decode_text("").text == "");
}

TEST_CASE("encoding: Windows-1252 brings its own dashes, quotes and euro") {
  CHECK(decode_text("Malm\xF6\x96V\xE4xj\xF6, \x93"
                    "bl\xE5\x94 f\xE4rg, 5 \x80, S\xF6"
                    "der\x92s")
            .text == "Malmö–Växjö, “blå” färg, 5 €, Söder’s");
}

TEST_CASE("encoding: UTF-16 keeps characters beyond the first plane") {
  CHECK(decode_text("\xFF\xFE\x3D\xD8\x00\xDE"s).text == "\U0001F600");
}

TEST_CASE("encoding: what is not certain is refused") {
  struct Case {
    const char* why;
    std::string bytes;
  };
  for (const auto& [why, bytes] : {
           Case{"DOS (850): å 86, ä 84, ö 94", "Tagg p\x86 v\x84gg i H\x94\x94r"},
           Case{"Mac Roman: å 8C, ä 8A, ö 9A", "Tagg p\x8C v\x8Agg i H\x9A\x9Ar"},
           Case{"undefined in Windows-1252", "v\xE4gg p\xE5 \x81 torg"},
           Case{"Cyrillic (1251)", "\xE3\xF0\xE0\xF4\xF4\xE8\xF2\xE8"},
           Case{"UTF-8 with one byte gone wrong", "v\xC3\xA4gg p\xC3\xA5 torg, k\xE4llare"},
           Case{"UTF-8 capitals, cut in the middle", "H\xC3\x96\xC3\x96R \xC3"},
           Case{"symbols only",
                "18 \xB0"
                "C"},
       }) {
    CAPTURE(why);
    CHECK(fault(bytes).find("not certain") != std::string::npos);
  }
}

TEST_CASE("encoding: a file that contradicts its byte-order mark is damaged") {
  CHECK(fault("\xEF\xBB\xBFh\xE5").find("says that it is UTF-8") != std::string::npos);
  CHECK(fault("\xFF\xFE\x00\xD8\x41\x00"s).find("damaged at byte 1") != std::string::npos);
  CHECK(fault("\xFF\xFE\x41\x00\x42"s).find("damaged at byte 3") != std::string::npos);
}

TEST_CASE("encoding: workbooks and binary files are named as such") {
  CHECK(fault("PK\x03\x04 and so on").find("workbook") != std::string::npos);
  CHECK(fault("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1").find("workbook") != std::string::npos);
  CHECK(fault("a;b\n1;\0\n"s).find("NUL") != std::string::npos);
  CHECK(fault("\xFF\xFE\0\0a\0\0\0"s).find("NUL") != std::string::npos);  // UTF-32
}
