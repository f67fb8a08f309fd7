#pragma once

#include <string>

#include "support/test_store.h"

namespace klotterkoll::test {

/// Text with everything that a careless store would trip over.
inline const std::string kOdd =
    "Åsa \"Snöret\" O'Brien; DROP TABLE cases; -- 100 % _ \\ \n\t \xF0\x9F\x8E\xA8 e\xCC\x81";

/// A store with one municipality, number 1.
struct Fixture {
  TestStore store;
  MunicipalityId id = write(*store, [](Transaction& transaction) {
    return transaction.municipalities().add({.code = "1267", .name = "Höör"}, Policy{});
  });
  Settings settings() {
    return read(*store, [&](Transaction& transaction) { return *transaction.municipalities().settings(id); });
  }
};

}  // namespace klotterkoll::test
