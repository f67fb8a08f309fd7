#include <doctest/doctest.h>

#include "store/sql_store.h"
#include "store/sqlite_connection.h"
#include "support/times.h"
#include "support/workshop.h"

using namespace klotterkoll;

namespace {

/// The index by which SQLite would answer, with the conditions it uses of it.
std::string plan_of(SqliteConnection& connection, const std::string& sql) {
  std::string plan;
  connection.query("EXPLAIN QUERY PLAN " + sql, [&](const Row& row) { plan += row.text(3) + "\n"; });
  return plan;
}

}  // namespace

TEST_CASE("store: a look-up uses the index that has the answer, and walks through no municipality") {
  const test::Workshop shop;
  RandomIdSource ids;
  migrate("sqlite:" + shop.path("a.db"), ids, test::at("2026-01-01T00:00:00Z"));
  SqliteConnection connection{shop.path("a.db"), SqliteConnection::Use::reader};
  struct Row {
    const char* sql;
    const char* index;
  };
  const Row table[] = {
      {"SELECT * FROM reports WHERE municipality_id = 1 AND key_id = 2 AND external_id = 'a' AND external_id "
       "<> '' ORDER BY id",
       "reports_by_external_id"},
      {"SELECT * FROM reports WHERE municipality_id = 1 AND police_reference = 'a' AND police_reference <> "
       "'' ORDER BY id",
       "reports_by_police_reference"},
      {"SELECT * FROM reports WHERE municipality_id = 1 AND case_id = 2 ORDER BY id", "reports_by_case"},
      {"SELECT * FROM events WHERE municipality_id = 1 AND case_id = 2 ORDER BY id", "events_by_case"},
      {"SELECT * FROM events WHERE municipality_id = 1 AND id > 2 ORDER BY id LIMIT 9",
       "PRIMARY KEY (municipality_id=? AND id>?)"},
      {"SELECT case_id FROM events e WHERE e.municipality_id = 1 AND e.type = 'reopen_requested' AND e.recorded_at >= 2",
       "events_reopen_requests (municipality_id=? AND recorded_at>?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND id = 2",
       "PRIMARY KEY (municipality_id=? AND id=?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND next_check_at <= 2 AND (next_check_at, id) > (1, 3) "
       "ORDER BY next_check_at, id LIMIT 9",
       "cases_to_check (municipality_id=? AND (next_check_at,id)>(?,?) AND next_check_at<?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND is_open = 1 AND due_at >= 2 AND due_at < 3",
       "cases_open_by_due"},
      {"SELECT id, removed_at, lat, lon, surface, object_type FROM cases WHERE municipality_id = 1 AND cell BETWEEN 2 AND 3 "
       "ORDER BY removed_at DESC NULLS FIRST, id DESC LIMIT 500",
       "COVERING INDEX cases_near (municipality_id=? AND cell>? AND cell<?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND is_open = 1 AND owner_id = 'a' AND due_at >= 2 AND due_at < 3 ORDER BY due_at, id LIMIT 9",
       "INDEX cases_open_by_owner (municipality_id=? AND owner_id=? AND due_at>? AND due_at<?)"},
      {"SELECT COUNT(*) FROM (SELECT 1 FROM cases WHERE municipality_id = 1 AND is_open = 1 AND owner_id = 'a' AND due_at >= 2 AND due_at < 3 LIMIT 9)",
       "INDEX cases_open_by_owner (municipality_id=? AND owner_id=? AND due_at>? AND due_at<?)"},
      {"SELECT 1 FROM report_texts WHERE municipality_id = 1 AND address_digest = 'a' AND address_digest <> '' AND report_id <> 3 LIMIT 1",
       "COVERING INDEX report_texts_by_address (municipality_id=? AND address_digest=?)"},
      {"SELECT * FROM properties WHERE municipality_id = 1 AND designation_key = 'a' AND (valid_from IS NULL OR valid_from <= 2)",
       "properties_by_designation (municipality_id=? AND designation_key=?)"},
      {"SELECT id, changed, shape FROM properties WHERE municipality_id = 1 AND (changed, id) > (2, 3) ORDER BY changed, id LIMIT 9",
       "properties_by_changed (municipality_id=? AND (changed,id)>(?,?))"},
      {"SELECT id, changed, shape FROM properties WHERE municipality_id = 1 AND id > 2 AND changed >= 0 ORDER BY id LIMIT 9",
       "PRIMARY KEY (municipality_id=? AND id>?)"},
      {"SELECT property_id FROM property_addresses WHERE municipality_id = 1 AND address_key = 'a' ORDER BY property_id",
       "PRIMARY KEY (municipality_id=? AND address_key=?)"},
      {"SELECT * FROM addresses WHERE municipality_id = 1 AND cell BETWEEN 2 AND 3", "addresses_near (municipality_id=? AND cell>? AND cell<?)"},
      {"SELECT * FROM remembered_spots WHERE municipality_id = 1 AND cell BETWEEN 2 AND 3", "remembered_spots_near (municipality_id=? AND cell>? AND cell<?)"},
      {"SELECT * FROM remembered_spots WHERE municipality_id = 1 AND place_key = 'a' AND place_key <> ''",
       "remembered_spots_by_place (municipality_id=? AND place_key=?)"},
      {"SELECT * FROM unmatched_addresses WHERE municipality_id = 1 AND resolved_at IS NULL ORDER BY last_seen_at DESC LIMIT 9",
       "unmatched_addresses_by_last (municipality_id=?)"},
      {"SELECT id, removed_at, surface, object_type FROM cases WHERE municipality_id = 1 AND removed_at IS NOT NULL AND state = "
       "'removed' AND removed_at <= 2 AND address_key = 'a' AND address_key <> '' ORDER BY removed_at DESC, id DESC LIMIT 20",
       "cases_removed_by_address (municipality_id=? AND address_key=? AND removed_at"},
      {"SELECT id, removed_at, surface, object_type FROM cases WHERE municipality_id = 1 AND removed_at IS NOT NULL AND state = "
       "'removed' AND removed_at <= 2 AND lat IS NULL AND address_key = '' AND designation_key = 'a' AND designation_key <> '' "
       "ORDER BY removed_at DESC, id DESC LIMIT 20",
       "cases_removed_by_designation (municipality_id=? AND designation_key=? AND removed_at"},
      {"SELECT id FROM cases WHERE municipality_id = 1 AND merged_into = 2 AND merged_into IS NOT NULL ORDER BY id",
       "COVERING INDEX cases_by_target (municipality_id=? AND merged_into=?)"},
      {"SELECT id, merged_into FROM cases WHERE municipality_id = 1 AND opened_at >= 2 AND opened_at < 3 AND decided_at IS NOT NULL "
       "AND (merged_into IS NOT NULL OR dismissal IS NOT NULL)", "COVERING INDEX cases_excluded (municipality_id=? AND opened_at>? AND opened_at<?)"},
      {"SELECT opened_at, id, previous_case FROM cases WHERE municipality_id = 1 AND opened_at >= 2 AND opened_at < 3 ORDER BY opened_at, id",
       "COVERING INDEX cases_by_opened (municipality_id=? AND opened_at>? AND opened_at<?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 ORDER BY opened_at DESC, id DESC LIMIT 9", "INDEX cases_by_opened"},
      {"SELECT owner_id, method, COUNT(*), CAST(SUM(cost_sek) AS BIGINT) FROM cases WHERE municipality_id = 1 AND cost_sek IS NOT NULL "
       "AND merged_into IS NULL AND removed_at >= 2 AND removed_at < 3 GROUP BY owner_id, method ORDER BY owner_id, method",
       "INDEX cases_with_cost (municipality_id=? AND removed_at>? AND removed_at<?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND state <> 'merged' AND hold_requested_at IS NOT NULL ORDER BY due_at, id LIMIT 9",
       "INDEX cases_with_requests"},
      {"SELECT * FROM reports WHERE municipality_id = 1 AND id IN (SELECT id FROM reports WHERE municipality_id = 1 AND case_id = 2 "
       "UNION ALL SELECT report_id FROM shared_reports WHERE municipality_id = 1 AND case_id = 2)",
       "PRIMARY KEY (municipality_id=? AND id=?)"},
      {"SELECT id FROM photos WHERE municipality_id = 1 AND case_id IS NULL AND confirmation_id IS NULL AND created_at < 2 "
       "ORDER BY created_at, id LIMIT 100",
       "INDEX photos_unattached (municipality_id=? AND created_at<?)"},
      {"SELECT 1 FROM photo_renditions WHERE municipality_id = 1 AND digest = 'a' LIMIT 1",
       "COVERING INDEX photo_renditions_by_digest (municipality_id=? AND digest=?)"},
      {"SELECT id FROM destinations WHERE municipality_id = 1 AND by_mail = 1 AND next_at IS NOT NULL AND next_at <= 2 AND leased_until <= 2 "
       "ORDER BY next_at, id LIMIT 9",
       "INDEX destinations_with_work (municipality_id=? AND by_mail=? AND next_at>? AND next_at<?)"},
      {"SELECT id FROM destinations WHERE municipality_id = 1 AND kind = 'owner' AND ref = 'a'", "INDEX destinations_by_ref"},
      {"SELECT m.* FROM messages m WHERE m.municipality_id = 1 AND m.destination_id = 2 AND m.state = 'waiting' AND m.next_at <= 3 AND NOT EXISTS "
       "(SELECT 1 FROM messages e WHERE e.municipality_id = m.municipality_id AND e.destination_id = m.destination_id AND e.case_id = m.case_id "
       "AND e.position < m.position AND e.state = 'waiting') ORDER BY m.next_at, m.id LIMIT 9",
       "INDEX messages_waiting (municipality_id=? AND destination_id=? AND next_at<?)"},
      {"SELECT m.* FROM messages m WHERE m.municipality_id = 1 AND m.destination_id = 2 AND m.state = 'waiting' AND NOT EXISTS "
       "(SELECT 1 FROM messages e WHERE e.municipality_id = m.municipality_id AND e.destination_id = m.destination_id AND e.case_id = m.case_id "
       "AND e.position < m.position AND e.state = 'waiting') ORDER BY m.next_at, m.id LIMIT 1",
       "INDEX messages_of_case (municipality_id=? AND destination_id=? AND case_id=? AND position<?)"},
      {"SELECT * FROM messages WHERE municipality_id = 1 AND state = 'waiting' ORDER BY destination_id, next_at, id LIMIT 9", "INDEX messages_waiting"},
      {"SELECT COUNT(*), MIN(created_at) FROM messages WHERE municipality_id = 1 AND state = 'waiting'", "COVERING INDEX messages_waiting"},
      {"SELECT COUNT(*), MIN(created_at) FROM notices WHERE municipality_id = 1 AND message_id = 0", "COVERING INDEX notices_waiting"},
      {"SELECT * FROM messages WHERE municipality_id = 1 AND state IN ('parked', 'dropped') AND state = 'parked' ORDER BY done_at DESC, id DESC "
       "LIMIT 9",
       "INDEX messages_given_up (municipality_id=? AND state=?)"},
      {"SELECT * FROM messages WHERE municipality_id = 1 AND destination_id = 2 ORDER BY created_at DESC, id DESC LIMIT 100",
       "INDEX messages_of_destination (municipality_id=? AND destination_id=?)"},
      {"SELECT created_at FROM messages WHERE municipality_id = 1 AND destination_id = 2 AND created_at > 3 AND type = 'a' ORDER BY created_at, id",
       "INDEX messages_of_destination (municipality_id=? AND destination_id=? AND created_at>?)"},
      {"SELECT id FROM messages WHERE municipality_id = 1 AND destination_id = 2 AND created_at < 3 AND done_at < 3 AND state <> 'waiting' ORDER BY "
       "created_at, id LIMIT 9",
       "INDEX messages_of_destination (municipality_id=? AND destination_id=? AND created_at<?)"},
      {"SELECT MIN(leaves_at) FROM notices WHERE municipality_id = 1 AND destination_id = 2 AND message_id = 0",
       "COVERING INDEX notices_waiting (municipality_id=? AND destination_id=?)"},
      {"SELECT * FROM notices WHERE municipality_id = 1 AND message_id = 2 AND message_id <> 0 ORDER BY created_at, id", "INDEX notices_of_message"},
      {"SELECT * FROM notices WHERE municipality_id = 1 AND destination_id = 2 AND kind = 'parked' ORDER BY created_at DESC, id DESC LIMIT 1",
       "INDEX notices_of_parked (municipality_id=? AND destination_id=?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND state <> 'merged' AND attention IS NOT NULL ORDER BY due_at, id LIMIT 9",
       "INDEX cases_with_attention"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND state <> 'merged' AND attention IS NOT NULL AND attention = 'silent' ORDER BY due_at, id LIMIT 9",
       "INDEX cases_with_attention"},
      {"SELECT * FROM closing_links WHERE municipality_id = 1 AND link_digest = 'a'", "closing_links_by_digest (municipality_id=? AND link_digest=?)"},
      {"SELECT id FROM closing_links WHERE municipality_id = 1 AND expires_at < 2 ORDER BY expires_at, id LIMIT 9",
       "COVERING INDEX closing_links_by_expiry (municipality_id=? AND expires_at<?)"},
      {"SELECT first_mail_at FROM reporter_addresses WHERE municipality_id = 1 AND first_message_id <> 0 AND first_mail_at > 2 ORDER BY first_mail_at "
       "DESC LIMIT 60",
       "INDEX first_mails_of_municipality (municipality_id=? AND first_mail_at>?)"},
      {"SELECT a.first_mail_at FROM municipalities m JOIN reporter_addresses a ON a.municipality_id = m.id AND a.address_digest = 'a' "
       "WHERE a.first_message_id <> 0 AND a.first_mail_at > 2 ORDER BY a.first_mail_at DESC LIMIT 3",
       "SEARCH a USING PRIMARY KEY (ANY(municipality_id) AND address_digest=?)"},
      {"SELECT token_digest FROM reporter_tokens WHERE municipality_id = 1 AND created_at < 2 ORDER BY created_at LIMIT 9",
       "COVERING INDEX reporter_tokens_by_age (municipality_id=? AND created_at<?)"},
      {"SELECT case_id FROM external_references WHERE municipality_id = 1 AND external_reference = 'a' AND ('' = '' OR owner_id = '') ORDER BY case_id DESC LIMIT 20",
       "external_references_by_text (municipality_id=? AND external_reference=?)"},
      {"SELECT owner_id FROM calendar_feeds WHERE municipality_id = 1 AND feed_digest = 'a'", "calendar_feeds_by_digest (municipality_id=? AND feed_digest=?)"},
      {"SELECT * FROM events WHERE municipality_id = 1 AND id >= 2 AND id < 3 ORDER BY id DESC LIMIT 9", "PRIMARY KEY (municipality_id=? AND id>? AND id<?)"},
      {"SELECT COUNT(*), MIN(sent_at) FROM confirmations WHERE municipality_id = 1 AND state = 'waiting'", "INDEX confirmations_waiting"},
      {"SELECT COUNT(*), MIN(sent_at), COUNT(*) FILTER (WHERE due_at < 4) FROM confirmations WHERE municipality_id = 1 "
       "AND state = 'waiting' AND due_at >= 2 AND due_at < 3", "INDEX confirmations_waiting (municipality_id=?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND is_open = 0 AND (due_at, id) > (2, 0) AND due_at < 3 ORDER BY due_at, id LIMIT 9",
       "INDEX cases_closed_by_due (municipality_id=? AND (due_at,id)>(?,?) AND due_at<?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND is_open = 0 AND (due_at, id) > (2, 0) AND due_at < 3 AND deciding_owner_id = 'a' "
       "ORDER BY due_at, id LIMIT 9", "INDEX cases_closed_by_due (municipality_id=? AND (due_at,id)>(?,?) AND due_at<?)"},
      {"SELECT * FROM cases WHERE municipality_id = 1 AND opened_at IS NOT NULL AND (opened_at, id) > (2, 0) AND first_received_at >= 2 AND "
       "first_received_at < 3 ORDER BY opened_at, id LIMIT 9", "INDEX cases_by_opened (municipality_id=? AND (opened_at,id)>(?,?))"},
  };
  for (const Row& row : table) {
    const std::string plan = plan_of(connection, row.sql);
    CAPTURE(std::string{row.sql});
    CAPTURE(plan);
    CHECK(plan.find(row.index) != std::string::npos);
  }
}
