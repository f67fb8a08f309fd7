#include "workflow/erasure.h"

#include <doctest/doctest.h>

#include "support/refusal.h"
#include "support/town.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::seconds;

namespace {

const Contact kAnna{"Anna Andersson", "anna@example.se", "070-123 45 67"};

struct Asked : Town {
  ReportDraft draft(const std::string& address = "Storgatan 12") {
    ReportDraft made = tag_at(address);
    made.description = "Anna såg det";
    made.object_label = "Annas garage";
    made.contact = kAnna;
    return made;
  }
  Erasure erasure() {
    return {kOfficer, clock.now(), store->references(), [](const std::string&, const std::string& reference) { return "without " + reference; }};
  }
  bool erase(ReportId report) {
    return write(*store, [&](Transaction& transaction) {
      return erase_report(transaction, *transaction.municipalities().settings(id), report, erasure());
    });
  }
  std::int64_t erase(CaseId of) {
    return write(*store, [&](Transaction& transaction) {
      return erase_reports_of_case(transaction, *transaction.municipalities().settings(id), of, erasure());
    });
  }
  bool erase(QueueId waiting) {
    return write(*store, [&](Transaction& transaction) { return erase_waiting(transaction, *transaction.municipalities().settings(id), waiting); });
  }
  Report find(ReportId report) {
    return read(*store, [&](Transaction& transaction) { return transaction.reports().find(report).value(); });
  }
  /// How many rows of the tables that hold words hold this one.
  std::int64_t rows_with(const std::string& word) {
    std::int64_t rows = 0;
    for (const char* columns : {"report_texts WHERE object_label || description || contact_name || contact_email || contact_phone",
                                "waiting_reports WHERE object_label || description || contact_name || contact_email || contact_phone",
                                "notes WHERE note", "idempotency_keys WHERE answer", "events WHERE data"})
      rows += store.ask(std::string{"SELECT COUNT(*) FROM "} + columns + " LIKE '%" + word + "%'");
    return rows;
  }
};

bool is_empty(const Report& report) { return report.description.empty() && report.object_label.empty() && report.contact.empty(); }

}  // namespace

TEST_CASE("erasure: words and contact of a report go for good, what is counted stays, and the history says that it was done") {
  Asked hoor;
  ReportDraft sent = hoor.draft();
  sent.external_id = "A1";
  const Taken taken = hoor.report(sent), other = hoor.report(hoor.draft("Storgatan 30"));
  const CaseRow before = hoor.row(taken.row.id);
  CHECK(hoor.rows_with("nna") == 2);
  const auto rows_with_digest = [&] { return hoor.store.ask("SELECT COUNT(*) FROM report_texts WHERE address_digest <> ''"); };
  CHECK(rows_with_digest() == 2);
  hoor.clock.pass(seconds{1});
  CHECK(hoor.erase(taken.report.id));
  CHECK(hoor.rows_with("nna") == 1);
  CHECK(rows_with_digest() == 1);
  const Report left = hoor.find(taken.report.id);
  CHECK(is_empty(left));
  CHECK(left.texts_erased);
  CHECK(left.place.address == "Storgatan 12");
  CHECK(left.external_id == "A1");
  CHECK(hoor.find(other.report.id).contact == kAnna);
  CHECK(hoor.row(taken.row.id) == before);
  const Event event = hoor.events(taken.row.id).back();
  CHECK(event.type == EventType::redacted);
  CHECK(event.data.report == taken.report.id);
  CHECK(event.visibility == Visibility::internal);
  CHECK(verify(*hoor.store, false).difference_count == 0);
  // Once is enough; and who sends the same again does not bring it back.
  CHECK_FALSE(hoor.erase(taken.report.id));
  CHECK(hoor.count(taken.row.id, EventType::redacted) == 1);
  const Taken again = hoor.report(sent);
  CHECK(again.repeated);
  CHECK(again.added.empty());
  CHECK(is_empty(hoor.find(taken.report.id)));
  CHECK(hoor.rows_with("nna") == 1);
}

