#pragma once

#include <cstdint>
#include <string_view>

namespace hone::rewards {

/// Spreads every input bit over all output bits; a bijection.
/// Source: the finalizer of MurmurHash3 (fmix64).
std::uint64_t mix64(std::uint64_t value);

/// A 64-bit hash that is the same on every machine and in every version: splits depend on it.
/// Source: FNV-1a, then mix64, because FNV's own high bits are weak on short text.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace hone::rewards
