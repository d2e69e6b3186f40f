#include "rewards/audit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "rewards/math/equal.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::array<std::string_view, 30> kUsualAnswers = {
    "0",     "1",   "-1", "2",    "3",  "4",  "5",   "6",   "7", "8",
    "9",     "10",  "42", "100",  "A",  "B",  "C",   "D",   "E", "True",
    "False", "yes", "no", "None", "[]", "{}", "nan", "inf", "x", "1/2"};
constexpr std::size_t kCommonAnswers = 10;
constexpr std::size_t kManyTimes = 4000;

using Write = std::function<std::string(const AuditProblem&)>;

std::string tagged(std::string_view answer) {
  return "<think></think><answer>" + std::string(answer) + "</answer>";
}
std::string boxed(std::string_view answer) { return "\\boxed{" + std::string(answer) + "}"; }

/// An answer in each of the dresses that rewards know.
void add_dressed(std::vector<BlindPolicy>& policies, const std::string& kind,
                 const std::string& name, const Write& answer) {
  policies.push_back(
      {kind, name + ", tagged", [answer](const auto& p) { return tagged(answer(p)); }});
  policies.push_back(
      {kind, name + ", boxed", [answer](const auto& p) { return boxed(answer(p)); }});
  policies.push_back({kind, name + ", bare", answer});
}

void add_text(std::vector<BlindPolicy>& policies, const std::string& kind, const std::string& name,
              std::string text) {
  policies.push_back({kind, name, [text = std::move(text)](const AuditProblem&) { return text; }});
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

/// The answers that most problems have, the commonest first; equal counts in the order of text.
std::vector<std::string> common_answers(const std::vector<AuditProblem>& problems) {
  std::map<std::string, std::int64_t> counts;
  for (const AuditProblem& problem : problems) {
    if (!trim(problem.answer).empty()) ++counts[problem.answer];
  }
  std::vector<std::pair<std::int64_t, std::string>> sorted;
  for (const auto& [answer, count] : counts) sorted.emplace_back(-count, answer);
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> answers;
  for (std::size_t i = 0; i < std::min(sorted.size(), kCommonAnswers); ++i) {
    answers.push_back(sorted[i].second);
  }
  return answers;
}

/// Runs of digits.
std::vector<std::string> numbers_in(std::string_view text) {
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) continue;
    if (i == 0 || !is_digit(text[i - 1])) numbers.emplace_back();
    numbers.back() += text[i];
  }
  return numbers;
}

std::string last_line(std::string_view text) {
  text = trim(text);
  return std::string(text.substr(text.find_last_of('\n') + 1));
}

void add_echoes(std::vector<BlindPolicy>& policies) {
  add_dressed(policies, "echo", "the prompt", [](const auto& p) { return p.prompt; });
  add_dressed(policies, "echo", "its last line", [](const auto& p) { return last_line(p.prompt); });
  add_dressed(policies, "echo", "its first number", [](const auto& p) {
    const auto numbers = numbers_in(p.prompt);
    return numbers.empty() ? std::string("0") : numbers.front();
  });
  add_dressed(policies, "echo", "its last number", [](const auto& p) {
    const auto numbers = numbers_in(p.prompt);
    return numbers.empty() ? std::string("0") : numbers.back();
  });
  add_dressed(policies, "echo", "all its numbers", [](const auto& p) {
    std::string all;
    for (const std::string& number : numbers_in(p.prompt)) all += (all.empty() ? "" : ",") + number;
    return all;
  });
}

void add_lists(std::vector<BlindPolicy>& policies, const std::vector<std::string>& candidates) {
  std::string commas, ors, tags, boxes;
  for (const std::string& answer : candidates) {
    commas += (commas.empty() ? "" : ", ") + answer;
    ors += (ors.empty() ? "" : " or ") + answer;
    tags += "<answer>" + answer + "</answer>";
    boxes += boxed(answer) + " ";
  }
  for (const auto& [name, text] : {std::pair("with commas", commas), std::pair("with or", ors)}) {
    add_dressed(policies, "list", std::string("every candidate ") + name,
                [text = text](const auto&) { return text; });
  }
  std::string numbers;
  for (int i = 0; i < 1000; ++i) numbers += std::to_string(i) + " ";
  add_dressed(policies, "list", "every number to 999", [numbers](const auto&) { return numbers; });
  add_text(policies, "list", "every candidate in tags of its own", "<think></think>" + tags);
  add_text(policies, "list", "every candidate in a box of its own", boxes);
}

