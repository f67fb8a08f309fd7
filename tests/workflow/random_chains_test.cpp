// Whatever is done, in whatever order: the row is what the events tell, the tallies are what the rows add up
// to, and the published figures are what a count of the cases one by one gives. A failing run prints its seed
// (RC_PARAMS).

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "support/town.h"
#include "workflow/erasure.h"
#include "workflow/figure_cases.h"
#include "workflow/land_register.h"
#include "workflow/photos.h"
#include "workflow/statistics.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

/// A town in which things happen at random, some of them refused.
class Life {
 public:
  explicit Life(const Policy& policy) : town(policy) {
    // A wall of a hundred metres lies in two districts, a third of it in none.
    add_district("centrum", 0, 30);
    add_district("norr", 30, 65);
    add_report();
  }

  Town town;
  int done = 0;

  void step() {
    town.clock.pass(minutes{*rc::gen::inRange(0, 36 * 60)});
    try {
      happen(*rc::gen::inRange(0, 32));
      ++done;
    } catch (const Error& error) {
      // Not possible now: that is part of life, and leaves no trace.
      RC_ASSERT(error.code() != ErrorCode::internal);
      RC_ASSERT(error.code() != ErrorCode::unavailable);
    }
  }

  /// Every report that was sent is there once, or waits.
  void check_nothing_lost() {
    RC_ASSERT(town.store.ask("SELECT COUNT(*) FROM reports") == std::ssize(reports_));
    const auto waiting = read(*town.store, [&](Transaction& transaction) { return transaction.queue().count_waiting(town.id, {}).count; });
    RC_ASSERT(waiting == std::ssize(waiting_));
    RC_ASSERT(town.store.ask("SELECT COUNT(*) FROM waiting_reports") == waiting);
  }

  std::vector<CaseRow> rows() {
    return read(*town.store, [&](Transaction& transaction) {
      CaseQuery every;
      for (std::size_t i = 0; i < names_of(CaseState{}).size(); ++i)
        every.states.push_back(static_cast<CaseState>(i));
      CaseId after{town.id, 0};
      return transaction.cases().list_after(town.id, every, after, 1000);
    });
  }

 private:
  template <typename Work>
  auto change(Work&& work) {
    return write(*town.store, [&](Transaction& transaction) { return work(transaction, *transaction.municipalities().settings(town.id)); });
  }

