#include "notify/transfer_loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace klotterkoll {
namespace {

constexpr std::size_t kRemembered = 1000;

CURLM* new_multi() {
  // Not safe in two threads at once in older libraries; a static is initialised once.
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = started == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) throw std::runtime_error("libcurl could not be initialised");
  return multi;
}

}  // namespace

TransferLoop::TransferLoop(Limits limits) : limits_(limits), multi_(new_multi()) {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, limits_.kept_connections);
  thread_ = std::thread{[this] { run(); }};
}

TransferLoop::~TransferLoop() {
  {
    const std::lock_guard lock{sockets_mutex_};
    stopping_ = true;
    for (const curl_socket_t socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  for (auto& [handle, one] : under_way_) {
    curl_multi_remove_handle(multi_, handle);
    curl_easy_cleanup(handle);
  }
  for (CURL* handle : spare_) curl_easy_cleanup(handle);
  curl_multi_cleanup(multi_);
}

void TransferLoop::add(std::unique_ptr<Transfer> transfer) {
  {
    const std::lock_guard lock{mutex_};
    added_.push_back(std::move(transfer));
  }
  curl_multi_wakeup(multi_);
}

void TransferLoop::watch(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &TransferLoop::open_watched);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, &TransferLoop::close_watched);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, this);
}

curl_socket_t TransferLoop::open_watched(void* loop, curlsocktype, curl_sockaddr* address) {
  auto& self = *static_cast<TransferLoop*>(loop);
  const std::lock_guard lock{self.sockets_mutex_};
  if (self.stopping_) return CURL_SOCKET_BAD;
  const int opened = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (opened < 0) return CURL_SOCKET_BAD;
  self.sockets_.insert(opened);
  return opened;
}

int TransferLoop::close_watched(void* loop, curl_socket_t socket) {
  // Forgotten before it is closed, and both under the lock: its number may be another's a moment later.
  auto& self = *static_cast<TransferLoop*>(loop);
  const std::lock_guard lock{self.sockets_mutex_};
  self.sockets_.erase(socket);
  return ::close(socket);
}

void TransferLoop::run() {
  while (!stopping_) {
    take_added();
    start_waiting();
    int running = 0;
    curl_multi_perform(multi_, &running);
    finish_done();
    // What has ended has made room; start before sleeping.
    start_waiting();
    if (!stopping_) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
  }
}

void TransferLoop::take_added() {
  std::vector<std::unique_ptr<Transfer>> added;
  {
    const std::lock_guard lock{mutex_};
    added.swap(added_);
  }
  // Receivers that do not answer are remembered, but not without bound.
  if (lanes_.size() > kRemembered) std::erase_if(lanes_, [](const auto& lane) { return lane.second.under_way == 0 && lane.second.waiting.empty(); });
  for (auto& transfer : added) {
    std::string receiver = transfer->receiver();
    lanes_[std::move(receiver)].waiting.push_back(std::move(transfer));
  }
}

bool TransferLoop::may_start(const Lane& lane) const {
  return !lane.waiting.empty() && lane.under_way < (lane.answers ? limits_.for_one : 1);
}

void TransferLoop::start_waiting() {
  // In turns around the lanes, beginning after the one that had the last turn, until none of them may start anything.
  auto lane = lanes_.upper_bound(last_started_);
  for (std::size_t passed = 0; passed < lanes_.size() && under_way_.size() < limits_.in_all; ++lane) {
    if (lane == lanes_.end()) lane = lanes_.begin();
    if (may_start(lane->second) && start_next(lane)) {
      last_started_ = lane->first;
      passed = 0;
    } else {
      ++passed;
    }
  }
}

bool TransferLoop::start_next(Lanes::iterator lane) {
  auto transfer = std::move(lane->second.waiting.front());
  lane->second.waiting.pop_front();
  CURL* handle = nullptr;
  if (spare_.empty()) {
    handle = curl_easy_init();
    if (handle == nullptr) throw std::bad_alloc{};
  } else {
    handle = spare_.back();
    spare_.pop_back();
    curl_easy_reset(handle);
  }
  auto& one = under_way_[handle];
  one.transfer = std::move(transfer);
  one.lane = lane;
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, one.error);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer is waited for by a thread; without this, libcurl waits for that thread.
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
  if (one.transfer->prepare(handle) && curl_multi_add_handle(multi_, handle) == CURLM_OK) {
    ++lane->second.under_way;
    return true;
  }
  under_way_.erase(handle);
  spare_.push_back(handle);
  return true;
}

void TransferLoop::finish_done() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* handle = message->easy_handle;
    const CURLcode code = message->data.result;
    curl_multi_remove_handle(multi_, handle);
    auto one = under_way_.extract(handle);
    Lane& lane = one.mapped().lane->second;
    --lane.under_way;
    lane.answers = one.mapped().transfer->finish(handle, code, one.mapped().error);
    if (lane.under_way == 0 && lane.waiting.empty() && lane.answers) lanes_.erase(one.mapped().lane);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
    if (spare_.size() < limits_.in_all) spare_.push_back(handle);
    else curl_easy_cleanup(handle);
  }
}

}  // namespace klotterkoll
