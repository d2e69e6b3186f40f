#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hone::model {

/// Pairs of ids and what they are joined to; a hash table without chains.
class MergeTable {
 public:
  struct Merge {
    std::uint64_t pair;
    std::int32_t rank, id;
  };
  explicit MergeTable(const std::vector<Merge>& merges);

  /// Null if the pair is not joined. The last of equal pairs counts.
  const Merge* find(std::int32_t left, std::int32_t right) const {
    const std::uint64_t pair = to_pair(left, right);
    for (auto slot = hash(pair);; ++slot) {
      const Merge& merge = slots_[slot & mask_];
      if (merge.pair == pair) return &merge;
      if (merge.pair == kFree) return nullptr;
    }
  }
  static std::uint64_t to_pair(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
  }

 private:
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};  // ids are not negative
  static std::uint64_t hash(std::uint64_t pair) { return (pair * 0x9e3779b97f4a7c15) >> 32; }

  std::vector<Merge> slots_;
  std::uint64_t mask_ = 0;
};

/// The symbols of a word, which are joined to longer ones.
class Symbols {
 public:
  struct Symbol {
    std::int32_t id, previous, next;  // places in the list; -1: none
    bool joined = false;              // to the one before
  };

  void add(std::int32_t id) {
    const auto at = static_cast<std::int32_t>(list_.size());
    if (at > 0) list_.back().next = at;
    list_.push_back({id, at - 1, -1});
  }
  /// The symbols in order. One that was joined to another is still in the list.
  const std::vector<Symbol>& list() const { return list_; }

  /// Joins neighbours, the pair of the lowest rank first and of those the first in the word, until
  /// none is left. Calls seen(joint id, left id, right id) for every pair that could be joined.
  template <class F>
  void join(const MergeTable& merges, const F& seen) {
    queue_.clear();
    for (std::int32_t at = 0; at + 1 < static_cast<std::int32_t>(list_.size()); ++at) {
      find(merges, at, seen);
    }
    std::make_heap(queue_.begin(), queue_.end());
    const auto push = [&](std::int32_t at) {
      if (find(merges, at, seen)) std::push_heap(queue_.begin(), queue_.end());
    };
    while (!queue_.empty()) {
      std::pop_heap(queue_.begin(), queue_.end());
      const Candidate best = queue_.back();
      queue_.pop_back();
      Symbol& left = list_[best.at];
      if (left.joined || left.next < 0) continue;
      // One of the two may have changed since.
      const auto* merge = merges.find(left.id, list_[left.next].id);
      if (merge == nullptr || merge->id != best.id) continue;
      Symbol& right = list_[left.next];
      left.id = best.id;
      left.next = right.next;
      right.joined = true;
      if (right.next >= 0) list_[right.next].previous = best.at;
      if (left.previous >= 0) push(left.previous);
      if (left.next >= 0) push(best.at);
    }
  }

 private:
  /// A pair that can be joined; the best is the one of the lowest rank, then the first.
  struct Candidate {
    std::int32_t rank, at, id;
    bool operator<(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : at > other.at;
    }
  };

  template <class F>
  bool find(const MergeTable& merges, std::int32_t at, const F& seen) {
    const std::int32_t left = list_[at].id, right = list_[list_[at].next].id;
    const auto* merge = merges.find(left, right);
    if (merge == nullptr) return false;
    seen(merge->id, left, right);
    queue_.push_back({merge->rank, at, merge->id});
    return true;
  }

  std::vector<Symbol> list_;
  std::vector<Candidate> queue_;
};

}  // namespace hone::model
