#include "json/statistics_json.h"

#include <nlohmann/json.hpp>

#include "json/values.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

/// Of the cases of a surface that was hit again and again the last ones are named.
constexpr std::size_t kMostReferences = 50;

json per_cent(const std::optional<std::int64_t>& per_mille) {
  return per_mille ? json(static_cast<double>(*per_mille) / 10) : json{};
}

void add_figures(const Compliance& figures, json& out) {
  out["population"] = figures.population;
  out["on_time"] = figures.on_time;
  out["late"] = figures.late;
  out["not_removed"] = figures.not_removed;
  out["overdue"] = figures.overdue;
  out["open_in_time"] = figures.open_in_time;
  out["rate"] = per_cent(figures.rate_per_mille);
  out["on_time_by_hold"] = figures.on_time_by_hold;
  out["rate_without_holds"] = per_cent(figures.rate_without_holds_per_mille);
  out["on_time_recorded_after_due"] = figures.on_time_recorded_after_due;
  out["already_gone"] = figures.already_gone;
  out["split"] = figures.split;
  out["median_hours"] = shown(figures.median_hours);
  out["p90_hours"] = shown(figures.p90_hours);
  json dismissed;
  for (std::size_t i = 0; i < figures.dismissed.size(); ++i)
    dismissed[std::string{names_of(DismissalReason{})[i]}] = figures.dismissed[i];
  out["excluded"] = {{"dismissed", dismissed},
                     {"merged", figures.merged},
                     {"proactive", figures.proactive},
                     {"after_due", figures.excluded_after_due},
                     {"rate_with_excluded_after_due", per_cent(figures.rate_with_excluded_after_due_per_mille)}};
}

json group_to_json(const ComplianceGroup& group, GroupBy by) {
  json out = {{"key", group.key},
              {"from", group.period ? json(format_date(group.period->from)) : json{}},
              {"to", group.period ? json(format_date(group.period->to)) : json{}}};
  if (by == GroupBy::owner) {
    out["own_rate"] = per_cent(group.figures.own_rate_per_mille);
    out["own_n"] = group.figures.own_n;
    out["told_late"] = group.figures.told_late;
  }
  add_figures(group.figures, out);
  return out;
}

json period_to_json(Period period, bool preliminary) {
  return {{"from", format_date(period.from)}, {"to", format_date(period.to)}, {"preliminary", preliminary}};
}

}  // namespace

std::vector<std::string> compliance_notes(const ComplianceReport& report) {
  std::vector<std::string> notes;
  if (report.preliminary) notes.push_back("The period is not over; the figures are preliminary.");
  if (report.total.population < kSmallestRatedNumber) notes.push_back("Fewer than five cases: counts only, no rate.");
  if (report.policies.size() > 1) notes.push_back("The counting rule changed within the period; policies says how many cases each version counts.");
  if (report.total.on_time_recorded_after_due > 0)
    notes.push_back("Some removals were entered after the deadline and dated before it; on_time_recorded_after_due says how many.");
  if (report.total.split > 0) notes.push_back("Some cases were split off others, so that what one report told counts more than once; split says how many.");
  if (report.waiting.count > 0)
    notes.push_back("Reports wait for an officer's word and are in no figure yet; waiting says how many, and how many of them are past the limit.");
  return notes;
}

json compliance_to_json(const ComplianceReport& report, const std::string& municipality_code, GroupBy by) {
  json policies = json::array(), groups = json::array();
  for (const auto& [version, n] : report.policies) policies.push_back({{"version", version}, {"n", n}});
  for (const auto& group : report.groups) groups.push_back(group_to_json(group, by));
  json out = {{"municipality", municipality_code},
              {"period", period_to_json(report.period, report.preliminary)},
              {"policies", policies},
              {"as_of", shown(report.as_of)},
              {"waiting", {{"count", report.waiting.count}, {"oldest_received_at", shown(report.waiting.oldest_received_at)},
                           {"past_limit", report.waiting.past_limit}}},
              {"notes", compliance_notes(report)},
              {"groups", groups}};
  add_figures(report.total, out);
  return out;
}

json stages_to_json(const std::array<Histogram, 5>& stages, Period period, bool preliminary, const std::string& municipality_code) {
  json list = json::array();
  for (std::size_t i = 0; i < stages.size(); ++i)
    list.push_back({{"stage", names_of(Stage{})[i]}, {"n", stages[i].count()}, {"median_hours", shown(stages[i].quantile(50))},
                    {"p90_hours", shown(stages[i].quantile(90))}});
  return {{"municipality", municipality_code}, {"period", period_to_json(period, preliminary)}, {"stages", list}};
}

