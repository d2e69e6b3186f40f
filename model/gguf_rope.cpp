// RoPE as llama.cpp's files say it: scaling as keys, Llama 3's as a tensor of factors.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "model/error.h"
#include "model/gguf_config.h"

namespace hone::model {
namespace {

constexpr const char* kFactors = "rope_freqs.weight";

std::vector<float> read_factors(const GgufFile& file, std::int64_t count) {
  const GgufTensorView& view = file.tensors().at(kFactors);
  if (view.type != GgmlType::kF32 || view.shape != std::vector{count}) {
    throw DataError(file.tensor_place(kFactors),
                    std::to_string(count) + " numbers of type F32, one for each pair of a head",
                    std::string(type_name(view.type)) + " of another shape");
  }
  std::vector<float> factors(static_cast<std::size_t>(count));
  std::memcpy(factors.data(), view.bytes.data(), view.bytes.size());
  return factors;
}

/// What Llama 3's rule divides each frequency by.
std::vector<double> factors_of(const RopeConfig& rope, std::int64_t head_dim) {
  RopeConfig plain;
  plain.rope_theta = rope.rope_theta;
  const auto before = rope_frequencies(plain, head_dim, 1, 0);
  const auto after = rope_frequencies(rope, head_dim, 1, 0);
  std::vector<double> factors;
  for (std::size_t i = 0; i < before.size(); ++i) factors.push_back(before[i] / after[i]);
  return factors;
}

/// The largest of all relative differences; infinity where one is no number.
double difference(const std::vector<float>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double relative = std::fabs(a[i] - b[i]) / b[i];
    if (std::isnan(relative)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, relative);
  }
  return largest;
}

/// The settings that make these factors. In all released models low_freq_factor is 1 and
/// high_freq_factor is 4, the lowest frequency is divided by the whole factor, and the context
/// before the extension is a power of two, as a rule 8192.
RopeConfig llama3_rope(const GgufFile& file, double theta, std::int64_t head_dim) {
  constexpr double kClose = 1e-5;
  const std::vector<float> factors = read_factors(file, head_dim / 2);
  RopeConfig rope, best;
  rope.rope_type = "llama3";
  rope.rope_theta = theta;
  rope.factor = *std::max_element(factors.begin(), factors.end());
  if (std::fabs(rope.factor - std::round(rope.factor)) < kClose * rope.factor) {
    rope.factor = std::round(rope.factor);
  }
  double nearest = std::numeric_limits<double>::infinity();
  std::vector<std::int64_t> contexts = {8192};
  for (int power = 0; power <= 24; ++power) contexts.push_back(std::int64_t{1} << power);
  for (const std::int64_t context : contexts) {
    rope.original_max_position_embeddings = context;
    const double distance =
        rope.factor >= 1 ? difference(factors, factors_of(rope, head_dim)) : nearest;
    if (distance < nearest) {
      nearest = distance;
      best = rope;
    }
  }
  if (nearest < kClose) return best;
  throw DataError(file.tensor_place(kFactors),
                  "the factors of Llama 3's RoPE with low_freq_factor 1 and high_freq_factor 4",
                  "others");
}

/// YaRN with no more settings than Hugging Face's has.
void read_yarn(const GgufFile& file, const std::string& scaling, RopeConfig& rope) {
  rope.original_max_position_embeddings =
      file.integer(scaling + "original_context_length", 1, std::int64_t{1} << 40);
  rope.beta_fast = file.number(scaling + "yarn_beta_fast", 32);
  rope.beta_slow = file.number(scaling + "yarn_beta_slow", 1);
  rope.attention_factor = rope.factor <= 1 ? 1.0 : 0.1 * std::log(rope.factor) + 1.0;
  for (const char* key : {"attn_factor", "yarn_attn_factor", "yarn_ext_factor"}) {
    if (file.number(scaling + key, 1) != 1) {
      throw DataError(file.place(scaling + key), "1", std::to_string(file.number(scaling + key)));
    }
  }
  if (file.number(scaling + "yarn_log_multiplier", 0) != 0) {
    throw DataError(file.place(scaling + "yarn_log_multiplier"), "0, as in Hugging Face's YaRN",
                    std::to_string(file.number(scaling + "yarn_log_multiplier")));
  }
}

}  // namespace

RopeConfig gguf_rope(const GgufFile& file, const std::string& prefix, std::int64_t head_dim,
                     double theta) {
  const std::string scaling = prefix + "rope.scaling.";
  RopeConfig rope;
  rope.rope_theta = file.number(prefix + "rope.freq_base", theta);
  if (!(rope.rope_theta >= 1 && rope.rope_theta < 1e30)) {
    throw DataError(file.place(prefix + "rope.freq_base"), "a number of at least 1",
                    std::to_string(rope.rope_theta));
  }
  // A factor without a type is linear; older files call it otherwise.
  const double factor =
      file.number(scaling + "factor", file.number(prefix + "rope.scale_linear", 1));
  const std::string type = file.text(scaling + "type", factor == 1 ? "none" : "linear");
  if (file.tensors().contains(kFactors)) {
    if (type != "none") {
      throw DataError(file.place(scaling + "type"),
                      std::string("\"none\", as there is the tensor \"") + kFactors + "\"",
                      "\"" + type + "\"");
    }
    return llama3_rope(file, rope.rope_theta, head_dim);
  }
  if (type == "none") return rope;
  if (type != "linear" && type != "yarn") {
    throw DataError(file.place(scaling + "type"), "none, linear or yarn", "\"" + type + "\"");
  }
  rope.rope_type = type;
  rope.factor = factor;
  if (type == "yarn") read_yarn(file, scaling, rope);
  return rope;
}

}  // namespace hone::model