  static Point on_the_wall(double metres) { return {kCentre.lat + metres / 111'195.0, kCentre.lon}; }

  void add_district(const std::string& district_id, double from, double to) {
    const Point south_west{on_the_wall(from).lat, kCentre.lon - 0.001}, north_east{on_the_wall(to).lat, kCentre.lon + 0.001};
    const Polygon around{{south_west, {south_west.lat, north_east.lon}, north_east, {north_east.lat, south_west.lon}, south_west}, {}};
    change([&](Transaction& transaction, const Settings& settings) {
      return save_district(transaction, settings, {district_id, district_id, {{}, {}, {around}}, "", {}, 1});
    });
  }

  /// None, or one that was just sent.
  std::vector<PhotoId> perhaps_a_photo(const Actor& by) {
    if (*rc::gen::inRange(0, 3) != 0) return {};
    DecodedPhoto photo;
    photo.width = photo.height = 100;
    photo.perceptual_hash = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
    const auto taken = change([&](Transaction& transaction, const Settings& settings) {
      return take_photo(transaction, settings, photo, {"a", "b", "c", "d"}, by, town.clock.now());
    });
    photos_.push_back(taken.id);
    return {taken.id};
  }

  CaseId any_case() { return *rc::gen::elementOf(cases_); }
  std::string any_owner() { return *rc::gen::element<std::string>("hfab", "kommun", "ann", "eon"); }
  Instant shortly_before_now(int most_hours) {
    return town.clock.now() - minutes{*rc::gen::inRange(0, most_hours * 60)};
  }

  void add_report() {
    ReportDraft draft = tag_at(
        *rc::gen::element<std::string>("Storgatan 12", "Storgatan 7", "Skolgatan 1", "Okända vägen 1"));
    draft.category = *rc::gen::element(Category::tag, Category::hate);
    const Actor by = *rc::gen::element(kCitizen, kPolice, kHfab, kOfficer);
    if (by.role == Role::municipality && *rc::gen::arbitrary<bool>())
      draft.times.received_at = shortly_before_now(100);
    if (by.role == Role::police && *rc::gen::arbitrary<bool>())
      draft.times.reported_at = shortly_before_now(100);
    if (!cases_.empty() && *rc::gen::inRange(0, 3) == 0) draft.joins = any_case();
    draft.photos = perhaps_a_photo(by);
    draft.contact.email = *rc::gen::element<std::string>("", "anna@example.se");
    keep(town.report(draft, by));
  }

  void keep(const Taken& taken) {
    reports_.insert(taken.report.id);
    keep(taken.row.id);
  }
  void keep(CaseId id) {
    if (std::ranges::find(cases_, id) == cases_.end()) cases_.push_back(id);
  }

  /// Somewhere on a wall of a hundred metres.
  ReportDraft tag_on_the_wall() {
    ReportDraft draft = tag_at(on_the_wall(*rc::gen::inRange(0, 100)));
    draft.surface = *rc::gen::element(Surface::wall, Surface::door);
    draft.police_reference = *rc::gen::element<std::string>("", "5000-K1-26", "5000-K2-26");
    return draft;
  }

  void send_row() {
    ReportDraft row = tag_on_the_wall();
    if (*rc::gen::arbitrary<bool>()) row.times.reported_at = shortly_before_now(100);
    row.photos = perhaps_a_photo(kPolice);
    const Batched batched = town.batched(row);
    if (batched.taken)
      keep(*batched.taken);
    else
      waiting_.insert(batched.waiting);
  }

  void decide_row() {
    if (waiting_.empty()) return;
    const QueueId id = *std::next(waiting_.begin(), *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(waiting_)));
    const auto joins = *rc::gen::arbitrary<bool>() ? std::optional{any_case()} : std::nullopt;
    const Confirmation decided = town.confirm(id, joins, *rc::gen::element<std::string>("", "Samma"));
    waiting_.erase(id);
    reports_.insert(decided.report_id);
    keep(decided.case_id);
  }

  void hold_with_photo() {
    const CaseId id = any_case();
    const Actor by = *rc::gen::element(kOfficer, kHfab);
    const auto photos = perhaps_a_photo(by);
    town.act([&](Transaction& transaction, const Settings& settings) {
      return hold_case(transaction, settings, town.action(id, by), HoldReason::weather, town.clock.now() + hours{20}, photos);
    });
  }

  void change_photo() {
    if (photos_.empty()) return;
    const PhotoId id = *rc::gen::elementOf(photos_);
    const int how = *rc::gen::inRange(0, 3);
    change([&](Transaction& transaction, const Settings& settings) {
      if (how == 2) return erase_photo(transaction, settings, id, kOfficer, town.clock.now()).size();
      release_photo(transaction, settings, id, how == 1, kOfficer, town.clock.now());
      return std::size_t{};
    });
  }

  void erase_texts() {
    const ReportId id = *std::next(reports_.begin(), *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(reports_)));
    const Erasure erasure{kOfficer, town.clock.now(), town.store->references(), [](const std::string&, const std::string&) { return "{}"; }};
    change([&](Transaction& transaction, const Settings& settings) { return erase_report(transaction, settings, id, erasure); });
  }

