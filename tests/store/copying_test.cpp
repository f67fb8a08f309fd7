#include "store/copying.h"

#include <doctest/doctest.h>

#include "domain/link.h"
#include "domain/notice.h"
#include "domain/session.h"
#include "domain/user.h"
#include "domain/webhook.h"
#include "store/photo_store.h"
#include "support/postgres_cluster.h"
#include "support/process.h"
#include "support/refusal.h"
#include "support/town.h"
#include "workflow/casework_actions.h"
#include "workflow/confirmation.h"
#include "workflow/land_register.h"
#include "workflow/photos.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

/// The bytes of a photo, zeros and all.
const std::string kPicture{"\xFF\xD8\xFF\0\\x41'\n", 9};

/// A register of properties, a place that an officer has taught it, and an address that it does not know.
void own_land(Town& town) {
  const Point at = kCentre;
  const std::vector<Polygon> square{{{{at.lat, at.lon}, {at.lat, at.lon + 0.01}, {at.lat + 0.01, at.lon + 0.01}, {at.lat + 0.01, at.lon}, {at.lat, at.lon}}, {}}};
  town.act([&](Transaction& transaction, const Settings& used) {
    Property property;
    property.designation = "Kvarnbäck 7:1";
    property.owner_id = "hfab";
    property.addresses = {"Åvägen 1"};
    property.shape.polygons = square;
    save_property(transaction, used, property);
    PlacedObject cabinet;
    cabinet.type = ObjectType::power_cabinet;
    cabinet.owner_id = "eon";
    cabinet.shape.points = {at};
    save_object(transaction, used, cabinet);
    save_address(transaction, used, {"Åvägen 1", at, "Kvarnbäck 7:1", false});
    save_district(transaction, used, {"norr", "Norr", {{}, {}, square}, "hfab", {{ObjectType::rail, "eon"}}, 1});
    return transaction.cases().find(CaseId{1, 1}).value();
  });
  const CaseId taught = town.report(tag_at("Okänd väg 9")).row.id;
  town.assign(taught, "hfab");
  town.act([&](Transaction& transaction, const Settings& used) {
    CaseAction action = town.action(taught);
    action.actor = kHfab;
    return reject_case(transaction, used, action, "not_ours", "eon");
  });
  town.assign(taught, "eon");
}

/// A second work of the same reports, a report that waits for an officer, and one that waited.
void split_and_wait(Town& town, CaseId id) {
  town.act([&](Transaction& transaction, const Settings& used) { return split_case(transaction, used, town.action(id), {}, "hfab"); });
  for (const char* words : {"först", "sedan"}) {
    ReportDraft near = tag_at(Point{kCentre.lat + 0.0001, kCentre.lon});
    near.description = words;
    QueueId waits;
    town.store->write([&](Transaction& transaction) {
      const auto used = transaction.municipalities().settings(town.id);
      waits = take_batched_report(transaction, *used, near, kPolice, town.clock.now()).waiting;
      if (near.description == "sedan") decide_confirmation(transaction, *used, waits, {id, ""}, kOfficer, town.clock.now());
    });
    REQUIRE(waits);
  }
}

/// A user, a webhook, a link, a calendar, and a mail and a notice on their way: what telling people leaves.
void tell_people(Town& town, CaseId id) {
  const Instant now = town.clock.now();
  town.store->write([&](Transaction& transaction) {
    transaction.users().add({.email = "anna.ek@hoor.example.se", .name = "Anna Ek", .scopes = {{.municipality = 1}}, .created_at = now});
    transaction.sessions().add(Session{"session", 1, now, now});
    SignInRequest request;
    request.window_digest = "window";
    request.asked_at = now;
    transaction.sessions().add(request);
    transaction.users().save_address(1, {.address_digest = "reporter", .first_mail_at = now});
    transaction.users().add_token(1, "token", "reporter", now);
    transaction.users().note_told_ahead({.case_id = id, .due_at = now, .warning = 0, .ref = "hfab"}, 1);
    transaction.webhooks().add({.id = transaction.next_webhook_id(1), .url = "https://drift.example.se/", .secret = "whsec_", .created_at = now});
    transaction.links().add({transaction.next_link_id(1), "link", id, "eon", now, "", now, now, {}});
    transaction.links().set_external_reference(id, "eon", "AO-1");
    transaction.links().set_feed(1, "eon", "feed", now);

    NoticeTable& notices = transaction.notices();
    notices.pass_over_history(1);
    Message message;
    message.id = transaction.next_message_id(1);
    message.destination = notices.destination(1, Destination::Kind::owner, "eon");
    message.created_at = message.next_at = now;
    notices.add(message);
    KeptMail mail;
    mail.mail.subject = "Klotter på Åvägen 1";
    notices.keep_mail(message.id, mail);
    QueuedNotice notice;
    notice.id = transaction.next_notice_id(1);
    notice.destination = message.destination;
    notice.case_id = id;
    notice.created_at = notice.leaves_at = now;
    notices.add(notice);
  });
}

