#include "rewards/tasks/phrasing.h"

#include <algorithm>
#include <stdexcept>

#include "rewards/text.h"

namespace hone::rewards {
namespace {

const std::string& filling_of(std::string_view name, const std::vector<Blank>& blanks) {
  const auto found = std::find_if(blanks.begin(), blanks.end(),
                                  [&](const Blank& blank) { return blank.first == name; });
  if (found == blanks.end()) throw std::logic_error(concat("a blank without text: ", name));
  return found->second;
}

bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

bool ends_operand(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == ')'; }

}  // namespace

std::string phrased(Phrasings phrasings, std::uint64_t number, const std::vector<Blank>& blanks) {
  std::string_view rest = phrasings[number % phrasings.size()];
  std::string text;
  for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const auto close = rest.find('}', open);
    text.append(rest.substr(0, open));
    text.append(filling_of(rest.substr(open + 1, close - open - 1), blanks));
    rest.remove_prefix(close + 1);
  }
  return text.append(rest);
}

std::string question_of(const Task& task, const TaskProblem& problem, std::string_view prefix) {
  const std::string_view code = problem.short_form();
  if (!code.starts_with(prefix) || code.size() < prefix.size() + 2)
    not_a_problem_of(task.name(), code);
  return std::string(code.substr(prefix.size(), code.size() - prefix.size() - 1));
}

std::string question_of(const Task& task, const TaskProblem& problem) {
  return question_of(task, problem, concat(task.name(), ":"));
}

std::string spaced(std::string_view arithmetic) {
  constexpr std::string_view kOperations = "+-*/";
  std::string text;
  char before = '\0';
  bool open = false;  // in the parentheses of a negative number
  for (const char c : arithmetic) {
    const bool operation = c == '=' || is_one_of(c, kOperations);
    if (open && !is_digit(c) && c != '.') text += ')';
    open = open && (is_digit(c) || c == '.');
    if (ends_operand(before) && operation) {
      text += concat(' ', c, ' ');
    } else if (c == '-' && is_one_of(before, kOperations)) {
      text += "(-";
      open = true;
    } else {
      text += c;
    }
    before = c;
  }
  return open ? concat(text, ')') : text;
}

std::string counted(std::int64_t count, std::string_view noun) {
  return concat(count, ' ', noun, count == 1 ? "" : "s");
}

std::string listed(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  return text;
}

std::string listed(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> texts;
  for (const std::int64_t number : numbers) texts.push_back(std::to_string(number));
  return listed(texts);
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (auto at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
    out.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
  }
  return out.append(text);
}

std::string spelled(std::string_view word) {
  std::string text;
  for (const char c : word) {
    if (!text.empty()) text += ' ';
    text += c;
  }
  return text;
}

}  // namespace hone::rewards
