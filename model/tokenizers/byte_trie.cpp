#include "model/tokenizers/byte_trie.h"

#include <algorithm>

namespace hone::model {

ByteTrie::ByteTrie(std::vector<Entry> entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.first < b.first; });
  struct Range {
    std::size_t node, begin, end, depth;  // entries that share so many bytes
  };
  nodes_.emplace_back();
  bytes_.push_back(0);
  std::vector<Range> ranges = {{0, 0, entries.size(), 0}};
  for (std::size_t next = 0; next < ranges.size(); ++next) {
    auto [node, begin, end, depth] = ranges[next];
    for (; begin < end && entries[begin].first.size() == depth; ++begin) {
      if (depth > 0) nodes_[node].number = entries[begin].second;
    }
    nodes_[node].begin = static_cast<std::uint32_t>(nodes_.size());
    while (begin < end) {
      const char byte = entries[begin].first[depth];
      std::size_t group = begin;
      while (group < end && entries[group].first[depth] == byte) ++group;
      ranges.push_back({nodes_.size(), begin, group, depth + 1});
      nodes_.emplace_back();
      bytes_.push_back(static_cast<unsigned char>(byte));
      begin = group;
    }
    nodes_[node].end = static_cast<std::uint32_t>(nodes_.size());
  }
  for (int byte = 0; byte < 256; ++byte) {
    first_[byte] = child(nodes_[0], static_cast<unsigned char>(byte));
  }
}

}  // namespace hone::model
