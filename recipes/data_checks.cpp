// What StageChecks says of data.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "recipes/stage_checks.h"
#include "rewards/needs_answer.h"
#include "rl/sft_data.h"
#include "rollout/dataset_presets.h"
#include "rollout/mixture.h"
#include "rollout/problems.h"

namespace hone::recipes {

void StageChecks::task(const std::string& path, const hone::rewards::TaskConfig& task,
                       hone::rewards::Split split) const {
  try {
    hone::rewards::task_problem(*hone::rewards::make_task(task), split, 0, 0);
  } catch (const std::invalid_argument& error) {
    fail(path, error.what());
  }
}

void StageChecks::file(const std::string& path, const std::string& file,
                       const std::string& what) const {
  if (file.empty()) fail(path, "missing; expected " + what);
  if (!std::filesystem::is_regular_file(file) || !std::ifstream(file)) {
    fail(path, "expected a file that can be read, got \"" + file + "\"");
  }
}

void StageChecks::weights(const std::string& path, const std::vector<double>& weights) const {
  try {
    rollout::Mixture(weights, 0);
  } catch (const std::invalid_argument& error) {
    fail(path, error.what());
  }
}

void StageChecks::data(const std::string& path, const rl::DataConfig& data,
                       hone::rewards::Split split) const {
  if (data.mix.empty()) {
    if (!data.task && !data.dataset) {
      fail(path,
           "expected " + path + ".task or " + path + ".dataset (or several in " + path + ".mix)");
    }
    problems(path, data, split);
    return shuffled_answers(data, split);
  }
  if (data.task || data.dataset) {
    fail(path + ".mix", std::string("contradicts `") + (data.task ? "task" : "dataset") +
                            "`; make it a source of the mixture");
  }
  if (data.chat) fail(path + ".chat", "contradicts `mix`; give it to the mixture's sources");
  std::vector<double> shares;
  for (const rl::WeightedProblems& source : data.mix) {
    problems(path + ".mix." + std::to_string(shares.size()), source, split);
    shares.push_back(source.weight);
  }
  weights(path + ".mix", shares);
  shuffled_answers(data, split);
}

void StageChecks::shuffled_answers(const rl::DataConfig& data, hone::rewards::Split split) const {
  if (!data.shuffled_answers) return;
  for (rl::ProblemsConfig source : rl::sources_of(data)) {
    source.chat.reset();
    rl::open_problems({source, {}, true}, split, 0)->at(0);
  }
}

void StageChecks::problems(const std::string& path, const rl::ProblemsConfig& data,
                           hone::rewards::Split split) const {
  if (data.task && data.dataset) fail(path + ".dataset", "contradicts `task`; give one of them");
  if (!data.task && !data.dataset) fail(path, "expected " + path + ".task or " + path + ".dataset");
  if (data.task) return task(path + ".task", *data.task, split);
  dataset(path + ".dataset", *data.dataset);
  // A bad line in the last stage's data should be found before the first stage has trained.
  rollout::read_dataset(*data.dataset, 0);
}

void StageChecks::dataset(const std::string& path, const rollout::DatasetConfig& data) const {
  file(path + ".path", data.path);
  if (!data.preset.empty()) {
    std::vector<std::string_view> presets;
    for (const auto& preset : rollout::dataset_presets()) presets.push_back(preset.name);
    one_of(path + ".preset", data.preset, presets);
  }
  if (!data.decontaminate.empty()) file(path + ".decontaminate", data.decontaminate);
  const std::string text = rollout::prompt_template_text(data.prompt_template);
  if (text.find("{prompt}") == std::string::npos) {
    fail(path + ".prompt_template", "expected {prompt} in it, where the question goes, or r1-zero");
  }
  if (!data.answers && !data.answer_column.empty()) {
    fail(path + ".answer_column", "contradicts `answers = false`");
  }
  if (!data.answers && data.gold_type != rollout::GoldType::kAuto) {
    fail(path + ".gold_type", "contradicts `answers = false`");
  }
}

void StageChecks::answers(const std::string& path, const rl::DataConfig& data) const {
  const auto sources = rl::sources_of(data);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!sources[i].dataset || sources[i].dataset->answers) continue;
    fail(path + (data.mix.empty() ? "" : ".mix." + std::to_string(i)) + ".dataset.answers",
         "false is for rejection and distill stages: here completions are judged by the answers");
  }
}

void StageChecks::judged_without_answers(const std::string& path, const std::string& data_path,
                                         const rl::DataConfig& data,
                                         const hone::rewards::RewardConfig& reward) const {
  const auto sources = rl::sources_of(data);
  const bool all = std::all_of(sources.begin(), sources.end(), [](const auto& source) {
    return !source.dataset || source.dataset->answers;
  });
  if (all || !hone::rewards::needs_answer(reward)) return;
  fail(path, "needs reference answers, and " + data_path +
                 " has prompts without them (answers = false); choose a reward of form, such as "
                 "repetition_penalty, format or language_consistency");
}

namespace {

// The sources that a configuration names: one of them is right.
std::vector<std::string> named_sources(const rl::TextsConfig& data) {
  std::vector<std::string> names;
  if (data.task) names.emplace_back("task");
  if (data.dataset) names.emplace_back("dataset");
  if (!data.path.empty()) names.emplace_back("path");
  if (!data.rollouts.empty()) names.emplace_back("rollouts");
  return names;
}

std::string expected_sources(const std::string& path) {
  return "expected " + path + ".task or " + path + ".dataset or " + path + ".path or " + path +
         ".rollouts";
}

}  // namespace

