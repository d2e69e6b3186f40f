#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "rl/data.h"
#include "rl/stage.h"

namespace hone::rl {

struct GrpoConfig;
struct GrpoRun;

/// A look at held-out problems while training goes on: the same ones each time. The first few are
/// kept as probes, so that the report can show how their answers change.
struct HeldOutConfig {
  std::int64_t every = 10;
  std::int64_t problems = 64;
  std::int64_t samples = 2;
  bool keep_best = false;
  std::int64_t patience = 0;
  std::optional<DataConfig> data;

  template <class V>
  void fields(V& v) {
    v("every", every, "steps between looks; 0 never", 0, 1 << 30);
    v("problems", problems, "problems looked at", 1, 1 << 20);
    v("samples", samples, "completions a problem", 1, 4096);
    v("keep_best", keep_best,
      "the stage's model is the one of the look with the highest pass@1, not the last one");
    v("patience", patience, "looks in a row without a new best after which the stage ends; 0 never",
      0, 1 << 30);
    v("data", data, "where they come from; by default the held-out split of the stage's tasks");
  }
};

/// Where the held-out problems come from; null if there are none to look at. `model` as for
/// open_problems().
std::shared_ptr<const rollout::ProblemSource> held_out_problems(const GrpoConfig& config,
                                                                std::uint64_t seed,
                                                                const std::filesystem::path& model);

/// How the policy, as it stands before this step, does on the held-out problems: eval/pass@K for
/// K = 1, 2, 4, ... and the number of samples itself (unbiased estimates), eval/format and
/// eval/mean_length. The first of them are written to probes/.
/// Throws: rollout::Stopped when the stage is asked to stop.
Metrics look_at_held_out(const GrpoRun& run, const rollout::ProblemSource& held_out,
                         std::int64_t step);

}  // namespace hone::rl
