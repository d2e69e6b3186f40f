#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "recipes/read.h"
#include "rewards/rewards.h"
#include "rl/data.h"
#include "rl/grpo.h"
#include "rl/schedule.h"
#include "rl/sft.h"
#include "rl/start.h"

namespace hone::recipes {

/// The checks that stages have in common; each is given the path of what it looks at.
/// Throws: RecipeError with that path's place, DataError for a data set's contents.
struct StageChecks {
  const Places& places;

  [[noreturn]] void fail(const std::string& path, const std::string& problem) const;

  void init(const std::string& path, const rl::InitConfig& init) const;
  void data(const std::string& path, const rl::DataConfig& data, hone::rewards::Split split) const;
  void sft_data(const std::string& path, const rl::SftDataConfig& data) const;
  void optimizer(const std::string& path, const rl::OptimizerConfig& optimizer,
                 std::int64_t num_steps) const;

  /// `path` is the stage's own.
  void loss(const std::string& path, const rl::GrpoConfig& config) const;

  /// `must_teach`: at least one weight is not 0.
  void rewards(const std::string& path, const std::vector<rewards::WeightedReward>& rewards,
               bool must_teach) const;

  /// New tokens leave room for at least one token of a prompt. A context of 0 is not known.
  void fits(const std::string& path, std::int64_t new_tokens, std::int64_t context,
            const std::string& whose) const;

 private:
  /// A task that is so easy may have no problem of a split.
  void task(const std::string& path, const hone::rewards::TaskConfig& task,
            hone::rewards::Split split) const;
  void file(const std::string& path, const std::string& file) const;
};

}  // namespace hone::recipes
