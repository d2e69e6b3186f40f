#include "model/tokenizers/vocabulary.h"

namespace hone::model {

Vocabulary::Vocabulary(std::vector<std::optional<std::string>> pieces)
    : pieces_(std::move(pieces)) {
  ids_.reserve(pieces_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (!pieces_[i]) continue;
    ids_[*pieces_[i]] = static_cast<std::int32_t>(i);
    ++count_;
  }
  for (int byte = 0; byte < 256; ++byte) {
    constexpr const char* kDigits = "0123456789ABCDEF";
    const std::string piece = {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
    byte_ids_.push_back(id(piece).value_or(-1));
  }
}

std::optional<std::int32_t> Vocabulary::id(std::string_view piece) const {
  const auto found = ids_.find(piece);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

const std::string* Vocabulary::piece(std::int32_t id) const {
  if (id < 0 || id >= end() || !pieces_[id]) return nullptr;
  return &*pieces_[id];
}

bool Vocabulary::append_bytes(std::string_view text, std::vector<std::int32_t>& ids) const {
  const std::size_t size = ids.size();
  for (const char c : text) {
    const auto byte = byte_ids_[static_cast<unsigned char>(c)];
    if (byte < 0) {
      ids.resize(size);
      return false;
    }
    ids.push_back(byte);
  }
  return true;
}

}  // namespace hone::model
