#pragma once

#include <functional>
#include <string>

#include "domain/store.h"

namespace klotterkoll {

/// One case in the middle of a piece of work: what it was, what it has become, and the transaction that will save it.
/// Each event is folded, appended and queued for those it concerns; `save` writes the row and moves the tallies.
class Casework {
 public:
  /// Opens a case with its first event; the row is added by `save`.
  Casework(Transaction& transaction, const Settings& settings, const Event& opened, Place place);
  /// Loads the case by replaying its history. `version`, when given, must be the present one, else Error{stale}.
  /// Error{not_found} when there is none in the municipality.
  Casework(Transaction& transaction, const Settings& settings, CaseId id, std::optional<std::int64_t> version = {});

  const Case& now() const { return folded_; }
  const CaseRow& row() const { return folded_.row; }

  /// Gives the event its key, folds and appends it with its free text, and queues the notices it causes.
  EventId record(Event event, const std::string& note = "");
  /// The place and how the owner was found are not history but the row's own.
  void set_place(Place place);
  void set_routing_trace(std::string trace) { folded_.row.routing_trace = std::move(trace); }
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

/// Whom an event concerns, to be told when delivery comes to it.
std::vector<Notice> notices_for(const Event& event);

}  // namespace klotterkoll
