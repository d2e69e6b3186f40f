#include "model/gguf_names.h"

#include <algorithm>
#include <array>

#include "model/error.h"

namespace hone::model {
namespace {

constexpr std::array<GgufArchitecture, 7> kArchitectures = {{
    {.name = "llama", .family = "llama", .rotates_neighbours = true},
    {.name = "llama", .family = "mistral", .rotates_neighbours = true},
    {.name = "qwen2", .family = "qwen2"},
    {.name = "qwen3", .family = "qwen3"},
    {.name = "qwen3moe", .family = "qwen3_moe"},
    {.name = "gemma2", .family = "gemma2", .written = false},
    {.name = "gemma3", .family = "gemma3_text", .written = false},
}};

/// The module's names below a layer; Gemma's norms stand in more places.
struct ModuleName {
  std::string_view ours, theirs, of_gemma;
};
constexpr std::array<ModuleName, 17> kInLayer = {{
    {"input_layernorm", "attn_norm", "attn_norm"},
    {"self_attn.q_proj", "attn_q", "attn_q"},
    {"self_attn.k_proj", "attn_k", "attn_k"},
    {"self_attn.v_proj", "attn_v", "attn_v"},
    {"self_attn.o_proj", "attn_output", "attn_output"},
    {"self_attn.q_norm", "attn_q_norm", "attn_q_norm"},
    {"self_attn.k_norm", "attn_k_norm", "attn_k_norm"},
    {"post_attention_layernorm", "ffn_norm", "post_attention_norm"},
    {"pre_feedforward_layernorm", "", "ffn_norm"},
    {"post_feedforward_layernorm", "", "post_ffw_norm"},
    {"mlp.gate_proj", "ffn_gate", "ffn_gate"},
    {"mlp.up_proj", "ffn_up", "ffn_up"},
    {"mlp.down_proj", "ffn_down", "ffn_down"},
    {"mlp.gate", "ffn_gate_inp", ""},
    {"mlp.experts.gate_proj", "ffn_gate_exps", ""},
    {"mlp.experts.up_proj", "ffn_up_exps", ""},
    {"mlp.experts.down_proj", "ffn_down_exps", ""},
}};

/// "mlp.experts.7.up_proj" as "mlp.experts.up_proj".
std::string without_expert(std::string module) {
  constexpr std::string_view kExperts = "mlp.experts.";
  if (!module.starts_with(kExperts)) return module;
  return module.erase(kExperts.size(), module.find('.', kExperts.size()) + 1 - kExperts.size());
}

}  // namespace

const GgufArchitecture& exported_architecture(const std::string& family, const std::string& place) {
  const auto found = std::find_if(
      kArchitectures.begin(), kArchitectures.end(),
      [&](const GgufArchitecture& entry) { return entry.written && entry.family == family; });
  if (found != kArchitectures.end()) return *found;
  throw DataError(place, "llama, mistral, qwen2, qwen3 or qwen3_moe, to be exported as GGUF",
                  "\"" + family + "\"");
}

const GgufArchitecture& imported_architecture(const std::string& name, const std::string& place) {
  const auto found =
      std::find_if(kArchitectures.begin(), kArchitectures.end(),
                   [&](const GgufArchitecture& entry) { return entry.name == name; });
  if (found != kArchitectures.end()) return *found;
  throw DataError(place, "llama, qwen2, qwen3, qwen3moe, gemma2 or gemma3", "\"" + name + "\"");
}

std::string gguf_name(const std::string& weight, bool gemma) {
  constexpr std::string_view kLayers = "model.layers.";
  if (weight == "model.embed_tokens.weight") return "token_embd.weight";
  if (weight == "model.norm.weight") return "output_norm.weight";
  if (weight == "lm_head.weight") return "output.weight";
  if (weight.starts_with(kLayers)) {
    const auto dot = weight.find('.', kLayers.size());
    const auto last = weight.rfind('.');
    const std::string module = without_expert(weight.substr(dot + 1, last - dot - 1));
    for (const ModuleName& entry : kInLayer) {
      const std::string_view theirs = gemma ? entry.of_gemma : entry.theirs;
      if (module != entry.ours || theirs.empty()) continue;
      return "blk." + weight.substr(kLayers.size(), dot - kLayers.size()) + "." +
             std::string(theirs) + weight.substr(last);
    }
  }
  throw DataError("tensor \"" + weight + "\"", "has no name in llama.cpp");
}

std::int64_t source_row(std::int64_t row, std::int64_t head_dim) {
  const std::int64_t in_head = row % head_dim;
  return row - in_head + in_head % 2 * (head_dim / 2) + in_head / 2;
}

bool is_rotated(const std::string& weight) {
  return weight.find(".q_proj.") != std::string::npos ||
         weight.find(".k_proj.") != std::string::npos;
}

}  // namespace hone::model
