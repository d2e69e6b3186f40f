#include "rl/policy_loss.h"

#include <ATen/TensorOperators.h>
#include <c10/util/Exception.h>

#include <algorithm>

#include "rl/importance.h"
#include "rl/kl.h"
#include "rl/surrogate.h"
#include "rl/token_rows.h"

namespace hone::rl {
namespace {

// In double and in order: the same bits for any number of threads, unlike at::sum.
double ordered_sum(const at::Tensor& values) {
  const at::Tensor copy = values.detach().to(at::kCPU, at::kDouble).contiguous();
  const double* data = copy.const_data_ptr<double>();
  double sum = 0;
  for (std::int64_t i = 0; i < copy.numel(); ++i) sum += data[i];
  return sum;
}

/// Whether a loss has one ratio a completion.
bool one_ratio_a_completion(const LossPieces& pieces) {
  return pieces.ratio != RatioLevel::kToken && pieces.surrogate != Surrogate::kGmpo;
}

/// log(policy / old policy), of each token or of its completion, [S].
at::Tensor log_ratio_at_level(RatioLevel level, const TokenRows& rows,
                              const at::Tensor& log_ratio) {
  if (level == RatioLevel::kSequence) return rows.spread(rows.mean(log_ratio));
  if (level == RatioLevel::kSequenceProduct) return rows.spread(rows.sum(log_ratio));
  return log_ratio;
}

/// Counts units for which a condition holds, and its smallest and largest share of a completion.
void count_clipped(const LossPieces& pieces, const TokenRows& rows, const at::Tensor& low,
                   const at::Tensor& high, LossSums& sums) {
  const at::Tensor low_share = rows.mean(low.to(at::kDouble));    // [R]
  const at::Tensor high_share = rows.mean(high.to(at::kDouble));  // [R]
  const bool sequences = one_ratio_a_completion(pieces);
  sums.units = sequences ? static_cast<double>(rows.rows()) : sums.tokens;
  sums.clipped_low = ordered_sum(sequences ? low_share : low.logical_and(rows.mask()));
  sums.clipped_high = ordered_sum(sequences ? high_share : high.logical_and(rows.mask()));
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    if (!sequences && rows.counts()[r].item<double>() == 0) continue;
    sums.low_min = std::min(sums.low_min, low_share[r].item<double>());
    sums.high_max = std::max(sums.high_max, high_share[r].item<double>());
  }
}

void count_clipped_ratios(const LossPieces& pieces, const TokenRows& rows,
                          const at::Tensor& log_ratio, const at::Tensor& advantage,
                          LossSums& sums) {
  const at::Tensor good = advantage > 0;
  const at::Tensor bad = advantage < 0;
  if (pieces.surrogate == Surrogate::kGmpo) {
    return count_clipped(pieces, rows, (log_ratio < -pieces.clip_low).logical_and(bad),
                         (log_ratio > pieces.clip_high).logical_and(good), sums);
  }
  at::Tensor ratio = log_ratio.exp();
  if (pieces.surrogate == Surrogate::kCispo) {
    return count_clipped(pieces, rows, bad.logical_and(good),
                         (ratio > pieces.clip_high).logical_and(good), sums);
  }
  if (pieces.surrogate != Surrogate::kClip) return;
  if (pieces.dual_clip_positive) ratio = ratio.clamp_max(*pieces.dual_clip_positive);
  count_clipped(pieces, rows, (ratio < 1.0 - pieces.clip_low).logical_and(bad),
                (ratio > 1.0 + pieces.clip_high).logical_and(good), sums);
}

void count_weights(const TokenRows& rows, const at::Tensor& weights, LossSums& sums) {
  const at::Tensor taking_part = weights.masked_select(rows.mask());
  if (taking_part.numel() == 0) return;
  sums.weights = ordered_sum(taking_part);
  sums.weight_min = taking_part.min().item<double>();
  sums.weight_max = taking_part.max().item<double>();
}

void check(const LossPieces& pieces, const LossInputs& in) {
  const auto fits = [&](const at::Tensor& x) {
    return x.defined() && x.dim() == 1 && x.sizes() == in.logp.sizes();
  };
  TORCH_CHECK(fits(in.logp) && fits(in.old_logp) && fits(in.advantage) && fits(in.weight),
              "policy_loss: one value a token, [S], is expected of each tensor");
  TORCH_CHECK(!pieces.kl_in_loss() || fits(in.ref_logp),
              "policy_loss: a KL needs the reference's log-probabilities, [S]");
  TORCH_CHECK(fits(in.entropy) || !pieces.needs_entropy(),
              "policy_loss: these pieces need entropies, [S]");
}

}  // namespace

LossSums& LossSums::operator+=(const LossSums& other) {
  for (double LossSums::*sum :
       {&LossSums::loss, &LossSums::policy_loss, &LossSums::tokens, &LossSums::rows, &LossSums::kl,
        &LossSums::entropy, &LossSums::acting_tokens, &LossSums::acting_entropy, &LossSums::units,
        &LossSums::clipped_low, &LossSums::clipped_high, &LossSums::phi, &LossSums::weights}) {
    this->*sum += other.*sum;
  }
  low_min = std::min(low_min, other.low_min);
  high_max = std::max(high_max, other.high_max);
  weight_min = std::min(weight_min, other.weight_min);
  weight_max = std::max(weight_max, other.weight_max);
  return *this;
}

