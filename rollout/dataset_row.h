#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "rollout/dataset_presets.h"

namespace hone::rollout {

/// What a line of a data set says.
struct DatasetRow {
  std::string question;
  std::string answer;    // empty where the preset has no column of answers
  std::string metadata;  // JSON object, or empty
};

/// Reads a line as a preset says. A column "a.b" is b in the object a where no column has the whole
/// name. A question may be a conversation of one user message, a system message before it.
/// Throws: DataError with `place` for a missing, empty or unfit column, or an answer that is none.
DatasetRow read_row(const nlohmann::json& line, const DatasetPreset& preset,
                    const std::string& place);

/// The worked solution: of its own column, or the text that the answer is taken from, without what
/// marks the answer: in GSM8K's form without "#### 72" and the calculator's "<<48/2=24>>".
/// Throws: DataError with `place` for a line that has none.
std::string read_solution(const nlohmann::json& line, const DatasetPreset& preset,
                          const std::string& place);

/// The question alone, for data whose answers do not matter.
std::string read_question(const nlohmann::json& line, const DatasetPreset& preset,
                          const std::string& place);

/// Parses a line. Throws: DataError with `place` if it is no JSON object, or a very deep one.
nlohmann::json parse_row(const std::string& text, const std::string& place);

}  // namespace hone::rollout
