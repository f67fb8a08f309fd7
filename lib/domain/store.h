#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "domain/api_key.h"
#include "domain/case.h"
#include "domain/compliance.h"
#include "domain/event.h"
#include "domain/owner.h"
#include "domain/report.h"

namespace klotterkoll {

// The port of storage. Rules live in domain and workflow; a store only loads and saves. All of it works inside a
// Transaction; `municipality` leads every question, so that no answer ever holds another municipality's row.

/// A page of an answer: `limit` rows from `offset`.
struct Page {
  std::int64_t limit = 20;
  std::int64_t offset = 0;
};

/// Lists count to here; beyond it the count is said to be a lower bound.
inline constexpr std::int64_t kCountedUpTo = 10'000;

class LandTable;
class LinkTable;
class NoticeTable;
class PhotoTable;
class QueueTable;
class SessionTable;
class UserTable;
class WebhookTable;

class MunicipalityTable {
 public:
  virtual ~MunicipalityTable() = default;
  /// Adds it with its first policy and gives its number. Error{conflict} when the code or the host is taken.
  virtual MunicipalityId add(const Municipality& municipality, const Policy& first_policy) = 0;
  virtual std::optional<Municipality> find(const std::string& code) = 0;
  /// Only its number.
  virtual std::optional<MunicipalityId> find_id(const std::string& code) = 0;
  virtual std::vector<Municipality> list() = 0;
  /// Saves name, host and area; counts its version up.
  virtual void update(const Municipality& municipality) = 0;
  /// The municipality with its policies; parsed once and reused while its version stands. Error{not_found}.
  virtual std::shared_ptr<const Settings> settings(MunicipalityId id) = 0;
  /// The same by code, in one look-up; nothing when there is none.
  virtual std::shared_ptr<const Settings> find_settings(const std::string& code) = 0;
  virtual void add_policy(MunicipalityId id, const Policy& policy) = 0;
};

class OwnerTable {
 public:
  virtual ~OwnerTable() = default;
  virtual std::optional<Owner> find(MunicipalityId municipality, const std::string& owner_id) = 0;
  virtual std::vector<Owner> list(MunicipalityId municipality) = 0;
  /// Adds or replaces the owner with its rules. Error{conflict} when a designation or address is another owner's.
  virtual void save(const Settings& settings, const Owner& owner) = 0;
  /// History names it from now on, so that it cannot be removed.
  virtual void mark_has_had_cases(MunicipalityId municipality, const std::string& owner_id) = 0;
  /// Error{conflict} when it has had cases, or when keys are valid for it, which would serve a later owner of the same id.
  virtual void remove(MunicipalityId municipality, const std::string& owner_id) = 0;
  /// Whose property is it, by the designation's canonical key?
  virtual std::optional<std::string> by_designation(MunicipalityId municipality, const std::string& designation_key) = 0;
  /// Whose address is it? The longest prefix wins ("Storgatan 12" before "Storgatan").
  virtual std::optional<std::string> by_address(MunicipalityId municipality, const std::string& address_key) = 0;
};

class KeyTable {
 public:
  virtual ~KeyTable() = default;
  virtual std::int64_t add(const ApiKey& key) = 0;
  virtual std::optional<ApiKey> find(std::int64_t id) = 0;
  virtual std::optional<ApiKey> find_by_digest(const std::string& key_digest) = 0;
  virtual std::vector<ApiKey> list(std::optional<MunicipalityId> municipality) = 0;
  virtual void revoke(std::int64_t id, Instant at) = 0;
  /// Counts every adding and revoking, so that a cache knows when it is stale.
  virtual std::int64_t version() = 0;
};

struct ReportQuery {
  std::optional<std::string> police_reference;
  std::optional<std::int64_t> key_id;  ///< only those sent with this key
  Page page;
};

template <typename Item>
struct Listing {
  std::vector<Item> items;
  std::int64_t total = 0;  ///< up to kCountedUpTo
};

/// By what numbers the reports of a case are known: their keys, as they came, and all K-numbers, theirs and those added
/// to the case, in order, each once. The reports of a case that was split off are those of both; what is merged into a case
/// brings its own, and is asked for beside it (CaseTable::merged_into).
struct ReportNumbers {
  std::vector<ReportId> ids;
  std::vector<std::int64_t> key_ids;  ///< with what keys they were sent, beside `ids`; 0: none
  std::vector<std::string> police_references;
};

class ReportTable {
 public:
  virtual ~ReportTable() = default;
  virtual void add(const Report& report) = 0;
  virtual std::optional<Report> find(ReportId id) = 0;
  virtual std::vector<Report> of_case(CaseId id) = 0;
  virtual ReportNumbers numbers_of_case(CaseId id) = 0;
  /// The report tells of the work of this case too.
  virtual void share(ReportId report, CaseId with) = 0;
  /// In a write these two also keep others from adding a report of the same police reference, or of the same key's
  /// external id, until the transaction ends: so that what is sent twice at once is taken once.
  virtual std::vector<Report> by_police_reference(MunicipalityId municipality, const std::string& police_reference, std::size_t most) = 0;
  virtual std::vector<Report> by_external_id(MunicipalityId municipality, std::int64_t key_id, const std::string& external_id) = 0;
  virtual std::vector<CaseId> cases_of_police_reference(MunicipalityId municipality, const std::string& police_reference) = 0;
  virtual Listing<Report> list(MunicipalityId municipality, const ReportQuery& query) = 0;
  /// Adds text that the report lacked; what it had stays, and so does that it was erased.
  virtual void add_texts(const Report& report) = 0;
  /// Empties the texts and the contact, for good.
  virtual void erase_texts(ReportId id) = 0;
  virtual void add_police_reference(CaseId id, EventId event, const std::string& police_reference) = 0;
};

/// Which cases; every member that is set narrows. Ranges are [from, to).
struct CaseQuery {
  std::vector<CaseState> states;  ///< one of these; empty: all but merged
  std::optional<ClockState> clock;  ///< as of `now`
  std::optional<std::string> owner_id;
  std::optional<Category> category;
  std::optional<Instant> due_from, due_before, reported_from, reported_to;
  std::optional<Area> bbox;
  std::optional<Point> near;
  double radius_m = 0;
  std::optional<CaseId> reference;
  std::vector<CaseId> ids;                   ///< one of these (found by K-number)
  /// Starts of an address's or a designation's key: it is found when one of these, `reference` or `ids` fits.
  std::vector<std::string> addresses, designations;
  bool text_is_filter = false;
  bool hold_requested = false;  ///< an owner's request for a pause waits for a decision
  bool with_attention = false;  ///< an officer should look at it, for whatever reason or for that of `attention`
  std::optional<Attention> attention;
  /// Asked by somebody who may not see everything: filters by place pass over cases whose place is shown rounded, and
  /// the filter by owner over owners that are not named, so that nothing hidden can be found by asking for it.
  bool public_view = false;
  Instant now;

