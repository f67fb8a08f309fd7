#include "workflow/sign_in.h"

#include <doctest/doctest.h>

#include <regex>

#include "notify/curl_courier.h"
#include "notify/mail_texts.h"
#include "support/browser.h"
#include "support/outcomes.h"
#include "support/receivers.h"
#include "teller.h"
#include "workflow/delivery.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using Browser = klotterkoll::test::Visitor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const std::string kSession = "__Host-klotterkoll", kWindow = "__Host-klotterkoll-window";

/// Delivers by hand what waits.
struct Office {
  TestService service;
  RandomIdSource ids;
  MailTexts texts;
  Teller teller = make_teller(*service.store, texts, ids, service.url(), "klotter.example.se");
  DeliveryPace pace;

  explicit Office(ServeOptions options = TestService::quiet()) : service(options) {}

  TakenUp take() { return take_up(*service.store, teller, pace, "node", true, 100, service.clock.now()); }
  void record(const TakenUp& taken, const Attempt& attempt) {
    std::vector<Tried> tried;
    for (const Handout& handout : taken.handouts) tried.push_back({handout.message, handout.destination, attempt, service.clock.now(), 0});
    record_outcomes(*service.store, teller, pace, tried, taken.held, "node");
  }
  /// The mails that leave now, each accepted at once.
  std::vector<OutgoingMail> deliver() {
    std::vector<OutgoingMail> mails;
    const TakenUp taken = take();
    for (const Handout& handout : taken.handouts) mails.push_back(std::get<OutgoingMail>(handout.what));
    record(taken, {.outcome = Attempt::Outcome::accepted, .status = 250});
    return mails;
  }
  OutgoingMail only() {
    const auto mails = deliver();
    REQUIRE(mails.size() == 1);
    return mails.front();
  }
  std::int64_t ask(const std::string& sql) { return service.store.ask(sql); }
};

std::string found(const std::string& text, const std::string& pattern) {
  std::smatch match;
  return std::regex_search(text, match, std::regex{pattern}) ? match[1].str() : "";
}
/// "/1267/logga-in/TOKEN".
std::string link_in(const OutgoingMail& mail) { return found(mail.text, "http://[^/]+(/1267/logga-in/[A-Za-z0-9_-]{43})"); }
std::string code_in(const OutgoingMail& mail) { return found(mail.text, "([0-9A-Z]{4}-[0-9A-Z]{4})"); }

WebPage ask_for(Browser& browser, const std::string& email) { return browser.post("/logga-in", {{"email", email}}); }
bool is_in(Browser& browser) { return browser.get("/konto").status == 200; }

}  // namespace

TEST_CASE("sign in: a mail brings a link and a code, the link's page only shows a button, and its form signs in") {
  Office office;
  const User user = add_user(office.service, Role::police);
  Browser browser{office.service};
  const WebPage asked = ask_for(browser, user.email);
  CHECK(asked.status == 303);
  CHECK(asked.header("location") == "/1267/logga-in/kod");
  CHECK(asked.header("set-cookie").find("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900") != std::string::npos);
  const OutgoingMail mail = office.only();
  CHECK(mail.to == user.email);
  CHECK(mail.subject == "Logga in i Klotterkoll");
  REQUIRE_FALSE(link_in(mail).empty());
  REQUIRE_FALSE(code_in(mail).empty());
  CHECK(mail.subject.find(code_in(mail)) == std::string::npos);
  CHECK(mail.html.find(link_in(mail)) != std::string::npos);
  // Scanners of mail look, and more than once.
  Browser other{office.service};
  for (int n = 0; n < 3; ++n) {
    const WebPage page = other.get(link_in(mail));
    CHECK(page.status == 200);
    CHECK(page.holds("<button type=\"submit\">Logga in</button>"));
    CHECK(page.header("referrer-policy") == "no-referrer");
    CHECK(page.header("cache-control") == "no-store");
  }
  CHECK_FALSE(is_in(other));
  // In whatever window it is opened.
  const WebPage in = other.post(link_in(mail), {});
  CHECK(in.status == 303);
  CHECK(in.header("location") == "/1267/polis");
  CHECK(is_in(other));
  CHECK_FALSE(is_in(browser));
  // Once.
  const WebPage again = browser.post(link_in(mail), {});
  CHECK(again.status == 410);
  CHECK(again.holds("Länken gäller inte längre"));
  CHECK(browser.post("/logga-in/kod", {{"code", code_in(mail)}}).status == 422);
  CHECK_FALSE(is_in(browser));
}

