#include "pages/visit.h"

#include <doctest/doctest.h>

#include <thread>

#include "support/browser.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using Browser = klotterkoll::test::Visitor;
using std::chrono::seconds;

namespace {

void set_host(TestService& service, const std::string& code, const std::string& host) {
  service.store.tamper("UPDATE municipalities SET host = '" + host + "' WHERE code = '" + code + "'");
}

}  // namespace

TEST_CASE("visit: every template of every language is well-formed") { CHECK_NOTHROW(check_templates()); }

TEST_CASE("visit: the pages of the only municipality lie at the root, and under its code too") {
  TestService service{TestService::quiet(), false};
  Browser visitor{service, ""};
  CHECK(visitor.get("/logga-in").status == 200);
  CHECK(visitor.get("/logga-in").holds("Höör"));
  CHECK(visitor.get("/1267/logga-in").holds("href=\"/1267/logga-in\""));
  CHECK(visitor.get("/1266/logga-in").status == 404);
}

TEST_CASE("visit: of two municipalities the root lists both, and each has its pages under its code or by its host name") {
  TestService service;
  Browser visitor{service, ""};
  const WebPage list = visitor.get("/");
  CHECK(list.status == 200);
  CHECK(list.holds("href=\"/1266/\""));
  CHECK(list.holds("href=\"/1267/\""));
  CHECK(visitor.get("/logga-in").status == 404);
  CHECK(visitor.get("/1267/logga-in").holds("Höör"));
  CHECK(visitor.get("/1266/logga-in").holds("Hörby"));
  const WebPage unknown = visitor.get("/9999/logga-in");
  CHECK(unknown.status == 404);
  CHECK(unknown.holds("Det finns ingenting på den här adressen"));
  TestService other;
  set_host(other, "1266", "klotter.horby.example");
  Browser by_host{other, ""};
  by_host.headers.emplace("Host", "KLOTTER.horby.example:8443");
  const WebPage at_root = by_host.get("/logga-in");
  CHECK(at_root.status == 200);
  CHECK(at_root.holds("Hörby"));
  CHECK(at_root.holds("href=\"/logga-in\""));
}

