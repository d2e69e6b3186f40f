#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/safetensors.h"

namespace hone::model {

class Tokenizer;

/// The open files of a checkpoint and where each tensor is.
struct WeightFiles {
  struct Source {
    std::filesystem::path file;
    const TensorView* view;
  };
  std::vector<SafetensorsFile> files;
  std::map<std::string, Source> tensors;

  /// "FILE: tensor "NAME"", for messages.
  std::string place(const std::string& name) const;
};

/// Opens a Hugging Face folder's weights (model.safetensors, or a sharded index) and settles that
/// they are those of this config, before memory is taken for what config.json only claims.
/// Throws: DataError naming the file and the tensor for anything missing, superfluous, or of the
/// wrong shape or type.
WeightFiles open_weights(const std::filesystem::path& folder, const ModelConfig& config);

/// Whether weights of this type can be read: F32, F16 and BF16.
bool can_be_read(DType dtype);

/// Throws: DataError if the tokenizer makes ids that the model has no embedding for.
void check_vocabulary(const ModelConfig& config, const Tokenizer& tokenizer,
                      const std::string& place);

}  // namespace hone::model
