#pragma once

#include <nlohmann/json.hpp>

#include "model/config.h"
#include "model/families.h"
#include "model/json_fields.h"

// Experts and latent attention in config.json.
namespace hone::model {

/// Reads what the family's config.json says of experts. num_hidden_layers is set already.
void read_experts(const Fields& fields, const Family& family, ModelConfig& config);
void write_experts(const ModelConfig& config, const Family& family, nlohmann::ordered_json& out);

/// Reads latent attention and the number of layers for multi-token prediction.
void read_latent_attention(const Fields& fields, ModelConfig& config);
void write_latent_attention(const ModelConfig& config, nlohmann::ordered_json& out);

/// Throws: DataError with `place` where sizes contradict each other or the family.
void check_parts(const ModelConfig& config, const Family& family, const std::string& place);

}  // namespace hone::model
