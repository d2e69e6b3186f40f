#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/reward.h"

namespace hone::rewards {

/// A reward of the user's own, in any language: a program that is asked one line a sample.
struct CommandConfig {
  static constexpr std::string_view kType = "command";
  std::vector<std::string> command;
  double deadline_s = 30;
  double start_s = 60;
  std::int64_t processes = 1;
  std::int64_t max_deaths = 3;

  template <class V>
  void fields(V& v) {
    v("command", command, "the program and its arguments");
    v("deadline_s", deadline_s, "seconds for one sample; then it abstains", 0.001, 86400.0);
    v("start_s", start_s, "seconds more for a program's first sample, as it has to load", 0.0,
      86400.0);
    v("processes", processes, "copies of the program that judge side by side", 1, 1024);
    v("max_deaths", max_deaths, "deaths, or answers out of form, in a row that stop the run", 1,
      1 << 20);
  }
};

/// The user's program is broken, so that no sample can be judged.
class CommandError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Asks the program with a line {"prompt", "completion", "answer", "metadata"} of JSON and takes
/// its line {"score", "detail"?, "status"?}. It is started for the first sample and kept. Where it
/// is late, dies or answers out of form it is started anew, and the sample is an abstention. Unlike
/// other rewards its score depends on whatever the program looks at. Thread-safe.
/// Throws: std::invalid_argument if there is no such program. `score` throws CommandError if it
/// died `max_deaths` times in a row.
std::unique_ptr<Reward> make_reward(const CommandConfig& config);

}  // namespace hone::rewards
