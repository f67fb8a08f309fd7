#include "routes/case_query.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "domain/address.h"
#include "domain/designation.h"
#include "domain/link.h"
#include "domain/police_reference.h"
#include "workflow/casework.h"

namespace klotterkoll {
namespace {

constexpr double kWidestRadius_m = 5000;

/// "55.93,13.54,30" as numbers; exactly so many.
std::vector<double> numbers(const std::string& name, const std::string& text, std::size_t count, const char* example) {
  std::vector<double> found;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    double number = 0;
    const auto [next, fault] = std::from_chars(at, end, number, std::chars_format::fixed);
    if (fault != std::errc{} || !std::isfinite(number) || (next < end && *next != ',')) break;
    found.push_back(number);
    at = next < end ? next + 1 : next;
    if (at == end && text.back() == ',') found.clear();
  }
  if (found.size() != count || at != end)
    throw Error{ErrorCode::malformed, "\"" + text + "\" is not understood; " + name + " is written as " + example + ".", name};
  return found;
}

void read_states(const Call& call, CaseQuery& query) {
  const auto written = call.query("state");
  if (!written) return;
  std::string_view rest = *written;
  const auto add = [&](CaseState state) {
    if (std::ranges::find(query.states, state) == query.states.end()) query.states.push_back(state);
  };
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name == "open") {
      add(CaseState::unassigned);
      add(CaseState::assigned);
    } else if (const auto state = code_from<CaseState>(name)) {
      add(*state);
    } else {
      throw Error{ErrorCode::malformed, "\"" + std::string{name} + "\" is no state; it is open, unassigned, assigned, removed, dismissed, not_removed or merged.", "state"};
    }
  }
}

}  // namespace

void allow_case_filters(const Call& call, bool list) {
  if (list)
    call.allow_query({"state", "clock", "owner_id", "category", "due_before", "reported_from", "reported_to", "bbox", "near", "q",
                      "holds", "attention", "sort", "limit", "page"});
  else
    call.allow_query({"state", "clock", "owner_id", "category", "due_before", "reported_from", "reported_to", "bbox", "near", "q",
                      "holds", "attention"});
}

CaseQuery read_case_query(const Call& call, Transaction& transaction, const Settings& settings, const Actor& actor) {
  CaseQuery query;
  query.now = call.now;
  read_states(call, query);
  query.clock = call.query_code<ClockState>("clock");
  query.owner_id = call.query("owner_id");
  query.category = call.query_code<Category>("category");
  if (const auto holds = call.query("holds")) {
    if (*holds != "requested") throw Error{ErrorCode::malformed, "holds is requested: cases whose owner waits for an answer to a request for a pause.", "holds"};
    query.hold_requested = true;
  }
  if (const auto attention = call.query("attention")) {
    if (actor.role != Role::municipality) throw Error{ErrorCode::forbidden, "Which cases an officer should look at is for officers; leave attention out."};
    query.with_attention = true;
    if (*attention != "true") query.attention = call.query_code<Attention>("attention");
  }
  query.due_before = call.query_instant("due_before");
  query.reported_from = call.query_instant("reported_from");
  query.reported_to = call.query_instant("reported_to");
  if (const auto text = call.query("bbox")) {
    const auto box = numbers("bbox", *text, 4, "west,south,east,north, such as 13.4,55.9,13.6,56.0");
    query.bbox = Area{box[1], box[0], box[3], box[2]};
  }
  if (const auto text = call.query("near")) {
    const auto near = numbers("near", *text, 3, "lat,lon,radius_m, such as 55.9362,13.5405,200");
    if (near[2] <= 0 || near[2] > kWidestRadius_m) throw Error{ErrorCode::malformed, "The radius goes up to 5,000 metres.", "near"};
    query.near = Point{near[0], near[1]};
    query.radius_m = near[2];
  }
  const bool staff = actor.role == Role::police || actor.role == Role::municipality;
  if (const auto text = call.query("q")) {
    query.text_is_filter = true;
    query.reference = call.app.store.references().decode_case(*text);
    if (std::string address = address_key(*text); !address.empty()) query.addresses.push_back(std::move(address));
    // A designation is stored with the municipality's name, which people leave out.
    const std::string designation = designation_key(*text, settings.municipality.name), name = fold(settings.municipality.name) + ' ';
    query.designations = {designation};
    if (!designation.starts_with(name)) query.designations.push_back(name + designation);
    if (actor.role == Role::municipality || actor.role == Role::owner)
      for (const CaseId id : transaction.links().cases_of_external_reference(settings.municipality.id, *text, actor.owner_id)) query.ids.push_back(id);
    if (staff || actor.role == Role::owner)
      if (const auto number = parse_police_reference(*text))
        for (const CaseId id : transaction.reports().cases_of_police_reference(settings.municipality.id, *number)) {
          // Of what was merged the target is the case that is worked on.
          query.ids.push_back(id);
          if (const CaseId target = current_case(transaction, id); target != id) query.ids.push_back(target);
        }
  }
  if (!staff && actor.role != Role::owner) {
    // Places that are shown rounded must not be found by their exact form, nor private owners by their id.
    query.public_view = true;
  }
  if (actor.role == Role::owner) {
    if (query.owner_id && *query.owner_id != actor.owner_id)
      throw Error{ErrorCode::forbidden, "An owner's key lists its own cases; leave owner_id out."};
    query.owner_id = actor.owner_id;
  }
  return query;
}

}  // namespace klotterkoll
