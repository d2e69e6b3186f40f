#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rewards/tasks/random.h"

namespace hone::rewards {

/// The greatest common divisor by Euclid, each remainder written as a step, `84%36=12`. A remainder
/// is wrong with the given chance, and carried on from. a, b >= 1.
std::int64_t euclid_steps(std::string& think, std::int64_t a, std::int64_t b, double wrong_steps,
                          Random& random);

/// The same in words, the larger number first: `84 and 36: 36 * 2 = 72, 84 - 72 = 12.`
std::int64_t euclid_in_words(std::string& think, std::int64_t a, std::int64_t b, double wrong_steps,
                             Random& random);

/// Several numbers with one common divisor of `divisor` and no larger, each at most `divisor` times
/// `max_factor`; not all are the same. max_factor >= 2.
std::vector<std::int64_t> with_divisor(std::int64_t divisor, std::int64_t max_factor,
                                       std::int64_t count, Random& random);

}  // namespace hone::rewards
