#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone::rl {

struct Policy;

/// A plain text whose perplexity is measured.
struct TextConfig {
  static constexpr std::string_view kWord = "path";
  std::string path;
  std::int64_t window = 512;
  std::int64_t max_bytes = 0;

  template <class V>
  void fields(V& v) {
    v("path", path, "a text file in UTF-8");
    v("window", window,
      "tokens that the model reads at once, of which it predicts all but the first", 2, 1 << 20);
    v("max_bytes", max_bytes, "measure only the start of the file; 0: all of it", 0,
      std::int64_t{1} << 40);
  }
};

/// How well a model predicts a text.
struct TextResult {
  double perplexity = 0;     // e to the mean negative log-probability of a predicted token
  double bits_per_byte = 0;  // comparable between tokenizers
  std::int64_t tokens = 0;   // that were predicted
  std::int64_t windows = 0;
  std::int64_t window = 0;  // tokens of a whole one
  std::int64_t bytes = 0;
};

/// Measures the file in windows that share one token with the one before, so that each token but
/// the first of all is predicted once. A window sees nothing of those before it: longer ones give
/// lower figures. The special tokens that the tokenizer puts around a text are part of it.
/// Throws: DataError for a file that cannot be read or has fewer than two tokens, or a window
/// longer than the model's context; Interrupted if `stop` is set.
TextResult measure_text(const Policy& policy, const TextConfig& config,
                        const std::atomic<bool>* stop);

}  // namespace hone::rl
