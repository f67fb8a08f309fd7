// Mails through the courier to a real mail server on loopback.

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <set>
#include <thread>

#include "base/error.h"
#include "notify/curl_courier.h"
#include "support/outcomes.h"
#include "support/receivers.h"
#include "support/times.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using Outcome = Attempt::Outcome;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

CourierSettings through(const Receiver& receiver, const std::string& scheme = "smtp", const std::string& who = "") {
  CourierSettings settings;
  settings.smtp_url = scheme + "://" + who + "localhost:" + std::to_string(receiver.port());
  settings.mail_from = "klotter@example.se";
  return settings;
}

OutgoingMail mail_to(const std::string& to) {
  return {.message_id = "m-" + to,
          .from_name = "Höörs kommun",
          .to = to,
          .subject = "Nytt klotter på Åkergränd",
          .text = "Hej!\n.\n",
          .html = "<p>Hej!</p>\n",
          .date = at("2026-11-22T09:05:07Z")};
}

}  // namespace

TEST_CASE("mail: the relay takes it, from our address to the recipient's") {
  const auto receiver = Receiver::of_mails();
  CurlCourier courier{through(receiver)};
  const auto attempt = sent(courier, mail_to("drift@hfab.se"));
  CHECK(attempt.outcome == Outcome::accepted);
  CHECK(attempt.status == 250);
  CHECK(attempt.detail == "The mail server answered 250 2.0.0 Ok: queued");
  CHECK_FALSE(attempt.relay_down);
  const auto taken = receiver.taken();
  REQUIRE(taken.size() == 1);
  CHECK(taken[0]["from"] == "klotter@example.se");
  CHECK(taken[0]["to"] == "drift@hfab.se");
  CHECK(taken[0]["message_id"] == "m-drift@hfab.se");
}

TEST_CASE("mail: what follows from each refusal, and whose fault it is") {
  const auto receiver = Receiver::of_mails();
  CurlCourier courier{through(receiver)};
  struct Case {
    const char* to;
    Outcome outcome;
    int status;
    bool relay_down;
  };
  for (const auto& [to, outcome, status, relay_down] :
       {Case{"refuse@hfab.se", Outcome::refused, 550, false}, Case{"full@hfab.se", Outcome::retry, 452, false},
        Case{"closing@hfab.se", Outcome::retry, 421, true}, Case{"late@hfab.se", Outcome::retry, 451, false},
        Case{"spam@hfab.se", Outcome::refused, 554, false}, Case{"drop@hfab.se", Outcome::retry, 0, false},
        Case{"lost@hfab.se", Outcome::retry, 0, false}, Case{"slow@hfab.se", Outcome::accepted, 250, false}}) {
    CAPTURE(to);
    const auto attempt = sent(courier, mail_to(to));
    CAPTURE(attempt.detail);
    CHECK(attempt.outcome == outcome);
    CHECK(attempt.status == status);
    CHECK(attempt.relay_down == relay_down);
    CHECK(attempt.detail.size() <= 300);
    if (status >= 400) CHECK(attempt.detail.find(std::to_string(status)) != std::string::npos);
    // The one after a refusal goes through.
    CHECK(sent(courier, mail_to("drift@hfab.se")).outcome == Outcome::accepted);
  }
  CHECK(sent(courier, mail_to("refuse@hfab.se")).detail.find("User unknown") != std::string::npos);
}

TEST_CASE("mail: a grey-listed mail is taken when it comes again") {
  const auto receiver = Receiver::of_mails();
  CurlCourier courier{through(receiver)};
  for (int i = 0; i < 2; ++i) {
    const auto attempt = sent(courier, mail_to("grey2@hfab.se"));
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.status == 451);
    CHECK_FALSE(attempt.relay_down);
  }
  CHECK(sent(courier, mail_to("grey2@hfab.se")).outcome == Outcome::accepted);
}

TEST_CASE("mail: what is no address never reaches the relay") {
  const auto receiver = Receiver::of_mails();
  CurlCourier courier{through(receiver)};
  for (const char* wrong : {"", "drift", "a@b.se>\r\nRCPT TO:<c@d.se", "a b@c.se", "åsa@hfab.se", "<a@b.se>"}) {
    CAPTURE(wrong);
    const auto attempt = sent(courier, mail_to(wrong));
    CHECK(attempt.outcome == Outcome::refused);
    CHECK(attempt.status == 0);
    CHECK_FALSE(attempt.relay_down);
  }
  CHECK(receiver.taken().empty());
  CHECK(sent(courier, mail_to("klotter@höör.se")).outcome == Outcome::accepted);
  CHECK(receiver.taken().back()["to"] == "klotter@xn--hr-fkaa.se");
}

