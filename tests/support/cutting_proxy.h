#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace klotterkoll::test {

/// Stands between a client and a PostgreSQL server, and breaks connections at the worst moment: when a COMMIT passes.
class CuttingProxy {
 public:
  enum class Cut {
    never,
    before_commit,  ///< the server never hears of it
    after_commit,   ///< the server has committed, the client never hears of it
    late_commit     ///< the client's connection breaks, and only a while later the server hears of the COMMIT
  };
  /// `socket`: the server's Unix socket.
  explicit CuttingProxy(std::string socket);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  std::string url(const std::string& database) const {
    return "postgresql://app@127.0.0.1:" + std::to_string(port_) + "/" + database + "?sslmode=disable&gssencmode=disable";
  }
  /// Cuts the next connection that commits anything, once.
  void cut_next(Cut cut) { cut_ = cut; }
  int cuts() const { return cuts_; }
  /// While closed nobody is let through, and who is there is thrown out.
  void close_door();
  void open_door() { open_ = true; }

 private:
  void serve();
  void pass(int client);
  bool pass_to_server(int client, int server);

  const std::string socket_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_ = false, open_ = true;
  std::atomic<Cut> cut_ = Cut::never;
  std::atomic<int> cuts_ = 0;
  std::mutex mutex_;
  std::vector<int> clients_;
  std::vector<std::jthread> threads_;
  std::jthread listening_;
};

}  // namespace klotterkoll::test