void add_tags(std::vector<BlindPolicy>& policies) {
  add_text(policies, "tags", "empty tags", "<think></think><answer></answer>");
  add_text(policies, "tags", "a space in tags", "<think> </think><answer> </answer>");
  add_text(policies, "tags", "the tags in other orders",
           "</answer><answer></think><think><answer>1</answer></think>");
  for (const char* tag : {"<think>", "</think>", "<answer>", "</answer>", "\\boxed{"}) {
    add_text(policies, "tags", std::string(tag) + " many times", repeated(tag, kManyTimes));
  }
  add_text(policies, "tags", "all tags many times", repeated(tagged("1"), kManyTimes / 4));
  add_text(policies, "tags", "words of steps",
           tagged("1") + "First, Second, Next, Finally, Step 1: Step 2:\n1. \n- \n* ");
}

void add_long(std::vector<BlindPolicy>& policies) {
  for (const char* unit : {"1", "a ", "9^", "1+", "\\frac{1}", "wait, "}) {
    add_text(policies, "long", std::string(unit) + " many times",
             tagged(repeated(unit, kManyTimes)));
  }
  for (const auto& [open, close] :
       {std::pair("(", ")"), std::pair("[", "]"), std::pair("{", "}"), std::pair("\\sqrt{", "}"),
        std::pair("\\text{", "}"), std::pair("-", ""), std::pair("<answer>", "</answer>"),
        std::pair("<think>", "</think>")}) {
    add_text(policies, "nested", std::string(open) + "1" + close + " many levels deep",
             tagged(repeated(open, kManyTimes) + "1" + repeated(close, kManyTimes)));
  }
}

}  // namespace

std::vector<BlindPolicy> constant_policies(const std::vector<AuditProblem>& problems) {
  std::vector<BlindPolicy> policies;
  add_text(policies, "constant", "nothing", "");
  for (const std::string_view answer : kUsualAnswers) {
    add_dressed(policies, "constant", std::string(answer),
                [answer](const auto&) { return std::string(answer); });
  }
  for (const std::string& answer : common_answers(problems)) {
    add_dressed(policies, "common", shown(answer, 30), [answer](const auto&) { return answer; });
  }
  return policies;
}

std::vector<BlindPolicy> blind_policies(const std::vector<AuditProblem>& problems) {
  std::vector<BlindPolicy> policies = constant_policies(problems);
  add_echoes(policies);
  std::vector<std::string> candidates = common_answers(problems);
  candidates.insert(candidates.end(), kUsualAnswers.begin(), kUsualAnswers.end());
  add_lists(policies, candidates);
  add_tags(policies);
  add_long(policies);
  return policies;
}

AuditRow pay(const Reward& reward, const BlindPolicy& policy,
             const std::vector<AuditProblem>& problems) {
  constexpr std::size_t kBytesOfToken = 4;
  AuditRow row{.kind = policy.kind, .name = policy.name};
  double sum = 0, squares = 0;
  for (const AuditProblem& problem : problems) {
    const std::string completion = policy.write(problem);
    const Score score = reward.score(
        {.prompt = problem.prompt,
         .completion = completion,
         .answer = problem.answer,
         .metadata = problem.metadata,
         .completion_tokens = static_cast<int>(completion.size() / kBytesOfToken + 1)});
    if (score.status == Status::kAbstain) continue;
    row.best = row.judged == 0 ? score.value : std::max(row.best, score.value);
    ++row.judged;
    sum += score.value;
    squares += score.value * score.value;
  }
  const auto n = static_cast<double>(row.judged);
  row.mean = row.judged == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / n;
  if (row.judged > 1) {
    const double variance = std::max(0.0, (squares - n * row.mean * row.mean) / (n - 1));
    row.standard_error = std::sqrt(variance / n);
  }
  return row;
}

double blind_bound(const std::vector<AuditProblem>& problems) {
  std::set<std::string> answers;
  for (const AuditProblem& problem : problems) {
    const std::string key = answer_key(problem.answer);
    if (!key.empty()) answers.insert(key);
  }
  constexpr double kBound = 0.1;
  return answers.empty() ? kBound : std::max(kBound, 1.1 / static_cast<double>(answers.size()));
}

bool pays_blindly(const AuditRow& row, double bound) {
  return row.judged > 0 && row.mean - 3 * row.standard_error > bound;
}

}  // namespace hone::rewards
