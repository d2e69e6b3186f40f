#include "rollout/dataset_row.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/error.h"
#include "model/json_fields.h"

namespace hone::rollout {
namespace {

using nlohmann::json;

/// The value of a column: its own name, else a path of names with dots between.
const json* find_column(const json& line, std::string_view column) {
  if (!line.is_object()) return nullptr;
  if (const auto found = line.find(std::string(column)); found != line.end()) return &*found;
  const auto dot = column.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const auto outer = line.find(std::string(column.substr(0, dot)));
  return outer == line.end() ? nullptr : find_column(*outer, column.substr(dot + 1));
}

struct Column {
  std::string name;
  const json& value;
};

/// The first of these columns that a line has.
Column column_of(const json& line, const std::vector<std::string_view>& names,
                 const std::string& place) {
  for (const std::string_view name : names) {
    if (const json* value = find_column(line, name)) return {std::string(name), *value};
  }
  std::string known, expected;
  for (const auto& [name, value] : line.items()) known += (known.empty() ? "" : ", ") + name;
  for (const std::string_view name : names) {
    expected += (expected.empty() ? "a column \"" : " or \"") + std::string(name) + "\"";
  }
  throw DataError(place, expected, known.empty() ? "no columns" : known);
}

/// A string, or a number as it is written.
std::string text_of(const Column& column, const std::string& place) {
  if (column.value.is_string()) return column.value.get<std::string>();
  if (column.value.is_number()) return column.value.dump();
  throw DataError(place, "text or a number in column \"" + column.name + "\"",
                  column.value.type_name());
}

/// The text of a conversation that asks one question.
std::string conversation_text(const Column& column, const std::string& place) {
  const auto refuse = [&](const std::string& got) {
    throw DataError(
        place,
        "one user message, or a system and a user message, in column \"" + column.name + "\"", got);
  };
  std::string text;
  bool asked = false;
  for (const json& message : column.value) {
    const json role = message.is_object() ? message.value("role", json()) : json();
    const json content = message.is_object() ? message.value("content", json()) : json();
    if (!content.is_string() || !role.is_string()) refuse("something else");
    if (asked || (role != "user" && (role != "system" || !text.empty()))) {
      refuse("a message of role " + role.dump() + " after others");
    }
    asked = role == "user";
    text += (text.empty() ? "" : "\n\n") + content.get<std::string>();
  }
  if (!asked) refuse("no user message");
  return text;
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

/// Takes out what GSM8K writes for a calculator: "48/2=<<48/2=24>>24" is "48/2=24".
std::string without_marks(const std::string& text) {
  std::string plain;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t open = text.find("<<", begin);
    const std::size_t close = text.find(">>", open);
    // A mark has no line's end in it, nor another mark's begin.
    const bool mark = close < std::min(text.find('\n', open), text.find("<<", open + 2));
    const std::size_t end = mark ? open : open == std::string::npos ? text.size() : open + 2;
    plain += text.substr(begin, end - begin);
    begin = mark ? close + 2 : end;
  }
  return plain;
}

std::optional<std::string> after_hash(const std::string& text) {
  const std::size_t mark = text.rfind("####");
  if (mark == std::string::npos) return std::nullopt;
  return trimmed(text.substr(mark + 4));
}

/// What MATH's authors take for the answer of a solution: the last `\boxed{..}` or `\fbox{..}`, or
/// `\boxed 5`, which ends with the formula.
/// Source: hendrycks/math, last_boxed_only_string and remove_boxed.
std::optional<std::string> last_boxed(const std::string& text) {
  const std::size_t boxed = text.rfind("\\boxed"), framed = text.rfind("\\fbox");
  constexpr auto kNone = std::string::npos;
  if (boxed == kNone && framed == kNone) return std::nullopt;
  std::size_t begin = boxed != kNone ? boxed + 6 : framed + 5;
  begin = text.find_first_not_of(" \t\r\n", begin);
  if (begin == kNone) return std::nullopt;
  if (text[begin] != '{') return trimmed(text.substr(begin, text.find('$', begin) - begin));
  int depth = 0;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '{') {
      ++depth;
    } else if (text[i] == '}' && --depth == 0) {
      return trimmed(text.substr(begin + 1, i - begin - 1));
    }
  }
  return std::nullopt;
}

