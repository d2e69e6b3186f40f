#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hone::model {

/// Low-rank adaptation: in place of a weight W, W + lora_alpha / r * B A is used, of which only
/// A [r, K] and B [N, r] are trained. Names are PEFT's.
/// Source: Hu et al. 2021 (2106.09685), section 4.1.
/// Differs: the change is added to the weight before anything is multiplied by it, so that sampling
/// and training keep one arithmetic; the gradients of A and B go through r numbers a token, as
/// there. No dropout.
struct LoraConfig {
  std::int64_t r = 16;
  double lora_alpha = 32;
  std::vector<std::string> target_modules = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                             "gate_proj", "up_proj", "down_proj"};

  double scale() const { return lora_alpha / static_cast<double>(r); }
  bool operator==(const LoraConfig&) const = default;

  template <class V>
  void fields(V& v) {
    v("r", r, "rank of the change", 1, 65536);
    v("lora_alpha", lora_alpha, "the change is scaled by lora_alpha / r", 1e-6, 1e6);
    v("target_modules", target_modules,
      "linear layers that are adapted; by default all but the output head");
  }
};

}  // namespace hone::model
