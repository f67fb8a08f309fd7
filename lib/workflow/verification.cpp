#include "workflow/verification.h"

#include <algorithm>
#include <map>

#include "base/error.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kCasesAtOnce = 500;
constexpr std::size_t kMostListed = 1000;

std::string shown(Instant instant) { return format_instant(instant); }
std::string shown(const std::string& text) { return text.empty() ? "none" : text; }
std::string shown(std::int64_t number) { return std::to_string(number); }
template <typename Enum>
  requires std::is_enum_v<Enum>
std::string shown(Enum value) { return std::string{to_code(value)}; }
template <typename T>
std::string shown(const std::optional<T>& value) { return value ? shown(*value) : "none"; }

/// All that follows from the events; the place and how the owner was found are the row's own.
template <typename Visit>
void each_derived(const CaseRow& stored, const CaseRow& replayed, Visit&& visit) {
  const auto number = [](auto value) { return static_cast<std::int64_t>(value); };
  const auto compare = [&](const char* name, auto member) { visit(name, stored.*member, replayed.*member); };
  const auto compare_number = [&](const char* name, auto member) { visit(name, number(stored.*member), number(replayed.*member)); };
  const auto compare_key = [&](const char* name, auto member) { visit(name, (stored.*member).value, (replayed.*member).value); };
  compare_number("version", &CaseRow::version);
  compare("state", &CaseRow::state);
  compare("source", &CaseRow::source);
  compare("category", &CaseRow::category);
  compare_number("category_confirmed", &CaseRow::category_confirmed);
  compare("surface", &CaseRow::surface);
  compare("object_type", &CaseRow::object_type);
  compare("owner_id", &CaseRow::owner_id);
  compare("routing_rule", &CaseRow::routing_rule);
  compare("opened_at", &CaseRow::opened_at);
  compare("clock_started_at", &CaseRow::clock_started_at);
  compare("first_reported_at", &CaseRow::first_reported_at);
  compare("first_received_at", &CaseRow::first_received_at);
  compare_number("policy_version", &CaseRow::policy_version);
  compare("due_at", &CaseRow::due_at);
  compare("due_at_without_holds", &CaseRow::due_at_without_holds);
  compare("own_due_at", &CaseRow::own_due_at);
  compare("assigned_at", &CaseRow::assigned_at);
  compare("told_at", &CaseRow::told_at);
  compare("removed_at", &CaseRow::removed_at);
  compare("recorded_at", &CaseRow::recorded_at);
  compare("removal_entered_at", &CaseRow::removal_entered_at);
  compare("method", &CaseRow::method);
  compare("cost_sek", &CaseRow::cost_sek);
  compare_number("evidence_confirmed", &CaseRow::evidence_confirmed);
  compare_number("proactive", &CaseRow::proactive);
  compare("dismissal", &CaseRow::dismissal);
  compare("non_removal", &CaseRow::non_removal);
  compare_key("merged_into", &CaseRow::merged_into);
  compare("decided_at", &CaseRow::decided_at);
  compare("deciding_owner_id", &CaseRow::deciding_owner_id);
  compare("former_owner_id", &CaseRow::former_owner_id);
  compare("held_from", &CaseRow::held_from);
  compare("held_until", &CaseRow::held_until);
  compare_number("has_holds", &CaseRow::has_holds);
  compare("hold_requested_at", &CaseRow::hold_requested_at);
  compare("warn_at", &CaseRow::warn_at);
  compare("checked_until", &CaseRow::checked_until);
  compare("attention", &CaseRow::attention);
  compare("unattended_at", &CaseRow::unattended_at);
  compare("next_check_at", &CaseRow::next_check_at);
  compare_number("report_count", &CaseRow::report_count);
  compare_number("merged_count", &CaseRow::merged_count);
  compare_number("photo_count", &CaseRow::photo_count);
  compare_key("previous_case", &CaseRow::previous_case);
  compare_key("split_from", &CaseRow::split_from);
  compare("district_id", &CaseRow::district_id);
}

/// A query without states passes over merged cases.
CaseQuery every_case() {
  CaseQuery query;
  for (std::size_t i = 0; i < names_of(CaseState{}).size(); ++i) query.states.push_back(static_cast<CaseState>(i));
  return query;
}

class Verifier {
 public:
  Verifier(Store& store, const Municipality& municipality, Verification& result)
      : store_(store), municipality_(municipality), result_(result) {}

