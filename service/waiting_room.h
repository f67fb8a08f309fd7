#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "connection.h"

namespace klotterkoll {

/// Where connections are while they wait for their client: idle ones, those whose head is incomplete, and those that
/// linger after their last answer. One thread watches them all, so that a thousand that say nothing, or a byte a
/// second, hold no worker.
class WaitingRoom {
 public:
  /// `most`     connections; beyond it the one that has waited longest is closed.
  /// `on_ready` called in the room's thread with a connection that has a request, or a fault, to be answered.
  WaitingRoom(std::size_t most, std::function<void(std::unique_ptr<HttpConnection>)> on_ready);
  ~WaitingRoom();

  /// Closes all that wait, and from then on whatever is admitted. `on_ready` is not called after it returns.
  void close();
  /// Safe to call from every thread. A connection that cannot be watched is closed.
  void admit(std::unique_ptr<HttpConnection> connection);

 private:
  void watch();
  void look(int socket);
  void sweep();
  std::unique_ptr<HttpConnection> release(int socket);

  const std::size_t most_;
  const std::function<void(std::unique_ptr<HttpConnection>)> on_ready_;
  const int poll_;
  const int wake_;
  std::mutex mutex_;
  std::unordered_map<int, std::unique_ptr<HttpConnection>> waiting_;  ///< by socket; only the thread takes out
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace klotterkoll