  void happen(int what) {
    const Instant now = town.clock.now();
    switch (what) {
      case 0:
      case 1:
      case 2:
        return add_report();
      case 3:
        town.assign(any_case(), any_owner());
        return;
      case 4:
        town.act([&](Transaction& transaction, const Settings& settings) {
          return unassign_case(transaction, settings, town.action(any_case()));
        });
        return;
      case 5:
        town.act([&](Transaction& transaction, const Settings& settings) {
          return reject_case(transaction, settings, town.action(any_case(), kHfab), "not_ours", "");
        });
        return;
      case 6:
      case 7:
        town.remove(any_case(), shortly_before_now(200), *rc::gen::element(kOfficer, kHfab));
        return;
      case 8:
        town.reopen(any_case(), *rc::gen::element(kOfficer, kHfab));
        return;
      case 9:
        town.dismiss(any_case(),
                     *rc::gen::element(DismissalReason::not_graffiti, DismissalReason::outside_area));
        return;
      case 10:
        town.give_up(any_case());
        return;
      case 11:
        town.undo(any_case());
        return;
      case 12:
        town.merge(any_case(), any_case());
        return;
      case 13:
        town.undo_merge(any_case());
        return;
      case 14: {
        const CaseId id = any_case();
        holds_.push_back(
            {id, town.hold(id, now + hours{*rc::gen::inRange(1, 100)}, *rc::gen::element(kOfficer, kHfab, kPolice), HoldReason::evidence)});
        return;
      }
      case 15:
      case 16: {
        if (holds_.empty()) return;
        const auto [id, hold] = *rc::gen::elementOf(holds_);
        const int how = *rc::gen::inRange(0, 3);
        town.act([&, id = id, hold = hold](Transaction& transaction, const Settings& settings) {
          return how == 2 ? end_hold_on_case(transaction, settings, town.action(id, *rc::gen::element(kOfficer, kHfab, kPolice)), hold)
                          : decide_hold_on_case(transaction, settings, town.action(id), hold, how == 1);
        });
        return;
      }
      case 17:
        town.sweep();
        return;
      case 18: {
        // The owner is told.
        const CaseId id = any_case();
        town.record(id, [&](const Case&) {
          Event event;
          event.case_id = id;
          event.type = EventType::owner_told;
          event.at = event.recorded_at = now;
          return std::optional{event};
        });
        return;
      }
      case 19:
        cases_.push_back(town.act([&](Transaction& transaction, const Settings& settings) {
                               const auto owner = *rc::gen::element<std::string>("", "eon");
                               return split_case(transaction, settings, town.action(any_case()),
                                                 {.category = *rc::gen::element(Category::tag, Category::hate)}, owner);
                             }).id);
        return;
      case 20:
      case 21:
        return keep(town.report(tag_on_the_wall(), *rc::gen::element(kCitizen, kPolice)));
      case 22:
      case 23:
        return send_row();
      case 24:
        return decide_row();
      case 25:
        return hold_with_photo();
      case 26:
      case 27:
        return change_photo();
      case 28: {
        const Actor by = *rc::gen::element(kOfficer, kHfab);
        const auto photos = perhaps_a_photo(by);
        town.act([&](Transaction& transaction, const Settings& settings) {
          return record_removal_of_case(transaction, settings, town.action(any_case(), by), {.removed_at = now}, photos);
        });
        return;
      }
      case 29:
        return erase_texts();
      case 30:
        town.act([&](Transaction& transaction, const Settings& settings) {
          return change_details_of_case(transaction, settings, town.action(any_case()),
                                        {.place = Place{on_the_wall(*rc::gen::inRange(0, 100)), "", ""}, .details = {}});
        });
        return;
      default:
        town.act([&](Transaction& transaction, const Settings& settings) {
          return change_details_of_case(
              transaction, settings, town.action(any_case()),
              {.place = {}, .details = {.category = *rc::gen::element(Category::tag, Category::hate)}});
        });
    }
  }

  std::vector<CaseId> cases_;
  std::set<ReportId> reports_;
  std::set<QueueId> waiting_;
  std::vector<std::pair<CaseId, HoldId>> holds_;
  std::vector<PhotoId> photos_;
};

Policy any_policy() {
  Policy policy;
  policy.limit.mode =
      *rc::gen::element(CountingMode::calendar_days, CountingMode::working_days, CountingMode::hours);
  policy.limit.amount = policy.limit.mode == CountingMode::hours ? 30 : 3;
  policy.limits[Category::hate] = {CountingMode::calendar_days, 1};
  policy.starts_from = *rc::gen::element(StartsFrom::received, StartsFrom::reported);
  policy.record_within_hours = *rc::gen::element(0, 24, 72);
  return policy;
}