  /// Whether every case may have to be looked at for it: there are indexes for the newest cases and for the open ones.
  bool looks_at_all() const {
    const bool open_only = !states.empty() && std::ranges::all_of(states, [](CaseState state) {
      return state == CaseState::unassigned || state == CaseState::assigned;
    });
    const bool unfiltered = states.empty() && !owner_id && !due_from && !due_before && sort == Sort::newest;
    return category || reported_from || reported_to || bbox || near || text_is_filter || !(open_only || clock || unfiltered || hold_requested || with_attention);
  }

  enum class Sort { newest, due_first, due_last } sort = Sort::newest;
  Page page;
};

class CaseTable {
 public:
  virtual ~CaseTable() = default;
  virtual void add(const CaseRow& row, const Policy& policy, const TimeZone& zone) = 0;
  /// Saves `after` and moves the tallies from what `before` contributed. Error{stale} when the row is no longer at
  /// `before.version`.
  virtual void update(const CaseRow& before, const CaseRow& after, const Policy& policy, const TimeZone& zone) = 0;
  virtual std::optional<CaseRow> find(CaseId id) = 0;
  /// The same in a write, and no other writer changes it or adds to its history until the transaction ends.
  virtual std::optional<CaseRow> find_to_change(CaseId id) = 0;
  virtual Listing<CaseRow> list(MunicipalityId municipality, const CaseQuery& query) = 0;
  /// Looks at the next `count` cases after `after` in order of key, for streams that hold no long read. Gives those that
  /// the query wants and moves `after` to the last that was looked at, or clears it when there are no more.
  virtual std::vector<CaseRow> list_after(MunicipalityId municipality, const CaseQuery& query, CaseId& after, std::int64_t count) = 0;
  /// An open or removed case as the index of places tells of it, without its row.
  struct Spot {
    CaseId id;
    double away_m = 0;
    std::optional<Instant> removed_at;  ///< none: open
    std::optional<Surface> surface;
    std::optional<ObjectType> object_type;
  };
  /// Those within `radius_m`, nearest first; in each row of cells the open ones and those removed last, 500 at most.
  virtual std::vector<Spot> spots(MunicipalityId municipality, Point point, double radius_m) = 0;
  /// The removed cases of an address, those removed last first; where it is empty, those of a designation that have neither
  /// address nor point. Few, and `away_m` is 0. None that was removed after `until`.
  virtual std::vector<Spot> removed_there(MunicipalityId municipality, const std::string& address_key,
                                          const std::string& designation_key, Instant until) = 0;
  struct Merged {
    CaseId id, into;
  };
  /// All that is merged into the case, and into those, to the end of every chain.
  virtual std::vector<Merged> merged_into(CaseId target) = 0;
  /// One case of a chain that hit one surface.
  struct Link {
    CaseId id, previous;  ///< `previous` none: the first of its chain, or alone
    Instant opened_at;
  };
  /// Every case opened in [from, to), oldest first, from an index alone.
  virtual void each_link(MunicipalityId municipality, Instant from, Instant to, const std::function<void(const Link&)>& visit) = 0;
  /// Of these every one that is merged, with its target, or dismissed, without one.
  virtual void each_excluded(MunicipalityId municipality, Instant from, Instant to, const std::function<void(const Merged&)>& visit) = 0;
  /// What removing has cost, by owner and method, of cases removed in [from, to) that are not merged.
  struct Cost {
    std::string owner_id;
    std::optional<RemovalMethod> method;
    std::int64_t cases = 0, cost_sek = 0;
  };
  virtual std::vector<Cost> costs(MunicipalityId municipality, Instant from, Instant to) = 0;
  /// Where a walk through the cases to check has come to.
  struct CheckedTo {
    Instant next_check_at = Instant::min();
    CaseId id;
  };
  /// Open cases after `after` whose next check is due, earliest first; rows that another sweep holds are passed over.
  virtual std::vector<CaseRow> due_for_check(MunicipalityId municipality, Instant as_of, CheckedTo after, std::int64_t limit) = 0;
  /// Saves what a flag changes of a row: `checked_until` and `next_check_at`.
  virtual void update_checks(const CaseRow& row) = 0;
  /// Open cases with `from <= due_at < to`, counted by what tallies are kept along.
  struct OpenCount {
    LocalDate received_on;
    std::string owner_id, category, source;
    int policy_version = 0;
    std::string district_id;
    bool split = false;  ///< off another case
    std::int64_t count = 0;
  };
  virtual std::vector<OpenCount> count_open(const Settings& settings, Instant from, Instant to) = 0;
  /// Open cases by owner and hours left, for the backlog.
  struct Backlog {
    std::string owner_id;
    Instant due_at;
    std::optional<Instant> warn_at, held_from, held_until;
    std::optional<Attention> attention;
  };
  virtual void each_open(MunicipalityId municipality, const std::function<void(const Backlog&)>& visit) = 0;
  /// Cases of some days, and where a walk through them has come to.
  struct OfDays {
    /// `cost`: those that costs() counts.
    enum class By { due, received, cost } by = By::due;
    Instant from, to;                   ///< of due_at, of first_received_at, of removed_at; [from, to)
    bool open = true, closed = true;    ///< which of these, by due_at
    Dimension dimension = Dimension::all;
    std::string value;                  ///< as tally_value() has it; with `cost` the owner at present
    std::optional<RemovalMethod> method;
    bool without_method = false;
    Instant after_at = Instant::min();  ///< moved to the last that was given
    CaseId after;
  };
  /// The next `count` of them, in order of due_at, opened_at or removed_at; fewer: there are no more.
  virtual std::vector<CaseRow> of_days(MunicipalityId municipality, OfDays& days, std::int64_t count) = 0;
};

class EventTable {
 public:
  virtual ~EventTable() = default;
  /// `note` is its free text, empty for none.
  virtual void add(const Event& event, const std::string& note = "") = 0;
  struct Noted {
    Event event;
    std::string note;
  };
  /// In order of position.
  virtual std::vector<Event> of_case(CaseId id) = 0;
  virtual std::vector<Noted> noted_of_case(CaseId id) = 0;
  /// Forgets the texts that somebody of this role wrote with events of the case; the events stay. Gives how many.
  virtual std::int64_t erase_notes(CaseId id, Role by) = 0;
  /// A page of them; without `internal_too` of the public ones only.
  virtual Listing<Noted> page_of_case(CaseId id, bool internal_too, const Page& page) = 0;
  /// Events committed after the cursor, at most `limit` looked at; `cursor` moves past what was looked at. It holds, for
  /// every writer's slot, the number of the last event seen: since a writer commits its events in their order, none that
  /// comes later is ever behind it. Events of a case come in their order, others oldest first as far as clocks agree.
  virtual std::vector<Noted> after(MunicipalityId municipality, std::vector<std::int64_t>& cursor, std::int64_t limit) = 0;
  /// The events that were committed last, newest first, at most `most` of them as far as clocks agree.
  virtual std::vector<Event> latest(MunicipalityId municipality, std::int64_t most) = 0;
  /// Every event of a municipality by case and position, in short reads: those of cases after `after`, at most `limit` cases.
  virtual std::vector<Event> of_cases_after(MunicipalityId municipality, CaseId after, std::int64_t limit) = 0;
};

class FlagTable {
 public:
  virtual ~FlagTable() = default;
  /// True when it was not raised before for this deadline.
  virtual bool raise(CaseId id, Instant due_at, const Flag& flag) = 0;
};

/// How much of a tally is wanted: counts alone, with the histogram of the total, or of all stages, whose reading takes
/// most of the time.
enum class TallyDetail { counts, total, stages };

class TallyTable {
 public:
  virtual ~TallyTable() = default;
  using Visit = std::function<void(const std::string& value, LocalDate day, const Tally&)>;
  /// Shows the tallies of [from, to) in one cohort and dimension; those of a value and day may come in parts, and cancel
  /// each other out.
  virtual void each(MunicipalityId municipality, Cohort cohort, Dimension dimension, LocalDate from, LocalDate to,
                    TallyDetail detail, const Visit& visit) = 0;
  /// All slots added up, without what is empty.
  virtual Tallies all(MunicipalityId municipality) = 0;
  /// Throws the municipality's tallies away and puts these in their place.
  virtual void replace(MunicipalityId municipality, const Tallies& tallies) = 0;
};

/// The first answer to a request that carried an Idempotency-Key.
struct StoredAnswer {
  std::string body_digest;
  int status = 0;
  std::string location, answer;
  Instant created_at;
};

class IdempotencyTable {
 public:
  virtual ~IdempotencyTable() = default;
  virtual std::optional<StoredAnswer> find(MunicipalityId municipality, const std::string& holder, const std::string& route,
                                           const std::string& key) = 0;
  virtual void save(MunicipalityId municipality, const std::string& holder, const std::string& route, const std::string& key,
                    const StoredAnswer& answer) = 0;
  virtual void remove(MunicipalityId municipality, const std::string& holder, const std::string& route, const std::string& key) = 0;
  /// Forgets at most `most` that are older, the oldest first; gives how many.
  virtual std::int64_t remove_before(MunicipalityId municipality, Instant before, std::int64_t most) = 0;
  /// Puts what `rewritten` gives in the place of every answer that holds `part`.
  virtual void rewrite(MunicipalityId municipality, const std::string& part,
                       const std::function<std::string(const std::string&)>& rewritten) = 0;
};

/// One unit of work. What is written in it commits together or not at all.
class Transaction {
 public:
  virtual ~Transaction() = default;
  virtual MunicipalityTable& municipalities() = 0;
  virtual OwnerTable& owners() = 0;
  virtual KeyTable& keys() = 0;
  virtual ReportTable& reports() = 0;
  virtual CaseTable& cases() = 0;
  virtual EventTable& events() = 0;
  virtual FlagTable& flags() = 0;
  virtual TallyTable& tallies() = 0;
  virtual IdempotencyTable& idempotency() = 0;
  virtual LandTable& land() = 0;
  virtual PhotoTable& photos() = 0;
  virtual QueueTable& queue() = 0;
  virtual NoticeTable& notices() = 0;
  virtual UserTable& users() = 0;
  virtual WebhookTable& webhooks() = 0;
  virtual LinkTable& links() = 0;
  virtual SessionTable& sessions() = 0;

