#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "rollout/problems.h"

namespace hone::rl {

struct GrpoConfig;
struct Policy;
struct StageContext;

/// How often a problem that is kept comes up: each equally, or by the variance of its verdicts,
/// which is how much a group of completions has to tell apart.
enum class DifficultyWeight { kEqual, kVariance };
constexpr std::array<std::string_view, 2> enum_names(DifficultyWeight) {
  return {"equal", "variance"};
}

/// A curriculum by the starting model's own pass rate: it answers some problems first, and is
/// trained on those that it neither always nor never gets right. The choice uses the answers, also
/// where a control's reward does not.
struct DifficultyConfig {
  std::int64_t problems = 0;
  std::int64_t samples = 8;
  double min_pass_rate = 0.01;
  double max_pass_rate = 0.99;
  DifficultyWeight weight = DifficultyWeight::kEqual;

  template <class V>
  void fields(V& v) {
    v("problems", problems,
      "problems measured first, which are then trained on; 0: all, unmeasured", 0, 1 << 24);
    v("samples", samples, "completions a problem that its pass rate is measured on", 1, 4096);
    v("min_pass_rate", min_pass_rate, "problems solved less often are dropped", 0.0, 1.0);
    v("max_pass_rate", max_pass_rate, "problems solved more often are dropped", 0.0, 1.0);
    v("weight", weight, "equal, or variance: middling problems come up to four times as often");
  }
};

/// Places in a source, each as often as it is to come up in a cycle: those of `pass_rates` within
/// the bounds. With kVariance 1 to 4 times, by p (1 - p).
/// Source: difficulty filtering, 2504.03380.
/// Differs: measured once, on the starting model, where the paper does it step by step; DAPO
/// (2503.14476) drops the ends after sampling, which is `dynamic_sampling`.
std::vector<std::uint64_t> places_by_difficulty(const std::vector<double>& pass_rates,
                                                const DifficultyConfig& config);

/// The stage's training problems: all of the source, or those that the policy's measured pass rate
/// selects, in a new order each cycle. Pass rates are kept in difficulty.json of the stage's
/// folder, and measured once.
/// Throws: GuardError if no problem is within the bounds; Interrupted when asked to stop.
std::shared_ptr<const rollout::ProblemSource> training_problems(const GrpoConfig& config,
                                                                const Policy& policy,
                                                                const StageContext& stage);

}  // namespace hone::rl
