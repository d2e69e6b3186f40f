#include "model/export_folder.h"

#include <array>

#include "model/adapter_files.h"
#include "model/adapters.h"
#include "model/checkpoint.h"
#include "model/durable.h"
#include "model/error.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;

// What a folder may hold of its tokenizer, whether or not it can be read here.
constexpr std::array kTokenizerFiles = {"tokenizer.model",
                                        "tokenizer.json",
                                        "tokenizer_config.json",
                                        "special_tokens_map.json",
                                        "added_tokens.json",
                                        "vocab.json",
                                        "merges.txt",
                                        "chat_template.jinja"};

}  // namespace

void export_folder(const fs::path& folder, const fs::path& output, DType dtype) {
  // It would be replaced as a whole, with what else is in it.
  if (fs::is_directory(output) && !fs::is_empty(output)) {
    throw DataError(output.string(), "a new folder", "one that holds files");
  }
  Decoder decoder = map_decoder(folder);
  drop_adapters(decoder);
  const fs::path base = base_folder(folder);
  write_folder(output, [&](const fs::path& temporary) {
    save_decoder(decoder, temporary, dtype);
    for (const char* name : kTokenizerFiles) {
      const fs::path file = fs::exists(folder / name) ? folder / name : base / name;
      if (fs::exists(file)) fs::copy_file(file, temporary / name);
    }
  });
}

}  // namespace hone::model
