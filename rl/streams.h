#pragma once

#include <cstdint>

namespace hone::rl {

// Names of random streams beside those of the recipe's stages, which are numbered from 0, and of
// their steps, numbered from 0 too.
constexpr std::uint64_t kEvaluationStream = std::uint64_t{1} << 32;  // as a stage
constexpr std::uint64_t kPreflightStep = std::uint64_t{1} << 32;     // as a step
constexpr std::uint64_t kTeacherStep = kPreflightStep + 1;           // as a step
constexpr std::uint64_t kHeldOutStep = kPreflightStep + 2;           // as a step
constexpr std::uint64_t kWriterStep = kPreflightStep + 3;            // as a step
constexpr std::uint64_t kDifficultyStep = kPreflightStep + 4;        // as a step

}  // namespace hone::rl
