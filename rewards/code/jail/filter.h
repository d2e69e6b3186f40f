#pragma once

#include <sys/types.h>

namespace hone::rewards::code {

/// What a program may ask of the kernel once the filter is on.
struct FilterRules {
  bool may_fork = false;  // new processes; threads it may always start
  pid_t self = 0;         // the only process that it may signal or set limits of
};

/// Puts a list of allowed system calls over this process for ever; every other one fails as if the
/// kernel did not have it (ENOSYS), which makes programs fall back to what is allowed. Not on the
/// list: sockets, new namespaces, mounts, ptrace, other processes' memory, keys, BPF, io_uring,
/// perf, System V IPC, files in memory (they would not count against a limit), ids, clocks,
/// modules. Throws: std::system_error.
void install_filter(const FilterRules& rules);

}  // namespace hone::rewards::code
