#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "rl/sft_data.h"

namespace hone::rl {

/// A template's text with {solution} and {answer} put in.
std::string completed(const std::string& completion_template, const std::string& solution,
                      const std::string& answer);

/// The worked solutions of a data set as completions in the form of `completion_template`. A share
/// of `long_share` keeps its solution, of the others the answer stands alone; which ones is decided
/// by seed and question, so that it is the same whenever the file is gone through.
/// Throws: DataError naming file and line.
std::unique_ptr<const TextPairs> open_worked_solutions(const TextsConfig& config,
                                                       std::uint64_t seed);

}  // namespace hone::rl
