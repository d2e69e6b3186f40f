#pragma once

#include <cstdint>
#include <string>
#include <vector>

// What hone asks of hone-jail: the two are one build, so the form is theirs alone.

namespace hone::rewards::code {

/// The file descriptors that hone-jail is started with; none other is open in it.
enum JailFd : int {
  kInputFd = 0,      // the program's standard input, a sealed file
  kOutputFd = 1,     // its standard output
  kErrorFd = 2,      // its standard error
  kStatusFd = 3,     // lines for hone: started, exit N, signal N, failed WHAT
  kLifelineFd = 4,   // nothing is ever sent: when hone closes it or dies, all ends
  kSourceFd = 5,     // the one file that is put into the jail
  kCollectedFd = 6,  // takes the one file that is handed back
  kLastFd = kCollectedFd,
};

/// What the file of kSourceFd is called in the jail, and where a program may write.
constexpr const char* kSourceFolder = "/box";
constexpr const char* kScratchFolder = "/tmp";

struct JailRequest {
  bool namespaces = true;  // else only the filter and the limits
  bool may_fork = false;   // a compiler may start others; a program is one process
  std::int64_t memory_bytes = 0;
  std::int64_t scratch_bytes = 0;
  std::int64_t cpu_seconds = 0;
  std::int64_t processes = 0;  // with threads
  std::string source_name;  // in kSourceFolder, without namespaces in the scratch folder; or empty
  std::string collect;      // this file of the scratch folder is handed back; empty: none
  std::string scratch;      // without namespaces: the folder to stand in
  std::vector<std::string> command;
};

/// As hone-jail's arguments, its own name first.
std::vector<std::string> to_arguments(const JailRequest& request);
/// Throws: std::invalid_argument if these are not arguments that to_arguments made.
JailRequest from_arguments(const std::vector<std::string>& arguments);

}  // namespace hone::rewards::code
