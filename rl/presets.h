#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hone::rl {

/// How per-token losses become one number; denominators are those of the whole optimizer step.
enum class Aggregate { kSequenceMean, kTokenMean, kConstant };
constexpr std::array<std::string_view, 3> enum_names(Aggregate) {
  return {"sequence_mean", "token_mean", "constant"};
}

/// What a group's rewards are divided by after their mean is taken off.
enum class AdvantageScale { kGroup, kBatch, kNone };
constexpr std::array<std::string_view, 3> enum_names(AdvantageScale) {
  return {"group", "batch", "none"};
}

enum class Preset { kGrpo, kDrGrpo, kDapo };
constexpr std::array<std::string_view, 3> enum_names(Preset) { return {"grpo", "dr_grpo", "dapo"}; }

/// The policy loss: a preset names the pieces, and each piece can be set on its own.
struct LossConfig {
  Preset preset = Preset::kDapo;
  std::optional<Aggregate> aggregate;
  std::optional<AdvantageScale> advantage_scale;
  std::optional<double> clip_low;
  std::optional<double> clip_high;
  double kl_coef = 0.0;
  bool mask_truncated = false;

  template <class V>
  void fields(V& v) {
    v("preset", preset, "grpo, dr_grpo or dapo: sets the pieces below");
    v("aggregate", aggregate, "sequence_mean, token_mean or constant (the length limit)");
    v("advantage_scale", advantage_scale, "group, batch or none");
    v("clip_low", clip_low, "the ratio is clipped at 1 - clip_low", 0.0, 1.0);
    v("clip_high", clip_high, "the ratio is clipped at 1 + clip_high", 0.0, 1000.0);
    v("kl_coef", kl_coef, "weight of the k3 KL to the starting model; 0 keeps no reference", 0.0,
      1000.0);
    v("mask_truncated", mask_truncated, "completions cut off at the limit teach nothing");
  }
};

/// The pieces that a preset with its overrides comes to.
struct LossPieces {
  Aggregate aggregate;
  AdvantageScale advantage_scale;
  double clip_low;
  double clip_high;
  double kl_coef;
  bool mask_truncated;
};

LossPieces resolve(const LossConfig& config);

}  // namespace hone::rl