/// A town in which everything has happened that leaves rows.
void live(Town& town) {
  town.add_neighbour();
  for (int i = 0; i < 30; ++i) town.report(tag_at("Storgatan " + std::to_string(i)));
  ReportDraft told = tag_at(kCentre);
  told.description = "Åsa \"Snöret\" O'Brien \xF0\x9F\x8E\xA8\n\t\\";
  told.contact.email = "asa@example.se";
  told.police_reference = "5000-K123456-26";
  told.external_id = "yttre id";
  const CaseId id = town.report(told).row.id;
  town.assign(id, "eon");
  town.hold(id, nov(25));
  town.remove(town.report().row.id);
  town.reopen(town.remove(town.report(tag_at("Storgatan 99")).row.id).id);
  town.dismiss(town.report(tag_at("Skolgatan 1")).row.id);
  town.clock.set(nov(24));
  town.sweep();
  const CaseId linked = town.report(tag_at("Storgatan 50")).row.id;
  town.act([&](Transaction& transaction, const Settings& used) {
    return add_police_reference_to_case(transaction, used, town.action(linked), "5000-K9-26");
  });
  CaseAction comment = town.action(id);
  comment.note = "en anteckning";
  town.act([&](Transaction& transaction, const Settings& used) { return comment_on_case(transaction, used, comment, Visibility::internal); });
  Photo photo;
  PhotoStore::Bytes bytes;
  const std::string picture = kPicture;
  for (std::string& one : photo.digests) bytes.emplace_back(one = digest(picture), picture);
  open_photo_store(town.store.url())->put(1, bytes, nov(16), [&] {
    town.store->write([&](Transaction& transaction) {
      photo.id = transaction.next_photo_id(1);
      photo.created_at = town.clock.now();
      transaction.photos().add(photo);
    });
  });
  ReportDraft pictured = tag_at("Storgatan 60");
  pictured.photos = {photo.id};
  town.report(pictured);
  own_land(town);
  split_and_wait(town, id);
  tell_people(town, id);
  town.store->write([&](Transaction& transaction) {
    transaction.idempotency().save(1, "key:7", "POST reports", "k1", {"digest", 201, "/x", "{}", nov(16)});
    transaction.keys().add({.key_digest = "digest", .role = Role::police, .name = "Polisen", .scopes = {{1, ""}}, .created_at = nov(1)});
  });
}

struct EmptyDatabase {
  ~EmptyDatabase() { PostgresCluster::shared().drop_database(name); }
  std::string url() const { return PostgresCluster::shared().url(name); }
  std::string name = PostgresCluster::shared().create_database(false);
};

}  // namespace

