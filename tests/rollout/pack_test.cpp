#include "rollout/pack.h"

#include <catch2/catch.hpp>
#include <memory>

#include "tests/support/tiny_model.h"

namespace {

using namespace hone;
using rollout::Sharing;

/// Four prompts with three completions each; all prompts begin with the same `common` tokens.
std::vector<rollout::Rollout> some_rollouts(std::int64_t common = 0) {
  std::vector<rollout::Rollout> rollouts;
  for (unsigned prompt = 0; prompt < 4; ++prompt) {
    auto ids = tests::random_ids(common, 61, 77);
    const auto question = tests::random_ids(5 + prompt, 61, prompt);
    ids.insert(ids.end(), question.begin(), question.end());
    for (unsigned sample = 0; sample < 3; ++sample) {
      rollout::Rollout r;
      r.tokens = ids;
      r.prompt_length = static_cast<std::int32_t>(ids.size());
      const auto completion = tests::random_ids(1 + 4 * sample, 61, 100 + sample);
      r.tokens.insert(r.tokens.end(), completion.begin(), completion.end());
      rollouts.push_back(r);
    }
  }
  return rollouts;
}

}  // namespace

TEST_CASE("every completion token is a target once, after the token before it") {
  const auto sharing = GENERATE(Sharing::kNothing, Sharing::kPrompts, Sharing::kBeginnings);
  const auto rollouts = some_rollouts(GENERATE(0, 40));
  for (const std::int64_t limit : {1, 20, 33, 1000}) {
    std::vector<std::vector<std::int32_t>> seen(rollouts.size());
    std::size_t next = 0;
    for (const rollout::MicroBatch& micro : rollout::pack(rollouts, limit, sharing)) {
      CHECK((micro.rollouts.size() == 1 ||
             static_cast<std::int64_t>(micro.batch.tokens.size()) <= limit));
      CHECK(micro.batch.tokens.size() == micro.batch.positions.size());
      std::size_t target = 0;
      for (const std::size_t index : micro.rollouts) {
        CHECK(index == next++);
        const rollout::Rollout& r = rollouts[index];
        for (std::int32_t t = 0; t < r.completion_length(); ++t, ++target) {
          const std::int32_t at = r.prompt_length + t;
          CHECK(micro.batch.tokens[micro.sources[target]] == r.tokens[at - 1]);
          CHECK(micro.batch.positions[micro.sources[target]] == at - 1);
          seen[index].push_back(micro.targets[target]);
        }
      }
      CHECK(target == micro.targets.size());
    }
    CHECK(next == rollouts.size());
    for (std::size_t i = 0; i < rollouts.size(); ++i) {
      CHECK(seen[i] ==
            std::vector<std::int32_t>(rollouts[i].tokens.begin() + rollouts[i].prompt_length,
                                      rollouts[i].tokens.end()));
    }
  }
}

TEST_CASE("a group stays together where it fits into a micro-batch") {
  const auto rollouts = some_rollouts();  // four groups of 17, 18, 19 and 20 packed tokens
  const auto sizes = [&](std::int64_t limit) {
    std::vector<std::size_t> all;
    for (const auto& micro : rollout::pack(rollouts, limit)) all.push_back(micro.rollouts.size());
    return all;
  };
  CHECK(sizes(1000) == std::vector<std::size_t>{12});
  CHECK(sizes(39) == std::vector<std::size_t>{6, 6});
  CHECK(sizes(38) == std::vector<std::size_t>{6, 3, 3});
  CHECK(sizes(20) == std::vector<std::size_t>{3, 3, 3, 3});
  // The last two do not fit: each is cut where it has to be.
  CHECK(sizes(18) == std::vector<std::size_t>{3, 3, 2, 1, 2, 1});
}

TEST_CASE("activations that were kept stand as their tokens do in a packed batch") {
  auto rollouts = some_rollouts();
  const model::ActivationLayout layout(tests::tiny_config("qwen3"));
  constexpr std::int64_t kLayer = 1;
  // Each token's part holds numbers of the token and its position.
  const auto keep = [&](const rollout::Rollout& r, std::int64_t first, std::int64_t count) {
    auto kept = std::make_shared<model::Activations>(layout, count + 2);  // room that stays unused
    for (std::int64_t t = 0; t < count; ++t) {
      float* const own = kept->of(kLayer, layout.up, t);
      for (std::int64_t i = 0; i < layout.up.width; ++i) {
        own[i] = static_cast<float>(1000 * r.tokens[first + t] + 10 * (first + t) + i % 10);
      }
    }
    return kept;
  };
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    rollout::Rollout& r = rollouts[i];
    r.prompt_activations =
        i % 3 == 0 ? keep(r, 0, r.prompt_length) : rollouts[i - 1].prompt_activations;
    r.activations = keep(r, r.prompt_length, r.completion_length() - 1);
  }
  for (const std::int64_t limit : {1, 18, 39, 1000}) {
    for (const rollout::MicroBatch& micro : rollout::pack(rollouts, limit)) {
      const at::Tensor got = model::gather(micro.kept, kLayer, layout.up);
      const auto tokens = static_cast<std::int64_t>(micro.batch.tokens.size());
      REQUIRE(got.sizes() == at::IntArrayRef({tokens, layout.up.width}));
      for (std::int64_t s = 0; s < tokens; ++s) {
        const float first =
            static_cast<float>(1000 * micro.batch.tokens[s] + 10 * micro.batch.positions[s]);
        CHECK(got.const_data_ptr<float>()[s * layout.up.width] == first);
        CHECK(got.const_data_ptr<float>()[s * layout.up.width + 9] == first + 9);
      }
    }
  }
  rollouts[4].activations.reset();
  const auto packed = rollout::pack(rollouts, 20);
  REQUIRE(packed.size() == 4);
  CHECK(packed[0].kept.size() == 4);  // a prompt and three completions
  CHECK(packed[1].kept.empty());
  CHECK(packed[2].kept.size() == 4);
}

