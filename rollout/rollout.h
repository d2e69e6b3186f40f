#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hone::model {
class Activations;
}

namespace hone::rollout {

enum class Finish { kStop, kLength };

/// One completion of one prompt: the type that flows from the engine through rewards and advantages
/// into training, and into rollouts.jsonl.
struct Rollout {
  std::uint64_t problem = 0;         // index of the problem in its source
  std::int32_t sample = 0;           // index within the group
  std::vector<std::int32_t> tokens;  // prompt and completion; the completion keeps its end token
  std::int32_t prompt_length = 0;    // tokens of the prompt
  std::vector<float> logprobs;       // of each completion token, natural log, as sampled
  Finish finish = Finish::kStop;
  std::string prompt;                // text given to the model
  bool chat = false;                 // the prompt holds its special tokens itself
  std::string completion;            // text of the completion without its end token
  std::string answer;                // the problem's reference answer
  std::string metadata;              // the problem's JSON object, or empty
  std::vector<double> rewards;       // one for each reward of the recipe, in its order, unweighted
  std::vector<std::string> details;  // why each reward is what it is
  std::vector<bool> abstained;       // which of them could not judge; those are not in the sum
  double reward = 0;                 // the weighted sum
  double advantage = 0;
  std::int64_t policy_version = 0;  // optimizer steps taken when it was sampled
  // Of the prompt's tokens, which a group shares, and of the completion's but the last; null where
  // they were not kept.
  std::shared_ptr<model::Activations> prompt_activations, activations;

  std::int32_t completion_length() const {
    return static_cast<std::int32_t>(tokens.size()) - prompt_length;
  }
};

}  // namespace hone::rollout
