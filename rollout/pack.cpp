#include "rollout/pack.h"

#include <algorithm>
#include <numeric>

namespace hone::rollout {
namespace {

bool same_prompt(const Rollout& a, const Rollout& b) {
  return a.prompt_length == b.prompt_length &&
         std::equal(a.tokens.begin(), a.tokens.begin() + a.prompt_length, b.tokens.begin());
}

void append_segment(model::PackedBatch& batch, std::span<const std::int32_t> tokens,
                    std::int32_t first_position, std::int64_t prefix) {
  batch.segments.push_back({static_cast<std::int64_t>(batch.tokens.size()),
                            static_cast<std::int64_t>(tokens.size()), prefix});
  for (const std::int32_t token : tokens) {
    batch.positions.push_back(first_position++);
    batch.tokens.push_back(token);
  }
}

/// Tokens of a rollout's own that are run through the model: its last one is only ever a target.
std::int64_t own_tokens(const Rollout& rollout) {
  return std::max(0, rollout.completion_length() - 1);
}

/// Packed tokens of `which` of the rollouts, as far as they have the first one's prompt.
std::int64_t group_tokens(std::span<const Rollout> rollouts, std::span<const std::size_t> which) {
  const Rollout& first = rollouts[which.front()];
  std::int64_t tokens = first.prompt_length;
  for (const std::size_t index : which) {
    if (!same_prompt(rollouts[index], first)) break;
    tokens += own_tokens(rollouts[index]);
  }
  return tokens;
}

}  // namespace

std::vector<MicroBatch> pack(std::span<const Rollout> rollouts, std::span<const std::size_t> which,
                             std::int64_t max_tokens, bool shared) {
  std::vector<MicroBatch> packed;
  std::int64_t prompt_segment = -1;
  for (std::size_t i = 0; i < which.size(); ++i) {
    const Rollout& rollout = rollouts[which[i]];
    bool shares = shared && !packed.empty() && same_prompt(rollout, rollouts[which[i - 1]]);
    const std::int64_t own = own_tokens(rollout);
    std::int64_t cost = own + (shares ? 0 : rollout.prompt_length);
    if (shared && !shares) {
      const std::int64_t group = group_tokens(rollouts, which.subspan(i));
      if (group <= max_tokens) cost = group;
    }
    if (packed.empty() ||
        static_cast<std::int64_t>(packed.back().batch.tokens.size()) + cost > max_tokens) {
      packed.emplace_back();
      shares = false;
    }
    MicroBatch& micro = packed.back();
    micro.rollouts.push_back(which[i]);
    const std::span<const std::int32_t> tokens = rollout.tokens;
    if (!shares) {
      prompt_segment = static_cast<std::int64_t>(micro.batch.segments.size());
      append_segment(micro.batch, tokens.first(rollout.prompt_length + (shared ? 0 : own)), 0, -1);
      micro.kept.push_back({rollout.prompt_activations.get(), rollout.prompt_length});
    }
    micro.kept.push_back({rollout.activations.get(), own});
    std::int64_t source = micro.batch.segments[prompt_segment].start + rollout.prompt_length - 1;
    std::int64_t next_source = source + 1;
    if (shared) {
      next_source = static_cast<std::int64_t>(micro.batch.tokens.size());
      if (own > 0) {
        append_segment(micro.batch, tokens.subspan(rollout.prompt_length, own),
                       rollout.prompt_length, prompt_segment);
      }
    }
    for (const std::int32_t target : tokens.subspan(rollout.prompt_length)) {
      micro.sources.push_back(source);
      micro.targets.push_back(target);
      source = next_source++;
    }
  }
  for (MicroBatch& micro : packed) {
    const bool all = std::all_of(micro.kept.begin(), micro.kept.end(),
                                 [](const auto& some) { return some.activations != nullptr; });
    if (!all) micro.kept.clear();
  }
  return packed;
}

std::vector<MicroBatch> pack(std::span<const Rollout> rollouts, std::int64_t max_tokens,
                             bool shared) {
  std::vector<std::size_t> all(rollouts.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return pack(rollouts, all, max_tokens, shared);
}

}  // namespace hone::rollout
