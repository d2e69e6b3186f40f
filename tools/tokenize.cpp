#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <vector>

#include "model/adapter_files.h"
#include "model/error.h"
#include "model/tokenizer.h"
#include "tools/chat_lines.h"
#include "tools/commands.h"
#include "tools/jsonl.h"
#include "tools/shared_options.h"

namespace hone::tools {
namespace {

using nlohmann::ordered_json;

struct TokenizeOptions {
  std::string model;
  std::string input = "-";
  std::string output;
};

std::vector<std::int32_t> ids_to_decode(const ordered_json& value, const std::string& place) {
  if (!value.is_array()) throw DataError(place + ": \"ids\"", "a list", value.type_name());
  std::vector<std::int32_t> ids;
  for (const auto& id : value) {
    if (!id.is_number_integer() || id < 0 || id > 0x7fffffff) {
      throw DataError(place + ": \"ids\"", "token ids", id.dump());
    }
    ids.push_back(id.get<std::int32_t>());
  }
  return ids;
}

/// `"ids":[1,2]`: a value of its own for each of a long text's ids would take longer than they do.
std::string ids_text(const std::vector<std::int32_t>& ids) {
  std::string text = "\"ids\":[";
  std::array<char, 12> digits;
  for (const std::int32_t id : ids) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size() - 1, id).ptr;
    *end = ',';
    text.append(digits.data(), end + 1);
  }
  if (!ids.empty()) text.pop_back();
  return text + ']';
}

/// The line of output for a line of input.
std::string answer(const model::Tokenizer& tokenizer, ChatLines& chat, const ordered_json& line,
                   const std::string& place) {
  if (const auto text = line.find("text"); text != line.end()) {
    if (!text->is_string()) throw DataError(place + ": \"text\"", "a text", text->type_name());
    return '{' + ids_text(tokenizer.encode(text->get_ref<const std::string&>(), true)) + '}';
  }
  if (const auto ids = line.find("ids"); ids != line.end()) {
    try {
      return ordered_json{{"text", tokenizer.decode(ids_to_decode(*ids, place))}}.dump();
    } catch (const DataError& error) {
      const std::string what = error.what();
      if (what.starts_with(place)) throw;
      throw DataError(place, what);
    }
  }
  if (line.contains("messages")) {
    const std::string rendered = chat.render(line, place, false);
    return "{\"text\":" + ordered_json(rendered).dump() + ',' +
           ids_text(tokenizer.encode_chat(rendered)) + '}';
  }
  throw DataError(place, "\"text\", \"ids\" or \"messages\"", "none of them");
}

void run_tokenize(const TokenizeOptions& options) {
  const std::filesystem::path own = model::tokenizer_folder(options.model);
  const auto tokenizer = model::load_tokenizer(own);
  ChatLines chat(own);
  LineOutput output(options.output);
  read_ordered_json_lines(options.input, [&](const ordered_json& line, const std::string& place) {
    output.write(answer(*tokenizer, chat, line, place));
  });
  output.finish();
}

}  // namespace

void add_tokenize(CLI::App& app) {
  const auto options = std::make_shared<TokenizeOptions>();
  CLI::App* command = app.add_subcommand("tokenize", "Turn text into token ids, and ids into text");
  add_model_option(*command, options->model);
  command->add_option(
      "--input", options->input,
      "JSON lines {\"text\"}, {\"ids\"} or {\"messages\"}; default: standard input");
  command->add_option("--output", options->output,
                      "JSON lines {\"ids\"}, {\"text\"} or both; default: standard output");
  command->footer(
      "Special tokens are added as the tokenizer's own settings say, and written out in text.\n"
      "Messages go through the model's chat template, which brings its own special tokens; what\n"
      "else stands in the line is given to it: add_generation_prompt (default false), tools, ...\n"
      "Examples:\n"
      "  echo '{\"text\": \"3*7=\"}' | hone tokenize runs/quickstart/zero/model\n"
      "  echo '{\"ids\": [5, 9, 2]}' | hone tokenize runs/quickstart/zero/model");
  command->callback([options] { run_tokenize(*options); });
}

}  // namespace hone::tools
