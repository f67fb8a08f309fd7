#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "domain/case_view.h"
#include "domain/store.h"
#include "json/hold_json.h"
#include "json/json_writer.h"
#include "json/photo_json.h"

namespace klotterkoll {

/// What belongs to a case beside its row.
struct CaseExtras {
  ReportNumbers reports;          ///< with those of what is merged into it
  std::vector<CaseId> merged;     ///< what is merged into the case itself
  std::vector<ToldHold> holds;
  std::vector<ShownPhoto> photos;
  std::string external_reference;  ///< of the present owner; empty: none
};
/// Loads what the viewer may see of them.
CaseExtras load_extras(Transaction& transaction, const Settings& settings, const CaseRow& row, const CaseView& view);

/// The case as the API shows it to the actor, with the actions that are possible now. `url` of the municipality.
void write_case(JsonWriter& out, const CaseRow& row, const CaseExtras& extras, const Settings& settings,
                const ReferenceCipher& references, const Actor& actor, Instant now, const std::string& url);

/// "version.role.clock.hours_left" in quotes; for officers the clock is followed by "+" and why they should look at it.
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

/// What an event tells the viewer. `named`: whose owner ids may stand there beside the viewer's own, which are all where the
/// viewer sees every owner.
EventData shown_data(const Event& event, const CaseView& view, const std::function<bool(const std::string& owner_id)>& named);

/// An event as the API shows it, within an object; `by_name` of the key, empty when unknown or not to be seen.
void write_event_members(JsonWriter& out, const EventTable::Noted& noted, const Settings& settings, const ReferenceCipher& references,
                         const CaseView& view, const std::string& by_name);
/// May the viewer of a case see the event at all?
bool shows(const CaseView& view, const Event& event);

}  // namespace klotterkoll
