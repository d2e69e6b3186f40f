#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/code/file.h"

namespace hone::rewards::command {

/// What became of a question.
struct Reply {
  enum class Kind { kLine, kLate, kDied };
  Kind kind = Kind::kDied;
  std::string text;  // the line, without its end; of kDied, how the program ended
};

/// A program of the user's that answers each line with a line. It has this process' environment,
/// folder and standard error, and a group of its own, so that a Ctrl-C is for hone to deal with. It
/// and what it started end with this object: its input ends, and after a moment it is killed.
class Child {
 public:
  /// Throws: std::system_error if it cannot be started.
  explicit Child(const std::vector<std::string>& command);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// One line out, one line in, within so many seconds. After any other reply than a line, or one
  /// that is too long and cut, the program cannot be asked again.
  Reply ask(std::string line, double seconds);

 private:
  std::string end(double grace_seconds);

  code::File socket_;
  int process_ = -1;
  std::string read_;  // what came after the last line
};

/// The file that would be run, as a shell finds it. Absence: there is none that may be run.
std::optional<std::string> find_executable(const std::string& name);

}  // namespace hone::rewards::command
