#include "rl/presets.h"

#include <algorithm>
#include <stdexcept>

namespace hone::rl {
namespace {

struct PresetRow {
  Preset preset;
  Surrogate surrogate = Surrogate::kClip;
  RatioLevel ratio = RatioLevel::kToken;
  Aggregate aggregate = Aggregate::kSequenceMean;
  double clip_low = 0.2;
  double clip_high = 0.2;
  Baseline baseline = Baseline::kGroup;
  AdvantageScale advantage_scale = AdvantageScale::kGroup;
  bool rescale_equal_groups = false;
  KlEstimator kl_estimator = KlEstimator::kK3;
  KlPlace kl_in = KlPlace::kLoss;
};

// One row a variant; what a row leaves out is grpo's. Beware of names: what TRL trains by default,
// and some call GRPO, is dapo here.
constexpr PresetRow kTable[] = {
    // DeepSeekMath, 2402.03300, eq. 3
    {.preset = Preset::kGrpo},
    // Dr. GRPO, 2503.20783, section 3.2: neither the length nor the spread of a group is divided by
    {.preset = Preset::kDrGrpo,
     .aggregate = Aggregate::kConstant,
     .advantage_scale = AdvantageScale::kNone},
    // TRL's loss_type "bnpo". The paper's (2506.02864) Beta normalisation of rewards is not in it.
    {.preset = Preset::kBnpo, .aggregate = Aggregate::kTokenMean},
    // DAPO, 2503.14476, eq. 10 to 12: token mean and a higher upper clip. Its dynamic sampling is a
    // setting of the loop, its soft length penalty a reward, and its KL coefficient is 0.
    {.preset = Preset::kDapo, .aggregate = Aggregate::kTokenMean, .clip_high = 0.28},
    // GSPO, 2507.18071, eq. 5 and 7; bounds of section 5.1
    {.preset = Preset::kGspo, .ratio = RatioLevel::kSequence, .clip_low = 3e-4, .clip_high = 4e-4},
    // MiniMax-M1, 2506.13585, eq. 4; cap of ScaleRL, 2510.13786
    {.preset = Preset::kCispo,
     .surrogate = Surrogate::kCispo,
     .aggregate = Aggregate::kTokenMean,
     .clip_high = 5.0},
    // SAPO, 2511.20347
    {.preset = Preset::kSapo, .surrogate = Surrogate::kSapo},
    // LUSPO, 2602.05261: GSPO without its division by the length
    {.preset = Preset::kLuspo,
     .ratio = RatioLevel::kSequence,
     .aggregate = Aggregate::kSequenceSum,
     .clip_low = 2e-3,
     .clip_high = 2.5e-3},
    // RLOO, 2402.14740, as TRL's RLOOTrainer
    {.preset = Preset::kRloo,
     .ratio = RatioLevel::kSequenceProduct,
     .baseline = Baseline::kLeaveOneOut,
     .advantage_scale = AdvantageScale::kNone,
     .kl_estimator = KlEstimator::kK1,
     .kl_in = KlPlace::kReward},
    // REINFORCE++, 2501.03262, section 3: advantages over the whole batch
    {.preset = Preset::kReinforcePp,
     .aggregate = Aggregate::kTokenMean,
     .baseline = Baseline::kBatch,
     .advantage_scale = AdvantageScale::kBatch,
     .kl_estimator = KlEstimator::kK1,
     .kl_in = KlPlace::kReward},
    // GPG, 2504.02546, eq. 7 and 8
    {.preset = Preset::kGpg,
     .surrogate = Surrogate::kReinforce,
     .aggregate = Aggregate::kTokenMean,
     .advantage_scale = AdvantageScale::kNone,
     .rescale_equal_groups = true},
    // VESPO, 2602.10693, as TRL's loss_type "vespo"
    {.preset = Preset::kVespo, .surrogate = Surrogate::kVespo, .aggregate = Aggregate::kTokenMean},
    // GMPO, 2507.20673, eq. 3 and 4; the ratio is clipped between e^-0.4 and e^0.4
    {.preset = Preset::kGmpo, .surrogate = Surrogate::kGmpo, .clip_low = 0.4, .clip_high = 0.4},
};

}  // namespace

LossPieces resolve(const LossConfig& config) {
  const auto* row = std::find_if(std::begin(kTable), std::end(kTable),
                                 [&](const PresetRow& r) { return r.preset == config.preset; });
  if (row == std::end(kTable)) throw std::logic_error("a preset without a row in the table");
  return {
      config,
      config.surrogate.value_or(row->surrogate),
      config.ratio.value_or(row->ratio),
      config.aggregate.value_or(row->aggregate),
      config.baseline.value_or(row->baseline),
      config.advantage_scale.value_or(row->advantage_scale),
      config.rescale_equal_groups.value_or(row->rescale_equal_groups),
      config.clip_low.value_or(row->clip_low),
      config.clip_high.value_or(row->clip_high),
      config.kl_estimator.value_or(row->kl_estimator),
      config.kl_in.value_or(row->kl_in),
  };
}

}  // namespace hone::rl
