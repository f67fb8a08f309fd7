#include <doctest/doctest.h>

#include "domain/notice.h"
#include "support/test_service.h"
#include "workflow/telling.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

const std::string kNotices = kHoor + "/notices";

/// A message to HFAB of a case, in the state that a test wants.
struct Kept {
  explicit Kept(TestService& used) : service(used), references(service.store->references()) {}

  std::string add(const std::string& reference, MessageState state, const std::string& detail = "It answered 550") {
    MessageId id;
    service.store->write([&](Transaction& transaction) {
      const MunicipalityId hoor = transaction.municipalities().find_id("1267").value();
      Message message;
      message.id = id = transaction.next_message_id(hoor);
      message.destination = transaction.notices().destination(hoor, Destination::Kind::owner, "hfab");
      message.position = transaction.notices().next_position(message.destination);
      message.type = "event";
      message.state = state;
      message.created_at = message.next_at = service.clock.now();
      if (state != MessageState::waiting) {
        message.attempts = 3;
        message.status = 550;
        message.detail = detail;
        message.first_tried_at = message.done_at = service.clock.now();
      }
      transaction.notices().add(message);
      QueuedNotice notice;
      notice.id = transaction.next_notice_id(hoor);
      notice.destination = message.destination;
      notice.message = message.id;
      notice.case_id = references.decode_case(reference).value();
      notice.created_at = notice.leaves_at = service.clock.now();
      transaction.notices().add(notice);
    });
    return references.encode(id);
  }

  TestService& service;
  const ReferenceCipher& references;
};

}  // namespace

TEST_CASE("notices: an officer sees what was parked, to whom and why, and sends it again, once") {
  TestService service;
  Kept kept{service};
  const std::string reference = service.open_case_at("Storgatan 12");
  const std::string id = kept.add(reference, MessageState::parked);
  kept.add(reference, MessageState::sent);
  const json items = service.get(kNotices, service.officer).items();
  REQUIRE(items.size() == 1);
  CHECK(items[0]["id"] == id);
  CHECK(items[0]["state"] == "parked");
  CHECK(items[0]["to"] == json{{"kind", "owner"}, {"name", "Höörs Fastighets AB"}});
  CHECK(items[0]["cases"] == json{reference});
  CHECK(items[0]["attempts"] == 3);
  CHECK(items[0]["status"] == 550);
  CHECK(items[0]["detail"] == "It answered 550");
  CHECK(items[0]["_links"].contains("send_again"));
  CHECK(service.get(kNotices + "/" + id, service.officer).json() == items[0]);
  service.clock.pass(hours{1});
  const Answer again = service.send("POST", kNotices + "/" + id + "/attempts", service.officer);
  CHECK(again.status == 202);
  CHECK(again.json()["state"] == "waiting");
  CHECK(again.json()["next_at"] == format_instant(service.clock.now()));
  CHECK(service.send("POST", kNotices + "/" + id + "/attempts", service.officer).status == 200);
  CHECK(service.get(kNotices, service.officer).items().empty());
  CHECK(service.get(kNotices + "?state=waiting", service.officer).items().size() == 1);
}

TEST_CASE("notices: what was accepted or is for nobody is not sent again, and another municipality's is not there") {
  TestService service;
  Kept kept{service};
  const std::string reference = service.open_case_at("Storgatan 12");
  const std::string sent = kept.add(reference, MessageState::sent), dropped = kept.add(reference, MessageState::dropped);
  const std::string parked = kept.add(reference, MessageState::parked);
  CHECK(service.send("POST", kNotices + "/" + sent + "/attempts", service.officer).status == 409);
  CHECK(service.send("POST", kNotices + "/" + dropped + "/attempts", service.officer).status == 409);
  CHECK(service.send("POST", kHorby + "/notices/" + parked + "/attempts", service.horby_officer).status == 404);
  CHECK(service.get(kHorby + "/notices/" + parked, service.horby_officer).status == 404);
  CHECK(service.get(kHorby + "/notices", service.horby_officer).items().empty());
  CHECK(service.get(kNotices + "/" + parked, service.hfab).status == 403);
  CHECK(service.get(kNotices + "/nothing", service.officer).status == 404);
  CHECK(service.get(kNotices + "?state=sent", service.officer).status == 400);
  CHECK(service.get(kNotices + "?state=dropped", service.officer).items().size() == 1);
}

TEST_CASE("notices: metrics tell what waits and since when") {
  TestService service;
  Kept kept{service};
  const std::string reference = service.open_case_at("Storgatan 12");
  kept.add(reference, MessageState::waiting);
  kept.add(reference, MessageState::parked);
  service.clock.pass(seconds{90});
  kept.add(reference, MessageState::waiting);
  const std::string metrics = service.get("/metrics").body;
  for (const char* line : {"klotterkoll_waiting_messages 2\n", "klotterkoll_parked_messages 1\n", "klotterkoll_oldest_waiting_seconds 90\n"})
    CHECK_MESSAGE(metrics.find(line) != metrics.npos, metrics);
}

TEST_CASE("notices: a municipality names the mailbox that answers go to, and takes it away") {
  TestService service;
  const auto patch = [&](const json& change) { return service.send("PATCH", kHoor, service.admin, change.dump()); };
  CHECK(service.get(kHoor).json()["notice_reply_to"].is_null());
  CHECK(patch({{"notice_reply_to", "gata@hoor.se"}}).json()["notice_reply_to"] == "gata@hoor.se");
  CHECK(patch({{"name", "Höör"}}).json()["notice_reply_to"] == "gata@hoor.se");
  CHECK(patch({{"notice_reply_to", "no address"}}).fault("/notice_reply_to") != "");
  CHECK(patch({{"notice_reply_to", "a@b.se\r\nBcc: c@d.se"}}).status >= 400);
  CHECK(service.get(kHoor).json()["notice_reply_to"] == "gata@hoor.se");
  CHECK(patch({{"notice_reply_to", nullptr}}).json()["notice_reply_to"].is_null());
}