TEST_CASE("sign in: a code works in the window that asked alone, however it is written, and once") {
  Office office;
  const User user = add_user(office.service, Role::owner);
  Browser browser{office.service}, other{office.service};
  ask_for(browser, user.email);
  const OutgoingMail mail = office.only();
  ask_for(other, "nobody@example.se");
  CHECK(other.post("/logga-in/kod", {{"code", code_in(mail)}}).status == 422);
  Browser third{office.service};
  CHECK(third.post("/logga-in/kod", {{"code", code_in(mail)}}).status == 422);
  std::string typed = code_in(mail);
  for (char& c : typed) c = c == '0' ? 'o' : c == '1' ? 'l' : c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  const WebPage in = browser.post("/logga-in/kod", {{"code", typed}});
  CHECK(in.status == 303);
  CHECK(in.header("location") == "/1267/agare");
  CHECK(is_in(browser));
  CHECK_FALSE(browser.cookies.contains(kWindow));
  CHECK(third.post(link_in(mail), {}).status == 410);
}

TEST_CASE("sign in: link and code are good for a quarter of an hour") {
  for (const bool late : {false, true}) {
    CAPTURE(late);
    for (const bool by_code : {false, true}) {
      CAPTURE(by_code);
      Office office;
      const User user = add_user(office.service, Role::police);
      Browser browser{office.service};
      ask_for(browser, user.email);
      const OutgoingMail mail = office.only();
      office.service.clock.pass(late ? minutes{15} : minutes{15} - seconds{1});
      const WebPage in = by_code ? browser.post("/logga-in/kod", {{"code", code_in(mail)}}) : browser.post(link_in(mail), {});
      CHECK(in.status == (!late ? 303 : by_code ? 422 : 410));
      CHECK(is_in(browser) == !late);
    }
  }
}

TEST_CASE("sign in: after five wrong codes the right one is none, and the page never says which it was") {
  for (const int wrong : {4, 5}) {
    CAPTURE(wrong);
    Office office;
    const User user = add_user(office.service, Role::police);
    Browser browser{office.service};
    ask_for(browser, user.email);
    const OutgoingMail mail = office.only();
    Browser stranger{office.service};
    ask_for(stranger, "stranger@example.se");
    std::string said;
    for (int n = 0; n < wrong; ++n) {
      const WebPage page = browser.post("/logga-in/kod", {{"code", "WRNG-0000"}}), of_stranger = stranger.post("/logga-in/kod", {{"code", "WRNG-0000"}});
      CHECK(page.status == 422);
      CHECK(page.text() == of_stranger.text());
      CHECK(page.holds("id=\"code_error\""));
      CHECK(page.field("code") == "WRNG-0000");
    }
    CHECK(browser.post("/logga-in/kod", {{"code", code_in(mail)}}).status == (wrong < 5 ? 303 : 422));
    if (wrong == 5) CHECK(browser.post(link_in(mail), {}).status == 410);
  }
}

TEST_CASE("sign in: nobody learns whose addresses are known") {
  Office office;
  const User user = add_user(office.service, Role::police);
  const User gone = add_user(office.service, Role::police);
  office.service.store.tamper("UPDATE users SET deactivated_at = 1 WHERE id = " + std::to_string(gone.id));
  const User elsewhere = add_user(office.service, Role::police, {"1266"});
  std::string first;
  for (const std::string& email : {user.email, gone.email, elsewhere.email, std::string{"nobody@example.se"}}) {
    CAPTURE(email);
    Browser browser{office.service};
    const WebPage asked = ask_for(browser, email);
    CHECK(asked.status == 303);
    CHECK(asked.header("location") == "/1267/logga-in/kod");
    CHECK(browser.cookies[kWindow].size() == 43);
    const std::string text = browser.follow(asked).text();
    if (first.empty()) first = text;
    CHECK(text == first);
    CHECK(text.find(email) == std::string::npos);
  }
  CHECK(office.ask("SELECT COUNT(*) FROM sign_ins") == 4);
  CHECK(office.only().to == user.email);
  Browser browser{office.service};
  const WebPage wrong = ask_for(browser, "Anna Ek");
  CHECK(wrong.status == 422);
  CHECK(wrong.field("email") == "Anna Ek");
  CHECK(wrong.holds("id=\"email_error\""));
}

