// The threads that deliver, with a courier and a clock that the test holds.

#include "delivery.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "support/test_teller.h"
#include "support/town.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using namespace std::chrono_literals;

namespace {

/// A clock that a test may set while others read it.
class SteppedClock final : public Clock {
 public:
  explicit SteppedClock(Instant start) : now_(start) {}
  Instant now() const override { return now_; }
  void set(Instant now) { now_ = now; }

 private:
  std::atomic<Instant> now_;
};

/// A relay that is away until told otherwise; it answers at once.
class FakeRelay final : public Courier {
 public:
  void send(OutgoingMail, Done done) override {
    ++tried;
    if (!away) ++taken;
    Attempt attempt;
    attempt.outcome = away ? Attempt::Outcome::retry : Attempt::Outcome::accepted;
    attempt.relay_down = away;
    done(attempt);
  }
  void send(OutgoingCall, Done done) override { done({}); }
  std::atomic<bool> away = true;
  std::atomic<int> tried = 0, taken = 0;
};

bool becomes(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

}  // namespace

TEST_CASE("delivering: a clock that is set while the mail server is away neither keeps mail back nor lets a flood through") {
  Town hoor;
  TestTeller people;
  SteppedClock clock{hoor.clock.now()};
  FakeRelay relay;
  RandomIdSource ids;
  DeliveryOptions options;
  options.look_every = 5ms;
  options.pace.first_pause = options.pace.longest_pause = 1s;
  Owner eon = read(*hoor.store, [&](Transaction& transaction) { return transaction.owners().find(hoor.id, "eon").value(); });
  eon.email = "drift@eon.se";
  eon.address_prefixes = {"Elgatan"};
  hoor.add_owner(eon);
  hoor.report();
  clock.set(hoor.clock.now() + kGathered);
  const Delivery delivery{*hoor.store, people.teller(), relay, clock, ids, options, [](const DeliveryCounts&) {}};
  REQUIRE(becomes([&] { return relay.tried == 1; }));
  const auto since = std::chrono::steady_clock::now();
  // A day ahead: the mail is due each time, and the pause still lasts its second.
  for (int hour = 1; hour <= 24; ++hour) {
    clock.set(hoor.clock.now() + std::chrono::hours{hour});
    std::this_thread::sleep_for(20ms);
  }
  CHECK(relay.tried <= 2 + (std::chrono::steady_clock::now() - since) / 1s);
  const int tried = relay.tried;
  REQUIRE(becomes([&] { return relay.tried > tried; }));
  // And back again: what happens then does not wait for that day.
  clock.set(hoor.clock.now() + kGathered);
  hoor.report(tag_at("Elgatan 1"));
  hoor.clock.pass(kGathered);
  clock.set(hoor.clock.now() + kGathered);
  relay.away = false;
  CHECK(becomes([&] { return relay.taken >= 1; }));
}
