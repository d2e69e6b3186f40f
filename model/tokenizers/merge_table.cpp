#include "model/tokenizers/merge_table.h"

#include <bit>

namespace hone::model {

MergeTable::MergeTable(const std::vector<Merge>& merges)
    : slots_(std::bit_ceil(2 * merges.size() + 2), Merge{kFree, 0, 0}), mask_(slots_.size() - 1) {
  for (const auto& merge : merges) {
    auto slot = hash(merge.pair);
    while (slots_[slot & mask_].pair != kFree && slots_[slot & mask_].pair != merge.pair) ++slot;
    slots_[slot & mask_] = merge;
  }
}

}  // namespace hone::model