TEST_CASE("sign in: five mails an hour go to one user, and the page does not tell") {
  Office office;
  const User user = add_user(office.service, Role::police);
  Browser browser{office.service};
  for (int n = 0; n < 6; ++n) {
    CHECK(ask_for(browser, user.email).header("location") == "/1267/logga-in/kod");
    CHECK(office.deliver().size() == (n < 5 ? 1u : 0u));
  }
  office.service.clock.pass(hours{1} - seconds{1});
  ask_for(browser, user.email);
  CHECK(office.deliver().empty());
  office.service.clock.pass(seconds{1});
  ask_for(browser, user.email);
  CHECK(office.deliver().size() == 1);
}

TEST_CASE("sign in: what is secret stands in the composed mail alone, which is gone when it was accepted or is too late") {
  Office office;
  const User user = add_user(office.service, Role::municipality);
  Browser browser{office.service};
  ask_for(browser, user.email);
  CHECK(office.ask("SELECT COUNT(*) FROM sign_ins WHERE token_digest = ''") == 1);
  const TakenUp taken = office.take();
  REQUIRE(taken.handouts.size() == 1);
  CHECK(office.ask("SELECT COUNT(*) FROM message_bodies") == 1);
  office.record(taken, {.outcome = Attempt::Outcome::retry, .status = 451});
  // The same mail again, with the same secrets.
  office.service.clock.pass(minutes{10});
  const TakenUp again = office.take();
  REQUIRE(again.handouts.size() == 1);
  CHECK(std::get<OutgoingMail>(again.handouts[0].what).text == std::get<OutgoingMail>(taken.handouts[0].what).text);
  SUBCASE("accepted") {
    office.record(again, {.outcome = Attempt::Outcome::accepted, .status = 250});
    CHECK(office.ask("SELECT COUNT(*) FROM message_bodies") == 0);
    CHECK(browser.post("/logga-in/kod", {{"code", code_in(std::get<OutgoingMail>(again.handouts[0].what))}}).status == 303);
  }
  SUBCASE("too late") {
    office.record(again, {.outcome = Attempt::Outcome::retry, .status = 451});
    office.service.clock.pass(minutes{5});
    forget_sign_ins(*office.service.store, office.service.clock.now());
    CHECK(office.ask("SELECT COUNT(*) FROM message_bodies") == 1);
    office.service.clock.pass(seconds{1});
    forget_sign_ins(*office.service.store, office.service.clock.now());
    CHECK(office.ask("SELECT COUNT(*) FROM message_bodies") == 0);
    CHECK(office.ask("SELECT COUNT(*) FROM messages WHERE state = 'dropped'") == 1);
    office.service.clock.pass(hours{2});
    CHECK(office.take().handouts.empty());
    forget_sign_ins(*office.service.store, office.service.clock.now());
    CHECK(office.ask("SELECT COUNT(*) FROM sign_ins") == 0);
  }
}

TEST_CASE("sign in: an officer's quiet hours and digests do not hold the mail back") {
  Office office;
  User user = add_user(office.service, Role::municipality);
  user.mail.digest_at = {hours{8}};
  user.mail.quiet_from = hours{9};
  user.mail.quiet_to = hours{17};
  office.service.store->write([&](Transaction& transaction) { transaction.users().update(user); });
  Browser browser{office.service};
  ask_for(browser, user.email);
  CHECK(office.deliver().size() == 1);
}

TEST_CASE("sign in: whoever wanted a page comes to it, and to no other site") {
  Office office;
  const User user = add_user(office.service, Role::police);
  Browser browser{office.service};
  const WebPage turned = browser.get("/polis/anmalningar");
  CHECK(turned.status == 303);
  CHECK(turned.header("location") == "/1267/logga-in?till=/1267/polis/anmalningar");
  const WebPage form = browser.follow(turned);
  const std::string action = form.attribute("<form method=\"post\"", "action");
  const WebPage asked = browser.post(action, {{"email", user.email}});
  const WebPage code = browser.follow(asked);
  const WebPage in = browser.post(code.attribute("<form method=\"post\"", "action"), {{"code", code_in(office.only())}});
  CHECK(in.header("location") == "/1267/polis/anmalningar");
  for (const char* till : {"https://evil.example/", "//evil.example/", "/\\evil.example", "/1267//evil.example", "/1267/..//evil.example", "/1266/polis", "javascript:1",
                           "/1267/%0d%0aSet-Cookie:x"}) {
    CAPTURE(till);
    const std::string to = browser.get(std::string{"/logga-in?till="} + till).header("location");
    CHECK(to == "/1267/polis");
  }
}