  /// New keys, in the order of commits. Writing transactions only.
  virtual CaseId next_case_id(MunicipalityId municipality) = 0;
  virtual ReportId next_report_id(MunicipalityId municipality) = 0;
  virtual EventId next_event_id(MunicipalityId municipality) = 0;
  virtual HoldId next_hold_id(MunicipalityId municipality) = 0;
  virtual PhotoId next_photo_id(MunicipalityId municipality) = 0;
  virtual PropertyId next_property_id(MunicipalityId municipality) = 0;
  virtual ObjectId next_object_id(MunicipalityId municipality) = 0;
  virtual QueueId next_queue_id(MunicipalityId municipality) = 0;
  virtual DestinationId next_destination_id(MunicipalityId municipality) = 0;
  virtual NoticeId next_notice_id(MunicipalityId municipality) = 0;
  virtual MessageId next_message_id(MunicipalityId municipality) = 0;
  virtual WebhookId next_webhook_id(MunicipalityId municipality) = 0;
  virtual LinkId next_link_id(MunicipalityId municipality) = 0;
};

/// Numbers about the store itself, for /metrics and the benchmark.
struct StoreMetrics {
  std::int64_t commits = 0, writes = 0, log_bytes = 0, waiting_writes = 0;
};

/// Storage. Safe to call from several threads.
class Store {
 public:
  virtual ~Store() = default;
  /// Runs `work` on a consistent snapshot; several may run at once.
  virtual void read(const std::function<void(Transaction&)>& work) = 0;
  /// The same for questions that may have to look at every row. They have connections of their own, one at a time, so that
  /// nothing else waits for them. Throws Error{unavailable} when one takes longer than 3 s, or has waited so long.
  virtual void search(const std::function<void(Transaction&)>& work) = 0;
  /// Runs `work` and returns when its writes are durable; when `work` throws, nothing of it is written and the exception
  /// comes out here. `work` may run more than once, so it has no effect outside the transaction but on what it returns.
  /// Throws Error{unavailable} when the database cannot take writes now.
  virtual void write(const std::function<void(Transaction&)>& work) = 0;
  /// The secret of the installation's references.
  virtual const ReferenceCipher& references() const = 0;
  virtual StoreMetrics metrics() const = 0;
  /// Throws Error{unavailable} unless the database answers.
  virtual void check() = 0;
};

}  // namespace klotterkoll
