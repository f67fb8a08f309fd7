#include "domain/report.h"

#include "base/error.h"
#include "domain/address.h"
#include "domain/designation.h"

namespace klotterkoll {
namespace {

constexpr std::chrono::days kOldestReport{365};

std::string written(Instant instant) { return format_instant(instant); }

bool both_say_another(const auto& a, const auto& b) { return a && b && *a != *b; }

}  // namespace

void set_times(Report& report, const GivenTimes& given, Role role, Instant now, bool imported, std::vector<Fault>& faults) {
  const bool says_reported = role == Role::police || role == Role::municipality || imported;
  const bool says_received = role == Role::municipality || imported;
  const auto check_past = [&](const char* pointer, Instant instant) {
    if (instant > now)
      faults.push_back({pointer, "This time, " + written(instant) + ", lies in the future; it is now " + written(now) + "."});
    else if (!imported && instant < now - kOldestReport)
      faults.push_back({pointer, "This time, " + written(instant) + ", lies more than a year back; older reports are imported."});
  };
  if (given.reported_at && !says_reported)
    faults.push_back({"/reported_at", "Only police and municipality say when they first heard; leave reported_at out."});
  if (given.received_at && !says_received)
    faults.push_back({"/received_at", "Only the municipality says when it was told; leave received_at out."});
  if (given.observed_at) check_past("/observed_at", *given.observed_at);
  if (given.reported_at) check_past("/reported_at", *given.reported_at);
  if (given.received_at) check_past("/received_at", *given.received_at);
  report.observed_at = given.observed_at;
  // An import knows one time at least; the other is the same unless the file says it.
  report.received_at = given.received_at.value_or(imported ? given.reported_at.value_or(now) : now);
  report.reported_at = given.reported_at.value_or(report.received_at);
  if (report.reported_at > report.received_at && given.received_at)
    faults.push_back({"/received_at", "received_at " + written(report.received_at) + " lies before reported_at " +
                                          written(report.reported_at) + "; what was reported then cannot have been received earlier."});
}

void check_place(const Place& place, const Municipality& municipality, std::vector<Fault>& faults) {
  // What is all spaces and marks names no place.
  const bool nowhere = address_key(place.address).empty() && address_key(place.designation).empty();
  if (!place.point && nowhere) {
    faults.push_back({"/location", "A place is needed: lat and lon, an address, or a property designation."});
    return;
  }
  if (!place.point) return;
  const auto [lat, lon] = *place.point;
  if (lat < -90 || lat > 90 || lon < -180 || lon > 180) {
    faults.push_back({"/location/lat", "lat goes from -90 to 90 and lon from -180 to 180, in degrees (WGS 84)."});
    return;
  }
  const auto numbers = std::to_string(lat) + ", " + std::to_string(lon);
  if (municipality.calendar == Calendar::se && !kSweden.contains(*place.point)) {
    if (kSweden.contains({lon, lat}))
      faults.push_back({"/location/lat", "lat and lon are swapped: " + numbers + " lies outside Sweden, the other way round inside; lat is about 55 to 69, lon 11 to 24."});
    else
      faults.push_back({"/location/lat", "The point " + numbers + " lies outside Sweden; lat is about 55 to 69 and lon 11 to 24, in degrees (WGS 84)."});
    return;
  }
  if (municipality.area && !municipality.area->contains(*place.point))
    faults.push_back({"/location", "The point " + numbers + " lies outside " + municipality.name + "."});
}

bool same_place(const Report& a, const Report& b, const std::string& municipality_name) {
  if (both_say_another(a.surface, b.surface) || both_say_another(a.object_type, b.object_type)) return false;
  const auto& [first, second] = std::tie(a.place, b.place);
  if (!first.designation.empty() && !second.designation.empty() &&
      designation_key(first.designation, municipality_name) == designation_key(second.designation, municipality_name))
    return true;
  if (!first.address.empty() && !second.address.empty() && address_key(first.address) == address_key(second.address)) return true;
  return first.point && second.point && distance_m(*first.point, *second.point) <= kSamePlace_m;
}

}  // namespace klotterkoll
