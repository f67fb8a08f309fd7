#pragma once

#include <nlohmann/json_fwd.hpp>

#include "domain/report.h"
#include "domain/store.h"
#include "json/json_writer.h"
#include "workflow/intake.h"

namespace klotterkoll {

/// What is shown of a report: the contact to the municipality only; the text to whoever may read the report, but
/// police's to police and municipality only.
void write_report(JsonWriter& out, const Report& report, const ReferenceCipher& references, const Actor& actor);

/// What a report says, within an object; `text_shown`: what its sender put in words, too.
void write_report_members(JsonWriter& out, const Report& report, const Actor& actor, bool text_shown);

/// An answer that was given, without what it told of this report in words and of its sender. What is no JSON becomes "{}".
std::string without_texts(const std::string& answer, const std::string& report_reference);

/// A report as sent, its shape checked by the schema. Throws Error{malformed} with every time that cannot be read and
/// every coordinate without its other half.
ReportDraft report_from_json(const nlohmann::json& body, const ReferenceCipher& references);

/// The photos in `photo_ids`. Appends to `faults` what is no photo's id.
std::vector<PhotoId> photos_from_json(const nlohmann::json& body, const ReferenceCipher& references, std::vector<Fault>& faults);

/// The place in `location`. Appends to `faults` what cannot be.
Place place_from_json(const nlohmann::json& location, std::vector<Fault>& faults);

/// The instant in a member; appends a fault when it is no time with a zone.
std::optional<Instant> instant_from_json(const nlohmann::json& body, const char* name, std::vector<Fault>& faults);

}  // namespace klotterkoll
