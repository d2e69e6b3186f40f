#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hone::model {

/// How rotary position embedding turns positions into angles. Field names are those of
/// config.json's rope_parameters.
struct RopeConfig {
  std::string rope_type = "default";  // or "linear", "dynamic", "llama3", "yarn"
  double rope_theta = 10000.0;
  double factor = 1;                                  // all but default
  std::int64_t original_max_position_embeddings = 0;  // llama3, yarn
  double low_freq_factor = 1, high_freq_factor = 4;   // llama3
  double beta_fast = 32, beta_slow = 1;               // yarn
  bool truncate = true;                               // yarn
  double attention_factor = 1;  // yarn: times cosines and sines; mscale is worked into it
  double mscale = 0;            // yarn, as written; what became of it is attention_factor
  double mscale_all_dim = 0;    // yarn: DeepSeek-V3's scores follow it (yarn_score_factor())
};

/// Throws: DataError with `place` where a number is out of its range.
void check_rope(const RopeConfig& rope, const std::string& place);

/// What YaRN multiplies scores by where they follow mscale_all_dim; 1 where it is not given.
/// Source: yarn_apply_mscale in transformers' modeling_deepseek_v3.py.
double yarn_score_factor(const RopeConfig& rope);

/// The angle a position adds, for each pair of a head's elements: [head_dim / 2]. `length` is the
/// number of tokens of the sequence, which only "dynamic" looks at.
/// Source: transformers' modeling_rope_utils.py; YaRN is Peng et al. 2023 (2309.00071).
std::vector<float> rope_frequencies(const RopeConfig& rope, std::int64_t head_dim,
                                    std::int64_t max_position_embeddings, std::int64_t length);

}  // namespace hone::model
