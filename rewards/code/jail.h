#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/code/file.h"
#include "rewards/code/isolation.h"

namespace hone::rewards::code {

/// Words of a command that stand for paths inside: the source file, the file to hand back.
constexpr std::string_view kSourceWord = "{source}", kCollectWord = "{collect}";

/// What is run and how far it may go.
struct JailJob {
  Isolation isolation = Isolation::kFull;
  std::vector<std::string> command = {};  // its first word is a path
  const File* source = nullptr;           // one file, sealed, that many jobs may share
  std::string source_name = {};           // what it is called inside
  const File* input = nullptr;            // standard input, sealed; of this job alone
  std::string collect = {};               // a file of the scratch folder to hand back, or empty
  bool may_fork = false;                  // a compiler may start other programs
  double seconds = 6;                     // by the clock, from the program's start
  std::int64_t memory_bytes = 512 << 20;
  std::int64_t scratch_bytes = 64 << 20;
  std::int64_t output_bytes = 1 << 20;  // more than this on standard output ends it
};

struct JailResult {
  enum class End { kExit, kSignal, kTime, kOutput, kFailed };
  End end = End::kFailed;
  int code = 0;         // exit status or signal
  std::string problem;  // kFailed: what the jail could not do, none of the program's doing
  std::string output;
  std::string error_tail;  // the last that it said on standard error
  double seconds = 0;      // by the clock, with the jail's own making
  File collected;
};

/// Runs a program and returns when nothing of it is left: no process, no file, no changed limit.
/// Thread-safe. Whatever the program does, it takes no longer than `seconds` and the little that a
/// jail takes to be made and ended.
/// Throws: std::system_error where this process itself is out of files or memory.
JailResult run_jailed(const JailJob& job);

}  // namespace hone::rewards::code
