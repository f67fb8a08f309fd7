#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace klotterkoll::bench {

// What the benchmark reports: the n-th report is always the same one, so that the filler and the load program agree
// about streets and owners, and a run can be repeated.

inline constexpr int kOwners = 20;
inline constexpr int kStreets = 200;
/// The first half of the streets belong to owners.
inline constexpr int kOwnedStreets = kStreets / 2;

/// SplitMix64: well mixed bits of a number.
inline std::uint64_t mixed(std::uint64_t n) {
  n += 0x9e3779b97f4a7c15;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
  n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
  return n ^ (n >> 31);
}

inline std::string street(int number) {
  static constexpr std::array<const char*, 20> first{"Stor", "Kvarn", "Skol", "Kyrk", "Ring", "Järnvägs", "Park", "Sjö", "Bok", "Ek",
                                                     "Björk", "Industri", "Stations", "Bro", "Möll", "Lind", "Äng", "Hav", "Sol", "Björn"};
  static constexpr std::array<const char*, 10> last{"gatan", "vägen", "stigen", "gränd", "torget", "backen", "allén", "liden", "parken", "leden"};
  return std::string{first[number % 20]} + last[number / 20 % 10];
}

inline std::string owner_of_street(int number) { return "owner-" + std::to_string(number % kOwners); }

struct Observation {
  double lat, lon;
  std::string address;
  const char* category;
  const char* description;
};

/// The n-th observation, somewhere in the 22 by 25 km of Höör.
inline Observation observation(std::uint64_t n) {
  static constexpr std::array<const char*, 4> categories{"tag", "tag", "piece", "sticker"};
  static constexpr std::array<const char*, 4> descriptions{
      "Stor tagg på garageport, svart sprayfärg, cirka två meter", "Två taggar i blått på fasaden mot gången, ungefär en meter",
      "Målning på muren bakom skolan, silver och rosa, fyra meter", "Klistermärken på elskåpet vid övergången, sju eller åtta st"};
  const std::uint64_t bits = mixed(n);
  return {55.86 + static_cast<double>(bits % 180'000) * 1e-6, 13.36 + static_cast<double>(bits / 180'000 % 380'000) * 1e-6,
          street(static_cast<int>(mixed(bits) % kStreets)) + " " + std::to_string(1 + mixed(bits) / kStreets % 60),
          categories[bits >> 62], descriptions[bits >> 60 & 3]};
}

/// "1000-K1234567-26", another one for each n below 90 billion: the unit tells what seven digits cannot.
inline std::string police_reference(std::uint64_t n) {
  return std::to_string(1000 + n / 10'000'000 % 9'000) + "-K" + std::to_string(n % 10'000'000) + "-26";
}

}  // namespace klotterkoll::bench