TEST_CASE("some of the rollouts are packed as if they were all") {
  const auto rollouts = some_rollouts();
  const std::vector<std::size_t> which = {1, 2, 5, 6, 8, 11};
  std::vector<rollout::Rollout> alone;
  for (const std::size_t index : which) alone.push_back(rollouts[index]);
  const auto some = rollout::pack(rollouts, which, 40);
  const auto all = rollout::pack(alone, 40);
  REQUIRE(some.size() == all.size());
  REQUIRE(some.size() > 1);
  std::vector<std::size_t> seen;
  for (std::size_t i = 0; i < some.size(); ++i) {
    CHECK(some[i].batch.tokens == all[i].batch.tokens);
    CHECK(some[i].batch.positions == all[i].batch.positions);
    CHECK(some[i].sources == all[i].sources);
    CHECK(some[i].targets == all[i].targets);
    seen.insert(seen.end(), some[i].rollouts.begin(), some[i].rollouts.end());
  }
  CHECK(seen == which);
  CHECK(rollout::pack(rollouts, std::vector<std::size_t>(), 40).empty());
}

TEST_CASE("a prompt that neighbours share stands once") {
  const auto rollouts = some_rollouts();
  const auto packed = rollout::pack(rollouts, 1000);
  REQUIRE(packed.size() == 1);
  std::size_t expected = 0;
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    expected += rollouts[i].completion_length() - 1 + (i % 3 == 0 ? rollouts[i].prompt_length : 0);
  }
  CHECK(packed[0].batch.tokens.size() == expected);
  for (const model::Segment& segment : packed[0].batch.segments) {
    if (segment.prefix >= 0) CHECK(packed[0].batch.segments[segment.prefix].prefix == -1);
  }
}

TEST_CASE("what all prompts begin with stands once a micro-batch, where that saves the most") {
  const auto packed_tokens = [](const std::vector<rollout::Rollout>& rollouts, Sharing sharing) {
    const auto packed = rollout::pack(rollouts, 100000, sharing);
    REQUIRE(packed.size() == 1);
    return static_cast<std::int64_t>(packed[0].batch.tokens.size());
  };
  // A sample of each prompt, as supervised data are.
  const auto every_third = [](const std::vector<rollout::Rollout>& rollouts) {
    std::vector<rollout::Rollout> some;
    for (std::size_t i = 0; i < rollouts.size(); i += 3) some.push_back(rollouts[i]);
    return some;
  };
  const auto long_beginning = every_third(some_rollouts(40));
  CHECK(packed_tokens(long_beginning, Sharing::kBeginnings) ==
        packed_tokens(long_beginning, Sharing::kNothing) - 3 * 40);
  for (const auto& micro : rollout::pack(long_beginning, 100, Sharing::kBeginnings)) {
    CHECK(micro.batch.segments[0].length == 40);
    CHECK(micro.kept.empty());
  }
  // One token saves less than an eighth.
  const auto short_beginning = every_third(some_rollouts(1));
  CHECK(packed_tokens(short_beginning, Sharing::kBeginnings) ==
        packed_tokens(short_beginning, Sharing::kPrompts));
  // Here eight prompts of 15 to 18 tokens save more than eleven beginnings of 9.
  const auto samples = some_rollouts(10);
  auto alike = samples;
  for (auto& r : alike) r.tokens[9] = (samples[0].tokens[9] + r.prompt_length) % 61;
  CHECK(packed_tokens(alike, Sharing::kBeginnings) == packed_tokens(alike, Sharing::kPrompts));
  // A prompt may be the beginning of all others.
  auto prefix = every_third(some_rollouts(40));
  prefix[0].tokens.erase(prefix[0].tokens.begin() + 40, prefix[0].tokens.begin() + 45);
  prefix[0].prompt_length = 40;
  const auto packed = rollout::pack(prefix, 100000, Sharing::kBeginnings);
  REQUIRE(packed[0].sources.size() > 0);
  CHECK(packed[0].sources[0] == 39);
}
