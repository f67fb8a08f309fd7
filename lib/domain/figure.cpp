#include "domain/figure.h"

namespace klotterkoll {

Tally tally_of(const CaseRow& row, const Policy& policy) {
  const Judgement judged = judge(row, policy);
  Tally tally;
  const auto count = [&](Tally::Count which, bool when = true) { tally.counts[which] += when ? 1 : 0; };
  switch (judged.outcome) {
    case Outcome::open: count(Tally::open); break;
    case Outcome::on_time: count(Tally::on_time); break;
    case Outcome::late: count(Tally::late); break;
    case Outcome::not_removed: count(Tally::late), count(Tally::not_removed); break;
    case Outcome::dismissed: count(static_cast<Tally::Count>(Tally::not_graffiti + static_cast<int>(*row.dismissal))); break;
    case Outcome::merged: count(Tally::merged); break;
    case Outcome::proactive: count(Tally::proactive); break;
  }
  count(Tally::on_time_by_hold, judged.on_time_by_hold);
  count(Tally::on_time_recorded_after_due, judged.recorded_after_due);
  count(Tally::already_gone, judged.already_gone);
  count(Tally::excluded_after_due, judged.excluded_after_due);
  count(Tally::own_n, judged.own_on_time.has_value());
  count(Tally::own_on_time, judged.own_on_time.value_or(false));
  count(Tally::told_late, judged.told_late);
  const bool decided = judged.outcome == Outcome::on_time || judged.outcome == Outcome::late || judged.outcome == Outcome::not_removed;
  count(Tally::split, decided && row.split_from);
  count(Tally::open_split, judged.outcome == Outcome::open && row.split_from);
  if (judged.outcome == Outcome::on_time || judged.outcome == Outcome::late) {
    const auto stage = [&](Stage which, Instant from, Instant to) {
      tally.stages[static_cast<std::size_t>(which)].add(to - from);
    };
    stage(Stage::total, row.clock_started_at, *row.removed_at);
    stage(Stage::reported_to_received, row.first_reported_at, row.first_received_at);
    stage(Stage::removed_to_recorded, *row.removed_at, *row.recorded_at);
    if (row.told_at) {
      stage(Stage::received_to_told, row.first_received_at, *row.told_at);
      stage(Stage::told_to_removed, *row.told_at, *row.removed_at);
    }
  }
  return tally;
}

std::string tally_value(const CaseRow& row, Dimension dimension) {
  switch (dimension) {
    case Dimension::owner: return row.deciding_owner_id;
    case Dimension::category: return std::string{to_code(row.category)};
    case Dimension::source: return std::string{to_code(row.source)};
    case Dimension::policy: return std::to_string(row.policy_version);
    case Dimension::district: return row.district_id;
    default: return "";
  }
}

LocalDate tally_day(const CaseRow& row, Cohort cohort, const TimeZone& zone) {
  return zone.date_of(cohort == Cohort::due ? row.due_at : row.first_received_at);
}

std::int64_t number_of(const Compliance& figures, Figure figure) {
  switch (figure) {
    case Figure::population: return figures.population;
    case Figure::on_time: return figures.on_time;
    case Figure::late: return figures.late;
    case Figure::not_removed: return figures.not_removed;
    case Figure::overdue: return figures.overdue;
    case Figure::open_in_time: return figures.open_in_time;
    case Figure::on_time_by_hold: return figures.on_time_by_hold;
    case Figure::on_time_recorded_after_due: return figures.on_time_recorded_after_due;
    case Figure::already_gone: return figures.already_gone;
    case Figure::split: return figures.split;
    case Figure::not_graffiti: return figures.dismissed[0];
    case Figure::not_found: return figures.dismissed[1];
    case Figure::legal_wall: return figures.dismissed[2];
    case Figure::outside_area: return figures.dismissed[3];
    case Figure::merged: return figures.merged;
    case Figure::proactive: return figures.proactive;
    case Figure::excluded_after_due: return figures.excluded_after_due;
    case Figure::own_n: return figures.own_n;
    case Figure::told_late: return figures.told_late;
  }
  return 0;
}

Compliance figures_of(const CaseRow& row, const Policy& policy, Instant as_of) {
  const Tally tally = tally_of(row, policy);
  const bool overdue = tally.counts[Tally::open] > 0 && row.due_at < as_of;
  return compliance_of(tally, overdue ? 1 : 0, overdue && tally.counts[Tally::open_split] > 0 ? 1 : 0);
}

MayCount may_count(Figure figure) {
  switch (figure) {
    case Figure::population:
    case Figure::split: return {true, true};
    case Figure::overdue:
    case Figure::open_in_time: return {true, false};
    default: return {false, true};
  }
}

}  // namespace klotterkoll
