#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/config.h"

namespace hone::model {

/// Keys and values of decoded tokens, in blocks of sixteen tokens that sequences share by reference
/// count: a group's samples read the one copy of their prompt.
class KvCache {
 public:
  KvCache(const ModelConfig& config, std::int64_t num_blocks);

  std::int64_t num_free() const { return static_cast<std::int64_t>(free_.size()); }
  /// A block with one reference. One must be free.
  std::int32_t allocate();
  void retain(std::int32_t block) { ++references_[block]; }
  void release(std::int32_t block);
  /// Copies a block's keys and values, all layers.
  void copy(std::int32_t from, std::int32_t to);

  float* keys(std::int64_t layer, std::int32_t block, std::int64_t head);
  float* values(std::int64_t layer, std::int32_t block, std::int64_t head);

 private:
  std::int64_t layers_;
  std::int64_t heads_;
  std::int64_t key_size_;  // floats of one head's keys in a block
  std::int64_t value_size_;
  std::int64_t num_blocks_;
  std::unique_ptr<float[]> keys_;    // [layers, blocks, heads, key_size]
  std::unique_ptr<float[]> values_;  // [layers, blocks, heads, value_size]
  std::vector<std::int32_t> references_;
  std::vector<std::int32_t> free_;
};

}  // namespace hone::model
