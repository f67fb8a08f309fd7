#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "domain/photo_decoder.h"
#include "server.h"
#include "store/photo_store.h"
#include "support/edge_test_server.h"
#include "support/pictures.h"
#include "support/test_service.h"
#include "workflow/photos.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using nlohmann::json;

namespace {

const std::string kPhotos = kHoor + "/photos";

/// A picture that no other call gives.
std::string another_picture() {
  static int made = 0;
  return jpeg({.width = 100 + 10 * ++made, .height = 90});
}

Answer send_photo(TestService& service, const std::string& key, const std::string& bytes, const Headers& headers = {}) {
  return service.send("POST", kPhotos, key, bytes, headers, "image/jpeg");
}

/// Sends a photo that must be taken; gives its id.
std::string sent(TestService& service, const std::string& key = "") {
  const Answer answer = send_photo(service, key, another_picture());
  REQUIRE_MESSAGE(answer.status == 201, answer.body);
  return answer.json()["id"];
}

const std::string kForm = "multipart/form-data; boundary=edge";

/// A form as a browser sends it, with the files in fields `photo`.
std::string form_of(const std::vector<std::string>& files, const std::string& boundary = "edge") {
  std::string form;
  for (const std::string& file : files)
    form += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"bild.png\"\r\nContent-Type: image/png\r\n\r\n" + file + "\r\n";
  return form + "--" + boundary + "--\r\n";
}

/// What a browser sends for a field in which nothing was chosen.
const std::string kNoneChosen = "--edge\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n";

json report_with(const std::vector<std::string>& photos, const std::string& category = "tag") {
  json report = tag_report();
  report["photo_ids"] = photos;
  report["category"] = category;
  return report;
}

}  // namespace

TEST_CASE("photos: a photo is taken from anybody, and its place and time are told to who sent it") {
  TestService service;
  const Answer answer = send_photo(service, "", jpeg({.width = 2000, .height = 1500, .camera = true}));
  REQUIRE(answer.status == 201);
  const json photo = answer.json();
  CHECK(photo["width"] == 1600);
  CHECK(photo["height"] == 1200);
  CHECK(photo["bytes"].get<int>() > 1000);
  CHECK(photo["role"] == "other");  // until a report or a removal takes it
  CHECK(photo["case"] == nullptr);
  CHECK(photo["released"] == false);
  CHECK(photo["captured_at"] == "2026-11-15T20:10:00Z");
  CHECK(std::abs(photo["location_suggestion"]["lat"].get<double>() - 55.9362) < 0.001);
  CHECK(answer.header("location") == service.url() + kPhotos + "/" + photo["id"].get<std::string>());
  CHECK(answer.header("cache-control") == "no-store");
  // Höör's picture says nothing of a place in Hörby.
  CHECK(service.send("POST", kHorby + "/photos", "", jpeg({.camera = true}), {}, "image/jpeg").json()["location_suggestion"] == nullptr);
  for (const std::string& key : {service.police, service.hfab, service.officer, service.channel}) sent(service, key);
  CHECK(service.store.ask("SELECT COUNT(*) FROM photos") == 6);
  CHECK(service.events() == 0);
}

TEST_CASE("photos: every kind is taken by what it is, not by what it is called") {
  TestService service;
  for (const std::string& bytes : {png(), webp(), heic()}) CHECK(service.send("POST", kPhotos, "", bytes, {}, "image/jpeg").status == 201);
  CHECK(service.send("POST", kPhotos, "", png(), {}, "image/x-whatever").status == 201);
  CHECK(service.send("POST", kPhotos, "", png()).status == 415);  // JSON, it says
  CHECK(service.send("POST", kPhotos + "?role=after", "", png(), {}, "image/png").status == 400);
  CHECK(service.send("POST", kPhotos + "?name=x", "", png(), {}, "image/png").status == 400);
}

