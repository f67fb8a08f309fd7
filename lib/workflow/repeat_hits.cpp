#include "workflow/repeat_hits.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <span>

#include "domain/address.h"
#include "domain/designation.h"

namespace klotterkoll {
namespace {

bool may_be_same(const CaseTable::Spot& spot, const Report& report) {
  const auto differ = [](const auto& a, const auto& b) { return a && b && *a != *b; };
  return !differ(spot.surface, report.surface) && !differ(spot.object_type, report.object_type);
}

/// Cases as numbers from 0, joined into surfaces: a forest in which each points to a smaller number of its surface.
class Surfaces {
 public:
  explicit Surfaces(std::vector<CaseId> cases) : cases_(std::move(cases)), parents_(cases_.size()) {
    std::ranges::sort(cases_);
    std::iota(parents_.begin(), parents_.end(), 0U);
  }

  std::optional<std::uint32_t> number_of(CaseId id) const {
    const auto at = std::ranges::lower_bound(cases_, id);
    if (at == cases_.end() || *at != id) return std::nullopt;
    return static_cast<std::uint32_t>(at - cases_.begin());
  }
  std::uint32_t surface_of(std::uint32_t number) {
    while (parents_[number] != number) number = parents_[number] = parents_[parents_[number]];
    return number;
  }
  void join(CaseId one, CaseId other) {
    const auto a = number_of(one), b = number_of(other);
    if (!a || !b) return;
    const auto first = surface_of(*a), second = surface_of(*b);
    parents_[std::max(first, second)] = std::min(first, second);
  }
  CaseId case_of(std::uint32_t number) const { return cases_[number]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(cases_.size()); }

 private:
  std::vector<CaseId> cases_;
  std::vector<std::uint32_t> parents_;
};

/// The surfaces with more than one case, each with its cases: those of the period, and what these followed or were merged into.
class HitCount {
 public:
  HitCount(Transaction& transaction, const Settings& settings, Period period)
      : transaction_(transaction), from_(settings.zone.start_of(period.from)), until_(settings.zone.start_of(period.to)) {
    const MunicipalityId municipality = settings.municipality.id;
    transaction.cases().each_link(municipality, from_, until_, [&](const CaseTable::Link& link) { links_.push_back(link); });
    transaction.cases().each_excluded(municipality, from_, until_, [&](const CaseTable::Merged& one) { excluded_.push_back(one); });
    find_former();
    // Alone on their surface are most: only those with somebody before or after them are kept.
    std::vector<CaseId> in_chains;
    const auto join = [&](CaseId one, CaseId other) {
      if (other) in_chains.insert(in_chains.end(), {one, other});
    };
    for (const auto& link : links_) join(link.id, link.previous);
    for (const auto& one : excluded_) join(one.id, one.into);
    std::ranges::sort(in_chains);
    const auto repeated = std::ranges::unique(in_chains);
    in_chains.erase(repeated.begin(), repeated.end());
    Surfaces surfaces{std::move(in_chains)};
    std::vector<bool> counts(surfaces.size(), true);
    for (const auto& link : links_)
      if (link.previous) surfaces.join(link.id, link.previous);
    for (const auto& one : excluded_) {
      if (const auto number = surfaces.number_of(one.id)) counts[*number] = false;
      if (one.into) surfaces.join(one.id, one.into);
    }
    for (const auto& link : links_)
      if (const auto number = surfaces.number_of(link.id); number && counts[*number] && link.opened_at < until_)
        hits_.push_back({surfaces.surface_of(*number), link.opened_at >= from_, link.opened_at, link.id});
    // By surface, the last one first.
    std::ranges::sort(hits_, [](const Hit& a, const Hit& b) {
      return std::tuple{a.surface, b.opened_at, b.id} < std::tuple{b.surface, a.opened_at, a.id};
    });
  }

  struct Hit {
    std::uint32_t surface;
    bool in_period;
    Instant opened_at;
    CaseId id;
  };
  struct Counted {
    std::span<const Hit> hits;  ///< the last one first
    std::int64_t in_period = 0;
  };
  /// Those hit at least twice in the period, most often first, then those hit last.
  std::vector<Counted> most_hit(std::size_t most) const {
    std::vector<Counted> counted;
    for (std::size_t first = 0; first < hits_.size();) {
      std::size_t next = first;
      std::int64_t in_period = 0;
      for (; next < hits_.size() && hits_[next].surface == hits_[first].surface; ++next) in_period += hits_[next].in_period;
      if (in_period >= 2) counted.push_back({std::span{hits_}.subspan(first, next - first), in_period});
      first = next;
    }
    const auto before = [](const Counted& a, const Counted& b) {
      return std::tuple{b.in_period, b.hits.front().opened_at, b.hits.front().id} < std::tuple{a.in_period, a.hits.front().opened_at, a.hits.front().id};
    };
    const auto end = counted.begin() + static_cast<std::ptrdiff_t>(std::min(most, counted.size()));
    std::partial_sort(counted.begin(), end, counted.end(), before);
    counted.erase(end, counted.end());
    return counted;
  }

