#include <CLI/CLI.hpp>
#include <limits>
#include <memory>

#include "model/checkpoint.h"
#include "model/error.h"
#include "model/logprobs.h"
#include "tools/commands.h"
#include "tools/ids.h"
#include "tools/jsonl.h"
#include "tools/process.h"
#include "tools/shared_options.h"

namespace hone::tools {
namespace {

struct ScoreOptions {
  std::string model, input, output;
  model::KvType kv_cache = model::KvType::kFloat;
  int threads = 0;
};

void run_score(const ScoreOptions& options) {
  set_threads(options.threads);
  const model::Decoder decoder = model::map_decoder(options.model);
  std::vector<std::vector<std::int32_t>> sequences;  // a bad line is found before any is scored
  read_json_lines(options.input, [&](const nlohmann::json& line, const std::string& place) {
    std::vector<std::int32_t> ids;
    try {
      ids = line.at("ids").get<std::vector<std::int32_t>>();
    } catch (const nlohmann::json::exception& error) {
      throw DataError(place, "{\"ids\": [numbers]}", error.what());
    }
    // Dynamic RoPE is made for longer ones, each by its own length.
    const bool dynamic = decoder.config.rope.rope_type == "dynamic";
    check_ids(
        ids, decoder.config,
        dynamic ? std::numeric_limits<std::int32_t>::max() : decoder.config.max_position_embeddings,
        place);
    sequences.push_back(std::move(ids));
  });
  LineOutput output(options.output);
  for (const auto& ids : sequences) {
    output.write(
        {{"logprobs", model::sequence_logprobs(decoder, ids, {.kv_type = options.kv_cache})}});
  }
  output.finish();
}

}  // namespace

void add_score(CLI::App& app) {
  const auto options = std::make_shared<ScoreOptions>();
  CLI::App* command =
      app.add_subcommand("score", "Log-probabilities of token sequences under a model");
  add_model_option(*command, options->model);
  command->add_option("--input", options->input, "JSON lines {\"ids\"}; - is standard input")
      ->required();
  command->add_option("--output", options->output, "a file; default: standard output");
  add_kv_cache_option(*command, options->kv_cache);
  add_threads_option(*command, options->threads);
  command->footer(
      "Writes {\"logprobs\"}: natural logarithm, temperature 1, one for each of ids[1:].\n\n"
      "Example:\n"
      "  hone score MODEL --input ids.jsonl --output logprobs.jsonl");
  command->callback([options] { run_score(*options); });
}

}  // namespace hone::tools
