#include "model/model_files.h"

#include "model/file_io.h"
#include "model/gguf_config.h"
#include "model/gguf_tokenizer.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;

class FolderFiles final : public ModelFiles {
 public:
  explicit FolderFiles(fs::path folder) : folder_(std::move(folder)) {}

  ModelConfig config() const override { return read_folder_config(folder_); }
  WeightFiles weights(const ModelConfig&) const override { return open_folder_weights(folder_); }
  bool has(const std::string& name) const override { return fs::exists(folder_ / name); }
  std::string text(const std::string& name) const override { return read_file(folder_ / name); }

 private:
  fs::path folder_;
};

class GgufModelFiles final : public ModelFiles {
 public:
  explicit GgufModelFiles(const fs::path& path) : file_(std::make_shared<GgufFile>(path)) {}

  ModelConfig config() const override { return gguf_config(*file_); }
  WeightFiles weights(const ModelConfig& config) const override {
    return gguf_weights(file_, config);
  }
  bool has(const std::string& name) const override {
    return gguf_has_tokenizer(*file_) && (name == kTokenizerJson || name == kTokenizerConfig);
  }
  std::string text(const std::string& name) const override {
    return name == kTokenizerJson ? gguf_tokenizer_json(*file_) : gguf_tokenizer_config(*file_);
  }

 private:
  std::shared_ptr<const GgufFile> file_;
};

}  // namespace

TokenizerFiles ModelFiles::tokenizer() const {
  TokenizerFiles files;
  for (const char* name : kTokenizerFiles) {
    if (has(name)) files.emplace(name, text(name));
  }
  return files;
}

bool is_gguf(const fs::path& model) {
  return model.extension() == ".gguf" && !fs::is_directory(model);
}

bool is_model(const fs::path& path) {
  return is_gguf(path) ? fs::exists(path) : fs::is_directory(path);
}

std::unique_ptr<const ModelFiles> open_model_files(const fs::path& model) {
  if (is_gguf(model)) return std::make_unique<GgufModelFiles>(model);
  return std::make_unique<FolderFiles>(model);
}

}  // namespace hone::model
