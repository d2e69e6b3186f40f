#include "model/rope_json.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "model/error.h"

namespace hone::model {
namespace {

constexpr std::int64_t kMaxPositions = std::int64_t{1} << 40;

/// What a type's object may hold beside its name, rope_theta and partial_rotary_factor.
struct RopeType {
  std::string_view name;
  std::initializer_list<std::string_view> keys;
};
const RopeType kTypes[] = {
    {"default", {}},
    {"linear", {"factor"}},
    {"dynamic", {"factor"}},
    {"llama3",
     {"factor", "original_max_position_embeddings", "low_freq_factor", "high_freq_factor"}},
    {"yarn",
     {"factor", "original_max_position_embeddings", "beta_fast", "beta_slow", "truncate",
      "attention_factor", "mscale", "mscale_all_dim"}},
};

const RopeType& rope_type_of(const std::string& name, const std::string& place) {
  for (const auto& type : kTypes) {
    if (type.name == name) return type;
  }
  throw DataError(place, "default, linear, dynamic, llama3 or yarn", "\"" + name + "\"");
}

bool one_of(std::string_view key, std::initializer_list<std::string_view> keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

void refuse_part_of_head(const Fields& in) {
  if (in.number("partial_rotary_factor", 1) != 1) {
    throw DataError(in.place("partial_rotary_factor"), "1 (RoPE over the whole head)",
                    in.json()["partial_rotary_factor"].dump());
  }
}

double required_number(const Fields& in, const char* key) {
  if (!in.has(key)) throw DataError(in.place(key), "is missing");
  return in.number(key, 0);
}

/// Where null and 0 mean the same as nothing.
double number_or(const Fields& in, const char* key, double otherwise) {
  const double value = in.number(key, 0);
  return value == 0 ? otherwise : value;
}

double yarn_attention_factor(const Fields& in, double factor) {
  const auto scale = [factor](double mscale) {
    return factor <= 1 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0;
  };
  const double mscale = in.number("mscale", 0);
  const double mscale_all_dim = in.number("mscale_all_dim", 0);
  const double own =
      mscale != 0 && mscale_all_dim != 0 ? scale(mscale) / scale(mscale_all_dim) : scale(1);
  return in.number("attention_factor", own);
}

}  // namespace

RopeConfig read_rope_object(const Fields& object, double rope_theta,
                            std::int64_t max_position_embeddings) {
  RopeConfig rope;
  // "type" is the older name of "rope_type".
  const char* const type_key = object.has("rope_type") ? "rope_type" : "type";
  rope.rope_type = object.text(type_key, "default");
  const RopeType& type = rope_type_of(rope.rope_type, object.place(type_key));
  refuse_part_of_head(object);
  for (const auto& [key, value] : object.json().items()) {
    if (one_of(key, {"rope_type", "type", "rope_theta", "partial_rotary_factor"})) continue;
    if (value.is_null() || one_of(key, type.keys)) continue;
    throw DataError(object.place(key),
                    "is not known for RoPE of type " + rope.rope_type + ", which it may change");
  }
  rope.rope_theta = object.number("rope_theta", rope_theta);
  if (type.name == "default") return rope;
  rope.factor = required_number(object, "factor");
  if (one_of("original_max_position_embeddings", type.keys)) {
    rope.original_max_position_embeddings = object.integer(
        "original_max_position_embeddings", max_position_embeddings, 1, kMaxPositions);
  }
  if (type.name == "llama3") {
    rope.low_freq_factor = required_number(object, "low_freq_factor");
    rope.high_freq_factor = required_number(object, "high_freq_factor");
  }
  if (type.name == "yarn") {
    rope.beta_fast = number_or(object, "beta_fast", 32);
    rope.beta_slow = number_or(object, "beta_slow", 1);
    rope.truncate = object.flag("truncate", true);
    rope.attention_factor = yarn_attention_factor(object, rope.factor);
    rope.mscale = object.number("mscale", 0);
    rope.mscale_all_dim = object.number("mscale_all_dim", 0);
  }
  return rope;
}

RopeConfig read_rope(const Fields& fields, std::int64_t max_position_embeddings) {
  refuse_part_of_head(fields);
  RopeConfig rope;
  rope.rope_theta = fields.number("rope_theta", rope.rope_theta);
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    if (!fields.has(key) || fields.object(key).json().empty()) continue;
    rope = read_rope_object(fields.object(key), rope.rope_theta, max_position_embeddings);
    break;
  }
  // Beside the object it would count instead of what stands inside.
  const std::int64_t original = rope.original_max_position_embeddings;
  if (original > 0 &&
      fields.integer("original_max_position_embeddings", original, 1, kMaxPositions) != original) {
    throw DataError(fields.place("original_max_position_embeddings"),
                    std::to_string(original) + ", as in RoPE's parameters",
                    fields.json()["original_max_position_embeddings"].dump());
  }
  return rope;
}

nlohmann::ordered_json rope_object(const RopeConfig& rope) {
  nlohmann::ordered_json out = {{"rope_type", rope.rope_type}, {"rope_theta", rope.rope_theta}};
  const std::string& type = rope.rope_type;
  if (type != "default") out["factor"] = rope.factor;
  if (rope.original_max_position_embeddings > 0) {
    out["original_max_position_embeddings"] = rope.original_max_position_embeddings;
  }
  if (type == "llama3") {
    out["low_freq_factor"] = rope.low_freq_factor;
    out["high_freq_factor"] = rope.high_freq_factor;
  }
  if (type == "yarn") {
    out["beta_fast"] = rope.beta_fast;
    out["beta_slow"] = rope.beta_slow;
    out["truncate"] = rope.truncate;
    out["attention_factor"] = rope.attention_factor;
    if (rope.mscale != 0) out["mscale"] = rope.mscale;
    if (rope.mscale_all_dim != 0) out["mscale_all_dim"] = rope.mscale_all_dim;
  }
  return out;
}

}  // namespace hone::model
