#include <doctest/doctest.h>

#include "support/test_service.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

const std::string kCases = kHoor + "/cases/";
const json kRemoved{{"removed_at", "2026-11-16T10:00:00+01:00"}, {"method", "washed"}};

/// Everything that can be done to a case, as a municipality or its owner does it.
struct Act {
  const char* name;
  const char* method;
  const char* noun;
  json body;
  bool by_owner = false;
};
const std::vector<Act> kActs{
    {"assign", "PUT", "/assignment", {{"owner_id", "eon"}}},
    {"unassign", "DELETE", "/assignment", {}},
    {"reject", "POST", "/rejections", {{"reason", "not_ours"}}, true},
    {"change_details", "PUT", "/details", {{"surface", "wall"}, {"note", "Det är en vägg"}}},
    {"add_police_reference", "POST", "/police-references", {{"police_reference", "5000-K9-26"}}},
    {"record_removal", "PUT", "/removal", kRemoved},
    {"reopen", "DELETE", "/removal", {}},
    {"request_reopening", "POST", "/reopen-requests", {{"note", "Syns fortfarande"}}},
    {"dismiss", "PUT", "/dismissal", {{"reason", "not_found"}}},
    {"undo_dismissal", "DELETE", "/dismissal", {}},
    {"give_up", "PUT", "/non-removal", {{"reason", "not_possible"}}},
    {"undo_giving_up", "DELETE", "/non-removal", {}},
    {"comment", "POST", "/comments", {{"text", "Stege behövs"}}},
};

struct Town {
  TestService service;

  Answer act(const std::string& reference, const Act& what, const Headers& headers = {}) {
    const std::string& key = what.by_owner ? service.hfab : service.officer;
    return service.send(what.method, kCases + reference + what.noun, key, what.body.dump(), headers);
  }
  Answer act(const std::string& reference, const std::string& name, const Headers& headers = {}) {
    return act(reference, *std::ranges::find_if(kActs, [&](const Act& one) { return one.name == name; }), headers);
  }
  /// A fresh case of HFAB's in a state.
  std::string case_in(const std::string& state) {
    const std::string reference = service.open_case_at("Storgatan 12");
    if (state == "unassigned") act(reference, "unassign");
    if (state == "removed") act(reference, "record_removal");
    if (state == "dismissed") act(reference, "dismiss");
    if (state == "not_removed") act(reference, "give_up");
    REQUIRE(service.see(reference)["state"] == state);
    return reference;
  }
};

}  // namespace

TEST_CASE("actions: the table of states holds over HTTP, and a refusal says what is possible") {
  Town town;
  const std::map<std::string, std::pair<std::string, std::map<std::string, std::string>>> table{
      {"assigned", {"the owner has it", {{"assign", "assigned"}, {"unassign", "unassigned"}, {"reject", "unassigned"}, {"change_details", "assigned"},
                     {"add_police_reference", "assigned"}, {"record_removal", "removed"}, {"dismiss", "dismissed"}, {"give_up", "not_removed"}, {"comment", "assigned"}}}},
      {"unassigned", {"nobody has it", {{"assign", "assigned"}, {"change_details", "unassigned"}, {"add_police_reference", "unassigned"},
                       {"record_removal", "removed"}, {"dismiss", "dismissed"}, {"give_up", "not_removed"}, {"comment", "unassigned"}}}},
      {"removed", {"gone", {{"record_removal", "removed"}, {"reopen", "assigned"}, {"request_reopening", "removed"}, {"comment", "removed"}}}},
      {"dismissed", {"no case", {{"dismiss", "dismissed"}, {"undo_dismissal", "assigned"}, {"comment", "dismissed"}}}},
      {"not_removed", {"given up", {{"give_up", "not_removed"}, {"undo_giving_up", "assigned"}, {"comment", "not_removed"}}}},
  };
  for (const auto& [state, row] : table) {
    for (const Act& what : kActs) {
      CAPTURE(state);
      CAPTURE(what.name);
      const std::string reference = town.case_in(state);
      const std::int64_t before = town.service.events();
      const Answer answer = town.act(reference, what);
      if (const auto to = row.second.find(what.name); to != row.second.end()) {
        CHECK(answer.status == (std::string{what.method} == "POST" ? 201 : 200));
        CHECK(answer.json()["state"] == to->second);
        CHECK(town.service.see(reference)["state"] == to->second);
      } else {
        // An owner that does not have the case is told so first.
        CHECK(answer.status == (state == "unassigned" && what.by_owner ? 403 : 409));
        if (answer.status == 409) {
          CHECK(answer.detail().find("The case is " + state) == 0);
          CHECK(answer.detail().find("possible now: ") != std::string::npos);
        }
        CHECK(town.service.events() == before);
        CHECK(town.service.see(reference)["state"] == state);
      }
    }
  }
}

