#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rl/sft.h"

namespace hone::rl {

/// A prompt with the completion to be learnt.
struct TextPair {
  std::string prompt;
  std::string completion;
  bool chat = false;  // the prompt holds its special tokens itself
};

/// Supervised data by number: a task's traces without end, the rows of a file or recorded rollouts
/// in a seeded order, or a mixture of such sources.
class TextPairs {
 public:
  virtual ~TextPairs() = default;
  virtual TextPair at(std::uint64_t position) const = 0;
  /// Number of different pairs, 0 for data without end; of a mixture, those before a source begins
  /// again.
  virtual std::uint64_t size() const = 0;
  /// Where the pair at a position stands, for messages; of a file "FILE:LINE".
  virtual std::string place(std::uint64_t position) const {
    return "example " + std::to_string(position + 1);
  }
  /// The sources of a mixture; else the data itself.
  virtual std::vector<const TextPairs*> parts() const { return {this}; }
};

/// The source itself, or those of the mixture, in the recipe's order.
std::vector<TextsConfig> sources_of(const SftDataConfig& config);

/// The same data with `resolve` applied to every `rollouts`: files for names of stages.
SftDataConfig with_rollouts(
    SftDataConfig config,
    const std::function<std::filesystem::path(const std::string& name)>& resolve);

/// `model` is the checkpoint whose chat template a source with `chat` goes through.
/// Throws: DataError naming file and line.
std::unique_ptr<const TextPairs> open_text_pairs(const SftDataConfig& config, std::uint64_t seed,
                                                 const std::filesystem::path& model = {});

/// The texts that a tokenizer for this data is trained on.
std::vector<std::string> tokenizer_texts(const TextPairs& pairs);

}  // namespace hone::rl
