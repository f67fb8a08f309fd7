#include "domain/notice.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

constexpr std::string_view kDestination = "SELECT id, kind, ref, failures, failing_since, closed_until FROM destinations ";
constexpr std::string_view kMessage =
    "SELECT m.id, m.destination_id, m.case_id, m.position, m.event_id, m.type, m.state, m.attempts, m.created_at, m.next_at, "
    "m.first_tried_at, m.done_at, m.status, m.detail, m.sent_to FROM messages m WHERE m.municipality_id = $1 ";
constexpr std::string_view kNotice =
    "SELECT id, destination_id, message_id, kind, event_id, case_id, report_id, created_at, leaves_at FROM notices "
    "WHERE municipality_id = $1 ";
/// Of a webhook no message goes before an earlier one of its case, of a mailbox none before an earlier one.
constexpr std::string_view kUnblocked =
    "AND NOT EXISTS (SELECT 1 FROM messages e WHERE e.municipality_id = m.municipality_id AND e.destination_id = m.destination_id "
    "AND e.case_id = m.case_id AND e.position < m.position AND e.state = 'waiting') ";

Destination read_destination(const Row& row) {
  Destination read;
  read.id = row.key<DestinationId>(0);
  read.kind = row.code<Destination::Kind>(1);
  read.ref = row.text(2);
  read.failures = static_cast<int>(row.integer(3));
  read.failing_since = row.instant_or_none(4);
  read.closed_until = row.instant_or_none(5);
  return read;
}

Message read_message(const Row& row) {
  Message read;
  read.id = row.key<MessageId>(0);
  read.destination = row.key<DestinationId>(1);
  read.case_id = row.key<CaseId>(2);
  read.position = row.integer(3);
  read.event = row.key<EventId>(4);
  read.type = row.text(5);
  read.state = row.code<MessageState>(6);
  read.attempts = static_cast<int>(row.integer(7));
  read.created_at = row.instant(8);
  read.next_at = row.instant(9);
  read.first_tried_at = row.instant_or_none(10);
  read.done_at = row.instant_or_none(11);
  read.status = static_cast<int>(row.integer(12));
  read.detail = row.text(13);
  read.sent_to = row.text(14);
  return read;
}

QueuedNotice read_notice(const Row& row) {
  QueuedNotice read;
  read.id = row.key<NoticeId>(0);
  read.destination = row.key<DestinationId>(1);
  read.message = row.key<MessageId>(2);
  read.kind = row.code<NoticeKind>(3);
  read.event = row.key<EventId>(4);
  read.case_id = row.key<CaseId>(5);
  read.report = row.key<ReportId>(6);
  read.created_at = row.instant(7);
  read.leaves_at = row.instant(8);
  return read;
}

/// "17 0 4": the last number of every slot.
std::string cursor_text(const std::vector<std::int64_t>& cursor) {
  std::string text;
  for (const std::int64_t number : cursor) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

std::vector<std::int64_t> cursor_from(const std::string& text) {
  std::vector<std::int64_t> cursor;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::int64_t number = 0;
    const auto [next, fault] = std::from_chars(at, end, number);
    if (fault != std::errc{}) break;
    cursor.push_back(number);
    at = next + (next < end ? 1 : 0);
  }
  return cursor;
}

json mail_to_json(const OutgoingMail& mail) {
  return {{"message_id", mail.message_id}, {"from_name", mail.from_name}, {"reply_to", mail.reply_to}, {"to", mail.to},
          {"subject", mail.subject},       {"text", mail.text},           {"html", mail.html},         {"thread_id", mail.thread_id},
          {"unsubscribe_url", mail.unsubscribe_url}, {"language", to_code(mail.language)}, {"date", to_unix(mail.date)}};
}

OutgoingMail mail_from_json(const json& kept) {
  OutgoingMail mail;
  mail.message_id = kept.at("message_id");
  mail.from_name = kept.at("from_name");
  mail.reply_to = kept.at("reply_to");
  mail.to = kept.at("to");
  mail.subject = kept.at("subject");
  mail.text = kept.at("text");
  mail.html = kept.at("html");
  mail.thread_id = kept.at("thread_id");
  mail.unsubscribe_url = kept.at("unsubscribe_url");
  mail.language = code_from<Language>(kept.at("language").get<std::string>()).value();
  mail.date = from_unix(kept.at("date"));
  return mail;
}

