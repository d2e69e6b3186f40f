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

/// Tokens that are run through the model after the first `shared` ones: a rollout's last token is
/// only ever a target.
std::int64_t own_tokens(const Rollout& rollout, std::int64_t shared) {
  const auto length = static_cast<std::int64_t>(rollout.tokens.size());
  return std::max<std::int64_t>(rollout.prompt_length, length - 1) - shared;
}

/// Packed tokens of `which` of the rollouts, as far as they have the first one's prompt.
std::int64_t group_tokens(std::span<const Rollout> rollouts, std::span<const std::size_t> which) {
  const Rollout& first = rollouts[which.front()];
  std::int64_t tokens = first.prompt_length;
  for (const std::size_t index : which) {
    if (!same_prompt(rollouts[index], first)) break;
    tokens += own_tokens(rollouts[index], first.prompt_length);
  }
  return tokens;
}

/// Tokens that all prompts begin with, such as a chat template's system message; 0 where it is not
/// worth a segment of its own: where it saves less than an eighth of the tokens, or less than the
/// prompts of neighbours would.
std::int64_t common_beginning(std::span<const Rollout> rollouts,
                              std::span<const std::size_t> which) {
  if (which.empty()) return 0;
  const Rollout& first = rollouts[which.front()];
  std::int64_t common = first.prompt_length, all = 0, by_prompts = 0;
  for (std::size_t i = 0; i < which.size(); ++i) {
    const Rollout& rollout = rollouts[which[i]];
    const std::int64_t longest = std::min<std::int64_t>(common, rollout.prompt_length);
    common = std::mismatch(rollout.tokens.begin(), rollout.tokens.begin() + longest,
                           first.tokens.begin())
                 .first -
             rollout.tokens.begin();
    all += own_tokens(rollout, 0);
    if (i > 0 && same_prompt(rollout, rollouts[which[i - 1]])) by_prompts += rollout.prompt_length;
  }
  const std::int64_t saved = common * (static_cast<std::int64_t>(which.size()) - 1);
  return saved > by_prompts && 8 * saved >= all ? common : 0;
}

/// Adds a rollout's tokens after the first `shared` ones, which stand in segment `prefix` if there
/// are any, and its targets.
void append_rollout(MicroBatch& micro, const Rollout& rollout, std::int64_t shared,
                    std::int64_t prefix) {
  const std::span<const std::int32_t> tokens = rollout.tokens;
  const std::int64_t own = own_tokens(rollout, shared);
  const auto first = static_cast<std::int64_t>(micro.batch.tokens.size());
  if (own > 0) {
    append_segment(micro.batch, tokens.subspan(shared, own), static_cast<std::int32_t>(shared),
                   prefix);
  }
  for (auto t = static_cast<std::size_t>(rollout.prompt_length); t < tokens.size(); ++t) {
    const std::int64_t before = static_cast<std::int64_t>(t) - 1;
    micro.sources.push_back(before < shared ? micro.batch.segments[prefix].start + before
                                            : first + before - shared);
    micro.targets.push_back(tokens[t]);
  }
}

}  // namespace

std::vector<MicroBatch> pack(std::span<const Rollout> rollouts, std::span<const std::size_t> which,
                             std::int64_t max_tokens, Sharing sharing) {
  const std::int64_t beginning =
      sharing == Sharing::kBeginnings ? common_beginning(rollouts, which) : 0;
  std::vector<MicroBatch> packed;
  std::int64_t prefix = -1;  // stays so where nothing is shared
  for (std::size_t i = 0; i < which.size(); ++i) {
    const Rollout& rollout = rollouts[which[i]];
    const std::int64_t shared = sharing == Sharing::kNothing ? 0
                                : beginning > 0              ? beginning
                                                             : rollout.prompt_length;
    bool shares = shared > 0 && !packed.empty() &&
                  (beginning > 0 || same_prompt(rollout, rollouts[which[i - 1]]));
    std::int64_t cost = own_tokens(rollout, shared) + (shares ? 0 : shared);
    if (shared > 0 && beginning == 0 && !shares) {
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
    if (!shares && shared > 0) {
      prefix = static_cast<std::int64_t>(micro.batch.segments.size());
      append_segment(micro.batch, std::span(rollout.tokens).first(shared), 0, -1);
    }
    if (!shares) micro.kept.push_back({rollout.prompt_activations.get(), rollout.prompt_length});
    micro.kept.push_back({rollout.activations.get(), own_tokens(rollout, rollout.prompt_length)});
    append_rollout(micro, rollout, shared, prefix);
  }
  for (MicroBatch& micro : packed) {
    const bool all = std::all_of(micro.kept.begin(), micro.kept.end(),
                                 [](const auto& some) { return some.activations != nullptr; });
    if (!all || beginning > 0) micro.kept.clear();
  }
  return packed;
}

std::vector<MicroBatch> pack(std::span<const Rollout> rollouts, std::int64_t max_tokens,
                             Sharing sharing) {
  std::vector<std::size_t> all(rollouts.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return pack(rollouts, all, max_tokens, sharing);
}

}  // namespace hone::rollout
