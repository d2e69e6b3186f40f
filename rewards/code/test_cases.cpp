#include "rewards/code/test_cases.h"

#include <algorithm>
#include <optional>

#include "rewards/code/compare.h"
#include "rewards/text.h"

namespace hone::rewards::code {
namespace {

using nlohmann::json;

std::string text_field(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? *found : "";
}

/// A text, or a list of its lines.
std::optional<std::string> case_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return std::nullopt;
  std::string text;
  for (const json& line : value) {
    if (!line.is_string()) return std::nullopt;
    text += line.get<std::string>() + "\n";
  }
  return text;
}

/// The arguments of a call: a list of them, or a text with one on each line.
std::optional<std::string> arguments_of(const json& value) {
  if (value.is_array()) return value.dump();
  if (!value.is_string()) return std::nullopt;
  std::string list;
  std::string_view text = value.get_ref<const std::string&>();
  for (text = trim(text); !text.empty();) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    if (!json::accept(line)) return std::nullopt;
    list += (list.empty() ? "" : ", ") + std::string(line);
  }
  return "[" + list + "]";
}

/// Adds a test. False if it is none.
bool add_case(TestCases& cases, const json& input, const json& output) {
  TestCase test;
  if (cases.function.empty()) {
    const auto given = case_text(input), expected = case_text(output);
    if (!given || !expected) return false;
    test.input = *given;
    test.expected = *expected;
  } else {
    const auto arguments = arguments_of(input);
    const bool as_text = input.is_string() && output.is_string();
    const auto expected = as_text ? output.get<std::string>() : output.dump();
    const auto value = exact_json(expected);
    if (!arguments || !value) return false;
    test = {*arguments, expected, *value, input.is_array()};
  }
  cases.tests.push_back(std::move(test));
  return true;
}

/// A test that from_asserts made: its arguments are a list in Python.
void add_literals(TestCases& cases, const json& arguments, const std::string& expected) {
  cases.tests.push_back({arguments.dump(), expected, exact_json(expected).value_or(json()), false});
}

bool says_nothing(const TestCase& test, bool is_function) {
  return is_function ? test.value.is_null() : trim(test.expected).empty();
}

TestCases cannot(std::string problem) { return {{}, {}, std::move(problem)}; }

}  // namespace

TestCases read_test_cases(std::string_view answer, std::string_view metadata) {
  const json data = json::parse(answer, nullptr, false);
  const json about = json::parse(metadata, nullptr, false);
  TestCases cases;
  for (const std::string& name : {text_field(data, "fn_name"), text_field(about, "fn_name"),
                                  text_field(about, "func_name")}) {
    if (cases.function.empty()) cases.function = name;
  }
  const json list = data.is_object() ? data.value("test_cases", json()) : data;
  if (list.is_array()) {
    for (const json& test : list) {
      if (!test.is_object()) return cannot("a test is no object");
      if (cases.function.empty()) cases.function = text_field(test, "fn_name");
      const json literals = test.value("literals", json());
      if (literals.is_string()) {
        add_literals(cases, literals, text_field(test, "output"));
      } else if (!add_case(cases, test.value("input", json()), test.value("output", json()))) {
        return cannot("test " + std::to_string(cases.tests.size() + 1) + " cannot be read");
      }
    }
  } else if (data.is_object()) {
    const json inputs = data.value("inputs", json()), outputs = data.value("outputs", json());
    if (!inputs.is_array() || !outputs.is_array() || inputs.size() != outputs.size()) {
      return cannot("the answer has no \"inputs\" and \"outputs\" of one length");
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!add_case(cases, inputs[i], outputs[i])) {
        return cannot("test " + std::to_string(i + 1) + " cannot be read");
      }
    }
  } else {
    return cannot("the answer is no JSON with tests");
  }
  if (cases.tests.empty()) return cannot("the answer has no tests");
  const bool is_function = !cases.function.empty();
  const auto silent = [&](const TestCase& test) { return says_nothing(test, is_function); };
  if (std::all_of(cases.tests.begin(), cases.tests.end(), silent)) {
    return cannot("no test expects anything: a program that does nothing would pass");
  }
  return cases;
}

}  // namespace hone::rewards::code