TEST_CASE("copy: a whole installation moves to PostgreSQL and back without losing a row, a name or a figure") {
  Town town;
  live(town);
  const EmptyDatabase target;
  RandomIdSource ids;
  const Copied copied = copy_installation(town.store.url(), target.url(), ids, nov(30));
  CHECK(copied.total() > 200);
  for (const auto& [table, rows] : copied.rows) {
    CAPTURE(table);
    CHECK(rows > 0);  // the town has lived in every table
    CHECK(rows == town.store.ask("SELECT COUNT(*) FROM " + table));
  }
  const auto moved = open_store({.url = target.url()});
  CHECK(moved->references().encode(CaseId{1, 1}) == town.store->references().encode(CaseId{1, 1}));
  CHECK(verify(*moved, false).difference_count == 0);
  const auto everything = [&](Store& store) {
    return read(store, [&](Transaction& transaction) {
      CaseQuery query;
      query.page.limit = 1000;
      std::string texts;
      for (const Report& report : transaction.reports().list(1, {.page = query.page}).items) texts += report.description + report.contact.email;
      return std::tuple{transaction.cases().list(1, query).items, transaction.tallies().all(1), transaction.municipalities().list(), texts};
    });
  };
  CHECK((everything(*moved) == everything(*town.store)));

  CHECK(copied.photos.files == 1);  // the renditions are the same here
  CHECK(copied.photos.missing == 0);
  CHECK(open_photo_store(target.url())->get(1, digest(kPicture)) == kPicture);

  // Numbers go on where they were, and the change feed goes on with the cursor that a client holds.
  std::vector<std::int64_t> cursor;
  town.store->read([&](Transaction& transaction) {
    while (!transaction.events().after(1, cursor, 100).empty()) {
    }
  });
  moved->write([&](Transaction& transaction) {
    take_report(transaction, *transaction.municipalities().settings(1), tag_at(), kPolice, nov(30));
  });
  CHECK(read(*moved, [&](Transaction& transaction) { return transaction.events().after(1, cursor, 100).size(); }) == 2);

  const TemporaryFolder folder;
  const std::string back = "sqlite:" + folder.file("back.db");
  const Copied again = copy_installation(target.url(), back, ids, nov(30));
  CHECK(again.total() > copied.total());
  const auto returned = open_store({.url = back});
  CHECK((everything(*returned) == everything(*moved)));
  CHECK(open_photo_store(back)->get(1, digest(kPicture)) == kPicture);
  CHECK(verify(*returned, false).difference_count == 0);
}

TEST_CASE("copy: a photo whose bytes are missing is counted, and the rest is copied") {
  Town town;
  live(town);
  open_photo_store(town.store.url())->remove_unless(1, {digest(kPicture)}, [](const std::string&) { return false; });
  const EmptyDatabase target;
  RandomIdSource ids;
  const Copied copied = copy_installation(town.store.url(), target.url(), ids, nov(30));
  CHECK(copied.photos.files == 0);
  CHECK(copied.photos.missing == 1);
  CHECK(copied.total() > 200);
}

TEST_CASE("copy: a target that holds anything is refused and left as it is") {
  Town town, other;
  town.report();
  const auto before = other.store.ask("SELECT COUNT(*) FROM owners");
  RandomIdSource ids;
  const Error error = refusal([&] { copy_installation(town.store.url(), other.store.url(), ids, nov(30)); });
  CHECK(error.code() == ErrorCode::refused);
  CHECK(std::string{error.what()}.find("holds data already (municipalities)") != std::string::npos);
  CHECK(other.store.ask("SELECT COUNT(*) FROM owners") == before);
  CHECK(refusal([&] { copy_installation(town.store.url(), town.store.url(), ids, nov(30)); }).code() == ErrorCode::refused);
  CHECK_NOTHROW(other.store.restart());
}

TEST_CASE("copy: what fails half-way leaves an empty target, into which it can be tried again") {
  Town town;
  live(town);
  const EmptyDatabase target;
  RandomIdSource ids;
  migrate(target.url(), ids, nov(1));
  PostgresCluster::shared().run("ALTER TABLE events ADD CONSTRAINT in_the_way CHECK (type <> 'comment_added')", target.name);
  CHECK_THROWS(copy_installation(town.store.url(), target.url(), ids, nov(30)));
  PostgresCluster::shared().run("ALTER TABLE events DROP CONSTRAINT in_the_way", target.name);
  CHECK(copy_installation(town.store.url(), target.url(), ids, nov(30)).total() > 200);
}

TEST_CASE("command: copy tells what it copied, and in one sentence why not") {
  Town town;
  town.report();
  const EmptyDatabase target;
  const Ran ran = run_command({"copy", "--from", town.store.url(), "--to", target.url()});
  CHECK_MESSAGE(ran.status == 0, ran.err);
  CHECK(ran.out.find("cases: 1\n") != std::string::npos);
  CHECK(ran.last_line().find("counts and statistics agree on both sides.") != std::string::npos);
  CHECK(run_command({"verify", "--database", target.url()}).status == 0);
  const Ran again = run_command({"copy", "--from", town.store.url(), "--to", target.url()});
  CHECK(again.status == 2);
  CHECK(again.err.find("The target holds data already") != std::string::npos);
  CHECK(run_command({"copy", "--from", town.store.url()}).status == 2);
}
