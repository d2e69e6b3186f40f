#include "rl/train_state.h"

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "model/adapters.h"
#include "model/checkpoint.h"
#include "model/durable.h"
#include "model/error.h"
#include "model/safetensors.h"

namespace hone::rl {
namespace {

namespace fs = std::filesystem;

fs::path checkpoints_of(const fs::path& stage_folder) { return stage_folder / "checkpoints"; }

std::span<std::byte> bytes_of(const at::Tensor& tensor) {
  return {static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()};
}

at::ScalarType scalar_type_of(model::DType dtype, const std::string& file,
                              const std::string& tensor) {
  switch (dtype) {
    case model::DType::kF32:
      return at::kFloat;
    case model::DType::kU8:
      return at::kByte;
    case model::DType::kI64:
      return at::kLong;
    default:
      throw DataError(file, "F32, U8 or I64", tensor + " is " + std::string(dtype_name(dtype)));
  }
}

model::DType dtype_of(at::ScalarType type) {
  if (type == at::kByte) return model::DType::kU8;
  return type == at::kLong ? model::DType::kI64 : model::DType::kF32;
}

void write_optimizer(const AdamW& optimizer, const fs::path& path) {
  std::vector<model::TensorEntry> entries;
  const NamedTensors state = optimizer.state();
  for (const auto& [name, tensor] : state) {
    entries.push_back(
        {name, dtype_of(tensor.scalar_type()), tensor.sizes().vec(), bytes_of(tensor)});
  }
  model::write_safetensors(path, entries);
}

void read_optimizer(AdamW& optimizer, const fs::path& path) {
  const model::SafetensorsFile file(path);
  NamedTensors state;
  for (const auto& [name, view] : file.tensors()) {
    const at::Tensor tensor =
        at::empty(view.shape, scalar_type_of(view.dtype, path.string(), name));
    std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
    state.emplace_back(name, tensor);
  }
  optimizer.load_state(state);
}

/// Copies a checkpoint's weights into a decoder of the same shape; of adapters' nothing but them.
void read_weights(const fs::path& folder, model::Decoder& decoder) {
  if (decoder.lora) return model::read_adapters(model::open_adapter(folder), decoder);
  const c10::InferenceMode no_gradients;
  const auto source = model::map_decoder(folder).named_parameters();
  const auto target = decoder.named_parameters();
  for (std::size_t i = 0; i < target.size(); ++i) target[i].second.copy_(source[i].second);
}

nlohmann::ordered_json best_json(const BestLook& best) {
  return {{"pass@1", best.pass_at_1},
          {"step", best.step},
          {"reward", best.reward},
          {"since", best.since}};
}

// JSON has no NaN: it is written as null.
double number_or_nan(const nlohmann::json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace

void save_checkpoint(const fs::path& stage_folder, const Policy& policy, const AdamW& optimizer,
                     const Progress& progress, const model::Decoder* reference) {
  const fs::path folder = checkpoints_of(stage_folder);
  fs::create_directories(folder);
  const fs::path target = folder / ("step-" + std::to_string(progress.step));
  model::write_folder(target, [&](const fs::path& temporary) {
    model::save_decoder(policy.decoder, temporary);
    policy.tokenizer->save(temporary);
    write_optimizer(optimizer, temporary / "optimizer.safetensors");
    if (reference != nullptr) {
      fs::create_directory(temporary / "reference");
      model::save_decoder(*reference, temporary / "reference");
    }
    const nlohmann::ordered_json state = {{"step", progress.step},
                                          {"cursor", progress.cursor},
                                          {"tokens", progress.tokens},
                                          {"seconds", progress.seconds},
                                          {"entropy_coef", progress.entropy.coefficient},
                                          {"last_entropy", progress.entropy.last_entropy},
                                          {"reward", progress.reward},
                                          {"best", best_json(progress.best)}};
    model::write_file_atomic(temporary / "state.json", state.dump() + "\n");
  });
  model::prune(folder, 2, progress.step);
}

Progress resume(const fs::path& stage_folder, Policy& policy, AdamW& optimizer,
                const std::function<void(const std::string&)>& warn, const Progress& start,
                model::Decoder* reference) {
  const fs::path checkpoints = checkpoints_of(stage_folder);
  if (!fs::exists(checkpoints)) return start;
  const std::optional<fs::path> newest = model::newest_good(checkpoints, warn);
  if (!newest) return start;
  read_weights(*newest, policy.decoder);
  read_optimizer(optimizer, *newest / "optimizer.safetensors");
  if (reference != nullptr) read_weights(*newest / "reference", *reference);
  const fs::path path = *newest / "state.json";
  try {
    const nlohmann::json state = nlohmann::json::parse(std::ifstream(path));
    EntropyControl entropy{state.at("entropy_coef").get<double>()};
    // JSON has no infinity, which is what it is before the first step.
    const auto& last_entropy = state.at("last_entropy");
    if (!last_entropy.is_null()) entropy.last_entropy = last_entropy.get<double>();
    const auto& best = state.at("best");
    return {state.at("step").get<std::int64_t>(),
            state.at("cursor").get<std::uint64_t>(),
            state.at("tokens").get<std::int64_t>(),
            state.at("seconds").get<double>(),
            entropy,
            number_or_nan(state.at("reward")),
            {best.at("pass@1").get<double>(), best.at("step").get<std::int64_t>(),
             number_or_nan(best.at("reward")), best.at("since").get<std::int64_t>()}};
  } catch (const nlohmann::json::exception& error) {
    throw DataError(path.string(), error.what());
  }
}

void drop_checkpoints(const fs::path& stage_folder) {
  fs::remove_all(checkpoints_of(stage_folder));
}

}  // namespace hone::rl
