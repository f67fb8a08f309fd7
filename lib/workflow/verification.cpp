#include "workflow/verification.h"

#include "base/error.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kCasesAtOnce = 500;
constexpr std::size_t kMostListed = 1000;

std::string shown(const std::optional<Instant>& instant) { return instant ? format_instant(*instant) : "none"; }
std::string shown(Instant instant) { return format_instant(instant); }
std::string shown(const std::string& text) { return text.empty() ? "none" : text; }
std::string shown(std::int64_t number) { return std::to_string(number); }
template <typename Enum>
  requires std::is_enum_v<Enum>
std::string shown(Enum value) { return std::string{to_code(value)}; }

/// What is counted or acted upon and follows from the events; the place and how the owner was found are the row's own.
template <typename Visit>
void each_derived(const CaseRow& stored, const CaseRow& replayed, Visit&& visit) {
  visit("state", stored.state, replayed.state);
  visit("version", stored.version, replayed.version);
  visit("source", stored.source, replayed.source);
  visit("category", stored.category, replayed.category);
  visit("owner_id", stored.owner_id, replayed.owner_id);
  visit("policy_version", std::int64_t{stored.policy_version}, std::int64_t{replayed.policy_version});
  visit("clock_started_at", stored.clock_started_at, replayed.clock_started_at);
  visit("due_at", stored.due_at, replayed.due_at);
  visit("due_at_without_holds", stored.due_at_without_holds, replayed.due_at_without_holds);
  visit("told_at", stored.told_at, replayed.told_at);
  visit("removed_at", stored.removed_at, replayed.removed_at);
  visit("recorded_at", stored.recorded_at, replayed.recorded_at);
  visit("decided_at", stored.decided_at, replayed.decided_at);
  visit("deciding_owner_id", stored.deciding_owner_id, replayed.deciding_owner_id);
  visit("merged_into", stored.merged_into.value, replayed.merged_into.value);
  visit("report_count", std::int64_t{stored.report_count}, std::int64_t{replayed.report_count});
  visit("proactive", std::int64_t{stored.proactive}, std::int64_t{replayed.proactive});
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
  /// Returns the last case looked at, or no key when there are no more.
  CaseId check_cases_after(CaseId after) {
    CaseId last;
    store_.read([&](Transaction& transaction) {
      const auto settings = transaction.municipalities().settings(municipality_.id);
      const auto events = transaction.events().of_cases_after(municipality_.id, after, kCasesAtOnce);
      for (std::size_t first = 0; first < events.size();) {
        std::size_t end = first;
        while (end < events.size() && events[end].case_id == events[first].case_id) ++end;
        last = events[first].case_id;
        check_case(transaction, *settings, std::span{events}.subspan(first, end - first));
        first = end;
      }
    });
    return last;
  }

  void check_case(Transaction& transaction, const Settings& settings, std::span<const Event> events) {
    ++result_.cases;
    result_.events += std::ssize(events);
    const CaseId id = events.front().case_id;
    const std::string reference = store_.references().encode(id);
    const auto stored = transaction.cases().find(id);
    if (!stored) return differ(reference, "its row is missing");
    try {
      const Case replayed = replay(events, settings.policies, settings.zone);
      contribute(replayed.row, policy_of_version(settings.policies, replayed.row.policy_version), settings.zone, 1, counted_);
      each_derived(*stored, replayed.row, [&](const char* name, const auto& is, const auto& should) {
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
