#include "store/sql_transaction.h"

#include "base/error.h"
#include "domain/land.h"
#include "domain/link.h"
#include "domain/notice.h"
#include "domain/photo.h"
#include "domain/queue.h"
#include "domain/session.h"
#include "domain/user.h"
#include "domain/webhook.h"
#include "store/migrations.h"

namespace klotterkoll {

std::shared_ptr<const Settings> SettingsCache::find(MunicipalityId id, std::int64_t version) const {
  const std::lock_guard lock{mutex_};
  const auto at = settings_.find(id);
  return at != settings_.end() && at->second->municipality.version == version ? at->second : nullptr;
}

void SettingsCache::keep(std::shared_ptr<const Settings> settings) {
  const std::lock_guard lock{mutex_};
  settings_[settings->municipality.id] = std::move(settings);
}

std::int64_t SqlContext::next_number(MunicipalityId municipality, std::string_view name) {
  auto at = counters_.find(std::pair{municipality, std::string{name}});
  if (at == counters_.end()) {
    const auto next = connection.find("SELECT next FROM counters WHERE municipality_id = $1 AND slot = $2 AND name = $3",
                                      [](const Row& row) { return row.integer(0); }, municipality, slot, name);
    at = counters_.emplace(std::pair{municipality, std::string{name}}, Counter{next.value_or(1), false}).first;
  }
  if (at->second.next >> kSlotNumberBits)
    throw Error{ErrorCode::internal, "the numbers of " + std::string{name} + " are used up in slot " + std::to_string(slot)};
  at->second.changed = true;
  return std::int64_t{slot} << kSlotNumberBits | at->second.next++;
}

const ReferenceCipher& SqlContext::references() {
  if (!references_) references_.emplace(read_reference_secret(connection));
  return *references_;
}

void SqlContext::flush() {
  for (const auto& [municipality, changes] : tally_changes) apply_tally_changes(*this, municipality, changes);
  for (const auto& [key, counter] : counters_)
    if (counter.changed)
      connection.execute("INSERT INTO counters (municipality_id, slot, name, next) VALUES ($1, $2, $3, $4) "
                         "ON CONFLICT (municipality_id, slot, name) DO UPDATE SET next = excluded.next",
                         key.first, slot, key.second, counter.next);
  forget();
}

void SqlContext::forget() {
  tally_changes.clear();
  counters_.clear();
  settings_changed = false;
  settings_read.clear();
  land_versions.clear();
  land_changed = false;
  land_counted.clear();
}

struct SqlTransaction::Tables {
  explicit Tables(SqlContext& context)
      : municipalities(make_municipality_table(context)), owners(make_owner_table(context)), keys(make_key_table(context)),
        reports(make_report_table(context)), cases(make_case_table(context)), events(make_event_table(context)),
        flags(make_flag_table(context)), tallies(make_tally_table(context)),
        idempotency(make_idempotency_table(context)), land(make_land_table(context)), photos(make_photo_table(context)),
        queue(make_queue_table(context)), notices(make_notice_table(context)), users(make_user_table(context)),
        webhooks(make_webhook_table(context)), links(make_link_table(context)), sessions(make_session_table(context)) {}
  std::unique_ptr<MunicipalityTable> municipalities;
  std::unique_ptr<OwnerTable> owners;
  std::unique_ptr<KeyTable> keys;
  std::unique_ptr<ReportTable> reports;
  std::unique_ptr<CaseTable> cases;
  std::unique_ptr<EventTable> events;
  std::unique_ptr<FlagTable> flags;
  std::unique_ptr<TallyTable> tallies;
  std::unique_ptr<IdempotencyTable> idempotency;
  std::unique_ptr<LandTable> land;
  std::unique_ptr<PhotoTable> photos;
  std::unique_ptr<QueueTable> queue;
  std::unique_ptr<NoticeTable> notices;
  std::unique_ptr<UserTable> users;
  std::unique_ptr<WebhookTable> webhooks;
  std::unique_ptr<LinkTable> links;
  std::unique_ptr<SessionTable> sessions;
};

SqlTransaction::SqlTransaction(Connection& connection, SettingsCache& cache)
    : context_(connection, cache), tables_(std::make_unique<Tables>(context_)) {}
SqlTransaction::~SqlTransaction() = default;

MunicipalityTable& SqlTransaction::municipalities() { return *tables_->municipalities; }
OwnerTable& SqlTransaction::owners() { return *tables_->owners; }
KeyTable& SqlTransaction::keys() { return *tables_->keys; }
ReportTable& SqlTransaction::reports() { return *tables_->reports; }
CaseTable& SqlTransaction::cases() { return *tables_->cases; }
EventTable& SqlTransaction::events() { return *tables_->events; }
FlagTable& SqlTransaction::flags() { return *tables_->flags; }
TallyTable& SqlTransaction::tallies() { return *tables_->tallies; }
IdempotencyTable& SqlTransaction::idempotency() { return *tables_->idempotency; }
LandTable& SqlTransaction::land() { return *tables_->land; }
PhotoTable& SqlTransaction::photos() { return *tables_->photos; }
QueueTable& SqlTransaction::queue() { return *tables_->queue; }
NoticeTable& SqlTransaction::notices() { return *tables_->notices; }
UserTable& SqlTransaction::users() { return *tables_->users; }
WebhookTable& SqlTransaction::webhooks() { return *tables_->webhooks; }
LinkTable& SqlTransaction::links() { return *tables_->links; }
SessionTable& SqlTransaction::sessions() { return *tables_->sessions; }

CaseId SqlTransaction::next_case_id(MunicipalityId municipality) {
  return CaseId{municipality, context_.next_number(municipality, "case")};
}
ReportId SqlTransaction::next_report_id(MunicipalityId municipality) {
  return ReportId{municipality, context_.next_number(municipality, "report")};
}
EventId SqlTransaction::next_event_id(MunicipalityId municipality) {
  return EventId{municipality, context_.next_number(municipality, "event")};
}
HoldId SqlTransaction::next_hold_id(MunicipalityId municipality) {
  return HoldId{municipality, context_.next_number(municipality, "hold")};
}
PhotoId SqlTransaction::next_photo_id(MunicipalityId municipality) {
  return PhotoId{municipality, context_.next_number(municipality, "photo")};
}
PropertyId SqlTransaction::next_property_id(MunicipalityId municipality) {
  return PropertyId{municipality, context_.next_number(municipality, "property")};
}
ObjectId SqlTransaction::next_object_id(MunicipalityId municipality) {
  return ObjectId{municipality, context_.next_number(municipality, "object")};
}
QueueId SqlTransaction::next_queue_id(MunicipalityId municipality) {
  return QueueId{municipality, context_.next_number(municipality, "queue")};
}
DestinationId SqlTransaction::next_destination_id(MunicipalityId municipality) {
  return DestinationId{municipality, context_.next_number(municipality, "destination")};
}
NoticeId SqlTransaction::next_notice_id(MunicipalityId municipality) {
  return NoticeId{municipality, context_.next_number(municipality, "notice")};
}
MessageId SqlTransaction::next_message_id(MunicipalityId municipality) {
  return MessageId{municipality, context_.next_number(municipality, "message")};
}
WebhookId SqlTransaction::next_webhook_id(MunicipalityId municipality) {
  return WebhookId{municipality, context_.next_number(municipality, "webhook")};
}
LinkId SqlTransaction::next_link_id(MunicipalityId municipality) {
  return LinkId{municipality, context_.next_number(municipality, "link")};
}

void SqlTransaction::begin_unit() {
  tallies_before_unit_.clear();
  std::swap(tallies_before_unit_, context_.tally_changes);
  context_.settings_read.clear();
  context_.land_versions.clear();
  context_.land_counted.clear();
}

void SqlTransaction::keep_unit() {
  for (const auto& [municipality, changes] : context_.tally_changes)
    for (const auto& [key, tally] : changes) tallies_before_unit_[municipality][key].add(tally);
  std::swap(tallies_before_unit_, context_.tally_changes);
}

void SqlTransaction::discard_unit() { std::swap(tallies_before_unit_, context_.tally_changes); }

void SqlTransaction::forget() {
  context_.forget();
  tallies_before_unit_.clear();
}

}  // namespace klotterkoll
