#include "model/tokenizers/token_decoder.h"

#include <algorithm>

#include "model/error.h"
#include "model/tokenizers/byte_level.h"
#include "model/tokenizers/metaspace.h"
#include "model/tokenizers/text_pattern.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

using Pieces = std::vector<std::string>;

constexpr int kMaxDecoderDepth = 50;
constexpr const char* kBroken = "\ufffd";

std::string joined_pieces(const Pieces& pieces, const char* between = "") {
  std::string text;
  for (const auto& piece : pieces) {
    if (&piece != &pieces.front()) text += between;
    text += piece;
  }
  return text;
}

void decode_byte_level(Pieces& pieces) {
  std::string bytes;
  for (const auto& piece : pieces) {
    // A piece with other characters, such as an added token, is text already.
    if (!append_from_byte_level(piece, bytes)) bytes += piece;
  }
  pieces = {to_utf8(bytes)};
}

/// The byte of a piece like <0x0A>; -1 of others.
int fallback_byte(const std::string& piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return -1;
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  const int high = digit(piece[3]), low = digit(piece[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Bytes in a row become text; if they are no UTF-8, each becomes a sign of its own.
void decode_bytes(Pieces& pieces) {
  Pieces out;
  std::string bytes;
  const auto flush = [&] {
    if (is_utf8(bytes)) {
      if (!bytes.empty()) out.push_back(bytes);
    } else {
      out.insert(out.end(), bytes.size(), kBroken);
    }
    bytes.clear();
  };
  for (auto& piece : pieces) {
    const int byte = fallback_byte(piece);
    if (byte >= 0) {
      bytes += static_cast<char>(byte);
    } else {
      flush();
      out.push_back(std::move(piece));
    }
  }
  flush();
  pieces = std::move(out);
}

/// Takes up to so many of a character from both ends of every piece.
void strip_pieces(Pieces& pieces, const std::string& content, std::int64_t start,
                  std::int64_t stop) {
  for (auto& piece : pieces) {
    std::string_view text = piece;
    for (std::int64_t i = 0; i < start && text.starts_with(content); ++i) {
      text.remove_prefix(content.size());
    }
    for (std::int64_t i = 0; i < stop && text.ends_with(content); ++i) {
      text.remove_suffix(content.size());
    }
    piece = std::string(text);
  }
}

void replace_in_pieces(Pieces& pieces, const TextPattern& pattern, const std::string& content) {
  Regex::Scratch scratch;
  std::vector<RegexMatch> matches;
  for (auto& piece : pieces) {
    pattern.find_all(piece, scratch, matches);
    if (matches.empty()) continue;
    std::string out;
    std::size_t done = 0;
    for (const auto& [begin, end] : matches) {
      out.append(piece, done, begin - done).append(content);
      done = end;
    }
    piece = out.append(piece, done);
  }
}

/// An end of a word becomes a space, but for the last one.
void decode_suffix(Pieces& pieces, const std::string& suffix) {
  for (auto& piece : pieces) {
    const char* space = &piece == &pieces.back() ? "" : " ";
    for (std::size_t at = 0; (at = piece.find(suffix, at)) != std::string::npos;) {
      piece.replace(at, suffix.size(), space);
      at += *space != 0;
    }
  }
}

}  // namespace

TokenDecoder::TokenDecoder(const Fields& file) {
  joined_by_spaces_ = !file.has("decoder");
  if (!joined_by_spaces_) add(file.object("decoder"), 0);
}

std::string TokenDecoder::decode(Pieces pieces) const {
  if (joined_by_spaces_) return joined_pieces(pieces, " ");
  for (const auto& step : steps_) step(pieces);
  return joined_pieces(pieces);
}

void TokenDecoder::add(const Fields& fields, int depth) {
  if (depth > kMaxDecoderDepth) throw DataError(fields.place("type"), "is nested too deeply");
  const std::string type = fields.text("type");
  if (type == "Sequence") {
    for (const auto& part : fields.objects("decoders")) add(part, depth + 1);
  } else if (type == "ByteLevel") {
    steps_.emplace_back(decode_byte_level);
  } else if (type == "ByteFallback") {
    steps_.emplace_back(decode_bytes);
  } else if (type == "Fuse") {
    steps_.push_back([](Pieces& pieces) { pieces = {joined_pieces(pieces)}; });
  } else if (type == "Strip") {
    const std::string content = fields.text("content");
    if (content.empty()) throw DataError(fields.place("content"), "is empty");
    steps_.push_back([content, start = fields.integer("start", 0, 1 << 20),
                      stop = fields.integer("stop", 0, 1 << 20)](Pieces& pieces) {
      strip_pieces(pieces, content, start, stop);
    });
  } else if (type == "Replace") {
    steps_.push_back([pattern = TextPattern(fields), content = fields.text("content")](
                         Pieces& pieces) { replace_in_pieces(pieces, pattern, content); });
  } else if (type == "Metaspace") {
    steps_.push_back([metaspace = Metaspace(fields)](Pieces& pieces) {
      for (auto& piece : pieces) piece = metaspace.decode(piece, &piece == &pieces.front());
    });
  } else if (type == "BPEDecoder") {
    const std::string suffix = fields.text("suffix");
    if (suffix.empty()) throw DataError(fields.place("suffix"), "is empty");
    steps_.push_back([suffix](Pieces& pieces) { decode_suffix(pieces, suffix); });
  } else {
    throw DataError(fields.place("type"),
                    "Sequence, ByteLevel, ByteFallback, Fuse, Strip, Replace, Metaspace or "
                    "BPEDecoder",
                    "\"" + type + "\"");
  }
}

}  // namespace hone::model
