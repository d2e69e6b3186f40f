#pragma once

#include <array>
#include <string_view>

namespace hone::model {

/// What attention keeps of keys and values: floats, or bf16.
enum class KvType { kFloat, kBf16 };
constexpr std::array<std::string_view, 2> enum_names(KvType) { return {"fp32", "bf16"}; }

}  // namespace hone::model
