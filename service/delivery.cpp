#include "delivery.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "workflow/faults.h"

namespace klotterkoll {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// Outcomes recorded in one transaction.
constexpr std::size_t kOutcomes = 64;
/// While there is a lot to tell, as after an import, telling takes at most this share of the time, so that reports do not
/// wait for it.
constexpr int kOneIn = 10;
/// After a fault of the database, and after others were in the way again and again.
constexpr milliseconds kPauseAfterFault{1000}, kPauseAfterConflict{50};
constexpr seconds kLongestRelayPause{60};

/// How long to wait before the same is tried again.
milliseconds note_fault(const char* what, const std::exception& fault) {
  if (is_passing(fault) && !is_unavailable(fault)) {
    spdlog::debug("{} met other writers and is tried again: {}", what, fault.what());
    return kPauseAfterConflict;
  }
  spdlog::error("{} failed and is tried again: {}", what, fault.what());
  return kPauseAfterFault;
}

}  // namespace

Delivery::Delivery(Store& store, Teller teller, Courier& courier, const Clock& clock, IdSource& ids, DeliveryOptions options,
                   std::function<void(const DeliveryCounts&)> count)
    : store_(store), teller_(std::move(teller)), courier_(courier), clock_(clock), ids_(ids), options_(options), count_(std::move(count)),
      token_(random_token(ids, 12)), telling_([this](std::stop_token stop) { tell(stop); }),
      delivering_([this](std::stop_token stop) { deliver(stop); }) {}

Delivery::~Delivery() {
  telling_.request_stop();
  delivering_.request_stop();
  telling_.join();
  delivering_.join();
}

void Delivery::tell(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    auto pause = std::chrono::duration_cast<steady_clock::duration>(options_.look_every);
    try {
      const auto since = steady_clock::now();
      const Told told = tell_on(store_, teller_, clock_.now());
      for (const std::string& failure : told.failures) spdlog::error("telling: an event was not told to everybody: {}", failure);
      if (told.events > 0) count_({.told = told.events});
      if (told.fault) std::rethrow_exception(told.fault);
      if (told.more) pause = std::min(pause, (steady_clock::now() - since) * (kOneIn - 1));
    } catch (const std::exception& fault) {
      pause = note_fault("telling", fault);
    }
    std::unique_lock lock{mutex};
    wake.wait_for(lock, stop, pause, [] { return false; });
  }
}

void Delivery::deliver(std::stop_token stop) {
  auto look_at = steady_clock::now();
  steady_clock::time_point end{};
  for (;;) {
    const bool ending = stop.stop_requested();
    if (ending && end == steady_clock::time_point{}) end = steady_clock::now() + options_.patience;
    bool busy = false;
    try {
      const Instant now = clock_.now();
      collect(now);
      busy = record(now);
      if (!ending && (busy || steady_clock::now() >= look_at)) {
        busy = look() || busy;
        look_at = steady_clock::now() + options_.look_every;
      }
    } catch (const std::exception& fault) {
      const milliseconds pause = note_fault("delivering", fault);
      look_at = steady_clock::now() + pause;
      if (!ending) {
        std::unique_lock lock{inbox_->mutex};
        inbox_->wake.wait_for(lock, stop, pause, [] { return false; });
      }
    }
    if (ending && (held_.empty() || steady_clock::now() >= end)) return give_back();
    if (busy) continue;
    std::unique_lock lock{inbox_->mutex};
    const auto arrived = [&] { return !inbox_->arrived.empty(); };
    if (ending)
      inbox_->wake.wait_until(lock, end, arrived);
    else
      inbox_->wake.wait_until(lock, stop, look_at, arrived);
  }
}

bool Delivery::look() {
  const bool calls = take(false);
  const bool mails = options_.mails && steady_clock::now() >= relay_closed_until_ && take(true);
  return calls || mails;
}

bool Delivery::take(bool by_mail) {
  // Each time, with the time that it is then: to take up may last, and what is held meanwhile is not to be lost.
  const Instant now = clock_.now();
  extend_leases(now);
  std::int64_t most = (by_mail ? options_.mails_at_once : options_.calls_at_once) - in_hand(by_mail);
  // A relay that was away is tried with one mail.
  if (by_mail && relay_failures_ > 0) most = std::min<std::int64_t>(most, 1 - in_hand(true));
  if (most <= 0) return false;
  TakenUp taken = take_up(store_, teller_, options_.pace, token_, by_mail, most, now);
  for (const std::string& failure : taken.failures) spdlog::error("a message could not be composed: {}", failure);
  for (const DestinationId id : taken.held) held_.try_emplace(id, Held{0, by_mail});
  for (Tried& outcome : taken.outcomes) {
    ++held_[outcome.destination].unrecorded;
    outcome.chance = chance();
    outcomes_.push_back(std::move(outcome));
  }
  const bool any = !taken.held.empty() || taken.dropped > 0;
  if (taken.dropped > 0) count_({.dropped = taken.dropped});
  for (Handout& handout : taken.handouts) hand_out(std::move(handout));
  if (taken.fault) std::rethrow_exception(taken.fault);
  return any;
}

