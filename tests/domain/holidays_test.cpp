#include "domain/holidays.h"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "support/times.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;

namespace {

bool is_weekend_only(DayOff day) { return day == DayOff::saturday || day == DayOff::sunday; }

/// The days of a year that are off for more than being a Saturday or Sunday, as "2026-01-01 nyårsdagen".
std::vector<std::string> holidays_of(int year) {
  std::vector<std::string> lines;
  const auto first = on(std::to_string(year) + "-01-01");
  for (auto day = first; day < on(std::to_string(year + 1) + "-01-01"); day += days{1}) {
    const auto off = day_off(day, Calendar::se);
    if (off != DayOff::none && !is_weekend_only(off))
      lines.push_back(format_date(day) + ' ' + std::string{name_sv(off)});
  }
  return lines;
}

int working_days_of(int year) {
  int count = 0;
  for (auto day = on(std::to_string(year) + "-01-01"); day < on(std::to_string(year + 1) + "-01-01");
       day += days{1})
    count += day_off(day, Calendar::se) == DayOff::none;
  return count;
}

}  // namespace

TEST_CASE("holidays: 2026 has these public holidays and eves") {
  CHECK(holidays_of(2026) == std::vector<std::string>{
                                 "2026-01-01 nyårsdagen",
                                 "2026-01-06 trettondedag jul",
                                 "2026-04-03 långfredagen",
                                 "2026-04-05 påskdagen",
                                 "2026-04-06 annandag påsk",
                                 "2026-05-01 första maj",
                                 "2026-05-14 Kristi himmelsfärdsdag",
                                 "2026-05-24 pingstdagen",
                                 "2026-06-06 nationaldagen",
                                 "2026-06-19 midsommarafton",
                                 "2026-06-20 midsommardagen",
                                 "2026-10-31 alla helgons dag",
                                 "2026-12-24 julafton",
                                 "2026-12-25 juldagen",
                                 "2026-12-26 annandag jul",
                                 "2026-12-31 nyårsafton",
                             });
}

TEST_CASE("holidays: 2027 has Easter on the day the clocks change and midsummer in its last week") {
  CHECK(holidays_of(2027) == std::vector<std::string>{
                                 "2027-01-01 nyårsdagen",
                                 "2027-01-06 trettondedag jul",
                                 "2027-03-26 långfredagen",
                                 "2027-03-28 påskdagen",
                                 "2027-03-29 annandag påsk",
                                 "2027-05-01 första maj",
                                 "2027-05-06 Kristi himmelsfärdsdag",
                                 "2027-05-16 pingstdagen",
                                 "2027-06-06 nationaldagen",
                                 "2027-06-25 midsommarafton",
                                 "2027-06-26 midsommardagen",
                                 "2027-11-06 alla helgons dag",
                                 "2027-12-24 julafton",
                                 "2027-12-25 juldagen",
                                 "2027-12-26 annandag jul",
                                 "2027-12-31 nyårsafton",
                             });
}

TEST_CASE("holidays: 2026 has 251 working days and 2027 has 253") {
  CHECK(working_days_of(2026) == 251);
  CHECK(working_days_of(2027) == 253);
}

TEST_CASE("holidays: after Christmas Eve 2026 the next working day is Monday the 28th") {
  auto day = on("2026-12-24");
  while (day_off(day, Calendar::se) != DayOff::none) day += days{1};
  CHECK(format_date(day) == "2026-12-28");
}

TEST_CASE("holidays: Maundy Thursday, Easter Eve, Twelfth Night and Walpurgis Night are no holidays") {
  CHECK(day_off(on("2026-04-02"), Calendar::se) == DayOff::none);      // skärtorsdagen
  CHECK(day_off(on("2026-04-04"), Calendar::se) == DayOff::saturday);  // påskafton, off as any Saturday
  CHECK(day_off(on("2026-01-05"), Calendar::se) == DayOff::none);      // trettondagsafton
  CHECK(day_off(on("2026-04-30"), Calendar::se) == DayOff::none);      // valborgsmässoafton
  CHECK(day_off(on("2026-05-25"), Calendar::se) == DayOff::none);      // annandag pingst, none since 2005
}

