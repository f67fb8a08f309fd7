#include "json/report_json.h"

#include <nlohmann/json.hpp>

#include "json/values.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

bool may_read_text(const Report& report, const Actor& actor) {
  if (actor.role == Role::municipality || actor.role == Role::police) return true;
  if (actor.role == Role::owner) return report.source != Source::police;
  return false;
}

}  // namespace

void write_report(JsonWriter& out, const Report& report, const ReferenceCipher& references, const Actor& actor) {
  const bool own = actor.key_id == 0 || report.key_id == actor.key_id;  // a citizen sees what was just sent
  out.object([&] {
    out.member("id", references.encode(report.id));
    out.member("case", report.case_id ? std::optional{references.encode(report.case_id)} : std::nullopt);
    out.member("intake", report.intake);
    write_report_members(out, report, actor, may_read_text(report, actor) || own);
  });
}

void write_report_members(JsonWriter& out, const Report& report, const Actor& actor, bool text_shown) {
  out.member("source", report.source);
  out.member("reported_at", report.reported_at);
  out.member("received_at", report.received_at);
  out.member("observed_at", report.observed_at);
  out.member("police_reference", or_null(report.police_reference));
  out.member("external_id", or_null(report.external_id));
  out.object("location", [&] { write_place_members(out, report.place); });
  out.member("description", text_shown ? or_null(report.description) : std::nullopt);
  out.member("category", report.category);
  out.member("surface", report.surface);
  out.member("object_type", report.object_type);
  out.member("object_label", text_shown ? or_null(report.object_label) : std::nullopt);
  out.member("texts_erased", report.texts_erased);
  if (actor.role != Role::municipality) return;
  out.key("contact");
  if (report.contact.empty()) return out.write(nullptr);
  out.object([&] {
    out.member("name", or_null(report.contact.name));
    out.member("email", or_null(report.contact.email));
    out.member("phone", or_null(report.contact.phone));
  });
}

std::string without_texts(const std::string& answer, const std::string& report_reference) {
  auto document = nlohmann::ordered_json::parse(answer, nullptr, false);
  if (document.is_discarded()) return "{}";
  const auto walk = [&](auto& self, nlohmann::ordered_json& node) -> void {
    if (const auto id = node.is_object() ? node.find("id") : node.end(); node.is_object() && id != node.end() && *id == report_reference)
      for (const char* name : {"description", "object_label", "contact"})
        if (node.contains(name)) node[name] = nullptr;
    if (node.is_structured())
      for (auto& part : node) self(self, part);
  };
  walk(walk, document);
  return document.dump();
}

std::optional<Instant> instant_from_json(const json& body, const char* name, std::vector<Fault>& faults) {
  const std::string written = text_in(body, name);
  if (written.empty()) return std::nullopt;
  const auto instant = parse_instant(written);
  if (!instant)
    faults.push_back({std::string{"/"} + name, "\"" + written + "\" is no time with a zone; write it as 2026-11-20T21:10:00+01:00 or 2026-11-20T20:10:00Z."});
  return instant;
}

Place place_from_json(const json& location, std::vector<Fault>& faults) {
  Place place;
  place.address = text_in(location, "address");
  place.designation = text_in(location, "designation");
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

std::vector<PhotoId> photos_from_json(const json& body, const ReferenceCipher& references, std::vector<Fault>& faults) {
  std::vector<PhotoId> photos;
  const json named = body.value("photo_ids", json::array());
  for (std::size_t i = 0; i < named.size(); ++i) {
    const auto id = references.decode_photo(named[i].get<std::string>());
    if (id) photos.push_back(*id);
    else faults.push_back({"/photo_ids/" + std::to_string(i), "\"" + named[i].get<std::string>() + "\" is no photo's id; it looks like PH7K-2M9Q-X4."});
  }
  return photos;
}

ReportDraft report_from_json(const json& body, const ReferenceCipher& references) {
  std::vector<Fault> faults;
  ReportDraft draft;
  draft.place = place_from_json(body.value("location", json::object()), faults);
  draft.times = {instant_from_json(body, "observed_at", faults), instant_from_json(body, "reported_at", faults),
                 instant_from_json(body, "received_at", faults)};
  draft.source = code_in<Source>(body, "source");
  draft.intake = code_in<Intake>(body, "intake");
  draft.police_reference = text_in(body, "police_reference");
  draft.external_id = text_in(body, "external_id");
  draft.category = code_in<Category>(body, "category").value_or(Category::other);
  draft.surface = code_in<Surface>(body, "surface");
  draft.object_type = code_in<ObjectType>(body, "object_type");
  draft.object_label = text_in(body, "object_label");
  draft.description = text_in(body, "description");
  draft.owner_id = text_in(body, "owner_id");
  if (const auto contact = body.find("contact"); contact != body.end() && contact->is_object())
    draft.contact = {text_in(*contact, "name"), text_in(*contact, "email"), text_in(*contact, "phone")};
  if (const std::string joins = text_in(body, "joins"); !joins.empty()) {
    draft.joins = references.decode_case(joins);
    if (!draft.joins) faults.push_back({"/joins", "\"" + joins + "\" is no case reference; it looks like HR7K-2M9Q-X4."});
  }
  draft.photos = photos_from_json(body, references, faults);
  if (!faults.empty()) throw Error{ErrorCode::malformed, std::move(faults)};
  return draft;
}

}  // namespace klotterkoll
