#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/kernels/aligned.h"
#include "model/kernels/attention.h"
#include "model/kernels/ops.h"
#include "model/kernels/pack.h"
#include "model/kernels/rows.h"

namespace hone::model::ops {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

/// A segment without a prefix and all that continue it: keys and values that belong together.
struct Family {
  std::int64_t root;
  std::vector<std::int64_t> children;
};

std::vector<Family> families_of(const std::vector<Segment>& segments) {
  std::vector<Family> families;
  std::vector<std::int64_t> family_of(segments.size(), -1);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::int64_t prefix = segments[i].prefix;
    if (prefix < 0) {
      family_of[i] = static_cast<std::int64_t>(families.size());
      families.push_back({static_cast<std::int64_t>(i), {}});
    } else {
      TORCH_CHECK(prefix < static_cast<std::int64_t>(i) && family_of[prefix] >= 0,
                  "[attention] segment ", i, " continues ", prefix,
                  ", which is not an earlier segment without a prefix");
      families[family_of[prefix]].children.push_back(static_cast<std::int64_t>(i));
    }
  }
  return families;
}

struct Shape {
  std::int64_t query_heads, key_heads, head_dim;
  std::int64_t repeat() const { return query_heads / key_heads; }
};

kernels::Scoring scoring_of(const Shape& shape, double scale, double softcap) {
  const float own = 1.0f / std::sqrt(static_cast<float>(shape.head_dim));
  return {scale > 0 ? static_cast<float>(scale) : own, static_cast<float>(softcap)};
}

/// One head's keys or values of a whole sequence in blocks, as columns [H,16] or as rows [16,H'].
struct Blocks {
  kernels::AlignedFloats data;
  std::vector<const float*> pointers;
};

void put_columns(float* blocks, const float* source, std::int64_t row, std::int64_t first,
                 std::int64_t tokens, std::int64_t h) {
  for (std::int64_t t = 0; t < tokens;) {
    const std::int64_t slot = (first + t) % kernels::kBlockTokens;
    const std::int64_t some = std::min(kernels::kBlockTokens - slot, tokens - t);
    float* const block = blocks + (first + t) / kernels::kBlockTokens * kernels::key_block_size(h);
    kernels::transpose(source + t * row, row, some, h, block + slot, kernels::kBlockTokens);
    t += some;
  }
}

void put_rows(float* blocks, const float* source, std::int64_t row, std::int64_t first,
              std::int64_t tokens, std::int64_t h) {
  for (std::int64_t t = 0; t < tokens; ++t) {
    std::memcpy(blocks + (first + t) * kernels::value_stride(h), source + t * row,
                sizeof(float) * h);
  }
}

/// A segment as one sequence: its prefix's tokens, then its own.
struct Sequence {
  std::int64_t prefix_start, prefix_length, start, length;
  std::int64_t total() const { return prefix_length + length; }
};

Sequence sequence_of(const std::vector<Segment>& segments, std::int64_t index) {
  const Segment& own = segments[index];
  if (own.prefix < 0) return {own.start, 0, own.start, own.length};
  const Segment& prefix = segments[own.prefix];
  return {prefix.start, prefix.length, own.start, own.length};
}

/// The blocks of a sequence whose prefix, if it has one, is in blocks already: its whole ones are
/// shared.
template <class Put>
void fill_blocks(Blocks& blocks, const Blocks* prefix, const Tensor& x, const Sequence& sequence,
                 std::int64_t head, std::int64_t block_size, Put put) {
  const std::int64_t h = x.size(2);
  const std::int64_t row = x.size(1) * h;
  const float* source = x.const_data_ptr<float>() + head * h;
  const std::int64_t shared = sequence.prefix_length / kernels::kBlockTokens;
  const std::int64_t own = kernels::blocks_for(sequence.total()) - shared;
  const std::int64_t first = shared * kernels::kBlockTokens;  // token of the first block of its own
  blocks.pointers.clear();
  if (prefix != nullptr) {
    blocks.pointers.assign(prefix->pointers.begin(), prefix->pointers.begin() + shared);
  }
  blocks.data.resize(own * block_size);
  for (std::int64_t b = 0; b < own; ++b) {
    blocks.pointers.push_back(blocks.data.data() + b * block_size);
  }
  const std::int64_t copied = sequence.prefix_length - first;
  put(blocks.data.data(), source + (sequence.prefix_start + first) * row, row, 0, copied, h);
  put(blocks.data.data(), source + sequence.start * row, row, copied, sequence.length, h);
}

