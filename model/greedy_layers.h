#pragma once

#include <cstdint>
#include <vector>

#include "model/decoder.h"

namespace hone::model {

/// The `keep` layers that are left of a decoder's when one after another is taken out, each time
/// the one without which `targets` [n], the tokens after the packed tokens `sources` [n], are
/// likeliest. The first round tries every layer, later ones those `tries` that were needed least
/// when they were tried last.
/// Source: SLEB (2402.09025), algorithm 1, which tries all of them in every round.
std::vector<std::int64_t> greedy_layers(const Decoder& decoder, const PackedBatch& batch,
                                        const std::vector<std::int64_t>& sources,
                                        const std::vector<std::int32_t>& targets, std::int64_t keep,
                                        std::int64_t tries);

}  // namespace hone::model
