#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/adapter_files.h"
#include "model/config.h"
#include "model/error.h"
#include "model/gguf_read.h"
#include "model/hub_cache.h"
#include "model/model_files.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"
#include "tools/commands.h"
#include "tools/jsonl.h"
#include "tools/report/format.h"
#include "tools/report/run_data.h"

namespace hone::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const auto size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

std::string_view type_of(const model::TensorView& tensor) {
  return model::dtype_name(tensor.dtype);
}
std::string_view type_of(const model::GgufTensorView& tensor) {
  return model::type_name(tensor.type);
}

template <class Tensors>
void show_tensors(const fs::path& path, const Tensors& tensors,
                  const std::map<std::string, std::string>& metadata) {
  std::size_t name_width = 0, shape_width = 0, total = 0;
  for (const auto& [name, tensor] : tensors) {
    name_width = std::max(name_width, name.size());
    shape_width = std::max(shape_width, shape_text(tensor.shape).size());
    total += tensor.bytes.size();
  }
  std::cout << path.filename().string() << ": " << tensors.size() << " tensors, " << total
            << " bytes\n";
  for (const auto& [key, value] : metadata) {
    std::cout << "  metadata " << key << " = " << value << '\n';
  }
  for (const auto& [name, tensor] : tensors) {
    std::cout << "  " << std::left << std::setw(static_cast<int>(name_width)) << name << "  "
              << std::setw(7) << type_of(tensor) << "  " << std::setw(static_cast<int>(shape_width))
              << shape_text(tensor.shape) << "  " << std::right << std::setw(12)
              << tensor.bytes.size() << '\n';
  }
}

void show_tensors(const fs::path& path) {
  const model::SafetensorsFile file(path);
  show_tensors(path, file.tensors(), file.metadata());
}

void show_config(const model::ModelConfig& config) {
  std::string eos;
  for (const auto id : config.eos_token_ids) eos += " " + std::to_string(id);
  std::string switches;
  if (config.qkv_bias) switches += " qkv_bias";
  if (config.o_bias) switches += " o_bias";
  if (config.mlp_bias) switches += " mlp_bias";
  if (config.qk_norm) switches += " qk_norm";
  if (config.tie_word_embeddings) switches += " tie_word_embeddings";
  if (config.gelu) switches += " gelu";
  if (config.norm_plus_one) switches += " norm_plus_one";
  if (config.norm_after) switches += " norm_after";
  if (config.scaled_embeddings) switches += " scaled_embeddings";
  const auto count = config.num_parameters();
  std::cout << config.model_type << ", " << count << " parameters ("
            << count_text(static_cast<double>(count)) << ")\n"
            << "  vocab_size " << config.vocab_size << ", hidden_size " << config.hidden_size
            << ", intermediate_size " << config.intermediate_size << ", num_hidden_layers "
            << config.num_hidden_layers << '\n'
            << "  num_attention_heads " << config.num_attention_heads << ", num_key_value_heads "
            << config.num_key_value_heads << ", head_dim " << config.head_dim
            << ", max_position_embeddings " << config.max_position_embeddings << '\n'
            << "  rope_theta " << config.rope.rope_theta << ", rms_norm_eps " << config.rms_norm_eps
            << '\n';
  if (config.rope.rope_type != "default") {
    std::cout << "  RoPE of type " << config.rope.rope_type << ", factor " << config.rope.factor
              << '\n';
  }
  if (config.sliding_window > 0) {
    const auto& sliding = config.sliding_layers;
    std::cout << "  sliding_window " << config.sliding_window << " in "
              << std::count(sliding.begin(), sliding.end(), true) << " layers\n";
  }
  if (config.moe.n_routed_experts > 0) {
    std::cout << "  n_routed_experts " << config.moe.n_routed_experts << ", num_experts_per_tok "
              << config.moe.num_experts_per_tok << ", n_shared_experts "
              << config.moe.n_shared_experts << ", moe_intermediate_size "
              << config.moe.moe_intermediate_size << " in "
              << std::count(config.moe.layers.begin(), config.moe.layers.end(), true)
              << " layers\n";
  }
  if (config.latent_attention()) {
    std::cout << "  kv_lora_rank " << config.mla.kv_lora_rank << ", q_lora_rank "
              << config.mla.q_lora_rank << ", qk_nope_head_dim " << config.mla.qk_nope_head_dim
              << ", qk_rope_head_dim " << config.head_dim << ", v_head_dim "
              << config.mla.v_head_dim << ", num_nextn_predict_layers "
              << config.num_nextn_predict_layers << '\n';
  }
  if (config.attn_logit_softcapping > 0 || config.final_logit_softcapping > 0) {
    std::cout << "  attn_logit_softcapping " << config.attn_logit_softcapping
              << ", final_logit_softcapping " << config.final_logit_softcapping << '\n';
  }
  std::cout << "  switches" << (switches.empty() ? " none" : switches) << '\n'
            << "  end tokens" << (eos.empty() ? " none" : eos) << '\n';
}

