#pragma once

#include <functional>
#include <string>

#include "domain/store.h"

namespace klotterkoll {

/// How the owner of a case was sought, and the property that the register has at the place: the row's own, like the place.
struct RoutingNote {
  std::string trace;  ///< see CaseRow::routing_trace
  bool uncertain = false;
  std::string property_designation;
  std::optional<Point> address_point;  ///< where the register has the told address, when no point was told
  std::string nearest_address;         ///< see CaseRow
};

/// One case in the middle of a piece of work: what it was, what it has become, and the transaction that will save it.
/// Each event is folded and appended; `save` writes the row and moves the tallies. Whom an event concerns follows from it
/// (domain/notice.h): the history itself is what is told on.
class Casework {
 public:
  /// Opens a case with its first event; the row is added by `save`.
  Casework(Transaction& transaction, const Settings& settings, const Event& opened, Place place);
  /// Loads the case by replaying its history. `version`, when given, must be the present one, else Error{stale}.
  /// Error{not_found} when there is none in the municipality.
  Casework(Transaction& transaction, const Settings& settings, CaseId id, std::optional<std::int64_t> version = {});

  const Case& now() const { return folded_; }
  const CaseRow& row() const { return folded_.row; }

  /// Gives the event its key, folds and appends it with its free text.
  EventId record(Event event, const std::string& note = "");
  /// The place as told, and how the owner was found, are not history but the row's own.
  void set_place(Place place);
  void set_routing(RoutingNote note);
  /// An officer has said whose it is.
  void set_certain() { folded_.row.routing_uncertain = false; }
  /// Writes the row. Once, at the end; without a recorded event or a new place there is nothing to write.
  void save();

 private:
  const Policy& policy() const;
  void mark_owner(const std::string& owner_id);

  Transaction& transaction_;
  const Settings& settings_;
  std::optional<CaseRow> before_;  ///< none: the case is new
  Case folded_;
  std::int64_t position_ = 0;  ///< of the last event
  bool changed_ = false;
};

/// Loads, lets `work` decide, saves; returns the case as it is then.
CaseRow change_case(Transaction& transaction, const Settings& settings, CaseId id, std::optional<std::int64_t> version,
                    const std::function<void(Casework&)>& work);

/// Where the case's duty has gone: the end of its chain of merges, itself when it is not merged.
CaseId current_case(Transaction& transaction, CaseId id);

/// The reports of a case and of all that is merged into it, and by what numbers they are known; each once.
std::vector<Report> reports_of(Transaction& transaction, const CaseRow& row);
ReportNumbers numbers_of(Transaction& transaction, const CaseRow& row);

}  // namespace klotterkoll
