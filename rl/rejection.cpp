#include "rl/rejection.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "model/durable.h"
#include "rl/policy.h"
#include "rl/sampling.h"
#include "rl/scoring.h"
#include "rl/stage.h"
#include "rl/streams.h"
#include "rollout/rollout_io.h"

namespace hone::rl {
namespace {

namespace fs = std::filesystem;
using Rollouts = std::vector<rollout::Rollout>;

/// How many samples each source of the data has.
std::vector<std::int64_t> count_by_source(const DataConfig& data, const Rollouts& samples) {
  std::vector<std::int64_t> counts(sources_of(data).size());
  for (const rollout::Rollout& sample : samples) {
    ++counts[data.mix.empty() ? 0 : source_of(sample.metadata)];
  }
  return counts;
}

struct Report {
  std::int64_t drawn = 0;
  Selection selection;
  std::vector<std::string> sources;
  std::vector<std::int64_t> drawn_of, kept_of;  // by source

  double mean_length() const {
    double length = 0;
    for (const auto& sample : selection.kept) length += sample.completion_length();
    return selection.kept.empty() ? 0 : length / static_cast<double>(selection.kept.size());
  }
};

std::string json_of(const Report& report) {
  nlohmann::ordered_json dropped = nlohmann::ordered_json::object();
  for (const auto& [reason, count] : report.selection.dropped) dropped[reason] = count;
  nlohmann::ordered_json sources = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < report.sources.size(); ++i) {
    sources.push_back({{"source", report.sources[i]},
                       {"drawn", report.drawn_of[i]},
                       {"kept", report.kept_of[i]}});
  }
  const nlohmann::ordered_json json = {{"drawn", report.drawn},
                                       {"kept", report.selection.kept.size()},
                                       {"mean_length", report.mean_length()},
                                       {"dropped", dropped},
                                       {"sources", sources}};
  return json.dump(2) + "\n";
}

std::string sentence_of(const Report& report) {
  char length[32];
  std::snprintf(length, sizeof length, "%.1f", report.mean_length());
  std::string text = std::to_string(report.drawn) + " samples, " +
                     std::to_string(report.selection.kept.size()) + " kept, " + length +
                     " tokens on average; dropped: " + report.selection.dropped_text();
  if (report.sources.size() == 1) return text;
  for (std::size_t i = 0; i < report.sources.size(); ++i) {
    text += (i == 0 ? "; kept of " : ", ") + report.sources[i] + ": " +
            std::to_string(report.kept_of[i]) + " of " + std::to_string(report.drawn_of[i]);
  }
  return text;
}

}  // namespace

Rollouts draw_samples(const Policy& policy, const DrawConfig& config, const StageContext& stage) {
  const rewards::RewardSum rewards(config.reward);
  const auto problems =
      open_problems(config.data, rewards::Split::kTrain, stage.seed, policy.folder);
  const std::int64_t count = at_most_all(*problems, config.problems);
  const rollout::EngineConfig engine = engine_for(config, policy, stage, kTeacherStep);
  stage.observer.note("drawing " + std::to_string(count * config.samples) + " samples");
  Rollouts samples;
  try {
    samples = rollout::generate_for_problems(policy.decoder, *policy.tokenizer, *problems, 0, count,
                                             config.samples, engine);
  } catch (const rollout::Stopped&) {
    throw Interrupted("stopped before all samples were drawn");
  }
  score_rollouts(rewards, samples);
  return samples;
}

void write_samples(const Rollouts& samples, const std::vector<rewards::WeightedReward>& reward,
                   const fs::path& folder) {
  std::vector<std::string> names;
  for (const rewards::WeightedReward& one : reward) names.push_back(rewards::reward_name(one));
  model::write_folder(folder, [&](const fs::path& temporary) {
    model::write_file_atomic(temporary / "rollouts.jsonl",
                             rollout::to_json_lines(samples, 0, names));
  });
}

void run_rejection(const RejectionConfig& config, StageContext& stage) {
  const fs::path result = stage.folder / "samples";
  if (model::is_complete(result)) return;
  Rollouts samples = draw_samples(open_policy(stage.resolve(config.from)), config.draw, stage);
  Report report;
  report.drawn = static_cast<std::int64_t>(samples.size());
  report.drawn_of = count_by_source(config.draw.data, samples);
  report.selection = select_samples(std::move(samples), config.select);
  report.kept_of = count_by_source(config.draw.data, report.selection.kept);
  for (const ProblemsConfig& source : sources_of(config.draw.data)) {
    const std::string number = "mix." + std::to_string(report.sources.size()) + " ";
    report.sources.push_back((config.draw.data.mix.empty() ? "" : number) + source_name(source));
  }
  stage.observer.note(sentence_of(report));
  // Before the samples, which say that the stage is finished.
  model::write_file_atomic(stage.folder / "rejection.json", json_of(report));
  if (report.selection.kept.empty()) {
    throw GuardError("none of " + std::to_string(report.drawn) + " samples is kept (dropped: " +
                     report.selection.dropped_text() + "): there is nothing to learn from");
  }
  write_samples(report.selection.kept, config.draw.reward, result);
}

}  // namespace hone::rl
