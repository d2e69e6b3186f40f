#include <CLI/CLI.hpp>
#include <memory>

#include "model/adapter_files.h"
#include "model/chat_template.h"
#include "model/checkpoint.h"
#include "model/error.h"
#include "model/weight_files.h"
#include "rl/policy.h"
#include "rollout/engine.h"
#include "tools/chat_lines.h"
#include "tools/commands.h"
#include "tools/ids.h"
#include "tools/jsonl.h"
#include "tools/process.h"
#include "tools/shared_options.h"
#include "tools/terminal_text.h"

namespace hone::tools {
namespace {

struct GenerateOptions {
  std::string model, prompt, question, input, output;
  bool text = false;
  std::int64_t samples = 1;
  int threads = 0;
  std::uint64_t seed = 0;
  rollout::SamplingConfig sampling;
  model::KvType kv_cache = model::KvType::kFloat;
};

using Ids = std::vector<std::int32_t>;

/// The prompts as token ids. The tokenizer is needed only for those given as text.
std::vector<Ids> read_prompts(const GenerateOptions& options, const model::ModelConfig& config,
                              const model::Tokenizer* tokenizer) {
  std::vector<Ids> prompts;
  const auto add = [&](Ids ids, const std::string& place) {
    if (ids.empty()) throw DataError(place, "at least one token", "none");
    check_ids(ids, config, config.max_position_embeddings - 1, place);
    prompts.push_back(std::move(ids));
  };
  const auto encode = [&](const std::string& text, const std::string& place, bool is_chat) {
    if (tokenizer == nullptr)
      throw DataError(place, "\"prompt_ids\": the model has no tokenizer", "text");
    add(tokenizer->encode_prompt(text, is_chat), place);
  };
  if (!options.prompt.empty()) encode(options.prompt, "--prompt", false);
  ChatLines chat(model::tokenizer_folder(options.model));
  if (!options.question.empty()) {
    const nlohmann::ordered_json line = {{"messages", model::chat_messages("", options.question)}};
    encode(chat.render(line, "--question", true), "--question", true);
  }
  if (options.input.empty()) return prompts;
  const auto use = [&](const nlohmann::ordered_json& line, const std::string& place) {
    try {
      if (line.contains("prompt_ids")) {
        add(line.at("prompt_ids").get<Ids>(), place);
      } else if (line.contains("prompt")) {
        encode(line.at("prompt").get<std::string>(), place, false);
      } else if (line.contains("messages")) {
        encode(chat.render(line, place, true), place, true);
      } else {
        throw DataError(place, "\"prompt\", \"prompt_ids\" or \"messages\"",
                        line.dump().substr(0, 80));
      }
    } catch (const nlohmann::json::exception& error) {
      throw DataError(place, error.what());
    }
  };
  read_ordered_json_lines(options.input, use);
  return prompts;
}

void run_generate(const GenerateOptions& options) {
  const int given = (options.prompt.empty() ? 0 : 1) + (options.question.empty() ? 0 : 1) +
                    (options.input.empty() ? 0 : 1);
  if (given != 1) {
    throw DataError("hone generate", "one of --question, --prompt and --input",
                    given == 0 ? "none" : "several");
  }
  set_threads(options.threads);
  const model::Decoder decoder = model::map_decoder(options.model);
  std::shared_ptr<const model::Tokenizer> tokenizer;
  const std::filesystem::path own = model::tokenizer_folder(options.model);
  if (model::has_tokenizer(own)) {
    tokenizer = model::load_tokenizer(own);
    model::check_vocabulary(decoder.config, *tokenizer, options.model);
  }
  std::vector<rollout::Request> requests;
  for (Ids& prompt : read_prompts(options, decoder.config, tokenizer.get())) {
    requests.push_back({std::move(prompt), options.samples, requests.size()});
  }
  rollout::EngineConfig engine;
  engine.sampling = options.sampling;
  engine.kv_type = options.kv_cache;
  engine.key.seed = options.seed;
  engine.end_ids = rl::end_ids_of(decoder.config, tokenizer.get());
  LineOutput output(options.output);
  for (const rollout::Rollout& r : rollout::generate(decoder, requests, engine)) {
    const auto completion = r.tokens.begin() + r.prompt_length;
    const bool stopped = r.finish == rollout::Finish::kStop;
    const std::string text =
        tokenizer
            ? model::decode_drawn(*tokenizer, {completion, r.tokens.end() - (stopped ? 1 : 0)})
            : "";
    if (options.text) {
      output.write(terminal_text(text));
      continue;
    }
    nlohmann::ordered_json line = {{"prompt_ids", Ids(r.tokens.begin(), completion)},
                                   {"completion_ids", Ids(completion, r.tokens.end())}};
    line["completion"] = text;
    line["logprobs"] = r.logprobs;
    line["finish_reason"] = stopped ? "stop" : "length";
    output.write(line);
  }
  output.finish();
}

}  // namespace

void add_generate(CLI::App& app) {
  const auto options = std::make_shared<GenerateOptions>();
  CLI::App* command = app.add_subcommand("generate", "Complete prompts with a model");
  add_model_option(*command, options->model);
  command->add_option("--question", options->question,
                      "a question, asked through the model's chat template");
  command->add_option("--prompt", options->prompt, "a prompt as it is");
  command->add_option(
      "--input", options->input,
      "JSON lines with \"prompt\", \"prompt_ids\" or \"messages\"; - is standard input");
  command->add_option("-n", options->samples, "completions a prompt")
      ->check(CLI::Range(1, 1 << 20));
  add_sampling_options(*command, options->sampling);
  command->add_flag("--greedy", options->sampling.greedy, "always the likeliest token");
  add_kv_cache_option(*command, options->kv_cache);
  command->add_flag("--ignore-eos", options->sampling.ignore_eos,
                    "run every completion to --max-new-tokens");
  command->add_option("--seed", options->seed, "another seed, other completions");
  add_threads_option(*command, options->threads);
  command->add_flag("--text", options->text, "write the completions alone, as text");
  command->add_option("--output", options->output, "a file; default: standard output");
  command->footer(
      "Writes one JSON line a completion: prompt_ids, completion_ids, completion, logprobs,\n"
      "finish_reason (stop or length). Messages go through the model's chat template.\n\n"
      "Examples:\n"
      "  hone generate MODEL --question 'What is 467 + 385?' --greedy --text\n"
      "  hone generate runs/quickstart/zero/model --prompt '3*7+4*9=' -n 4\n"
      "  hone generate MODEL --input questions.jsonl --greedy --output answers.jsonl");
  command->callback([options] { run_generate(*options); });
}

}  // namespace hone::tools
