#include "rollout/parquet.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <vector>

#include "rollout/problems.h"
#include "tests/model/files.h"

using namespace hone;
using Catch::Matchers::Contains;

namespace {

std::vector<nlohmann::json> rows_of(const std::filesystem::path& path) {
  std::vector<nlohmann::json> rows;
  rollout::read_parquet(path, [&](std::int64_t number, nlohmann::json row) {
    CHECK(number == static_cast<std::int64_t>(rows.size()) + 1);
    rows.push_back(std::move(row));
  });
  return rows;
}

}  // namespace

// Made by tests/parity/make_parquet.py.
TEST_CASE("parquet: rows are those that pyarrow wrote, of every type that data sets have") {
  if (!rollout::has_parquet()) {
    CHECK_THAT(tests::data_error([] { rows_of(tests::fixture("parquet") / "rows.parquet"); }),
               Contains("tools/build --parquet"));
    return;
  }
  CHECK(rows_of(tests::fixture("parquet") / "rows.parquet") ==
        tests::json_lines(tests::fixture("parquet") / "rows.jsonl"));
  CHECK(rows_of(tests::fixture("parquet") / "dates.parquet")[0]["day"] == "2026-11-26");
}

TEST_CASE("parquet: what cannot be read is named") {
  if (!rollout::has_parquet()) return;
  const auto error = [](const std::filesystem::path& path) {
    return tests::data_error([&] { rows_of(path); });
  };
  CHECK_THAT(error(tests::fixture("parquet") / "binary.parquet"), Contains("column \"raw\""));
  CHECK_THAT(error("nowhere.parquet"), Contains("nowhere.parquet"));
  const tests::TempFolder folder;
  tests::put(folder.path() / "text.parquet", "{\"question\": \"no parquet\"}\n");
  CHECK_THAT(error(folder.path() / "text.parquet"), Contains("text.parquet"));
  std::ifstream whole(tests::fixture("parquet") / "rows.parquet", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(whole), {}};
  for (std::size_t cut : {bytes.size() / 2, bytes.size() - 20}) {
    tests::put(folder.path() / "cut.parquet", bytes.substr(0, cut));
    CHECK_THAT(error(folder.path() / "cut.parquet"), Contains("cut.parquet"));
  }
  std::string damaged = bytes;
  for (std::size_t i = 100; i < 400; ++i) damaged[i] = static_cast<char>(damaged[i] ^ 0x5a);
  tests::put(folder.path() / "damaged.parquet", damaged);
  CHECK_THAT(error(folder.path() / "damaged.parquet"), Contains("damaged.parquet"));
}

TEST_CASE("parquet: a data set of verl's schema becomes problems") {
  if (!rollout::has_parquet()) return;
  rollout::DatasetConfig config;
  config.path = (tests::fixture("parquet") / "rows.parquet").string();
  config.preset = "verl";
  const auto problems = rollout::read_dataset(config, 1);
  REQUIRE(problems->size() == 40);
  for (std::uint64_t i = 0; i < 40; ++i) {
    const rollout::Problem problem = problems->at(i);
    const int number = std::stoi(problem.answer) / 2;
    CHECK(problem.prompt.starts_with("What is " + std::to_string(number) + " + "));
  }
  CHECK_THAT(problems->place(0), Contains("rows.parquet:"));
}
