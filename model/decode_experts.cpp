#include <algorithm>
#include <cstring>
#include <numeric>

#include "model/decode_parts.h"
#include "model/kernels/rows.h"

// The feed-forward of a layer with experts in a decode step: what expert_layer.h computes.
namespace hone::model {
namespace {

/// Calls f(expert, columns) for a thread's share of the columns of all experts that have tokens.
template <class F>
void for_expert_columns(std::int64_t rank, std::int64_t size,
                        const std::vector<std::int64_t>& counts, std::int64_t width, F f) {
  constexpr std::int64_t kUnit = 16;
  const std::int64_t units = kernels::ceil_div(width, kUnit);
  const auto active = std::count_if(counts.begin(), counts.end(), [](auto c) { return c > 0; });
  const Range own = range_of(rank, size, active * units);
  std::int64_t first = 0;  // this expert's first unit
  for (std::size_t e = 0; e < counts.size(); ++e) {
    if (counts[e] == 0) continue;
    const std::int64_t begin = std::max(own.begin, first) - first;
    const std::int64_t end = std::min(own.end, first + units) - first;
    if (begin < end) f(e, Range{begin * kUnit, std::min(end * kUnit, width)});
    first += units;
  }
}

}  // namespace

void DecodeEngine::pack_experts(const LayerWeights& w, Layer& layer) {
  layer.router = pack({w.router});
  layer.router_bias = data_of(w.router_bias);
  for (const ExpertWeights& expert : w.experts) {
    layer.experts.push_back(
        {pack({expert.gate_proj}), pack({expert.up_proj}), pack({expert.down_proj})});
  }
}

/// Every token's experts, their weights, and the slots; the inputs of the experts by slot.
void DecodeEngine::route(const Part& part, const Layer& w, const float* normed, std::int64_t rows) {
  const kernels::Routing routing = routing_of(decoder_.config.moe);
  const std::int64_t d = decoder_.config.hidden_size;
  const std::int64_t e = routing.experts;
  const std::int64_t k = routing.chosen;
  linear(normed, rows, w.router, {}, range_of(part.rank, part.size, e, 16), router_scores_.data());
#pragma omp barrier
  const Range own = range_of(part.rank, part.size, rows);
  for (std::int64_t r = own.begin; r < own.end; ++r) {
    float* const scores = router_scores_.data() + r * e;
    kernels::router_scores(scores, routing, scores);
    kernels::choose_experts(scores, w.router_bias, routing, chosen_.data() + r * k);
    kernels::expert_weights(scores, chosen_.data() + r * k, routing,
                            expert_weights_.data() + r * k);
  }
#pragma omp barrier
#pragma omp single
  slots_.assign(chosen_.data(), rows, k, e);
  const Range slots = range_of(part.rank, part.size, rows * k);
  for (std::int64_t s = slots.begin; s < slots.end; ++s) {
    std::memcpy(slot_x_.data() + s * d, normed + slots_.tokens[s] * d, sizeof(float) * d);
  }
#pragma omp barrier
}

void DecodeEngine::experts(Part& part, const Layer& w, const float* normed, std::int64_t rows) {
  const MoeConfig& moe = decoder_.config.moe;
  const std::int64_t d = decoder_.config.hidden_size;
  const std::int64_t k = moe.num_experts_per_tok;
  const std::int64_t width = moe.moe_intermediate_size;
  route(part, w, normed, rows);
  std::vector<std::int64_t>& first = part.first_slots;  // of each expert
  first.resize(slots_.counts.size());
  std::exclusive_scan(slots_.counts.begin(), slots_.counts.end(), first.begin(), std::int64_t{0});
  const std::vector<std::int64_t>& counts = slots_.counts;
  for_expert_columns(part.rank, part.size, counts, width, [&](std::size_t e, Range columns) {
    const Layer::Expert& expert = w.experts[e];
    float* const gate = slot_gate_.data() + first[e] * width;
    float* const up = slot_up_.data() + first[e] * width;
    const float* const x = slot_x_.data() + first[e] * d;
    linear(x, counts[e], expert.gate, {}, columns, gate);
    linear(x, counts[e], expert.up, {}, columns, up);
    for (std::int64_t r = 0; r < counts[e]; ++r) {
      float* const own = gate + r * width + columns.begin;
      kernels::swiglu(own, up + r * width + columns.begin, columns.end - columns.begin, own);
    }
  });
  const bool shared = w.gate.n > 0;
  if (shared) gated(part, w, normed, rows);
#pragma omp barrier
  for_expert_columns(part.rank, part.size, counts, d, [&](std::size_t e, Range columns) {
    linear(slot_gate_.data() + first[e] * width, counts[e], w.experts[e].down, {}, columns,
           slot_y_.data() + first[e] * d);
  });
  if (shared) {
    linear(gate_.data(), rows, w.down, {}, range_of(part.rank, part.size, d, 16),
           projected_.data());
  }
#pragma omp barrier
  const Range own = range_of(part.rank, part.size, rows);
  part.scratch.resize(std::max<std::int64_t>(static_cast<std::int64_t>(part.scratch.size()), d));
  for (std::int64_t r = own.begin; r < own.end; ++r) {
    float* const mixed = part.scratch.data();
    kernels::mix_slots(slot_y_.data(), slots_.of.data() + r * k, expert_weights_.data() + r * k, k,
                       d, mixed);
    if (shared) kernels::add(projected_.data() + r * d, d, mixed);
    kernels::add(mixed, d, x_.data() + r * d);
  }
}

}  // namespace hone::model