TEST_CASE("actions: a PUT that is repeated is 200 and no event") {
  Town town;
  for (const char* name : {"assign", "change_details", "record_removal", "dismiss", "give_up"}) {
    CAPTURE(name);
    const std::string reference = town.case_in("assigned");
    const Answer first = town.act(reference, name);
    CHECK(first.status == 200);
    const std::int64_t before = town.service.events();
    const Answer again = town.act(reference, name);
    CHECK(again.status == 200);
    CHECK(again.json() == first.json());
    CHECK(again.header("etag") == first.header("etag"));
    CHECK(town.service.events() == before);
  }
  // A K-number that is there already is no event either.
  const std::string reference = town.case_in("assigned");
  town.act(reference, "add_police_reference");
  const std::int64_t before = town.service.events();
  CHECK(town.act(reference, "add_police_reference").status == 201);
  CHECK(town.service.events() == before);
}

TEST_CASE("actions: what changes a case changes its tag for those who see the change") {
  Town town;
  for (const char* name : {"assign", "unassign", "change_details", "add_police_reference", "record_removal", "dismiss", "give_up"}) {
    CAPTURE(name);
    const std::string reference = town.case_in("assigned");
    const Answer before = town.service.get(kCases + reference, town.service.officer);
    town.act(reference, name);
    const Answer after = town.service.get(kCases + reference, town.service.officer);
    CHECK(after.body != before.body);
    CHECK(after.header("etag") != before.header("etag"));
  }
}

TEST_CASE("actions: If-Match is optional on a case, and stale when another came first") {
  Town town;
  for (const Act& what : kActs) {
    CAPTURE(what.name);
    const std::string state = what.name == std::string{"reopen"} || what.name == std::string{"request_reopening"} ? "removed"
                              : what.name == std::string{"undo_dismissal"}                                        ? "dismissed"
                              : what.name == std::string{"undo_giving_up"}                                        ? "not_removed"
                                                                                                                  : "assigned";
    const std::string reference = town.case_in(state);
    const std::string seen = town.service.get(kCases + reference, town.service.officer).header("etag");
    const std::int64_t version = town.service.see(reference)["version"];
    const std::int64_t before = town.service.events();
    CHECK(town.act(reference, what, {{"If-Match", "\"" + std::to_string(version + 1) + "\""}}).status == 412);
    CHECK(town.act(reference, what, {{"If-Match", "\"" + std::to_string(version - 1) + ".municipality.on_track.3\""}}).status == 412);
    CHECK(town.act(reference, what, {{"If-Match", "7"}}).status == 400);
    CHECK(town.service.events() == before);
    // The tag that anyone saw does: only its version counts.
    CHECK(town.act(reference, what, {{"If-Match", seen}}).status < 300);
  }
}

TEST_CASE("actions: a removal's date is checked, and the sentence says what would be right") {
  Town town;
  const std::string reference = town.case_in("assigned");
  const auto refuse = [&](const json& body, int status, const char* part) {
    const Answer answer = town.service.put(kCases + reference + "/removal", town.service.hfab, body);
    CAPTURE(answer.body);
    CHECK(answer.status == status);
    CHECK(answer.fault("/removed_at").find(part) != std::string::npos);
  };
  refuse({{"removed_at", "2026-11-16T10:00:01+01:00"}}, 422, "future");
  refuse({{"removed_at", "2026-08-16T10:00:00+02:00"}}, 422, "30 days before");
  refuse({{"removed_at", "2026-11-16T10:00:00"}}, 400, "+01:00");
  refuse({{"removed_at", "16/11 2026"}}, 400, "2026-11-20T21:10:00+01:00");
  refuse({{"method", "washed"}}, 400, "removed_at");
  refuse({{"removed_at", ""}}, 400, "removed_at");
  CHECK(town.service.put(kCases + reference + "/removal", town.service.hfab, {{"removed_at", "2026-11-16T10:00:00+01:00"}, {"evidence", "x"}}).status == 403);
  CHECK(town.service.put(kCases + reference + "/removal", town.service.hfab, {{"removed_at", "2026-11-16T10:00:00+01:00"}, {"photo_ids", {"PH7K2M9QX4"}}}).status == 422);
  CHECK(town.service.see(reference)["state"] == "assigned");
  // Gone before the report: up to 30 days is believed.
  CHECK(town.service.put(kCases + reference + "/removal", town.service.hfab, {{"removed_at", "2026-10-18T10:00:00+01:00"}}).status == 200);
}