json backlog_to_json(const Backlog& backlog, const Settings& settings, Instant as_of) {
  json buckets = json::array(), owners = json::array();
  for (const auto& bucket : backlog.buckets)
    buckets.push_back({{"from_hours", shown(bucket.from_hours)}, {"to_hours", shown(bucket.to_hours)}, {"count", bucket.count}});
  for (const auto& owner : backlog.by_owner) {
    const auto at = settings.owners.find(owner.owner_id);
    owners.push_back({{"owner_id", shown(owner.owner_id)}, {"name", at == settings.owners.end() ? json{} : json(at->second.name)},
                      {"open", owner.open}, {"due_soon", owner.due_soon}, {"overdue", owner.overdue}});
  }
  json attention = json::object();
  for (const std::string_view code : names_of(Attention{})) attention[std::string{code}] = 0;
  for (const auto& [why, count] : backlog.attention) attention[std::string{to_code(why)}] = count;
  return {{"municipality", settings.municipality.code}, {"as_of", shown(as_of)}, {"open", backlog.open}, {"attention", attention},
          {"unassigned", backlog.unassigned}, {"held", backlog.held}, {"waiting", backlog.waiting},
          {"waiting_since", shown(backlog.waiting_since)}, {"buckets", buckets}, {"by_owner", owners}};
}

json costs_to_json(const std::vector<CaseTable::Cost>& costs, Period period, const Settings& settings, Instant as_of,
                   const std::optional<std::string>& owner_id) {
  json owners = json::array();
  std::int64_t cases = 0, cost_sek = 0;
  for (const auto& cost : costs) {
    if (owner_id && cost.owner_id != *owner_id) continue;
    if (owners.empty() || owners.back()["owner_id"] != shown(cost.owner_id)) {
      const auto at = settings.owners.find(cost.owner_id);
      owners.push_back({{"owner_id", shown(cost.owner_id)}, {"name", at == settings.owners.end() ? json{} : json(at->second.name)},
                        {"cases", 0}, {"cost_sek", 0}, {"by_method", json::array()}});
    }
    json& owner = owners.back();
    owner["cases"] = owner["cases"].get<std::int64_t>() + cost.cases;
    owner["cost_sek"] = owner["cost_sek"].get<std::int64_t>() + cost.cost_sek;
    owner["by_method"].push_back({{"method", shown(cost.method)}, {"cases", cost.cases}, {"cost_sek", cost.cost_sek}});
    cases += cost.cases;
    cost_sek += cost.cost_sek;
  }
  return {{"municipality", settings.municipality.code}, {"period", period_to_json(period, settings.zone.start_of(period.to) > as_of)},
          {"cases", cases}, {"cost_sek", cost_sek}, {"by_owner", owners}};
}

json hot_spots_to_json(const std::vector<HotSpot>& spots, Period period, const Settings& settings, const ReferenceCipher& references,
                       Instant as_of) {
  json items = json::array();
  for (const HotSpot& spot : spots) {
    const CaseRow& last = spot.last;
    const auto owner = settings.owners.find(last.owner_id);
    json cases = json::array();
    for (const CaseId id : spot.cases)
      if (cases.size() < kMostReferences) cases.push_back(references.encode(id));
    items.push_back({{"hits", spot.hits}, {"all_hits", spot.all_hits}, {"cost_sek", spot.cost_sek}, {"costed", spot.costed},
                     {"median_hours_to_next", shown(spot.median_hours_to_next)}, {"shortest_hours_to_next", shown(spot.shortest_hours_to_next)},
                     {"last_state", shown(last.state)}, {"last_opened_at", shown(last.opened_at)}, {"last_removed_at", shown(last.removed_at)},
                     {"surface", shown(last.surface)}, {"object_type", shown(last.object_type)},
                     {"location", {{"lat", last.place.point ? json(last.place.point->lat) : json{}}, {"lon", last.place.point ? json(last.place.point->lon) : json{}},
                                   {"address", shown(last.place.address)}, {"designation", shown(last.place.designation)}}},
                     {"owner_id", shown(last.owner_id)}, {"owner_name", owner == settings.owners.end() ? json{} : json(owner->second.name)},
                     {"cases", cases}});
  }
  return {{"municipality", settings.municipality.code}, {"period", period_to_json(period, settings.zone.start_of(period.to) > as_of)},
          {"items", items}};
}

}  // namespace klotterkoll
