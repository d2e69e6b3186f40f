#pragma once

#include <cstdint>
#include <string>

#include "rl/evaluate_config.h"
#include "rl/evaluate_stats.h"

namespace hone::recipes {

/// One evaluation as a JSON object: "pass@1", "greedy", ... under the names of summary.json, those
/// of further readings and measurements below "reading/NAME/" and "also/NAME/". Holds nothing that
/// differs from one run to the next.
std::string eval_json(const std::string& model, std::int64_t parameters,
                      const rl::EvalResult& result);

/// What an evaluation is about to measure, for a person who waits for it.
std::string plan_sentence(const rl::EvalConfig& config);

/// The evaluation as a sentence for a person.
std::string eval_sentence(const rl::EvalResult& result);

}  // namespace hone::recipes
