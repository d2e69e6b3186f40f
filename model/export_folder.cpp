#include "model/export_folder.h"

#include "model/adapter_files.h"
#include "model/adapters.h"
#include "model/checkpoint.h"
#include "model/durable.h"
#include "model/error.h"
#include "model/file_io.h"
#include "model/model_files.h"

namespace hone::model {
namespace fs = std::filesystem;

void export_folder(const fs::path& model, const fs::path& output, DType dtype) {
  // It would be replaced as a whole, with what else is in it.
  if (fs::is_directory(output) && !fs::is_empty(output)) {
    throw DataError(output.string(), "a new folder", "one that holds files");
  }
  Decoder decoder = map_decoder(model);
  drop_adapters(decoder);
  const TokenizerFiles tokenizer = open_model_files(tokenizer_folder(model))->tokenizer();
  write_folder(output, [&](const fs::path& temporary) {
    save_decoder(decoder, temporary, dtype);
    for (const auto& [name, text] : tokenizer) write_file(temporary / name, text);
  });
}

}  // namespace hone::model