TEST_CASE("holidays: Easter Sunday over five centuries, the earliest and the latest among them") {
  using std::chrono::year;
  for (const auto& [number, expected] : std::array<std::pair<int, const char*>, 12>{{
           {1818, "1818-03-22"},
           {1943, "1943-04-25"},
           {1954, "1954-04-18"},
           {1981, "1981-04-19"},
           {2000, "2000-04-23"},
           {2008, "2008-03-23"},
           {2019, "2019-04-21"},
           {2024, "2024-03-31"},
           {2026, "2026-04-05"},
           {2027, "2027-03-28"},
           {2038, "2038-04-25"},
           {2285, "2285-03-22"},
       }}) {
    CHECK(format_date(easter_sunday(year{number})) == expected);
  }
}

TEST_CASE("holidays: in every year each holiday falls once, on its weekday and in its week") {
  for (int year = 1900; year <= 2400; ++year) {
    CAPTURE(year);
    std::map<DayOff, LocalDate> found;
    for (auto day = on(std::to_string(year) + "-01-01"); day < on(std::to_string(year + 1) + "-01-01");
         day += days{1}) {
      const auto off = day_off(day, Calendar::se);
      if (off == DayOff::none || is_weekend_only(off)) continue;
      REQUIRE(found.emplace(off, day).second);
    }
    const auto weekday = [&](DayOff off) { return std::chrono::weekday{found.at(off)}; };
    CHECK(weekday(DayOff::good_friday) == std::chrono::Friday);
    CHECK(weekday(DayOff::easter_sunday) == std::chrono::Sunday);
    CHECK(weekday(DayOff::easter_monday) == std::chrono::Monday);
    CHECK(weekday(DayOff::midsummer_eve) == std::chrono::Friday);
    CHECK(found.at(DayOff::midsummer_day) == found.at(DayOff::midsummer_eve) + days{1});
    CHECK(weekday(DayOff::all_saints_day) == std::chrono::Saturday);
    // These two may fall on 1 May and 6 June and then bear those names.
    if (found.contains(DayOff::ascension_day)) CHECK(weekday(DayOff::ascension_day) == std::chrono::Thursday);
    if (found.contains(DayOff::whit_sunday)) CHECK(weekday(DayOff::whit_sunday) == std::chrono::Sunday);
    CHECK(found.size() == 14u + found.contains(DayOff::ascension_day) + found.contains(DayOff::whit_sunday));
  }
}

TEST_CASE("holidays: of two holidays on one day the one with a fixed date gives the name") {
  CHECK(day_off(on("2008-05-01"), Calendar::se) == DayOff::may_day);       // also Ascension Day
  CHECK(day_off(on("1976-06-06"), Calendar::se) == DayOff::national_day);  // also Whit Sunday
}

TEST_CASE("holidays: without a calendar only Saturdays and Sundays are off") {
  CHECK(day_off(on("2026-04-03"), Calendar::none) == DayOff::none);
  CHECK(day_off(on("2026-04-04"), Calendar::none) == DayOff::saturday);
  CHECK(day_off(on("2026-04-05"), Calendar::none) == DayOff::sunday);
  CHECK(day_off(on("2026-12-24"), Calendar::none) == DayOff::none);
}

TEST_CASE("holidays: every day off has a name in both languages") {
  CHECK(name_sv(DayOff::none).empty());
  CHECK(name_en(DayOff::none).empty());
  CHECK(name_sv(DayOff::saturday) == "lördag");
  CHECK(name_en(DayOff::good_friday) == "Good Friday");
  CHECK(name_sv(DayOff::new_years_eve) == "nyårsafton");
  CHECK(name_en(DayOff::new_years_eve) == "New Year's Eve");
}
