#include "domain/compliance.h"

#include <algorithm>

#include "domain/figure.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kHourlyBelow = 14 * 24;
constexpr std::int64_t kLongest = 3653 * 24;  // ten years

std::int64_t bucket_of(std::chrono::seconds duration) {
  const auto hours = std::clamp<std::int64_t>(std::chrono::floor<std::chrono::hours>(duration).count(), 0, kLongest);
  return hours < kHourlyBelow ? hours : hours / 24 * 24;
}

/// Removed by the deadline, and entered by it or soon after the removal: a date cannot be made up afterwards.
bool on_time_for(Instant due_at, const CaseRow& row, const Policy& policy) {
  if (*row.removed_at > due_at) return false;
  if (*row.recorded_at <= due_at || row.evidence_confirmed) return true;
  return *row.recorded_at - *row.removed_at <= std::chrono::hours{policy.record_within_hours};
}

Outcome outcome_of(const CaseRow& row, const Policy& policy) {
  switch (row.state) {
    case CaseState::merged: return Outcome::merged;
    case CaseState::dismissed: return Outcome::dismissed;
    case CaseState::not_removed: return Outcome::not_removed;
    case CaseState::removed:
      if (row.proactive) return Outcome::proactive;
      return on_time_for(row.due_at, row, policy) ? Outcome::on_time : Outcome::late;
    default: return Outcome::open;
  }
}

}  // namespace

Judgement judge(const CaseRow& row, const Policy& policy) {
  Judgement judged;
  judged.outcome = outcome_of(row, policy);
  const bool decided = judged.outcome == Outcome::on_time || judged.outcome == Outcome::late ||
                       judged.outcome == Outcome::not_removed;
  if (judged.outcome == Outcome::on_time) {
    judged.on_time_by_hold = !on_time_for(row.due_at_without_holds, row, policy);
    judged.recorded_after_due = *row.recorded_at > row.due_at;
    judged.already_gone = *row.removed_at < row.clock_started_at;
  }
  if (judged.outcome == Outcome::dismissed || judged.outcome == Outcome::merged)
    judged.excluded_after_due = *row.decided_at > row.due_at;
  if (decided && row.own_due_at) {
    judged.own_on_time = row.removed_at && on_time_for(*row.own_due_at, row, policy);
    judged.told_late = *row.own_due_at > row.due_at;
  }
  return judged;
}

void Histogram::add(std::chrono::seconds duration, std::int64_t times) {
  Histogram one;
  if (times != 0) one.buckets_.push_back({bucket_of(duration), times});
  add(one);
}

void Histogram::add(const Histogram& other, int sign) {
  // Both are in order, so one walk does; a year's days have mostly the same buckets, which then only grow. Where no hour
  // is missing, a bucket lies as many places further on as it has hours more.
  auto at = buckets_.begin();
  bool emptied = false;
  for (const Bucket& bucket : other.buckets_) {
    if (at != buckets_.end())
      if (const auto ahead = bucket.hours - at->hours; ahead > 0 && ahead < buckets_.end() - at && at[ahead].hours == bucket.hours) at += ahead;
    while (at != buckets_.end() && at->hours < bucket.hours) ++at;
    if (at == buckets_.end() || at->hours != bucket.hours) at = buckets_.insert(at, {bucket.hours, 0});
    at->count += sign * bucket.count;
    emptied = emptied || at->count == 0;
  }
  if (emptied) std::erase_if(buckets_, [](const Bucket& bucket) { return bucket.count == 0; });
}

std::int64_t Histogram::count() const {
  std::int64_t sum = 0;
  for (const auto& [hours, count] : buckets_) sum += count;
  return sum;
}

std::optional<std::int64_t> Histogram::quantile(int percent) const {
  const std::int64_t n = count();
  if (n <= 0) return std::nullopt;
  const std::int64_t rank = (n * percent + 99) / 100;
  std::int64_t below = 0;
  for (const auto& [hours, count] : buckets_)
    if ((below += count) >= rank) return hours;
  return std::nullopt;
}

