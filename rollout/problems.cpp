#include "rollout/problems.h"

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "model/error.h"
#include "rollout/dataset_filter.h"
#include "rollout/dataset_presets.h"
#include "rollout/dataset_row.h"
#include "rollout/parquet.h"
#include "rollout/shuffle.h"

namespace hone::rollout {
namespace {

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

std::string render(const std::string& text, const std::string& prompt_template) {
  std::string prompt = prompt_template_text(prompt_template);
  return prompt.replace(prompt.find(kPlaceholder), kPlaceholder.size(), text);
}

/// A row's object; it throws a DataError with the place where the row is none.
using Row = std::function<nlohmann::json(const std::string& place)>;

/// Calls `use` with each row of a Parquet file, or line of a JSONL file that is not blank, and its
/// number.
void each_row(const std::string& path,
              const std::function<void(const Row& row, std::int64_t number)>& use) {
  if (path.ends_with(".parquet")) {
    return read_parquet(path, [&](std::int64_t number, nlohmann::json object) {
      use([&](const std::string&) { return std::move(object); }, number);
    });
  }
  std::ifstream in(path);
  if (!in) throw DataError(path, "cannot be opened; expected a JSONL or Parquet file of problems");
  std::string text;
  for (std::int64_t number = 1; std::getline(in, text); ++number) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    use([&](const std::string& place) { return parse_row(text, place); }, number);
  }
}

EvaluationWords evaluation_words(const DatasetConfig& config, const DatasetPreset& preset) {
  EvaluationWords words(config.ngram);
  if (config.decontaminate.empty()) return words;
  // The evaluation's columns: the usual ones, or those of the training file.
  DatasetPreset columns = preset_of({});
  columns.prompt.insert(columns.prompt.end(), preset.prompt.begin(), preset.prompt.end());
  std::int64_t count = 0;
  each_row(config.decontaminate, [&](const Row& row, std::int64_t number) {
    const std::string place = config.decontaminate + ":" + std::to_string(number);
    words.add(read_question(row(place), columns, place));
    ++count;
  });
  if (count == 0) throw DataError(config.decontaminate, "at least one problem", "none");
  return words;
}

}  // namespace

void DatasetReport::Finding::add(const std::string& example) {
  constexpr std::int64_t kExamples = 3;
  if (++count <= kExamples) examples.push_back(example);
}

std::string prompt_template_text(const std::string& prompt_template) {
  return prompt_template == "r1-zero" ? kR1Zero : prompt_template;
}

std::shared_ptr<const ProblemSource> read_dataset(const DatasetConfig& config, std::uint64_t seed,
                                                  DatasetReport* report, bool solutions) {
  if (prompt_template_text(config.prompt_template).find(kPlaceholder) == std::string::npos) {
    throw DataError("prompt_template", "{prompt} somewhere in it, or r1-zero",
                    config.prompt_template);
  }
  const DatasetPreset preset = preset_of(config);
  const bool skip = config.skip_unusable || report != nullptr || !preset.no_answer.empty();
  const EvaluationWords evaluation = evaluation_words(config, preset);
  DatasetReport own;
  DatasetReport& found = report != nullptr ? *report : own;
  SeenProblems seen;
  const auto dataset = std::make_shared<Dataset>(config.path, seed);
  each_row(config.path, [&](const Row& object, std::int64_t number) {
    const std::string place = config.path + ":" + std::to_string(number);
    ++found.lines;
    DatasetRow row;
    std::string solution;
    try {
      const nlohmann::json line = object(place);
      row = read_row(line, preset, place);
      if (solutions) solution = read_solution(line, preset, place);
    } catch (const DataError& error) {
      if (!skip) throw;
      return found.unusable.add(error.what());
    }
    if (report != nullptr || preset.drop_duplicates) {
      const SeenProblems::Seen before = seen.add(row.question, row.answer);
      if (before != SeenProblems::Seen::kNo) found.duplicates.add(place);
      if (before == SeenProblems::Seen::kOtherAnswer) found.conflicts.add(place);
      if (before != SeenProblems::Seen::kNo && preset.drop_duplicates) return;
    }
    if (!config.decontaminate.empty() && evaluation.shares_words_with(row.question)) {
      return found.contaminated.add(place);
    }
    dataset->add({render(row.question, config.prompt_template), std::move(row.answer),
                  std::move(row.metadata), false, std::move(solution)},
                 number);
  });
  if (dataset->size() > 0) return dataset;
  if (found.lines == 0) throw DataError(config.path, "at least one problem", "none");
  throw DataError(config.path, "at least one problem that can be used",
                  "none of " + std::to_string(found.lines) +
                      (found.unusable.count > 0 ? "; " + found.unusable.examples.front() : ""));
}

}  // namespace hone::rollout
