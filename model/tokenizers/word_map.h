#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hone::model {

/// Words of a text being encoded, and what was found out about each: most come again.
template <class Value>
class WordMap {
 public:
  static constexpr std::size_t kLongestWord = 64;  // longer ones come again too seldom

  /// Null for a word that was not added.
  const Value* find(std::string_view word) const {
    const auto found = words_.find(word);
    return found == words_.end() ? nullptr : &found->second;
  }
  const Value* add(std::string_view word, const Value& value) {
    return &words_.emplace(word, value).first->second;
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, Value, Hash, std::equal_to<>> words_;
};

}  // namespace hone::model
