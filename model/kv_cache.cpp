#include "model/kv_cache.h"

#include <c10/util/Exception.h>

#include <cstring>

namespace hone::model {
namespace {

std::int64_t layer_bytes(const ModelConfig& config, KvType type) {
  const std::int64_t element = type == KvType::kFloat ? sizeof(float) : sizeof(kernels::Bf16);
  const std::int64_t head = config.attention_head_dim();
  return config.attention_kv_heads() * element *
         (kernels::key_block_size(head) + kernels::value_block_size(head));
}

}  // namespace

std::int64_t KvCache::block_bytes(const ModelConfig& config, KvType type) {
  return config.num_hidden_layers * layer_bytes(config, type);
}

// The memory is left as it comes, so that it is touched only when a block is used: a slot is
// written before it is read, and what pads it is multiplied into columns that nobody reads.
KvCache::KvCache(const ModelConfig& config, std::int64_t num_blocks, KvType type)
    : type_(type),
      layers_(config.num_hidden_layers),
      heads_(config.attention_kv_heads()),
      key_size_(kernels::key_block_size(config.attention_head_dim())),
      value_size_(kernels::value_block_size(config.attention_head_dim())),
      block_bytes_(layer_bytes(config, type)),
      num_blocks_(num_blocks),
      data_(layers_ * num_blocks * block_bytes_),
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
    std::memcpy(block_of(layer, to), block_of(layer, from), block_bytes_);
  }
}

}  // namespace hone::model
