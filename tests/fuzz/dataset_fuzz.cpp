#include <algorithm>

#include "rollout/dataset_presets.h"
#include "rollout/problems.h"
#include "tests/fuzz/input.h"

using namespace hone;

// A file of problems is refused, or becomes problems that have a question and an answer, whatever
// data set it is taken for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tests::TempFolder folder;
  const std::filesystem::path path = folder.path() / "data.jsonl";
  tests::put(path, data, size);
  const auto read = [&](rollout::DatasetConfig config, bool report) {
    config.path = path.string();
    tests::read([&] {
      rollout::DatasetReport found;
      const auto problems = rollout::read_dataset(config, 1, report ? &found : nullptr);
      const std::uint64_t count = problems->size();
      if (count == 0 || (report && static_cast<std::int64_t>(count) > found.lines)) {
        __builtin_trap();
      }
      for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, 100); ++i) {
        const rollout::Problem problem = problems->at(i);
        if (problem.prompt.empty() || problem.answer.empty()) __builtin_trap();
      }
    });
  };
  read({}, false);
  rollout::DatasetConfig filtered;
  filtered.decontaminate = path.string();
  filtered.ngram = 3;
  filtered.drop_duplicates = true;
  read(filtered, true);
  for (const rollout::DatasetPreset& preset : rollout::dataset_presets()) {
    rollout::DatasetConfig config;
    config.preset = preset.name;
    read(config, true);
  }
  return 0;
}
