#include "model/tokenizer.h"

#include "model/error.h"
#include "model/file_io.h"
#include "model/json_fields.h"
#include "model/model_files.h"
#include "model/tokenizers/tokenizer_files.h"

namespace hone::model {
namespace fs = std::filesystem;

std::optional<std::string> special_token(const Fields& config, const char* key) {
  if (!config.has(key)) return std::nullopt;
  const bool object = config.json()[key].is_object();
  return object ? config.object(key).text("content") : config.text(key);
}

std::shared_ptr<const Tokenizer> make_tokenizer(TokenizerFiles files, const fs::path& place) {
  if (!files.contains(kTokenizerJson)) return make_sentencepiece_tokenizer(std::move(files), place);
  if (files.contains(kTokenizerModel) && files.contains(kTokenizerConfig)) {
    const auto config = Fields::parse(files.at(kTokenizerConfig), place / kTokenizerConfig);
    if (config.flag("split_special_tokens", false)) {
      return make_sentencepiece_tokenizer(std::move(files), place);
    }
  }
  return make_json_tokenizer(std::move(files), place);
}

void Tokenizer::save(const fs::path& folder) const {
  for (const auto& [name, contents] : files_) write_file(folder / name, contents);
}

void Tokenizer::check_id(std::int32_t id) const {
  if (id >= 0 && id < vocab_size_) return;
  throw DataError("token id", "0 to " + std::to_string(vocab_size_ - 1), std::to_string(id));
}

std::string decode_drawn(const Tokenizer& tokenizer, std::vector<std::int32_t> ids) {
  std::erase_if(ids, [&](std::int32_t id) { return id >= tokenizer.vocab_size(); });
  return tokenizer.decode(ids);
}

bool has_tokenizer(const fs::path& model) {
  const auto files = open_model_files(model);
  return files->has(kTokenizerModel) || files->has(kTokenizerJson);
}

std::shared_ptr<const Tokenizer> load_tokenizer(const fs::path& model) {
  const auto files = open_model_files(model);
  if (!files->has(kTokenizerModel) && !files->has(kTokenizerJson)) {
    throw DataError(model.string(),
                    "has no tokenizer (neither tokenizer.json nor tokenizer.model)");
  }
  return make_tokenizer(files->tokenizer(), model);
}

}  // namespace hone::model