TEST_CASE("mail: a relay that is away or refuses us is the relay's matter, not the recipient's") {
  const auto down = [](CourierSettings settings) {
    CurlCourier courier{std::move(settings)};
    const auto attempt = sent(courier, mail_to("drift@hfab.se"));
    CAPTURE(attempt.detail);
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.relay_down);
    CHECK(attempt.detail != "");
    return attempt.status;
  };
  const auto receiver = Receiver::of_mails(), closed = Receiver::of_mails({"--closed"}), locked = Receiver::of_mails({"--user", "klotter:hemlig"});
  auto nobody = through(receiver);
  nobody.smtp_url = "smtp://127.0.0.1:1";
  CHECK(down(nobody) == 0);
  nobody.smtp_url = "smtp://there-is-no-such-host.invalid";
  CHECK(down(nobody) == 0);
  CHECK(down(through(closed)) == 554);
  CHECK(down(through(locked)) == 530);
  auto busy = through(receiver);
  for (const int status : {421, 450, 451, 452, 455, 500, 502, 503, 521, 530, 535}) {
    busy.mail_from = "answer" + std::to_string(status) + "@example.se";
    CHECK(down(busy) == status);
  }
  nobody.smtp_url = "";
  CHECK(down(nobody) == 0);
}

TEST_CASE("mail: a sender or a mail that the relay will never take is refused, though no recipient has been named") {
  const auto receiver = Receiver::of_mails();
  auto settings = through(receiver);
  for (const int status : {501, 504, 550, 551, 552, 553, 554, 555}) {
    CAPTURE(status);
    settings.mail_from = "answer" + std::to_string(status) + "@example.se";
    CurlCourier courier{settings};
    const auto attempt = sent(courier, mail_to("drift@hfab.se"));
    CHECK(attempt.outcome == Outcome::refused);
    CHECK(attempt.status == status);
    CHECK_FALSE(attempt.relay_down);
  }
}

TEST_CASE("mail: a relay that says nothing is waited for no longer than told") {
  const auto silent = Receiver::of_mails({"--silent"}), receiver = Receiver::of_mails();
  auto settings = through(silent);
  settings.mail_timeout = settings.mail_connect_timeout = milliseconds{500};
  {
    CurlCourier courier{settings};
    const auto attempt = sent(courier, mail_to("drift@hfab.se"));
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.relay_down);
  }
  settings.smtp_url = through(receiver).smtp_url;
  CurlCourier courier{settings};
  const auto attempt = sent(courier, mail_to("hang@hfab.se"));
  CHECK(attempt.outcome == Outcome::retry);
  CHECK_FALSE(attempt.relay_down);
  CHECK(sent(courier, mail_to("drift@hfab.se")).outcome == Outcome::accepted);
}

TEST_CASE("mail: many go over few connections") {
  const auto receiver = Receiver::of_mails();
  auto settings = through(receiver);
  settings.mails_at_once = 2;
  CurlCourier courier{settings};
  Outcomes outcomes;
  for (std::size_t i = 0; i < 40; ++i) courier.send(mail_to("drift" + std::to_string(i) + "@hfab.se"), outcomes.at(i));
  outcomes.wait_for(40);
  std::set<int> connections;
  for (const auto& mail : receiver.taken()) connections.insert(mail["connection"].get<int>());
  CHECK(receiver.taken().size() == 40);
  CHECK(connections.size() == 2);
}

TEST_CASE("mail: credentials are given over TLS only, to a server whose certificate is right") {
  const Certificate certificate;
  const std::vector<std::string> tls{"--cert", certificate.certificate_file, "--key", certificate.key_file, "--user", "klotter@example.se:hem/lig"};
  auto required = tls, implicit = tls;
  required.insert(required.end(), {"--tls", "required"});
  implicit.insert(implicit.end(), {"--tls", "implicit"});
  const auto receiver = Receiver::of_mails(required), wrapped = Receiver::of_mails(implicit);
  const auto bare = Receiver::of_mails({"--user", "klotter@example.se:hem/lig"});
  const std::string who = "klotter%40example.se:hem%2Flig@";
  const auto attempt = [](CourierSettings settings) {
    CurlCourier courier{std::move(settings)};
    return sent(courier, mail_to("drift@hfab.se"));
  };
  auto settings = through(receiver, "smtp", who);
  CHECK(attempt(settings).relay_down);  // nobody we know has signed it
  settings.ca_file = certificate.certificate_file;
  CHECK(attempt(settings).outcome == Outcome::accepted);
  CHECK(receiver.taken().back()["tls"] == true);
  CHECK(receiver.taken().back()["user"] == "klotter@example.se");

  auto wrong = through(receiver, "smtp", "klotter:fel@");
  wrong.ca_file = certificate.certificate_file;
  const auto denied = attempt(wrong);
  CHECK(denied.relay_down);
  CHECK(denied.outcome == Outcome::retry);
  CHECK(denied.detail.find("fel") == std::string::npos);

  auto whole = through(wrapped, "smtps", who);
  CHECK(attempt(whole).relay_down);
  whole.ca_file = certificate.certificate_file;
  CHECK(attempt(whole).outcome == Outcome::accepted);

  // Without TLS nothing is told, least of all the password.
  CHECK(attempt(through(bare, "smtp", who)).relay_down);
  CHECK(bare.taken().empty());
}

