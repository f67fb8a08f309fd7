#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <optional>
#include <string>

#include "workflow/deadline_sweep.h"

namespace klotterkoll {

/// What /metrics tells. Safe to call from several threads.
class Metrics {
 public:
  Metrics();

  void count_request(int status, std::chrono::steady_clock::duration took);
  void count_sweep(const SweepResult& result);
  /// In Prometheus' text form, with the store's numbers as they are now.
  /// `waiting`: reports that wait for an officer; none while nobody knows.
  std::string text(const StoreMetrics& store, std::optional<std::int64_t> waiting) const;

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Histogram& seconds_;
  prometheus::Family<prometheus::Counter>& flags_;
  prometheus::Gauge& failed_checks_;
};

}  // namespace klotterkoll
