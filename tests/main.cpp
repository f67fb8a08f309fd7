#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

int main(int count, char** words) {
  spdlog::set_level(spdlog::level::warn);  // a line for each of thousands of requests would hide what failed
  return doctest::Context{count, words}.run();
}