  void run(bool rebuild) {
    for (CaseId after{municipality_.id, 0}; after;) after = check_cases_after(after);
    check_tallies();
    if (rebuild) store_.write([&](Transaction& transaction) { transaction.tallies().replace(municipality_.id, counted_); });
  }

 private:
  /// What is stored of a case: its row, its history, or both.
  struct Stored {
    std::optional<CaseRow> row;
    std::vector<Event> events;
  };

  /// Returns the last case looked at, or no key when there are no more. Rows and histories are walked side by side, so
  /// that either of them missing is found.
  CaseId check_cases_after(CaseId after) {
    std::map<CaseId, Stored> cases;
    store_.read([&](Transaction& transaction) {
      const auto settings = transaction.municipalities().settings(municipality_.id);
      CaseId looked_at = after;
      auto rows = transaction.cases().list_after(municipality_.id, every_case(), looked_at, kCasesAtOnce);
      auto events = transaction.events().of_cases_after(municipality_.id, after, kCasesAtOnce);
      // Both pages reach at least this far; what lies beyond comes with the next.
      const CaseId last = std::min(rows.empty() ? events.empty() ? after : events.back().case_id : rows.back().id,
                                   events.empty() ? rows.empty() ? after : rows.back().id : events.back().case_id);
      for (CaseRow& row : rows)
        if (row.id <= last) cases[row.id].row = std::move(row);
      for (Event& event : events)
        if (event.case_id <= last) cases[event.case_id].events.push_back(std::move(event));
      for (const auto& [id, stored] : cases) check_case(*settings, id, stored);
    });
    return cases.empty() ? CaseId{} : cases.rbegin()->first;
  }

  void check_case(const Settings& settings, CaseId id, const Stored& stored) {
    ++result_.cases;
    result_.events += std::ssize(stored.events);
    const std::string reference = store_.references().encode(id);
    if (stored.events.empty()) return differ(reference, "its history is missing");
    try {
      const Case replayed = replay(stored.events, settings.policies, settings.zone);
      contribute(replayed.row, policy_of_version(settings.policies, replayed.row.policy_version), settings.zone, 1, counted_);
      if (!stored.row) return differ(reference, "its row is missing");
      each_derived(*stored.row, replayed.row, [&](const char* name, const auto& is, const auto& should) {
        if (is != should) differ(reference, std::string{name} + " is " + shown(is) + ", by the events " + shown(should));
      });
    } catch (const Error& error) {
      differ(reference, error.what());
    }
  }

  void check_tallies() {
    std::erase_if(counted_, [](const auto& entry) { return entry.second.empty(); });
    Tallies stored;
    store_.read([&](Transaction& transaction) { stored = transaction.tallies().all(municipality_.id); });
    result_.tallies += std::ssize(stored);
    for (const auto& [key, tally] : counted_) {
      const auto at = stored.find(key);
      compare(key, at == stored.end() ? Tally{} : at->second, tally);
    }
    for (const auto& [key, tally] : stored)
      if (!counted_.contains(key)) compare(key, tally, Tally{});
  }

  void compare(const TallyKey& key, const Tally& is, const Tally& should) {
    if (is == should) return;
    const std::string what = std::string{to_code(key.cohort)} + " " + std::string{to_code(key.dimension)} +
                             (key.value.empty() ? "" : "=" + key.value) + " " + format_date(key.day);
    for (std::size_t i = 0; i < is.counts.size(); ++i)
      if (is.counts[i] != should.counts[i])
        differ(what, std::string{names_of(Tally::Count{})[i]} + " is " + std::to_string(is.counts[i]) + ", by the events " +
                         std::to_string(should.counts[i]));
    for (std::size_t i = 0; i < is.stages.size(); ++i)
      if (is.stages[i] != should.stages[i])
        differ(what, std::string{names_of(Stage{})[i]} + " is " + shown(is.stages[i].to_text()) + ", by the events " +
                         shown(should.stages[i].to_text()));
  }

  void differ(const std::string& what, const std::string& detail) {
    ++result_.difference_count;
    if (result_.differences.size() < kMostListed) result_.differences.push_back({municipality_.code, what, detail});
  }

  Store& store_;
  const Municipality& municipality_;
  Verification& result_;
  Tallies counted_;
};

}  // namespace

Verification verify(Store& store, bool rebuild) {
  std::vector<Municipality> municipalities;
  store.read([&](Transaction& transaction) { municipalities = transaction.municipalities().list(); });
  Verification result;
  for (const Municipality& municipality : municipalities) Verifier{store, municipality, result}.run(rebuild);
  result.rebuilt = rebuild;
  return result;
}

}  // namespace klotterkoll
