#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <memory>

#include "model/error.h"
#include "model/export_folder.h"
#include "model/gguf_export.h"
#include "tools/commands.h"
#include "tools/shared_options.h"

namespace hone::tools {
namespace {

using model::GgmlType;

struct ExportOptions {
  std::string model, output, type = "f32";
};

// transformers' names beside llama.cpp's.
const std::map<std::string, GgmlType>& types() {
  static const std::map<std::string, GgmlType> types = {
      {"f32", GgmlType::kF32},   {"fp32", GgmlType::kF32},      {"float32", GgmlType::kF32},
      {"f16", GgmlType::kF16},   {"fp16", GgmlType::kF16},      {"float16", GgmlType::kF16},
      {"bf16", GgmlType::kBF16}, {"bfloat16", GgmlType::kBF16}, {"q8_0", GgmlType::kQ8_0}};
  return types;
}

void run_export(const ExportOptions& options) {
  const std::filesystem::path output = options.output;
  const GgmlType type = types().at(options.type);
  if (output.extension() == ".gguf") {
    model::export_gguf(options.model, output, type);
    return;
  }
  if (type != GgmlType::kF32 && type != GgmlType::kBF16) {
    throw DataError("--type", "f32 or bf16 for a folder (f16 and q8_0 are for FILE.gguf)",
                    options.type);
  }
  model::export_folder(options.model, output,
                       type == GgmlType::kF32 ? model::DType::kF32 : model::DType::kBF16);
}

}  // namespace

void add_export(CLI::App& app) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* command =
      app.add_subcommand("export", "Write a model for other programs: GGUF, Hugging Face");
  add_model_option(*command, options->model);
  command
      ->add_option("--output,--outfile", options->output,
                   "FILE.gguf for llama.cpp, or a new Hugging Face folder")
      ->required();
  command
      ->add_option(
          "--type,--outtype,--dtype", options->type,
          "of the matrices: f32, f16, bf16 or q8_0 in a GGUF file, f32 or bf16 in a folder")
      ->transform(CLI::IsMember(types(), CLI::ignore_case))
      ->type_name("TYPE")
      ->capture_default_str();
  command->footer(
      "What is written is there whole or not at all. Norms and biases stay fp32 in a GGUF file, "
      "and\n"
      "q8_0 falls back to f16 where a row's length is no multiple of 32, as llama.cpp does.\n\n"
      "Examples:\n"
      "  hone export smollm2.gguf --output smollm2\n"
      "  hone export runs/quickstart/zero/model --output zero.gguf --type q8_0\n"
      "  hone export runs/quickstart/zero/model --output zero-bf16 --dtype bf16");
  command->callback([options] { run_export(*options); });
}

}  // namespace hone::tools