TEST_CASE("mail: TLS is not asked of a server on this machine, unless it is required") {
  const Certificate certificate;
  const auto offering = Receiver::of_mails({"--cert", certificate.certificate_file, "--key", certificate.key_file});
  auto settings = through(offering);
  {
    CurlCourier courier{settings};
    CHECK(sent(courier, mail_to("drift@hfab.se")).outcome == Outcome::accepted);
    CHECK(offering.taken().back()["tls"] == false);
  }
  settings.require_tls = true;
  {
    CurlCourier courier{settings};
    CHECK(sent(courier, mail_to("drift@hfab.se")).relay_down);
  }
  settings.ca_file = certificate.certificate_file;
  CurlCourier courier{settings};
  CHECK(sent(courier, mail_to("drift@hfab.se")).outcome == Outcome::accepted);
  CHECK(offering.taken().back()["tls"] == true);
}

TEST_CASE("mail: settings that cannot work are refused at the start, without repeating a password") {
  const auto refusal = [](const std::string& url, const std::string& from) -> std::string {
    CourierSettings settings;
    settings.smtp_url = url;
    settings.mail_from = from;
    try {
      CurlCourier courier{settings};
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  CHECK(refusal("smtp://localhost:25", "klotter@example.se") == "");
  CHECK(refusal("", "") == "");
  for (const char* wrong : {"localhost:25", "http://localhost", "smtp://", "smtp://user:hemlig@", "smtp://a b"}) {
    CAPTURE(wrong);
    CHECK(refusal(wrong, "klotter@example.se") == "The mail server is written smtp://host:25 or smtps://user:password@host.");
  }
  for (const char* wrong : {"", "klotter", "Klotter <klotter@example.se>", "a@b.se\r\n"}) {
    CAPTURE(wrong);
    CHECK(refusal("smtp://localhost", wrong).find("no address for mails") != std::string::npos);
  }
}

TEST_CASE("mail: a courier goes away at once, from a relay in the middle of a mail and from one that has frozen") {
  auto hanging = Receiver::of_mails(), frozen = Receiver::of_mails();
  Outcomes outcomes;
  steady_clock::time_point begun;
  {
    CurlCourier courier{through(hanging)};
    CHECK(sent(courier, mail_to("drift@hfab.se")).outcome == Outcome::accepted);
    for (std::size_t i = 0; i < 20; ++i) courier.send(mail_to("hang@hfab.se"), outcomes.at(i));
    std::this_thread::sleep_for(milliseconds{200});
    begun = steady_clock::now();
  }
  CHECK(steady_clock::now() - begun < seconds{1});
  CHECK(outcomes.count() == 0);
  {
    // It holds an idle connection, and would wait for an answer to its QUIT.
    CurlCourier courier{through(frozen)};
    CHECK(sent(courier, mail_to("drift@hfab.se")).outcome == Outcome::accepted);
    frozen.process().signal(SIGSTOP);
    begun = steady_clock::now();
  }
  CHECK(steady_clock::now() - begun < seconds{1});
}

TEST_CASE("mail: a relay that hangs delays no webhook") {
  const auto silent = Receiver::of_mails({"--silent"}), receiver = Receiver::of_calls();
  auto settings = through(silent);
  settings.webhook_allow = {Network{"127.0.0.0/8"}};
  CurlCourier courier{settings};
  Outcomes mails;
  for (std::size_t i = 0; i < 20; ++i) courier.send(mail_to("drift@hfab.se"), mails.at(i));
  const auto attempt = sent(courier, OutgoingCall{.webhook_id = "a",
                                                  .url = "http://127.0.0.1:" + std::to_string(receiver.port()) + "/ok",
                                                  .secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
                                                  .body = "{}",
                                                  .at = at("2026-11-22T09:05:07Z")});
  CHECK(attempt.outcome == Outcome::accepted);
  CHECK(mails.count() == 0);
}
