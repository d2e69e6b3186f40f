#pragma once

#include <memory>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// Is the answer the reference answer, character by character?
struct ExactConfig {
  static constexpr std::string_view kType = "exact";
  bool whole_completion = false;
  bool ignore_case = false;

  template <class V>
  void fields(V& v) {
    v("whole_completion", whole_completion,
      "the completion itself is the answer; by default what is in <answer>, or boxed");
    v("ignore_case", ignore_case, "letters of any script may be of either case");
  }
};

/// 1 if it is, white space around it apart, else 0. Numbers are text: `0.5` is not `1/2`, for which
/// there is `answer`. Abstains without a reference answer.
std::unique_ptr<Reward> make_reward(const ExactConfig& config);

}  // namespace hone::rewards
