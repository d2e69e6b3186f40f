#include "model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "model/error.h"

namespace hone::model {
namespace {

constexpr std::string_view kRopeTypes[] = {"default", "linear", "dynamic", "llama3", "yarn"};

/// Dimension that makes so many rotations within the original context.
double yarn_dimension(const RopeConfig& rope, std::int64_t head_dim, double rotations) {
  return static_cast<double>(head_dim) *
         std::log(static_cast<double>(rope.original_max_position_embeddings) /
                  (rotations * 2 * std::numbers::pi)) /
         (2 * std::log(rope.rope_theta));
}

/// Fast pairs keep their frequency, slow ones are stretched by the factor, between them a ramp.
void stretch_yarn(const RopeConfig& rope, std::int64_t head_dim, std::span<float> frequencies) {
  double low = yarn_dimension(rope, head_dim, rope.beta_fast);
  double high = yarn_dimension(rope, head_dim, rope.beta_slow);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(head_dim - 1));
  if (low == high) high += 0.001;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    const double own = frequencies[i];
    frequencies[i] = static_cast<float>(own / rope.factor * ramp + own * (1 - ramp));
  }
}

/// By wavelength: long ones are stretched by the factor, short ones stay, between them a blend.
void stretch_llama3(const RopeConfig& rope, std::span<float> frequencies) {
  const double context = static_cast<double>(rope.original_max_position_embeddings);
  for (float& frequency : frequencies) {
    const double wavelength = 2 * std::numbers::pi / frequency;
    if (wavelength > context / rope.low_freq_factor) {
      frequency = static_cast<float>(frequency / rope.factor);
    } else if (wavelength >= context / rope.high_freq_factor) {
      const double smooth = (context / wavelength - rope.low_freq_factor) /
                            (rope.high_freq_factor - rope.low_freq_factor);
      frequency = static_cast<float>((1 - smooth) * frequency / rope.factor + smooth * frequency);
    }
  }
}

}  // namespace

void check_rope(const RopeConfig& rope, const std::string& place) {
  const auto require = [&](bool holds, const char* field, const char* expected, double got) {
    if (!holds) throw DataError(place + ": " + field, expected, std::to_string(got));
  };
  if (std::find(std::begin(kRopeTypes), std::end(kRopeTypes), rope.rope_type) ==
      std::end(kRopeTypes)) {
    throw DataError(place + ": rope_type", "default, linear, dynamic, llama3 or yarn",
                    "\"" + rope.rope_type + "\"");
  }
  require(rope.rope_theta >= 1 && rope.rope_theta < 1e15, "rope_theta", "1 to 1e15",
          rope.rope_theta);
  require(rope.factor >= 1 && rope.factor < 1e6, "factor", "1 to 1e6", rope.factor);
  if (rope.rope_type == "llama3") {
    require(rope.low_freq_factor > 0, "low_freq_factor", "a number above 0", rope.low_freq_factor);
    require(rope.high_freq_factor > rope.low_freq_factor, "high_freq_factor",
            "a number above low_freq_factor", rope.high_freq_factor);
  }
  if (rope.rope_type == "yarn") {
    require(rope.rope_theta > 1, "rope_theta", "a number above 1", rope.rope_theta);
    require(rope.beta_slow > 0, "beta_slow", "a number above 0", rope.beta_slow);
    require(rope.beta_fast >= rope.beta_slow, "beta_fast", "a number of at least beta_slow",
            rope.beta_fast);
    require(rope.attention_factor > 0 && rope.attention_factor < 1e6, "attention_factor",
            "a number above 0", rope.attention_factor);
  }
}

double yarn_score_factor(const RopeConfig& rope) {
  if (rope.rope_type != "yarn" || rope.mscale_all_dim == 0 || rope.factor <= 1) return 1;
  const double factor = 0.1 * rope.mscale_all_dim * std::log(rope.factor) + 1;
  return factor * factor;
}

std::vector<float> rope_frequencies(const RopeConfig& rope, std::int64_t head_dim,
                                    std::int64_t max_position_embeddings, std::int64_t length) {
  double theta = rope.rope_theta;
  if (rope.rope_type == "dynamic" && length > max_position_embeddings) {
    const double share = static_cast<double>(length) / static_cast<double>(max_position_embeddings);
    const double h = static_cast<double>(head_dim);
    theta *= std::pow(rope.factor * share - (rope.factor - 1), h / (h - 2));
  }
  std::vector<float> frequencies(static_cast<std::size_t>(head_dim / 2));
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(head_dim);
    frequencies[i] = 1.0f / static_cast<float>(std::pow(theta, double{exponent}));
    if (rope.rope_type == "linear") frequencies[i] /= static_cast<float>(rope.factor);
  }
  if (rope.rope_type == "yarn") stretch_yarn(rope, head_dim, frequencies);
  if (rope.rope_type == "llama3") stretch_llama3(rope, frequencies);
  return frequencies;
}

}  // namespace hone::model
