#pragma once

#include <gmime/gmime.h>

#include <memory>
#include <mutex>

namespace klotterkoll {

/// To be called before anything else of GMime; it must not start in two threads at once.
inline void start_gmime() {
  static std::once_flag started;
  std::call_once(started, [] { g_mime_init(); });
}

struct Unreference {
  void operator()(void* object) const { g_object_unref(object); }
};
/// One reference to an object of GMime's.
template <typename T>
using Gmime = std::unique_ptr<T, Unreference>;

}  // namespace klotterkoll
