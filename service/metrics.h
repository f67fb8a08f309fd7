#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <optional>
#include <string>

#include "delivery.h"
#include "domain/notice.h"
#include "workflow/deadline_sweep.h"

namespace klotterkoll {

/// What /metrics tells. Safe to call from several threads.
class Metrics {
 public:
  Metrics();

  void count_request(int status, std::chrono::steady_clock::duration took);
  void count_sweep(const SweepResult& result);
  void count_delivery(const DeliveryCounts& counts);
  /// What waits, in all municipalities.
  struct Waiting {
    std::int64_t confirmations = 0;  ///< reports that wait for an officer
    WaitingMessages messages;
    Instant as_of;
  };
  /// In Prometheus' text form, with the store's numbers as they are now. `waiting` none while nobody knows.
  std::string text(const StoreMetrics& store, const std::optional<Waiting>& waiting) const;

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Histogram& seconds_;
  prometheus::Family<prometheus::Counter>& flags_;
  prometheus::Gauge& failed_checks_;
  prometheus::Counter& told_;
  prometheus::Family<prometheus::Counter>& sent_;
  prometheus::Family<prometheus::Counter>& outcomes_;
};

}  // namespace klotterkoll