PolicyLoss policy_loss(const LossPieces& pieces, const LossInputs& in,
                       const EntropyShare& entropy) {
  check(pieces, in);
  const TokenRows rows(in.lengths, in.weight.ne(0));
  const at::Tensor& advantage = in.advantage;
  const at::Tensor& sampling_logp = in.sampling_logp.defined() ? in.sampling_logp : in.old_logp;
  LossSums sums;
  sums.tokens = ordered_sum(rows.mask());
  sums.rows = static_cast<double>(rows.rows());

  at::Tensor acting = rows.mask();  // [S]: tokens that the policy is trained on
  if (pieces.top_entropy_quantile < 1) {
    acting = acting.logical_and(in.entropy.detach() >= entropy.threshold);
  }
  at::Tensor weights;  // [S]: policy at the start of the step / sampler
  if (pieces.importance_sampling != ImportanceSampling::kNone) {
    weights = importance_weights(pieces, rows, in.old_logp, sampling_logp);
    count_weights(rows, weights, sums);
  }

  const at::Tensor log_ratio = in.logp - in.old_logp;  // [S]
  const at::Tensor level = log_ratio_at_level(pieces.ratio, rows, log_ratio);
  at::Tensor loss;  // [S]
  switch (pieces.surrogate) {
    case Surrogate::kClip:
      loss = clipped_surrogate(pieces, level.exp(), advantage);
      break;
    case Surrogate::kCispo:
      loss = cispo_surrogate(pieces, level.exp(), advantage, in.logp);
      break;
    case Surrogate::kSapo:
      loss = sapo_surrogate(pieces, level.exp(), advantage);
      break;
    case Surrogate::kVespo: {
      const at::Tensor log_weights = weights.defined() ? weights.log() : weights;
      const VespoSurrogate vespo =
          vespo_surrogate(pieces, rows, log_ratio, log_weights, advantage, in.logp);
      loss = vespo.loss;
      // Where a completion has no token, w and phi are 1.
      sums.phi = ordered_sum(rows.mean(vespo.phi)) + ordered_sum(rows.counts().eq(0));
      break;
    }
    case Surrogate::kGmpo:
      loss = gmpo_surrogate(pieces, TokenRows(in.lengths, acting), log_ratio, advantage);
      break;
    case Surrogate::kReinforce:
      loss = reinforce_surrogate(advantage, in.logp);
      break;
  }
  if (pieces.off_policy_mask_threshold) {
    loss = loss * off_policy_mask(*pieces.off_policy_mask_threshold, rows, in.logp, sampling_logp,
                                  advantage);
  }
  // gmpo leaves out the others within its mean, vespo has the weights in its own.
  if (pieces.top_entropy_quantile < 1 && pieces.surrogate != Surrogate::kGmpo) {
    loss = loss * acting;
  }
  if (weights.defined() && pieces.surrogate != Surrogate::kVespo) loss = loss * weights;
  if (pieces.kl_in_loss()) {
    at::Tensor kl = kl_estimate(pieces.kl_estimator, in.logp, in.ref_logp);
    if (pieces.kl_unbiased) kl = kl * level.exp();
    loss = loss + pieces.kl_coef * kl;
    sums.kl = ordered_sum(kl * rows.mask());
  }
  const at::Tensor weighted = loss * in.weight;
  at::Tensor total = weighted.sum();
  sums.policy_loss = sums.loss = ordered_sum(weighted);

  if (in.entropy.defined()) {
    sums.entropy = ordered_sum(in.entropy * rows.mask());
    sums.acting_tokens = ordered_sum(acting);
    sums.acting_entropy = ordered_sum(in.entropy * acting);
    sums.loss -= entropy.bonus * sums.acting_entropy;
    if (entropy.bonus != 0) total = total - entropy.bonus * (in.entropy * acting).sum();
  }
  count_clipped_ratios(pieces, rows, level.detach(), advantage, sums);
  return {total, sums};
}

Metrics loss_metrics(const LossPieces& pieces, const LossSums& sums) {
  const double tokens = std::max(sums.tokens, 1.0);
  const double units = std::max(sums.units, 1.0);
  Metrics metrics = {{"loss", sums.loss}};
  if (pieces.has_entropy_bonus()) metrics.emplace_back("policy_loss", sums.policy_loss);
  if (pieces.kl_in_loss()) metrics.emplace_back("kl", sums.kl / tokens);
  if (pieces.surrogate == Surrogate::kClip || pieces.surrogate == Surrogate::kGmpo) {
    metrics.emplace_back("clip_ratio/low_mean", sums.clipped_low / units);
    metrics.emplace_back("clip_ratio/low_min", sums.low_min == LossSums::kNone ? 0 : sums.low_min);
    metrics.emplace_back("clip_ratio/high_mean", sums.clipped_high / units);
    metrics.emplace_back("clip_ratio/high_max",
                         sums.high_max == -LossSums::kNone ? 0 : sums.high_max);
    metrics.emplace_back("clip_ratio/region_mean", (sums.clipped_low + sums.clipped_high) / units);
  }
  if (pieces.surrogate == Surrogate::kCispo) {
    metrics.emplace_back("cispo_clip_ratio", sums.clipped_high / units);
  }
  if (pieces.surrogate == Surrogate::kVespo) {
    metrics.emplace_back("vespo/phi_seq_mean", sums.phi / std::max(sums.rows, 1.0));
  }
  if (pieces.importance_sampling != ImportanceSampling::kNone && sums.tokens > 0) {
    metrics.emplace_back("sampling/importance_sampling_ratio/min", sums.weight_min);
    metrics.emplace_back("sampling/importance_sampling_ratio/mean", sums.weights / tokens);
    metrics.emplace_back("sampling/importance_sampling_ratio/max", sums.weight_max);
  }
  return metrics;
}

}  // namespace hone::rl
