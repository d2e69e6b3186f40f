#include "rl/aggregate.h"

#include <cstddef>
#include <stdexcept>

namespace hone::rl {

std::vector<double> token_weights(const std::vector<int>& completion_lengths,
                                  const std::vector<bool>& masked, Aggregate aggregate,
                                  std::int64_t max_new_tokens) {
  if (masked.size() != completion_lengths.size() || max_new_tokens < 1) {
    throw std::invalid_argument("token_weights: a mask for each sequence, and a positive limit");
  }
  const auto sequences = static_cast<double>(completion_lengths.size());
  double tokens = 0;
  for (std::size_t i = 0; i < masked.size(); ++i) {
    if (!masked[i]) tokens += completion_lengths[i];
  }
  std::vector<double> weights(masked.size(), 0.0);
  for (std::size_t i = 0; i < masked.size(); ++i) {
    if (masked[i] || completion_lengths[i] < 1) continue;
    switch (aggregate) {
      case Aggregate::kSequenceMean:
        weights[i] = 1.0 / (sequences * completion_lengths[i]);
        break;
      case Aggregate::kTokenMean:
        weights[i] = 1.0 / tokens;
        break;
      case Aggregate::kConstant:
        weights[i] = 1.0 / (sequences * static_cast<double>(max_new_tokens));
        break;
      case Aggregate::kSequenceSum:
        weights[i] = 1.0 / sequences;
        break;
    }
  }
  return weights;
}

}  // namespace hone::rl
