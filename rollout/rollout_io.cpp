#include "rollout/rollout_io.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "model/error.h"
#include "model/json_fields.h"

namespace hone::rollout {

using nlohmann::ordered_json;

std::string to_json_line(const Rollout& rollout, std::int64_t step,
                         const std::vector<std::string>& reward_names) {
  const auto completion = rollout.tokens.begin() + rollout.prompt_length;
  ordered_json rewards = ordered_json::object();
  ordered_json details = ordered_json::object();
  for (std::size_t i = 0; i < reward_names.size() && i < rollout.rewards.size(); ++i) {
    rewards[reward_names[i]] = rollout.rewards[i];
    details[reward_names[i]] = rollout.details[i];
  }
  ordered_json line = {
      {"step", step},
      {"problem", rollout.problem},
      {"sample", rollout.sample},
      {"prompt", rollout.prompt},
      {"completion", rollout.completion},
      {"answer", rollout.answer},
      {"metadata", ordered_json::parse(rollout.metadata.empty() ? "{}" : rollout.metadata)},
      {"reward", rollout.reward},
      {"advantage", rollout.advantage},
      {"rewards", rewards},
      {"details", details},
      {"finish_reason", rollout.finish == Finish::kStop ? "stop" : "length"},
      {"prompt_ids", std::vector<std::int32_t>(rollout.tokens.begin(), completion)},
      {"completion_ids", std::vector<std::int32_t>(completion, rollout.tokens.end())},
      {"logprobs", rollout.logprobs},
      {"policy_version", rollout.policy_version}};
  if (rollout.chat) line["chat"] = true;
  // A completion need not be valid UTF-8: broken bytes are written as U+FFFD, the ids stay exact.
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string to_json_lines(std::span<const Rollout> rollouts, std::int64_t step,
                          const std::vector<std::string>& reward_names) {
  std::string lines;
  for (const Rollout& rollout : rollouts) {
    lines += to_json_line(rollout, step, reward_names) + "\n";
  }
  return lines;
}

namespace {

/// A number that is not finite was written as null; the batch that a guard stopped may hold some.
std::vector<float> logprobs_of(const ordered_json& values) {
  std::vector<float> logprobs;
  for (const ordered_json& value : values) {
    logprobs.push_back(value.is_null() ? std::numeric_limits<float>::quiet_NaN()
                                       : value.get<float>());
  }
  return logprobs;
}

Rollout from_json(const ordered_json& line) {
  Rollout rollout;
  rollout.problem = line.at("problem").get<std::uint64_t>();
  rollout.sample = line.at("sample").get<std::int32_t>();
  rollout.tokens = line.at("prompt_ids").get<std::vector<std::int32_t>>();
  rollout.prompt_length = static_cast<std::int32_t>(rollout.tokens.size());
  const auto completion = line.at("completion_ids").get<std::vector<std::int32_t>>();
  rollout.tokens.insert(rollout.tokens.end(), completion.begin(), completion.end());
  rollout.logprobs = logprobs_of(line.at("logprobs"));
  rollout.finish = line.at("finish_reason") == "stop" ? Finish::kStop : Finish::kLength;
  rollout.prompt = line.at("prompt").get<std::string>();
  rollout.chat = line.value("chat", false);
  rollout.completion = line.at("completion").get<std::string>();
  rollout.answer = line.at("answer").get<std::string>();
  if (!line.at("metadata").empty()) rollout.metadata = line.at("metadata").dump();
  for (const auto& [name, value] : line.at("rewards").items()) {
    rollout.rewards.push_back(value.get<double>());
    rollout.details.push_back(line.at("details").value(name, ""));
  }
  rollout.reward = line.at("reward").get<double>();
  rollout.advantage = line.at("advantage").get<double>();
  rollout.policy_version = line.at("policy_version").get<std::int64_t>();
  return rollout;
}

}  // namespace

std::vector<std::filesystem::path> rollout_files(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  if (fs::is_regular_file(path)) return {path};
  if (!fs::is_directory(path)) {
    throw DataError(path.string(), "a folder of step-NNNNNN.jsonl files, or one .jsonl file",
                    "neither");
  }
  if (fs::is_regular_file(path / "rollouts.jsonl")) return {path / "rollouts.jsonl"};
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
    const bool step = entry.path().filename().string().starts_with("step-");
    if (step && entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  if (files.empty()) {
    throw DataError(path.string(),
                    "step-NNNNNN.jsonl files, which a grpo stage keeps in its rollouts/", "none");
  }
  // Numbers of more than six digits make longer names.
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    const auto length = [](const fs::path& file) { return file.native().size(); };
    return length(a) != length(b) ? length(a) < length(b) : a < b;
  });
  return files;
}

std::vector<LoggedRollout> read_rollouts(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw DataError(path.string(), "cannot be opened");
  std::vector<LoggedRollout> all;
  std::string text;
  for (std::int64_t number = 1; std::getline(in, text); ++number) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string place = path.string() + ":" + std::to_string(number);
    try {
      const auto line = model::parse_json<ordered_json>(text, place);
      all.push_back({line.at("step").get<std::int64_t>(), number, from_json(line)});
    } catch (const nlohmann::json::exception& error) {
      throw DataError(place, std::string("not a rollout: ") + error.what());
    }
  }
  return all;
}

}  // namespace hone::rollout
