#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "model/error.h"
#include "model/settings.h"
#include "rewards/rewards.h"
#include "tools/commands.h"
#include "tools/jsonl.h"
#include "tools/reward_audit.h"

namespace hone::tools {
namespace {

using nlohmann::json;

struct RewardOptions {
  std::string name, input, output;
  std::vector<std::string> settings;
  std::size_t group = 1;
};

/// A bad name or setting is the user's input, wherever it stood.
std::unique_ptr<rewards::Reward> reward_at(const std::string& place, const std::string& name,
                                           const json& config) {
  try {
    return rewards::reward_by_name(name, config);
  } catch (const std::invalid_argument& error) {
    throw DataError(place, error.what());
  }
}

/// A text field. Reference answers are often bare integers, which lose nothing as text.
std::string text_field(const json& line, const char* key, const std::string& place) {
  const auto found = line.find(key);
  if (found == line.end() || found->is_null()) return {};
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number_integer()) return found->dump();
  throw DataError(place + ": \"" + key + "\"", "a text", found->type_name());
}

std::string metadata_field(const json& line, const std::string& place) {
  const auto found = line.find("metadata");
  if (found != line.end() && found->is_object()) return found->dump();
  return text_field(line, "metadata", place);
}

/// The completion's length in tokens, which a text does not tell; 0 where it is not given.
int tokens_field(const json& line, const std::string& place) {
  const auto found = line.find("completion_tokens");
  if (found == line.end()) return 0;
  if (found->is_number_integer() && *found >= 0 && *found <= 1 << 30) return found->get<int>();
  throw DataError(place + ": \"completion_tokens\"", "a number of tokens", found->dump());
}

std::vector<std::int32_t> ids_field(const json& line, const std::string& place) {
  const auto found = line.find("completion_ids");
  if (found == line.end()) return {};
  try {
    return found->get<std::vector<std::int32_t>>();
  } catch (const json::exception& error) {
    throw DataError(place + ": \"completion_ids\"", "a list of token ids", error.what());
  }
}

/// A line of the input. Owns what a sample looks at.
struct Line {
  std::string place, completion, prompt, answer, metadata;
  std::vector<std::int32_t> ids;
  int tokens = 0;
  std::optional<json> config;

  Line(const json& line, std::string where) : place(std::move(where)) {
    if (!line.contains("completion")) throw DataError(place, "a \"completion\"", "none");
    completion = text_field(line, "completion", place);
    prompt = text_field(line, "prompt", place);
    answer = text_field(line, "answer", place);
    metadata = metadata_field(line, place);
    ids = ids_field(line, place);
    tokens = ids.empty() ? tokens_field(line, place) : static_cast<int>(ids.size());
    if (line.contains("config")) config = line.at("config");
  }

  rewards::Sample sample() const {
    return {.prompt = prompt,
            .completion = completion,
            .answer = answer,
            .metadata = metadata,
            .completion_tokens = tokens,
            .completion_ids = ids};
  }
};

/// The reward as the command line sets it, and one for each other config that lines name: some
/// rewards keep a program running.
class Rewards {
 public:
  explicit Rewards(const RewardOptions& options)
      : name_(options.name), config_(model::settings_object(options.settings, "--set")) {
    own_ = (made_[config_.dump()] = reward_at("hone reward", name_, config_)).get();
  }

  const rewards::Reward& of(const Line& line) {
    if (!line.config) return *own_;
    auto& reward = made_[line.config->dump()];
    if (!reward) reward = reward_at(line.place + ": \"config\"", name_, *line.config);
    return *reward;
  }

 private:
  std::string name_;
  json config_;
  std::map<std::string, std::unique_ptr<rewards::Reward>> made_;
  const rewards::Reward* own_ = nullptr;  // the command line's
};

void run_reward(const RewardOptions& options) {
  if (options.name.empty()) throw CLI::RequiredError("name");
  if (options.input.empty()) throw CLI::RequiredError("--input");
  Rewards made(options);
  // Written at the end: a bad line leaves no half result, and output may replace input.
  std::vector<nlohmann::ordered_json> results;
  std::vector<Line> group;
  const auto judge = [&] {
    const Line& first = group.front();
    std::vector<rewards::Sample> samples;
    for (const Line& line : group) {
      if (line.config != first.config) {
        throw DataError(line.place + ": \"config\"", "that of the group's first line", "another");
      }
      samples.push_back(line.sample());
    }
    for (const rewards::Score& score : made.of(first).score_group(samples)) {
      results.push_back({{"score", score.value},
                         {"status", rewards::status_name(score.status)},
                         {"detail", score.detail}});
    }
    group.clear();
  };
  read_json_lines(options.input, [&](const json& line, const std::string& place) {
    group.emplace_back(line, place);
    if (group.size() == options.group) judge();
  });
  if (!group.empty()) {
    throw DataError(group.front().place, "groups of " + std::to_string(options.group) + " lines",
                    "one of " + std::to_string(group.size()));
  }
  LineOutput output(options.output);
  for (const auto& result : results) output.write(result);
  output.finish();
}

}  // namespace

void add_reward(CLI::App& app) {
  const auto options = std::make_shared<RewardOptions>();
  CLI::App* command = app.add_subcommand("reward", "Score completions with a reward");
  CLI::App* audit = add_reward_audit(*command);
  command->add_option("name", options->name, rewards::reward_types() + " or task:NAME");
  command->add_option(
      "--input", options->input,
      "JSON lines {\"completion\", \"answer\", \"prompt\"?, \"metadata\"?, "
      "\"completion_tokens\"?, \"completion_ids\"?, \"config\"?}; - is standard input");
  command
      ->add_option(
          "--group", options->group,
          "so many lines in a row are completions of one problem, for rewards that compare "
          "them")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command
      ->add_option("--set", options->settings,
                   "a setting of the reward, as key=value, for lines without a \"config\"; may "
                   "repeat")
      ->allow_extra_args(false);
  command->add_option("--output", options->output,
                      "JSON lines {\"score\", \"status\", \"detail\"}; default: standard output");
  command->footer(
      "Status is correct, wrong, malformed (nothing to judge) or abstain (cannot tell).\n"
      "Examples:\n"
      "  echo '{\"completion\": \"<answer>1/2</answer>\", \"answer\": \"0.5\"}' | "
      "hone reward answer --input -\n"
      "  hone reward task:lastdigit --input completions.jsonl --output scores.jsonl\n"
      "  hone reward code --set language=cpp --set time_limit_s=2 --input programs.jsonl\n"
      "  hone reward command --set 'command=[\"python3\", \"recipes/reward_example.py\"]' "
      "--input completions.jsonl");
  command->callback([options, audit] {
    if (!audit->parsed()) run_reward(*options);
  });
}

}  // namespace hone::tools
