#include "rl/entropy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace hone::rl {

double quantile(std::vector<double> values, double q) {
  if (values.empty()) throw std::invalid_argument("quantile of nothing");
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - std::floor(place)) * (values[above] - values[below]);
}

EntropyShare entropy_share(const LossPieces& pieces, const std::vector<double>& entropies,
                           double coefficient) {
  EntropyShare share;
  if (entropies.empty()) return share;
  if (pieces.top_entropy_quantile < 1) {
    share.threshold = quantile(entropies, 1 - pieces.top_entropy_quantile);
  }
  const auto acting = std::count_if(entropies.begin(), entropies.end(),
                                    [&](double entropy) { return entropy >= share.threshold; });
  share.bonus = coefficient / static_cast<double>(std::max<std::ptrdiff_t>(acting, 1));
  return share;
}

double EntropyControl::applied(const LossPieces& pieces) const {
  if (!pieces.use_adaptive_entropy) return pieces.entropy_coef;
  return last_entropy <= pieces.entropy_target ? coefficient : 0.0;
}

void EntropyControl::update(const LossPieces& pieces, double mean_entropy) {
  if (!pieces.use_adaptive_entropy) return;
  const double change = mean_entropy <= pieces.entropy_target ? pieces.entropy_coef_delta
                                                              : -pieces.entropy_coef_delta;
  coefficient = std::clamp(coefficient + change, pieces.entropy_coef_min, pieces.entropy_coef_max);
  last_entropy = mean_entropy;
}

}  // namespace hone::rl