json kept_to_json(const KeptMail& kept) {
  json urls = json::array();
  for (const auto& [id, url] : kept.closing_urls) urls.push_back({id.value, url});
  return {{"mail", mail_to_json(kept.mail)}, {"basis", kept.basis}, {"closing_urls", urls}, {"address_token", kept.address_token}};
}

KeptMail kept_from_json(const json& read) {
  KeptMail kept{mail_from_json(read.at("mail")), read.at("basis"), {}, read.at("address_token")};
  for (const json& url : read.at("closing_urls")) kept.closing_urls.emplace(CaseId{url.at(0).get<std::int64_t>()}, url.at(1));
  return kept;
}

class SqlNotices final : public NoticeTable {
 public:
  explicit SqlNotices(SqlContext& context) : context_(context), connection_(context.connection) {}

  std::vector<std::int64_t> told_to(MunicipalityId municipality) override {
    const auto text = connection_.find("SELECT told_to FROM told_events WHERE municipality_id = $1", [](const Row& row) { return row.text(0); },
                                       municipality);
    return cursor_from(text.value_or(""));
  }

  bool move_told(MunicipalityId municipality, const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to) override {
    const std::string after = cursor_text(to);
    if (from.empty())
      return connection_.execute("INSERT INTO told_events (municipality_id, told_to) VALUES ($1, $2) ON CONFLICT (municipality_id) DO NOTHING",
                                 municipality, after) == 1;
    return connection_.execute("UPDATE told_events SET told_to = $3 WHERE municipality_id = $1 AND told_to = $2", municipality,
                               cursor_text(from), after) == 1;
  }

  void pass_over_history(MunicipalityId municipality) override {
    std::vector<std::int64_t> cursor{0};
    connection_.query("SELECT slot, next FROM counters WHERE municipality_id = $1 AND name = 'event' ORDER BY slot", [&](const Row& row) {
      const auto slot = static_cast<std::size_t>(row.integer(0));
      if (cursor.size() <= slot) cursor.resize(slot + 1);
      cursor[slot] = row.integer(1) - 1;
    }, municipality);
    connection_.execute("INSERT INTO told_events (municipality_id, told_to) VALUES ($1, $2) "
                        "ON CONFLICT (municipality_id) DO UPDATE SET told_to = excluded.told_to",
                        municipality, cursor_text(cursor));
  }

  DestinationId destination(MunicipalityId municipality, Destination::Kind kind, const std::string& ref) override {
    if (const auto found = find_destination(municipality, kind, ref)) return found->id;
    const DestinationId id{municipality, context_.next_number(municipality, "destination")};
    connection_.execute(
        "INSERT INTO destinations (municipality_id, id, kind, ref, by_mail, failures, leased_until, leased_by, last_position) "
        "VALUES ($1, $2, $3, $4, $5, 0, 0, '', 0) ON CONFLICT (municipality_id, kind, ref) DO NOTHING",
        municipality, id, kind, ref, kind != Destination::Kind::webhook);
    return find_destination(municipality, kind, ref).value().id;
  }

  std::optional<Destination> find_destination(MunicipalityId municipality, Destination::Kind kind, const std::string& ref) override {
    static const std::string sql = std::string{kDestination} + "WHERE municipality_id = $1 AND kind = $2 AND ref = $3";
    return connection_.find(sql, read_destination, municipality, kind, ref);
  }

  std::optional<Destination> find_destination(DestinationId id) override {
    static const std::string sql = std::string{kDestination} + "WHERE municipality_id = $1 AND id = $2";
    return connection_.find(sql, read_destination, id.municipality(), id);
  }

