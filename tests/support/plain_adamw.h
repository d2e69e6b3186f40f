#pragma once

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

namespace hone::tests {

/// What tests/parity recorded of bitsandbytes.
inline nlohmann::json bitsandbytes_fixture() {
  std::ifstream file(HONE_SOURCE_DIR "/tests/parity/bitsandbytes_adamw.json");
  return nlohmann::json::parse(file);
}

/// The value of a data type that is nearest to x, by looking at all of them.
inline double nearest(const std::vector<double>& values, double x) {
  double best = values.front();
  for (const double value : values) {
    if (std::abs(value - x) < std::abs(best - x)) best = value;
  }
  return best;
}

/// AdamW of one tensor in double, written from the papers; with `eight_bit` its moments are rounded
/// to bitsandbytes' data types after each step.
struct PlainAdamW {
  std::vector<double> m, v;
  bool eight_bit = false;
  double beta1 = 0.9, beta2 = 0.95, eps = 1e-8, weight_decay = 0.0;
  std::vector<double> signed_values, unsigned_values;
  int steps = 0;

  PlainAdamW(std::size_t count, bool in_eight_bits) : m(count), v(count), eight_bit(in_eight_bits) {
    const nlohmann::json maps = bitsandbytes_fixture().at("maps");
    signed_values = maps.at("signed").get<std::vector<double>>();
    unsigned_values = maps.at("unsigned").get<std::vector<double>>();
  }

  void step(std::vector<double>& weights, const std::vector<double>& gradients, double rate) {
    ++steps;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      m[i] = beta1 * m[i] + (1 - beta1) * gradients[i];
      v[i] = beta2 * v[i] + (1 - beta2) * gradients[i] * gradients[i];
      const double m_hat = m[i] / (1 - std::pow(beta1, steps));
      const double v_hat = v[i] / (1 - std::pow(beta2, steps));
      weights[i] -= rate * (m_hat / (std::sqrt(v_hat) + eps) + weight_decay * weights[i]);
    }
    if (!eight_bit) return;
    round(m, signed_values, -1.0);
    // What is above 0 stays above it.
    round(v, unsigned_values, unsigned_values[1]);
  }

  static void round(std::vector<double>& moment, const std::vector<double>& values, double least) {
    for (std::size_t first = 0; first < moment.size(); first += 256) {
      const std::size_t end = std::min(moment.size(), first + 256);
      double largest = 0;
      for (std::size_t i = first; i < end; ++i) largest = std::max(largest, std::abs(moment[i]));
      if (largest == 0) continue;
      for (std::size_t i = first; i < end; ++i) {
        if (moment[i] == 0) continue;
        moment[i] = largest * std::max(least, nearest(values, moment[i] / largest));
      }
    }
  }
};

}  // namespace hone::tests
