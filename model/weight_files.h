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
    const TensorView* scales = nullptr;  // of an F8_E4M3 weight
  };
  std::vector<SafetensorsFile> files;
  std::map<std::string, Source> tensors;
  bool predicts = false;  // has the config's layer for multi-token prediction

  /// "FILE: tensor "NAME"", for messages.
  std::string place(const std::string& name) const;
};

/// The side of the blocks of an F8_E4M3 weight that share a scale, `NAME_scale_inv`.
/// Source: DeepSeek-V3's README_WEIGHTS.md.
constexpr std::int64_t kScaleBlock = 128;

/// Opens a Hugging Face folder's weights (model.safetensors, or a sharded index) and settles that
/// they are those of this config, before memory is taken for what config.json only claims. Its
/// layer for multi-token prediction may be missing, as where transformers saved them.
/// Throws: DataError naming the file and the tensor for anything missing, superfluous, or of the
/// wrong shape or type.
WeightFiles open_weights(const std::filesystem::path& folder, const ModelConfig& config);

/// Whether weights of this type can be read as they are: F32, F16 and BF16.
bool can_be_read(DType dtype);

/// Throws: DataError if the tokenizer makes ids that the model has no embedding for.
void check_vocabulary(const ModelConfig& config, const Tokenizer& tokenizer,
                      const std::string& place);

}  // namespace hone::model
