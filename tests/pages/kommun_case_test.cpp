#include <doctest/doctest.h>

#include "support/desk.h"
#include "support/pictures.h"
#include "workflow/casework_actions.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;
using std::chrono::days;
using std::chrono::hours;

namespace {

/// The history as officers see it, without what differs from case to case.
json history(Desk& desk, const std::string& reference) {
  json told = json::array();
  for (json event : desk.service.get(kHoor + "/cases/" + reference + "/events?limit=500", desk.service.officer).items()) {
    for (const char* name : {"report", "hold", "target", "from", "photo", "previous_case"}) event["data"].erase(name);
    told.push_back({{"type", event["type"]}, {"data", event["data"]}, {"note", event["note"]}, {"visibility", event["visibility"]}, {"role", event["by"]["role"]}});
  }
  return told;
}
/// What the API shows of the case, without the same.
json standing(Desk& desk, const std::string& reference) {
  json seen = desk.service.see(reference, desk.service.officer);
  json told;
  for (const char* name : {"state", "clock", "category", "category_confirmed", "surface", "object_type", "owner", "due_at", "told_at", "removed_at", "removal", "decision",
                           "external_reference", "police_references"})
    told[name] = seen[name];
  told["holds"] = json::array();
  for (const json& hold : seen["holds"]) told["holds"].push_back({{"status", hold["status"]}, {"until", hold["until"]}, {"ended_at", hold["ended_at"]}, {"reason", hold["reason"]}});
  told["address"] = seen["location"]["address"];
  return told;
}

std::string case_path(const std::string& reference) { return kHoor + "/cases/" + reference; }

/// One action by the page, and what is the same by the API.
struct Same {
  const char* slug;
  Desk::Fields fields;
  const char* method;
  const char* noun;
  json body;
};

void ask_for_pause(Desk& desk, const std::string& reference) {
  REQUIRE(desk.service.post(case_path(reference) + "/holds", desk.service.hfab, {{"reason", "weather"}, {"until", "2026-11-20T00:00:00+01:00"}}).status == 201);
}
std::string hold_id(Desk& desk, const std::string& reference) { return desk.service.see(reference, desk.service.officer)["holds"][0]["id"]; }

}  // namespace

