#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rewards/reading.h"
#include "rewards/rewards.h"
#include "rl/data.h"

namespace hone::rollout {
struct Rollout;
}

namespace hone::rl {

/// Whether a judged completion has no answer that this reading could find. A task's own reading
/// takes the whole completion where nothing is tagged: if that is wrong, it was no answer.
bool lacks_answer(const DataConfig& data, rewards::Reading reading, const rollout::Rollout& rollout,
                  rewards::Status status);

/// The completions without an answer, and what another reading would find in them.
struct NoAnswer {
  std::int64_t completions = 0;      // that were judged
  std::vector<std::size_t> without;  // places of those without an answer
  std::int64_t cut_off = 0;          // of them, at the limit of tokens
  bool judged_whole = false;         // a task took the whole completion instead
  std::optional<rewards::Reading> better;
  std::int64_t found = 0, right = 0;  // by that reading, among those without an answer
};

/// Tries other readings than the one that was used on the completions without an answer, as
/// `hone eval` judges those of this data. The best is the one with most right answers, of several
/// the strictest; `mentioned` only where no other is ever right.
NoAnswer explain_no_answer(const std::vector<rollout::Rollout>& rollouts,
                           const std::vector<rewards::Score>& scores, const DataConfig& data,
                           rewards::Reading used);

/// The same for a reward; nothing for one that has no `reading`.
std::optional<NoAnswer> explain_no_answer(const std::vector<rollout::Rollout>& rollouts,
                                          const rewards::WeightedReward& reward);

/// "no answer was found in 1012 of 1024 completions (17 cut off); " and what `option` of the better
/// reading ("--answer last_number") would find. Empty if every completion has an answer.
std::string describe(const NoAnswer& result,
                     const std::function<std::string(const std::string& reading)>& option);

}  // namespace hone::rl
