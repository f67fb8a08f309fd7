#include "domain/holidays.h"

namespace klotterkoll {
namespace {

using std::chrono::Friday;
using std::chrono::Saturday;
using std::chrono::Sunday;

struct DayNames {
  std::string_view sv;
  std::string_view en;
};

/// In the order of DayOff's enumerators.
constexpr std::array<DayNames, 19> kNames{{
    {"", ""},
    {"lördag", "Saturday"},
    {"söndag", "Sunday"},
    {"nyårsdagen", "New Year's Day"},
    {"trettondedag jul", "Epiphany"},
    {"långfredagen", "Good Friday"},
    {"påskdagen", "Easter Sunday"},
    {"annandag påsk", "Easter Monday"},
    {"första maj", "May Day"},
    {"Kristi himmelsfärdsdag", "Ascension Day"},
    {"pingstdagen", "Whit Sunday"},
    {"nationaldagen", "National Day"},
    {"midsommarafton", "Midsummer Eve"},
    {"midsommardagen", "Midsummer Day"},
    {"alla helgons dag", "All Saints' Day"},
    {"julafton", "Christmas Eve"},
    {"juldagen", "Christmas Day"},
    {"annandag jul", "Boxing Day"},
    {"nyårsafton", "New Year's Eve"},
}};
static_assert(kNames.size() == static_cast<std::size_t>(DayOff::new_years_eve) + 1);

DayOff fixed_holiday(std::chrono::month_day date) {
  using namespace std::chrono;
  if (date == January / 1) return DayOff::new_years_day;
  if (date == January / 6) return DayOff::epiphany;
  if (date == May / 1) return DayOff::may_day;
  if (date == June / 6) return DayOff::national_day;
  if (date == December / 24) return DayOff::christmas_eve;
  if (date == December / 25) return DayOff::christmas_day;
  if (date == December / 26) return DayOff::boxing_day;
  if (date == December / 31) return DayOff::new_years_eve;
  return DayOff::none;
}

DayOff midsummer_or_all_saints(std::chrono::month_day date, std::chrono::weekday weekday) {
  using namespace std::chrono;
  if (weekday == Friday && date >= June / 19 && date <= June / 25) return DayOff::midsummer_eve;
  if (weekday != Saturday) return DayOff::none;
  if (date >= June / 20 && date <= June / 26) return DayOff::midsummer_day;
  if (date >= October / 31 && date <= November / 6) return DayOff::all_saints_day;
  return DayOff::none;
}

DayOff easter_holiday(LocalDate day, std::chrono::year year) {
  switch ((day - easter_sunday(year)).count()) {
    case -2:
      return DayOff::good_friday;
    case 0:
      return DayOff::easter_sunday;
    case 1:
      return DayOff::easter_monday;
    case 39:
      return DayOff::ascension_day;
    case 49:
      return DayOff::whit_sunday;
    default:
      return DayOff::none;
  }
}

}  // namespace

DayOff day_off(LocalDate day, Calendar calendar) {
  const std::chrono::weekday weekday{day};
  if (calendar == Calendar::se) {
    const std::chrono::year_month_day date{day};
    const std::chrono::month_day in_year{date.month(), date.day()};
    if (const auto fixed = fixed_holiday(in_year); fixed != DayOff::none) return fixed;
    if (const auto movable = midsummer_or_all_saints(in_year, weekday); movable != DayOff::none)
      return movable;
    if (const auto easter = easter_holiday(day, date.year()); easter != DayOff::none) return easter;
  }
  if (weekday == Saturday) return DayOff::saturday;
  return weekday == Sunday ? DayOff::sunday : DayOff::none;
}

std::string_view name_sv(DayOff day) { return kNames[static_cast<std::size_t>(day)].sv; }
std::string_view name_en(DayOff day) { return kNames[static_cast<std::size_t>(day)].en; }

LocalDate easter_sunday(std::chrono::year year) {
  // The anonymous Gregorian algorithm (Nature, 1876; Meeus, Astronomical Algorithms, chapter 8), letters as
  // printed.
  const int y = static_cast<int>(year);
  const int a = y % 19, b = y / 100, c = y % 100, d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;
  return LocalDate{year / (n / 31) / (n % 31 + 1)};
}

}  // namespace klotterkoll
