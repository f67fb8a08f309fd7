#include "metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>

namespace klotterkoll {

Metrics::Metrics()
    : requests_(prometheus::BuildCounter().Name("klotterkoll_http_requests_total").Help("Requests answered, by status.").Register(registry_)),
      seconds_(prometheus::BuildHistogram()
                   .Name("klotterkoll_http_request_seconds")
                   .Help("Time from a whole head to a complete answer.")
                   .Register(registry_)
                   .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10})),
      flags_(prometheus::BuildCounter().Name("klotterkoll_flags_total").Help("Flags raised by sweeps, by kind.").Register(registry_)),
      failed_checks_(prometheus::BuildGauge()
                         .Name("klotterkoll_failed_checks")
                         .Help("Cases that the last sweep could not look at.")
                         .Register(registry_)
                         .Add({})),
      told_(prometheus::BuildCounter().Name("klotterkoll_told_events_total").Help("Events of the history told on by this node.").Register(registry_).Add({})),
      sent_(prometheus::BuildCounter().Name("klotterkoll_attempts_total").Help("Attempts to deliver a message, by how.").Register(registry_)),
      outcomes_(prometheus::BuildCounter()
                    .Name("klotterkoll_outcomes_total")
                    .Help("What became of messages: accepted, retried, parked or dropped.")
                    .Register(registry_)) {}

void Metrics::count_request(int status, std::chrono::steady_clock::duration took) {
  requests_.Add({{"status", std::to_string(status)}}).Increment();
  seconds_.Observe(std::chrono::duration<double>(took).count());
}

void Metrics::count_sweep(const SweepResult& result) {
  flags_.Add({{"kind", "case_due_soon"}}).Increment(static_cast<double>(result.due_soon));
  flags_.Add({{"kind", "case_overdue"}}).Increment(static_cast<double>(result.overdue));
  flags_.Add({{"kind", "hold_ended"}}).Increment(static_cast<double>(result.holds_ended));
  flags_.Add({{"kind", "case_unattended"}}).Increment(static_cast<double>(result.unattended));
  failed_checks_.Set(static_cast<double>(result.failures.size()));
}

void Metrics::count_delivery(const DeliveryCounts& counts) {
  told_.Increment(static_cast<double>(counts.told));
  sent_.Add({{"channel", "mail"}}).Increment(static_cast<double>(counts.mails));
  sent_.Add({{"channel", "webhook"}}).Increment(static_cast<double>(counts.calls));
  outcomes_.Add({{"outcome", "accepted"}}).Increment(static_cast<double>(counts.accepted));
  outcomes_.Add({{"outcome", "retried"}}).Increment(static_cast<double>(counts.retried));
  outcomes_.Add({{"outcome", "parked"}}).Increment(static_cast<double>(counts.parked));
  outcomes_.Add({{"outcome", "dropped"}}).Increment(static_cast<double>(counts.dropped));
}

std::string Metrics::text(const StoreMetrics& store, const std::optional<Waiting>& waiting) const {
  auto families = registry_.Collect();
  const auto add = [&](const char* name, const char* help, prometheus::MetricType type, std::int64_t value) {
    prometheus::ClientMetric metric;
    (type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = static_cast<double>(value);
    families.push_back({name, help, type, {metric}});
  };
  add("klotterkoll_store_commits_total", "Durable commits.", prometheus::MetricType::Counter, store.commits);
  add("klotterkoll_store_writes_total", "Writes that shared them.", prometheus::MetricType::Counter, store.writes);
  add("klotterkoll_store_log_bytes_total", "Bytes written to the write-ahead log.", prometheus::MetricType::Counter, store.log_bytes);
  add("klotterkoll_store_waiting_writes", "Writes that wait for the writer.", prometheus::MetricType::Gauge, store.waiting_writes);
  if (waiting) {
    const auto& [confirmations, messages, as_of] = *waiting;
    add("klotterkoll_waiting_confirmations", "Reports that wait for an officer's word.", prometheus::MetricType::Gauge, confirmations);
    add("klotterkoll_waiting_messages", "Messages and notices that were not accepted yet.", prometheus::MetricType::Gauge, messages.waiting);
    add("klotterkoll_parked_messages", "Messages that were given up, until somebody sends them again.", prometheus::MetricType::Gauge, messages.parked);
    add("klotterkoll_oldest_waiting_seconds", "How long the oldest message or notice has waited.", prometheus::MetricType::Gauge,
        messages.oldest ? std::max<std::int64_t>(0, (as_of - *messages.oldest).count()) : 0);
  }
  return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace klotterkoll