TEST_CASE("kommun case page: each action gives the history and the state that the API gives") {
  Desk desk;
  const Desk::Fields none;
  const std::vector<std::vector<Same>> stories{
      {{"fordela", {{"owner_id", "eon"}, {"note", "Enligt skylten"}}, "PUT", "assignment", {{"owner_id", "eon"}, {"note", "Enligt skylten"}}},
       {"ta-tillbaka", none, "DELETE", "assignment", {}},
       {"fordela", {{"owner_id", "hfab"}}, "PUT", "assignment", {{"owner_id", "hfab"}}},
       {"underrattad", {{"channel", "call"}, {"told_on", "2026-11-16"}, {"told_time", "10:00"}, {"note", "Ringde"}}, "POST", "tellings",
        {{"channel", "call"}, {"told_at", "2026-11-16T10:00:00+01:00"}, {"note", "Ringde"}}},
       {"agarens-nummer", {{"external_reference", "AO-17"}}, "PUT", "external-reference", {{"external_reference", "AO-17"}}},
       {"uppgifter", {{"category", "hate"}, {"surface", "wall"}, {"object_type", "building"}, {"address", "Storgatan 12"}, {"note", "Tittade på plats"}}, "PUT", "details",
        {{"category", "hate"}, {"surface", "wall"}, {"object_type", "building"}, {"note", "Tittade på plats"}}},
       {"diarienummer", {{"number", "5000 k77-26"}}, "POST", "police-references", {{"police_reference", "5000-K77-26"}}},
       {"kommentar", {{"text", "Stegen behövs"}, {"visibility", "internal"}}, "POST", "comments", {{"text", "Stegen behövs"}, {"visibility", "internal"}}},
       {"kommentar", {{"text", "Vi kommer i morgon"}, {"visibility", "public"}}, "POST", "comments", {{"text", "Vi kommer i morgon"}, {"visibility", "public"}}},
       {"paus", {{"reason", "lift"}, {"until", "2026-11-18"}, {"note", "Lift bokad"}}, "POST", "holds", {{"reason", "lift"}, {"until", "2026-11-19T00:00:00+01:00"}, {"note", "Lift bokad"}}},
       {"borttaget", {{"removed_on", "2026-11-16"}, {"removed_time", "09:30"}, {"method", "washed"}, {"cost_sek", "1 450 kr"}, {"note", "Hetvatten"}}, "PUT", "removal",
        {{"removed_at", "2026-11-16T09:30:00+01:00"}, {"method", "washed"}, {"cost_sek", 1450}, {"note", "Hetvatten"}}},
       {"borttaget", {{"removed_on", "2026-11-16"}, {"removed_time", "09:45"}, {"method", "painted"}, {"note", "Hetvatten"}, {"evidence", "Daterad bild"}}, "PUT", "removal",
        {{"removed_at", "2026-11-16T09:45:00+01:00"}, {"method", "painted"}, {"note", "Hetvatten"}, {"evidence", "Daterad bild"}}},
       {"oppna-igen", none, "DELETE", "removal", {}}},
      {{"avskriv", {{"reason", "not_found"}, {"note", "Såg inget"}}, "PUT", "dismissal", {{"reason", "not_found"}, {"note", "Såg inget"}}},
       {"angra-beslut", none, "DELETE", "dismissal", {}},
       {"avsta", {{"reason", "owner_declines"}}, "PUT", "non-removal", {{"reason", "owner_declines"}}},
       {"angra-beslut", none, "DELETE", "non-removal", {}}}};
  for (const auto& story : stories) {
    const std::string by_page = desk.service.open_case_at("Storgatan 12"), by_api = desk.service.open_case_at("Storgatan 12");
    for (const Same& step : story) {
      CAPTURE(step.slug);
      const Answer answer = desk.act(by_page, step.slug, step.fields);
      CHECK(answer.status == 303);
      CHECK(answer.header("location") == "/1267/kommun/arenden/" + by_page + "?klart=" + step.slug);
      const int status = desk.service.send(step.method, case_path(by_api) + "/" + step.noun, desk.service.officer, step.body.is_null() ? "" : step.body.dump()).status;
      CHECK((status == 200 || status == 201));
      CHECK(history(desk, by_page) == history(desk, by_api));
      CHECK(standing(desk, by_page) == standing(desk, by_api));
      const Answer page = desk.get(answer.header("location"));
      CHECK(page.status == 200);
      CHECK(holds(page, "role=\"status\""));
    }
  }
}

TEST_CASE("kommun case page: pauses are granted, refused and ended there, with the note") {
  Desk desk;
  const std::string granted = desk.service.open_case_at("Storgatan 12"), refused = desk.service.open_case_at("Storgatan 14");
  ask_for_pause(desk, granted);
  ask_for_pause(desk, refused);
  const Answer page = desk.get(Desk::page_of(granted));
  CHECK(holds(page, "Bevilja pausen"));
  CHECK_FALSE(holds(page, "Avsluta pausen nu"));
  CHECK(desk.act(granted, "paus-beslut", {{"hold", hold_id(desk, granted)}, {"note", "Det är kallt"}}).status == 303);
  CHECK(desk.act(refused, "paus-beslut", {{"hold", hold_id(desk, refused)}, {"refuse", "1"}, {"note", "Det är varmt"}}).status == 303);
  CHECK(desk.service.see(granted, desk.service.officer)["holds"][0]["status"] == "granted");
  CHECK(desk.service.see(granted, desk.service.officer)["holds"][0]["decision_note"] == "Det är kallt");
  CHECK(desk.service.see(refused, desk.service.officer)["holds"][0]["status"] == "refused");
  CHECK(holds(desk.get(Desk::page_of(granted)), "Avsluta pausen nu"));
  desk.service.clock.pass(hours{2});
  CHECK(desk.act(granted, "paus-slut", {{"hold", hold_id(desk, granted)}}).status == 303);
  CHECK(desk.service.events("hold_ended") == 1);
  // Another case's pause is none of this one.
  CHECK(desk.act(granted, "paus-slut", {{"hold", hold_id(desk, refused)}}).status == 404);
  CHECK(desk.act(granted, "paus-slut", {{"hold", "nonsense"}}).status == 422);
}

