#include "rl/replay.h"

#include <algorithm>

#include "model/error.h"

namespace hone::rl {
namespace {

namespace fs = std::filesystem;

void check_rollout(const rollout::Rollout& rollout, const ReplayLimits& limits,
                   const std::string& place) {
  const auto length = static_cast<std::int64_t>(rollout.tokens.size());
  if (rollout.prompt_length == 0 || rollout.completion_length() == 0) {
    throw DataError(place, "prompt_ids and completion_ids", "an empty list");
  }
  if (static_cast<std::int64_t>(rollout.logprobs.size()) != rollout.completion_length()) {
    throw DataError(
        place,
        "a log-probability for each of " + std::to_string(rollout.completion_length()) + " tokens",
        std::to_string(rollout.logprobs.size()));
  }
  if (length > limits.context) {
    throw DataError(place,
                    "at most " + std::to_string(limits.context) + " tokens, the model's context",
                    std::to_string(length));
  }
  for (const std::int32_t id : rollout.tokens) {
    if (id >= 0 && id < limits.vocab_size) continue;
    throw DataError(
        place, "ids from 0 and below the vocabulary's size of " + std::to_string(limits.vocab_size),
        std::to_string(id));
  }
}

std::string sample_name(std::int64_t sample, std::uint64_t problem) {
  return "sample " + std::to_string(sample) + " of problem " + std::to_string(problem);
}

/// With another tokenizer the same ids would stand for other text.
void check_tokenizer(const rollout::Rollout& rollout, const model::Tokenizer& tokenizer,
                     const std::string& place) {
  const std::vector<std::int32_t> ids = tokenizer.encode_prompt(rollout.prompt, rollout.chat);
  const auto prompt_end = rollout.tokens.begin() + rollout.prompt_length;
  if (std::equal(ids.begin(), ids.end(), rollout.tokens.begin(), prompt_end)) return;
  throw DataError(place, "the prompt_ids that the model's tokenizer gives for the prompt",
                  "others: it was recorded with another tokenizer");
}

}  // namespace

Replay::Replay(const fs::path& path, ReplayLimits limits)
    : files_(rollout::rollout_files(path)), limits_(std::move(limits)) {
  for (std::size_t file = 0; file < files_.size(); ++file) {
    load(file);
    for (std::size_t i = 0; i < lines_.size();) {
      Place place{file, i, 0};
      while (i < lines_.size() && lines_[i].step == lines_[place.first].step) ++i;
      place.count = i - place.first;
      check(place);
      steps_.push_back(place);
    }
  }
  const auto found = static_cast<std::int64_t>(steps_.size());
  if (found < limits_.steps) {
    throw DataError(
        path.string(), std::to_string(limits_.steps) + " recorded steps (the stage's `steps`)",
        std::to_string(found) + "; lower `steps`, or record with log_rollouts_every = 1");
  }
}

std::vector<rollout::Rollout> Replay::at(std::int64_t step) {
  const Place& place = steps_.at(static_cast<std::size_t>(step));
  load(place.file);
  check(place);
  std::vector<rollout::Rollout> rollouts;
  for (std::size_t i = 0; i < place.count; ++i) {
    rollouts.push_back(lines_[place.first + i].rollout);
  }
  return rollouts;
}

void Replay::load(std::size_t file) {
  if (!lines_.empty() && loaded_ == file) return;
  lines_ = rollout::read_rollouts(files_[file]);
  loaded_ = file;
}

void Replay::check(const Place& step) const {
  const std::string file = files_[step.file].string();
  if (lines_.size() < step.first + step.count) throw DataError(file, "has lost lines meanwhile");
  const auto group = static_cast<std::size_t>(limits_.group_size);
  const std::string hint =
      " (group_size is " + std::to_string(group) + "; set it as in the recorded run)";
  for (std::size_t i = 0; i < step.count; ++i) {
    const rollout::LoggedRollout& logged = lines_[step.first + i];
    const rollout::Rollout& rollout = logged.rollout;
    const std::string place = file + ":" + std::to_string(logged.line);
    check_rollout(rollout, limits_, place);
    const std::size_t number = i % group;
    if (number == 0) check_tokenizer(rollout, *limits_.tokenizer, place);
    const std::uint64_t problem = lines_[step.first + i - number].rollout.problem;
    if (rollout.problem != problem || rollout.sample != static_cast<std::int32_t>(number)) {
      throw DataError(place, sample_name(number, problem) + hint,
                      sample_name(rollout.sample, rollout.problem));
    }
    if (i + 1 == step.count && number + 1 != group) {
      throw DataError(place, sample_name(number + 1, problem) + " after it" + hint,
                      "the end of the step");
    }
  }
}

}  // namespace hone::rl
