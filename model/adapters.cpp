#include "model/adapters.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <cmath>
#include <functional>
#include <map>

#include "model/checkpoint.h"
#include "model/kernels/gemm.h"
#include "model/normal.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;

struct AdaptedMember {
  at::Tensor LayerWeights::*weight;
  Adapter LayerAdapters::*adapter;
};

const std::map<std::string, AdaptedMember>& members() {
  using W = LayerWeights;
  using A = LayerAdapters;
  static const std::map<std::string, AdaptedMember> all = {
      {"self_attn.q_proj.weight", {&W::q_proj, &A::q_proj}},
      {"self_attn.k_proj.weight", {&W::k_proj, &A::k_proj}},
      {"self_attn.v_proj.weight", {&W::v_proj, &A::v_proj}},
      {"self_attn.o_proj.weight", {&W::o_proj, &A::o_proj}},
      {"self_attn.q_a_proj.weight", {&W::q_a_proj, &A::q_a_proj}},
      {"self_attn.q_b_proj.weight", {&W::q_b_proj, &A::q_b_proj}},
      {"self_attn.kv_a_proj_with_mqa.weight", {&W::kv_a_proj, &A::kv_a_proj}},
      {"self_attn.kv_b_proj.weight", {&W::kv_b_proj, &A::kv_b_proj}},
      {"mlp.gate_proj.weight", {&W::gate_proj, &A::gate_proj}},
      {"mlp.up_proj.weight", {&W::up_proj, &A::up_proj}},
      {"mlp.down_proj.weight", {&W::down_proj, &A::down_proj}},
  };
  return all;
}

/// Calls f(layer's number, weight's name, the weight in use, its adapter) for all that have one.
template <class AnyDecoder, class F>
void for_adapters(AnyDecoder& decoder, F f) {
  for (std::size_t l = 0; l < decoder.layers.size(); ++l) {
    auto& layer = decoder.layers[l];
    for (const auto& [name, member] : members()) {
      auto& adapter = layer.adapters.*member.adapter;
      if (adapter.a.defined()) f(static_cast<std::int64_t>(l), name, layer.*member.weight, adapter);
    }
  }
}

/// Adapters with A and B not set yet.
void attach(Decoder& decoder, const LoraConfig& lora, const fs::path& base) {
  const auto weights = adapted_weights(lora, decoder.config);
  for (std::size_t l = 0; l < decoder.layers.size(); ++l) {
    LayerWeights& layer = decoder.layers[l];
    for (const auto& [name, shape] : weights[l]) {
      const AdaptedMember& member = members().at(name);
      at::Tensor& weight = layer.*member.weight;
      layer.adapters.*member.adapter = {at::empty({lora.r, shape[1]}, at::kFloat),
                                        at::zeros({shape[0], lora.r}, at::kFloat), weight,
                                        lora.scale()};
      weight = weight.detach().clone();
    }
  }
  decoder.lora = Lora{lora, base};
}

std::span<float> adapter_values(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

}  // namespace

std::vector<std::pair<std::string, at::Tensor>> Decoder::trainable_parameters() const {
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  if (!lora) {
    parameters = named_parameters();
    std::erase_if(parameters, [](const auto& named) {
      return named.first.ends_with(".e_score_correction_bias");
    });
    return parameters;
  }
  for_adapters(*this, [&](std::int64_t layer, const std::string& name, const at::Tensor&,
                          const Adapter& adapter) {
    parameters.emplace_back(adapter_name(layer, name, 'A'), adapter.a);
    parameters.emplace_back(adapter_name(layer, name, 'B'), adapter.b);
  });
  return parameters;
}

void add_adapters(Decoder& decoder, const LoraConfig& lora, const fs::path& base,
                  std::uint64_t seed) {
  attach(decoder, lora, base);
  std::uint64_t stream = 0;
  for_adapters(decoder, [&](std::int64_t, const std::string&, at::Tensor&, Adapter& adapter) {
    const double width = static_cast<double>(adapter.a.size(1));
    fill_normal(adapter_values(adapter.a), std::sqrt(1 / (3 * width)), seed, stream++);
  });
}

void merge_adapters(const Decoder& decoder) {
  const c10::InferenceMode no_gradients;
  for_adapters(decoder, [](std::int64_t, const std::string&, const at::Tensor& weight,
                           const Adapter& adapter) {
    const std::int64_t n = weight.size(0);
    const std::int64_t k = weight.size(1);
    const std::int64_t r = adapter.a.size(0);
    const at::Tensor scaled = adapter.b * adapter.scale;
    weight.copy_(adapter.base);
    kernels::gemm({scaled.data_ptr<float>(), r, 1}, {adapter.a.data_ptr<float>(), k, 1},
                  weight.data_ptr<float>(), k, n, k, r, true);
  });
}

void drop_adapters(Decoder& decoder) {
  for (LayerWeights& layer : decoder.layers) layer.adapters = {};
  decoder.lora.reset();
}

Decoder frozen_view(const Decoder& decoder) {
  if (!decoder.lora) return frozen_copy(decoder);
  Decoder view = decoder;
  for_adapters(view, [](std::int64_t, const std::string&, at::Tensor& weight, Adapter& adapter) {
    const bool unchanged = !adapter.b.any().item<bool>();
    weight = unchanged ? adapter.base : weight.detach().clone();
  });
  drop_adapters(view);
  return view;
}

void read_adapters(const AdapterFiles& files, const Decoder& decoder) {
  const c10::InferenceMode no_gradients;
  for (const auto& [name, tensor] : decoder.trainable_parameters()) {
    read_tensor(files.file.tensors().at(name), tensor);
  }
  merge_adapters(decoder);
}

Decoder load_adapted(const fs::path& folder) {
  const AdapterFiles files = open_adapter(folder);
  Decoder decoder = load_decoder(files.base);
  attach(decoder, files.lora, files.base);
  read_adapters(files, decoder);
  return decoder;
}

void save_adapters(const Decoder& decoder, const fs::path& folder) {
  write_adapter_config(decoder.lora->config, decoder.config, decoder.lora->base, folder);
  write_tensors(decoder.trainable_parameters(), folder / "adapter_model.safetensors");
}

}  // namespace hone::model
