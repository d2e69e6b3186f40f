#include "rl/perplexity.h"

#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "model/error.h"
#include "model/logprobs.h"
#include "rl/policy.h"
#include "rl/stage.h"

namespace hone::rl {
namespace {

namespace fs = std::filesystem;

struct TextFile {
  fs::path path = fs::temp_directory_path() / ("hone-text-" + std::to_string(::getpid()));
  explicit TextFile(const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
  ~TextFile() { fs::remove(path); }
  TextConfig config(std::int64_t window, std::int64_t max_bytes = 0) const {
    return {path.string(), window, max_bytes};
  }
};

Policy tiny_policy() {
  InitConfig init;
  init.hidden_size = 16;
  init.intermediate_size = 32;
  init.num_hidden_layers = 1;
  init.num_attention_heads = 2;
  init.num_key_value_heads = 2;
  init.head_dim = 8;
  init.max_position_embeddings = 32;
  init.initializer_range = 0.5;
  return new_policy(init, model::train_tokenizer({}, {"abc \xC3\xA9"}), 3);
}

}  // namespace

TEST_CASE("each token but the first is predicted once, by the windows' own tokens") {
  const Policy policy = tiny_policy();
  const std::string text = "abc cab bca aabb ccaa";
  const TextFile file(text);
  const auto ids = policy.tokenizer->encode(text, true);
  const std::size_t n = ids.size();
  REQUIRE(n > 12);
  REQUIRE(n < 32);
  const auto nats = [&](std::size_t first, std::size_t end) {
    double sum = 0;
    const auto begin = ids.begin();
    const std::vector<std::int32_t> part(begin + static_cast<std::ptrdiff_t>(first),
                                         begin + static_cast<std::ptrdiff_t>(end));
    for (const float logp : model::sequence_logprobs(policy.decoder, part)) sum -= logp;
    return sum;
  };
  const TextResult whole = measure_text(policy, file.config(32), nullptr);
  CHECK(whole.windows == 1);
  CHECK(whole.tokens == static_cast<std::int64_t>(n) - 1);
  CHECK(whole.bytes == static_cast<std::int64_t>(text.size()));
  CHECK(whole.perplexity == Approx(std::exp(nats(0, n) / static_cast<double>(n - 1))));
  CHECK(whole.bits_per_byte ==
        Approx(nats(0, n) / std::log(2.0) / static_cast<double>(text.size())));

  const TextResult two = measure_text(policy, file.config(12), nullptr);
  CHECK(two.windows == 2);
  CHECK(two.window == 12);
  CHECK(two.tokens == whole.tokens);
  CHECK(two.perplexity ==
        Approx(std::exp((nats(0, 12) + nats(11, n)) / static_cast<double>(n - 1))));

  const TextResult pairs = measure_text(policy, file.config(2), nullptr);
  CHECK(pairs.windows == whole.tokens);
}

TEST_CASE("the start of a text ends with a whole character") {
  const Policy policy = tiny_policy();
  const TextFile file("abc\xC3\xA9 abc");
  CHECK(measure_text(policy, file.config(8, 4), nullptr).bytes == 3);
  CHECK(measure_text(policy, file.config(8, 5), nullptr).bytes == 5);
  CHECK(measure_text(policy, file.config(8, 3), nullptr).bytes == 3);
  CHECK(measure_text(policy, file.config(8, 100), nullptr).bytes == 9);
}

TEST_CASE("texts that cannot be measured") {
  const Policy policy = tiny_policy();
  const TextFile good("abc abc");
  CHECK_THROWS_WITH(measure_text(policy, {"no/such/file"}, nullptr),
                    Catch::Contains("no/such/file"));
  CHECK_THROWS_AS(measure_text(policy, good.config(33), nullptr), DataError);
  std::atomic<bool> stop{true};
  CHECK_THROWS_AS(measure_text(policy, good.config(8), &stop), Interrupted);
}

TEST_CASE("an empty text has nothing to predict") {
  const TextFile empty("");
  CHECK_THROWS_WITH(measure_text(tiny_policy(), empty.config(8), nullptr),
                    Catch::Contains("two tokens"));
}

}  // namespace hone::rl
