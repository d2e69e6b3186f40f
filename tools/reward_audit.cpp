#include "tools/reward_audit.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/durable.h"
#include "model/error.h"
#include "rl/data.h"
#include "rl/reward_audit.h"
#include "tools/data_options.h"

namespace hone::tools {
namespace {

struct RewardAuditOptions {
  std::string name, data, config, json_file;
  std::vector<std::string> settings;
  std::int64_t count = 256;
  std::size_t rows = 20;
};

std::unique_ptr<rewards::Reward> reward_of(const RewardAuditOptions& options) {
  const auto config = nlohmann::json::parse(options.config.empty() ? "null" : options.config,
                                            nullptr, /*allow_exceptions=*/false);
  if (config.is_discarded()) throw DataError("--config", "a JSON object", options.config);
  try {
    return rewards::reward_by_name(options.name, config);
  } catch (const std::invalid_argument& error) {
    throw DataError("hone reward audit", error.what());
  }
}

/// A task's own reward is audited on the task's problems, if nothing else is said.
std::string audited_data(const RewardAuditOptions& options) {
  if (!options.data.empty()) return options.data;
  if (options.name.starts_with("task:")) return options.name;
  throw DataError("--data", "a JSONL file, or task:NAME", "nothing");
}

/// JSON has no NaN: null is a policy that was never judged.
nlohmann::ordered_json number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

nlohmann::ordered_json audit_json(const RewardAuditOptions& options, const std::string& data,
                                  std::size_t problems, const std::vector<rewards::AuditRow>& rows,
                                  double bound) {
  nlohmann::ordered_json policies = nlohmann::ordered_json::array();
  for (const rewards::AuditRow& row : rows) {
    policies.push_back({{"kind", row.kind},
                        {"policy", row.name},
                        {"mean", number(row.mean)},
                        {"stderr", row.standard_error},
                        {"best", row.best},
                        {"judged", row.judged}});
  }
  return {{"reward", options.name},
          {"data", data},
          {"problems", problems},
          {"bound", bound},
          {"most", rows.empty() ? nlohmann::ordered_json() : number(rows.front().mean)},
          {"above_bound",
           std::count_if(rows.begin(), rows.end(),
                         [&](const auto& row) { return rewards::pays_blindly(row, bound); })},
          {"policies", std::move(policies)}};
}

void print_audit(const std::string& name, const std::string& data, std::size_t problems,
                 const std::vector<rewards::AuditRow>& rows, double bound, std::size_t shown) {
  std::printf("%s on %zu problems of %s: what a policy is paid that understands nothing\n\n",
              name.c_str(), problems, data.c_str());
  std::printf("  mean     +-     best  abstained  policy\n");
  for (std::size_t i = 0; i < std::min(shown, rows.size()); ++i) {
    const rewards::AuditRow& row = rows[i];
    const auto abstained = static_cast<std::int64_t>(problems) - row.judged;
    if (row.judged == 0) {
      std::printf("     -      -        - ");
    } else {
      std::printf("%6.3f  %.3f  %7.3f ", row.mean, row.standard_error, row.best);
    }
    std::printf("%10lld  %s: %s%s\n", static_cast<long long>(abstained), row.kind.c_str(),
                row.name.c_str(), rewards::pays_blindly(row, bound) ? "  <- above the bound" : "");
  }
  if (shown < rows.size()) std::printf("  ... and %zu more\n", rows.size() - shown);
  std::printf("\nmost: %.3f; bound: %.3f, what a guess is worth\n",
              rows.empty() ? 0.0 : rows.front().mean, bound);
}

void run_reward_audit(const RewardAuditOptions& options) {
  const auto reward = reward_of(options);
  const std::string data = audited_data(options);
  const auto source =
      rl::open_problems(data_config(data, options.settings), rewards::Split::kTrain, 0);
  const auto problems = rl::audit_problems(*source, options.count);
  std::vector<rewards::AuditRow> rows;
  for (const rewards::BlindPolicy& policy : rewards::blind_policies(problems)) {
    rows.push_back(rewards::pay(*reward, policy, problems));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return (std::isnan(a.mean) ? -HUGE_VAL : a.mean) > (std::isnan(b.mean) ? -HUGE_VAL : b.mean);
  });
  const double bound = rewards::blind_bound(problems);
  print_audit(options.name, data, problems.size(), rows, bound, options.rows);
  if (options.json_file.empty()) return;
  model::write_file_atomic(
      options.json_file,
      audit_json(options, data, problems.size(), rows, bound)
              .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
          "\n");
}

}  // namespace

CLI::App* add_reward_audit(CLI::App& reward) {
  const auto options = std::make_shared<RewardAuditOptions>();
  CLI::App* command =
      reward.add_subcommand("audit", "What a reward pays policies that understand nothing");
  command->add_option("name", options->name, rewards::reward_types() + " or task:NAME")->required();
  command->add_option(
      "--data", options->data,
      "problems: a JSONL file or task:NAME; by default those of a task:NAME reward");
  command->add_option("--set", options->settings, "a setting of the task or the file, as key=value")
      ->allow_extra_args(false);
  command->add_option("--count", options->count, "problems, at most")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--config", options->config, "the reward's settings, a JSON object");
  command->add_option("--rows", options->rows, "rows of the table")->capture_default_str();
  command->add_option("--json", options->json_file, "write all rows to this file too");
  command->footer(
      "Constant answers, the commonest answers of the data, echoes of the prompt, every candidate\n"
      "at once, tags without end, very long and very nested text. The bound is 0.1, or what a "
      "guess\n"
      "is worth where there are few different answers; three standard errors are granted.\n\n"
      "Examples:\n"
      "  hone reward audit task:parity\n"
      "  hone reward audit answer --data train.jsonl --set preset=gsm8k --json audit.json");
  command->callback([options] { run_reward_audit(*options); });
  return command;
}

}  // namespace hone::tools