TEST_CASE("kommun case page: cases are merged, parted and split") {
  Desk desk;
  const std::string goes = desk.service.open_case_at("Storgatan 12"), stays = desk.service.open_case_at("Storgatan 14");
  const Answer unknown = desk.act(goes, "sla-ihop", {{"into", "HR7K-2M9Q-X4"}, {"note", "Samma tagg"}});
  CHECK(unknown.status == 422);
  CHECK(holds(unknown, "href=\"#sla-ihop_into\""));
  CHECK(holds(unknown, "id=\"sla-ihop_into_error\""));
  CHECK(holds(unknown, "Samma tagg</textarea>"));
  CHECK(desk.act(goes, "sla-ihop", {{"into", goes}}).status == 422);
  CHECK(desk.act(goes, "sla-ihop", {{"into", stays}}).status == 303);
  CHECK(desk.service.see(goes, desk.service.officer)["merged_into"] == stays);
  const Answer target = desk.get(Desk::page_of(stays));
  CHECK(holds(target, "/1267/kommun/arenden/" + goes));
  const Answer merged = desk.get(Desk::page_of(goes));
  CHECK(holds(merged, "/angra-ihop\""));
  CHECK_FALSE(holds(merged, goes + "/fordela\""));  // the state table does not have it
  CHECK(desk.act(goes, "angra-ihop", {}).status == 303);
  CHECK(desk.service.see(goes, desk.service.officer)["state"] == "assigned");
  const Answer parted = desk.act(goes, "dela", {{"category", "tag"}, {"surface", "door"}, {"owner_id", "eon"}});
  REQUIRE(parted.status == 303);
  // The page of the other case.
  const std::string location = parted.header("location");
  const std::string other = location.substr(location.rfind('/') + 1, 12);
  CHECK(other != goes);
  CHECK(desk.service.see(other, desk.service.officer)["owner"]["id"] == "eon");
  CHECK(desk.service.see(other, desk.service.officer)["split_from"] == goes);
}

TEST_CASE("kommun case page: when the case has changed meanwhile nothing is done, the page says so and keeps what was typed") {
  Desk desk;
  const std::string reference = desk.service.open_case_at("Storgatan 12");
  const std::string seen = desk.version_of(reference);
  REQUIRE(desk.service.put(case_path(reference) + "/assignment", desk.service.officer, {{"owner_id", "eon"}}).status == 200);
  const std::int64_t before = desk.service.events();
  const auto stale = [&](const char* slug, Desk::Fields fields) {
    fields.emplace_back("version", seen);
    return desk.post(Desk::page_of(reference) + "/" + slug, fields);
  };
  const Answer answer = stale("avskriv", {{"reason", "not_found"}, {"note", "Såg inget där"}});
  CHECK(answer.status == 409);
  CHECK(holds(answer, "Ärendet har ändrats"));
  CHECK(holds(answer, "Såg inget där</textarea>"));
  CHECK(holds(answer, "value=\"not_found\" selected"));
  CHECK(holds(answer, "<details class=\"action\" id=\"avskriv\" open>"));
  // The form now carries the version that the page shows.
  CHECK(holds(answer, "name=\"version\" value=\"" + desk.version_of(reference) + "\""));
  for (const auto& [slug, fields] : std::vector<std::pair<const char*, Desk::Fields>>{{"fordela", {{"owner_id", "hfab"}}},
                                                                                     {"kommentar", {{"text", "Hej"}, {"visibility", "internal"}}},
                                                                                     {"borttaget", {{"removed_on", "2026-11-16"}, {"removed_time", "09:30"}}},
                                                                                     {"brev", {{"to", "Ann"}}},
                                                                                     {"paus", {{"reason", "lift"}, {"until", "2026-11-18"}}}}) {
    CAPTURE(slug);
    CHECK(stale(slug, fields).status == 409);
  }
  CHECK(desk.service.events() == before);
  // What is not offered any more still shows what was written.
  REQUIRE(desk.service.put(case_path(reference) + "/dismissal", desk.service.officer, {{"reason", "not_graffiti"}}).status == 200);
  const Answer closed = stale("fordela", {{"owner_id", "hfab"}, {"note", "Deras garage"}});
  CHECK(closed.status == 409);
  CHECK(holds(closed, "Det här hade du skrivit"));
  CHECK(holds(closed, "Deras garage"));
  CHECK(desk.post(Desk::page_of(reference) + "/angra-beslut", {}).status == 422);  // no version at all
  CHECK(desk.service.see(reference)["state"] == "dismissed");
}

