#include "rl/data.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/error.h"
#include "rl/chat.h"
#include "rl/mixed_sources.h"
#include "rl/shuffled_answers.h"

namespace hone::rl {
namespace {

constexpr const char* kSourceKey = "mix";

/// A task family as problems without end.
class TaskProblems : public rollout::ProblemSource {
 public:
  TaskProblems(const rewards::TaskConfig& config, rewards::Split split, std::uint64_t seed)
      : task_(rewards::make_task(config)), split_(split), seed_(seed) {}

  rollout::Problem at(std::uint64_t position) const override {
    try {
      rewards::TaskProblem problem = rewards::task_problem(*task_, split_, seed_, position);
      return {std::move(problem.prompt), std::move(problem.answer), std::move(problem.metadata)};
    } catch (const std::invalid_argument& error) {
      throw DataError("task", error.what());
    }
  }
  std::uint64_t size() const override { return 0; }

 private:
  std::unique_ptr<rewards::Task> task_;
  rewards::Split split_;
  std::uint64_t seed_;
};

using Source = std::shared_ptr<const rollout::ProblemSource>;

class MixedProblems : public rollout::ProblemSource {
 public:
  explicit MixedProblems(MixedSources<Source> sources) : sources_(std::move(sources)) {}

  rollout::Problem at(std::uint64_t position) const override {
    const auto place = sources_.at(position);
    rollout::Problem problem = sources_[place.source]->at(place.index);
    auto metadata = nlohmann::json::parse(problem.metadata.empty() ? "{}" : problem.metadata);
    metadata[kSourceKey] = place.source;
    problem.metadata = metadata.dump();
    return problem;
  }
  std::uint64_t size() const override { return sources_.size(); }
  std::string place(std::uint64_t position) const override { return sources_.place(position); }

 private:
  MixedSources<Source> sources_;
};

Source open_source(const ProblemsConfig& config, rewards::Split split, std::uint64_t seed) {
  try {
    if (config.task) return std::make_shared<TaskProblems>(*config.task, split, seed);
  } catch (const std::invalid_argument& error) {
    throw DataError("task", error.what());
  }
  return rollout::read_dataset(config.dataset.value(), seed);
}

}  // namespace

std::vector<ProblemsConfig> sources_of(const DataConfig& config) {
  if (config.mix.empty()) return {config};
  return {config.mix.begin(), config.mix.end()};
}

std::string source_name(const ProblemsConfig& source) {
  if (!source.task) return source.dataset.value().path;
  return std::visit([](const auto& task) { return std::string(task.kType); }, *source.task);
}

std::vector<std::string> source_names(const DataConfig& config) {
  std::vector<std::string> names;
  for (const ProblemsConfig& source : sources_of(config)) {
    const std::string name = source_name(source);
    std::string unique = name;
    for (int n = 2; std::find(names.begin(), names.end(), unique) != names.end(); ++n) {
      unique = name + "-" + std::to_string(n);
    }
    names.push_back(unique);
  }
  return names;
}

bool has_held_out(const DataConfig& config) {
  const auto sources = sources_of(config);
  return std::all_of(sources.begin(), sources.end(),
                     [](const ProblemsConfig& source) { return source.task.has_value(); });
}

Source open_problems(const DataConfig& config, rewards::Split split, std::uint64_t seed,
                     const std::filesystem::path& model) {
  const auto open = [&](const ProblemsConfig& source, std::uint64_t own_seed) {
    Source problems = open_source(source, split, own_seed);
    const bool shuffle = config.shuffled_answers && split == rewards::Split::kTrain;
    if (shuffle) problems = shuffle_answers(std::move(problems));
    return source.chat ? as_conversations(std::move(problems), *source.chat, model) : problems;
  };
  if (config.mix.empty()) return open(config, seed);
  return std::make_shared<MixedProblems>(MixedSources<Source>(config.mix, seed, open));
}

std::size_t source_of(const std::string& metadata) {
  const auto json = nlohmann::json::parse(metadata, nullptr, false);
  const auto found = json.is_object() ? json.find(kSourceKey) : json.end();
  return found != json.end() && found->is_number_unsigned() ? found->get<std::size_t>() : 0;
}

}  // namespace hone::rl
