#pragma once

#include <nlohmann/json.hpp>

#include "model/json_fields.h"
#include "model/rope.h"

// RoPE's parameters in config.json, in the old spelling and the new one.
namespace hone::model {

/// Reads one object of RoPE's parameters; what it does not say about the base is `rope_theta`.
/// Throws: DataError naming the field for a type that is not built, and for a field that does not
/// belong to the type.
RopeConfig read_rope_object(const Fields& object, double rope_theta,
                            std::int64_t max_position_embeddings);

/// Reads rope_scaling (the old spelling, which wins if there are both, as in transformers) or
/// rope_parameters, and rope_theta beside them.
RopeConfig read_rope(const Fields& fields, std::int64_t max_position_embeddings);

/// What read_rope_object() reads.
nlohmann::ordered_json rope_object(const RopeConfig& rope);

}  // namespace hone::model