TEST_CASE("kommun case page: faults are told at the top and at their fields") {
  Desk desk;
  const std::string reference = desk.service.open_case_at("Storgatan 12");
  const std::int64_t before = desk.service.events();
  struct Wrong {
    const char* slug;
    Desk::Fields fields;
    const char* field;
  };
  const std::string longer(2001, 'x');
  const Wrong wrong[] = {{"fordela", {{"owner_id", "nobody"}}, "fordela_owner_id"},
                         {"fordela", {{"owner_id", "eon"}, {"note", longer}}, "fordela_note"},
                         {"uppgifter", {{"category", "tag"}, {"address", "Storgatan 1"}}, "uppgifter_note"},
                         {"uppgifter", {{"category", "no"}, {"address", "Storgatan 12"}, {"note", "x"}}, "uppgifter_category"},
                         {"uppgifter", {{"category", "tag"}, {"lat", "norr"}, {"lon", "13,54"}, {"note", "x"}}, "uppgifter_lat"},
                         {"uppgifter", {{"category", "tag"}, {"lat", "59,3"}, {"lon", "18,0"}, {"note", "x"}}, "uppgifter_lat"},
                         {"uppgifter", {{"category", "tag"}, {"note", "ingen plats"}}, "uppgifter_lat"},
                         {"diarienummer", {{"number", "K12"}}, "diarienummer_number"},
                         {"borttaget", {{"removed_on", "2026-11-17"}, {"removed_time", "09:30"}}, "removed_at"},
                         {"borttaget", {{"removed_on", "2026-11-16"}, {"removed_time", "09:30"}, {"cost_sek", "mycket"}}, "cost_sek"},
                         {"paus", {{"reason", "lift"}, {"until", "2026-11-30"}}, "until"},
                         {"paus", {{"reason", ""}, {"until", "2026-11-18"}}, "pause_reason"},
                         {"avskriv", {{"reason", ""}}, "avskriv_reason"},
                         {"avsta", {{"reason", "lazy"}}, "avsta_reason"},
                         {"dela", {{"category", "tag"}, {"owner_id", "nobody"}}, "dela_owner_id"},
                         {"kommentar", {{"text", ""}, {"visibility", "internal"}}, "kommentar_text"},
                         {"kommentar", {{"text", "x"}, {"visibility", "some"}}, "kommentar_visibility"},
                         {"underrattad", {{"channel", "mail"}, {"told_on", "2026-11-16"}, {"told_time", "10:00"}}, "underrattad_channel"},
                         {"underrattad", {{"channel", "call"}, {"told_on", "2026-11-16"}, {"told_time", "10:01"}}, "underrattad_told_on"},
                         {"underrattad", {{"channel", "call"}, {"told_on", "2026-11-16"}, {"told_time", "09:00"}}, "underrattad_told_on"},
                         {"agarens-nummer", {{"external_reference", std::string(101, 'x')}}, "agarens-nummer_external_reference"},
                         {"brev", {{"to", "1\n2\n3\n4\n5\n6\n7"}}, "brev_to"},
                         {"brev", {{"contact", std::string(301, 'x')}}, "brev_contact"}};
  for (const Wrong& one : wrong) {
    CAPTURE(one.slug);
    CAPTURE(one.field);
    const Answer answer = desk.act(reference, one.slug, one.fields);
    CHECK(answer.status == 422);
    CHECK(holds(answer, std::string{"<a href=\"#"} + one.field + "\">"));
    CHECK(holds(answer, std::string{"id=\""} + one.field + "\""));
    CHECK(holds(answer, std::string{"id=\""} + one.field + "_error\""));
    CHECK(holds(answer, "aria-invalid=\"true\""));
  }
  CHECK(desk.service.events() == before);
  CHECK(desk.act(reference, "nonsens", {}).status == 404);
  CHECK(desk.get(Desk::page_of(reference) + "/fordela").header("location") == "/1267/kommun/arenden/" + reference);
}

