#pragma once

#include "rewards/code/jail/request.h"

namespace hone::rewards::code {

/// Makes a root of its own for this mount namespace and steps into it: the system's programs and
/// libraries and the source file, read-only, four devices, and an empty scratch folder in memory
/// of limited size. No /proc, no /sys, no home, nothing else of the machine.
/// Throws: std::system_error that says what could not be done.
void enter_private_root(const JailRequest& request);

/// Copies the source file to `path`.
/// Throws: std::system_error.
void copy_source(const std::string& path);

/// Copies a plain file, which the program made and may be anything, to kCollectedFd.
/// Throws: std::system_error, also where it is no plain file or longer than `limit`.
void collect_file(const std::string& path, std::int64_t limit);

}  // namespace hone::rewards::code
