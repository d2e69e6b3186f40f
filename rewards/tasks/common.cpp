#include "rewards/tasks/common.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "rewards/math/equal.h"
#include "rewards/math/extract.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr int kMaxOtherAnswerDraws = 1000;  // of problems with another answer

Score judge_trimmed(std::string_view found, const Sample& sample, const Judge& judge) {
  if (trim(sample.answer).empty()) return no_judgement("the problem has no reference answer");
  found = trim(found);
  if (found.empty()) return {0, Status::kMalformed, "the answer is empty"};
  try {
    return judge(found);
  } catch (const nlohmann::json::exception&) {
    return no_judgement("the problem's metadata is not this task's");
  }
}

}  // namespace

std::string completion_text(std::string_view think, std::string_view answer) {
  std::string text = "<think>";
  text.append(think).append("</think><answer>").append(answer).append("</answer>");
  return text;
}

Score verify_with(const Sample& sample, const Judge& judge) {
  const bool opened = opens_reasoning(sample.prompt);
  const Extracted tagged = extract_tagged(sample.completion, opened);
  switch (tagged.kind) {
    case Extracted::Kind::kFound:
      return judge_trimmed(tagged.text, sample, judge);
    case Extracted::Kind::kMissing:
      return judge_trimmed(final_part(sample.completion, opened), sample, judge);
    case Extracted::Kind::kBroken:
      break;
  }
  return {0, Status::kMalformed, std::string(tagged.problem)};
}

Score verify_text(const Sample& sample) {
  return verify_with(sample,
                     [&](std::string_view found) { return judge_answer(found, sample.answer); });
}

Score judge_whole(std::string_view found, std::string_view reference) {
  const bool quotient =
      found.find('/') != std::string_view::npos || found.find("frac") != std::string_view::npos;
  if (quotient) return wrong_answer(found, "a division that is not worked out");
  return judge_answer(found, reference);
}

Score verify_exact(const Sample& sample) {
  return verify_with(sample, [&](std::string_view found) {
    return judged(found, plain_text(found) == plain_text(sample.answer), sample.answer);
  });
}

Score verify_list(const Sample& sample, char separator) {
  return verify_with(sample, [&](std::string_view found) {
    const std::string got = plain_text(found), expected = plain_text(sample.answer);
    return judged(found, split_list(got, separator) == split_list(expected, separator),
                  sample.answer);
  });
}

std::string plain_text(std::string_view text) {
  text = trim(text);
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string lower(trim(text));
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return lower;
}

Score judged(std::string_view found, bool right, std::string_view expected) {
  return right ? right_answer(found) : wrong_answer(found, "expected " + shown(trim(expected)));
}

Score right_answer(std::string_view found) {
  return {1, Status::kCorrect, "found " + shown(found)};
}

Score wrong_answer(std::string_view found, std::string_view why) {
  return {0, Status::kWrong, concat("found ", shown(found), ", ", why)};
}

Score no_judgement(std::string_view why) { return {0, Status::kAbstain, std::string(why)}; }

std::vector<std::string_view> split_list(std::string_view text, char separator) {
  std::vector<std::string_view> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    items.push_back(trim(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return items;
}

std::string join(const std::vector<std::string>& items, std::string_view separator) {
  std::string text;
  for (const std::string& item : items) {
    if (&item != &items.front()) text += separator;
    text += item;
  }
  return text;
}

std::string join(const std::vector<std::int64_t>& items, std::string_view separator) {
  std::vector<std::string> texts;
  for (const std::int64_t item : items) texts.push_back(std::to_string(item));
  return join(texts, separator);
}

std::optional<std::int64_t> read_whole(std::string_view text) {
  constexpr std::size_t kMaxDigits = 18;
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.size() > kMaxDigits || !is_digit(digits.front())) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
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

std::int64_t slip(std::int64_t value, double chance, Random& random, std::int64_t lowest) {
  if (!random.chance(chance)) return value;
  const std::int64_t distance = random.between(1, 9);
  const bool down = random.chance(0.5) && value >= lowest + distance;
  return down ? value - distance : value + distance;
}

std::int64_t number_with_digits(std::int64_t digits, Random& random) {
  std::int64_t limit = 1;
  for (std::int64_t i = 0; i < digits; ++i) limit *= 10;
  return random.between(limit / 10, limit - 1);
}

std::string guess(const Task& task, Random& random) {
  return completion_text("", task.as_asked(task.generate(random).answer));
}

std::string answer_at_once(const Task& task, const TaskProblem& problem,
                           const TraceOptions& options, Random& random) {
  if (!random.chance(options.wrong_steps)) return completion_text("", problem.answer);
  for (int draw = 0; draw < kMaxOtherAnswerDraws; ++draw) {
    const std::string other = task.as_asked(task.generate(random).answer);
    const Score score = task.verify({.prompt = problem.prompt,
                                     .completion = other,
                                     .answer = problem.answer,
                                     .metadata = problem.metadata});
    if (score.status != Status::kCorrect) return completion_text("", other);
  }
  throw std::invalid_argument("task " + std::string(task.name()) +
                              " has no wrong answers: choose a harder level");
}

std::string characters_of(std::initializer_list<std::string_view> texts) {
  std::string all;
  for (const std::string_view text : texts) all += text;
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::string digits_between(std::int64_t min, std::int64_t max) {
  std::string digits;
  for (std::int64_t number = min; number <= max; ++number) {
    digits = characters_of({digits, std::to_string(number)});
  }
  return digits;
}

}  // namespace hone::rewards
