#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace klotterkoll {

// The coded words of the domain, each with its one spelling in SQL, C++ and JSON (the field's terms; README, Words).
// Each enum is followed by its names in the order of the enumerators; `to_code` and `code_from` read them.

using Names = std::string_view;

enum class Source { citizen, police, municipality, owner };
constexpr auto names_of(Source) { return std::array<Names, 4>{"citizen", "police", "municipality", "owner"}; }

/// By what way a report reached the kommun.
enum class Intake { api, web, phone, mail, desk, open311, import };
constexpr auto names_of(Intake) {
  return std::array<Names, 7>{"api", "web", "phone", "mail", "desk", "open311", "import"};
}

enum class Category { tag, piece, political, hate, obscene, sticker, other };
constexpr auto names_of(Category) {
  return std::array<Names, 7>{"tag", "piece", "political", "hate", "obscene", "sticker", "other"};
}

enum class Surface { wall, garage_door, door, window, fence, sign, ground, other };
constexpr auto names_of(Surface) {
  return std::array<Names, 8>{"wall", "garage_door", "door", "window", "fence", "sign", "ground", "other"};
}

enum class ObjectType { building, power_cabinet, bus_shelter, bridge, tunnel, rail, playground, other };
constexpr auto names_of(ObjectType) {
  return std::array<Names, 8>{"building", "power_cabinet", "bus_shelter", "bridge",
                              "tunnel",   "rail",          "playground",  "other"};
}

enum class RemovalMethod { washed, painted, blasted, replaced, covered, other };
constexpr auto names_of(RemovalMethod) {
  return std::array<Names, 6>{"washed", "painted", "blasted", "replaced", "covered", "other"};
}

enum class OwnerKind { municipality, public_company, authority, company, private_owner };
constexpr auto names_of(OwnerKind) {
  return std::array<Names, 5>{"municipality", "public_company", "authority", "company", "private"};
}

enum class CountingMode { calendar_days, calendar_days_next_weekday, working_days, hours };
constexpr auto names_of(CountingMode) {
  return std::array<Names, 4>{"calendar_days", "calendar_days_next_weekday", "working_days", "hours"};
}

/// Which of a report's times starts the clock.
enum class StartsFrom { received, reported };
constexpr auto names_of(StartsFrom) { return std::array<Names, 2>{"received", "reported"}; }

enum class HoldReason { weather, evidence, access, lift, permission };
constexpr auto names_of(HoldReason) {
  return std::array<Names, 5>{"weather", "evidence", "access", "lift", "permission"};
}

enum class CaseState { unassigned, assigned, removed, dismissed, not_removed, merged };
constexpr auto names_of(CaseState) {
  return std::array<Names, 6>{"unassigned", "assigned", "removed", "dismissed", "not_removed", "merged"};
}

/// Computed on reading, for open cases only.
enum class ClockState { on_track, due_soon, overdue, held };
constexpr auto names_of(ClockState) { return std::array<Names, 4>{"on_track", "due_soon", "overdue", "held"}; }

enum class DismissalReason { not_graffiti, not_found, legal_wall, outside_area };
constexpr auto names_of(DismissalReason) {
  return std::array<Names, 4>{"not_graffiti", "not_found", "legal_wall", "outside_area"};
}

enum class NonRemovalReason { owner_declines, not_possible };
constexpr auto names_of(NonRemovalReason) { return std::array<Names, 2>{"owner_declines", "not_possible"}; }

/// By what way an owner was told of its case.
enum class Channel { mail, webhook, call, letter };
constexpr auto names_of(Channel) { return std::array<Names, 4>{"mail", "webhook", "call", "letter"}; }

/// Why an officer should look at an open case: nobody has it, nothing can be sent to its owner, what was sent came back, or
/// half of the time went by without a sign from the owner.
enum class Attention { unassigned, no_channel, bounced, silent };
constexpr auto names_of(Attention) { return std::array<Names, 4>{"unassigned", "no_channel", "bounced", "silent"}; }

/// Who is told of what happens to a case. Officers are the municipality's users who want notices, reporters those who left
/// an address with a report of the case or of one merged into it.
enum class Audience { owner, second_contact, officers, reporters };
constexpr auto names_of(Audience) { return std::array<Names, 4>{"owner", "second_contact", "officers", "reporters"}; }

/// Who acts. `citizen` needs no key; `system` is the service itself (router, scheduler, import).
enum class Role { citizen, police, owner, municipality, channel, admin, system };
constexpr auto names_of(Role) {
  return std::array<Names, 7>{"citizen", "police", "owner", "municipality", "channel", "admin", "system"};
}

enum class Visibility { public_, internal };
constexpr auto names_of(Visibility) { return std::array<Names, 2>{"public", "internal"}; }

template <typename Enum>
constexpr std::string_view to_code(Enum value) {
  return names_of(Enum{})[static_cast<std::size_t>(value)];
}

/// The value that `text` spells exactly, or nothing.
template <typename Enum>
constexpr std::optional<Enum> code_from(std::string_view text) {
  constexpr auto names = names_of(Enum{});
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace klotterkoll
