#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rollout/dataset_config.h"

namespace hone::rollout {

/// A question with its reference answer.
struct Problem {
  std::string prompt;
  std::string answer;
  std::string metadata;       // JSON object, or empty
  bool chat = false;          // made by a chat template: the prompt holds its special tokens itself
  std::string solution = {};  // worked out, where it was asked for
};

/// Problems by number. Immutable and thread-safe: the cursor is the caller's, so that a resumed run
/// goes on exactly where it was.
class ProblemSource {
 public:
  virtual ~ProblemSource() = default;
  /// The problem at a position of the seeded order; positions go on for ever (a data set is gone
  /// through again in another order).
  virtual Problem at(std::uint64_t position) const = 0;
  /// Number of different problems, 0 for a generator without end.
  virtual std::uint64_t size() const = 0;
  /// Where the problem at a position stands, for messages; of a data set "FILE:LINE".
  virtual std::string place(std::uint64_t position) const {
    return "problem " + std::to_string(position + 1);
  }
};

/// The text that a `prompt_template` means: its own, or for "r1-zero" that of DeepSeek-R1-Zero.
/// Source: DeepSeek-R1 (2501.12948), table 1.
std::string prompt_template_text(const std::string& prompt_template);

/// What was found wrong with a data set.
struct DatasetReport {
  struct Finding {
    std::int64_t count = 0;
    std::vector<std::string> examples = {};  // of the first ones: where, and what
    void add(const std::string& example);
  };
  std::int64_t lines = 0;  // that hold something
  Finding unusable;        // no JSON, or no question or answer
  Finding duplicates;      // the question was there before
  Finding conflicts;       // those of them that have another answer than the first one
  Finding contaminated;    // words shared with the evaluation problems
};

/// Reads the whole file, so that a bad line is found before anything starts. With a report, it says
/// what it found, and unusable lines are left out as with `skip_unusable`. `solutions` are read on
/// request only: they are long.
/// Throws: DataError naming file, line and column for malformed JSON, a missing or empty column, or
/// a file without problems.
std::shared_ptr<const ProblemSource> read_dataset(const DatasetConfig& config, std::uint64_t seed,
                                                  DatasetReport* report = nullptr,
                                                  bool solutions = false);

}  // namespace hone::rollout
