// A tokenizer.json's byte-level BPE for llama.cpp, which knows ways to split text by name only.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/error.h"
#include "model/gguf_splits.h"
#include "model/gguf_vocabulary.h"
#include "model/json_fields.h"
#include "model/tokenizers/bpe.h"
#include "model/tokenizers/post_processor.h"
#include "model/tokenizers/tokenizer_files.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int32_t kNormal = 1, kControl = 3, kUserDefined = 4, kUnused = 5;

const GgufSplit& split_of(const json& root, const std::string& file) {
  const std::string place = file + ": pre_tokenizer";
  const json pre_tokenizer = root.value("pre_tokenizer", json());
  if (!pre_tokenizer.is_object()) throw DataError(place, "byte-level BPE, for llama.cpp", "none");
  const auto parts = pre_tokenizer.value("type", "") == "Sequence"
                         ? pre_tokenizer.value("pretokenizers", json::array())
                         : json::array({pre_tokenizer});
  std::string pattern;
  bool digits = false, bytes = false;
  for (const auto& part : parts) {
    const std::string type = part.value("type", "");
    const bool first = !digits && pattern.empty() && !bytes;
    if (first && type == "Digits" && part.value("individual_digits", false)) {
      digits = true;
    } else if (first && type == "Split" && part.value("behavior", "") == "Isolated" &&
               !part.value("invert", false) && part.at("pattern").contains("Regex")) {
      pattern = part["pattern"]["Regex"].get<std::string>();
    } else if (!bytes && type == "ByteLevel" && !part.value("add_prefix_space", true) &&
               part.value("use_regex", true) == pattern.empty()) {
      bytes = true;
    } else {
      throw DataError(place, "digits or one regular expression, then ByteLevel", part.dump());
    }
  }
  if (!bytes) throw DataError(place, "byte-level BPE, for llama.cpp", pre_tokenizer.dump());
  for (const auto& split : kGgufSplits) {
    if (digits == split.digits && pattern == split.pattern) return split;
  }
  throw DataError(place, "the splits of GPT-2, SmolLM, Qwen2 or Llama 3, for llama.cpp", pattern);
}

struct Tokens {
  std::vector<std::string> texts;
  std::vector<std::int32_t> kinds;

  void set(const json& id, const std::string& text, std::int32_t kind, const std::string& place) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= texts.size()) {
      throw DataError(place + ": \"" + text + "\"",
                      "an id below config.json's vocab_size, " + std::to_string(texts.size()),
                      id.dump());
    }
    texts[id.get<std::size_t>()] = text;
    kinds[id.get<std::size_t>()] = kind;
  }
};

Tokens tokens_of(const json& root, std::int64_t vocab_size, const std::string& place) {
  Tokens tokens;
  for (std::int64_t id = 0; id < vocab_size; ++id) {
    tokens.texts.push_back("[PAD" + std::to_string(id) + "]");
    tokens.kinds.push_back(kUnused);
  }
  for (const auto& [text, id] : root["model"]["vocab"].items()) {
    tokens.set(id, text, kNormal, place + ": model.vocab");
  }
  for (const auto& added : root.value("added_tokens", json::array())) {
    tokens.set(added.at("id"), added.at("content").get<std::string>(),
               added.value("special", false) ? kControl : kUserDefined, place + ": added_tokens");
  }
  return tokens;
}

/// The id of a special token that tokenizer_config.json names; -1 if there is none.
std::int64_t special_id(const Fields& fields, const char* key, const Tokens& tokens) {
  const auto text = special_token(fields, key);
  if (!text) return -1;
  const auto found = std::find(tokens.texts.begin(), tokens.texts.end(), *text);
  return found == tokens.texts.end() ? -1 : found - tokens.texts.begin();
}

}  // namespace

GgufMetadata gguf_vocabulary_json(const fs::path& folder, const ModelConfig& config) {
  const fs::path path = folder / "tokenizer.json";
  const std::string place = path.string();
  const Fields fields = Fields::read(path);
  const json& root = fields.json();
  try {
    const Fields model = fields.object("model");
    if (model.text("type", "BPE") != "BPE" || model.flag("byte_fallback", false)) {
      throw DataError(place + ": model", "byte-level BPE, for llama.cpp",
                      model.text("type", "BPE") + ", byte_fallback " +
                          (model.flag("byte_fallback", false) ? "true" : "false"));
    }
    const GgufSplit& split = split_of(root, place);
    if (model.flag("ignore_merges", false) != split.ignore_merges) {
      throw DataError(model.place("ignore_merges"),
                      std::string(split.ignore_merges ? "true" : "false") +
                          ", as llama.cpp takes for \"" + std::string(split.name) + "\"",
                      split.ignore_merges ? "false" : "true");
    }
    model.object("vocab");  // it is there
    Tokens tokens = tokens_of(root, config.vocab_size, place);
    SpecialTokens special{config.bos_token_id, -1, -1, config.pad_token_id};
    if (fs::exists(folder / "tokenizer_config.json")) {
      const Fields named = Fields::read(folder / "tokenizer_config.json");
      const auto id = [&](const char* key, std::int64_t otherwise) {
        const std::int64_t found = special_id(named, key, tokens);
        return found < 0 ? otherwise : found;
      };
      special = {id("bos_token", special.bos), id("eos_token", -1), id("unk_token", -1),
                 id("pad_token", special.pad)};
    }
    const PostProcessor processor(fields, config.vocab_size);
    const auto has = [](const std::vector<std::int32_t>& ids, std::int64_t id) {
      return id >= 0 && std::find(ids.begin(), ids.end(), id) != ids.end();
    };
    special.add_bos = has(processor.before, special.bos);
    special.add_eos = has(processor.after, special.eos);

    GgufMetadata out = {{"tokenizer.ggml.model", std::string("gpt2")},
                        {"tokenizer.ggml.pre", std::string(split.name)},
                        {"tokenizer.ggml.tokens", std::move(tokens.texts)},
                        {"tokenizer.ggml.token_type", std::move(tokens.kinds)}};
    std::vector<std::string> merges;  // as texts
    if (model.has("merges")) {
      for (const auto& pair : merge_pairs(model)) merges.push_back(pair.left + " " + pair.right);
    }
    if (!merges.empty()) out.emplace_back("tokenizer.ggml.merges", std::move(merges));
    add_special_tokens(out, special, folder, config);
    return out;
  } catch (const json::exception& error) {
    throw DataError(place, std::string("is not what a tokenizer.json holds: ") + error.what());
  }
}

}  // namespace hone::model
