#include <CLI/CLI.hpp>
#include <memory>

#include "model/checkpoint.h"
#include "model/error.h"
#include "model/logprobs.h"
#include "tools/commands.h"
#include "tools/jsonl.h"
#include "tools/process.h"

namespace hone::tools {
namespace {

struct Options {
  std::string model, input, output;
  int threads = 0;
};

void check_ids(const std::vector<std::int32_t>& ids, const model::ModelConfig& config,
               const std::string& place) {
  if (static_cast<std::int64_t>(ids.size()) > config.max_position_embeddings) {
    throw DataError(place, "at most " + std::to_string(config.max_position_embeddings) +
                               " ids, the model's context",
                    std::to_string(ids.size()));
  }
  for (const std::int32_t id : ids) {
    if (id < 0 || id >= config.vocab_size) {
      throw DataError(place, "ids below the vocabulary's size of " + std::to_string(config.vocab_size),
                      std::to_string(id));
    }
  }
}

void run(const Options& options) {
  set_threads(options.threads);
  const model::Decoder decoder = model::load_decoder(options.model);
  LineOutput output(options.output);
  read_json_lines(options.input, [&](const nlohmann::json& line, const std::string& place) {
    std::vector<std::int32_t> ids;
    try {
      ids = line.at("ids").get<std::vector<std::int32_t>>();
    } catch (const nlohmann::json::exception& error) {
      throw DataError(place, "{\"ids\": [numbers]}", error.what());
    }
    check_ids(ids, decoder.config, place);
    output.write({{"logprobs", model::sequence_logprobs(decoder, ids)}});
  });
  output.finish();
}

}  // namespace

void add_score(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("score", "Log-probabilities of token sequences under a model");
  command->add_option("MODEL", options->model, "checkpoint folder")->required();
  command->add_option("--input", options->input, "JSON lines {\"ids\"}; - is standard input")
      ->required();
  command->add_option("--output", options->output, "a file; default: standard output");
  command->add_option("--threads", options->threads, "CPU threads [one a core]; changes no result")
      ->check(CLI::Range(1, 1024));
  command->footer(
      "Writes {\"logprobs\"}: natural logarithm, temperature 1, one for each of ids[1:].\n\n"
      "Example:\n"
      "  hone score MODEL --input ids.jsonl --output logprobs.jsonl");
  command->callback([options] { run(*options); });
}

}  // namespace hone::tools
