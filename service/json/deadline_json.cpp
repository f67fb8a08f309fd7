#include "json/deadline_json.h"

#include <algorithm>

#include "json/hold_json.h"

namespace klotterkoll {
namespace {

constexpr std::array<const char*, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// What a describe function says after "fre 3 apr: ", which stands in members of its own.
std::string_view note_of(std::string_view described) { return described.substr(described.find(": ") + 2); }

void write_days(JsonWriter& out, const Deadline& deadline) {
  out.array("days", [&] {
    for (const ReckonedDay& day : deadline.days)
      out.object([&] {
        out.member("date", format_date(day.date));
        out.member("weekday", kWeekdays[std::chrono::weekday{day.date}.c_encoding()]);
        out.member("counted", day.counted);
        out.member("note", note_of(describe_sv(day)));
        out.member("note_en", note_of(describe_en(day)));
      });
  });
}

/// The same under the modes that the case is not counted by, with as many days, or their hours.
void write_other_modes(JsonWriter& out, const Policy& policy, const Deadline& deadline, std::span<const HeldTime> held,
                       std::span<const FormerLimit> former) {
  const int days = deadline.limit.mode == CountingMode::hours ? std::max(1, deadline.limit.amount / 24) : deadline.limit.amount;
  out.array("other_modes", [&] {
    for (std::size_t i = 0; i < names_of(CountingMode{}).size(); ++i) {
      const auto mode = static_cast<CountingMode>(i);
      if (mode == deadline.limit.mode) continue;
      const Limit limit{mode, mode == CountingMode::hours ? days * 24 : days};
      out.object([&] {
        out.member("mode", mode);
        out.member("limit", limit.amount);
        out.member("due_at", deadline_for(policy, limit, deadline.started_at, held, former));
      });
    }
  });
}

void write_reckoned(JsonWriter& out, const Deadline& deadline, const Policy& policy, int policy_version,
                    std::span<const HeldTime> held = {}, std::span<const FormerLimit> former = {}) {
  out.member("due_at", deadline.due_at);
  out.member("started_at", deadline.started_at);
  out.member("mode", deadline.limit.mode);
  out.member("limit", deadline.limit.amount);
  out.member("policy_version", policy_version == 0 ? std::nullopt : std::optional{policy_version});
  out.member("time_zone", policy.time_zone);
  out.member("held_seconds", std::int64_t{deadline.held.count()});
  write_days(out, deadline);
  write_other_modes(out, policy, deadline, held, former);
}

}  // namespace

std::string deadline_json(const Deadline& deadline, const Policy& policy, int policy_version) {
  return json_text([&](JsonWriter& out) {
    out.object([&] { write_reckoned(out, deadline, policy, policy_version); });
  });
}

std::string case_deadline_json(const Case& whole, const Settings& settings, const ReferenceCipher& references, bool reasons_told) {
  const CaseRow& row = whole.row;
  const Policy& policy = policy_of_version(settings.policies, row.policy_version);
  const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
  const HoldReckoning reckoned = reckon_holds(policy, limit, row.clock_started_at, whole.holds, whole.former_limits);
  Deadline deadline = reckon_deadline(policy, limit, row.clock_started_at, reckoned.held, whole.former_limits);
  // Were only one reason left out, its absence would tell it.
  for (ReckonedDay& day : deadline.days) day.reason_told = reasons_told;
  return json_text([&](JsonWriter& out) {
    out.object([&] {
      write_reckoned(out, deadline, policy, policy.version, reckoned.held, whole.former_limits);
      out.member("due_at_without_holds", row.due_at_without_holds);
      out.member("shortened_to", deadline.shortened_to);
      out.array("holds_without_effect", [&] {
        for (const Hold& hold : whole.holds)
          if (std::ranges::find(reckoned.too_late, hold.id) != reckoned.too_late.end() && (reasons_told || hold.reason != HoldReason::evidence))
            write_hold(out, {hold, true, false, {}, "", "", {}}, references, {});
      });
    });
  });
}

}  // namespace klotterkoll
