#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/statistics_json.h"
#include "router.h"

namespace klotterkoll {
namespace {

const std::string kStatistics = "/api/v1/municipalities/{}/statistics";

/// Totals, months and weeks are anyone's; groups that name owners or sources the municipality's, and an owner sees its own.
void require_group(const Actor& actor, GroupBy by) {
  if (by == GroupBy::none || by == GroupBy::month || by == GroupBy::week || actor.role == Role::municipality) return;
  if (by == GroupBy::owner && actor.role == Role::owner) return;
  const std::string message = "Figures by " + std::string{to_code(by)} + " are the municipality's" +
                              (by == GroupBy::owner ? ", and an owner's own." : ".") + " Without a key ask for by=month or by=week.";
  throw Error{actor.role == Role::citizen ? ErrorCode::unauthorized : ErrorCode::forbidden, message};
}

void get_compliance(Call& call) {
  call.allow_query({"from", "to", "by", "cohort"});
  const Period period{call.required_date("from"), call.required_date("to")};
  const auto by = call.query_code<GroupBy>("by").value_or(GroupBy::none);
  const auto cohort = call.query_code<Cohort>("cohort").value_or(Cohort::due);
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    require_group(actor, by);
    auto report = compliance(transaction, *settings, period, by, cohort, call.now);
    if (by == GroupBy::owner && actor.role == Role::owner)
      std::erase_if(report.groups, [&](const auto& group) { return group.key != actor.owner_id; });
    if (actor.role != Role::citizen) call.no_store();
    call.answer(compliance_to_json(report, settings->municipality.code, by));
    return true;
  });
}

void get_stages(Call& call) {
  call.allow_query({"from", "to"});
  const Period period{call.required_date("from"), call.required_date("to")};
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    call.no_store();
    call.answer(stages_to_json(stages(transaction, *settings, period), period, settings->zone.start_of(period.to) > call.now,
                               settings->municipality.code));
    return true;
  });
}

void get_costs(Call& call) {
  call.allow_query({"from", "to"});
  const Period period{call.required_date("from"), call.required_date("to")};
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Actor actor = call.actor(*settings);
    const auto owner_id = actor.role == Role::owner ? std::optional{actor.owner_id} : std::nullopt;
    call.no_store();
    call.answer(costs_to_json(costs(transaction, *settings, period), period, *settings, call.now, owner_id));
    return true;
  });
}

void get_hot_spots(Call& call) {
  call.allow_query({"from", "to", "limit"});
  const Period period{call.required_date("from"), call.required_date("to")};
  const auto most = call.query_whole("limit", 1, static_cast<std::int64_t>(kMostHotSpots)).value_or(20);
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    call.no_store();
    call.answer(hot_spots_to_json(hot_spots(transaction, *settings, period, static_cast<std::size_t>(most)), period, *settings,
                                  call.app.store.references(), call.now));
    return true;
  }, true);
}

void get_backlog(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    call.no_store();
    call.answer(backlog_to_json(backlog(transaction, settings->municipality.id, call.now), *settings, call.now));
    return true;
  });
}

}  // namespace

std::vector<Route> statistics_routes() {
  return {{"GET", kStatistics + "/compliance", kPublic, get_compliance},
          {"GET", kStatistics + "/stages", {Role::municipality}, get_stages},
          {"GET", kStatistics + "/costs", {Role::owner, Role::municipality}, get_costs},
          {"GET", kStatistics + "/hot-spots", {Role::municipality}, get_hot_spots},
          {"GET", kStatistics + "/backlog", {Role::municipality}, get_backlog}};
}

}  // namespace klotterkoll