std::string Histogram::to_text() const {
  std::string text;
  for (const auto& [hours, count] : buckets_) {
    if (!text.empty()) text += ' ';
    text += std::to_string(hours) + ':' + std::to_string(count);
  }
  return text;
}

Histogram Histogram::from_text(std::string_view text) {
  // A year's figures parse half a million of these, so it is done by hand: twice as fast as the library's.
  Histogram histogram;
  histogram.buckets_.reserve(text.size() / 4 + 1);  // the shortest is "1:1 "
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&] {
    const bool negative = at < end && *at == '-';
    if (negative) ++at;
    std::int64_t value = 0;
    for (; at < end && *at >= '0' && *at <= '9'; ++at) value = value * 10 + (*at - '0');
    return negative ? -value : value;
  };
  while (at < end) {
    Bucket bucket;
    bucket.hours = number();
    if (at < end) ++at;  // ':'
    bucket.count = number();
    histogram.buckets_.push_back(bucket);
    if (at < end) ++at;  // ' '
  }
  return histogram;
}

Tally& Tally::add(const Tally& other, int sign) {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += sign * other.counts[i];
  for (std::size_t i = 0; i < stages.size(); ++i) stages[i].add(other.stages[i], sign);
  return *this;
}

bool Tally::empty() const {
  static const Tally nothing;
  return *this == nothing;
}

void contribute(const CaseRow& row, const Policy& policy, const TimeZone& zone, int sign, Tallies& tallies) {
  const Tally tally = tally_of(row, policy);
  const LocalDate due_on = tally_day(row, Cohort::due, zone), received_on = tally_day(row, Cohort::received, zone);
  for (const Dimension dimension : {Dimension::all, Dimension::owner, Dimension::category, Dimension::source, Dimension::policy, Dimension::district}) {
    std::string value = tally_value(row, dimension);
    if (dimension == Dimension::district && value.empty()) continue;
    tallies[{Cohort::due, dimension, value, due_on}].add(tally, sign);
    tallies[{Cohort::received, dimension, std::move(value), received_on}].add(tally, sign);
  }
}

std::optional<std::int64_t> per_mille(std::int64_t part, std::int64_t whole) {
  if (whole < kSmallestRatedNumber) return std::nullopt;
  return (2000 * part + whole) / (2 * whole);
}

Compliance compliance_of(const Tally& tally, std::int64_t overdue, std::int64_t overdue_split) {
  const auto& counts = tally.counts;
  Compliance result;
  result.on_time = counts[Tally::on_time];
  result.late = counts[Tally::late];
  result.not_removed = counts[Tally::not_removed];
  result.overdue = overdue;
  result.open_in_time = counts[Tally::open] - overdue;
  result.population = result.on_time + result.late + result.overdue;
  result.rate_per_mille = per_mille(result.on_time, result.population);
  result.on_time_by_hold = counts[Tally::on_time_by_hold];
  result.rate_without_holds_per_mille = per_mille(result.on_time - result.on_time_by_hold, result.population);
  result.on_time_recorded_after_due = counts[Tally::on_time_recorded_after_due];
  result.already_gone = counts[Tally::already_gone];
  const Histogram& total = tally.stages[static_cast<std::size_t>(Stage::total)];
  result.median_hours = total.quantile(50);
  result.p90_hours = total.quantile(90);
  for (std::size_t i = 0; i < result.dismissed.size(); ++i) result.dismissed[i] = counts[Tally::not_graffiti + i];
  result.merged = counts[Tally::merged];
  result.proactive = counts[Tally::proactive];
  result.excluded_after_due = counts[Tally::excluded_after_due];
  result.split = counts[Tally::split] + overdue_split;
  result.rate_with_excluded_after_due_per_mille = per_mille(result.on_time, result.population + result.excluded_after_due);
  result.own_n = counts[Tally::own_n];
  result.told_late = counts[Tally::told_late];
  result.own_rate_per_mille = per_mille(counts[Tally::own_on_time], result.own_n);
  return result;
}

}  // namespace klotterkoll