TEST_CASE("kommun case page: it shows what an officer may see, in both languages, and nothing of it as markup") {
  Desk desk;
  const std::string hostile = "<script>alert(1)</script>\"><img src=x onerror='alert(2)'> {{t.skip}}";
  const Answer reported = desk.service.post(kHoor + "/reports", "", {{"location", {{"lat", 55.9362}, {"lon", 13.5405}, {"address", "Storgatan 4 <b>x</b>"}}},
                                                                      {"category", "tag"},
                                                                      {"description", hostile},
                                                                      {"contact", {{"name", "Ann <i>Ek</i>"}, {"email", "ann@example.se"}, {"phone", "0413-28000"}}}});
  REQUIRE(reported.status == 201);
  const std::string reference = reported.json()["case"]["reference"];
  REQUIRE(desk.act(reference, "kommentar", {{"text", hostile}, {"visibility", "internal"}}).status == 303);
  const Answer page = desk.get(Desk::page_of(reference));
  CHECK(page.status == 200);
  for (const char* text : {"ann@example.se", "0413-28000", "förslag, inte bekräftat", "Så räknas tiden", "ons 18 nov", "Så söktes ägaren", "Kim Handläggare", "Ärendet öppnades",
                           "&lt;script&gt;alert(1)", "data-lat=\"55.9362\"", "internt"}) {
    CAPTURE(text);
    CHECK(holds(page, text));
  }
  for (const char* text : {"<script>", "<img src=x", "<b>x", "<i>Ek", "style=\"", "onclick"}) {
    CAPTURE(text);
    CHECK_FALSE(holds(page, text));
  }
  CHECK(page.header("cache-control") == "no-store");
  const Answer again = desk.act(reference, "avskriv", {{"reason", "\"><script>"}, {"note", "</textarea>" + hostile}});
  CHECK(again.status == 422);
  CHECK_FALSE(holds(again, "<script>"));
  CHECK(holds(again, "&lt;/textarea&gt;"));
  const Answer english = desk.get(Desk::page_of(reference) + "?lang=en");
  CHECK(holds(english, "How the time is counted"));
  CHECK(holds(english, "Wed 18 Nov"));
  CHECK(holds(english, "/avskriv?lang=en\""));
  // What somebody puts into the address is not shown.
  CHECK_FALSE(holds(desk.get(Desk::page_of(reference) + "?klart=%3Cb%3E"), "notice good\" role=\"status\""));
}

TEST_CASE("kommun case page: photos come with a removal, once, and are shown to everybody or hidden again") {
  Desk desk;
  const std::string reference = desk.service.open_case_at("Storgatan 12");
  const Desk::Fields removed{{"removed_on", "2026-11-16"}, {"removed_time", "09:30"}};
  CHECK(desk.act(reference, "borttaget", removed, {jpeg()}).status == 303);
  CHECK(desk.act(reference, "borttaget", removed, {jpeg()}).status == 303);
  json photos = desk.service.see(reference, desk.service.officer)["photos"];
  REQUIRE(photos.size() == 1);
  CHECK(photos[0]["role"] == "after");
  const std::string id = photos[0]["id"];
  const std::string other = desk.service.open_case_at("Storgatan 14");
  CHECK(desk.act(other, "bild", {{"photo", id}, {"released", "1"}}).status == 404);
  CHECK(desk.service.see(reference)["photos"].empty());
  CHECK(desk.act(reference, "bild", {{"photo", id}, {"released", "1"}}).status == 303);
  CHECK(desk.service.see(reference)["photos"].size() == 1);
  CHECK(desk.act(reference, "bild", {{"photo", id}, {"released", "0"}}).status == 303);
  CHECK(desk.service.see(reference)["photos"].empty());
  CHECK(desk.act(reference, "borttaget", removed, {"no picture"}).status == 422);
  CHECK(desk.get("/bilder/" + id + "?size=thumb").header("content-type") == "image/jpeg");
  // In one go, with those of the newest cases.
  CHECK(holds(desk.get("/kommun/bilder"), "value=\"" + id + "\""));
  CHECK(desk.post("/kommun/bilder", {}).status == 422);
  CHECK(desk.post("/kommun/bilder", {{"bild", id}}).header("location") == "/1267/kommun/bilder?klara=1");
  CHECK(desk.service.see(reference)["photos"].size() == 1);
  CHECK_FALSE(holds(desk.get("/kommun/bilder"), "value=\"" + id + "\""));
}

