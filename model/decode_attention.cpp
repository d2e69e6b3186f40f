#include <algorithm>
#include <cmath>

#include "model/decode.h"
#include "model/kernels/rows.h"

// The attention of a decode step: which rows attend together, and each thread's part of it.
namespace hone::model {
namespace {

constexpr std::int64_t kGroupQueries = 32;  // queries of a group that one thread takes

/// Whole blocks that two rows begin with and see all of.
std::int64_t common_blocks(const DecodeRow& a, const DecodeRow& b) {
  const std::int64_t seen = std::min(a.position, b.position) / kernels::kBlockTokens;
  return std::mismatch(a.blocks, a.blocks + seen, b.blocks).first - a.blocks;
}

}  // namespace

void DecodeEngine::group_rows() {
  const std::span<const DecodeRow> rows = rows_;
  const ModelConfig& c = decoder_.config;
  const std::int64_t count = static_cast<std::int64_t>(rows.size());
  const std::int64_t most =
      std::max<std::int64_t>(1, kGroupQueries * c.attention_kv_heads() / c.num_attention_heads);
  groups_.clear();
  group_work_.assign(1, 0);
  for (std::int64_t begin = 0; begin < count;) {
    const bool sequence = begin + 1 < count && rows[begin + 1].blocks == rows[begin].blocks;
    std::int64_t end = begin + 1;
    std::int64_t shared = -1;
    while (end < count && end - begin < most) {
      const bool same_sequence = rows[end].blocks == rows[end - 1].blocks;
      if (same_sequence != sequence) break;
      if (!sequence) {
        // Samples of one prompt have more in common than with those of another.
        const std::int64_t common = common_blocks(rows[begin], rows[end]);
        if (rows[end].blocks[0] != rows[begin].blocks[0] || common < shared) break;
        if (shared < 0) shared = common;
      }
      ++end;
    }
    groups_.push_back({begin, end, shared});
    std::int64_t work = group_work_.back();
    for (std::int64_t r = begin; r < end; ++r) work += rows[r].position + 1;
    group_work_.push_back(work);
    begin = end;
  }
}

void DecodeEngine::attention(Part& part, const Layer& layer, KvCache& cache) {
  const bool floats = cache.type() == KvType::kFloat;
  const bool latent = decoder_.config.latent_attention();
  if (floats) {
    store_keys_and_values<float>(part, layer, cache);
  } else {
    store_keys_and_values<kernels::Bf16>(part, layer, cache);
  }
  // A prompt's rows may lie with several threads, and each sees those before it.
#pragma omp barrier
  if (latent) {
    latent_queries(part, layer);
#pragma omp barrier
  }
  if (floats) {
    attend<float>(part, layer, cache);
  } else {
    attend<kernels::Bf16>(part, layer, cache);
  }
#pragma omp barrier
  if (latent) {
    latent_values(part, layer, static_cast<std::int64_t>(rows_.size()));
#pragma omp barrier
  }
}

template <class T>
void DecodeEngine::store_keys_and_values(const Part& part, const Layer& w, KvCache& cache) {
  const ModelConfig& c = decoder_.config;
  if (c.latent_attention()) return store_latents<T>(part, w, cache);
  const std::int64_t h = c.head_dim;
  const std::int64_t heads = c.num_attention_heads;
  const std::int64_t key_heads = c.num_key_value_heads;
  const float eps = static_cast<float>(c.rms_norm_eps);
  const Range own = range_of(part.rank, part.size, static_cast<std::int64_t>(rows_.size()));
  for (std::int64_t r = own.begin; r < own.end; ++r) {
    const DecodeRow& row = rows_[r];
    float* q = qkv_.data() + r * w.qkv.n;
    float* k = q + heads * h;
    const float* v = k + key_heads * h;
    if (c.qk_norm) {
      kernels::rmsnorm(q, w.q_norm, eps, heads, h, q, nullptr, c.norm_plus_one);
      kernels::rmsnorm(k, w.k_norm, eps, key_heads, h, k, nullptr, c.norm_plus_one);
    }
    kernels::rope(q, &row.position, w.rope, 1, heads + key_heads, h, false);
    const std::int32_t block = row.blocks[row.position / kernels::kBlockTokens];
    const std::int64_t slot = row.position % kernels::kBlockTokens;
    for (std::int64_t head = 0; head < key_heads; ++head) {
      kernels::store_key_value(k + head * h, v + head * h, h, slot,
                               cache.keys<T>(w.index, block, head),
                               cache.values<T>(w.index, block, head));
    }
  }
}

template <class T>
void DecodeEngine::attend(Part& part, const Layer& layer, KvCache& cache) {
  const ModelConfig& c = decoder_.config;
  const std::int64_t h = c.attention_head_dim();
  const std::int64_t key_heads = c.attention_kv_heads();
  const std::int64_t repeat = c.num_attention_heads / key_heads;
  const float* const queries = c.latent_attention() ? queries_.data() : qkv_.data();
  const std::int64_t row_size = c.latent_attention() ? c.num_attention_heads * h : layer.qkv.n;
  // A unit is a group and a key head. Units lie on a line as long as their work, which is cut into
  // equal parts; a unit goes to the thread in whose part it begins.
  const std::int64_t line = group_work_.back() * key_heads;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const Group& group = groups_[g];
    const std::int64_t work = group_work_[g + 1] - group_work_[g];
    for (std::int64_t head = 0; head < key_heads; ++head) {
      const std::int64_t begin = group_work_[g] * key_heads + work * head;
      if (begin * part.size / line != part.rank) continue;
      part.queries.clear();
      for (std::int64_t r = group.begin; r < group.end; ++r) {
        float* const softmax =
            rows_[r].activations == nullptr
                ? nullptr
                : rows_[r].activations->of(layer.index, layout_.softmax, rows_[r].kept_token);
        for (std::int64_t i = head * repeat; i < (head + 1) * repeat; ++i) {
          part.queries.push_back(
              {queries + r * row_size + i * h, mixed_.data() + (r * c.num_attention_heads + i) * h,
               rows_[r].position + 1, softmax == nullptr ? nullptr : softmax + 2 * i,
               kernels::first_seen(rows_[r].position + 1, layer.window)});
        }
      }
      attend_group<T>(part, layer, head, group, cache);
    }
  }
}