void show_tokenizer(const fs::path& folder) {
  if (!model::has_tokenizer(folder)) {
    std::cout << "no tokenizer\n";
    return;
  }
  const auto tokenizer = model::load_tokenizer(folder);
  std::cout << "tokenizer: " << tokenizer->vocab_size() << " ids";
  const auto special = [&](const char* name, std::int32_t id) {
    if (id >= 0) std::cout << ", " << name << ' ' << id << " \"" << tokenizer->decode({id}) << '"';
  };
  special("bos", tokenizer->bos_id());
  special("eos", tokenizer->eos_id());
  special("pad", tokenizer->pad_id());
  std::cout << '\n';
}

void show_model(const fs::path& folder) {
  if (model::is_adapter(folder)) {
    std::cout << "adapter of " << model::base_folder(folder).string() << '\n';
  }
  show_config(model::read_config(model::base_folder(folder)));
  show_tokenizer(model::tokenizer_folder(folder));
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) show_tensors(file);
}

void show_gguf(const fs::path& path) {
  show_config(model::read_config(path));
  show_tokenizer(path);
  const model::GgufFile file(path);
  std::map<std::string, std::string> metadata;
  for (const char* key :
       {"general.architecture", "general.name", "tokenizer.ggml.model", "tokenizer.ggml.pre"}) {
    if (file.has(key)) metadata.emplace(key, file.text(key));
  }
  show_tensors(path, file.tensors(), metadata);
}

void show_run(const fs::path& folder) {
  const RunData run = read_run(folder);
  std::cout << "run " << run.name << ": " << (run.seconds ? "finished" : "unfinished") << '\n';
  for (const auto& stage : run.stages) {
    std::cout << "stage " << stage.name << (stage.type.empty() ? "" : " (" + stage.type + ")")
              << ": " << steps_text(stage);
    if (stage.seconds) std::cout << ", finished in " << duration(*stage.seconds);
    std::cout << '\n';
    for (const auto& [name, curve] : stage.curves) {
      if (!curve.empty()) {
        std::cout << "  " << name << ' ' << short_number(curve.back().second) << '\n';
      }
    }
  }
  for (const auto& eval : run.evals) {
    std::cout << "eval " << eval.model << ':';
    for (const auto& [name, value] : eval.numbers) {
      std::cout << ' ' << name << ' ' << short_number(value);
    }
    std::cout << '\n';
  }
  for (const auto& warning : run.warnings) std::cout << "warning: " << warning << '\n';
}

void show_rollouts(const fs::path& path) {
  std::size_t lines = 0, tokens = 0, stopped = 0;
  std::int64_t first = 0, last = 0;
  std::map<std::string, std::pair<double, std::size_t>> sums;
  // Null is a reward that could not tell, or a number that was not finite: it is in no mean.
  const auto add = [&](const std::string& name, const json& value) {
    if (value.is_null()) return;
    sums[name].first += value.get<double>();
    ++sums[name].second;
  };
  read_json_lines(path.string(), [&](const json& line, const std::string& place) {
    try {
      const auto step = line.value("step", std::int64_t{0});
      first = lines == 0 ? step : std::min(first, step);
      last = lines == 0 ? step : std::max(last, step);
      tokens += line.at("completion_ids").size();
      stopped += line.at("finish_reason") == "stop" ? 1 : 0;
      add("reward", line.at("reward"));
      for (const auto& [name, value] : line.at("rewards").items()) {
        add("rewards/" + name + "/mean", value);
      }
    } catch (const json::exception& error) {
      throw DataError(place, "a rollout", error.what());
    }
    ++lines;
  });
  if (lines == 0) throw DataError(path.string(), "rollouts", "an empty file");
  const auto count = static_cast<double>(lines);
  std::cout << path.filename().string() << ": " << lines << " rollouts, steps " << first << " to "
            << last << '\n'
            << "  completions/mean_length " << short_number(static_cast<double>(tokens) / count)
            << '\n'
            << "  ended by themselves " << percent(static_cast<double>(stopped) / count) << '\n';
  for (const auto& [name, sum] : sums) {
    std::cout << "  " << name << ' ' << short_number(sum.first / static_cast<double>(sum.second))
              << '\n';
  }
}

void inspect_path(const fs::path& path) {
  if (!fs::exists(path)) throw DataError(path.string(), "no such file or folder");
  if (model::is_gguf(path)) return show_gguf(path);
  if (fs::exists(path / "config.json") || (fs::is_directory(path) && model::is_adapter(path))) {
    show_model(path);
  } else if (fs::is_directory(path)) {
    show_run(path);
  } else if (path.extension() == ".safetensors") {
    show_tensors(path);
  } else if (path.extension() == ".jsonl") {
    show_rollouts(path);
  } else {
    throw DataError(path.string(),
                    "a checkpoint folder, a run folder, .gguf, .safetensors or .jsonl",
                    "something else");
  }
}

}  // namespace

void add_inspect(CLI::App& app) {
  const auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("inspect", "Show what is in a model, a run or a file");
  command
      ->add_option("path", *path,
                   "checkpoint folder or org/name, run folder, .gguf, .safetensors or .jsonl file")
      ->required()
      ->transform([](const std::string& name) { return model::resolve_model(name).string(); });
  command->footer(
      "Examples:\n"
      "  hone inspect runs/quickstart\n"
      "  hone inspect runs/quickstart/zero/model\n"
      "  hone inspect runs/quickstart/zero/rollouts/step-000100.jsonl");
  command->callback([path] { inspect_path(*path); });
}

}  // namespace hone::tools