 private:
  /// Adds to the period's cases what they lead to, and that leads to, outside of it.
  void find_former() {
    std::vector<CaseId> known, ahead;
    for (const auto& link : links_) known.push_back(link.id);
    std::ranges::sort(known);
    std::set<CaseId> seen;
    const auto follow = [&](CaseId id) {
      if (id && !std::ranges::binary_search(known, id) && seen.insert(id).second) ahead.push_back(id);
    };
    for (const auto& link : links_) follow(link.previous);
    for (const auto& one : excluded_) follow(one.into);
    while (!ahead.empty()) {
      const CaseRow row = transaction_.cases().find(ahead.back()).value();
      ahead.pop_back();
      links_.push_back({row.id, row.previous_case, row.opened_at});
      if (row.merged_into || row.dismissal) excluded_.push_back({row.id, row.merged_into});
      follow(row.previous_case);
      follow(row.merged_into);
    }
  }

  Transaction& transaction_;
  const Instant from_, until_;
  std::vector<CaseTable::Link> links_;
  std::vector<CaseTable::Merged> excluded_;
  std::vector<Hit> hits_;
};

/// From the removal before it to the report, when there was one before it.
std::optional<std::int64_t> hours_since_removal(Transaction& transaction, const CaseRow& row) {
  if (!row.previous_case) return std::nullopt;
  const auto former = transaction.cases().find(row.previous_case);
  if (!former || !former->removed_at || *former->removed_at > row.first_reported_at) return std::nullopt;
  return std::chrono::floor<std::chrono::hours>(row.first_reported_at - *former->removed_at).count();
}

HotSpot described(Transaction& transaction, const HitCount::Counted& counted) {
  HotSpot spot;
  spot.hits = counted.in_period;
  spot.all_hits = std::ssize(counted.hits);
  spot.last = transaction.cases().find(counted.hits.front().id).value();
  std::vector<std::int64_t> intervals;
  for (const auto& hit : counted.hits) {
    if (!hit.in_period || spot.cases.size() == kMostOfHotSpot) break;
    spot.cases.push_back(hit.id);
    const CaseRow row = transaction.cases().find(hit.id).value();
    if (row.cost_sek) spot.cost_sek += *row.cost_sek, ++spot.costed;
    if (const auto hours = hours_since_removal(transaction, row)) intervals.push_back(*hours);
  }
  if (intervals.empty()) return spot;
  std::ranges::sort(intervals);
  spot.shortest_hours_to_next = intervals.front();
  spot.median_hours_to_next = intervals[(intervals.size() + 1) / 2 - 1];
  return spot;
}

}  // namespace

CaseId former_case(Transaction& transaction, const Settings& settings, const Report& report,
                   const std::vector<CaseTable::Spot>& spots, Instant until) {
  std::vector<CaseTable::Spot> there = spots;
  if (!report.place.point) {
    const std::string address = address_key(report.place.address);
    const std::string designation = report.place.designation.empty() ? "" : designation_key(report.place.designation, settings.municipality.name);
    const auto by_words = transaction.cases().removed_there(settings.municipality.id, address, designation, until);
    there.insert(there.end(), by_words.begin(), by_words.end());
  }
  CaseId former;
  Instant latest = Instant::min();
  for (const auto& spot : there) {
    if (!spot.removed_at || *spot.removed_at > until || spot.away_m > kSamePlace_m || !may_be_same(spot, report)) continue;
    // Nearest first, so of several removed at once the nearest stays.
    if (*spot.removed_at > latest) former = spot.id, latest = *spot.removed_at;
  }
  return former;
}

std::vector<HotSpot> hot_spots(Transaction& transaction, const Settings& settings, Period period, std::size_t most) {
  check_period(period);
  const HitCount count{transaction, settings, period};
  std::vector<HotSpot> spots;
  for (const auto& counted : count.most_hit(std::min(most, kMostHotSpots))) spots.push_back(described(transaction, counted));
  return spots;
}

}  // namespace klotterkoll
