#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "model/config.h"
#include "model/tokenizers/tokenizer_files.h"
#include "model/weight_files.h"

namespace hone::model {

/// Where the parts of a model come from: a Hugging Face folder, or a GGUF file, which is read as
/// the folder that it would be.
class ModelFiles {
 public:
  virtual ~ModelFiles() = default;
  /// Throws: DataError, as do the others.
  virtual ModelConfig config() const = 0;
  /// All tensors that are there: open_weights() settles that they are this config's.
  virtual WeightFiles weights(const ModelConfig& config) const = 0;
  /// Whether there is this one of kTokenizerFiles, and its text.
  virtual bool has(const std::string& name) const = 0;
  virtual std::string text(const std::string& name) const = 0;

  /// All of them that there are.
  TokenizerFiles tokenizer() const;
};

/// Whether a model is a GGUF file rather than a folder: by its name.
bool is_gguf(const std::filesystem::path& model);

/// Whether there is a folder, or a GGUF file, at this path.
bool is_model(const std::filesystem::path& path);

/// Opens a folder or a GGUF file. Throws: DataError for a file that is none.
std::unique_ptr<const ModelFiles> open_model_files(const std::filesystem::path& model);

}  // namespace hone::model
