#pragma once

#include <cstddef>

namespace klotterkoll {

/// Most memory that the child process may have written to at a time, and most seconds of processor time.
inline constexpr std::size_t kWorkerMemory = 280u * 1024 * 1024;
inline constexpr unsigned kWorkerCpu_s = 20;

/// Limits this process: memory, processor time, no file grows, few descriptors, no core, and it goes with its parent.
void limit_process();

/// From now on this process reads what is open, writes to it, and takes and gives back memory; it opens nothing, connects
/// to nothing, starts nothing and makes no code. Other system calls fail. Throws std::runtime_error when the kernel has no such filter.
void close_in();

}  // namespace klotterkoll
