#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "recipes/read.h"
#include "rewards/rewards.h"
#include "rl/data.h"
#include "rl/evaluate.h"
#include "rl/grpo.h"
#include "rl/schedule.h"
#include "rl/selection.h"
#include "rl/sft.h"
#include "rl/start.h"

namespace hone::recipes {

using DrawnLater = std::function<bool(const std::string& path, const std::string& name)>;

/// The checks that stages have in common; each is given the path of what it looks at.
/// Throws: RecipeError with that path's place, DataError for a data set's contents.
struct StageChecks {
  const Places& places;

  [[noreturn]] void fail(const std::string& path, const std::string& problem) const;

  void init(const std::string& path, const rl::InitConfig& init) const;
  /// `init` with `from`: which of a model's layers are chosen, how many there are of which.
  std::vector<std::int64_t> layers(const std::string& path, const rl::InitConfig& init,
                                   std::int64_t num_layers) const;
  void experts(const std::string& path, const rl::InitConfig& init) const;
  void data(const std::string& path, const rl::DataConfig& data, hone::rewards::Split split) const;
  /// Every problem has a reference answer.
  void answers(const std::string& path, const rl::DataConfig& data) const;
  /// The reward at `path` can judge these data, which may be without answers.
  void judged_without_answers(const std::string& path, const std::string& data_path,
                              const rl::DataConfig& data,
                              const hone::rewards::RewardConfig& reward) const;
  /// `drawn_later` says of the path and name of a source's rollouts that a stage has yet to draw
  /// them; such a source is not looked into.
  void sft_data(const std::string& path, const rl::SftDataConfig& data,
                const DrawnLater& drawn_later) const;
  /// `path` is the measurement's own. Programs are read in one way only.
  void readings(const std::string& path, const rl::MeasureConfig& config) const;
  void text(const std::string& path, const rl::TextConfig& text) const;
  void selection(const std::string& path, const rl::SelectionConfig& select) const;
  void optimizer(const std::string& path, const rl::OptimizerConfig& optimizer,
                 std::int64_t num_steps) const;

  void lora(const std::string& path, const model::LoraConfig& lora) const;

  /// `path` is the stage's own.
  void loss(const std::string& path, const rl::GrpoConfig& config) const;

  void difficulty(const std::string& path, const rl::GrpoConfig& config) const;

  /// `must_teach`: at least one weight is not 0.
  void rewards(const std::string& path, const std::vector<rewards::WeightedReward>& rewards,
               bool must_teach) const;

  /// New tokens leave room for at least one token of a prompt. A context of 0 is not known.
  void fits(const std::string& path, std::int64_t new_tokens, std::int64_t context,
            const std::string& whose) const;

 private:
  /// `init.from` takes everything but `layers` from another model.
  void init_from(const std::string& path, const rl::InitConfig& init) const;
  /// A task that is so easy may have no problem of a split.
  void task(const std::string& path, const hone::rewards::TaskConfig& task,
            hone::rewards::Split split) const;
  void one_of(const std::string& path, const std::string& word,
              const std::vector<std::string_view>& words) const;
  void file(const std::string& path, const std::string& file,
            const std::string& what = "a JSONL file") const;
  void problems(const std::string& path, const rl::ProblemsConfig& data,
                hone::rewards::Split split) const;
  void dataset(const std::string& path, const rollout::DatasetConfig& data) const;
  void worked_solutions(const std::string& path, const rl::TextsConfig& data) const;
  /// Every source has another problem whose answer can be taken.
  void shuffled_answers(const rl::DataConfig& data, hone::rewards::Split split) const;
  void settings_fit_source(const std::string& path, const rl::TextsConfig& data) const;
  void texts(const std::string& path, const rl::TextsConfig& data,
             const DrawnLater& drawn_later) const;
  void weights(const std::string& path, const std::vector<double>& weights) const;
};

}  // namespace hone::recipes
