#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

// What a policy loss is made of, and how a recipe says it. rl/README.md has the formulas.
namespace hone::rl {

/// What each token's, or each sequence's, probability ratio is turned into.
enum class Surrogate { kClip, kCispo, kSapo, kVespo, kGmpo, kReinforce };
constexpr std::array<std::string_view, 6> enum_names(Surrogate) {
  return {"clip", "cispo", "sapo", "vespo", "gmpo", "reinforce"};
}

/// Of what the ratio is: a token's probability, the geometric mean over a completion's tokens, or
/// their product.
enum class RatioLevel { kToken, kSequence, kSequenceProduct };
constexpr std::array<std::string_view, 3> enum_names(RatioLevel) {
  return {"token", "sequence", "sequence_product"};
}

/// How per-token losses become one number; denominators are those of the whole optimizer step.
enum class Aggregate { kSequenceMean, kTokenMean, kConstant, kSequenceSum };
constexpr std::array<std::string_view, 4> enum_names(Aggregate) {
  return {"sequence_mean", "token_mean", "constant", "sequence_sum"};
}

/// What is taken off a reward to make an advantage.
enum class Baseline { kGroup, kLeaveOneOut, kBatch };
constexpr std::array<std::string_view, 3> enum_names(Baseline) {
  return {"group", "leave_one_out", "batch"};
}

/// What a group's rewards are divided by after the baseline is taken off.
enum class AdvantageScale { kGroup, kBatch, kNone };
constexpr std::array<std::string_view, 3> enum_names(AdvantageScale) {
  return {"group", "batch", "none"};
}

/// Whether several rewards are added up before they are compared, or each compared for itself.
enum class RewardOrder { kSumThenNormalize, kNormalizeThenSum };
constexpr std::array<std::string_view, 2> enum_names(RewardOrder) {
  return {"sum_then_normalize", "normalize_then_sum"};
}

enum class KlEstimator { kK1, kK2, kK3 };
constexpr std::array<std::string_view, 3> enum_names(KlEstimator) { return {"k1", "k2", "k3"}; }

/// Where the KL to the reference counts.
enum class KlPlace { kLoss, kReward };
constexpr std::array<std::string_view, 2> enum_names(KlPlace) { return {"loss", "reward"}; }

/// What becomes of the weight policy / sampler of a token or a completion beyond its bounds.
enum class ImportanceSampling {
  kNone,
  kTokenTruncate,
  kTokenMask,
  kSequenceTruncate,
  kSequenceMask
};
constexpr std::array<std::string_view, 5> enum_names(ImportanceSampling) {
  return {"none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"};
}
constexpr bool by_sequence(ImportanceSampling mode) {
  return mode == ImportanceSampling::kSequenceTruncate || mode == ImportanceSampling::kSequenceMask;
}

enum class Preset {
  kGrpo,
  kDrGrpo,
  kBnpo,
  kDapo,
  kGspo,
  kCispo,
  kSapo,
  kLuspo,
  kRloo,
  kReinforcePp,
  kGpg,
  kVespo,
  kGmpo
};
constexpr std::array<std::string_view, 13> enum_names(Preset) {
  return {"grpo",  "dr_grpo", "bnpo",         "dapo", "gspo",  "cispo", "sapo",
          "luspo", "rloo",    "reinforce_pp", "gpg",  "vespo", "gmpo"};
}

/// The settings that no preset touches.
struct LossSettings {
  double kl_coef = 0.0;
  bool kl_unbiased = false;
  std::optional<double> dual_clip;
  std::optional<double> dual_clip_positive;
  bool mask_truncated = false;
  double top_entropy_quantile = 1.0;
  double entropy_coef = 0.0;
  bool use_adaptive_entropy = false;
  double entropy_target = 0.2;
  double entropy_coef_delta = 0.005;
  double entropy_coef_min = 0.0;
  double entropy_coef_max = 1.0;
  std::optional<double> off_policy_mask_threshold;
  ImportanceSampling importance_sampling = ImportanceSampling::kNone;
  double importance_sampling_max = 3.0;
  double importance_sampling_min = 0.0;
  RewardOrder multi_objective_aggregation = RewardOrder::kSumThenNormalize;
  double sapo_temperature_pos = 1.0;
  double sapo_temperature_neg = 1.05;
  double vespo_k_pos = 2.0;
  double vespo_lambda_pos = 3.0;
  double vespo_k_neg = 3.0;
  double vespo_lambda_neg = 2.0;

