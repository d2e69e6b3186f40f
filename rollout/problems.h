#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hone::rollout {

/// A question with its reference answer.
struct Problem {
  std::string prompt;
  std::string answer;
  std::string metadata;  // JSON object, or empty
  bool chat = false;     // made by a chat template: the prompt holds its special tokens itself
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

/// Where problems of a JSONL file stand: columns, and how they become a prompt.
struct DatasetConfig {
  std::string path;                          // JSONL file
  std::string prompt_column;                 // empty: "prompt", else "question", else "problem"
  std::string answer_column;                 // empty: "answer"
  std::string prompt_template = "{prompt}";  // text around the question

  template <class V>
  void fields(V& v) {
    v("path", path, "JSONL file with a question and an answer a line");
    v("prompt_column", prompt_column,
      "column of the question; by default prompt, question or problem");
    v("answer_column", answer_column, "column of the reference answer; by default answer");
    v("prompt_template", prompt_template,
      "text given to the model, {prompt} standing for the question; or r1-zero");
  }
};

/// The text that a `prompt_template` means: its own, or for "r1-zero" that of DeepSeek-R1-Zero.
/// Source: DeepSeek-R1 (2501.12948), table 1.
std::string prompt_template_text(const std::string& prompt_template);

/// What becomes of the answer column.
enum class AnswerText {
  kFinal,  // GSM8K's solutions ("... #### 42") are cut to what stands after the mark
  kWhole,
};

/// Reads the whole file, so that a bad line is found before anything starts.
/// Throws: DataError naming file, line and column for malformed JSON, a missing or empty column, or
/// a file without problems.
std::shared_ptr<const ProblemSource> read_dataset(const DatasetConfig& config, std::uint64_t seed,
                                                  AnswerText answers = AnswerText::kFinal);

}  // namespace hone::rollout