/// Runs f(family, key head, work) for all pairs, each on one thread, whose `Work` keeps its memory.
template <class Work, class F>
void for_families(const std::vector<Family>& families, std::int64_t heads, F f) {
  const std::int64_t units = static_cast<std::int64_t>(families.size()) * heads;
  at::parallel_for(0, units, 1, [&](std::int64_t begin, std::int64_t end) {
    Work work;
    for (std::int64_t unit = begin; unit < end; ++unit) {
      f(families[unit / heads], unit % heads, work);
    }
  });
}

/// Calls f(segment, blocks of its own, blocks of its prefix or null) for the family's segments,
/// each after what it continues. Of `work`, root and child hold a sequence's blocks in whatever
/// layouts f fills.
template <class Work, class F>
void for_members(const Family& family, Work& work, F f) {
  f(family.root, work.root, static_cast<decltype(&work.root)>(nullptr));
  for (const std::int64_t index : family.children) f(index, work.child, &work.root);
}

/// Adds a sequence's gradient [T, value_stride(H)] to one head of the whole batch's [S, heads, H].
void add_tokens(const Sequence& sequence, const kernels::AlignedFloats& gradient, std::int64_t row,
                std::int64_t h, float* total) {
  const auto add = [&](std::int64_t from, std::int64_t tokens, std::int64_t to) {
    for (std::int64_t t = 0; t < tokens; ++t) {
      kernels::add(gradient.data() + (from + t) * kernels::value_stride(h), h,
                   total + (to + t) * row);
    }
  };
  add(0, sequence.prefix_length, sequence.prefix_start);
  add(sequence.prefix_length, sequence.length, sequence.start);
}

/// The queries of a segment that read one key head, position by position.
template <class F>
void for_queries(const Sequence& sequence, const Shape& shape, std::int64_t key_head, F f) {
  for (std::int64_t t = 0; t < sequence.length; ++t) {
    for (std::int64_t r = 0; r < shape.repeat(); ++r) {
      const std::int64_t head = key_head * shape.repeat() + r;
      f((sequence.start + t) * shape.query_heads + head, sequence.prefix_length + t + 1);
    }
  }
}

/// The segments as a tensor [n, 3], which is what a backward pass can keep.
Tensor to_table(const std::vector<Segment>& segments) {
  Tensor table = at::empty({static_cast<std::int64_t>(segments.size()), 3}, at::kLong);
  std::int64_t* row = table.data_ptr<std::int64_t>();
  for (const Segment& segment : segments) {
    *row++ = segment.start;
    *row++ = segment.length;
    *row++ = segment.prefix;
  }
  return table;
}

std::vector<Segment> from_table(const Tensor& table) {
  std::vector<Segment> segments(table.size(0));
  const std::int64_t* row = table.data_ptr<std::int64_t>();
  for (Segment& segment : segments) {
    segment = {row[0], row[1], row[2]};
    row += 3;
  }
  return segments;
}

