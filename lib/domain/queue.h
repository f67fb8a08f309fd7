#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "domain/report.h"

namespace klotterkoll {

/// What an officer said of a report that waited: of a case that is there, or a new one.
enum class ConfirmationState { waiting, joined, opened };
constexpr auto names_of(ConfirmationState) { return std::array<Names, 3>{"waiting", "joined", "opened"}; }

/// A report that may tell of a case that is there, kept as it was sent until an officer says (workflow/confirmation.h).
struct Confirmation {
  QueueId id;
  ConfirmationState state = ConfirmationState::waiting;
  Instant sent_at;          ///< when it was received; its clock starts as if it had been taken then
  std::int64_t key_id = 0;  ///< whose key sent it
  std::optional<Instant> decided_at;
  std::int64_t decided_by = 0;  ///< the officer's key
  ReportId report_id;           ///< once decided: what it has become, and the case it belongs to
  CaseId case_id;
  /// While it waits: the report, checked, without a key and a case. None once it is decided, or erased.
  std::optional<Report> report;
};

/// What waits for an officer's word before it becomes anything.
class QueueTable {
 public:
  virtual ~QueueTable() = default;
  /// `identity` is the same for the same words of the same sender.
  virtual void add(const Confirmation& waiting, const std::string& identity) = 0;
  virtual std::optional<Confirmation> find(QueueId id) = 0;
  /// The same in a write, and nobody else decides it until the transaction ends.
  virtual std::optional<Confirmation> find_to_decide(QueueId id) = 0;
  /// Those waiting that may be the same report: with the same words of the same key, its external id, or its police
  /// reference; oldest first. In a write nobody else adds one meanwhile.
  virtual std::vector<Confirmation> like(MunicipalityId municipality, const Report& report, const std::string& identity) = 0;
  /// Those that wait, oldest first; with `key_id` only those sent with it. `offset` and `limit` as in a page.
  virtual std::vector<Confirmation> waiting(MunicipalityId municipality, std::optional<std::int64_t> key_id, std::int64_t limit,
                                            std::int64_t offset) = 0;
  struct Count {
    std::int64_t count = 0;
    std::optional<Instant> oldest_at;
  };
  virtual Count count_waiting(MunicipalityId municipality, std::optional<std::int64_t> key_id) = 0;
  /// Replaces the texts and the contact of one that waits.
  virtual void update_texts(QueueId id, const Report& report) = 0;
  /// Saves the decision; the waiting report goes, since it is a report now.
  virtual void decide(const Confirmation& decided) = 0;
};

}  // namespace klotterkoll
