#pragma once

#include <functional>
#include <vector>

#include "domain/owner.h"
#include "domain/store.h"

namespace klotterkoll {

/// Forgets what is old in every municipality, each in transactions of a few hundred rows; gives how many. `forget` forgets at
/// most `most` and gives how many.
inline std::int64_t forget_in_steps(Store& store,
                                    const std::function<std::int64_t(Transaction&, MunicipalityId, std::int64_t most)>& forget) {
  constexpr std::int64_t kAtOnce = 500;
  std::vector<Municipality> municipalities;
  store.read([&](Transaction& transaction) { municipalities = transaction.municipalities().list(); });
  std::int64_t all = 0;
  for (const Municipality& municipality : municipalities)
    for (std::int64_t forgotten = kAtOnce; forgotten == kAtOnce; all += forgotten)
      store.write([&](Transaction& transaction) { forgotten = forget(transaction, municipality.id, kAtOnce); });
  return all;
}

}  // namespace klotterkoll
