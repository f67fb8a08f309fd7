#include "base/text.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

using namespace klotterkoll;

TEST_CASE("text: fold gives one key for every spelling of a designation") {
  const std::string key = "höör kvarnbäck 1:23";
  for (const char* spelling : {
           "HÖÖR KVARNBÄCK 1:23", "Höör  Kvarnbäck 1:23", "\t höör\r\nkvarnbäck 1:23 ",
           "ho\u0308o\u0308r kvarnba\u0308ck 1:23",  // decomposed, from a Mac
           "Höör\u00A0Kvarnbäck\u202F1:23",          // no-break spaces
           "\uFEFFHöör Kvarn\u00ADbäck\u200B 1:23",  // byte-order mark, soft hyphen, zero-width space
       }) {
    CAPTURE(spelling);
    CHECK(fold(spelling) == key);
    CHECK(fold_upper(spelling) == "HÖÖR KVARNBÄCK 1:23");
  }
  CHECK(fold("hoor kvarnback 1:23") != key);
}

TEST_CASE("text: fold lowers letters beyond Latin-1 and makes all dashes one") {
  CHECK(fold("ÅÄÖÉÜŠŽÆØ") == "åäöéüšžæø");
  CHECK(fold("STRASSE") == fold("Straße"));
  CHECK(fold("12\u201314") == "12-14");
  CHECK(fold("12\u221214") == "12-14");
  CHECK(fold("") == "");
  CHECK(fold(" \t\n") == "");
}

TEST_CASE("text: fold keeps what is not UTF-8 and lowers its ASCII") {
  CHECK(fold("H\xD6\xD6R  A") == "h\xD6\xD6r a");
}

TEST_CASE("text: folding twice is folding once") {
  CHECK(rc::check("for any letters of Swedish and its neighbours, spaces and dashes", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("A", "z", "Å", "ä", "Ö", "É", "ß", "Ž", " ", "\t", "\u00A0", "\u2013",
                                      "a\u030A", "1", ":", "\u00AD"));
    std::string text;
    for (const auto& piece : pieces) text += piece;
    RC_ASSERT(fold(fold(text)) == fold(text));
    RC_ASSERT(fold(fold_upper(text)) == fold(text));
  }));
}

TEST_CASE("text: UTF-8 is told from what only resembles it") {
  for (const char* good : {"", "abc", "åäö", "\u20AC", "\U0001F600"}) CHECK(is_utf8(good));
  for (const char* bad : {"\xE5", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xFF", "a\x80", "\xE2\x82"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("text: trimmed takes away the spaces of office programs as well") {
  CHECK(trimmed("  a b\t\r\n") == "a b");
  CHECK(trimmed("\u00A0\uFEFF a\u00A0b \u202F\u2009") == "a\u00A0b");
  CHECK(trimmed(" \u00A0 ") == "");
  CHECK(trimmed("") == "");
  CHECK(trimmed("å") == "å");
}

TEST_CASE("text: CR LF and CR become LF") {
  CHECK(normalise_newlines("a\r\nb\rc\nd\r") == "a\nb\nc\nd\n");
  CHECK(normalise_newlines("\r\r\n\n") == "\n\n\n");
  CHECK(normalise_newlines("") == "");
}

TEST_CASE("text: control characters are found, line feeds and tabs allowed") {
  for (const char* good : {"", "a\n\tb", "åäö \u00A0 \u20AC"}) CHECK_FALSE(has_control_characters(good));
  for (const char* bad : {"\r", "a\x01", "\x1B[31m", "\x7F", "\u0085", "a\u009Fb"}) {
    CAPTURE(bad);
    CHECK(has_control_characters(bad));
  }
  CHECK(has_control_characters(std::string_view{"a\0b", 3}));
}

TEST_CASE("text: a quotation is cut between characters") {
  CHECK(shortened("Höör", 40) == "Höör");
  CHECK(shortened("Höör", 6) == "Höör");
  CHECK(shortened("Höör", 3) == "Hö...");
  CHECK(shortened("Höör", 2) == "H...");
}

TEST_CASE("text: UTF-8 is taken only in its shortest form") {
  for (const char* good : {"", "a", "\xc3\xa5", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    CAPTURE(good);
    CHECK(is_utf8(good));
  }
  for (const char* bad : {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xe2\x82", "a\xff"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_utf8(bad));
  }
}
