#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <malloc.h>

#include <csignal>
#include <thread>

#include "background.h"
#include "base/error.h"
#include "server.h"
#include "store/sql_store.h"
#include "workflow/deadline_sweep.h"

namespace klotterkoll {
namespace {

/// Answers to requests with an Idempotency-Key are kept for a day.
void forget_old_answers(Store& store, Instant now) {
  store.write([&](Transaction& transaction) {
    for (const Municipality& municipality : transaction.municipalities().list())
      transaction.idempotency().remove_before(municipality.id, now - std::chrono::hours{24});
    transaction.idempotency().remove_before(0, now - std::chrono::hours{24});
  });
}

/// Sweeps, and tells of cases that could not be looked at.
SweepResult sweep(Store& store, Instant now) {
  SweepResult result = sweep_deadlines(store, now, now);
  for (const auto& [id, reason] : result.failures)
    spdlog::error("sweep: case {} was passed over: {}", store.references().encode(id), reason);
  return result;
}

/// Blocks the signals that end the service, for this thread and those it starts, so that sigwait gets them.
sigset_t block_ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

int serve(const ServeOptions& options) {
  const sigset_t signals = block_ending_signals();
  // Each thread would get a pool of memory of its own, and keep it: with many clients that is most of what we use.
  mallopt(M_ARENA_MAX, 2);
  // A large body goes back to the system when it is freed. Left alone, the allocator keeps it once it has seen a few.
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error to be answered, not an end
  spdlog::set_default_logger(spdlog::stderr_color_mt("klotterkoll"));
  spdlog::set_level(spdlog::level::from_str(options.log_level));
  const auto store = open_store({options.database, options.commit_batch, options.readers, options.writers});
  const SystemClock clock;
  RandomIdSource ids;
  Service service{options, {}, *store, clock, ids};
  const int port = service.listen(options.host, options.port);
  spdlog::info("listening on {}:{}", options.host, port);
  std::jthread server{[&] { service.run(); }};
  {
    std::optional<Repeating> sweeps;
    if (options.sweep_every > std::chrono::seconds{0})
      sweeps.emplace("sweep", options.sweep_every, [&] { service.metrics().count_sweep(sweep(*store, clock.now())); });
    const Repeating forgetting{"forgetting old answers", std::chrono::hours{1}, [&] { forget_old_answers(*store, clock.now()); }};
    // What was freed between small pieces that live on is kept by the allocator until it is asked for.
    const Repeating trimming{"giving back memory", std::chrono::seconds{10}, [] { malloc_trim(0); }};
    int signal = 0;
    sigwait(&signals, &signal);
    spdlog::info("ending");
  }
  service.stop();
  return 0;
}

}  // namespace klotterkoll