TEST_CASE("kommun case page: the letter has a link of its own and is kept nowhere") {
  Desk desk;
  const std::string reference = desk.service.open_case_at("Storgatan 7");
  const Answer letter = desk.act(reference, "brev", {{"to", "Ann Ek\r\nStorgatan 7\r\n243 30 Höör"}, {"contact", "Ring 0413-280 00."}, {"language", "sv"}});
  CHECK(letter.status == 200);
  CHECK(holds(letter, "243 30 Höör"));
  CHECK(holds(letter, reference));
  CHECK(letter.header("cache-control") == "no-store");
  CHECK(desk.service.store.ask("SELECT COUNT(*) FROM closing_links") == 1);
  const std::string nobodys = desk.open_nowhere();
  CHECK(desk.act(nobodys, "brev", {}).status == 409);
}

TEST_CASE("kommun pages: officers of the kommun see them, and nobody else") {
  Desk desk;
  const std::string reference = desk.service.open_case_at("Storgatan 12");
  const std::vector<std::string> pages{"/kommun", "/kommun/fordela", "/kommun/arenden", Desk::page_of(reference), "/kommun/vantar", "/kommun/oppna-igen", "/kommun/bilder", "/kommun/adresser"};
  for (const std::string& page : pages) {
    CAPTURE(page);
    CHECK(desk.get(page).status == 200);
    CHECK(desk.get(page + "?lang=en").status == 200);
  }
  const std::int64_t before = desk.service.events();
  const std::string version = desk.version_of(reference);
  const std::vector<std::pair<std::string, Desk::Fields>> acts{{Desk::page_of(reference) + "/avskriv", {{"reason", "not_found"}, {"version", version}}},
                                                               {"/kommun/fordela/" + reference + "/avskriv", {{"reason", "not_found"}, {"version", version}}},
                                                               {"/kommun/arenden", {{"arende", reference + "." + version}, {"gor", "avskriv"}, {"reason", "not_found"}}},
                                                               {Desk::page_of(reference) + "/brev", {{"version", version}}}};
  struct Seat {
    std::optional<User> user;
    int looks, acts;
  };
  for (const Seat& seat : {Seat{std::nullopt, 303, 401}, Seat{desk.add_user(Role::police, "1267"), 403, 403}, Seat{desk.add_user(Role::owner, "1267", "hfab"), 403, 403},
                           Seat{desk.add_user(Role::municipality, "1266"), 303, 401}}) {
    desk.sit_down(seat.user);
    for (const std::string& page : pages) {
      CAPTURE(page);
      const Answer answer = desk.get(page);
      CHECK(answer.status == seat.looks);
      CHECK_FALSE(holds(answer, "Storgatan"));
    }
    for (const auto& [path, fields] : acts) {
      CAPTURE(path);
      CHECK(desk.post(path, fields).status == seat.acts);
    }
  }
  CHECK(desk.service.events() == before);
  // An officer of another municipality sees nothing of this one by its own pages either.
  desk.sit_down(desk.add_user(Role::municipality, "1266"));
  CHECK(desk.get("/1266/kommun").status == 200);
  CHECK(desk.get("/1266/kommun/arenden/" + reference).status == 404);
  CHECK_FALSE(holds(desk.get("/1266/kommun/arenden"), "Storgatan"));
  CHECK(desk.post("/1266/kommun/arenden/" + reference + "/avskriv", {{"reason", "not_found"}, {"version", version}}).status == 404);
  CHECK(desk.post("/1266/kommun/fordela/" + reference + "/avskriv", {{"reason", "not_found"}, {"version", version}}).status == 404);
  CHECK(desk.post("/1266/kommun/arenden", {{"arende", reference + "." + version}, {"gor", "avskriv"}, {"reason", "not_found"}}).status == 400);
  CHECK(desk.service.events() == before);
}
