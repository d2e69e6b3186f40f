#pragma once

#include <functional>
#include <string_view>
#include <vector>

namespace hone::model {

/// Words of a text being encoded, and what was found out about each: most come again. A hash table
/// without chains.
template <class Value>
class WordMap {
 public:
  static constexpr std::size_t kLongestWord = 64;  // longer ones come again too seldom

  /// Null for a word that was not added. Valid until the next one is added.
  const Value* find(std::string_view word) const {
    for (std::size_t slot = hash(word);; ++slot) {
      const Entry& entry = slots_[slot & (slots_.size() - 1)];
      if (entry.size == 0) return nullptr;
      if (std::string_view(keys_.data() + entry.key, entry.size) == word) return &entry.value;
    }
  }
  /// Adds a word that is not empty and was not added.
  const Value* add(std::string_view word, const Value& value) {
    if (2 * ++count_ > slots_.size()) grow();
    const std::size_t key = keys_.size();
    keys_.insert(keys_.end(), word.begin(), word.end());
    return &put({key, word.size(), value});
  }

 private:
  struct Entry {
    std::size_t key = 0, size = 0;  // in keys_; of a free slot 0
    Value value{};
  };
  static std::size_t hash(std::string_view word) { return std::hash<std::string_view>()(word); }

  const Value& put(const Entry& entry) {
    std::size_t slot = hash({keys_.data() + entry.key, entry.size});
    while (slots_[slot & (slots_.size() - 1)].size > 0) ++slot;
    return (slots_[slot & (slots_.size() - 1)] = entry).value;
  }
  void grow() {
    std::vector<Entry> old(4 * slots_.size());
    old.swap(slots_);
    for (const Entry& entry : old) {
      if (entry.size > 0) put(entry);
    }
  }

  std::vector<Entry> slots_ = std::vector<Entry>(64);
  std::vector<char> keys_;
  std::size_t count_ = 0;
};

}  // namespace hone::model
