#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <vector>

#include "domain/outgoing.h"

namespace klotterkoll::test {

/// Collects what a courier tells, from its threads.
class Outcomes {
 public:
  /// To be given to a courier; `index` tells which one it was.
  Courier::Done at(std::size_t index) {
    return [shared = shared_, index](const Attempt& attempt) {
      const std::lock_guard lock{shared->mutex};
      if (shared->told.size() <= index) shared->told.resize(index + 1);
      if (shared->told[index]) shared->twice = true;
      shared->told[index] = attempt;
      ++shared->count;
      shared->changed.notify_all();
    };
  }
  /// Waits until so many have been told. Throws when that takes more than the patience, or one was told twice.
  void wait_for(std::size_t count, std::chrono::seconds patience = std::chrono::seconds{30}) {
    std::unique_lock lock{shared_->mutex};
    if (!shared_->changed.wait_for(lock, patience, [&] { return shared_->count >= count; })) throw std::runtime_error("the courier did not tell");
    if (shared_->twice) throw std::runtime_error("the courier told twice");
  }
  std::size_t count() const {
    const std::lock_guard lock{shared_->mutex};
    return shared_->count;
  }
  /// What was told of that one; it must have been.
  Attempt operator[](std::size_t index) const {
    const std::lock_guard lock{shared_->mutex};
    return shared_->told.at(index).value();
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::optional<Attempt>> told;
    std::size_t count = 0;
    bool twice = false;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

/// Sends one and waits for what became of it.
template <typename Outgoing>
Attempt sent(Courier& courier, Outgoing outgoing) {
  Outcomes outcomes;
  courier.send(std::move(outgoing), outcomes.at(0));
  outcomes.wait_for(1);
  return outcomes[0];
}

}  // namespace klotterkoll::test