template <class T>
void DecodeEngine::attend_group(Part& part, const Layer& layer, std::int64_t head,
                                const Group& group, KvCache& cache) {
  const auto rows = rows_.subspan(group.begin, group.end - group.begin);
  const std::int64_t shared_blocks = group.shared_blocks;
  const std::int64_t h = decoder_.config.attention_head_dim();
  const kernels::Scoring scoring{decoder_.config.attention_scale(),
                                 static_cast<float>(decoder_.config.attn_logit_softcapping)};
  const std::int64_t count = static_cast<std::int64_t>(part.queries.size());
  BlockLists<T>& lists = part.lists(static_cast<T*>(nullptr));
  lists.keys.clear();
  lists.values.clear();
  const auto list = [&](const DecodeRow& row, std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      lists.keys.push_back(cache.keys<T>(layer.index, row.blocks[b], head));
      lists.values.push_back(cache.values<T>(layer.index, row.blocks[b], head));
    }
  };
  const auto blocks_of = [](const DecodeRow& row) { return kernels::blocks_for(row.position + 1); };
  if (shared_blocks < 0) {
    const std::int64_t blocks = blocks_of(rows.back());
    list(rows.back(), 0, blocks);
    part.scratch.resize(4 * kernels::kBlockTokens * blocks);
    kernels::attend(part.queries.data(), count,
                    kernels::KvBlocks<T>{lists.keys.data(), lists.values.data(), blocks}, h,
                    scoring, part.scratch.data());
    return;
  }
  list(rows[0], 0, shared_blocks);
  std::int64_t most = 0;
  for (const DecodeRow& row : rows) {
    list(row, shared_blocks, blocks_of(row));
    most = std::max(most, blocks_of(row));
  }
  const auto from = [&](std::int64_t first, std::int64_t blocks) {
    return kernels::KvBlocks<T>{lists.keys.data() + first, lists.values.data() + first, blocks};
  };
  lists.own.clear();
  std::int64_t first = shared_blocks;
  for (const DecodeRow& row : rows) {
    lists.own.push_back(from(first, blocks_of(row) - shared_blocks));
    first += lists.own.back().count;
  }
  part.scratch.resize(count * (1 + kernels::kBlockTokens * most));
  kernels::attend_shared(part.queries.data(), count, count / static_cast<std::int64_t>(rows.size()),
                         from(0, shared_blocks), lists.own.data(), h, scoring, part.scratch.data());
}

}  // namespace hone::model
