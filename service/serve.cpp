#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <malloc.h>

#include <csignal>
#include <thread>

#include "background.h"
#include "base/error.h"
#include "delivery.h"
#include "geo/spot_index_cache.h"
#include "notify/curl_courier.h"
#include "notify/mail_texts.h"
#include "photo/photo_workers.h"
#include "server.h"
#include "store/photo_store.h"
#include "store/sql_store.h"
#include "workflow/closing_links.h"
#include "teller.h"
#include "workflow/deadline_sweep.h"
#include "workflow/photos.h"
#include "workflow/reporter_addresses.h"
#include "workflow/sign_in.h"
#include "workflow/telling_ahead.h"

namespace klotterkoll {
namespace {

/// Answers to requests with an Idempotency-Key are kept for a day. Few are forgotten at once, since writers wait meanwhile.
void forget_old_answers(Store& store, Instant now) {
  constexpr std::int64_t kAtOnce = 500;
  std::vector<MunicipalityId> all{0};  // what is no municipality's has the number 0
  store.read([&](Transaction& transaction) {
    for (const Municipality& municipality : transaction.municipalities().list()) all.push_back(municipality.id);
  });
  for (const MunicipalityId municipality : all)
    for (std::int64_t forgotten = kAtOnce; forgotten == kAtOnce;)
      store.write([&](Transaction& transaction) {
        forgotten = transaction.idempotency().remove_before(municipality, now - std::chrono::hours{24}, kAtOnce);
      });
}

/// Sweeps, and tells of cases that could not be looked at.
SweepResult sweep(Store& store, Instant now) {
  SweepResult result = sweep_deadlines(store, now, now);
  for (const auto& [id, reason] : result.failures)
    spdlog::error("sweep: case {} was passed over: {}", store.references().encode(id), reason);
  return result;
}

/// Brings the indexes of the registers up to date.
void index(SpotIndexCache& spots, Store& store) {
  for (const auto& built : spots.refresh(store))
    spdlog::info("indexed {}: {} shapes in {} kB, {} in {} ms", built.municipality, built.shapes, built.bytes / 1024,
                 built.whole ? "all of them" : "what has changed", built.took.count());
}

/// The host that mails come from: of --mail-from, else of --public-url, else this machine.
std::string mail_host(const ServeOptions& options) {
  if (const auto at = options.mail_from.rfind('@'); at != std::string::npos) return options.mail_from.substr(at + 1);
  const auto scheme = options.public_url.find("://");
  if (scheme == std::string::npos) return "localhost";
  const std::string host = options.public_url.substr(scheme + 3);
  return host.substr(0, host.find_first_of("/:[]"));
}

CourierSettings courier_settings(const ServeOptions& options) {
  CourierSettings settings;
  if (options.smtp != "off") settings.smtp_url = options.smtp;
  settings.mail_from = options.mail_from.empty() ? "klotterkoll@" + mail_host(options) : options.mail_from;
  for (const std::string& network : options.webhook_allow) settings.webhook_allow.emplace_back(network);
  return settings;
}

DeliveryOptions delivery_options(const ServeOptions& options) {
  using std::chrono::seconds;
  DeliveryOptions delivery;
  delivery.mails = options.smtp != "off";
  if (options.hurried_delivery) {
    delivery.pace.first_pause = delivery.pace.longest_pause = delivery.pace.first_closed = delivery.pace.longest_closed = seconds{1};
    delivery.pace.lease = seconds{3};
    delivery.look_every = std::chrono::milliseconds{100};
  }
  return delivery;
}

/// Whoever may walk in as anybody must find nothing but what is made up.
void require_demonstration(Store& store) {
  store.read([](Transaction& transaction) {
    for (const Municipality& one : transaction.municipalities().list())
      if (!one.demo) throw Error{ErrorCode::refused, "This database holds " + one.name + " (" + one.code + "), which is no demonstration; serve it without --demo."};
  });
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
  const auto spots = std::make_shared<SpotIndexCache>(SpotIndexCache::Renewal::in_background);
  const auto store = open_store({options.database, options.commit_batch, options.readers, options.writers, spots});
  if (options.demo) require_demonstration(*store);
  const SystemClock clock;
  RandomIdSource ids;
  const auto photo_store = open_photo_store(options.database);
  PhotoWorkerOptions photo_options;
  photo_options.on_fault = [](const std::string& what) { spdlog::warn("{}", what); };
  PhotoWorkers photo_workers{photo_options};
  const MailTexts texts;
  CurlCourier courier{courier_settings(options)};
  Service service{options, {}, *store, clock, ids, *photo_store, photo_workers};
  const int port = service.listen(options.host, options.port);
  spdlog::info("listening on {}:{}", options.host, port);
  std::jthread server{[&] { service.run(); }};
  {
    std::optional<Repeating> sweeps;
    if (options.sweep_every > std::chrono::seconds{0})
      sweeps.emplace("sweep", options.sweep_every, [&] { service.metrics().count_sweep(sweep(*store, clock.now())); });
    const Repeating forgetting{"forgetting old answers", std::chrono::hours{1}, [&] { forget_old_answers(*store, clock.now()); }};
    const Repeating forgetting_sessions{"forgetting ended sessions", std::chrono::hours{1}, [&] { forget_sessions(*store, clock.now()); }};
    const Repeating forgetting_sign_ins{"forgetting who asked to sign in", std::chrono::minutes{1}, [&] { forget_sign_ins(*store, clock.now()); }};
    const Repeating forgetting_links{"forgetting old links", std::chrono::hours{1}, [&] { forget_links(*store, clock.now()); }};
    // Nobody has to wait for the first look at a map. Once an hour all is read anew, in case that something was changed past the history.
    const Repeating mapping{"reading cases for maps", std::chrono::hours{1}, [&] { service.maps().cases.load(); }};
    // Every node sees within two seconds what an officer or an import has changed on another.
    const Repeating indexing{"indexing properties", std::chrono::seconds{1}, [&] { index(*spots, *store); }};
    const Repeating forgetting_photos{"forgetting photos that nobody named", std::chrono::hours{1}, [&] {
      if (const auto count = forget_photos(*store, *photo_store, clock.now()); count > 0) spdlog::info("forgot {} photos that nobody named", count);
    }};
    const Repeating removing_orphans{"removing bytes of no photo", std::chrono::hours{24}, [&] {
      if (const auto count = remove_orphans(*store, *photo_store, clock.now()); count > 0) spdlog::info("removed {} files of no photo", count);
    }};
    const Repeating telling_ahead{"telling ahead of quiet hours", std::chrono::minutes{5}, [&] { tell_ahead(*store, clock.now()); }};
    const Repeating forgetting_messages{"forgetting old messages", std::chrono::hours{1}, [&] {
      if (const auto forgotten = forget_old_messages(*store, clock.now())) spdlog::info("forgot {} messages of long ago", forgotten);
      forget_address_tokens(*store, clock.now());
    }};
    const Delivery delivery{*store, make_teller(*store, texts, ids, service.public_url(), mail_host(options)), courier, clock, ids,
                            delivery_options(options), [&](const DeliveryCounts& counts) { service.metrics().count_delivery(counts); }};
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
