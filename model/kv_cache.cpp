#include "model/kv_cache.h"

#include <c10/util/Exception.h>

#include <cstring>

#include "model/kernels/attention.h"

namespace hone::model {

KvCache::KvCache(const ModelConfig& config, std::int64_t num_blocks)
    : layers_(config.num_hidden_layers),
      heads_(config.num_key_value_heads),
      key_size_(kernels::key_block_size(config.head_dim)),
      value_size_(kernels::value_block_size(config.head_dim)),
      num_blocks_(num_blocks),
      // Left as it comes, so that memory is touched only when a block is used: a slot is written
      // before it is read, and what pads it is multiplied into columns that nobody reads.
      keys_(new float[layers_ * num_blocks * heads_ * key_size_]),
      values_(new float[layers_ * num_blocks * heads_ * value_size_]),
      references_(num_blocks, 0) {
  for (std::int64_t b = num_blocks - 1; b >= 0; --b) free_.push_back(static_cast<std::int32_t>(b));
}

std::int32_t KvCache::allocate() {
  TORCH_CHECK(!free_.empty(), "[KvCache::allocate] no block is free");
  const std::int32_t block = free_.back();
  free_.pop_back();
  references_[block] = 1;
  return block;
}

void KvCache::release(std::int32_t block) {
  if (--references_[block] == 0) free_.push_back(block);
}

void KvCache::copy(std::int32_t from, std::int32_t to) {
  for (std::int64_t layer = 0; layer < layers_; ++layer) {
    std::memcpy(keys(layer, to, 0), keys(layer, from, 0), sizeof(float) * heads_ * key_size_);
    std::memcpy(values(layer, to, 0), values(layer, from, 0), sizeof(float) * heads_ * value_size_);
  }
}

float* KvCache::keys(std::int64_t layer, std::int32_t block, std::int64_t head) {
  return keys_.get() + ((layer * num_blocks_ + block) * heads_ + head) * key_size_;
}

float* KvCache::values(std::int64_t layer, std::int32_t block, std::int64_t head) {
  return values_.get() + ((layer * num_blocks_ + block) * heads_ + head) * value_size_;
}

}  // namespace hone::model