TEST_CASE("actions: an owner corrects and withdraws its removal for a day, the municipality later too") {
  Town town;
  TestService& service = town.service;
  const std::string path = kCases + town.case_in("assigned") + "/removal";
  CHECK(service.put(path, service.hfab, kRemoved).status == 200);
  service.clock.pass(std::chrono::hours{24});
  json corrected = kRemoved;
  corrected["cost_sek"] = 1450;
  CHECK(service.put(path, service.hfab, corrected).json()["removal"]["cost_sek"] == 1450);
  CHECK(service.erase(path, service.hfab).json()["state"] == "assigned");
  CHECK(service.put(path, service.hfab, kRemoved).status == 200);
  service.clock.pass(std::chrono::hours{24} + std::chrono::seconds{1});
  CHECK(service.put(path, service.hfab, corrected).status == 403);
  CHECK(service.erase(path, service.hfab).status == 403);
  CHECK(service.put(path, service.officer, corrected).status == 200);
  CHECK(service.erase(path, service.officer).json()["state"] == "assigned");
}

TEST_CASE("actions: anyone may ask for reopening within 14 days, with or without a body") {
  Town town;
  TestService& service = town.service;
  const std::string path = kCases + town.case_in("removed") + "/reopen-requests";
  const Answer asked = service.send("POST", path, "", "", {}, "");
  CHECK(asked.status == 201);
  CHECK(service.post(path, service.police, {{"note", "Skuggan syns"}}).status == 201);
  CHECK(service.events("reopen_requested") == 2);
  service.clock.pass(std::chrono::hours{24 * 14});
  CHECK(service.post(path, "", json::object()).status == 201);
  service.clock.pass(std::chrono::seconds{1});
  CHECK(service.post(path, "", json::object()).status == 422);
}

TEST_CASE("actions: a case offers exactly what would be taken") {
  Town town;
  for (const char* state : {"assigned", "unassigned", "removed", "dismissed", "not_removed"}) {
    CAPTURE(state);
    const std::string reference = town.case_in(state);
    const json offered = town.service.see(reference, town.service.officer)["_links"];
    for (const Act& what : kActs) {
      if (what.by_owner || std::string{what.name} == "comment") continue;
      CAPTURE(what.name);
      const std::string fresh = town.case_in(state);
      // A PUT that says what is so already is taken and not offered.
      const std::int64_t before = town.service.events();
      const bool taken = town.act(fresh, what).status < 300 && town.service.events() > before;
      const bool listed = offered.contains(what.name) || (std::string{what.name} == "record_removal" && offered.contains("correct_removal"));
      if (std::string{what.name} != "record_removal" || state != std::string{"removed"}) CHECK(listed == taken);
    }
  }
}

TEST_CASE("actions: a new place is routed anew, an unknown owner refused") {
  Town town;
  TestService& service = town.service;
  const std::string reference = town.case_in("assigned");
  const json moved = service.put(kCases + reference + "/details", service.officer, {{"location", {{"address", "Industrigatan 4"}}}, {"note", "Fel gata"}}).json();
  CHECK(moved["owner"]["id"] == "eon");
  CHECK(moved["location"]["address"] == "Industrigatan 4");
  CHECK(moved["due_at"] == "2026-11-19T22:59:59Z");
  CHECK(service.put(kCases + reference + "/assignment", service.officer, {{"owner_id", "nobody"}}).fault("/owner_id") != "");
  CHECK(service.put(kCases + reference + "/details", service.officer, {{"location", {{"lat", 13.5}, {"lon", 55.9}}}, {"note", "x"}}).status == 422);
  CHECK(service.put(kCases + reference + "/details", service.officer, {{"surface", "wall"}}).status == 400);
}

TEST_CASE("actions: a POST with an Idempotency-Key comments once") {
  Town town;
  TestService& service = town.service;
  const std::string path = kCases + town.case_in("assigned") + "/comments";
  const Headers once{{"Idempotency-Key", "comment-000000000001"}};
  const Answer first = service.post(path, service.police, {{"text", "Polisen har varit där"}}, once);
  CHECK(first.status == 201);
  CHECK(service.post(path, service.police, {{"text", "Polisen har varit där"}}, once).body == first.body);
  CHECK(service.events("comment_added") == 1);
  // However the reference is spelled, it is the same request.
  std::string spelled = path;
  std::erase(spelled, '-');
  CHECK(service.post(spelled, service.police, {{"text", "Polisen har varit där"}}, once).body == first.body);
  CHECK(service.events("comment_added") == 1);
  const std::string other = kCases + town.case_in("unassigned") + "/comments";
  CHECK(service.post(other, service.police, {{"text", "Polisen har varit där"}}, once).status == 201);
  CHECK(service.events("comment_added") == 2);
  CHECK(service.post(path, service.hfab, {{"text", "x"}, {"visibility", "internal"}}).status == 422);
  CHECK(service.post(path, service.police, {{"text", ""}}).status == 400);
}