  std::optional<Destination> find_destination_to_change(DestinationId id) override {
    static const std::string sql = std::string{kDestination} + "WHERE municipality_id = $1 AND id = $2 {{for_update}}";
    return connection_.find(sql, read_destination, id.municipality(), id);
  }

  void update(const Destination& destination) override {
    connection_.execute("UPDATE destinations SET failures = $3, failing_since = $4, closed_until = $5 WHERE municipality_id = $1 AND id = $2",
                        destination.id.municipality(), destination.id, destination.failures, destination.failing_since,
                        destination.closed_until);
  }

  void wake(DestinationId id, Instant at) override {
    // What is closed has nothing to do before it opens.
    const auto woken = connection_.execute(
        "UPDATE destinations SET next_at = CASE WHEN next_at <= $3 OR (closed_until > $3 AND next_at <= closed_until) THEN "
        "next_at WHEN closed_until > $3 THEN closed_until ELSE $3 END WHERE municipality_id = $1 AND id = $2",
        id.municipality(), id, at);
    if (woken == 0) throw Error{ErrorCode::conflict, "Where it goes has just been forgotten; try again."};
  }

  void add(const QueuedNotice& notice) override {
    connection_.execute("INSERT INTO notices (municipality_id, id, destination_id, message_id, kind, event_id, case_id, report_id, created_at, "
                        "leaves_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                        notice.id.municipality(), notice.id, notice.destination, notice.message, notice.kind, notice.event, notice.case_id,
                        notice.report, notice.created_at, notice.leaves_at);
  }

  void add(const Message& message) override {
    connection_.execute("INSERT INTO messages (municipality_id, id, destination_id, case_id, position, event_id, type, state, attempts, "
                        "created_at, next_at, first_tried_at, done_at, status, detail, sent_to) "
                        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
                        message.id.municipality(), message.id, message.destination, message.case_id, message.position, message.event,
                        message.type, message.state, message.attempts, message.created_at, message.next_at, message.first_tried_at,
                        message.done_at, message.status, message.detail, message.sent_to);
  }

  std::optional<Message> find_message(MessageId id) override {
    static const std::string sql = std::string{kMessage} + "AND m.id = $2";
    return connection_.find(sql, read_message, id.municipality(), id);
  }

  std::optional<Message> find_message_to_change(MessageId id) override {
    static const std::string sql = std::string{kMessage} + "AND m.id = $2 {{for_update}}";
    return connection_.find(sql, read_message, id.municipality(), id);
  }

  void update(const Message& message) override {
    connection_.execute("UPDATE messages SET state = $3, attempts = $4, next_at = $5, first_tried_at = $6, done_at = $7, status = $8, "
                        "detail = $9 WHERE municipality_id = $1 AND id = $2",
                        message.id.municipality(), message.id, message.state, message.attempts, message.next_at, message.first_tried_at,
                        message.done_at, message.status, message.detail);
  }

  std::vector<QueuedNotice> of_message(MessageId id) override {
    static const std::string sql = std::string{kNotice} + "AND message_id = $2 AND message_id <> 0 ORDER BY created_at, id";
    return connection_.all(sql, read_notice, id.municipality(), id);
  }

  std::vector<Message> of_destination(DestinationId id, std::int64_t most) override {
    static const std::string sql = std::string{kMessage} + "AND m.destination_id = $2 ORDER BY m.created_at DESC, m.id DESC LIMIT $3";
    return connection_.all(sql, read_message, id.municipality(), id, most);
  }

  std::vector<Instant> made_since(DestinationId id, const std::string& type, Instant since) override {
    return connection_.all("SELECT created_at FROM messages WHERE municipality_id = $1 AND destination_id = $2 AND created_at > $3 AND type = $4 "
                           "ORDER BY created_at, id",
                           [](const Row& row) { return row.instant(0); }, id.municipality(), id, since, type);
  }

