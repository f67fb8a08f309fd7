#pragma once

#include <array>
#include <string_view>

#include "base/time.h"

namespace klotterkoll {

/// Which days are public holidays: Sweden's, or none at all (weekends remain weekends).
enum class Calendar { se, none };
constexpr auto names_of(Calendar) { return std::array<std::string_view, 2>{"se", "none"}; }

/// Why a day is not a working day, or `none`.
/// Source: Lag (1989:253) om allmänna helgdagar; Lag (1930:173) 2 § and semesterlagen 3 a § for three eves.
enum class DayOff {
  none,
  saturday,
  sunday,
  new_years_day,
  epiphany,
  good_friday,
  easter_sunday,
  easter_monday,
  may_day,
  ascension_day,
  whit_sunday,
  national_day,
  midsummer_eve,
  midsummer_day,
  all_saints_day,
  christmas_eve,
  christmas_day,
  boxing_day,
  new_years_eve,
};

/// Any year from 1 on of the Gregorian calendar, by the laws as they stand today. A holiday's own name wins
/// over Saturday and Sunday; of two on one day the one with a fixed date (1 May 2008 was also Ascension Day).
DayOff day_off(LocalDate day, Calendar calendar);

/// The holiday's Swedish name ("långfredagen"), and its English one; "lördag", "söndag"; empty for `none`.
std::string_view name_sv(DayOff day);
std::string_view name_en(DayOff day);

/// Western Easter, from 22 March to 25 April.
LocalDate easter_sunday(std::chrono::year year);

}  // namespace klotterkoll
