#include "workflow/statistics.h"

#include <algorithm>
#include <map>

#include "base/error.h"

namespace klotterkoll {
namespace {

using std::chrono::days;

constexpr days kLongestPeriod{20 * 366};

/// Sums of a group: what was tallied, and how many of the open are overdue.
struct Sum {
  Tally tally;
  std::int64_t overdue = 0;
  std::int64_t overdue_split = 0;  ///< of these, those that were split off another case

  void add(const Sum& other, int sign = 1) {
    tally.add(other.tally, sign);
    overdue += sign * other.overdue;
    overdue_split += sign * other.overdue_split;
  }
  bool empty() const { return tally.empty() && overdue == 0; }
};

Dimension dimension_of(GroupBy by) {
  switch (by) {
    case GroupBy::owner: return Dimension::owner;
    case GroupBy::category: return Dimension::category;
    case GroupBy::source: return Dimension::source;
    case GroupBy::district: return Dimension::district;
    default: return Dimension::all;
  }
}

std::string value_of(const CaseTable::OpenCount& count, Dimension dimension) {
  switch (dimension) {
    case Dimension::owner: return count.owner_id;
    case Dimension::category: return count.category;
    case Dimension::source: return count.source;
    case Dimension::policy: return std::to_string(count.policy_version);
    case Dimension::district: return count.district_id;
    default: return "";
  }
}

std::string padded(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

/// The calendar month, or ISO week, in which the day lies.
ComplianceGroup month_of(LocalDate day) {
  const std::chrono::year_month_day date{day};
  const auto first = date.year() / date.month() / 1;
  return {std::to_string(static_cast<int>(date.year())) + "-" + padded(static_cast<int>(static_cast<unsigned>(date.month()))),
          Period{LocalDate{first}, LocalDate{first + std::chrono::months{1}}}, {}};
}

ComplianceGroup week_of(LocalDate day) {
  const LocalDate monday = day - (std::chrono::weekday{day} - std::chrono::Monday);
  // The week belongs to the year of its Thursday.
  const std::chrono::year year = std::chrono::year_month_day{monday + days{3}}.year();
  const auto week = (monday + days{3} - LocalDate{year / std::chrono::January / 1}) / days{7} + 1;
  return {std::to_string(static_cast<int>(year)) + "-W" + padded(static_cast<int>(week)), Period{monday, monday + days{7}}, {}};
}

/// Tallies and overdue cases of one dimension, summed by `key_of(value, day)`.
class Summing {
 public:
  Summing(Transaction& transaction, const Settings& settings, Period period, Cohort cohort, Instant as_of)
      : transaction_(transaction), settings_(settings), period_(period), cohort_(cohort), today_(settings.zone.date_of(as_of)) {
    // By due day everything that is open of past days is overdue, and only today is counted from the open cases; by day
    // received the overdue have to be looked up.
    const Instant from = cohort == Cohort::due ? settings.zone.start_of(today_) : Instant{};
    if (cohort == Cohort::received || (today_ >= period.from && today_ < period.to))
      overdue_ = transaction.cases().count_open(settings, from, as_of);
  }

  template <typename KeyOf>
  std::map<std::string, Sum> by(Dimension dimension, TallyDetail detail, KeyOf&& key_of) {
    std::map<std::string, Sum> sums;
    const auto add = [&](const std::string& value, LocalDate day, const Tally& tally) {
      Sum& sum = sums[key_of(value, day)];
      sum.tally.add(tally);
      if (cohort_ == Cohort::received || day >= today_) return;
      sum.overdue += tally.counts[Tally::open];
      sum.overdue_split += tally.counts[Tally::open_split];
    };
    transaction_.tallies().each(settings_.municipality.id, cohort_, dimension, period_.from, period_.to, detail, add);
    for (const auto& count : overdue_) {
      const LocalDate day = cohort_ == Cohort::due ? today_ : count.received_on;
      if (day < period_.from || day >= period_.to) continue;
      Sum& sum = sums[key_of(value_of(count, dimension), day)];
      sum.overdue += count.count;
      if (count.split) sum.overdue_split += count.count;
    }
    // What was counted and taken away again, as for an owner that a case was with for an hour, is not to be shown.
    std::erase_if(sums, [](const auto& entry) { return entry.second.empty(); });
    return sums;
  }

 private:
  Transaction& transaction_;
  const Settings& settings_;
  Period period_;
  Cohort cohort_;
  LocalDate today_;
  std::vector<CaseTable::OpenCount> overdue_;
};

std::vector<ComplianceGroup> calendar_groups(Period period, GroupBy by) {
  std::vector<ComplianceGroup> groups;
  for (LocalDate day = period.from; day < period.to;) {
    ComplianceGroup group = by == GroupBy::month ? month_of(day) : week_of(day);
    day = group.period->to;
    group.period = Period{std::max(group.period->from, period.from), std::min(group.period->to, period.to)};
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace

void check_period(Period period) {
  if (period.from >= period.to)
    throw Error{ErrorCode::refused, "The period is empty: from " + format_date(period.from) + " is not before to " +
                                        format_date(period.to) + "; to is the day after the last one.", "to"};
  if (period.to - period.from > kLongestPeriod) throw Error{ErrorCode::refused, "A period is at most 20 years.", "from"};
}

ComplianceReport compliance(Transaction& transaction, const Settings& settings, Period period, GroupBy by, Cohort cohort, Instant as_of) {
  check_period(period);
  ComplianceReport report;
  report.period = period;
  report.preliminary = settings.zone.start_of(period.to) > as_of;
  report.as_of = as_of;
  report.cohort = cohort;
  Summing summing{transaction, settings, period, cohort, as_of};
  const auto figures = [](const Sum& sum) { return compliance_of(sum.tally, sum.overdue, sum.overdue_split); };

  for (const auto& [version, sum] : summing.by(Dimension::policy, TallyDetail::counts, [](const std::string& value, LocalDate) { return value; }))
    if (const auto n = figures(sum).population) report.policies.emplace_back(std::stoi(version), n);
  std::ranges::sort(report.policies);
  auto sums = summing.by(dimension_of(by), TallyDetail::total, [&](const std::string& value, LocalDate day) {
    switch (by) {
      case GroupBy::month: return month_of(day).key;
      case GroupBy::week: return week_of(day).key;
      default: return value.empty() ? std::string{"none"} : value;
    }
  });
  if (by == GroupBy::district) {
    // Those without a district are not tallied along it: they are what is left of all.
    const auto all = summing.by(Dimension::all, TallyDetail::total, [](const std::string&, LocalDate) { return std::string{"none"}; });
    Sum rest;
    if (const auto at = all.find("none"); at != all.end()) rest = at->second;
    for (const auto& [key, sum] : sums)
      if (key != "none") rest.add(sum, -1);
    sums.erase("none");
    if (!rest.empty()) sums["none"] = rest;
  }
  // Every case is in one group, so the groups make up the whole.
  Sum whole;
  for (const auto& [key, sum] : sums) whole.add(sum);
  report.total = figures(whole);
  report.waiting = transaction.queue().count_waiting_in(settings.municipality.id, cohort, settings.zone.start_of(period.from),
                                                        settings.zone.start_of(period.to), as_of);
  if (by == GroupBy::month || by == GroupBy::week) {
    report.groups = calendar_groups(period, by);
    for (ComplianceGroup& group : report.groups) group.figures = figures(sums[group.key]);
  } else if (by != GroupBy::none) {
    for (const auto& [key, sum] : sums) report.groups.push_back({key, {}, figures(sum)});
  }
  return report;
}

std::array<Histogram, 5> stages(Transaction& transaction, const Settings& settings, Period period) {
  check_period(period);
  Tally sum;
  transaction.tallies().each(settings.municipality.id, Cohort::due, Dimension::all, period.from, period.to, TallyDetail::stages,
                             [&](const std::string&, LocalDate, const Tally& tally) { sum.add(tally); });
  return sum.stages;
}

std::vector<CaseTable::Cost> costs(Transaction& transaction, const Settings& settings, Period period) {
  check_period(period);
  return transaction.cases().costs(settings.municipality.id, settings.zone.start_of(period.from), settings.zone.start_of(period.to));
}

Backlog backlog(Transaction& transaction, MunicipalityId municipality, Instant as_of) {
  Backlog result;
  result.buckets = {{{}, 0, 0}, {0, 4, 0}, {4, 24, 0}, {24, 48, 0}, {48, 72, 0}, {72, {}, 0}};
  std::map<std::string, Backlog::OfOwner> owners;
  transaction.cases().each_open(municipality, [&](const CaseTable::Backlog& open) {
    CaseRow row;
    row.due_at = open.due_at;
    row.warn_at = open.warn_at;
    row.held_from = open.held_from;
    row.held_until = open.held_until;
    const auto clock = clock_of(row, as_of);
    const auto hours = *hours_left(row, as_of);
    ++result.open;
    result.unassigned += open.owner_id.empty() ? 1 : 0;
    result.held += clock == ClockState::held ? 1 : 0;
    if (open.attention) ++result.attention[*open.attention];
    for (auto& bucket : result.buckets)
      if ((!bucket.from_hours || hours >= *bucket.from_hours) && (!bucket.to_hours || hours < *bucket.to_hours)) ++bucket.count;
    auto& owner = owners[open.owner_id];
    ++owner.open;
    owner.due_soon += clock == ClockState::due_soon ? 1 : 0;
    owner.overdue += clock == ClockState::overdue ? 1 : 0;
  });
  const auto waiting = transaction.queue().count_waiting(municipality, std::nullopt);
  result.waiting = waiting.count;
  result.waiting_since = waiting.oldest_at;
  for (auto& [owner_id, of_owner] : owners) {
    of_owner.owner_id = owner_id;
    result.by_owner.push_back(of_owner);
  }
  return result;
}

}  // namespace klotterkoll
