#include "background.h"

#include <spdlog/spdlog.h>

namespace klotterkoll {

Repeating::Repeating(std::string name, std::chrono::seconds pause, std::function<void()> work)
    : name_(std::move(name)), pause_(pause), work_(std::move(work)), thread_([this](std::stop_token stop) { run(stop); }) {}

Repeating::~Repeating() {
  thread_.request_stop();
  thread_.join();
}

void Repeating::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    try {
      work_();
    } catch (const std::exception& fault) {
      spdlog::error("{} failed and is tried again in {} s: {}", name_, pause_.count(), fault.what());
    }
    std::unique_lock lock{mutex_};
    wake_.wait_for(lock, stop, pause_, [] { return false; });
  }
}

}  // namespace klotterkoll