void Delivery::hand_out(Handout handout) {
  const bool by_mail = std::holds_alternative<OutgoingMail>(handout.what);
  ++held_[handout.destination].unrecorded;
  count_(by_mail ? DeliveryCounts{.mails = 1} : DeliveryCounts{.calls = 1});
  Handout keys{handout.message, handout.destination, {}};
  if (!by_mail) keys.what = OutgoingCall{};
  auto done = [inbox = inbox_, keys = std::move(keys)](const Attempt& attempt) {
    {
      const std::lock_guard lock{inbox->mutex};
      inbox->arrived.emplace_back(keys, attempt);
    }
    inbox->wake.notify_all();
  };
  std::visit([&](auto& what) { courier_.send(std::move(what), std::move(done)); }, handout.what);
}

void Delivery::collect(Instant now) {
  std::vector<std::pair<Handout, Attempt>> arrived;
  {
    const std::lock_guard lock{inbox_->mutex};
    arrived.swap(inbox_->arrived);
  }
  for (auto& [keys, attempt] : arrived) {
    if (std::holds_alternative<OutgoingMail>(keys.what)) note_relay(attempt);
    outcomes_.push_back({keys.message, keys.destination, std::move(attempt), now, chance()});
  }
}

void Delivery::note_relay(const Attempt& attempt) {
  if (!attempt.relay_down) {
    if (relay_failures_ > 0) spdlog::info("the mail server takes mails again");
    relay_failures_ = 0;
    return;
  }
  // Not by the clock of the house: one that is set back would keep all mail waiting, one that is set ahead none.
  const auto now = steady_clock::now();
  if (now < relay_closed_until_) return;  // of those that went at the same time
  if (relay_failures_++ == 0) spdlog::warn("the mail server does not take mails: {}", attempt.detail);
  relay_closed_until_ = now + std::min(pause_after(relay_failures_, 0.5, options_.pace), kLongestRelayPause);
}

bool Delivery::record(Instant now) {
  if (outcomes_.empty()) return false;
  const std::span<const Tried> batch{outcomes_.data(), std::min(kOutcomes, outcomes_.size())};
  std::map<DestinationId, std::int64_t> recorded_of;
  for (const Tried& outcome : batch) ++recorded_of[outcome.destination];
  std::vector<DestinationId> release;
  for (const auto& [id, count] : recorded_of)
    if (const auto held = held_.find(id); held != held_.end() && held->second.unrecorded == count) release.push_back(id);
  Recorded recorded = record_outcomes(store_, teller_, options_.pace, batch, release, token_);
  outcomes_.erase(outcomes_.begin(), outcomes_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
  for (const auto& [id, count] : recorded_of)
    if (const auto held = held_.find(id); held != held_.end() && (held->second.unrecorded -= count) == 0) held_.erase(held);
  for (const std::string& failure : recorded.failures) spdlog::error("an outcome was recorded without what follows from it: {}", failure);
  std::ranges::sort(recorded.failing);
  const auto repeated = std::ranges::unique(recorded.failing);
  recorded.failing.erase(repeated.begin(), repeated.end());
  for (const DestinationId id : recorded.failing)
    while (const auto given_up = give_up_waiting(store_, teller_, options_.pace, id, now)) recorded.parked += given_up;
  count_({.accepted = recorded.accepted, .retried = recorded.retried, .parked = recorded.parked});
  return true;
}

void Delivery::extend_leases(Instant now) {
  const auto begun = steady_clock::now();
  if (held_.empty() || begun < leases_extended_at_ + options_.pace.lease / 4) return;
  std::int64_t lost = 0;
  store_.write([&](Transaction& transaction) {
    lost = 0;
    for (const auto& [id, held] : held_) lost += !transaction.notices().extend_lease(id, now + options_.pace.lease, token_);
  });
  leases_extended_at_ = begun;
  if (lost > 0) spdlog::warn("{} receivers were taken over by another node, which had not heard of this one; some of it may arrive twice", lost);
}

void Delivery::give_back() {
  if (held_.empty()) return;
  try {
    store_.write([&](Transaction& transaction) {
      for (const auto& [id, held] : held_) transaction.notices().release(id, token_);
    });
  } catch (const std::exception& fault) {
    spdlog::warn("what was under way is sent again later: {}", fault.what());
  }
}

std::int64_t Delivery::in_hand(bool by_mail) const {
  std::int64_t sum = 0;
  for (const auto& [id, held] : held_) sum += held.by_mail == by_mail ? held.unrecorded : 0;
  return sum;
}

double Delivery::chance() {
  std::array<unsigned char, 4> bytes{};
  ids_.fill(bytes);
  std::uint32_t number = 0;
  for (const unsigned char byte : bytes) number = number << 8 | byte;
  return static_cast<double>(number) / 4294967296.0;
}

}  // namespace klotterkoll
