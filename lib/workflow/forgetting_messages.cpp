#include "workflow/delivery.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kForgottenAtOnce = 500;

}  // namespace

std::int64_t forget_old_messages(Store& store, Instant now) {
  std::int64_t forgotten = 0;
  std::vector<Municipality> municipalities;
  store.read([&](Transaction& transaction) { municipalities = transaction.municipalities().list(); });
  for (const Municipality& municipality : municipalities) {
    for (DestinationId after;;) {
      std::vector<DestinationId> destinations;
      store.read([&](Transaction& transaction) { destinations = transaction.notices().destinations_after(municipality.id, after, kForgottenAtOnce); });
      if (destinations.empty()) break;
      after = destinations.back();
      for (std::size_t at = 0; at < destinations.size();) {
        std::int64_t gone = 0;
        std::size_t reached = at;
        store.write([&](Transaction& transaction) {
          gone = 0;
          for (reached = at; reached < destinations.size(); ++reached) {
            gone += transaction.notices().forget_messages(destinations[reached], now - kMessagesKept, kForgottenAtOnce - gone);
            if (gone >= kForgottenAtOnce) break;  // there may be more of this one
            transaction.notices().forget_idle(destinations[reached]);
          }
        });
        at = reached;
        forgotten += gone;
      }
    }
  }
  return forgotten;
}

}  // namespace klotterkoll
