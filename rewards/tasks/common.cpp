#include "rewards/tasks/common.h"

#include <stdexcept>

#include "rewards/math/equal.h"
#include "rewards/math/extract.h"
#include "rewards/text.h"

namespace hone::rewards {

std::string completion_text(std::string_view think, std::string_view answer) {
  std::string text = "<think>";
  text.append(think).append("</think><answer>").append(answer).append("</answer>");
  return text;
}

Score verify_text(const Sample& sample) {
  const Extracted tagged = extract_tagged(sample.completion);
  switch (tagged.kind) {
    case Extracted::Kind::kFound:
      return judge_answer(tagged.text, sample.answer);
    case Extracted::Kind::kMissing:
      return judge_answer(final_part(sample.completion), sample.answer);
    case Extracted::Kind::kBroken:
      break;
  }
  return {0, Status::kMalformed, std::string(tagged.problem)};
}

void require_range(std::string_view what, std::int64_t min, std::int64_t max) {
  if (min <= max) return;
  const std::string name(what);
  throw std::invalid_argument("min_" + name + " = " + std::to_string(min) + " is more than max_" +
                              name + " = " + std::to_string(max));
}

void not_a_problem_of(std::string_view task, std::string_view prompt) {
  throw std::invalid_argument("no problem of task " + std::string(task) + ": " + shown(prompt));
}

void add_step(std::string& think, const std::string& step) {
  if (!think.empty()) think += ';';
  think += step;
}

}  // namespace hone::rewards
