#include <doctest/doctest.h>

#include "notify/wording.h"

using namespace klotterkoll;

namespace {

const TimeZone kStockholm{"Europe/Stockholm"};

Instant at(const char* text) { return parse_instant(text).value(); }

}  // namespace

TEST_CASE("wording: a moment is told as people say it, with the year only where it is another") {
  const Wording sv{Language::sv}, en{Language::en};
  const Instant due = at("2026-11-19T22:59:59Z");
  CHECK(sv.moment(due, kStockholm) == "torsdag 19 november kl. 23.59");
  CHECK(en.moment(due, kStockholm) == "Thursday 19 November at 23:59");
  CHECK(sv.moment(at("2027-01-03T07:05:00+01:00"), kStockholm, due) == "söndag 3 januari 2027 kl. 07.05");
  CHECK(sv.moment(at("2026-12-31T23:59:59+01:00"), kStockholm, due) == "torsdag 31 december kl. 23.59");
  // Which year it is, is a question of local time too.
  CHECK(sv.moment(at("2026-12-31T23:30:00Z"), kStockholm, due) == "fredag 1 januari 2027 kl. 00.30");
  CHECK(sv.short_day(due, kStockholm) == "tors 19 nov");
  CHECK(en.short_day(at("2026-03-29T12:00:00+02:00"), kStockholm) == "Sun 29 Mar");
  CHECK(sv.date(due, kStockholm) == "19 november 2026");
}

TEST_CASE("wording: every weekday and month has its word") {
  const char* days[] = {"måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"};
  const char* months[] = {"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"};
  const Wording sv{Language::sv};
  for (int i = 0; i < 7; ++i)  // 16 November 2026 is a Monday
    CHECK(sv.moment(at("2026-11-16T12:00:00Z") + std::chrono::days{i}, kStockholm).starts_with(days[i]));
  for (int i = 0; i < 12; ++i)
    CHECK(sv.date(at("2026-01-15T12:00:00Z") + std::chrono::days{30 * i + i / 2}, kStockholm).find(months[i]) != std::string::npos);
}

TEST_CASE("wording: limits and what is left, small numbers in words") {
  const Wording sv{Language::sv}, en{Language::en};
  CHECK(sv.limit(3, 0) == "tre dagar");
  CHECK(sv.limit(1, 0) == "en dag");
  CHECK(sv.limit(12, 0) == "tolv dagar");
  CHECK(sv.limit(13, 0) == "13 dagar");
  CHECK(sv.limit(0, 72) == "72 timmar");
  CHECK(en.limit(3, 0) == "three days");
  CHECK(sv.left(-1) == "");
  CHECK(sv.left(0) == "mindre än en timme");
  CHECK(sv.left(1) == "en timme");
  CHECK(sv.left(16) == "16 timmar");
  CHECK(sv.left(72) == "72 timmar");
  CHECK(sv.left(73) == "");
}

TEST_CASE("wording: one is at an address and by other places") {
  const Wording sv{Language::sv};
  CHECK(sv.at("Storgatan 12") == "på Storgatan 12");
  CHECK(sv.at("HÖÖR KVARNBÄCK 1:23") == "på HÖÖR KVARNBÄCK 1:23");
  CHECK(sv.at("55.93620, 13.54050") == "vid 55.93620, 13.54050");
  CHECK(sv.at("Busstationen") == "vid Busstationen");
  CHECK(sv.at("") == "");
}

TEST_CASE("wording: somebody's words on one line hold nothing that ends a line, a header or a document") {
  CHECK(on_one_line("  Storgatan\r\nBcc: alla@example.se ") == "Storgatan Bcc: alla@example.se");
  CHECK(on_one_line("a\u2028b\u2029c\u0085d\te") == "a b c d e");
  CHECK(on_one_line(std::string("a\0b\x1b[31mc\x7f", 10)) == "ab[31mc");
  CHECK(on_one_line("\u202Egnp.exe\u2066\uFEFF\uFFFE") == "gnp.exe");  // it would be read from the right
  CHECK(on_one_line("åäö \xC3") == "åäö \uFFFD");
  CHECK(on_one_line("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");  // half of a pair
  CHECK(on_one_line("👩‍👧 ok") == "👩‍👧 ok");
  CHECK(on_one_line("\n\n") == "");
  CHECK(in_lines("a\r\n\r\nb  \n\n") == std::vector<std::string>{"a", "", "b"});
  CHECK(in_lines("").empty());
}

TEST_CASE("wording: what is too long is cut between characters") {
  CHECK(cut_to("åäö", 3) == "åäö");
  CHECK(cut_to("åäöå", 3) == "åä…");
  CHECK(cut_to("ab cd", 4) == "ab…");  // no space before the ellipsis
  CHECK(characters_in(cut_to(std::string(1000, 'x'), 40)) == 40);
}

TEST_CASE("wording: counting follows the number") {
  const Wording sv{Language::sv};
  CHECK(sv.count("topics.new_case.count", 1) == "1 nytt");
  CHECK(sv.count("topics.new_case.count", 2) == "2 nya");
  CHECK(sv.count("subjects.cases", 7, {{"list", "2 nya, 5 går snart ut"}}) == "7 ärenden: 2 nya, 5 går snart ut");
}

TEST_CASE("wording: languages have the same texts, and each code its word in both") {
  const auto sv = texts_in("sv"), en = texts_in("en");
  REQUIRE(sv.size() > 200);
  REQUIRE(sv.size() == en.size());
  for (std::size_t i = 0; i < sv.size(); ++i) CHECK(sv[i].name == en[i].name);
  CHECK(texts_in("de").empty());
  for (const Language language : {Language::sv, Language::en}) {
    const Wording words{language};
    const auto named = [&](const char* group, auto codes) {
      for (const auto code : codes) {
        CAPTURE(code);
        CHECK(words.has(std::string{group} + "." + std::string{code}));
      }
    };
    named("categories", names_of(Category{}));
    named("surfaces", names_of(Surface{}));
    named("object_types", names_of(ObjectType{}));
    named("reasons", names_of(DismissalReason{}));
    named("reasons", names_of(NonRemovalReason{}));
    named("reasons", names_of(HoldReason{}));
    named("because", names_of(DismissalReason{}));
    named("because", names_of(NonRemovalReason{}));
  }
}
