#pragma once

#include <cstdint>

namespace hone::model {

// Bounds that no model comes near, and under which no product of sizes overflows.
constexpr std::int64_t kMaxSize = 1 << 20;
constexpr std::int64_t kMaxVocabulary = 1 << 24;
constexpr std::int64_t kMaxPositions = std::int64_t{1} << 40;
constexpr std::int64_t kMaxLayers = 4096;
constexpr std::int64_t kMaxExperts = 1 << 17;  // of all layers together, each with its names

}  // namespace hone::model
