#include "rl/presets.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace hone::rl {
namespace {

struct Row {
  Preset preset;
  Aggregate aggregate;
  AdvantageScale advantage_scale;
  double clip_low;
  double clip_high;
};

// One row a variant. Beware of names: what TRL trains by default, and some call GRPO, is dapo here.
constexpr Row kTable[] = {
    // DeepSeekMath, 2402.03300, eq. 3
    {Preset::kGrpo, Aggregate::kSequenceMean, AdvantageScale::kGroup, 0.2, 0.2},
    // Dr. GRPO, 2503.20783, section 3.2: neither the length nor the spread of a group is divided by
    {Preset::kDrGrpo, Aggregate::kConstant, AdvantageScale::kNone, 0.2, 0.2},
    // DAPO, 2503.14476, eq. 10 to 12: token mean and a higher upper clip. Its dynamic sampling is a
    // setting of the loop, and its KL coefficient is 0.
    {Preset::kDapo, Aggregate::kTokenMean, AdvantageScale::kGroup, 0.2, 0.28},
};

}  // namespace

LossPieces resolve(const LossConfig& config) {
  const auto* row = std::find_if(std::begin(kTable), std::end(kTable),
                                 [&](const Row& r) { return r.preset == config.preset; });
  if (row == std::end(kTable)) throw std::logic_error("a preset without a row in the table");
  return {
      .aggregate = config.aggregate.value_or(row->aggregate),
      .advantage_scale = config.advantage_scale.value_or(row->advantage_scale),
      .clip_low = config.clip_low.value_or(row->clip_low),
      .clip_high = config.clip_high.value_or(row->clip_high),
      .kl_coef = config.kl_coef,
      .mask_truncated = config.mask_truncated,
  };
}

}  // namespace hone::rl