  Listing<Message> list(MunicipalityId municipality, MessageState state, const Page& page) override {
    static const std::string waiting = std::string{kMessage} + "AND m.state = 'waiting' ORDER BY m.destination_id, m.next_at, m.id LIMIT $2 OFFSET $3";
    static const std::string given_up = std::string{kMessage} + "AND m.state IN ('parked', 'dropped') AND m.state = $4 "
                                        "ORDER BY m.done_at DESC, m.id DESC LIMIT $2 OFFSET $3";
    static const std::string count_waiting =
        "SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE municipality_id = $1 AND state = 'waiting' LIMIT $2) counted";
    static const std::string count_given_up = "SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE municipality_id = $1 AND state IN "
                                              "('parked', 'dropped') AND state = $3 LIMIT $2) counted";
    const auto read_count = [](const Row& row) { return row.integer(0); };
    if (state == MessageState::waiting)
      return {connection_.all(waiting, read_message, municipality, page.limit, page.offset),
              connection_.find(count_waiting, read_count, municipality, kCountedUpTo + 1).value()};
    return {connection_.all(given_up, read_message, municipality, page.limit, page.offset, state),
            connection_.find(count_given_up, read_count, municipality, kCountedUpTo + 1, state).value()};
  }

  std::optional<QueuedNotice> last_of_parked(DestinationId id) override {
    static const std::string sql = std::string{kNotice} + "AND destination_id = $2 AND kind = 'parked' ORDER BY created_at DESC, id DESC LIMIT 1";
    return connection_.find(sql, read_notice, id.municipality(), id);
  }

  WaitingMessages count_waiting(MunicipalityId municipality) override {
    WaitingMessages counted;
    for (const char* sql : {"SELECT COUNT(*), MIN(created_at) FROM messages WHERE municipality_id = $1 AND state = 'waiting'",
                            "SELECT COUNT(*), MIN(created_at) FROM notices WHERE municipality_id = $1 AND message_id = 0"})
      connection_.query(sql, [&](const Row& row) {
        counted.waiting += row.integer(0);
        const auto oldest = row.instant_or_none(1);
        if (oldest && (!counted.oldest || *oldest < *counted.oldest)) counted.oldest = oldest;
      }, municipality);
    counted.parked = connection_.find("SELECT COUNT(*) FROM messages WHERE municipality_id = $1 AND state = 'parked' AND state IN ('parked', 'dropped')",
                                      [](const Row& row) { return row.integer(0); }, municipality).value();
    return counted;
  }

  void keep_mail(MessageId id, const KeptMail& mail) override {
    const std::string body = kept_to_json(mail).dump(-1, ' ', false, json::error_handler_t::replace);
    connection_.execute("INSERT INTO message_bodies (municipality_id, message_id, body) VALUES ($1, $2, $3) "
                        "ON CONFLICT (municipality_id, message_id) DO UPDATE SET body = excluded.body",
                        id.municipality(), id, body);
  }

  std::optional<KeptMail> kept_mail(MessageId id) override {
    return connection_.find("SELECT body FROM message_bodies WHERE municipality_id = $1 AND message_id = $2",
                            [](const Row& row) { return kept_from_json(json::parse(row.text(0))); }, id.municipality(), id);
  }

  void forget_mail(MessageId id) override {
    connection_.execute("DELETE FROM message_bodies WHERE municipality_id = $1 AND message_id = $2", id.municipality(), id);
  }

  void forget_mails(MunicipalityId municipality) override {
    connection_.execute("DELETE FROM message_bodies WHERE municipality_id = $1 AND NOT EXISTS (SELECT 1 FROM messages m WHERE "
                        "m.municipality_id = $1 AND m.id = message_bodies.message_id AND m.type = 'address_changed')",
                        municipality);
  }

  void note_sent_to(MessageId id, const std::string& address_digest) override {
    connection_.execute("UPDATE messages SET sent_to = $3 WHERE municipality_id = $1 AND id = $2", id.municipality(), id, address_digest);
  }

  std::vector<Due> due(MunicipalityId municipality, bool by_mail, Instant now, std::int64_t most) override {
    return connection_.all("SELECT id, next_at FROM destinations WHERE municipality_id = $1 AND by_mail = $2 AND next_at IS NOT NULL AND next_at <= $3 "
                           "AND leased_until <= $3 ORDER BY next_at, id LIMIT $4",
                           [](const Row& row) { return Due{row.key<DestinationId>(0), row.instant(1)}; }, municipality, by_mail, now, most);
  }