/// What design.md, Compliance, says of one case, put in its own words and without the code that is tested.
struct Verdict {
  std::string outcome;  ///< open, on_time, late, not_removed, proactive, dismissed, merged
  bool by_hold = false, recorded_after_due = false, already_gone = false, excluded_after_due = false, told_late = false;
  std::optional<bool> own_on_time;
};

Verdict verdict_on(const CaseRow& row, const Policy& policy) {
  // "A removal dated before due_at but recorded after it is on_time only when recorded within record_within_hours of
  // removed_at or confirmed by an officer naming the evidence; else late."
  const auto kept = [&](Instant due_at) {
    const bool dated_in_time = !(due_at < *row.removed_at);
    const bool recorded_in_time = !(due_at < *row.recorded_at);
    const bool believed = row.evidence_confirmed ||
                          (*row.recorded_at - *row.removed_at).count() <= std::int64_t{policy.record_within_hours} * 3600;
    return dated_in_time && (recorded_in_time || believed);
  };
  Verdict verdict;
  if (row.merged_into || row.dismissal) {
    verdict.outcome = row.merged_into ? "merged" : "dismissed";
    verdict.excluded_after_due = row.due_at < *row.decided_at;
    return verdict;
  }
  if (!row.non_removal && !row.removed_at) {
    verdict.outcome = "open";
    return verdict;
  }
  if (!row.non_removal && row.proactive) {
    verdict.outcome = "proactive";
    return verdict;
  }
  verdict.outcome = row.non_removal ? "not_removed" : kept(row.due_at) ? "on_time" : "late";
  if (verdict.outcome == "on_time") {
    verdict.by_hold = !kept(row.due_at_without_holds);
    verdict.recorded_after_due = row.due_at < *row.recorded_at;
    verdict.already_gone = *row.removed_at < row.clock_started_at;
  }
  if (row.own_due_at) {
    verdict.own_on_time = row.removed_at && kept(*row.own_due_at);
    verdict.told_late = row.due_at < *row.own_due_at;
  }
  return verdict;
}

/// The definitions of design.md, Compliance, counted from the cases one by one.
Compliance recounted(const std::vector<CaseRow>& rows, const Policies& policies, const TimeZone& zone,
                     Cohort cohort, Period period, Instant as_of,
                     const std::function<bool(const CaseRow&)>& belongs) {
  Compliance sum;
  std::vector<std::int64_t> times;
  std::int64_t own_on_time = 0;
  for (const CaseRow& row : rows) {
    const LocalDate day = zone.date_of(cohort == Cohort::due ? row.due_at : row.first_received_at);
    if (day < period.from || day >= period.to || !belongs(row)) continue;
    const auto policy = std::ranges::find(policies, row.policy_version, &Policy::version);
    const Verdict verdict = verdict_on(row, *policy);
    const auto is = [&](const char* outcome) { return verdict.outcome == outcome; };
    sum.overdue += is("open") && row.due_at < as_of;
    sum.split += row.split_from && (is("on_time") || is("late") || is("not_removed") || (is("open") && row.due_at < as_of));
    sum.open_in_time += is("open") && !(row.due_at < as_of);
    sum.on_time += is("on_time");
    sum.late += is("late") || is("not_removed");
    sum.not_removed += is("not_removed");
    sum.proactive += is("proactive");
    sum.merged += is("merged");
    if (is("dismissed")) ++sum.dismissed.at(static_cast<std::size_t>(*row.dismissal));
    sum.excluded_after_due += verdict.excluded_after_due;
    sum.on_time_by_hold += verdict.by_hold;
    sum.on_time_recorded_after_due += verdict.recorded_after_due;
    sum.already_gone += verdict.already_gone;
    sum.own_n += verdict.own_on_time.has_value();
    own_on_time += verdict.own_on_time.value_or(false);
    sum.told_late += verdict.told_late;
    if (!is("on_time") && !is("late")) continue;
    const auto whole = std::max<std::int64_t>(0, (*row.removed_at - row.clock_started_at).count()) / 3600;
    times.push_back(whole < 14 * 24 ? whole : whole / 24 * 24);
  }
  sum.population = sum.on_time + sum.late + sum.overdue;
  std::ranges::sort(times);
  if (!times.empty()) {
    sum.median_hours = times[(times.size() + 1) / 2 - 1];
    sum.p90_hours = times[(times.size() * 9 + 9) / 10 - 1];
  }
  const auto rate = [](std::int64_t part, std::int64_t whole) -> std::optional<std::int64_t> {
    return whole < 5 ? std::nullopt : std::optional{(part * 1000 + whole / 2) / whole};
  };
  sum.rate_per_mille = rate(sum.on_time, sum.population);
  sum.rate_without_holds_per_mille = rate(sum.on_time - sum.on_time_by_hold, sum.population);
  sum.rate_with_excluded_after_due_per_mille = rate(sum.on_time, sum.population + sum.excluded_after_due);
  sum.own_rate_per_mille = rate(own_on_time, sum.own_n);
  return sum;
}

