#include "rollout/dataset_presets.h"

#include <algorithm>

#include "model/error.h"

namespace hone::rollout {

const std::vector<DatasetPreset>& dataset_presets() {
  static const std::vector<DatasetPreset> presets = {
      {.name = "gsm8k",
       .prompt = {"question"},
       .answer = {"answer"},
       .extract = Extract::kAfterHash,
       .gold_type = GoldType::kNumber},
      {.name = "math",
       .prompt = {"problem"},
       .answer = {"solution"},
       .extract = Extract::kLastBoxed,
       .gold_type = GoldType::kLatex,
       .metadata = {"level", "type"}},
      {.name = "math-500",
       .prompt = {"problem"},
       .answer = {"answer"},
       .gold_type = GoldType::kLatex,
       .metadata = {"subject", "level", "unique_id"}},
      // Maxwell-Jia's, HuggingFaceH4's and opencompass' files.
      {.name = "aime",
       .prompt = {"problem", "Problem", "question"},
       .answer = {"answer", "Answer"},
       .gold_type = GoldType::kInt,
       .metadata = {"id", "ID", "year"}},
      {.name = "deepscaler",
       .prompt = {"problem"},
       .answer = {"answer"},
       .gold_type = GoldType::kLatex},
      // Published with every row about a hundred times.
      {.name = "dapo-17k",
       .prompt = {"prompt"},
       .answer = {"reward_model.ground_truth"},
       .gold_type = GoldType::kInt,
       .metadata = {"data_source", "ability", "extra_info"},
       .drop_duplicates = true},
      {.name = "openr1-math",
       .prompt = {"problem"},
       .answer = {"answer"},
       .gold_type = GoldType::kLatex,
       .metadata = {"problem_type", "question_type", "source", "uuid"},
       .no_answer = {"proof", "notfound"}},
      {.name = "numinamath",
       .prompt = {"problem"},
       .answer = {"answer"},
       .gold_type = GoldType::kLatex,
       .metadata = {"problem_type", "question_type", "source"},
       .no_answer = {"proof", "notfound"}},
      // The older one, without a column of answers.
      {.name = "numinamath-cot",
       .prompt = {"problem"},
       .answer = {"solution"},
       .extract = Extract::kLastBoxed,
       .gold_type = GoldType::kLatex,
       .metadata = {"source"}},
      {.name = "apps",
       .prompt = {"question"},
       .answer = {"input_output"},
       .gold_type = GoldType::kCode,
       .metadata = {"problem_id", "difficulty", "starter_code"}},
      {.name = "taco",
       .prompt = {"question"},
       .answer = {"input_output"},
       .gold_type = GoldType::kCode,
       .metadata = {"difficulty", "starter_code", "time_limit", "memory_limit"}},
      {.name = "livecodebench",
       .prompt = {"question_content"},
       .answer = {"public_test_cases"},
       .more_tests = "private_test_cases",
       .gold_type = GoldType::kCode,
       .metadata = {"question_id", "contest_date", "platform", "difficulty", "starter_code"}},
      {.name = "verl",
       .prompt = {"prompt"},
       .answer = {"reward_model.ground_truth"},
       .metadata = {"data_source", "ability", "extra_info"}}};
  return presets;
}

std::string preset_names() {
  std::string names;
  for (const DatasetPreset& preset : dataset_presets()) {
    names += (names.empty() ? "" : ", ") + std::string(preset.name);
  }
  return names;
}

DatasetPreset preset_of(const DatasetConfig& config) {
  DatasetPreset preset{.name = "",
                       .prompt = {"prompt", "question", "problem"},
                       .answer = {"answer"},
                       .extract = Extract::kAuto};
  if (!config.preset.empty()) {
    const auto& all = dataset_presets();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const auto& one) { return one.name == config.preset; });
    if (found == all.end()) throw DataError("preset", "one of " + preset_names(), config.preset);
    preset = *found;
  }
  if (!config.prompt_column.empty()) preset.prompt = {config.prompt_column};
  if (!config.answer_column.empty()) {
    preset.answer = {config.answer_column};
    preset.more_tests = {};
  }
  if (!config.answers) {
    preset.answer.clear();
    preset.gold_type = GoldType::kAuto;
  }
  preset.solution = config.solution_column;
  if (config.extract != Extract::kAuto) preset.extract = config.extract;
  if (config.answers && config.gold_type != GoldType::kAuto) preset.gold_type = config.gold_type;
  preset.metadata.insert(preset.metadata.end(), config.metadata_columns.begin(),
                         config.metadata_columns.end());
  preset.drop_duplicates = preset.drop_duplicates || config.drop_duplicates;
  return preset;
}

}  // namespace hone::rollout
