#pragma once

#include <atomic>
#include <string>

namespace hone::tools {

// The process as a whole: its instruction set, its threads, its device, its signals.

/// Lets the kernels use the instruction set that the environment variable HONE_ISA names: "scalar",
/// "avx2" or "avx512"; without it, the best there is. Changes no result.
/// Throws: DataError for a name that this machine or build does not have, saying which it has.
void set_isa();

/// Sets the number of threads of every kernel; 0 leaves one a core. Changes no result. To be called
/// before anything else: it may start the program again, so that its threads wait as they should.
void set_threads(int threads);

/// "auto", "cpu" or "cuda". Throws: RecipeError for cuda, saying whether the machine has no GPU or
/// this build no kernels for it.
void check_device(const std::string& device);

/// From now on the first Ctrl-C (or SIGTERM) sets the flag, so that the state is saved; the second
/// ends the process at once, with status 130.
const std::atomic<bool>* stop_on_signals();

/// A limit on file sizes (ulimit -f) is met as a full disk is: by a message and status 2. The
/// default would kill the process.
void report_size_limits();

/// Freed tensors of up to 32 MiB stay with the process for the next ones. What the system is given
/// back, as it is by default, costs a page fault for every 4 KiB when it is needed again.
void keep_freed_memory();

/// Most memory this process has held so far, in MiB.
double peak_rss_mb();

/// Quotes what a shell would take apart.
std::string shell_word(const std::string& word);

}  // namespace hone::tools