void same_figures(const Compliance& is, const Compliance& should) {
  RC_ASSERT(is.population == should.population);
  RC_ASSERT(is.on_time == should.on_time);
  RC_ASSERT(is.late == should.late);
  RC_ASSERT(is.not_removed == should.not_removed);
  RC_ASSERT(is.overdue == should.overdue);
  RC_ASSERT(is.open_in_time == should.open_in_time);
  RC_ASSERT(is.on_time_by_hold == should.on_time_by_hold);
  RC_ASSERT(is.on_time_recorded_after_due == should.on_time_recorded_after_due);
  RC_ASSERT(is.already_gone == should.already_gone);
  RC_ASSERT(is.dismissed == should.dismissed);
  RC_ASSERT(is.merged == should.merged);
  RC_ASSERT(is.proactive == should.proactive);
  RC_ASSERT(is.excluded_after_due == should.excluded_after_due);
  RC_ASSERT(is.split == should.split);
  RC_ASSERT(is.own_n == should.own_n);
  RC_ASSERT(is.told_late == should.told_late);
  RC_ASSERT(is.median_hours == should.median_hours);
  RC_ASSERT(is.p90_hours == should.p90_hours);
  RC_ASSERT(is.rate_per_mille == should.rate_per_mille);
  RC_ASSERT(is.rate_without_holds_per_mille == should.rate_without_holds_per_mille);
  RC_ASSERT(is.rate_with_excluded_after_due_per_mille == should.rate_with_excluded_after_due_per_mille);
  RC_ASSERT(is.own_rate_per_mille == should.own_rate_per_mille);
}

}  // namespace

TEST_CASE("random chains: after anything that can happen the rows and the tallies are what the events tell") {
  int done = 0;
  CHECK(rc::check("verify finds nothing", [&] {
    Life life{any_policy()};
    const int steps = *rc::gen::inRange(5, 60);
    for (int i = 0; i < steps; ++i) life.step();
    const Verification verified = verify(*life.town.store, false);
    for (const auto& difference : verified.differences)
      RC_LOG() << difference.what << ": " << difference.detail << "\n";
    RC_ASSERT(verified.difference_count == 0);
    RC_ASSERT(verified.cases == std::ssize(life.rows()));
    life.check_nothing_lost();
    done += life.done;
    // Nothing flagged is left to flag, and a second sweep finds nothing.
    RC_ASSERT(life.town.sweep().failures.empty());
    RC_ASSERT(life.town.sweep().looked_at == 0);
    RC_ASSERT(verify(*life.town.store, false).difference_count == 0);
  }));
  CHECK(done > 100);  // life was not all refusals
}