TEST_CASE("visit: a form from another site, or without the session's token, does nothing") {
  TestService service;
  Browser visitor{service};
  visitor.sign_in(Role::police);
  const auto sessions = [&] { return service.store.ask("SELECT COUNT(*) FROM sessions"); };
  REQUIRE(sessions() == 1);
  visitor.headers.emplace("Sec-Fetch-Site", "cross-site");
  const WebPage foreign = visitor.post("/logga-ut", {});
  CHECK(foreign.status == 403);
  CHECK(foreign.holds("kom från en annan webbplats"));
  visitor.headers = {{"Origin", "https://evil.example"}};
  CHECK(visitor.post("/logga-ut", {}).status == 403);
  visitor.headers.clear();
  const WebPage again = visitor.post("/logga-ut", {{"form_token", "of another session"}, {"typed", "åäö <b>"}});
  CHECK(again.status == 403);
  CHECK(again.field("typed") == "åäö <b>");
  CHECK(sessions() == 1);
  // What the page has kept is sent once more, with the token that it has now.
  const WebPage gone = visitor.post("/logga-ut", {{"form_token", *again.field("form_token")}, {"typed", *again.field("typed")}});
  CHECK(gone.status == 303);
  CHECK(sessions() == 0);
  CHECK(gone.header("set-cookie") == "__Host-klotterkoll=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
  CHECK(visitor.cookies.empty());
}

TEST_CASE("visit: whoever has not signed in is asked to, and comes back to the page; what was typed is kept") {
  TestService service;
  Browser visitor{service};
  const WebPage turned = visitor.get("/polis?lang=en");
  CHECK(turned.status == 303);
  CHECK(turned.header("location") == "/1267/logga-in?till=/1267/polis?lang=en&lang=en");
  CHECK(turned.header("cache-control") == "no-store");
  const WebPage kept = visitor.post("/polis", {{"police_reference", "5000-K1-26"}, {"description", "rad 1\r\nrad 2 \"<b>\""}, {"form_token", "x"}},
                                 {{"photo", "bild.jpg", "not a picture"}});
  CHECK(kept.status == 401);
  CHECK(kept.field("police_reference") == "5000-K1-26");
  CHECK(kept.field("description") == "rad 1\nrad 2 \"<b>\"");
  CHECK(kept.holds("Bilder och filer måste väljas igen"));
  CHECK(kept.holds("action=\"/1267/polis\""));
  CHECK(service.store.ask("SELECT COUNT(*) FROM reports") == 0);
}

TEST_CASE("visit: a page of another role is refused, and a user of another municipality is nobody here") {
  TestService service;
  for (const Role role : {Role::owner, Role::municipality}) {
    Browser visitor{service};
    visitor.sign_in(role);
    const WebPage refused = visitor.get("/polis");
    CHECK(refused.status == 403);
    CHECK(refused.holds("Sidan är inte för dig"));
    CHECK(visitor.post("/polis", {}).status == 403);
  }
  Browser elsewhere{service};
  elsewhere.sign_in(add_user(service, Role::police, {"1266"}));
  CHECK(elsewhere.get("/1266/polis").status == 200);
  CHECK(elsewhere.get("/1267/polis").status == 303);
  CHECK(elsewhere.get("/1267/konto").status == 303);
  // And is not sent round between the page and the sign-in page.
  CHECK(elsewhere.follow(elsewhere.get("/1267/polis")).status == 200);
  CHECK(elsewhere.post("/1267/polis", {{"address", "Storgatan 12"}}).status == 401);
}

TEST_CASE("visit: a session ends when nothing was asked for some hours, and after a week in any case") {
  TestService service;
  const seconds second{1};
  struct Case {
    Role role;
    std::chrono::seconds idle;
  };
  for (const auto& [role, idle] : {Case{Role::police, kSessionIdle}, {Role::owner, kSessionIdle}, {Role::municipality, kOfficersSessionIdle}}) {
    CAPTURE(to_code(role));
    Browser in_time{service}, late{service};
    const User user = in_time.sign_in(role);
    late.sign_in(user);
    service.clock.pass(idle - second);
    CHECK(in_time.get("/konto").status == 200);
    service.clock.pass(second);
    CHECK(late.get("/konto").status == 303);
    // A request has made the first one last on.
    service.clock.pass(idle - second - second);
    CHECK(in_time.get("/konto").status == 200);
  }
  // Who is there all the time, on the last second of the week and on the next one. A session is kept by the node for a second of
  // real time, so each is asked for once.
  const auto seen_until = [&](std::chrono::seconds age) {
    Browser visitor{service};
    visitor.sign_in(Role::police);
    service.store.tamper("UPDATE sessions SET seen_at = seen_at + 1000000");
    service.clock.pass(age);
    return visitor.get("/konto").status;
  };
  CHECK(seen_until(kSessionLongest - second) == 200);
  CHECK(seen_until(kSessionLongest) == 303);
}

TEST_CASE("visit: who is deactivated, by whatever node, is out within two seconds") {
  TestService service;
  Browser visitor{service};
  const User user = visitor.sign_in(Role::police);
  REQUIRE(visitor.get("/konto").status == 200);
  service.store.tamper("UPDATE users SET deactivated_at = 1 WHERE id = " + std::to_string(user.id));
  const auto since = std::chrono::steady_clock::now();
  while (visitor.get("/konto").status == 200 && std::chrono::steady_clock::now() - since < seconds{10}) std::this_thread::sleep_for(std::chrono::milliseconds{20});
  CHECK(std::chrono::steady_clock::now() - since < seconds{2});
  CHECK(visitor.get("/konto").status == 303);
}

TEST_CASE("visit: the cookie is for this host, https and pages alone, and signing in again ends the session before") {
  ServeOptions options = TestService::quiet();
  options.demo = true;
  TestService service{options};
  const User user = add_user(service, Role::police);
  Browser visitor{service};
  const WebPage in = visitor.post("/demo", {{"user", std::to_string(user.id)}});
  CHECK(in.status == 303);
  CHECK(in.header("location") == "/1267/polis");
  const std::string secret = visitor.cookies["__Host-klotterkoll"];
  CHECK(secret.size() == 43);
  CHECK(in.header("set-cookie") == "__Host-klotterkoll=" + secret + "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=604800");
  CHECK(visitor.post("/demo", {{"user", std::to_string(user.id)}}).status == 303);
  CHECK(visitor.cookies["__Host-klotterkoll"] != secret);
  CHECK(service.store.ask("SELECT COUNT(*) FROM sessions") == 1);
  // The cookie is nothing to the API.
  CHECK(service.send("GET", kHoor + "/reports", "", "", {{"Cookie", "__Host-klotterkoll=" + visitor.cookies["__Host-klotterkoll"]}}).status == 401);
}