TEST_CASE("erasure: a report that had no words can be erased too, and another municipality's is not there") {
  Asked hoor;
  ReportDraft bare = tag_at();
  bare.external_id = "A1";
  const Taken taken = hoor.report(bare);
  CHECK(hoor.erase(taken.report.id));
  bare.description = "Anna";
  CHECK(hoor.report(bare).added.empty());
  CHECK(is_empty(hoor.find(taken.report.id)));
  const MunicipalityId horby = hoor.add_neighbour();
  CHECK(refusal([&] { hoor.erase(ReportId{horby, taken.report.id.value & 0xffff}); }).code() == ErrorCode::not_found);
  CHECK(refusal([&] { hoor.erase(ReportId{hoor.id, 999'999}); }).code() == ErrorCode::not_found);
  CHECK(refusal([&] { hoor.erase(CaseId{hoor.id, 999'999}); }).code() == ErrorCode::not_found);
  CHECK(refusal([&] { hoor.erase(QueueId{hoor.id, 999'999}); }).code() == ErrorCode::not_found);
}

TEST_CASE("erasure: of a case all reports go, those merged into it too, and what citizens wrote to it, but not what officers wrote") {
  Asked hoor;
  const CaseId target = hoor.report(hoor.draft()).row.id, merged = hoor.report(hoor.draft("Storgatan 14"), kCitizen).row.id;
  for (const CaseId id : {target, merged}) hoor.remove(id);
  const auto ask = [&](CaseId id) {
    hoor.act([&](Transaction& transaction, const Settings& settings) {
      CaseAction action = hoor.action(id, kCitizen);
      action.note = "Det är kvar, ring Anna";
      return request_reopening_of_case(transaction, settings, action);
    });
  };
  ask(target);
  ask(merged);
  hoor.act([&](Transaction& transaction, const Settings& settings) {
    CaseAction action = hoor.action(target);
    action.note = "Talat med Anna";
    return comment_on_case(transaction, settings, action, Visibility::internal);
  });
  hoor.merge(merged, target);
  CHECK(hoor.rows_with("Anna") == 5);
  CHECK(hoor.erase(target) == 4);
  CHECK(hoor.rows_with("Anna") == 1);
  CHECK(hoor.count(target, EventType::redacted) == 2);  // its report, and what was written to it
  CHECK(hoor.count(merged, EventType::redacted) == 2);
  CHECK(hoor.erase(target) == 0);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("erasure: kept answers that tell of the report are told without it, others stay as they are") {
  Asked hoor;
  const Taken taken = hoor.report(hoor.draft());
  const std::string reference = hoor.store->references().encode(taken.report.id);
  hoor.store->write([&](Transaction& transaction) {
    transaction.idempotency().save(hoor.id, "key:7", "POST reports", "one", {"digest", 201, "/x", "{\"id\":\"" + reference + "\",\"description\":\"Anna\"}", nov(16)});
    transaction.idempotency().save(hoor.id, "key:7", "POST reports", "two", {"digest", 201, "/y", "{\"description\":\"Bo\"}", nov(16)});
  });
  hoor.erase(taken.report.id);
  const auto answer = [&](const std::string& key) {
    return read(*hoor.store, [&](Transaction& transaction) { return transaction.idempotency().find(hoor.id, "key:7", "POST reports", key).value().answer; });
  };
  CHECK(answer("one") == "without " + reference);
  CHECK(answer("two") == "{\"description\":\"Bo\"}");
  CHECK(hoor.rows_with("Anna") == 0);
}

TEST_CASE("erasure: a report that waits loses its words, and becomes a case without them") {
  Asked hoor;
  ReportDraft there = tag_at(kCentre), row = hoor.draft("");
  row.place.point = kCentre;
  row.police_reference = "5000-K1-26";
  hoor.report(there, kCitizen);
  const QueueId waiting = hoor.batched(row).waiting;
  REQUIRE(waiting);
  CHECK(hoor.erase(waiting));
  CHECK_FALSE(hoor.erase(waiting));
  CHECK(hoor.rows_with("nna") == 0);
  CHECK(hoor.batched(row).waiting == waiting);  // sent again it stays without
  CHECK(hoor.rows_with("nna") == 0);
  const Confirmation decided = hoor.confirm(waiting);
  CHECK(decided.state == ConfirmationState::opened);
  CHECK(hoor.find(decided.report_id).texts_erased);
  CHECK(hoor.batched(row).taken->added.empty());
  CHECK(hoor.rows_with("nna") == 0);
  CHECK(refusal([&] { hoor.erase(waiting); }).code() == ErrorCode::conflict);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}