TEST_CASE("photos: what is no whole picture is refused with a sentence, and nothing is kept") {
  TestService service;
  const std::string whole = jpeg();
  for (const auto& [bytes, part] : {std::pair{std::string{"GIF89a"}, "a GIF"}, {std::string{"<svg/>"}, "an SVG"}, {std::string{"%PDF-1.4"}, "a PDF"},
                                    {whole.substr(0, whole.size() / 2), "damaged or not whole"}, {png_of_one_bit(30'000, 30'000), "50 megapixels"},
                                    {png_of_one_bit(1, 100'000), "too narrow"}, {whole + "<script>x</script>", "another file as well"},
                                    {std::string{}, "no picture"}}) {
    CAPTURE(part);
    const Answer answer = send_photo(service, "", bytes);
    CHECK(answer.status == 422);
    CHECK(answer.detail().find(part) != std::string::npos);
  }
  CHECK(service.store.ask("SELECT COUNT(*) FROM photos") == 0);
  CHECK(service.photo_store->list(1, nov(30)).empty());
}

TEST_CASE("photos: a body of more than 20 MiB, or a form of more than 25 MiB, is refused before it is read") {
  TestService service;
  const auto status_of = [&](std::size_t bytes, const std::string& type) {
    return service.send("POST", kPhotos, "", std::string(bytes, 'x'), {}, type).status;
  };
  CHECK(status_of(kPhotoBytes, "image/jpeg") == 422);
  CHECK(status_of(kPhotoBytes + 1, "image/jpeg") == 413);
  CHECK(status_of(kFormBody, kForm) == 400);
  CHECK(status_of(kFormBody + 1, kForm) == 413);
  CHECK(status_of(100, "multipart/mixed; boundary=edge") == 415);
  CHECK(service.send("POST", kHoor + "/reports", "", form_of({}), {}, kForm).status == 415);
  testing::RawClient chunked{service.port()};
  chunked.send("POST " + kPhotos + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + kForm + "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n--edg\r\n0\r\n\r\n");
  CHECK(testing::is_problem(chunked.answer(), 411));
  CHECK(service.store.ask("SELECT COUNT(*) FROM photos") == 0);
}

TEST_CASE("photos: a form brings one photo as the body does, and several in their order") {
  TestService service;
  const auto send = [&](const std::string& form, const std::string& type = kForm, const Headers& headers = {}) {
    return service.send("POST", kPhotos, service.police, form, headers, type);
  };
  const std::string picture = jpeg({.width = 300, .height = 200});
  Answer answer = send(form_of({picture}));
  REQUIRE(answer.status == 201);
  json one = answer.json(), same = send_photo(service, service.police, picture).json();
  CHECK(answer.header("location") == service.url() + kPhotos + "/" + one["id"].get<std::string>());
  for (json* photo : {&one, &same}) photo->erase("id"), photo->erase("_links");
  CHECK(one == same);
  CHECK(send(kNoneChosen + form_of({picture}), "Multipart/Form-Data; boundary=\"edge\"").status == 201);

  // What it is called and said to be is not what it is.
  answer = send(form_of({jpeg({.width = 110, .height = 80}), png({.width = 120, .height = 80}), webp({.width = 130, .height = 80}), heic({.width = 140, .height = 80}), picture}));
  REQUIRE_MESSAGE(answer.status == 201, answer.body);
  CHECK(answer.header("location").empty());
  std::vector<std::string> ids;
  std::vector<int> widths;
  for (const json& photo : answer.items()) ids.push_back(photo["id"]), widths.push_back(photo["width"]);
  CHECK(widths == std::vector{110, 120, 130, 140, 300});
  const Answer opened = service.post(kHoor + "/reports", service.police, report_with(ids));
  REQUIRE(opened.status == 201);
  CHECK(opened.json()["case"]["photos"].size() == 5);

  // Sent again it has another boundary, and is the same.
  const Headers once{{"Idempotency-Key", "form-sent-once-00001"}};
  answer = send(form_of({png(), picture}), kForm, once);
  CHECK(send(form_of({png(), picture}, "other"), "multipart/form-data; boundary=other", once).json() == answer.json());
  CHECK(send(form_of({picture, png()}), kForm, once).status == 422);
  CHECK(service.store.ask("SELECT COUNT(*) FROM photos") == 10);
}

TEST_CASE("photos: of a form that is not taken as a whole nothing is kept, and every fault is told") {
  TestService service;
  const std::string picture = png(), cut = jpeg().substr(0, 400);
  const auto send = [&](const std::string& form, const std::string& type = kForm) { return service.send("POST", kPhotos, "", form, {}, type); };
  Answer answer = send(form_of({picture, "GIF89a", picture, "<svg/>"}));
  CHECK(answer.status == 422);
  CHECK(answer.pointers() == "/photo/1 /photo/3 ");
  CHECK(answer.fault("/photo/3").find("an SVG") != std::string::npos);
  answer = send(form_of({picture, cut}));
  CHECK(answer.status == 422);
  CHECK(answer.fault("/photo/1").find("damaged") != std::string::npos);
  answer = send(form_of({picture, std::string(kPhotoBytes + 1, 'x')}));
  CHECK(answer.status == 422);
  CHECK(answer.fault("/photo/1").find("larger than 20") != std::string::npos);
  for (const std::string& form : {form_of({}), kNoneChosen + form_of({})}) CHECK(send(form).fault("/photo") == "No photo was chosen.");
  CHECK(send(form_of(std::vector<std::string>(6, picture))).fault("/photo") == "At most 5 photos are taken at a time.");
  const std::string text = "--edge\r\nContent-Disposition: form-data; name=\"photo\"\r\n\r\nx\r\n", other = "--edge\r\nContent-Disposition: form-data; name=\"bild\"; filename=\"x\"\r\n\r\nx\r\n";
  CHECK(send(text + form_of({picture})).pointers() == "/photo ");
  CHECK(send(other + form_of({picture})).pointers() == "/bild ");
  const std::string whole = form_of({picture});
  for (const std::string& form : {std::string{}, std::string{"hello"}, whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 8), whole + "x", form_of({picture}, "edges")}) {
    CAPTURE(form.size());
    CHECK(send(form).status == 400);
  }
  for (const char* type : {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"edge"}) CHECK(send(whole, type).status == 400);
  // Lines over which the library's own reading of forms would brood for many seconds.
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& line : {"Content-Disposition: form-data; name=\"photo\"; filename=\"" + std::string(2'000, ' '), "X:" + std::string(20'000'000, ' ')})
    CHECK(send("--edge\r\n" + line + "\r\n\r\nx\r\n--edge--\r\n").status == 400);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{10});
  CHECK(service.store.ask("SELECT COUNT(*) FROM photos") == 0);
  CHECK(service.photo_store->list(1, nov(30)).empty());
}

TEST_CASE("photos: whoever has a key has a turn that strangers never take") {
  struct Listening final : PhotoDecoder {
    std::vector<Sender> heard;
    std::vector<DecodedPhoto> decode(const std::vector<std::string_view>&, Sender sender) override {
      heard.push_back(sender);
      throw Error{ErrorCode::refused, "It only listens."};
    }
  };
  TestService town;
  Listening decoder;
  RandomIdSource ids;
  Service service{TestService::quiet(), {}, *town.store, town.clock, ids, *town.photo_store, decoder};
  const int port = service.listen("127.0.0.1", 0);
  {
    std::jthread thread{[&] { service.run(); }};
    for (const std::string& key : {std::string{}, town.police, town.hfab, town.officer, town.channel}) {
      httplib::Client client{"127.0.0.1", port};
      if (!key.empty()) client.set_bearer_token_auth(key);
      const auto answer = client.Post(kPhotos, "x", "image/jpeg");
      REQUIRE(answer);
      CHECK(answer->status == 422);
    }
    service.stop();
  }
  using enum PhotoDecoder::Sender;
  CHECK((decoder.heard == std::vector{stranger, known, known, known, known}));
}

TEST_CASE("photos: the same request with an Idempotency-Key gives the same photo") {
  TestService service;
  const std::string one = another_picture(), other = another_picture();
  const Headers first{{"Idempotency-Key", "photo-sent-once-0001"}};
  const Answer answer = send_photo(service, service.police, one, first);
  CHECK(send_photo(service, service.police, one, first).json() == answer.json());
  CHECK(send_photo(service, service.police, other, first).status == 422);
  CHECK(service.store.ask("SELECT COUNT(*) FROM photos") == 1);
}

TEST_CASE("photos: the photos of a report are on its case, for those who may see them") {
  TestService service;
  const std::string of_citizen = sent(service);
  service.clock.pass(std::chrono::seconds{1});  // photos come in the order of their time
  const std::string of_police = sent(service, service.police);
  const Answer opened = service.post(kHoor + "/reports", "", report_with({of_citizen}));
  REQUIRE_MESSAGE(opened.status == 201, opened.body);
  CHECK(opened.json()["case"]["photos"].empty());  // the sender has no key, so it is not known as such any more
  const std::string reference = opened.json()["case"]["reference"];
  json joining = report_with({of_police});
  joining["joins"] = reference;
  REQUIRE(service.post(kHoor + "/reports", service.police, joining).status == 201);

  const auto ids = [&](const std::string& key) {
    std::vector<std::string> seen;
    const json photos = service.see(reference, key)["photos"];
    for (const json& photo : photos) seen.push_back(photo["id"]);
    return seen;
  };
  using Ids = std::vector<std::string>;
  CHECK(ids("") == Ids{});
  CHECK(ids(service.channel) == Ids{});
  CHECK(ids(service.eon) == Ids{});
  CHECK(ids(service.hfab) == Ids{of_citizen});
  CHECK(ids(service.police) == Ids{of_citizen, of_police});  // it is a case that they reported
  CHECK(ids(service.both_police) == Ids{});
  CHECK(ids(service.officer) == Ids{of_citizen, of_police});
  const json shown = service.see(reference, service.officer)["photos"][0];
  CHECK(shown["role"] == "before");
  CHECK(shown["released"] == false);
  CHECK(shown.contains("captured_at"));
  CHECK(shown["_links"]["thumb"]["href"] == service.url() + kPhotos + "/" + of_citizen + "?size=thumb");
  CHECK_FALSE(service.see(reference, service.hfab)["photos"][0].contains("captured_at"));

  // The bytes follow the same rule.
  const auto status = [&](const std::string& id, const std::string& key) { return service.get(kPhotos + "/" + id, key).status; };
  for (const std::string& key : {std::string{}, service.channel, service.eon, service.both_police}) {
    CHECK(status(of_citizen, key) == 404);
    CHECK(status(of_police, key) == 404);
  }
  CHECK(status(of_citizen, service.hfab) == 200);
  CHECK(status(of_police, service.hfab) == 404);
  for (const std::string& key : {service.police, service.officer}) {
    CHECK(status(of_citizen, key) == 200);
    CHECK(status(of_police, key) == 200);
  }
  // What goes on inside is not told in public.
  CHECK(service.get(kHoor + "/cases/" + reference + "/events").body.find("photo_added") == std::string::npos);
  CHECK(service.get(kHoor + "/cases/" + reference + "/events", service.officer).body.find("photo_added") != std::string::npos);
}

TEST_CASE("photos: a photo that belongs to nothing is for its sender's key and the municipality") {
  TestService service;
  const std::string of_citizen = sent(service);
  service.clock.pass(std::chrono::seconds{1});  // photos come in the order of their time
  const std::string of_police = sent(service, service.police);
  for (const std::string& key : {std::string{}, service.hfab, service.channel, service.both_police, service.horby_officer}) {
    CHECK(service.get(kPhotos + "/" + of_citizen, key).status == 404);
    CHECK(service.get(kPhotos + "/" + of_police, key).status == 404);
  }
  CHECK(service.get(kPhotos + "/" + of_citizen, service.police).status == 404);
  CHECK(service.get(kPhotos + "/" + of_police, service.police).status == 200);
  CHECK(service.get(kPhotos + "/" + of_citizen, service.officer).status == 200);
  CHECK(service.get(kHorby + "/photos/" + of_citizen, service.horby_officer).status == 404);
  CHECK(service.get(kPhotos + "/PH7K-2M9Q-X4", service.officer).status == 404);
  CHECK(service.get(kPhotos + "/x", service.officer).status == 404);
}

TEST_CASE("photos: a picture is served as a JPEG that is nothing else, with its tag and its caching") {
  TestService service;
  const std::string id = sent(service);
  REQUIRE(service.post(kHoor + "/reports", "", report_with({id})).status == 201);
  const std::string path = kPhotos + "/" + id;
  Answer answer = service.get(path + "?size=thumb", service.officer);
  REQUIRE(answer.status == 200);
  CHECK(answer.header("content-type") == "image/jpeg");
  CHECK(answer.header("content-disposition") == "inline; filename=\"klotter-" + id + "-thumb.jpg\"");
  CHECK(answer.header("cache-control") == "no-store");
  CHECK(answer.header("vary") == "Authorization");
  CHECK(answer.header("x-content-type-options") == "nosniff");
  CHECK(open_jpeg(answer.body).bands == 3);
  CHECK(service.get(path + "?size=large", service.officer).status == 400);
  CHECK(service.get(path + "?width=1", service.officer).status == 400);

  REQUIRE(service.put(path + "/visibility", service.officer, {{"released", true}}).status == 200);
  answer = service.get(path);
  REQUIRE(answer.status == 200);
  CHECK(answer.header("cache-control") == "public, max-age=3600, immutable");
  CHECK(service.get(path, service.police).header("cache-control") == "private, max-age=3600, immutable");
  const std::string etag = answer.header("etag");
  CHECK(service.get(path + "?size=thumb").header("etag") != etag);
  answer = service.send("GET", path, "", "", {{"If-None-Match", etag}});
  CHECK(answer.status == 304);
  CHECK(answer.body.empty());
  CHECK(service.send("HEAD", path, "").status == 200);
  // However its id is written.
  std::string plain = id;
  std::erase(plain, '-');
  CHECK(service.get(kPhotos + "/" + plain).status == 200);
}

TEST_CASE("photos: what is hateful or obscene is blurred for the public, and for nobody who works with it") {
  TestService service;
  const std::string id = sent(service);
  const Answer opened = service.post(kHoor + "/reports", service.police, report_with({}, "hate"));
  json joining = report_with({id}, "hate");
  const std::string reference = opened.json()["case"]["reference"];
  joining["joins"] = reference;
  REQUIRE(service.post(kHoor + "/reports", "", joining).status == 201);
  const std::string path = kPhotos + "/" + id;
  REQUIRE(service.put(path + "/visibility", service.officer, {{"released", true}}).status == 200);
  const std::string blurred = service.get(path).body, plain = service.get(path, service.officer).body;
  CHECK(blurred != plain);
  CHECK(blurred.size() < plain.size());
  for (const std::string& key : {service.police, service.both_police, service.hfab}) CHECK(service.get(path, key).body == plain);
  for (const std::string& key : {service.channel, service.eon}) CHECK(service.get(path, key).body == blurred);
  CHECK(service.get(path + "?size=thumb").body != service.get(path + "?size=thumb", service.officer).body);
  CHECK(service.get(path).header("etag") != service.get(path, service.officer).header("etag"));
  CHECK(service.see(reference)["photos"][0]["blurred"] == true);
  CHECK(service.see(reference, service.officer)["photos"][0]["blurred"] == false);
  // The category decides as it is now.
  REQUIRE(service.put(kHoor + "/cases/" + reference + "/details", service.officer, {{"category", "tag"}, {"note", "en etikett"}}).status == 200);
  CHECK(service.get(path).body == plain);
}

TEST_CASE("photos: the municipality releases, withdraws and erases; others do not") {
  TestService service;
  const std::string id = sent(service, service.hfab), loose = sent(service);
  const std::string reference = service.open_case_at("Storgatan 12"), path = kPhotos + "/" + id;
  CHECK(service.put(kPhotos + "/" + loose + "/visibility", service.officer, {{"released", true}}).status == 409);
  REQUIRE(service.put(kHoor + "/cases/" + reference + "/removal", service.hfab,
                      {{"removed_at", "2026-11-16T10:00:00+01:00"}, {"photo_ids", {id}}}).status == 200);
  CHECK(service.see(reference, service.hfab)["photos"][0]["role"] == "after");
  const json yes{{"released", true}}, no{{"released", false}};
  for (const std::string& key : {service.police, service.hfab, service.channel}) {
    CHECK(service.put(path + "/visibility", key, yes).status == 403);
    CHECK(service.erase(path, key).status == 403);
  }
  CHECK(service.put(path + "/visibility", "", yes).status == 401);
  CHECK(service.put(path + "/visibility", service.officer, {{"released", "yes"}}).status == 400);
  const std::string etag = service.get(kHoor + "/cases/" + reference).header("etag");
  CHECK(service.put(path + "/visibility", service.officer, yes).json()["released"] == true);
  CHECK(service.put(path + "/visibility", service.officer, yes).status == 200);
  CHECK(service.events("photo_released") == 1);
  CHECK(service.get(kHoor + "/cases/" + reference).header("etag") != etag);
  CHECK(service.see(reference)["photos"].size() == 1);
  CHECK(service.get(path).status == 200);
  CHECK(service.put(path + "/visibility", service.officer, no).json()["released"] == false);
  CHECK(service.get(path).status == 404);
  CHECK(service.see(reference)["photos"].empty());

  CHECK(service.erase(path, service.officer).status == 204);
  CHECK(service.erase(path, service.officer).status == 204);
  CHECK(service.events("redacted") == 1);
  CHECK(service.get(path, service.officer).status == 404);
  CHECK(service.put(path + "/visibility", service.officer, yes).status == 404);
  CHECK(service.see(reference, service.officer)["photos"].empty());
  CHECK(service.photo_store->list(1, nov(30)).size() == kRenditions);  // the loose one's
  CHECK(service.erase(kPhotos + "/" + loose, service.officer).status == 204);
  CHECK(service.photo_store->list(1, nov(30)).empty());
  CHECK(service.erase(kPhotos + "/PH7K-2M9Q-X4", service.officer).status == 404);
}

TEST_CASE("photos: what waits and what may be the same are shown, and a claim names its photos") {
  TestService service;
  const auto at = [](json report) {
    report["location"] = {{"lat", 55.9362}, {"lon", 13.5405}};
    report["police_reference"] = "5000-K77-26";
    return report;
  };
  const std::string first = sent(service, service.police), second = sent(service, service.police);
  const json opened = service.post(kHoor + "/reports", service.police, at(report_with({first}))).json();
  const std::string reference = opened["case"]["reference"];
  // Somebody else sees the case beside his, and its photo when it is released.
  json other = at(tag_report());
  other.erase("police_reference");
  const auto thumbnail = [&](const std::string& key) {
    const json duplicates = service.post(kHoor + "/reports", key, other).json()["possible_duplicates"];
    for (const json& one : duplicates)
      if (one["reference"] == reference) return one["thumbnail"];
    return json("the case is not there");
  };
  CHECK(thumbnail(service.officer) == service.url() + kPhotos + "/" + first + "?size=thumb");
  CHECK(thumbnail("") == nullptr);
  REQUIRE(service.put(kPhotos + "/" + first + "/visibility", service.officer, {{"released", true}}).status == 200);
  CHECK(thumbnail("") == service.url() + kPhotos + "/" + first + "?size=thumb");
  // A row that waits shows its photos to the officer, with those of what it may be.
  json row = at(report_with({second}));
  row["police_reference"] = "5000-K78-26";
  const json batch = service.post(kHoor + "/reports/batches", service.police, {{"items", {row}}}).json();
  REQUIRE(batch["waiting"] == 1);
  const Answer waiting = service.get(kHoor + "/confirmations", service.officer);
  CHECK(waiting.items()[0]["waiting_report"]["photos"][0]["id"] == second);
  bool pictured = false;
  const json candidates = waiting.items()[0]["candidates"];
  for (const json& candidate : candidates)
    if (candidate["reference"] == reference) pictured = candidate["thumbnail"].is_string();
  CHECK_MESSAGE(pictured, waiting.body);
  CHECK(service.get(kPhotos + "/" + second + "?size=thumb", service.officer).status == 200);
  CHECK(service.get(kHoor + "/claims/5000-K77-26", service.police).json()["items"][0]["photo_ids"] == json{first});
  CHECK(service.get(kHoor + "/claims/5000-K77-26.csv", service.police).body.find("," + first + "\r\n") != std::string::npos);
}

TEST_CASE("photos: a case that was split off, or merged into, shows the photos of the reports that it has") {
  TestService service;
  const std::string photo = sent(service);
  json report = report_with({photo});
  report["location"] = {{"address", "Storgatan 12"}};
  const std::string facade = service.post(kHoor + "/reports", "", report).json()["case"]["reference"];
  const json split = service.post(kHoor + "/cases/" + facade + "/splits", service.officer, {{"object_type", "power_cabinet"}, {"owner_id", "eon"}}).json();
  const std::string cabinet = split["reference"];
  const auto photos = [&](const std::string& reference, const std::string& key) {
    return service.get(kHoor + "/cases/" + reference, key).json()["photos"].size();
  };
  CHECK(photos(cabinet, service.eon) == 1);
  CHECK(service.get(kPhotos + "/" + photo, service.eon).status == 200);
  CHECK(photos(cabinet, "") == 0);
  CHECK(service.get(kPhotos + "/" + photo, "").status == 404);
  // And a target those of what was merged into it.
  const std::string target = service.post(kHoor + "/reports", service.officer, tag_report("Skolgatan 9")).json()["case"]["reference"];
  REQUIRE(service.put(kHoor + "/cases/" + target + "/assignment", service.officer, {{"owner_id", "eon"}}).status == 200);
  REQUIRE(service.put(kHoor + "/cases/" + facade + "/merge", service.officer, {{"into", target}}).status == 200);
  CHECK(photos(target, service.eon) == 1);
  CHECK(photos(target, service.officer) == 1);
}

TEST_CASE("photos: photo_ids that are none, or too many, are named") {
  TestService service;
  CHECK(service.post(kHoor + "/reports", "", report_with({"x y"})).fault("/photo_ids/0").find("is no photo's id") != std::string::npos);
  const Answer unknown = service.post(kHoor + "/reports", "", report_with({sent(service), "PH7K-2M9Q-X4"}));
  CHECK(unknown.status == 422);
  CHECK(unknown.pointers() == "/photo_ids/1 ");
  CHECK(service.post(kHoor + "/reports", "", report_with(std::vector<std::string>(6, "PH7K-2M9Q-X4"))).status == 400);
  CHECK(service.events() == 0);
  // In a batch the row with the unknown photo is refused, and the others are kept.
  const std::string id = sent(service, service.police);
  json other = report_with({id});
  other["location"] = {{"address", "Storgatan 40"}};
  const json rows = service.post(kHoor + "/reports/batches", service.police, {{"items", {report_with({"PH7K-2M9Q-X4"}), other}}}).json();
  CHECK(rows["rejected"] == 1);
  CHECK(rows["created"] == 1);
  CHECK(service.see(rows["items"][1]["reference"], service.officer)["photos"][0]["id"] == id);
}

TEST_CASE("photos: a case without photos costs no statement more") {
  TestService service;
  const std::string reference = service.open_case_at("Storgatan 12");
  service.store.tamper("DROP TABLE photo_renditions; DROP TABLE photos");
  CHECK(service.see(reference, service.officer)["photos"].empty());
  CHECK(service.get(kHoor + "/cases", service.police).status == 200);
}

TEST_CASE("photos: without a key an address sends so many an hour, with a key as many as it likes") {
  ServeOptions options;
  options.rate_limit = 100'000;
  TestService service{options};
  int taken = 0;
  Answer last;
  for (int i = 0; i < 125; ++i) {
    last = send_photo(service, "", "GIF89a");
    taken += last.status == 422;
  }
  CHECK(taken == 120);
  CHECK(last.status == 429);
  CHECK(send_photo(service, service.police, "GIF89a").status == 422);
  CHECK(service.get(kHoor + "/cases").status == 200);
}

TEST_CASE("photos: without a key a form counts for as many as it may hold") {
  ServeOptions options;
  options.rate_limit = 100'000;
  TestService service{options};
  int taken = 0;
  for (int i = 0; i < 26; ++i) taken += service.send("POST", kPhotos, "", form_of({}), {}, kForm).status == 422;
  CHECK(taken == 24);
  CHECK(send_photo(service, "", "GIF89a").status == 429);
  CHECK(service.send("POST", kPhotos, service.police, form_of({}), {}, kForm).status == 422);
}