  std::optional<Destination> lease(DestinationId id, Instant now, Instant until, const std::string& token) override {
    // One that another node is just taking, or giving back, is passed over: it is not waited for.
    const auto free = connection_.find("SELECT id FROM destinations WHERE municipality_id = $1 AND id = $2 AND next_at <= $3 AND leased_until <= $3 "
                                       "{{skip_locked}}",
                                       [](const Row& row) { return row.key<DestinationId>(0); }, id.municipality(), id, now);
    if (!free) return std::nullopt;
    connection_.execute("UPDATE destinations SET leased_until = $3, leased_by = $4, next_at = $3 WHERE municipality_id = $1 AND id = $2",
                        id.municipality(), id, until, token);
    return find_destination(id);
  }

  bool extend_lease(DestinationId id, Instant until, const std::string& token) override {
    return connection_.execute("UPDATE destinations SET leased_until = $3 WHERE municipality_id = $1 AND id = $2 AND leased_by = $4",
                               id.municipality(), id, until, token) == 1;
  }

  void release(DestinationId id, const std::string& token) override {
    struct Held {
      bool by_mail;
      std::optional<Instant> closed_until;
    };
    // Its row is held first: what is added to it meanwhile wakes it afterwards.
    const auto held = connection_.find("SELECT by_mail, closed_until FROM destinations WHERE municipality_id = $1 AND id = $2 AND leased_by = $3 "
                                       "{{for_update}}",
                                       [](const Row& row) { return Held{row.flag(0), row.instant_or_none(1)}; }, id.municipality(), id, token);
    if (!held) return;
    static const std::string first_message = "SELECT m.next_at FROM messages m WHERE m.municipality_id = $1 AND m.destination_id = $2 AND "
                                             "m.state = 'waiting' " + std::string{kUnblocked} + "ORDER BY m.next_at, m.id LIMIT 1";
    const auto read_instant = [](const Row& row) { return row.instant_or_none(0); };
    std::optional<Instant> next = connection_.find(first_message, read_instant, id.municipality(), id).value_or(std::nullopt);
    // A mailbox's next mail is made when the one before it is done with.
    if (!next && held->by_mail)
      next = connection_.find("SELECT MIN(leaves_at) FROM notices WHERE municipality_id = $1 AND destination_id = $2 AND message_id = 0",
                              read_instant, id.municipality(), id).value();
    if (next && held->closed_until) next = std::max(*next, *held->closed_until);
    connection_.execute("UPDATE destinations SET leased_until = 0, leased_by = '', next_at = $3 WHERE municipality_id = $1 AND id = $2",
                        id.municipality(), id, next);
  }

  std::vector<Message> ready_messages(DestinationId id, Instant now, std::int64_t most) override {
    static const std::string sql = std::string{kMessage} + "AND m.destination_id = $2 AND m.state = 'waiting' AND m.next_at <= $3 " +
                                   std::string{kUnblocked} + "ORDER BY m.next_at, m.id LIMIT $4";
    return connection_.all(sql, read_message, id.municipality(), id, now, most);
  }

  bool has_waiting_messages(DestinationId id) override {
    return connection_.find("SELECT 1 FROM messages WHERE municipality_id = $1 AND destination_id = $2 AND state = 'waiting' LIMIT 1",
                            [](const Row&) { return true; }, id.municipality(), id).has_value();
  }

  std::vector<QueuedNotice> ready_notices(DestinationId id, Instant now, std::int64_t most) override {
    static const std::string first = std::string{kNotice} + "AND destination_id = $2 AND message_id = 0 AND leaves_at <= $3 ORDER BY leaves_at, id LIMIT 1";
    static const std::string together = std::string{kNotice} + "AND destination_id = $2 AND message_id = 0 AND (leaves_at <= $3 OR leaves_at <= "
                                        "created_at + $4) AND CASE kind WHEN 'warning_ahead' THEN 'event' ELSE kind END = $5 "
                                        "ORDER BY created_at, id LIMIT $6";
    const auto leads = connection_.find(first, read_notice, id.municipality(), id, now);
    if (!leads) return {};
    const NoticeKind frame = leads->kind == NoticeKind::warning_ahead ? NoticeKind::event : leads->kind;
    return connection_.all(together, read_notice, id.municipality(), id, now, std::int64_t{kGathered.count()}, frame, most);
  }

