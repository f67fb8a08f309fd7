// Webhooks' calls through the courier, to a real receiver on loopback that checks signatures with the library that Standard
// Webhooks publishes.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/error.h"
#include "notify/curl_courier.h"
#include "notify/webhook_signature.h"
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

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string kOldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

CourierSettings on_loopback() {
  CourierSettings settings;
  settings.webhook_allow = {Network{"127.0.0.0/8"}};
  return settings;
}

OutgoingCall call_to(const std::string& url) {
  return {.webhook_id = "msg_1", .url = url, .secrets = {kSecret}, .body = R"({"type":"case.opened","data":"Höör"})", .at = at("2026-11-22T12:00:00Z")};
}

std::string url_of(const Receiver& receiver, const std::string& path) {
  return "http://127.0.0.1:" + std::to_string(receiver.port()) + path;
}

}  // namespace

TEST_CASE("webhook: the signature is that of the standard's own example") {
  // From the library's tests.
  CHECK(webhook_signature({kSecret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", from_unix(1614265330), R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("webhook: a secret is whsec_ and 24 to 64 bytes") {
  const auto signs = [](const std::string& secret) {
    try {
      return webhook_signature({secret}, "a", from_unix(0), "b") != "";
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::refused);
      return false;
    }
  };
  CHECK(signs("whsec_" + std::string(32, 'A')));          // 24 bytes
  CHECK_FALSE(signs("whsec_" + std::string(28, 'A')));    // 21
  CHECK(signs("whsec_" + std::string(84, 'A') + "AA==")); // 64
  CHECK_FALSE(signs("whsec_" + std::string(88, 'A')));    // 66
  for (const char* wrong : {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!w", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA"}) {
    CAPTURE(wrong);
    CHECK_FALSE(signs(wrong));
  }
  CHECK_THROWS_AS(webhook_signature({}, "a", from_unix(0), "b"), Error);
}

TEST_CASE("webhook: a receiver verifies the call with the new and with the old secret") {
  const auto receiver = Receiver::of_calls({"--secret", kSecret, "--secret", kOldSecret, "--secret", "whsec_" + std::string(32, 'A')});
  CurlCourier courier{on_loopback()};
  auto call = call_to(url_of(receiver, "/ok"));
  call.secrets = {kSecret, kOldSecret};
  const auto attempt = sent(courier, call);
  CHECK(attempt.outcome == Outcome::accepted);
  CHECK(attempt.status == 200);
  CHECK_FALSE(attempt.relay_down);

  const auto taken = receiver.taken();
  REQUIRE(taken.size() == 1);
  CHECK(taken[0]["verified"] == nlohmann::json{true, true, false});
  CHECK(taken[0]["id"] == "msg_1");
  CHECK(taken[0]["timestamp"] == to_unix(call.at));
  CHECK(taken[0]["body"] == call.body);
  auto headers = taken[0]["headers"];
  CHECK(headers["content-type"] == "application/json");
  CHECK(headers["user-agent"] == "Klotterkoll");
  for (const char* absent : {"cookie", "authorization", "accept-encoding", "expect", "proxy-authorization"}) CHECK_FALSE(headers.contains(absent));

  call.secrets = {kSecret};
  call.webhook_id = "msg_2";
  sent(courier, call);
  CHECK(receiver.taken()[1]["verified"] == nlohmann::json{true, false, false});
}

TEST_CASE("webhook: what follows from each answer") {
  const auto receiver = Receiver::of_calls();
  CurlCourier courier{on_loopback()};
  struct Case {
    int status;
    Outcome outcome;
  };
  for (const auto& [status, outcome] :
       {Case{200, Outcome::accepted}, Case{201, Outcome::accepted}, Case{204, Outcome::accepted}, Case{299, Outcome::accepted},
        Case{300, Outcome::refused}, Case{304, Outcome::refused}, Case{399, Outcome::refused}, Case{400, Outcome::refused},
        Case{401, Outcome::refused}, Case{404, Outcome::refused}, Case{408, Outcome::retry}, Case{409, Outcome::refused}, Case{410, Outcome::gone},
        Case{425, Outcome::retry}, Case{429, Outcome::retry}, Case{499, Outcome::refused}, Case{500, Outcome::retry}, Case{503, Outcome::retry},
        Case{599, Outcome::retry}}) {
    CAPTURE(status);
    const auto attempt = sent(courier, call_to(url_of(receiver, "/status/" + std::to_string(status))));
    CHECK(attempt.outcome == outcome);
    CHECK(attempt.status == status);
    CHECK(attempt.detail.find(std::to_string(status)) != std::string::npos);
    CHECK_FALSE(attempt.retry_after);
  }
}

TEST_CASE("webhook: a receiver says when to come again, in seconds or as a date, and not later than tomorrow") {
  const auto receiver = Receiver::of_calls();
  CurlCourier courier{on_loopback()};
  const auto after = [&](int status, const std::string& value) {
    return sent(courier, call_to(url_of(receiver, "/status/" + std::to_string(status) + "?retry-after=" + value))).retry_after;
  };
  CHECK(after(429, "120") == seconds{120});
  CHECK(after(503, "0") == seconds{0});
  CHECK(after(429, "86400") == seconds{86400});
  CHECK(after(429, "86401") == seconds{86400});
  CHECK(after(429, "999999999999999999999999") == seconds{86400});
  CHECK(after(429, "Sun,%2022%20Nov%202026%2012:05:00%20GMT") == seconds{300});
  CHECK(after(429, "Sun,%2022%20Nov%202026%2011:00:00%20GMT") == seconds{0});
  CHECK(after(429, "Sun,%2022%20Nov%202099%2011:00:00%20GMT") == seconds{86400});
  CHECK(after(429, "-5") == seconds{0});
  CHECK_FALSE(after(429, "soon"));
  CHECK_FALSE(after(410, "120"));
}

TEST_CASE("webhook: a redirect is not followed, wherever it leads") {
  const auto receiver = Receiver::of_calls();
  CurlCourier courier{on_loopback()};
  for (const std::string& to : {url_of(receiver, "/ok"), std::string{"http://169.254.169.254/"}, std::string{"file:///etc/passwd"}}) {
    for (const char* status : {"301", "302", "307", "308"}) {
      const auto attempt = sent(courier, call_to(url_of(receiver, "/status/" + std::string{status} + "?location=" + to)));
      CHECK(attempt.outcome == Outcome::refused);
      CHECK(attempt.detail.find("redirect") != std::string::npos);
    }
  }
  for (const auto& taken : receiver.taken()) CHECK(taken["path"] != "/ok");
}

TEST_CASE("webhook: a name that leads to this machine is refused when it connects, unless that is allowed") {
  const auto receiver = Receiver::of_calls();
  const std::string url = "http://localhost:" + std::to_string(receiver.port()) + "/ok";
  {
    CurlCourier courier{CourierSettings{}};
    const auto attempt = sent(courier, call_to(url));
    CHECK(attempt.outcome == Outcome::refused);
    CHECK(attempt.status == 0);
    CHECK(attempt.detail == "The receiver's name leads to a private, local or reserved address, and those are not called.");
    CHECK(sent(courier, call_to(url_of(receiver, "/ok"))).outcome == Outcome::refused);
    CHECK(receiver.taken().empty());
  }
  // localhost may be ::1 first, where nobody listens; what is allowed is tried all the same.
  CurlCourier courier{on_loopback()};
  CHECK(sent(courier, call_to(url)).outcome == Outcome::accepted);
}

TEST_CASE("webhook: a call that cannot be made is refused with a sentence") {
  CurlCourier courier{on_loopback()};
  auto unsigned_call = call_to("http://127.0.0.1:1/");
  unsigned_call.secrets = {"secret"};
  CHECK(sent(courier, unsigned_call).outcome == Outcome::refused);
  auto split = call_to("http://127.0.0.1:1/");
  split.webhook_id = "a\r\nx-evil: 1";
  CHECK(sent(courier, split).outcome == Outcome::refused);
  for (const char* url : {"ftp://127.0.0.1/", "http://user:pass@127.0.0.1/", "http://10.0.0.1/", ""}) {
    CAPTURE(url);
    const auto attempt = sent(courier, call_to(url));
    CHECK(attempt.outcome == Outcome::refused);
    CHECK(attempt.detail.ends_with('.'));
  }
}

TEST_CASE("webhook: nobody there, an answer cut short and one that is no HTTP are tried again") {
  const auto receiver = Receiver::of_calls();
  CurlCourier courier{on_loopback()};
  for (const std::string& url : {std::string{"http://127.0.0.1:1/"}, url_of(receiver, "/cut"), url_of(receiver, "/garbage"),
                                 std::string{"http://there-is-no-such-host.invalid/"}}) {
    CAPTURE(url);
    const auto attempt = sent(courier, call_to(url));
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.status == 0);
    CHECK(attempt.detail.ends_with('.'));
  }
}

TEST_CASE("webhook: an endless answer is cut, and what was said in its head counts") {
  const auto receiver = Receiver::of_calls();
  auto settings = on_loopback();
  settings.call_timeout = milliseconds{1500};
  CurlCourier courier{settings};
  const auto begun = steady_clock::now();
  const auto big = sent(courier, call_to(url_of(receiver, "/big")));
  CHECK(big.outcome == Outcome::accepted);
  CHECK(big.detail.size() <= 300);
  CHECK(steady_clock::now() - begun < milliseconds{1400});
  CHECK(sent(courier, call_to(url_of(receiver, "/slow-body"))).outcome == Outcome::accepted);
  CHECK(sent(courier, call_to(url_of(receiver, "/hang"))).detail == "The receiver did not answer in time.");
}

TEST_CASE("webhook: what a receiver says is quoted short, as text in one line") {
  const auto receiver = Receiver::of_calls();
  CurlCourier courier{on_loopback()};
  const auto said = [&](const std::string& body) {
    return sent(courier, call_to(url_of(receiver, "/status/500?body=" + body))).detail;
  };
  CHECK(said("H%C3%83%C2%B6%C3%83%C2%B6r%0D%0A%00%1B[31m%C2%85x") == "The receiver answered 500: Höör [31mx");  // latin1 of UTF-8
  CHECK(said("%FF%FEab") == "The receiver answered 500: ab");
  CHECK(said("%20%0A") == "The receiver answered 500.");
  CHECK(said(std::string(5000, 'a')).size() <= 300);
}

TEST_CASE("webhook: a receiver that hangs delays nobody else") {
  const auto receiver = Receiver::of_calls(), hanging = Receiver::of_calls();
  auto settings = on_loopback();
  settings.call_timeout = milliseconds{20'000};
  CurlCourier courier{settings};
  Outcomes never, good;
  for (std::size_t i = 0; i < 300; ++i) courier.send(call_to(url_of(hanging, "/hang")), never.at(i));
  sent(courier, call_to(url_of(receiver, "/ok")));
  const auto begun = steady_clock::now();
  for (std::size_t i = 0; i < 100; ++i) courier.send(call_to(url_of(receiver, "/ok")), good.at(i));
  good.wait_for(100);
  CHECK(steady_clock::now() - begun < seconds{3});
  CHECK(never.count() == 0);
  CHECK(hanging.taken().size() == settings.calls_to_one);  // the rest waits for these
}

TEST_CASE("webhook: a receiver that did not answer in time gets one call at a time, until it answers") {
  const auto receiver = Receiver::of_calls();
  auto settings = on_loopback();
  settings.call_timeout = milliseconds{300};
  settings.calls_to_one = 4;
  CurlCourier courier{settings};
  Outcomes outcomes;
  for (std::size_t i = 0; i < 7; ++i) courier.send(call_to(url_of(receiver, "/hang")), outcomes.at(i));
  const auto begun = steady_clock::now();
  outcomes.wait_for(7);
  // Four at once, and then three one after the other.
  CHECK(steady_clock::now() - begun > milliseconds{900});
}

TEST_CASE("webhook: a courier that goes away does so at once and tells no more") {
  const auto receiver = Receiver::of_calls();
  Outcomes outcomes;
  steady_clock::time_point begun;
  {
    CurlCourier courier{on_loopback()};
    for (std::size_t i = 0; i < 50; ++i) courier.send(call_to(url_of(receiver, "/hang")), outcomes.at(i));
    while (receiver.taken().empty()) std::this_thread::sleep_for(milliseconds{10});
    begun = steady_clock::now();
  }
  CHECK(steady_clock::now() - begun < seconds{1});
  CHECK(outcomes.count() == 0);
}

TEST_CASE("webhook: connections are kept, and a receiver that fails first is tried again by whoever sends") {
  const auto receiver = Receiver::of_calls();
  CurlCourier courier{on_loopback()};
  const auto call = call_to(url_of(receiver, "/fail?first=2"));
  CHECK(sent(courier, call).outcome == Outcome::retry);
  CHECK(sent(courier, call).outcome == Outcome::retry);
  CHECK(sent(courier, call).outcome == Outcome::accepted);
}

TEST_CASE("webhook: a certificate is checked against the authorities, and its name") {
  const Certificate certificate;
  const auto receiver = Receiver::of_calls({"--cert", certificate.certificate_file, "--key", certificate.key_file});
  const std::string port = std::to_string(receiver.port());
  {
    CurlCourier courier{on_loopback()};
    const auto attempt = sent(courier, call_to("https://localhost:" + port + "/ok"));
    CHECK(attempt.outcome == Outcome::retry);
    CHECK(attempt.detail.find("certificate") != std::string::npos);
  }
  auto settings = on_loopback();
  settings.ca_file = certificate.certificate_file;
  CurlCourier courier{settings};
  CHECK(sent(courier, call_to("https://localhost:" + port + "/ok")).outcome == Outcome::accepted);
  CHECK(sent(courier, call_to("https://127.0.0.2:" + port + "/ok")).outcome == Outcome::retry);  // nobody listens there
}
