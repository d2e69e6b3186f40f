#include "model/rope_tables.h"

#include "model/kernels/ops.h"

namespace hone::model {

RopeTables rope_tables(const ModelConfig& config, std::int64_t positions, std::int64_t length) {
  const auto table = [&](const RopeConfig& rope) {
    return ops::rope_tables(
        positions, rope_frequencies(rope, config.head_dim, config.max_position_embeddings, length),
        static_cast<float>(rope.attention_factor));
  };
  RopeTables tables;
  tables.whole = tables.windowed = table(config.rope);
  if (config.rope_local_base_freq > 0) {
    RopeConfig local;
    local.rope_theta = config.rope_local_base_freq;
    tables.windowed = table(local);
  }
  return tables;
}

}  // namespace hone::model
