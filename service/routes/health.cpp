#include <nlohmann/json.hpp>

#include "base/error.h"
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

/// In all municipalities; none when the database does not answer, which the other numbers need not wait for.
std::optional<std::int64_t> waiting_confirmations(Call& call) {
  try {
    return read(call, [](Transaction& transaction) {
      std::int64_t count = 0;
      for (const Municipality& one : transaction.municipalities().list()) count += transaction.queue().count_waiting(one.id, std::nullopt).count;
      return count;
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
             call.response.set_content(call.app.metrics.text(call.app.store.metrics(), waiting_confirmations(call)), "text/plain; version=0.0.4; charset=utf-8");
           }}};
}

}  // namespace klotterkoll
