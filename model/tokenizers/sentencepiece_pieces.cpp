#include "model/tokenizers/sentencepiece_pieces.h"

#include <algorithm>

#include "model/error.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

// Every position of a text is compared with pieces up to this length.
constexpr std::size_t kMaxPieceBytes = 1024;
// sentencepiece looks at so many symbols that a text begins with, the shortest first.
constexpr int kMaxSymbols = 64;
// Converted models may have it beside <0x00>; sentencepiece then leaves it aside.
constexpr std::string_view kNull{"\0", 1};

/// The byte of a text like <0x0A>; -1 of others.
int byte_piece_value(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return -1;
  const auto high = kDigits.find(text[3]), low = kDigits.find(text[4]);
  const bool hex = high != std::string_view::npos && low != std::string_view::npos;
  return hex ? static_cast<int>(high * 16 + low) : -1;
}

}  // namespace

SentencePieces::SentencePieces(const SentencePieceModel& model, const std::string& file)
    : entries_(model.pieces), byte_fallback_(model.byte_fallback), pairs_(kPairs) {
  bytes_.fill(-1);
  if (entries_.empty()) throw DataError(file + ": pieces", "has no pieces");
  texts_.reserve(entries_.size());
  std::vector<ByteTrie::Entry> symbols;
  for (std::int32_t id = 0; id < size(); ++id) {
    Entry& piece = entries_[id];
    const auto place = [&](const char* field) {
      return file + ": pieces[" + std::to_string(id) + "]." + field;
    };
    if (piece.text == kNull && byte_fallback_) piece.kind = Kind::kUnused;
    if (piece.text == kNull && piece.kind == Kind::kUnused) continue;
    if (piece.text.empty() || piece.text.size() > kMaxPieceBytes || !is_utf8(piece.text) ||
        piece.text.find('\0') != std::string::npos) {
      throw DataError(
          place("piece"),
          "1 to " + std::to_string(kMaxPieceBytes) + " bytes of UTF-8 without a zero byte",
          std::to_string(piece.text.size()) + " bytes");
    }
    const bool is_new = (is_text(id) ? texts_ : others_).emplace(piece.text, id).second;
    // Only BPE needs texts of all kinds to differ, and only there sentencepiece refuses others.
    const bool own = model.algorithm != SentencePieceModel::Algorithm::kBpe ||
                     !(is_text(id) ? others_ : texts_).contains(piece.text);
    if (!is_new || !own) {
      throw DataError(place("piece"), "a text of its own", "\"" + piece.text + "\" again");
    }
    if (piece.kind == Kind::kUserDefined) symbols.emplace_back(piece.text, id);
    if (piece.kind == Kind::kUnknown) {
      if (unknown_ >= 0) throw DataError(place("type"), "one unknown piece", "a second one");
      unknown_ = id;
    }
    if (piece.kind == Kind::kByte) {
      const int byte = byte_piece_value(piece.text);
      if (byte < 0 || !byte_fallback_) {
        throw DataError(place("piece"), "<0x00> to <0xFF>, with byte_fallback",
                        "\"" + piece.text + "\"");
      }
      bytes_[byte] = id;
    }
    if (is_text(id)) {
      std::size_t at = 0;
      char32_t left = next_code_point(piece.text, at);
      while (at < piece.text.size()) {
        const char32_t right = next_code_point(piece.text, at);
        pairs_[pair(left, right)] = true;
        left = right;
      }
    }
  }
  if (unknown_ < 0 && !byte_fallback_) throw DataError(file + ": pieces", "has no unknown piece");
  if (byte_fallback_ && std::find(bytes_.begin(), bytes_.end(), -1) != bytes_.end()) {
    throw DataError(file + ": pieces", "does not have all 256 bytes, as byte_fallback asks for");
  }
  symbols_ = ByteTrie(std::move(symbols));
}

bool SentencePieces::is_text(std::int32_t id) const {
  const Kind kind = entries_[id].kind;
  return kind == Kind::kNormal || kind == Kind::kUserDefined || kind == Kind::kUnused;
}

std::int32_t SentencePieces::text_id(std::string_view text) const {
  const auto found = texts_.find(text);
  return found == texts_.end() ? -1 : found->second;
}

std::int32_t SentencePieces::id(std::string_view text) const {
  const auto found = others_.find(text);
  return found == others_.end() ? text_id(text) : found->second;
}

unsigned char SentencePieces::byte(std::int32_t id) const {
  return static_cast<unsigned char>(byte_piece_value(entries_[id].text));
}

std::size_t SentencePieces::symbol(std::string_view text, std::int32_t& id) const {
  std::size_t longest = 0;
  int count = 0;
  symbols_.prefixes(text, [&](std::size_t length, std::int32_t number) {
    if (++count > kMaxSymbols) return;
    longest = length;
    id = number;
  });
  return longest;
}

void SentencePieces::append(std::int32_t id, std::string_view text,
                            std::vector<std::int32_t>& out) const {
  if (id >= 0 && id != unknown_) {
    out.push_back(id);
  } else if (byte_fallback_) {
    for (const char c : text) out.push_back(bytes_[static_cast<unsigned char>(c)]);
  } else {
    out.push_back(unknown_);
  }
}

void SentencePieces::join_unknown(std::vector<std::int32_t>& ids) const {
  ids.erase(std::unique(ids.begin(), ids.end(),
                        [&](std::int32_t a, std::int32_t b) { return a == unknown_ && b == a; }),
            ids.end());
}

}  // namespace hone::model
