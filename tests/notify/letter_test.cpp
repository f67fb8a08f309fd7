#include "notify/letter.h"

#include <doctest/doctest.h>

#include <regex>
#include <set>

#include "base/error.h"
#include "notify/qr_code.h"
#include "support/workshop.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

Instant at(const char* text) { return parse_instant(text).value(); }

LetterContent to_ann() {
  LetterContent letter;
  letter.municipality_name = "Höör";
  letter.to = {"Ann Andersson", "Storgatan 7", "243 30 Höör"};
  letter.written_at = at("2026-11-16T10:00:00+01:00");
  letter.item.reference = "HR7K-2M9Q-X4";
  letter.item.place = "Storgatan 7";
  letter.item.due_at = at("2026-11-19T23:59:59+01:00");
  letter.item.closing_url = "https://klotter.hoor.se/atgarda/1267/N6c0Q8y2_k1p3Zr5tVx7wBqD9sFhJmLoUeAiGnKcYbT";
  return letter;
}

/// The dark squares of a code, without its quiet zone, and how wide it is.
std::pair<std::set<std::pair<int, int>>, int> squares_of(const std::string& svg) {
  std::smatch box;
  REQUIRE(std::regex_search(svg, box, std::regex{"viewBox=\"0 0 (\\d+) (\\d+)\""}));
  CHECK(box[1] == box[2]);
  std::set<std::pair<int, int>> dark;
  const std::regex run{"M(\\d+) (\\d+)h(\\d+)v1h-(\\d+)z"};
  for (std::sregex_iterator found{svg.begin(), svg.end(), run}, end; found != end; ++found) {
    CHECK((*found)[3] == (*found)[4]);
    for (int x = 0; x < std::stoi((*found)[3]); ++x) dark.emplace(std::stoi((*found)[1]) + x - 4, std::stoi((*found)[2]) - 4);
  }
  return {dark, std::stoi(box[1]) - 8};
}

}  // namespace

TEST_CASE("letter: says to whom, what, by when, what to do and where") {
  const std::string html = LetterTexts{}.write(to_ann());
  for (const char* part : {"Ann Andersson<br />", "243 30 Höör<br />", "Klotter på Storgatan 7 har anmälts", "Ärende HR7K-2M9Q-X4",
                           "senast torsdag 19 november kl. 23.59.", "inom tre dagar", "https://klotter.hoor.se/atgarda/1267/N6c0Q8y2_k1p3Zr5tVx7wBqD9sFhJmLoUeAiGnKcYbT",
                           "Höör, 16 november 2026", "<svg ", "Kontakta kommunen"}) {
    CAPTURE(part);
    CHECK(html.find(part) != std::string::npos);
  }
  LetterContent english = to_ann();
  english.language = Language::en;
  english.contact = "Call 0413-280 00.";
  const std::string translated = LetterTexts{}.write(english);
  CHECK(translated.find("Questions? Call 0413-280 00.") != std::string::npos);
  CHECK(translated.find("by Thursday 19 November at 23:59.") != std::string::npos);
}

TEST_CASE("letter: is well-formed, fetches nothing, and takes nobody's words for markup") {
  const Workshop folder;
  LetterContent hostile = to_ann();
  hostile.to = {"<script>alert(1)</script>", "\"'&]]>", "\r\n\u202E\xFF"};
  hostile.contact = "</p><img src=x>";
  hostile.item.place = "<b>Storgatan</b> 7 & 9";
  hostile.municipality_name = "<i>Höör</i>";
  folder.write("letter.html", LetterTexts{}.write(hostile));
  const CommandResult read = folder.run_program({"python3", "-c", R"(
import xml.etree.ElementTree as E
names = sorted({e.tag.split("}")[1] for e in E.parse("letter.html").getroot().iter()})
hrefs = [e for e in E.parse("letter.html").getroot().iter() if "href" in e.attrib or "src" in e.attrib]
print(" ".join(names), len(hrefs))
)"});
  CHECK(read.err == "");
  CHECK(read.out == "body br div h1 h2 head header html li main meta ol p path rect section strong style svg title 0\n");
}

TEST_CASE("letter: the code is a QR code with its three finders and its quiet zone") {
  const auto [dark, width] = squares_of(qr_code("https://klotter.hoor.se/atgarda/1267/N6c0Q8y2_k1p3Zr5tVx7wBqD9sFhJmLoUeAiGnKcYbT", "QR"));
  CHECK((width - 17) % 4 == 0);  // 21, 25, ...
  const auto is_finder = [&dark = dark](int left, int top) {
    for (int y = -1; y < 8; ++y)
      for (int x = -1; x < 8; ++x) {
        const int ring = std::max(std::abs(x - 3), std::abs(y - 3));
        if (dark.contains({left + x, top + y}) != (ring == 3 || ring <= 1)) return false;
      }
    return true;
  };
  CHECK(is_finder(0, 0));
  CHECK(is_finder(width - 7, 0));
  CHECK(is_finder(0, width - 7));
  CHECK_FALSE(is_finder(width - 7, width - 7));
  CHECK(qr_code("a", "\"><x").find("<x") == std::string::npos);
  CHECK_THROWS_AS(qr_code(std::string(5000, 'a'), "QR"), Error);
}