  std::int64_t next_position(DestinationId id) override {
    return connection_.find("UPDATE destinations SET last_position = last_position + 1 WHERE municipality_id = $1 AND id = $2 RETURNING last_position",
                            [](const Row& row) { return row.integer(0); }, id.municipality(), id).value();
  }

  void leave_with(MessageId message, const QueuedNotice& notice) override {
    connection_.execute("UPDATE notices SET message_id = $3 WHERE municipality_id = $1 AND id = $2", notice.id.municipality(), notice.id, message);
  }

  std::vector<Message> waiting_messages(DestinationId id, std::int64_t most) override {
    static const std::string sql = std::string{kMessage} + "AND m.destination_id = $2 AND m.state = 'waiting' ORDER BY m.next_at, m.id LIMIT $3";
    return connection_.all(sql, read_message, id.municipality(), id, most);
  }

  std::vector<Message> waiting_since_before(DestinationId id, Instant before, std::int64_t most) override {
    static const std::string sql = std::string{kMessage} + "AND m.destination_id = $2 AND m.state = 'waiting' AND "
                                   "COALESCE(m.first_tried_at, m.created_at) < $3 ORDER BY m.next_at, m.id LIMIT $4";
    return connection_.all(sql, read_message, id.municipality(), id, before, most);
  }

  std::string reply_to(MunicipalityId municipality) override {
    return connection_.find("SELECT notice_reply_to FROM municipalities WHERE id = $1", [](const Row& row) { return row.text(0); }, municipality)
        .value_or("");
  }

  void set_reply_to(MunicipalityId municipality, const std::string& email) override {
    connection_.execute("UPDATE municipalities SET notice_reply_to = $2 WHERE id = $1", municipality, email);
  }

  std::vector<DestinationId> destinations_after(MunicipalityId municipality, DestinationId after, std::int64_t most) override {
    return connection_.all("SELECT id FROM destinations WHERE municipality_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                           [](const Row& row) { return row.key<DestinationId>(0); }, municipality, after, most);
  }

  std::int64_t forget_messages(DestinationId id, Instant before, std::int64_t most) override {
    const auto old = connection_.all("SELECT id FROM messages WHERE municipality_id = $1 AND destination_id = $2 AND created_at < $3 AND "
                                     "done_at < $3 AND state <> 'waiting' ORDER BY created_at, id LIMIT $4",
                                     [](const Row& row) { return row.key<MessageId>(0); }, id.municipality(), id, before, most);
    for (const MessageId message : old) {
      forget_mail(message);
      connection_.execute("DELETE FROM notices WHERE municipality_id = $1 AND message_id = $2 AND message_id <> 0", id.municipality(), message);
      connection_.execute("DELETE FROM messages WHERE municipality_id = $1 AND id = $2", id.municipality(), message);
    }
    return std::ssize(old);
  }

  bool forget_idle(DestinationId id) override {
    // Whoever adds something to it afterwards wakes it, and finds that it is gone.
    return connection_.execute(
               "DELETE FROM destinations WHERE municipality_id = $1 AND id = $2 AND next_at IS NULL AND leased_by = '' AND NOT EXISTS "
               "(SELECT 1 FROM messages WHERE municipality_id = $1 AND destination_id = $2) AND NOT EXISTS "
               "(SELECT 1 FROM notices WHERE municipality_id = $1 AND destination_id = $2 AND message_id = 0)",
               id.municipality(), id) == 1;
  }

 private:
  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

std::unique_ptr<NoticeTable> make_notice_table(SqlContext& context) { return std::make_unique<SqlNotices>(context); }

}  // namespace klotterkoll
