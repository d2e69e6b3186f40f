#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rl/sft.h"

namespace hone::rl {

/// A prompt with the completion to be learnt.
struct TextPair {
  std::string prompt;
  std::string completion;
};

/// Supervised data by number: a task's traces without end, or the rows of a file in a seeded order.
class TextPairs {
 public:
  virtual ~TextPairs() = default;
  virtual TextPair at(std::uint64_t position) const = 0;
  /// Number of different pairs, 0 for data without end.
  virtual std::uint64_t size() const = 0;
  /// Where the pair at a position stands, for messages; of a file "FILE:LINE".
  virtual std::string place(std::uint64_t position) const {
    return "example " + std::to_string(position + 1);
  }
};

/// Throws: DataError naming file and line.
std::unique_ptr<const TextPairs> open_text_pairs(const SftDataConfig& config, std::uint64_t seed);

/// The texts that a tokenizer for this data is trained on.
std::vector<std::string> tokenizer_texts(const TextPairs& pairs);

}  // namespace hone::rl
