#include "rl/perplexity.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "model/error.h"
#include "model/logprobs.h"
#include "rl/policy.h"
#include "rl/stage.h"

namespace hone::rl {
namespace {

std::string read_text(const TextConfig& config) {
  std::ifstream file(config.path, std::ios::binary);
  if (!std::filesystem::is_regular_file(config.path) || !file) {
    throw DataError(config.path, "a text file that can be read", "none");
  }
  std::string text;
  if (config.max_bytes == 0) {
    text.assign(std::istreambuf_iterator<char>(file), {});
    return text;
  }
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(config.path));
  text.resize(static_cast<std::size_t>(std::min(config.max_bytes, size)));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  // Not in the middle of a character, which would be another text.
  const auto continues = [&] { return (file.peek() & 0xC0) == 0x80 && file.good(); };
  if (continues()) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
      text.pop_back();
    }
    if (!text.empty()) text.pop_back();
  }
  return text;
}

}  // namespace

TextResult measure_text(const Policy& policy, const TextConfig& config,
                        const std::atomic<bool>* stop) {
  const std::int64_t context = policy.decoder.config.max_position_embeddings;
  if (config.window > context) {
    throw DataError(
        config.path,
        "a window of at most the model's context, " + std::to_string(context) + " tokens",
        std::to_string(config.window));
  }
  const std::string text = read_text(config);
  const std::vector<std::int32_t> ids = policy.tokenizer->encode(text, true);
  if (text.empty() || ids.size() < 2) {
    throw DataError(config.path, "a text of two tokens at least", std::to_string(ids.size()));
  }
  TextResult result;
  result.window = config.window;
  result.bytes = static_cast<std::int64_t>(text.size());
  double nats = 0;
  const auto window = static_cast<std::size_t>(config.window);
  for (std::size_t first = 0; first + 1 < ids.size(); first += window - 1) {
    if (stop && stop->load()) throw Interrupted("stopped while evaluating");
    const std::size_t end = std::min(first + window, ids.size());
    const auto at = [&](std::size_t i) { return ids.begin() + static_cast<std::ptrdiff_t>(i); };
    for (const float logp : model::sequence_logprobs(policy.decoder, {at(first), at(end)})) {
      nats -= logp;
      ++result.tokens;
    }
    ++result.windows;
  }
  result.perplexity = std::exp(nats / static_cast<double>(result.tokens));
  result.bits_per_byte = nats / std::log(2.0) / static_cast<double>(result.bytes);
  return result;
}

}  // namespace hone::rl
