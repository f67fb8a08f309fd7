#pragma once

#include <exception>

#include "base/error.h"

namespace klotterkoll {

/// Is it the store that cannot work now? Then nothing is wrong with what was at hand, and all of it is tried again later.
inline bool is_unavailable(const std::exception& fault) {
  const auto* error = dynamic_cast<const Error*>(&fault);
  return error && error->code() == ErrorCode::unavailable;
}
/// The same, or others were in the way again and again.
inline bool is_passing(const std::exception& fault) {
  const auto* error = dynamic_cast<const Error*>(&fault);
  return is_unavailable(fault) || (error && (error->code() == ErrorCode::conflict || error->code() == ErrorCode::stale));
}

}  // namespace klotterkoll
