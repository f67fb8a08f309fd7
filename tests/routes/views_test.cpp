#include <doctest/doctest.h>

#include "support/case_story.h"
#include "support/test_service.h"
#include "workflow/casework_actions.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

const std::string kCases = kHoor + "/cases";

/// A hate tag on a private owner's door, with every text that somebody may not see, each a word of its own.
struct Secrets {
  TestService service;
  std::string reference;

  Secrets() {
    json report{{"location", {{"lat", 55.93621}, {"lon", 13.54057}, {"address", "Storgatan 7"}, {"designation", "HÖÖR GUNNARP 4:44"}}},
                {"category", "hate"}, {"surface", "door"}, {"description", "polistext"}, {"police_reference", "5000-K4711-26"},
                {"external_id", "dvnummer"}, {"object_label", "porttelefon"}, {"contact", {{"name", "Anmälare"}, {"email", "anmalare@example.se"}, {"phone", "070-1112223"}}}};
    reference = service.open_case(report);
    const std::string path = kCases + "/" + reference;
    service.put(path + "/details", service.officer, {{"surface", "wall"}, {"note", "tjänsteanteckning"}});
    service.post(path + "/comments", service.police, {{"text", "internkommentar"}, {"visibility", "internal"}});
    service.post(path + "/comments", service.officer, {{"text", "offentligkommentar"}, {"visibility", "public"}});
    service.put(path + "/removal", service.ann, {{"removed_at", "2026-11-16T10:00:00+01:00"}, {"cost_sek", 987654}, {"note", "saneringsnotis"}});
    service.post(path + "/reopen-requests", "", {{"note", "grannens fråga"}});
  }

