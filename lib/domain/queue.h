#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "domain/compliance.h"
#include "domain/report.h"

namespace klotterkoll {

/// What became of a report that waited by an officer's word: it joined a case that is there, or opened one; or it was no new
/// report, since it had been sent in another way meanwhile.
enum class ConfirmationState { waiting, joined, opened, repeated };
constexpr auto names_of(ConfirmationState) { return std::array<Names, 4>{"waiting", "joined", "opened", "repeated"}; }

/// A report that may tell of a case that is there, kept as it was sent until an officer says (workflow/confirmation.h).
struct Confirmation {
  QueueId id;
  ConfirmationState state = ConfirmationState::waiting;
  Instant sent_at;          ///< when it was received; its clock starts as if it had been taken then
  Instant due_at;           ///< the deadline of the case that it opens, should it open one
  std::int64_t key_id = 0;  ///< whose key sent it
  std::optional<Instant> decided_at;
  std::int64_t decided_by = 0;  ///< the officer's key
  ReportId report_id;           ///< once decided: what it has become, and the case it belongs to
  CaseId case_id;
  /// While it waits: the report, checked, without a key and a case. None once it is decided.
  std::optional<Report> report;
};

/// Reports that wait, beside the figures to which they do not belong yet.
struct WaitingCount {
  std::int64_t count = 0;
  std::optional<Instant> oldest_received_at;
  std::int64_t past_limit = 0;  ///< those whose deadline has passed
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
  /// Of those that wait the ones received in [from, to), or by cohort due those whose deadline lies in it.
  virtual WaitingCount count_waiting_in(MunicipalityId municipality, Cohort cohort, Instant from, Instant to, Instant as_of) = 0;
  /// Removed cases that somebody has asked since then to be reopened and that no officer has done or written anything with
  /// after that; the first request first, at most `most`.
  virtual std::vector<CaseId> reopen_requests(MunicipalityId municipality, Instant since, std::int64_t most) = 0;
  /// Empties the texts and the contact of one that waits, for good.
  virtual void erase_texts(QueueId id) = 0;
  /// Replaces the texts and the contact of one that waits.
  virtual void update_texts(QueueId id, const Report& report) = 0;
  /// Saves the decision; the waiting report goes, since it is a report now.
  virtual void decide(const Confirmation& decided) = 0;
};

}  // namespace klotterkoll