struct Attention : Function<Attention> {
  static Tensor forward(AutogradContext* ctx, const Tensor& q, const Tensor& k, const Tensor& v,
                        const Tensor& table, const AttentionOptions& options) {
    const Shape shape{q.size(1), k.size(1), q.size(2)};
    const std::int64_t h = shape.head_dim;
    const kernels::Scoring scoring = scoring_of(shape, options.scale, options.softcap);
    ctx->saved_data["scale"] = options.scale;
    ctx->saved_data["window"] = options.window;
    ctx->saved_data["softcap"] = options.softcap;
    if (options.known.defined()) {
      ctx->save_for_backward({q, k, v, table, options.known, options.known_softmax});
      return options.known;
    }
    const std::vector<Segment> segments = from_table(table);
    Tensor out = at::empty_like(q);
    Tensor stats = at::empty({q.size(0), q.size(1), 2}, q.options());  // softmax maximum and sum
    const float* const q_data = q.const_data_ptr<float>();
    float* const out_data = out.data_ptr<float>();
    float* const stats_data = stats.data_ptr<float>();
    struct Work {
      struct KeysAndValues {
        Blocks keys, values;
      } root, child;
      kernels::AlignedFloats scratch;
      std::vector<kernels::Query> queries;
    };
    const auto attend_family = [&](const Family& family, std::int64_t key_head, Work& work) {
      const auto attend_segment = [&](std::int64_t index, Work::KeysAndValues& own,
                                      const Work::KeysAndValues* prefix) {
        const Sequence sequence = sequence_of(segments, index);
        fill_blocks(own.keys, prefix ? &prefix->keys : nullptr, k, sequence, key_head,
                    kernels::key_block_size(h), put_columns);
        fill_blocks(own.values, prefix ? &prefix->values : nullptr, v, sequence, key_head,
                    kernels::value_block_size(h), put_rows);
        work.queries.clear();
        for_queries(sequence, shape, key_head, [&](std::int64_t row, std::int64_t length) {
          work.queries.push_back({q_data + row * h, out_data + row * h, length,
                                  stats_data + row * 2,
                                  kernels::first_seen(length, options.window)});
        });
        const std::int64_t count = kernels::blocks_for(sequence.total());
        work.scratch.resize(4 * kernels::kBlockTokens * count);
        kernels::attend(
            work.queries.data(), static_cast<std::int64_t>(work.queries.size()),
            kernels::KvBlocks<float>{own.keys.pointers.data(), own.values.pointers.data(), count},
            h, scoring, work.scratch.data());
      };
      for_members(family, work, attend_segment);
    };
    for_families<Work>(families_of(segments), shape.key_heads, attend_family);
    ctx->save_for_backward({q, k, v, table, out, stats});
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &q = saved[0], &k = saved[1], &v = saved[2], &out = saved[4], &stats = saved[5];
    const std::vector<Segment> segments = from_table(saved[3]);
    const Tensor dout = grads[0].contiguous();
    const Shape shape{q.size(1), k.size(1), q.size(2)};
    const std::int64_t h = shape.head_dim;
    const kernels::Scoring scoring = scoring_of(shape, ctx->saved_data["scale"].toDouble(),
                                                ctx->saved_data["softcap"].toDouble());
    const std::int64_t window = ctx->saved_data["window"].toInt();
    Tensor dq = at::empty_like(q);
    Tensor dk = at::zeros_like(k);
    Tensor dv = at::zeros_like(v);
    const float* const q_data = q.const_data_ptr<float>();
    float* const out_data = out.data_ptr<float>();
    float* const stats_data = stats.data_ptr<float>();
    const float* const dout_data = dout.const_data_ptr<float>();
    float* const dq_data = dq.data_ptr<float>();
    float* const dk_data = dk.data_ptr<float>();
    float* const dv_data = dv.data_ptr<float>();
    struct Work {
      struct KeysAndValues {
        Blocks key_columns, key_rows, value_columns;
      } root, child;
      kernels::AlignedFloats scratch;
      kernels::AlignedFloats dk, dv;  // of a sequence, [T, value_stride(H)]
      std::vector<kernels::QueryGradient> queries;
    };
    const auto backward_family = [&](const Family& family, std::int64_t key_head, Work& work) {
      const auto segment_backward = [&](std::int64_t index, Work::KeysAndValues& own,
                                        const Work::KeysAndValues* prefix) {
        const Sequence sequence = sequence_of(segments, index);
        fill_blocks(own.key_columns, prefix ? &prefix->key_columns : nullptr, k, sequence, key_head,
                    kernels::key_block_size(h), put_columns);
        fill_blocks(own.key_rows, prefix ? &prefix->key_rows : nullptr, k, sequence, key_head,
                    kernels::value_block_size(h), put_rows);
        fill_blocks(own.value_columns, prefix ? &prefix->value_columns : nullptr, v, sequence,
                    key_head, kernels::key_block_size(h), put_columns);
        work.queries.clear();
        for_queries(sequence, shape, key_head, [&](std::int64_t row, std::int64_t length) {
          work.queries.push_back({{q_data + row * h, out_data + row * h, length,
                                   stats_data + row * 2, kernels::first_seen(length, window)},
                                  dout_data + row * h,
                                  dq_data + row * h});
        });
        work.dk.assign(sequence.total() * kernels::value_stride(h), 0.0f);
        work.dv.assign(sequence.total() * kernels::value_stride(h), 0.0f);
        work.scratch.resize(2 * kernels::kGradientQueries * kernels::kBlockTokens *
                            kernels::blocks_for(sequence.total()));
        kernels::attend_backward(work.queries.data(),
                                 static_cast<std::int64_t>(work.queries.size()),
                                 own.key_columns.pointers.data(), own.key_rows.pointers.data(),
                                 own.value_columns.pointers.data(), h, scoring, work.dk.data(),
                                 work.dv.data(), work.scratch.data());
        const std::int64_t row = shape.key_heads * h;
        add_tokens(sequence, work.dk, row, h, dk_data + key_head * h);
        add_tokens(sequence, work.dv, row, h, dv_data + key_head * h);
      };
      for_members(family, work, segment_backward);
    };
    for_families<Work>(families_of(segments), shape.key_heads, backward_family);
    return {dq, dk, dv, Tensor(), Tensor()};
  }
};

}  // namespace

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v,
                 const std::vector<Segment>& segments, const AttentionOptions& options) {
  return Attention::apply(q.contiguous(), k.contiguous(), v.contiguous(), to_table(segments),
                          options);
}

}  // namespace hone::model::ops
