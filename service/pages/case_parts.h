#pragma once

#include <functional>
#include <string>
#include <vector>

#include "domain/case_view.h"
#include "json/photo_json.h"
#include "pages/visit.h"

namespace klotterkoll {

// Parts of pages that show cases, as data for templates.

/// A place in words: the address, else the property, else the coordinates; empty when nothing of it may be seen.
std::string place_in_words(const ShownPlace& shown);

/// How it stands with the deadline of an open case, for .deadline: {clock, due, left}. Nothing for others.
std::optional<TemplateData> deadline_part(const CaseRow& row, const Words& words, const TimeZone& zone, Instant now);

/// What a badge says of a case: its clock while it is open, else its state. {code, name, hours}; `hours` is what is left in words, empty
/// when it is not open.
TemplateData badge_part(const CaseRow& row, const Words& words, Instant now);

/// A row of a list of cases, as the visitor may see it (the template part "case_card"): {href, reference, place, category, badge, due,
/// owner, thumb, alt}. `page` is where cases are looked at: "/kommun/arenden/".
TemplateData case_card(Transaction& transaction, const Visit& visit, const Settings& settings, const CaseRow& row, const std::string& page);

/// Photos before and after, for the template part "albums": [{id, heading, photos: [{full, thumb, alt, width, height, id, released}]}].
/// `address_of` gives a photo's address without its size.
TemplateData albums_part(const std::vector<ShownPhoto>& photos, const Words& words, const std::function<std::string(PhotoId)>& address_of,
                         const ReferenceCipher& references);
/// The same for a page of a visit, whose photos lie at /bilder/ID.
TemplateData albums_part(const std::vector<ShownPhoto>& photos, const Visit& visit);

/// A part of a table of facts: label and value, left out where the value is empty.
void add_fact(TemplateData& facts, const std::string& label, const std::string& value);

/// Links to the pages of a list before and after `page`, for the template part "list_pages": {previous, next, of}; `parameters` are kept.
TemplateData pages_part(const Visit& visit, const Page& page, std::int64_t total, std::vector<std::pair<std::string, std::string>> parameters);

}  // namespace klotterkoll
