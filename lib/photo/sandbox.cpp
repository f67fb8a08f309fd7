#include "photo/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <memory>
#include <stdexcept>

namespace klotterkoll {
namespace {

/// The address sanitizer and its kin reserve more than any picture and ask the system more than the filter lets through.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kInstrumented = true;
#else
constexpr bool kInstrumented = false;
#endif

void limit(__rlimit_resource what, rlim_t most, rlim_t beyond = 0) {
  const rlimit value{most, most + beyond};
  if (setrlimit(what, &value) != 0) throw std::runtime_error("a limit of the process could not be set");
}

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};

void require(int done) {
  if (done != 0) throw std::runtime_error("the filter of system calls could not be set up");
}

}  // namespace

void limit_process() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 32);
  limit(RLIMIT_CPU, kWorkerCpu_s, 2);  // first a signal that says why
  // Not the address space, a third of which are libraries that nobody has written to.
  if (!kInstrumented) limit(RLIMIT_DATA, kWorkerMemory);
}

void close_in() {
  if (kInstrumented) return;
  const std::unique_ptr<void, Release> filter{seccomp_init(SCMP_ACT_ERRNO(EPERM))};
  if (!filter) throw std::runtime_error("the filter of system calls could not be made");
  require(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1));  // the library's threads too
  const auto allow = [&](int call) { require(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0)); };
  for (const int call :
       {SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
        SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(set_robust_list),
        SCMP_SYS(rseq), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
        SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(tgkill), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
        SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(getrandom), SCMP_SYS(getrusage),
        SCMP_SYS(sysinfo), SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)})
    allow(call);
  // Memory, but none that can be run.
  const auto without_code = [&](int call) {
    require(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)));
  };
  without_code(SCMP_SYS(mmap));
  without_code(SCMP_SYS(mprotect));
  // Threads, but no processes. What clone3 asks for a filter cannot see; told that it is not there, the C library uses clone.
  require(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)));
  require(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0));
  require(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)));
  require(seccomp_load(filter.get()));  // sets no_new_privs too
}

}  // namespace klotterkoll