TEST_CASE("sign in: where browsers would not keep it the page says so") {
  TestService service;
  for (const auto& [host, told] : {std::pair{"klotter.hoor.se", true}, {"192.168.1.5:8080", true}, {"localhost:8080", false}, {"127.0.0.1", false}}) {
    CAPTURE(host);
    Browser browser{service};
    browser.headers.emplace("Host", host);
    CHECK(browser.get("/logga-in").holds("Sidan visas utan https") == told);
  }
}

TEST_CASE("sign in: the account shows where one is signed in, keeps wishes, and signs out everywhere") {
  TestService service;
  Browser browser{service}, telephone{service};
  const User user = browser.sign_in(Role::municipality);
  CHECK(browser.get("/konto").holds("Du är inloggad i en webbläsare"));
  telephone.sign_in(user);
  CHECK(browser.get("/konto").holds("Du är inloggad i 2 webbläsare"));
  CHECK(browser.get("/konto").holds(user.email));
  const Browser::Fields wishes{{"language", "en"}, {"digest_at", "8.00, 13:30"}, {"quiet_from", "18:00"}, {"quiet_to", "07:00"}, {"weekend_digest", "1"}};
  CHECK(browser.post("/konto", wishes).status == 303);
  const WebPage kept = browser.get("/konto");
  CHECK(kept.holds("lang=\"en\""));
  CHECK(kept.field("digest_at") == "08:00, 13:30");
  CHECK(kept.field("quiet_from") == "18:00");
  CHECK(kept.field("weekend_digest") == "1");
  for (const auto& [name, value, field] : {std::tuple{"digest_at", "noon", "digest_at"}, {"digest_at", "13.00, 08.00", "digest_at"}, {"quiet_to", "", "quiet_from"},
                                           {"quiet_from", "25:00", "quiet_from"}}) {
    CAPTURE(name);
    CAPTURE(value);
    Browser::Fields wrong = wishes;
    for (auto& one : wrong)
      if (one.first == name) one.second = value;
    const WebPage page = browser.post("/konto", wrong);
    CHECK(page.status == 422);
    CHECK(page.holds(std::string{"href=\"#"} + field + "\""));
    CHECK(page.holds(std::string{"id=\""} + field + "_error\""));
    CHECK(page.field(name) == value);
  }
  CHECK(browser.get("/konto").field("digest_at") == "08:00, 13:30");
  const WebPage out = browser.post("/konto/logga-ut", {});
  CHECK(out.status == 303);
  CHECK_FALSE(browser.cookies.contains(kSession));
  CHECK(telephone.get("/konto").status == 303);
  CHECK(service.store.ask("SELECT COUNT(*) FROM sessions") == 0);
}

TEST_CASE("sign in: a whole story with a real mail server") {
  Office office;
  const auto receiver = Receiver::of_mails();
  CourierSettings settings;
  settings.smtp_url = "smtp://localhost:" + std::to_string(receiver.port());
  settings.mail_from = "klotter@example.se";
  CurlCourier courier{settings};
  const User user = add_user(office.service, Role::municipality);
  Browser browser{office.service};
  REQUIRE(ask_for(browser, user.email).status == 303);
  const TakenUp taken = office.take();
  REQUIRE(taken.handouts.size() == 1);
  const Attempt attempt = sent(courier, std::get<OutgoingMail>(taken.handouts[0].what));
  CHECK(attempt.outcome == Attempt::Outcome::accepted);
  office.record(taken, attempt);
  const auto mails = receiver.taken();
  REQUIRE(mails.size() == 1);
  CHECK(mails[0]["to"] == user.email);
  const std::string raw = receiver.mail(mails[0]["file"]);
  CHECK(raw.find("Auto-Submitted: auto-generated") != std::string::npos);
  CHECK(raw.find("List-Unsubscribe") == std::string::npos);
  const std::string code = found(raw, "([0-9A-Z]{4}-[0-9A-Z]{4})\\r?\\n");
  REQUIRE_FALSE(code.empty());
  const WebPage in = browser.post("/logga-in/kod", {{"code", code}});
  CHECK(in.header("location") == "/1267/kommun");
  CHECK(in.header("set-cookie").starts_with("__Host-klotterkoll"));
  CHECK(is_in(browser));
  CHECK(office.ask("SELECT COUNT(*) FROM message_bodies") == 0);
  CHECK(browser.get("/logga-in").header("location") == "/1267/kommun");
}
