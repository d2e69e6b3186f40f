#include "rollout/problems.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "model/error.h"
#include "model/json_fields.h"
#include "rollout/shuffle.h"

namespace hone::rollout {
namespace {

using nlohmann::json;

constexpr std::string_view kPlaceholder = "{prompt}";
constexpr const char* kR1Zero =
    "A conversation between User and Assistant. The user asks a question, and the Assistant solves "
    "it. The assistant first thinks about the reasoning process in the mind and then provides the "
    "user with the answer. The reasoning process and answer are enclosed within <think> </think> "
    "and <answer> </answer> tags, respectively, i.e., <think> reasoning process here </think> "
    "<answer> answer here </answer>. User: {prompt}. Assistant:";

class Dataset : public ProblemSource {
 public:
  Dataset(std::string path, std::uint64_t seed) : path_(std::move(path)), seed_(seed) {}

  void add(Problem problem, std::int64_t line) {
    problems_.push_back(std::move(problem));
    lines_.push_back(line);
  }

  Problem at(std::uint64_t position) const override {
    return problems_[shuffled(position, problems_.size(), seed_)];
  }
  std::uint64_t size() const override { return problems_.size(); }
  std::string place(std::uint64_t position) const override {
    return path_ + ":" + std::to_string(lines_[shuffled(position, lines_.size(), seed_)]);
  }

 private:
  std::string path_;
  std::vector<Problem> problems_;
  std::vector<std::int64_t> lines_;
  std::uint64_t seed_;
};

/// The column to read: the one asked for, else the first of the usual ones that the line has.
std::string column_of(const json& line, const std::string& asked,
                      std::initializer_list<const char*> usual) {
  if (!asked.empty()) return asked;
  for (const char* name : usual) {
    if (line.contains(name)) return name;
  }
  return *usual.begin();
}

/// A string, or a number as it is written.
std::string text_of(const json& line, const std::string& column, const std::string& place) {
  if (!line.contains(column)) {
    std::string known;
    for (const auto& [name, value] : line.items()) known += (known.empty() ? "" : ", ") + name;
    throw DataError(place, "a column \"" + column + "\"", known.empty() ? "no columns" : known);
  }
  const json& value = line.at(column);
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  throw DataError(place, "text or a number in column \"" + column + "\"", value.type_name());
}

/// GSM8K's solutions end in "#### answer".
std::string final_answer(const std::string& answer) {
  const std::size_t mark = answer.rfind("####");
  if (mark == std::string::npos) return answer;
  const std::size_t begin = answer.find_first_not_of(" \t\r\n", mark + 4);
  const std::size_t end = answer.find_last_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : answer.substr(begin, end - begin + 1);
}

std::string render(const std::string& text, const std::string& prompt_template) {
  std::string prompt = prompt_template_text(prompt_template);
  return prompt.replace(prompt.find(kPlaceholder), kPlaceholder.size(), text);
}

Problem read_problem(const json& line, const DatasetConfig& config, AnswerText answers,
                     const std::string& place) {
  const std::string question = text_of(
      line, column_of(line, config.prompt_column, {"prompt", "question", "problem"}), place);
  std::string answer = text_of(line, column_of(line, config.answer_column, {"answer"}), place);
  if (answers == AnswerText::kFinal) answer = final_answer(answer);
  if (question.empty()) throw DataError(place, "a question", "an empty one");
  if (answer.empty()) throw DataError(place, "an answer", "an empty one");
  const json metadata = line.value("metadata", json());
  return {render(question, config.prompt_template), answer,
          metadata.is_object() ? metadata.dump() : std::string()};
}

}  // namespace

std::string prompt_template_text(const std::string& prompt_template) {
  return prompt_template == "r1-zero" ? kR1Zero : prompt_template;
}

std::shared_ptr<const ProblemSource> read_dataset(const DatasetConfig& config, std::uint64_t seed,
                                                  AnswerText answers) {
  if (prompt_template_text(config.prompt_template).find(kPlaceholder) == std::string::npos) {
    throw DataError("prompt_template", "{prompt} somewhere in it, or r1-zero",
                    config.prompt_template);
  }
  std::ifstream in(config.path);
  if (!in) throw DataError(config.path, "cannot be opened; expected a JSONL file of problems");
  const auto dataset = std::make_shared<Dataset>(config.path, seed);
  std::string text;
  for (std::int64_t number = 1; std::getline(in, text); ++number) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string place = config.path + ":" + std::to_string(number);
    const json line = model::parse_json(text, place);
    if (!line.is_object()) throw DataError(place, "a JSON object", line.type_name());
    dataset->add(read_problem(line, config, answers, place), number);
  }
  if (dataset->size() == 0) throw DataError(config.path, "at least one problem", "none");
  return dataset;
}

}  // namespace hone::rollout
