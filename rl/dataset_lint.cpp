#include "rl/dataset_lint.h"

#include <algorithm>
#include <string>

#include "rewards/math/equal.h"
#include "rewards/math/gold.h"
#include "rewards/math/number.h"
#include "rl/evaluate.h"
#include "rollout/dataset_presets.h"

namespace hone::rl {
namespace {

using rollout::GoldType;

bool is_of_type(const std::string& answer, GoldType type) {
  if (type != GoldType::kNumber && type != GoldType::kInt) return true;
  const std::string normal = rewards::normalize_text(answer);
  if (!rewards::number_key(normal)) return false;
  return type == GoldType::kNumber || normal.find_first_of("./") == std::string::npos;
}

}  // namespace

DatasetLint lint_dataset(const rollout::DatasetConfig& config) {
  DatasetLint lint;
  const GoldType type = rollout::preset_of(config).gold_type;
  // The answer to a programming problem is its tests, which no program could be checked against.
  const bool checked = config.answers && type != GoldType::kCode;
  const auto verifier = checked ? rewards::make_reward(verifier_of_gold(type)) : nullptr;
  const auto problems = rollout::read_dataset(config, 0, &lint.report);
  lint.problems = static_cast<std::int64_t>(problems->size());
  for (std::uint64_t i = 0; i < problems->size(); ++i) {
    const rollout::Problem problem = problems->at(i);
    lint.longest_prompt =
        std::max(lint.longest_prompt, static_cast<std::int64_t>(problem.prompt.size()));
    if (verifier == nullptr) continue;
    if (type == GoldType::kLatex || type == GoldType::kList) {
      using Math = rewards::math::GoldType;
      const auto wrong = rewards::math::lint_gold(
          problem.answer, type == GoldType::kList ? Math::kList : Math::kLatex);
      if (wrong) lint.unverified.add(problems->place(i) + ": " + *wrong);
      continue;
    }
    const std::string completion = "<think></think><answer>" + problem.answer + "</answer>";
    const rewards::Score score = verifier->score({.prompt = problem.prompt,
                                                  .completion = completion,
                                                  .answer = problem.answer,
                                                  .metadata = problem.metadata});
    if (score.status != rewards::Status::kCorrect) {
      lint.unverified.add(problems->place(i) + ": " + score.detail);
    }
    if (!is_of_type(problem.answer, type)) {
      lint.not_of_type.add(problems->place(i) + ": " + problem.answer.substr(0, 60));
    }
  }
  return lint;
}

}  // namespace hone::rl