  template <class V>
  void settings(V& v) {
    v("kl_coef", kl_coef, "weight of the KL to the reference; 0 keeps no reference", 0.0, 1000.0);
    v("kl_unbiased", kl_unbiased, "the KL in the loss is multiplied by the ratio");
    v("dual_clip", dual_clip, "no loss above dual_clip * |A| where A < 0", 1.0, 1e6);
    v("dual_clip_positive", dual_clip_positive, "the unclipped ratio is capped here (TRL's delta)",
      0.0, 1e6);
    v("mask_truncated", mask_truncated, "completions cut off at the limit teach nothing");
    v("top_entropy_quantile", top_entropy_quantile,
      "share of the step's tokens, those of highest entropy, that the policy is trained on", 0.0,
      1.0);
    v("entropy_coef", entropy_coef, "weight of the entropy bonus", -1000.0, 1000.0);
    v("use_adaptive_entropy", use_adaptive_entropy,
      "entropy_coef moves towards entropy_target, and counts only at or below it");
    v("entropy_target", entropy_target, "nats a token that the adaptive bonus aims at", 0.0, 100.0);
    v("entropy_coef_delta", entropy_coef_delta, "change of the adaptive coefficient a step", 0.0,
      1000.0);
    v("entropy_coef_min", entropy_coef_min, "lowest adaptive coefficient", 0.0, 1000.0);
    v("entropy_coef_max", entropy_coef_max, "highest adaptive coefficient", 0.0, 1000.0);
    v("off_policy_mask_threshold", off_policy_mask_threshold,
      "completions with A < 0 whose tokens became less likely by more than this, on average in "
      "nats, since they were sampled teach nothing",
      -1000.0, 1000.0);
    v("importance_sampling", importance_sampling,
      "weights of policy over sampler: none, token_truncate, token_mask, sequence_truncate or "
      "sequence_mask");
    v("importance_sampling_max", importance_sampling_max, "highest such weight", 0.0, 1e9);
    v("importance_sampling_min", importance_sampling_min, "lowest such weight", 0.0, 1e9);
    v("multi_objective_aggregation", multi_objective_aggregation,
      "sum_then_normalize, or normalize_then_sum: each reward by its own spread in the group");
    v("sapo_temperature_pos", sapo_temperature_pos, "sapo: sharpness where A > 0", 1e-6, 1e6);
    v("sapo_temperature_neg", sapo_temperature_neg, "sapo: sharpness elsewhere", 1e-6, 1e6);
    v("vespo_k_pos", vespo_k_pos, "vespo: power of the weight where A >= 0", 0.0, 1e6);
    v("vespo_lambda_pos", vespo_lambda_pos, "vespo: decay of the weight where A >= 0", 0.0, 1e6);
    v("vespo_k_neg", vespo_k_neg, "vespo: power of the weight where A < 0", 0.0, 1e6);
    v("vespo_lambda_neg", vespo_lambda_neg, "vespo: decay of the weight where A < 0", 0.0, 1e6);
  }
};

/// The policy loss as a recipe says it: a preset names the pieces, and each can be set on its own.
struct LossConfig : LossSettings {
  Preset preset = Preset::kDapo;
  std::optional<Surrogate> surrogate;
  std::optional<RatioLevel> ratio;
  std::optional<Aggregate> aggregate;
  std::optional<Baseline> baseline;
  std::optional<AdvantageScale> advantage_scale;
  std::optional<bool> rescale_equal_groups;
  std::optional<double> clip_low;
  std::optional<double> clip_high;
  std::optional<KlEstimator> kl_estimator;
  std::optional<KlPlace> kl_in;

  template <class V>
  void fields(V& v) {
    v("preset", preset, "a row of the table in rl/README.md: sets the pieces that follow");
    v("surrogate", surrogate, "clip, cispo, sapo, vespo, gmpo or reinforce");
    v("ratio", ratio, "token, sequence (geometric mean) or sequence_product");
    v("aggregate", aggregate,
      "sequence_mean, token_mean, constant (the length limit) or sequence_sum");
    v("baseline", baseline, "what rewards are compared with: group, leave_one_out or batch");
    v("advantage_scale", advantage_scale, "group, batch or none");
    v("rescale_equal_groups", rescale_equal_groups,
      "advantages make up for the groups whose rewards are all equal");
    v("clip_low", clip_low, "the ratio is clipped at 1 - clip_low (gmpo: its logarithm)", 0.0,
      1000.0);
    v("clip_high", clip_high,
      "the ratio is clipped at 1 + clip_high (cispo: at clip_high itself; gmpo: its logarithm)",
      0.0, 1000.0);
    v("kl_estimator", kl_estimator, "k1, k2 or k3");
    v("kl_in", kl_in, "loss, or reward: the whole completion's KL is taken off its reward");
    settings(v);
  }
};

/// The pieces that a preset with its overrides comes to.
struct LossPieces : LossSettings {
  Surrogate surrogate;
  RatioLevel ratio;
  Aggregate aggregate;
  Baseline baseline;
  AdvantageScale advantage_scale;
  bool rescale_equal_groups;
  double clip_low;
  double clip_high;
  KlEstimator kl_estimator;
  KlPlace kl_in;

  bool needs_reference() const { return kl_coef != 0; }
  bool kl_in_loss() const { return kl_coef != 0 && kl_in == KlPlace::kLoss; }
  bool kl_in_reward() const { return kl_coef != 0 && kl_in == KlPlace::kReward; }
  bool needs_entropy() const { return top_entropy_quantile < 1 || has_entropy_bonus(); }
  bool has_entropy_bonus() const { return entropy_coef != 0 || use_adaptive_entropy; }
};

}  // namespace hone::rl
