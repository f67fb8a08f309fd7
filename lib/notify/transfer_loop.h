#pragma once

#include <curl/curl.h>

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace klotterkoll {

/// One thing to be sent with libcurl, by a TransferLoop. Lives in the loop's thread from when it has been added.
class Transfer {
 public:
  virtual ~Transfer() = default;
  /// Who gets it. Transfers with one receiver wait for each other, never for another's.
  virtual const std::string& receiver() const = 0;
  /// Sets the handle up. False: it has been finished already, without libcurl.
  virtual bool prepare(CURL* handle) = 0;
  /// Tells what became of it, and whether the receiver has answered at all.
  virtual bool finish(CURL* handle, CURLcode code, const char* error) = 0;
};

/// A thread that runs many transfers at once.
///
/// Each receiver has a queue of its own, and the queues take turns. A receiver that did not answer last time gets one transfer at
/// a time until it answers again, so that those who hang do not take the places of the others.
class TransferLoop {
 public:
  struct Limits {
    std::size_t in_all = 256, for_one = 8;
    long kept_connections = 64;
  };
  explicit TransferLoop(Limits limits);
  /// Breaks off what is under way; none of it is told any more.
  ~TransferLoop();
  TransferLoop(const TransferLoop&) = delete;
  TransferLoop& operator=(const TransferLoop&) = delete;

  /// From any thread.
  void add(std::unique_ptr<Transfer> transfer);

  /// Has the loop watch the connections of this handle, so that even a blocked libcurl can be ended. libcurl 7.88 says goodbye to
  /// a mail server by waiting for its answer.
  void watch(CURL* handle);

 private:
  struct Lane {
    std::deque<std::unique_ptr<Transfer>> waiting;
    std::size_t under_way = 0;
    bool answers = true;
  };
  using Lanes = std::map<std::string, Lane>;
  struct UnderWay {
    std::unique_ptr<Transfer> transfer;
    Lanes::iterator lane;
    char error[CURL_ERROR_SIZE] = "";
  };

  void run();
  void take_added();
  void start_waiting();
  bool start_next(Lanes::iterator lane);
  void finish_done();
  bool may_start(const Lane& lane) const;
  static curl_socket_t open_watched(void* loop, curlsocktype purpose, curl_sockaddr* address);
  static int close_watched(void* loop, curl_socket_t socket);

  const Limits limits_;
  CURLM* multi_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Transfer>> added_;
  std::mutex sockets_mutex_;
  std::set<curl_socket_t> sockets_;
  std::atomic<bool> stopping_ = false;
  // Of the thread:
  Lanes lanes_;
  std::string last_started_;  ///< the receiver whose turn it was
  std::map<CURL*, UnderWay> under_way_;
  std::vector<CURL*> spare_;
  std::thread thread_;
};

}  // namespace klotterkoll