void StageChecks::sft_data(const std::string& path, const rl::SftDataConfig& data,
                           const DrawnLater& drawn_later) const {
  const auto named = named_sources(data);
  if (data.mix.empty()) {
    if (named.empty()) {
      fail(path, expected_sources(path) + " (or several in " + path + ".mix)");
    }
    return texts(path, data, drawn_later);
  }
  if (!named.empty()) {
    fail(path + ".mix", "contradicts `" + named[0] + "`; make it a source of the mixture");
  }
  if (data.chat) fail(path + ".chat", "contradicts `mix`; give it to the mixture's sources");
  std::vector<double> shares;
  for (const rl::WeightedTexts& source : data.mix) {
    texts(path + ".mix." + std::to_string(shares.size()), source, drawn_later);
    shares.push_back(source.weight);
  }
  weights(path + ".mix", shares);
}

void StageChecks::worked_solutions(const std::string& path, const rl::TextsConfig& data) const {
  dataset(path + ".dataset", *data.dataset);
  if (!data.dataset->answers) {
    fail(path + ".dataset.answers", "false leaves nothing to learn here");
  }
  const auto expect = [&](const char* part, const char* why) {
    if (data.completion_template.find(part) != std::string::npos) return;
    fail(path + ".completion_template", std::string("expected ") + part + " in it, " + why);
  };
  if (data.long_share > 0) expect("{solution}", "where the worked solution goes");
  if (data.long_share < 1) expect("{answer}", "which stands alone where long_share leaves it so");
}

// A setting of another kind of source would do nothing, without a word.
void StageChecks::settings_fit_source(const std::string& path, const rl::TextsConfig& data) const {
  const rl::TextsConfig defaults;
  const auto only_with = [&](const char* key, bool set, bool fits, const char* sources) {
    if (set && !fits)
      fail(path + "." + key, std::string("has no effect here; it goes with ") + sources);
  };
  const bool task = data.task.has_value(), solutions = task || data.dataset.has_value();
  only_with("wrong_steps", data.wrong_steps != defaults.wrong_steps, task, "`task`");
  only_with("mixed_steps", data.mixed_steps != defaults.mixed_steps, task, "`task`");
  only_with("short_answers", data.short_answers != defaults.short_answers, task, "`task`");
  only_with("long_share", data.long_share != defaults.long_share, solutions, "`task` or `dataset`");
  only_with("completion_template", data.completion_template != defaults.completion_template,
            data.dataset.has_value(), "`dataset`");
  only_with("min_reward", data.min_reward.has_value(), !data.rollouts.empty(), "`rollouts`");
  if (data.chat && !data.rollouts.empty()) {
    fail(path + ".chat", "contradicts `rollouts`: their prompts are what the model was given");
  }
}

void StageChecks::texts(const std::string& path, const rl::TextsConfig& data,
                        const DrawnLater& drawn_later) const {
  const auto named = named_sources(data);
  if (named.empty()) fail(path, expected_sources(path));
  if (named.size() > 1) {
    fail(path + "." + named[1], "contradicts `" + named[0] + "`; give one of them");
  }
  settings_fit_source(path, data);
  if (data.task) return task(path + ".task", *data.task, hone::rewards::Split::kTrain);
  if (data.dataset) worked_solutions(path, data);
  if (!data.rollouts.empty() && drawn_later(path + ".rollouts", data.rollouts)) return;
  if (!data.path.empty()) {
    file(path + ".path", data.path);
    if (data.prompt_column.empty()) fail(path + ".prompt_column", "expected a name, got \"\"");
    if (data.completion_column.empty()) {
      fail(path + ".completion_column", "expected a name, got \"\"");
    }
  }
  rl::TextsConfig plain = data;  // the model is not known here
  plain.chat.reset();
  rl::open_text_pairs({plain, {}}, 0);  // as above
}

void StageChecks::readings(const std::string& path, const rl::MeasureConfig& config) const {
  constexpr auto kNames = enum_names(hone::rewards::Reading{});
  for (const std::string& name : config.more_readings) {
    one_of(path + ".more_readings", name, {kNames.begin(), kNames.end()});
    const bool twice =
        name == hone::rewards::reading_name(config.reading) ||
        std::count(config.more_readings.begin(), config.more_readings.end(), name) > 1;
    if (twice) fail(path + ".more_readings", "\"" + name + "\" stands twice");
  }
  if (config.more_readings.empty() && config.reading == hone::rewards::Reading::kAuto) return;
  for (const rl::ProblemsConfig& source : rl::sources_of(config.data)) {
    if (!source.dataset) continue;
    if (rollout::preset_of(*source.dataset).gold_type != rollout::GoldType::kCode) continue;
    fail(path + (config.more_readings.empty() ? ".reading" : ".more_readings"),
         "answers of " + source.dataset->path + " are programs, which only auto reads");
  }
}

void StageChecks::text(const std::string& path, const rl::TextConfig& text) const {
  file(path + ".path", text.path, "a text file");
  if (std::filesystem::file_size(text.path) == 0)
    fail(path + ".path", "\"" + text.path + "\" is empty");
}

}  // namespace hone::recipes
