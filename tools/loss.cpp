#include <CLI/CLI.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/error.h"
#include "rl/loss_line.h"
#include "tools/commands.h"
#include "tools/jsonl.h"

namespace hone::tools {
namespace {

struct LossOptions {
  std::string input, output;
};

void run_loss(const LossOptions& options) {
  // Written at the end: a bad line leaves no half result, and output may replace input.
  std::vector<nlohmann::ordered_json> results;
  read_json_lines(options.input, [&](const nlohmann::json& line, const std::string& place) {
    try {
      results.push_back(rl::loss_of_line(line));
    } catch (const std::invalid_argument& error) {
      throw DataError(place, error.what());
    }
  });
  LineOutput output(options.output);
  for (const auto& result : results) output.write(result);
  output.finish();
}

}  // namespace

void add_loss(CLI::App& app) {
  const auto options = std::make_shared<LossOptions>();
  CLI::App* command = app.add_subcommand("loss", "Policy losses and their gradients, of numbers");
  command
      ->add_option("--input", options->input,
                   "JSON lines {\"config\", \"logp\", \"old_logp\"?, \"ref_logp\"?, "
                   "\"sampling_logp\"?, \"entropy\"?, \"mask\"?, \"advantages\", "
                   "\"max_completion_length\"?}; - is standard input")
      ->required();
  command->add_option("--output", options->output,
                      "JSON lines {\"loss\", \"grad\", \"metrics\"}; default: standard output");
  command->footer(
      "A line is one whole optimizer step: logp and the others are [B][T], advantages [B].\n"
      "config has the keys of a recipe's loss = {..}; grad is d loss / d logp, in double "
      "precision.\n\n"
      "Example:\n"
      "  echo '{\"config\": {\"preset\": \"gspo\"}, \"logp\": [[-1.0, -0.5]], "
      "\"old_logp\": [[-1.1, -0.5]], \"advantages\": [1]}' | hone loss --input -");
  command->callback([options] { run_loss(*options); });
}

}  // namespace hone::tools
