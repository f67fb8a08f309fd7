#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "domain/land.h"
#include "domain/store.h"
#include "store/connection.h"

namespace klotterkoll {

/// What the transactions of a store share in memory: municipalities with their policies, parsed once, and the indexes of
/// their registers. An entry is good while the municipality's version stands, which every
/// transaction reads for itself; so a change is seen at once, by every node. Safe to call from several threads.
class SettingsCache {
 public:
  /// `around`: without it nothing is ever found around a point.
  explicit SettingsCache(std::shared_ptr<SpotIndexes> around = {}) : spots(std::move(around)) {}

  std::shared_ptr<const Settings> find(MunicipalityId id, std::int64_t version) const;
  void keep(std::shared_ptr<const Settings> settings);

  const std::shared_ptr<SpotIndexes> spots;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<MunicipalityId, std::shared_ptr<const Settings>> settings_;
};

/// What the tables of one transaction share: the connection, and what is added up and written once at its end.
class SqlContext {
 public:
  SqlContext(Connection& used, SettingsCache& kept) : connection(used), cache(kept) {}

  Connection& connection;
  SettingsCache& cache;

  /// The writer's slot in counters and tallies: a row belongs to one writer, so that several need not wait for each
  /// other. SQLite has one writer at a time, whatever the number of processes, and its slot is 0.
  int slot = 0;

  /// Changes of tallies, applied once per row in key order when the transaction ends.
  std::map<MunicipalityId, Tallies> tally_changes;

  /// Settings were changed in this transaction: their new version may yet be undone, so it must not be cached.
  bool settings_changed = false;
  /// At which version each municipality's settings were read in this unit: a change that is decided by them must not go
  /// over another's.
  std::map<MunicipalityId, std::int64_t> settings_read;

  /// The registers' versions as this unit has read them, which comes with the settings; and whether one was changed in this
  /// transaction, so that what is read of it may yet be undone, and in this unit, so that its version is counted up once.
  std::map<MunicipalityId, std::int64_t> land_versions;
  bool land_changed = false;
  std::map<MunicipalityId, std::int64_t> land_counted;

  /// The next number of a kind of key, with the slot in its high bits. Read from its counter at first use in a transaction
  /// and written back at its end, so that a slot's numbers are handed out in the order of its commits.
  std::int64_t next_number(MunicipalityId municipality, std::string_view name);
  /// The secret of the installation's references, read once: it never changes.
  const ReferenceCipher& references();
  /// Writes tallies and counters. To be called before the commit.
  void flush();
  /// Forgets what a rolled-back transaction had counted.
  void forget();

 private:
  struct Counter {
    std::int64_t next = 1;
    bool changed = false;
  };
  std::map<std::pair<MunicipalityId, std::string>, Counter, std::less<>> counters_;
  std::optional<ReferenceCipher> references_;
};

/// The tables over one connection. For writes it also is the unit that a batch undoes by itself.
class SqlTransaction final : public Transaction {
 public:
  SqlTransaction(Connection& connection, SettingsCache& cache);
  ~SqlTransaction() override;

  MunicipalityTable& municipalities() override;
  OwnerTable& owners() override;
  KeyTable& keys() override;
  ReportTable& reports() override;
  CaseTable& cases() override;
  EventTable& events() override;
  FlagTable& flags() override;
  TallyTable& tallies() override;
  IdempotencyTable& idempotency() override;
  LandTable& land() override;
  PhotoTable& photos() override;
  QueueTable& queue() override;
  NoticeTable& notices() override;
  UserTable& users() override;
  WebhookTable& webhooks() override;
  LinkTable& links() override;
  SessionTable& sessions() override;
  CaseId next_case_id(MunicipalityId municipality) override;
  ReportId next_report_id(MunicipalityId municipality) override;
  EventId next_event_id(MunicipalityId municipality) override;
  HoldId next_hold_id(MunicipalityId municipality) override;
  PhotoId next_photo_id(MunicipalityId municipality) override;
  PropertyId next_property_id(MunicipalityId municipality) override;
  ObjectId next_object_id(MunicipalityId municipality) override;
  QueueId next_queue_id(MunicipalityId municipality) override;
  DestinationId next_destination_id(MunicipalityId municipality) override;
  NoticeId next_notice_id(MunicipalityId municipality) override;
  MessageId next_message_id(MunicipalityId municipality) override;
  WebhookId next_webhook_id(MunicipalityId municipality) override;
  LinkId next_link_id(MunicipalityId municipality) override;

  /// Before a transaction: the slot of its writer.
  void use_slot(int slot) { context_.slot = slot; }
  /// Keeps the tally changes of a unit apart until it is known to succeed.
  void begin_unit();
  void keep_unit();
  void discard_unit();
  void flush() { context_.flush(); }
  void forget();

 private:
  SqlContext context_;
  std::map<MunicipalityId, Tallies> tallies_before_unit_;
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

// One maker per table family; each lives in the file with its SQL.
std::unique_ptr<MunicipalityTable> make_municipality_table(SqlContext& context);
std::unique_ptr<OwnerTable> make_owner_table(SqlContext& context);
std::unique_ptr<KeyTable> make_key_table(SqlContext& context);
std::unique_ptr<ReportTable> make_report_table(SqlContext& context);
std::unique_ptr<CaseTable> make_case_table(SqlContext& context);
std::unique_ptr<EventTable> make_event_table(SqlContext& context);
std::unique_ptr<FlagTable> make_flag_table(SqlContext& context);
std::unique_ptr<TallyTable> make_tally_table(SqlContext& context);
std::unique_ptr<IdempotencyTable> make_idempotency_table(SqlContext& context);
std::unique_ptr<LandTable> make_land_table(SqlContext& context);
std::unique_ptr<PhotoTable> make_photo_table(SqlContext& context);
std::unique_ptr<QueueTable> make_queue_table(SqlContext& context);
std::unique_ptr<NoticeTable> make_notice_table(SqlContext& context);
std::unique_ptr<UserTable> make_user_table(SqlContext& context);
std::unique_ptr<WebhookTable> make_webhook_table(SqlContext& context);
std::unique_ptr<LinkTable> make_link_table(SqlContext& context);
std::unique_ptr<SessionTable> make_session_table(SqlContext& context);

/// Counts the municipality's version up, so that every cache of its settings is stale.
void count_settings_change(SqlContext& context, MunicipalityId id);

/// Applies changes to the tallies' rows; part of SqlContext::flush.
void apply_tally_changes(SqlContext& context, MunicipalityId municipality, const Tallies& changes);

}  // namespace klotterkoll
