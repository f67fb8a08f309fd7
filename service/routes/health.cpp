#include <nlohmann/json.hpp>

#include "base/error.h"
#include "domain/notice.h"
#include "domain/queue.h"
#include "metrics.h"
#include "router.h"

namespace klotterkoll {
namespace {

void get_ready(Call& call) {
  call.no_store();
  try {
    call.app.store.check();  // a store is opened only with the schema that the binary knows
    call.answer({{"status", "ready"}, {"checks", {{"database", "ok"}, {"migrations", "ok"}}}});
  } catch (const Error&) {
    call.answer({{"status", "not_ready"}, {"checks", {{"database", "does not answer"}}}}, 503);
    call.response.set_header("Retry-After", "5");
  }
}

/// None when the database does not answer, which the other numbers need not wait for.
std::optional<Metrics::Waiting> waiting(Call& call) {
  try {
    return read(call, [&](Transaction& transaction) {
      Metrics::Waiting sum;
      sum.as_of = call.now;
      for (const Municipality& one : transaction.municipalities().list()) {
        sum.confirmations += transaction.queue().count_waiting(one.id, std::nullopt).count;
        const WaitingMessages messages = transaction.notices().count_waiting(one.id);
        sum.messages.waiting += messages.waiting;
        sum.messages.parked += messages.parked;
        if (messages.oldest) sum.messages.oldest = std::min(sum.messages.oldest.value_or(*messages.oldest), *messages.oldest);
      }
      return sum;
    });
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<Route> health_routes() {
  return {{"GET", "/healthz", kAnyone, [](Call& call) { call.no_store(); call.answer({{"status", "ok"}}); }},
          {"GET", "/readyz", kAnyone, get_ready},
          {"GET", "/metrics", kAnyone, [](Call& call) {
             call.no_store();
             call.response.set_content(call.app.metrics.text(call.app.store.metrics(), waiting(call)), "text/plain; version=0.0.4; charset=utf-8");
           }}};
}

}  // namespace klotterkoll
