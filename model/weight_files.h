#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/gguf_weights.h"
#include "model/safetensors.h"

namespace hone::model {

class Tokenizer;

/// The open files of a checkpoint and where each tensor is, by its name in a Hugging Face folder.
struct WeightFiles {
  struct Source {
    std::filesystem::path file;
    const TensorView* view;
    const TensorView* scales = nullptr;  // of an F8_E4M3 weight
    const GgufWeight* gguf = nullptr;    // instead of a view, where it cannot be read as it stands

    const std::vector<std::int64_t>& shape() const { return gguf ? gguf->shape : view->shape; }
  };
  std::vector<SafetensorsFile> files;
  std::shared_ptr<const GgufFile> gguf;  // or this file, and what points into it
  std::deque<TensorView> views;
  std::deque<GgufWeight> encoded;
  std::map<std::string, Source> tensors;
  bool predicts = false;  // has the config's layer for multi-token prediction

  /// "FILE: tensor "NAME"", for messages.
  std::string place(const std::string& name) const;
};

/// The side of the blocks of an F8_E4M3 weight that share a scale, `NAME_scale_inv`.
/// Source: DeepSeek-V3's README_WEIGHTS.md.
constexpr std::int64_t kScaleBlock = 128;

/// Opens the weights of a Hugging Face folder or a GGUF file and settles that they are those of
/// this config, before memory is taken for what it only claims. Its layer for multi-token
/// prediction may be missing, as where transformers saved them.
/// Throws: DataError naming the file and the tensor for anything missing, superfluous, or of the
/// wrong shape or type.
WeightFiles open_weights(const std::filesystem::path& model, const ModelConfig& config);

/// A Hugging Face folder's: model.safetensors, or a sharded index. Whose they are is not looked at.
WeightFiles open_folder_weights(const std::filesystem::path& folder);

/// Whether weights of this type can be read as they are: F32, F16 and BF16.
bool can_be_read(DType dtype);

/// Throws: DataError if the tokenizer makes ids that the model has no embedding for.
void check_vocabulary(const ModelConfig& config, const Tokenizer& tokenizer,
                      const std::string& place);

}  // namespace hone::model
