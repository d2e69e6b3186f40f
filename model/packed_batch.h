#pragma once

#include <cstdint>
#include <vector>

namespace hone::model {

/// A run of consecutive tokens in a packed batch. It may continue another one: it then sees all of
/// that prefix's tokens before its own, and its positions start where the prefix ends.
struct Segment {
  std::int64_t start = 0;    // first token's index in the batch
  std::int64_t length = 0;   // tokens
  std::int64_t prefix = -1;  // index of the segment it continues (itself without a prefix), or -1
};

/// Sequences without padding, one after another. A prompt that several completions share stands
/// once, as a segment that theirs name as their prefix; it comes before them.
struct PackedBatch {
  std::vector<std::int32_t> tokens;     // [S]
  std::vector<std::int32_t> positions;  // [S] position within the whole sequence
  std::vector<Segment> segments;
};

}  // namespace hone::model
