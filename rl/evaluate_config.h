#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rewards/reading.h"
#include "rewards/rewards.h"
#include "rl/data.h"
#include "rl/perplexity.h"

namespace hone::rl {

/// One measurement: which problems, and how a model answers them.
struct MeasureConfig {
  DataConfig data;
  std::int64_t problems = 256;
  std::int64_t samples = 4;
  std::int64_t max_new_tokens = 64;
  double temperature = 1.0;
  double top_p = 1.0;
  rewards::Reading reading = rewards::Reading::kAuto;
  std::vector<std::string> more_readings = {};

  template <class V>
  void fields(V& v) {
    v("data", data, "held-out problems");
    v("problems", problems, "problems measured", 1, 1 << 24);
    v("samples", samples, "completions a problem", 1, 4096);
    v("max_new_tokens", max_new_tokens, "longest completion", 1, 1 << 20);
    v("temperature", temperature, "sampling temperature", 0.01, 100.0);
    v("top_p", top_p, "draw from the likeliest tokens of this much probability", 0.01, 1.0);
    v("reading", reading, rewards::kReadingHelp);
    v("more_readings", more_readings,
      "further readings of the same completions, each with figures of its own");
  }
};

/// A further measurement, reported as also/NAME/...
struct AlsoConfig : MeasureConfig {
  std::string name;

  template <class V>
  void fields(V& v) {
    v("name", name, "what the figures are called: also/NAME/pass@1");
    MeasureConfig::fields(v);
  }
};

/// How every stage's model is measured, on the same held-out problems.
struct EvalConfig : MeasureConfig {
  bool start = false;
  std::vector<rewards::WeightedReward> reward = {};
  std::optional<TextConfig> text = {};
  std::vector<AlsoConfig> also = {};

  template <class V>
  void fields(V& v) {
    MeasureConfig::fields(v);
    v("start", start, "measure the checkpoint that the first stage starts from, too");
    v("reward", reward, "further rewards whose means are reported, without a weight");
    v("text", text, "a text file whose perplexity is measured");
    v("also", also, "further measurements, each of other problems or with other settings");
  }
};

}  // namespace hone::rl
