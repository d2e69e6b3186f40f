#include "rewards/tasks/common.h"

#include <stdexcept>

#include "rewards/math/equal.h"
#include "rewards/math/extract.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

using Judge = Score (*)(std::string_view found, std::string_view reference);

/// Judges what stands in `<answer>`; the whole of the final part where there is no tag.
Score verify_with(Judge judge, const Sample& sample) {
  const bool opened = opens_reasoning(sample.prompt);
  const Extracted tagged = extract_tagged(sample.completion, opened);
  switch (tagged.kind) {
    case Extracted::Kind::kFound:
      return judge(tagged.text, sample.answer);
    case Extracted::Kind::kMissing:
      return judge(final_part(sample.completion, opened), sample.answer);
    case Extracted::Kind::kBroken:
      break;
  }
  return {0, Status::kMalformed, std::string(tagged.problem)};
}

Score judge_exact(std::string_view found, std::string_view reference) {
  const std::string_view got = trim(found), expected = trim(reference);
  if (expected.empty()) return {0, Status::kAbstain, "the problem has no reference answer"};
  if (got.empty()) return {0, Status::kMalformed, "the answer is empty"};
  if (got == expected) return {1, Status::kCorrect, "found " + shown(got)};
  return {0, Status::kWrong, "found " + shown(got) + ", expected " + shown(expected)};
}

}  // namespace

std::string completion_text(std::string_view think, std::string_view answer) {
  std::string text = "<think>";
  text.append(think).append("</think><answer>").append(answer).append("</answer>");
  return text;
}

Score verify_text(const Sample& sample) { return verify_with(judge_answer, sample); }

Score verify_exact(const Sample& sample) { return verify_with(judge_exact, sample); }

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
