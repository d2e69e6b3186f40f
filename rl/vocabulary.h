#pragma once

#include <cstdint>
#include <string>

#include "model/tokenizer.h"

namespace hone::rl {

/// The number of ids that two tokenizers share, where all of them mean the same text: what lets one
/// model score the other's tokens. Sizes of embeddings do not count, as models pad them.
/// Throws: DataError naming the first id that differs.
std::int64_t shared_vocabulary(const model::Tokenizer& teacher, const model::Tokenizer& student,
                               const std::string& place);

}  // namespace hone::rl
