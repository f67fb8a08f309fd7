#include "feeds/calendar.h"

#include <doctest/doctest.h>

#include "base/text.h"

using namespace klotterkoll;

TEST_CASE("calendar: a line is folded at 75 bytes, and no character is cut") {
  CHECK(folded_line("X:" + std::string(73, 'a')) == "X:" + std::string(73, 'a') + "\r\n");
  CHECK(folded_line("X:" + std::string(74, 'a')) == "X:" + std::string(73, 'a') + "\r\n a\r\n");
  CHECK(folded_line("X:" + std::string(73 + 74, 'a')) == "X:" + std::string(73, 'a') + "\r\n " + std::string(74, 'a') + "\r\n");
  CHECK(folded_line("X:" + std::string(73 + 75, 'a')) == "X:" + std::string(73, 'a') + "\r\n " + std::string(74, 'a') + "\r\n a\r\n");
  // An å on the border goes to the next line as a whole.
  CHECK(folded_line("X:" + std::string(72, 'a') + "åb") == "X:" + std::string(72, 'a') + "\r\n åb\r\n");
  for (int before = 0; before < 80; ++before) {
    std::string line = "X:" + std::string(static_cast<std::size_t>(before), 'a'), unfolded;
    for (int i = 0; i < 60; ++i) line += "å🎨";
    for (std::string folded = folded_line(line); !folded.empty();) {
      const auto end = folded.find("\r\n");
      REQUIRE(end <= 75);
      const std::string piece = folded.substr(0, end);
      CHECK(is_utf8(piece));
      unfolded += unfolded.empty() ? piece : piece.substr(1);
      folded.erase(0, end + 2);
    }
    CHECK(unfolded == line);
  }
}

TEST_CASE("calendar: what separates values is escaped, and nothing begins a line of its own") {
  CHECK(escaped_text("a,b;c\\d\ne") == "a\\,b\\;c\\\\d\\ne");
  CHECK(escaped_text("a\r\nBEGIN:VEVENT\x07\x7F") == "a\\nBEGIN:VEVENT");
  CHECK(escaped_text("åäö: \"x\"") == "åäö: \"x\"");
  CHECK(escaped_text("") == "");
}
