#include "rl/presets.h"

#include <catch2/catch.hpp>

namespace hone::rl {
namespace {

LossPieces row(Preset preset) {
  LossConfig config;
  config.preset = preset;
  return resolve(config);
}

}  // namespace

TEST_CASE("each preset is its paper's row") {
  const LossPieces grpo = row(Preset::kGrpo);
  CHECK(grpo.aggregate == Aggregate::kSequenceMean);
  CHECK(grpo.advantage_scale == AdvantageScale::kGroup);
  CHECK(grpo.clip_low == 0.2);
  CHECK(grpo.clip_high == 0.2);

  const LossPieces dr_grpo = row(Preset::kDrGrpo);
  CHECK(dr_grpo.aggregate == Aggregate::kConstant);
  CHECK(dr_grpo.advantage_scale == AdvantageScale::kNone);
  CHECK(dr_grpo.clip_low == 0.2);
  CHECK(dr_grpo.clip_high == 0.2);

  const LossPieces dapo = row(Preset::kDapo);
  CHECK(dapo.aggregate == Aggregate::kTokenMean);
  CHECK(dapo.advantage_scale == AdvantageScale::kGroup);
  CHECK(dapo.clip_low == 0.2);
  CHECK(dapo.clip_high == 0.28);
  CHECK(dapo.kl_coef == 0.0);
  CHECK_FALSE(dapo.mask_truncated);
}

TEST_CASE("what makes the other presets themselves") {
  CHECK(row(Preset::kBnpo).aggregate == Aggregate::kTokenMean);
  CHECK(row(Preset::kGspo).ratio == RatioLevel::kSequence);
  CHECK(row(Preset::kGspo).clip_high == 4e-4);
  CHECK(row(Preset::kCispo).surrogate == Surrogate::kCispo);
  CHECK(row(Preset::kCispo).aggregate == Aggregate::kTokenMean);
  CHECK(row(Preset::kSapo).surrogate == Surrogate::kSapo);
  CHECK(row(Preset::kLuspo).aggregate == Aggregate::kSequenceSum);
  CHECK(row(Preset::kLuspo).ratio == RatioLevel::kSequence);
  CHECK(row(Preset::kRloo).baseline == Baseline::kLeaveOneOut);
  CHECK(row(Preset::kRloo).ratio == RatioLevel::kSequenceProduct);
  CHECK(row(Preset::kRloo).kl_in == KlPlace::kReward);
  CHECK(row(Preset::kRloo).kl_estimator == KlEstimator::kK1);
  CHECK(row(Preset::kReinforcePp).baseline == Baseline::kBatch);
  CHECK(row(Preset::kReinforcePp).advantage_scale == AdvantageScale::kBatch);
  CHECK(row(Preset::kGpg).surrogate == Surrogate::kReinforce);
  CHECK(row(Preset::kGpg).rescale_equal_groups);
  CHECK(row(Preset::kVespo).surrogate == Surrogate::kVespo);
  CHECK(row(Preset::kGmpo).surrogate == Surrogate::kGmpo);
  CHECK(row(Preset::kGmpo).clip_low == 0.4);
}

TEST_CASE("every named preset has a row") {
  for (std::size_t i = 0; i < enum_names(Preset{}).size(); ++i) {
    CHECK_NOTHROW(row(static_cast<Preset>(i)));
  }
}

TEST_CASE("a piece set on its own wins over the preset") {
  LossConfig config;
  config.preset = Preset::kGrpo;
  config.aggregate = Aggregate::kTokenMean;
  config.advantage_scale = AdvantageScale::kBatch;
  config.clip_low = 0.0;
  config.clip_high = 4.0;
  config.kl_coef = 0.04;
  config.mask_truncated = true;
  const LossPieces pieces = resolve(config);
  CHECK(pieces.aggregate == Aggregate::kTokenMean);
  CHECK(pieces.advantage_scale == AdvantageScale::kBatch);
  CHECK(pieces.clip_low == 0.0);
  CHECK(pieces.clip_high == 4.0);
  CHECK(pieces.kl_coef == 0.04);
  CHECK(pieces.mask_truncated);
}

}  // namespace hone::rl
