#pragma once

#include <map>
#include <string>
#include <vector>

#include "domain/store.h"
#include "json/hold_json.h"
#include "json/json_writer.h"
#include "json/photo_json.h"

namespace klotterkoll {

/// What of a case the one who asks may see (design.md, Who sees what). Everything that shows a case asks this first.
struct CaseView {
  bool exact_place = false;      ///< else hate, obscene and private owners' places are rounded to the street
  bool owner_name = false;       ///< else only public bodies are named
  bool police_references = false;
  bool routing = false;
  bool report_ids = false;
  bool internal_events = false;
  bool notes = false;            ///< free text of events that are not public comments
  Actor viewer;                  ///< who asks
  std::string owner;             ///< for an owner: which one; it sees what it wrote itself, and its own name
};
CaseView view_for(const Actor& actor, const CaseRow& row);
/// The same of an event: an owner sees what was so while the case was its own.
CaseView view_for(const Actor& actor, const Event& event);

/// The place as the viewer may see it; `rounded` tells whether it was made coarser.
struct ShownPlace {
  Place place;
  bool rounded = false;
  std::string nearest_address;  ///< see CaseRow; rounded it is a street
};
ShownPlace shown_place(const CaseRow& row, const Settings& settings, const CaseView& view);

/// May the viewer see whose it is?
bool shows_owner(const CaseRow& row, const Settings& settings, const CaseView& view);

/// What belongs to a case beside its row.
struct CaseExtras {
  ReportNumbers reports;          ///< with those of what is merged into it
  std::vector<CaseId> merged;     ///< what is merged into the case itself
  std::vector<ToldHold> holds;
  std::vector<ShownPhoto> photos;
};
/// Loads what the viewer may see of them.
CaseExtras load_extras(Transaction& transaction, const Settings& settings, const CaseRow& row, const CaseView& view);

/// Someone who may not see why: neither staff nor the case's owner.
bool is_outsider(const CaseView& view);

/// The case as the API shows it to the actor, with the actions that are possible now. `url` of the municipality.
void write_case(JsonWriter& out, const CaseRow& row, const CaseExtras& extras, const Settings& settings,
                const ReferenceCipher& references, const Actor& actor, Instant now, const std::string& url);

/// "version.role.clock.hours_left" in quotes.
std::string case_etag(const CaseRow& row, const Actor& actor, Instant now);

/// The names of those who act, by their keys; each looked up once.
class KeyNames {
 public:
  explicit KeyNames(Transaction& transaction) : transaction_(transaction) {}
  /// Empty for citizens and the service itself.
  const std::string& of(const Actor& actor);

 private:
  Transaction& transaction_;
  std::map<std::int64_t, std::string> names_{{0, ""}};
};

/// An event as the API shows it, within an object; `by_name` of the key, empty when unknown or not to be seen.
void write_event_members(JsonWriter& out, const EventTable::Noted& noted, const Settings& settings, const ReferenceCipher& references,
                         const CaseView& view, const std::string& by_name);
/// May the viewer see the event at all?
bool shows(const CaseView& view, const Event& event);

}  // namespace klotterkoll
