#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "workflow/delivery.h"

namespace klotterkoll {

/// How a node delivers.
struct DeliveryOptions {
  DeliveryPace pace;
  std::chrono::milliseconds look_every{1000};  ///< for something to do, when nothing has come of oneself
  bool mails = true;                           ///< false: mails wait for a node that sends them
  std::int64_t mails_at_once = 64, calls_at_once = 1024;
  std::chrono::milliseconds patience{2000};    ///< at the end, for what is under way
};

/// What a node has done, since it was last asked.
struct DeliveryCounts {
  std::int64_t told = 0, mails = 0, calls = 0, accepted = 0, retried = 0, parked = 0, dropped = 0;
};

/// Tells on the history and delivers what comes of it, in two threads that sleep when there is nothing to do. Any number of
/// nodes do so on one database. A node that is killed has lost nothing: what it had not recorded is sent again.
class Delivery {
 public:
  /// All of them must outlive it. What the courier tells afterwards is heard by nobody.
  Delivery(Store& store, Teller teller, Courier& courier, const Clock& clock, IdSource& ids, DeliveryOptions options,
           std::function<void(const DeliveryCounts&)> count);
  /// Takes nothing up any more, waits a moment for what is under way, records it, and gives the rest back.
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

 private:
  /// Where the courier's threads leave what became of a message; it lives as long as the last of them may.
  struct Inbox {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::vector<std::pair<Handout, Attempt>> arrived;  ///< of a handout only the keys
  };

  void tell(std::stop_token stop);
  void deliver(std::stop_token stop);
  /// False when there was nothing to do.
  bool look();
  bool take(bool by_mail);
  void hand_out(Handout handout);
  bool record(Instant now);
  void collect(Instant now);
  void note_relay(const Attempt& attempt);
  void extend_leases(Instant now);
  void give_back();
  double chance();
  /// Messages that were taken up and whose outcomes are not recorded: if the node is killed, all of them go again.
  std::int64_t in_hand(bool by_mail) const;

  Store& store_;
  const Teller teller_;
  Courier& courier_;
  const Clock& clock_;
  IdSource& ids_;
  const DeliveryOptions options_;
  const std::function<void(const DeliveryCounts&)> count_;
  const std::string token_;  ///< by which this node leases
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();

  // Of the delivering thread:
  struct Held {
    std::int64_t unrecorded = 0;  ///< of its messages
    bool by_mail = false;
  };
  std::map<DestinationId, Held> held_;
  std::vector<Tried> outcomes_;  ///< to be recorded
  int relay_failures_ = 0;
  std::chrono::steady_clock::time_point relay_closed_until_{}, leases_extended_at_{};

  std::jthread telling_, delivering_;
};

}  // namespace klotterkoll
