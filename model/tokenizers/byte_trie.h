#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace hone::model {

/// A set of strings with numbers, asked which of them begin a text.
class ByteTrie {
 public:
  using Entry = std::pair<std::string_view, std::int32_t>;
  /// Of equal strings the last one counts; empty ones are left out.
  explicit ByteTrie(std::vector<Entry> entries);

  /// True if a string begins with this byte.
  bool begins(char byte) const { return first_[static_cast<unsigned char>(byte)] >= 0; }

  /// Calls f(length, number) for every string that the text begins with, shortest first.
  template <class F>
  void prefixes(std::string_view text, const F& f) const {
    if (text.empty()) return;
    std::int32_t node = first_[static_cast<unsigned char>(text[0])];
    for (std::size_t length = 1; node >= 0; ++length) {
      if (nodes_[node].number >= 0) f(length, nodes_[node].number);
      if (length == text.size()) return;
      node = child(nodes_[node], static_cast<unsigned char>(text[length]));
    }
  }

 private:
  struct Node {
    std::int32_t number = -1;
    std::uint32_t begin = 0, end = 0;  // its children, in the order of their bytes
  };
  std::int32_t child(const Node& node, unsigned char byte) const {
    std::uint32_t low = node.begin, high = node.end;
    while (high - low > 8) {
      const auto middle = (low + high) / 2;
      (bytes_[middle] <= byte ? low : high) = middle;
    }
    for (; low < high; ++low) {
      if (bytes_[low] == byte) return static_cast<std::int32_t>(low);
    }
    return -1;
  }

  std::vector<Node> nodes_;
  std::vector<unsigned char> bytes_;  // that lead to the nodes
  std::array<std::int32_t, 256> first_;
};

}  // namespace hone::model
