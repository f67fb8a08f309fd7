#include "photo/sandbox.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <thread>

using namespace klotterkoll;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kInstrumented = true;
#else
constexpr bool kInstrumented = false;
#endif

/// What a child process that has closed itself in finds: its exit code, or 128 + the signal that ended it.
int closed_in(const std::function<bool()>& finds) {
  const pid_t child = ::fork();
  if (child == 0) {
    limit_process();
    close_in();
    ::_exit(finds() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool refused(long result) { return result < 0 && errno == EPERM; }

}  // namespace

TEST_CASE("sandbox: inside, nothing is opened, connected, started or made to run" * doctest::skip(kInstrumented)) {
  CHECK(closed_in([] { return refused(::open("/etc/passwd", O_RDONLY)); }) == 0);
  CHECK(closed_in([] { return refused(::open("/tmp/klotterkoll-made-inside", O_WRONLY | O_CREAT, 0600)); }) == 0);
  CHECK(closed_in([] { return refused(::socket(AF_INET, SOCK_STREAM, 0)); }) == 0);
  CHECK(closed_in([] { return refused(::execl("/bin/true", "true", nullptr)); }) == 0);
  CHECK(closed_in([] { return ::fork() < 0; }) == 0);
  CHECK(closed_in([] { return refused(::kill(::getppid(), 0)); }) == 0);
  CHECK(closed_in([] { return refused(::unlink("/tmp/klotterkoll-none")); }) == 0);
  CHECK(closed_in([] {
          void* const code = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
          return code == MAP_FAILED && errno == EPERM;
        }) == 0);
  CHECK(closed_in([] {
          alignas(4096) static char page[4096];
          return refused(::mprotect(page, sizeof page, PROT_READ | PROT_EXEC));
        }) == 0);
}

TEST_CASE("sandbox: inside, memory and threads are to be had, up to the limit" * doctest::skip(kInstrumented)) {
  CHECK(closed_in([] {
          int told = 0;
          std::thread{[&] { told = 7; }}.join();
          return told == 7;
        }) == 0);
  // Little, since what the tests before have used counts too; what a photo takes is measured in the worker itself.
  CHECK(closed_in([] { return std::malloc(1024 * 1024) != nullptr; }) == 0);
  CHECK(closed_in([] { return std::malloc(kWorkerMemory) == nullptr; }) == 0);
}