TEST_CASE(
    "random chains: published figures are what a count of the cases gives, in both cohorts and by every "
    "group") {
  CHECK(rc::check("brute force", [] {
    Life life{any_policy()};
    const int steps = *rc::gen::inRange(20, 80);
    for (int i = 0; i < steps; ++i) life.step();
    const auto rows = life.rows();
    const Settings settings = life.town.settings();
    const Instant as_of = life.town.clock.now();
    const LocalDate from = on("2026-11-10") + days{*rc::gen::inRange(0, 30)};
    const Period period{from, from + days{*rc::gen::inRange(1, 90)}};
    for (const auto cohort : {Cohort::due, Cohort::received})
      for (const auto by :
           {GroupBy::month, GroupBy::week, GroupBy::owner, GroupBy::category, GroupBy::source, GroupBy::district}) {
        const auto report = read(*life.town.store, [&](Transaction& transaction) {
          return compliance(transaction, settings, period, by, cohort, as_of);
        });
        const auto count = [&](Period within, const std::function<bool(const CaseRow&)>& belongs) {
          return recounted(rows, settings.policies, settings.zone, cohort, within, as_of, belongs);
        };
        same_figures(report.total, count(period, [](const CaseRow&) { return true; }));
        for (const auto& group : report.groups)
          same_figures(group.figures, count(group.period.value_or(period), [&](const CaseRow& row) {
                         switch (by) {
                           case GroupBy::owner:
                             return (row.deciding_owner_id.empty() ? "none" : row.deciding_owner_id) ==
                                    group.key;
                           case GroupBy::category:
                             return to_code(row.category) == group.key;
                           case GroupBy::source:
                             return to_code(row.source) == group.key;
                           case GroupBy::district:
                             return (row.district_id.empty() ? "none" : row.district_id) == group.key;
                           default:
                             return true;
                         }
                       }));
        std::int64_t population = 0;
        for (const auto& group : report.groups) population += group.figures.population;
        RC_ASSERT(population == report.total.population);
      }
  }));
}

TEST_CASE("random chains: every published number is the length of the list of its cases, in any cell of any grouping") {
  std::int64_t numbers = 0;
  CHECK(rc::check("lists", [&] {
    Life life{any_policy()};
    const int steps = *rc::gen::inRange(20, 80);
    for (int i = 0; i < steps; ++i) life.step();
    const Settings settings = life.town.settings();
    const Instant as_of = life.town.clock.now();
    const LocalDate from = on("2026-11-10") + days{*rc::gen::inRange(0, 30)};
    const Period period{from, from + days{*rc::gen::inRange(1, 90)}};
    const auto cohort = *rc::gen::element(Cohort::due, Cohort::received);
    const auto by = *rc::gen::element(GroupBy::month, GroupBy::week, GroupBy::owner, GroupBy::category, GroupBy::source, GroupBy::district);
    read(*life.town.store, [&](Transaction& transaction) {
      const auto report = compliance(transaction, settings, period, by, cohort, as_of);
      const auto check = [&](Period within, Dimension dimension, const std::string& value, const Compliance& figures) {
        for (std::size_t i = 0; i < names_of(Figure{}).size(); ++i) {
          const FigureQuestion question{within, cohort, static_cast<Figure>(i), dimension, value};
          const auto found = cases_of_figure(transaction, settings, question, {1000, 0}, as_of);
          RC_ASSERT(std::ssize(found.cases) == number_of(figures, question.figure));
          RC_ASSERT(found.number == number_of(figures, question.figure));
          RC_ASSERT(found.listed == found.number);
          numbers += found.number;
        }
      };
      check(period, Dimension::all, "", report.total);
      for (const auto& group : report.groups) {
        const bool calendar = by == GroupBy::month || by == GroupBy::week;
        check(group.period.value_or(period), calendar ? Dimension::all : *code_from<Dimension>(to_code(by)), calendar ? "" : group.key, group.figures);
      }
      for (const auto& [version, n] : report.policies) {
        const FigureQuestion question{period, cohort, Figure::population, Dimension::policy, std::to_string(version)};
        RC_ASSERT(std::ssize(cases_of_figure(transaction, settings, question, {1000, 0}, as_of).cases) == n);
      }
      return true;
    });
  }));
  CHECK(numbers > 100);  // they were not all empty
}
