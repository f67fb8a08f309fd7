#include "json/report_json.h"

#include <nlohmann/json.hpp>

#include "json/values.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

std::string text(const json& body, const char* name) {
  const auto at = body.find(name);
  return at == body.end() || at->is_null() ? "" : at->get<std::string>();
}

template <typename Enum>
std::optional<Enum> code(const json& body, const char* name) {
  return code_from<Enum>(text(body, name));
}

bool may_read_text(const Report& report, const Actor& actor) {
  if (actor.role == Role::municipality || actor.role == Role::police) return true;
  if (actor.role == Role::owner) return report.source != Source::police;
  return false;
}

}  // namespace

json report_to_json(const Report& report, const ReferenceCipher& references, const Actor& actor) {
  const bool own = actor.key_id == 0 || report.key_id == actor.key_id;  // a citizen sees what was just sent
  const bool text_shown = may_read_text(report, actor) || own;
  json out = {{"id", references.encode(report.id)},
              {"case", report.case_id ? json(references.encode(report.case_id)) : json{}},
              {"source", to_code(report.source)},
              {"intake", to_code(report.intake)},
              {"reported_at", shown(report.reported_at)},
              {"received_at", shown(report.received_at)},
              {"observed_at", shown(report.observed_at)},
              {"police_reference", shown(report.police_reference)},
              {"external_id", shown(report.external_id)},
              {"location", place_to_json(report.place)},
              {"description", text_shown ? shown(report.description) : json{}},
              {"category", to_code(report.category)},
              {"surface", shown(report.surface)},
              {"object_type", shown(report.object_type)},
              {"object_label", text_shown ? shown(report.object_label) : json{}}};
  if (actor.role == Role::municipality)
    out["contact"] = report.contact.empty() ? json{}
                                            : json{{"name", shown(report.contact.name)},
                                                   {"email", shown(report.contact.email)},
                                                   {"phone", shown(report.contact.phone)}};
  return out;
}

std::optional<Instant> instant_from_json(const json& body, const char* name, std::vector<Fault>& faults) {
  const std::string written = text(body, name);
  if (written.empty()) return std::nullopt;
  const auto instant = parse_instant(written);
  if (!instant)
    faults.push_back({std::string{"/"} + name, "\"" + written + "\" is no time with a zone; write it as 2026-11-20T21:10:00+01:00 or 2026-11-20T20:10:00Z."});
  return instant;
}

Place place_from_json(const json& location, std::vector<Fault>& faults) {
  Place place;
  place.address = text(location, "address");
  place.designation = text(location, "designation");
  const auto number = [&](const char* name) -> std::optional<double> {
    const auto at = location.find(name);
    return at == location.end() || at->is_null() ? std::nullopt : std::optional{at->get<double>()};
  };
  const auto lat = number("lat"), lon = number("lon");
  if (lat && lon) place.point = Point{*lat, *lon};
  if (lat.has_value() != lon.has_value())
    faults.push_back({lat ? "/location/lon" : "/location/lat", "lat and lon go together; give both, or an address or a designation."});
  return place;
}

ReportDraft report_from_json(const json& body, const ReferenceCipher& references) {
  std::vector<Fault> faults;
  ReportDraft draft;
  draft.place = place_from_json(body.value("location", json::object()), faults);
  draft.times = {instant_from_json(body, "observed_at", faults), instant_from_json(body, "reported_at", faults),
                 instant_from_json(body, "received_at", faults)};
  draft.source = code<Source>(body, "source");
  draft.intake = code<Intake>(body, "intake");
  draft.police_reference = text(body, "police_reference");
  draft.external_id = text(body, "external_id");
  draft.category = code<Category>(body, "category").value_or(Category::other);
  draft.surface = code<Surface>(body, "surface");
  draft.object_type = code<ObjectType>(body, "object_type");
  draft.object_label = text(body, "object_label");
  draft.description = text(body, "description");
  draft.owner_id = text(body, "owner_id");
  if (const auto contact = body.find("contact"); contact != body.end() && contact->is_object())
    draft.contact = {text(*contact, "name"), text(*contact, "email"), text(*contact, "phone")};
  if (const std::string joins = text(body, "joins"); !joins.empty()) {
    draft.joins = references.decode_case(joins);
    if (!draft.joins) faults.push_back({"/joins", "\"" + joins + "\" is no case reference; it looks like HR7K-2M9Q-X4."});
  }
  if (const auto photos = body.find("photo_ids"); photos != body.end() && !photos->empty())
    faults.push_back({"/photo_ids", "There is no such photo."});
  if (!faults.empty()) throw Error{ErrorCode::malformed, std::move(faults)};
  return draft;
}

}  // namespace klotterkoll
