#include "domain/police_reference.h"

#include "base/text.h"

namespace klotterkoll {
namespace {

struct Reading {
  std::string reference;  // when fault is empty
  std::string fault;
};

std::string take_digits(std::string_view& rest) {
  std::size_t count = 0;
  while (count < rest.size() && rest[count] >= '0' && rest[count] <= '9') ++count;
  std::string digits{rest.substr(0, count)};
  rest.remove_prefix(count);
  return digits;
}

bool take_separators(std::string_view& rest) {
  const std::size_t before = rest.size();
  while (rest.starts_with('-') || rest.starts_with(' ')) rest.remove_prefix(1);
  return rest.size() < before;
}

Reading read(std::string_view text) {
  const std::string folded = fold(text);  // lower case; all dashes and spaces are ASCII ones
  std::string_view rest = folded;
  const std::string unit = take_digits(rest);
  if (unit.size() != 4) return {"", "it must begin with the four digits of the police unit."};
  take_separators(rest);
  if (!rest.starts_with('k')) return {"", "the letter K is missing after the first four digits."};
  rest.remove_prefix(1);
  take_separators(rest);
  const std::string serial = take_digits(rest);
  if (serial.empty()) return {"", "the digits after K are missing."};
  const bool separated = take_separators(rest);
  const std::string year = take_digits(rest);
  if (year.empty() && rest.empty()) return {"", "the year is missing at the end; it stands after a dash."};
  if (serial.size() > 7) return {"", "there are more than seven digits after K."};
  if (year.size() == 4 && rest.empty())
    return {"", "the year has four digits; write its last two, " + year.substr(2) + "."};
  if (!separated || year.size() != 2 || !rest.empty())
    return {"", "after the digits that follow K only a dash and two digits for the year may stand."};
  return {unit + "-K" + serial + "-" + year, ""};
}

}  // namespace

std::optional<std::string> parse_police_reference(std::string_view text) {
  Reading reading = read(text);
  if (!reading.fault.empty()) return std::nullopt;
  return std::move(reading.reference);
}

std::string police_reference_fault(std::string_view text) {
  const Reading reading = read(text);
  if (reading.fault.empty()) return {};
  return "\"" + shortened(text, 40) +
         "\" is not a police reference such as 5000-K123456-26: " + reading.fault;
}

}  // namespace klotterkoll
