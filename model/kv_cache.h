#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/config.h"
#include "model/kernels/aligned.h"
#include "model/kernels/attention.h"
#include "model/kv_type.h"

namespace hone::model {

/// Keys and values of decoded tokens, in blocks of sixteen tokens that sequences share by reference
/// count: a group's samples read the one copy of their prompt.
class KvCache {
 public:
  KvCache(const ModelConfig& config, std::int64_t num_blocks, KvType type = KvType::kFloat);

  /// Bytes of one block, all layers.
  static std::int64_t block_bytes(const ModelConfig& config, KvType type);

  KvType type() const { return type_; }
  std::int64_t num_free() const { return static_cast<std::int64_t>(free_.size()); }
  /// A block with one reference. One must be free.
  std::int32_t allocate();
  void retain(std::int32_t block) { ++references_[block]; }
  void release(std::int32_t block);
  /// Copies a block's keys and values, all layers.
  void copy(std::int32_t from, std::int32_t to);

  /// One head's keys of a block, T being what type() says.
  template <class T>
  T* keys(std::int64_t layer, std::int32_t block, std::int64_t head) {
    return reinterpret_cast<T*>(block_of(layer, block)) + head * key_size_;
  }
  template <class T>
  T* values(std::int64_t layer, std::int32_t block, std::int64_t head) {
    return reinterpret_cast<T*>(block_of(layer, block)) + heads_ * key_size_ + head * value_size_;
  }

 private:
  std::byte* block_of(std::int64_t layer, std::int32_t block) {
    return data_.data() + (layer * num_blocks_ + block) * block_bytes_;
  }

  KvType type_;
  std::int64_t layers_;
  std::int64_t heads_;
  std::int64_t key_size_;  // elements of one head's keys in a block
  std::int64_t value_size_;
  std::int64_t block_bytes_;  // of one layer
  std::int64_t num_blocks_;
  std::vector<std::byte, kernels::CacheLineAllocator<std::byte>> data_;  // [layers, blocks]
  std::vector<std::int32_t> references_;
  std::vector<std::int32_t> free_;
};

}  // namespace hone::model
