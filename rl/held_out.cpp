#include "rl/held_out.h"

#include <algorithm>
#include <span>

#include "model/durable.h"
#include "rl/evaluate.h"
#include "rl/rollout_source.h"
#include "rl/run_log.h"
#include "rl/streams.h"
#include "rollout/rollout_io.h"

namespace hone::rl {

std::shared_ptr<const rollout::ProblemSource> held_out_problems(
    const GrpoConfig& config, std::uint64_t seed, const std::filesystem::path& model) {
  if (config.held_out.every == 0) return nullptr;
  if (config.held_out.data) {
    return open_problems(*config.held_out.data, rewards::Split::kHeldOut, seed, model);
  }
  // A file has no split of its own: what is held out must be said.
  if (!has_held_out(config.data)) return nullptr;
  return open_problems(config.data, rewards::Split::kHeldOut, seed, model);
}

Metrics look_at_held_out(const GrpoRun& run, const rollout::ProblemSource& held_out,
                         std::int64_t step) {
  constexpr std::int64_t kProbes = 4;
  const HeldOutConfig& config = run.config.held_out;
  const Rollouts rollouts = sample(run, held_out, kHeldOutStep, 0, config.problems, config.samples);
  const auto verifier = verifier_of(config.data.value_or(run.config.data));
  const EvalResult result = summarize(judge(rollouts, config.samples, *verifier));
  const std::int64_t probes = std::min(kProbes, config.problems) * config.samples;
  model::write_file_atomic(
      run.stage.folder / "probes" / step_file(step),
      rollout::to_json_lines(std::span(rollouts).first(probes), step, run.rewards.names()));
  Metrics metrics;
  for (const auto& [k, value] : result.pass_at_k) {
    metrics.emplace_back("eval/pass@" + std::to_string(k), value);
  }
  metrics.emplace_back("eval/format", result.format);
  metrics.emplace_back("eval/mean_length", result.mean_length);
  return metrics;
}

}  // namespace hone::rl
