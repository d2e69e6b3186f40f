#include <ATen/core/Tensor.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/checkpoint.h"
#include "model/logprobs.h"

// The values are transformers', made by tests/parity/make_models.py.
TEST_CASE("log-probabilities equal those of transformers") {
  const std::filesystem::path fixtures =
      std::filesystem::path(HONE_SOURCE_DIR) / "tests" / "parity" / "fixtures";
  int sequences = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixtures)) {
    std::ifstream lines(entry.path() / "logprobs.jsonl");
    if (!lines) continue;
    INFO(entry.path().filename().string());
    const hone::model::Decoder decoder = hone::model::load_decoder(entry.path());
    for (std::string line; std::getline(lines, line); ++sequences) {
      const auto json = nlohmann::json::parse(line);
      const auto expected = json.at("logprobs").get<std::vector<double>>();
      const auto got = hone::model::sequence_logprobs(decoder, json.at("ids"));
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        CHECK(std::abs(got[i] - expected[i]) <= 5e-5 * std::max(1.0, std::abs(expected[i])));
      }
    }
  }
  CHECK(sequences >= 8);
}