std::string extracted(const std::string& answer, Extract extract, const std::string& place) {
  std::optional<std::string> found = answer;
  if (extract == Extract::kAuto) found = after_hash(answer).value_or(answer);
  if (extract == Extract::kAfterHash) found = after_hash(answer);
  if (extract == Extract::kLastBoxed) found = last_boxed(answer);
  if (found) return *found;
  throw DataError(place,
                  extract == Extract::kAfterHash ? "a final answer after \"####\""
                                                 : "a final answer in \\boxed{}",
                  "none");
}

/// A column that holds a list of tests, or the JSON of one.
json tests_of(const Column& column, const std::string& place) {
  json tests = column.value;
  if (tests.is_string())
    tests = parse_row("{\"tests\":" + tests.get<std::string>() + "}", place)["tests"];
  if (tests.is_array()) return tests;
  throw DataError(place, "a list of tests in column \"" + column.name + "\"", tests.type_name());
}

/// Tests are JSON, or text that holds JSON.
std::string read_tests(const json& line, const DatasetPreset& preset, const std::string& place) {
  const Column column = column_of(line, preset.answer, place);
  if (!preset.more_tests.empty()) {
    json tests = tests_of(column, place);
    try {
      for (json& test : tests_of(column_of(line, {preset.more_tests}, place), place)) {
        tests.push_back(std::move(test));
      }
    } catch (const DataError&) {
      throw DataError(place, "a list of tests in column \"" + std::string(preset.more_tests) + "\"",
                      "none; LiveCodeBench packs it with Python's pickle: unpack it first");
    }
    return tests.dump();
  }
  if (column.value.is_structured()) return column.value.dump();
  return text_of(column, place);
}

/// The "metadata" column, an object or the JSON of one, and what else is to be kept.
std::string metadata_of(const json& line, const DatasetPreset& preset) {
  json metadata = line.value("metadata", json());
  if (metadata.is_string()) {
    metadata = json::parse(metadata.get<std::string>(), nullptr, /*allow_exceptions=*/false);
  }
  if (!metadata.is_object()) metadata = json::object();
  for (const std::string_view name : preset.metadata) {
    if (const json* value = find_column(line, name)) metadata[std::string(name)] = *value;
  }
  if (preset.gold_type != GoldType::kAuto) {
    metadata["gold_type"] = enum_names(GoldType{})[static_cast<std::size_t>(preset.gold_type)];
  }
  return metadata.empty() ? std::string() : metadata.dump();
}

}  // namespace

json parse_row(const std::string& text, const std::string& place) {
  json line = model::parse_json(text, place);
  if (line.is_object()) return line;
  throw DataError(place, "a JSON object", line.type_name());
}

std::string read_question(const json& line, const DatasetPreset& preset, const std::string& place) {
  const Column column = column_of(line, preset.prompt, place);
  std::string question =
      column.value.is_array() ? conversation_text(column, place) : text_of(column, place);
  if (question.empty()) throw DataError(place, "a question", "an empty one");
  return question;
}

std::string read_solution(const json& line, const DatasetPreset& preset, const std::string& place) {
  const bool own = !preset.solution.empty();
  const auto columns = own ? std::vector<std::string_view>{preset.solution} : preset.answer;
  std::string text = text_of(column_of(line, columns, place), place);
  if (!own && preset.extract != Extract::kLastBoxed) {
    const std::size_t mark =
        preset.extract == Extract::kNone ? std::string::npos : text.rfind("####");
    if (mark == std::string::npos) {
      throw DataError(place, "a worked solution before the answer, or a solution_column",
                      "an answer alone");
    }
    text = without_marks(text.substr(0, mark));
  }
  text = trimmed(text);
  if (text.empty()) throw DataError(place, "a worked solution", "an empty one");
  return text;
}

DatasetRow read_row(const json& line, const DatasetPreset& preset, const std::string& place) {
  DatasetRow row;
  row.question = read_question(line, preset, place);
  if (preset.answer.empty()) {
    row.metadata = metadata_of(line, preset);
    return row;
  }
  if (preset.gold_type == GoldType::kCode) {
    row.answer = read_tests(line, preset, place);
  } else {
    row.answer =
        extracted(text_of(column_of(line, preset.answer, place), place), preset.extract, place);
  }
  if (row.answer.empty()) throw DataError(place, "an answer", "an empty one");
  for (const std::string_view none : preset.no_answer) {
    if (row.answer == none) throw DataError(place, "an answer", "\"" + row.answer + "\"");
  }
  row.metadata = metadata_of(line, preset);
  return row;
}

}  // namespace hone::rollout