  /// All that a key is told of the case, by every way there is.
  std::string everything(const std::string& key) {
    std::string all;
    for (const std::string& path : {"/" + reference, "/" + reference + "/events?limit=100", "/" + reference + "/deadline", std::string{""},
                                    std::string{".csv"}, std::string{".ndjson"}, std::string{".geojson"}, "?q=" + reference})
      all += service.get(kCases + path, key).body + "\n";
    if (key == service.police || key == service.officer || key == service.ann || key == service.eon) all += service.get(kHoor + "/changes?limit=500", key).body;
    return all;
  }
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("views: each field is shown to those of the table and to nobody else") {
  Secrets secrets;
  TestService& service = secrets.service;
  struct Row {
    const char* what;
    const char* word;
    bool citizen, owner, police, officer;
  };
  const std::vector<Row> table{
      {"public comments", "offentligkommentar", true, true, true, true},
      {"the exact latitude", "55.93621", false, true, true, true},
      {"the exact longitude", "13.54057", false, true, true, true},
      {"the number of the house", "Storgatan 7", false, true, true, true},
      {"the designation", "GUNNARP", false, true, true, true},
      {"a private owner's name", "Ann Ek", false, true, true, true},
      {"a private owner's id", "\"ann\"", false, true, true, true},
      {"the K-number", "5000-K4711-26", false, true, true, true},
      {"the routing trace", "\"trace\"", false, false, true, true},
      {"internal comments", "internkommentar", false, false, true, true},
      {"notes of officers", "tjänsteanteckning", false, false, true, true},
      {"notes of removals", "saneringsnotis", false, true, true, true},
      {"what people ask", "grannens fråga", false, false, true, true},
      {"the cost", "987654", false, true, true, true},
      {"report text, which no case shows", "polistext", false, false, false, false},
      {"the reporter's name", "Anmälare", false, false, false, false},
      {"the reporter's address", "anmalare@example.se", false, false, false, false},
  };
  const std::string citizen = secrets.everything(""), channel = secrets.everything(service.channel), stranger = secrets.everything(service.eon),
                    owner = secrets.everything(service.ann), police = secrets.everything(service.police), officer = secrets.everything(service.officer);
  for (const Row& row : table) {
    CAPTURE(row.what);
    CHECK(holds(citizen, row.word) == row.citizen);
    CHECK(holds(channel, row.word) == row.citizen);
    CHECK(holds(stranger, row.word) == row.citizen);
    CHECK(holds(owner, row.word) == row.owner);
    CHECK(holds(police, row.word) == row.police);
    CHECK(holds(officer, row.word) == row.officer);
  }
  // Rounded to the street, and said to be.
  const json seen = service.see(secrets.reference);
  CHECK(seen["location"] == json{{"lat", 55.936}, {"lon", 13.541}, {"address", "Storgatan"}, {"designation", nullptr},
                                 {"nearest_address", nullptr}, {"point_derived", false}, {"rounded", true}});
  CHECK(seen["owner"].is_null());
  CHECK(seen["property"].is_null());
  CHECK_FALSE(seen.contains("police_references"));
  CHECK_FALSE(seen["reports"].contains("ids"));
  CHECK(service.see(secrets.reference, service.ann)["owner"]["name"] == "Ann Ek");
  // Nor is the house told when the private owner gives the case back.
  const std::string given_back = service.open_case_at("Storgatan 7");
  CHECK(service.see(given_back)["location"]["rounded"] == true);
  REQUIRE(service.post(kHoor + "/cases/" + given_back + "/rejections", service.ann, {{"reason", "not_ours"}}).status == 201);
  CHECK(service.see(given_back)["owner"].is_null());
  CHECK(service.see(given_back)["location"]["rounded"] == true);
  CHECK(service.get(kHoor + "/cases?q=storgatan%207").json()["_meta"]["total_records"] == 0);
  // Public bodies are named to everybody.
  CHECK(service.see(service.open_case_at("Storgatan 12"))["owner"]["name"] == "Höörs Fastighets AB");
  CHECK(service.see(service.open_case_at("Industrigatan 1"))["owner"].is_null());
}

TEST_CASE("views: which party reported and which removed is told to police and municipality only") {
  TestService service;
  // E.ON reports what is on HFAB's garage, and HFAB washes it.
  const Answer taken = service.post(kHoor + "/reports", service.eon, tag_report());
  REQUIRE(taken.status == 201);
  const std::string path = kCases + "/" + taken.json()["case"]["reference"].get<std::string>();
  REQUIRE(service.put(path + "/removal", service.hfab, {{"removed_at", "2026-11-16T10:00:00+01:00"}}).status == 200);
  const auto told = [&](const std::string& key) {
    std::string all = service.get(path, key).body + service.get(path + "/events", key).body + service.get(kCases + ".ndjson", key).body;
    if (!key.empty() && key != service.channel) all += service.get(kHoor + "/changes", key).body;
    return all;
  };
  for (const std::string& key : {service.police, service.officer}) {
    CHECK(holds(told(key), "\"reporter\":\"owner:eon\""));
    CHECK(holds(told(key), "\"remover\":\"owner:hfab\""));
  }
  for (const std::string& key : {std::string{}, service.channel, service.eon, service.hfab}) {
    CHECK_FALSE(holds(told(key), "\"reporter\""));
    CHECK_FALSE(holds(told(key), "owner:eon"));
    CHECK_FALSE(holds(told(key), "\"remover\""));
    CHECK_FALSE(holds(told(key), "owner:hfab"));
  }
}

TEST_CASE("views: a report's contact is the municipality's alone") {
  Secrets secrets;
  TestService& service = secrets.service;
  const json ids = service.see(secrets.reference, service.officer)["reports"]["ids"];
  REQUIRE(ids.size() == 1);
  const std::string path = kHoor + "/reports/" + ids[0].get<std::string>();
  CHECK(service.get(path, service.officer).json()["contact"]["email"] == "anmalare@example.se");
  const json police = service.get(path, service.police).json();
  CHECK(police["description"] == "polistext");
  CHECK_FALSE(police.contains("contact"));
  CHECK(service.get(path, service.both_police).status == 404);
  for (const std::string& key : {service.ann, service.channel}) CHECK(service.get(path, key).status == 403);
  CHECK(service.get(path).status == 401);
}

TEST_CASE("views: what is hidden is not found by asking for it") {
  Secrets secrets;
  TestService& service = secrets.service;
  const std::vector<std::string> questions{"q=5000-K4711-26", "q=Storgatan%207", "q=storgatan", "q=h%C3%B6%C3%B6r%20gunnarp",
                                           "near=55.93621,13.54057,50", "bbox=13.54,55.936,13.541,55.937", "owner_id=ann",
                                           "q=" + secrets.reference + "&bbox=13.54,55.936,13.541,55.937", "q=" + secrets.reference + "&near=55.93621,13.54057,20",
                                           "state=removed&near=55.93621,13.54057,5000"};
  for (const std::string& question : questions) {
    CAPTURE(question);
    for (const std::string& key : {std::string{}, service.channel, service.eon}) {
      if (key == service.eon && question.starts_with("owner_id")) continue;
      CHECK(service.get(kCases + "?" + question, key).json()["_meta"]["total_records"] == 0);
      CHECK(service.get(kCases + ".ndjson?" + question, key).body.empty());
    }
    CHECK(service.get(kCases + "?" + question, service.officer).json()["_meta"]["total_records"] == 1);
    CHECK(service.get(kCases + "?" + question, service.police).json()["_meta"]["total_records"] == 1);
  }
  CHECK(service.get(kCases + "?q=" + secrets.reference).json()["_meta"]["total_records"] == 1);
  CHECK(service.get(kCases + "?owner_id=ann", service.eon).status == 403);
  CHECK(service.get(kCases + "?q=5000-K4711-26", service.ann).json()["_meta"]["total_records"] == 1);
}

TEST_CASE("views: a case that follows a hidden one does not tell where that was") {
  TestService service;
  const json spot{{"lat", 55.9362}, {"lon", 13.5405}};
  const std::string hate = service.open_case({{"location", spot}, {"category", "hate"}});
  service.put(kCases + "/" + hate + "/removal", service.officer, {{"removed_at", "2026-11-16T10:00:00+01:00"}});
  const std::string tag = service.open_case({{"location", spot}, {"category", "tag"}});
  CHECK(service.see(tag, service.officer)["previous_case"] == hate);
  CHECK(service.see(tag)["previous_case"].is_null());
  CHECK_FALSE(holds(service.get(kCases + "/" + tag + "/events").body, hate));
}

TEST_CASE("views: a case split off a hidden one does not tell where that was, nor that one where this is") {
  TestService service;
  const std::string hate = service.open_case({{"location", {{"lat", 55.9362}, {"lon", 13.5405}}}, {"category", "hate"}});
  const ReferenceCipher& references = service.store->references();
  const CaseRow other = write(*service.store, [&](Transaction& transaction) {
    return split_case(transaction, *transaction.municipalities().find_settings("1267"),
                      {*references.decode_case(hate), {}, kOfficer, service.clock.now(), ""}, {.category = Category::tag}, "");
  });
  const std::string tag = references.encode(other.id);
  const auto told = [&](const std::string& of, const std::string& key) { return service.get(kCases + "/" + of + "/events", key).body; };
  CHECK(holds(told(hate, service.officer), tag));
  CHECK(holds(told(tag, service.officer), hate));
  CHECK_FALSE(holds(told(hate, ""), tag));
  CHECK_FALSE(holds(told(tag, ""), hate));
}

TEST_CASE("views: an owner that lost a case sees that it went, not to whom or why") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12");
  const std::string path = kCases + "/" + reference;
  CHECK(service.put(path + "/assignment", service.officer, {{"owner_id", "ann"}, {"note", "Ann har medgett"}}).status == 200);
  service.put(path + "/details", service.officer, {{"surface", "wall"}, {"note", "efteråt"}});
  const json changes = service.get(kHoor + "/changes", service.hfab).json()["items"];
  REQUIRE(changes.size() == 2);  // assigned at first, and away
  CHECK(changes[1]["type"] == "case_assigned");
  CHECK(changes[1]["data"]["former_owner_id"] == "hfab");
  CHECK_FALSE(changes[1]["data"].contains("owner_id"));
  CHECK_FALSE(holds(changes.dump(), "Ann har medgett"));
  CHECK(service.see(reference, service.hfab)["owner"].is_null());
  CHECK(service.get(kCases, service.hfab).json()["items"].empty());
  CHECK(service.get(kCases, service.ann).json()["items"].size() == 1);
}

TEST_CASE("views: owners' contacts and private owners are not public") {
  TestService service;
  const auto ids = [&](const std::string& key) {
    std::string all;
    for (const json& owner : service.get(kHoor + "/owners", key).items()) all += owner["owner_id"].get<std::string>() + " ";
    return all;
  };
  CHECK(ids("") == "hfab ");
  CHECK(ids(service.channel) == "hfab ");
  CHECK(ids(service.police) == "ann eon hfab ");
  CHECK(ids(service.officer) == "ann eon hfab ");
  CHECK(ids(service.eon) == "eon hfab ");
  CHECK(service.get(kHoor + "/owners/ann").status == 404);
  CHECK(service.get(kHoor + "/owners/ann", service.hfab).status == 404);
  CHECK_FALSE(service.get(kHoor + "/owners/ann", service.police).json().contains("email"));
  CHECK(service.get(kHoor + "/owners/ann", service.ann).json()["email"] == "ann@example.se");
  CHECK_FALSE(holds(service.get(kHoor + "/owners/hfab").body, "@"));
}
