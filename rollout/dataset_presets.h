#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rollout/dataset_config.h"

namespace hone::rollout {

/// What is known of a published data set, so that a recipe need not say it.
struct DatasetPreset {
  std::string_view name;
  std::vector<std::string_view> prompt, answer;  // columns; of several the first that a row has.
                                                 // No column of answers: there are none
  std::string_view solution = {};                // a column; else what the answer is taken from
  std::string_view more_tests = {};              // a column whose list is put behind the answer's
  Extract extract = Extract::kNone;
  GoldType gold_type = GoldType::kAuto;
  std::vector<std::string_view> metadata = {};
  std::vector<std::string_view> no_answer = {};  // what stands in the answer's column for none
  bool drop_duplicates = false;
};

/// Source: the data sets' cards on the Hugging Face hub; verl's documentation.
const std::vector<DatasetPreset>& dataset_presets();

/// "gsm8k, math, ...".
std::string preset_names();

/// The preset of a configuration: what its other settings say goes before. Without a preset, the
/// usual columns.
/// Throws: DataError for an unknown name, with what is known.
DatasetPreset preset_of(const DatasetConfig& config);

}  // namespace hone::rollout
