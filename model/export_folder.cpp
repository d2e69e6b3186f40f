#include "model/export_folder.h"

#include "model/adapter_files.h"
#include "model/adapters.h"
#include "model/checkpoint.h"
#include "model/durable.h"
#include "model/error.h"
#include "model/tokenizers/tokenizer_files.h"

namespace hone::model {
namespace fs = std::filesystem;

void export_folder(const fs::path& folder, const fs::path& output, DType dtype) {
  // It would be replaced as a whole, with what else is in it.
  if (fs::is_directory(output) && !fs::is_empty(output)) {
    throw DataError(output.string(), "a new folder", "one that holds files");
  }
  Decoder decoder = map_decoder(folder);
  drop_adapters(decoder);
  const fs::path own = tokenizer_folder(folder);
  write_folder(output, [&](const fs::path& temporary) {
    save_decoder(decoder, temporary, dtype);
    for (const char* name : kTokenizerFiles) {
      if (fs::exists(own / name)) fs::copy_file(own / name, temporary / name);
    }
  });
}

}  // namespace hone::model
