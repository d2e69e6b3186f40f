#include "model/tokenizers/precompiled_charsmap.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "model/error.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kLongestCluster = 5;

// No text is compared with longer rules: sentencepiece's own are of a few characters.
constexpr std::size_t kLongestRule = 1024;
// sentencepiece looks at so many rules that a text begins with, the shortest first.
constexpr int kMaxRules = 32;

std::string bytes_of(std::string_view text, const std::string& place) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto digit = kBase64.find(c);
    if (digit == std::string_view::npos) throw DataError(place, "is not base64");
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xff);
    }
  }
  return bytes;
}

// A unit of the trie (darts-clone): a label, whether a leaf is below, and the way to the children;
// or a leaf's value.
bool has_leaf(std::uint32_t unit) { return (unit >> 8 & 1) != 0; }
std::uint32_t label(std::uint32_t unit) { return unit & (1U << 31 | 0xff); }
std::uint32_t offset(std::uint32_t unit) { return unit >> 10 << ((unit & 1U << 9) >> 6); }
std::uint32_t value(std::uint32_t unit) { return unit & ((1U << 31) - 1); }

bool is_ascii_at(std::string_view text, std::size_t at) {
  return at >= text.size() || static_cast<unsigned char>(text[at]) < 0x80;
}

/// Calls f with every grapheme cluster. ICU is asked only about stretches that are not ASCII.
template <class F>
void for_each_cluster(std::string_view text, const F& f) {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<UBreakIterator, decltype(&ubrk_close)> breaks(nullptr, ubrk_close);
  UText utext = UTEXT_INITIALIZER;
  for (std::size_t at = 0; at < text.size();) {
    if (is_ascii_at(text, at) && is_ascii_at(text, at + 1)) {
      const bool line_end = text.substr(at, 2) == "\r\n";
      f(text.substr(at, line_end ? 2 : 1));
      at += line_end ? 2 : 1;
      continue;
    }
    // Up to two ASCII characters in a row: between them a cluster ends, if they are no line end.
    std::size_t end = at + 1;
    while (end < text.size() && !(is_ascii_at(text, end - 1) && is_ascii_at(text, end) &&
                                  text.substr(end - 1, 2) != "\r\n")) {
      ++end;
    }
    utext_openUTF8(&utext, text.data() + at, static_cast<std::int64_t>(end - at), &error);
    if (breaks == nullptr) breaks.reset(ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &error));
    if (U_SUCCESS(error)) ubrk_setUText(breaks.get(), &utext, &error);
    if (U_FAILURE(error)) {
      throw std::runtime_error(std::string("ICU's grapheme clusters: ") + u_errorName(error));
    }
    std::int32_t from = ubrk_first(breaks.get());
    for (std::int32_t to; (to = ubrk_next(breaks.get())) != UBRK_DONE; from = to) {
      f(text.substr(at + static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
    }
    at = end;
  }
  utext_close(&utext);
}

}  // namespace

PrecompiledCharsmap PrecompiledCharsmap::from_base64(const std::string& base64,
                                                     const std::string& place) {
  return {bytes_of(base64, place), place};
}

PrecompiledCharsmap::PrecompiledCharsmap(std::string_view bytes, const std::string& place) {
  std::uint32_t size = 0;
  if (bytes.size() >= sizeof size) std::memcpy(&size, bytes.data(), sizeof size);
  if (size == 0 || size % sizeof(std::uint32_t) != 0 || size > bytes.size() - sizeof size) {
    throw DataError(place, "a trie and its size in front of it", "something else");
  }
  trie_.resize(size / sizeof(std::uint32_t));
  std::memcpy(trie_.data(), bytes.data() + sizeof size, size);
  replacements_ = bytes.substr(sizeof size + size);
  if (!is_utf8(replacements_)) throw DataError(place, "replacements in UTF-8", "other bytes");
}

template <class F>
void PrecompiledCharsmap::rules(std::string_view text, const F& f) const {
  std::size_t node = offset(trie_[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0) return;
    node ^= byte;
    if (node >= trie_.size() || label(trie_[node]) != byte) return;
    const std::uint32_t unit = trie_[node];
    node ^= offset(unit);
    if (!has_leaf(unit)) continue;
    if (node >= trie_.size() || !f(i + 1, value(trie_[node]))) return;
  }
}

std::optional<std::string_view> PrecompiledCharsmap::text_at(std::size_t start) const {
  if (start >= replacements_.size() || !is_boundary(replacements_, start)) return std::nullopt;
  return std::string_view(replacements_.c_str() + start);  // up to its zero byte
}

std::optional<std::string_view> PrecompiledCharsmap::replacement(std::string_view part) const {
  std::optional<std::string_view> found;
  rules(part, [&](std::size_t, std::size_t start) {
    found = text_at(start);
    return false;  // the shortest
  });
  return found;
}

std::optional<PrecompiledCharsmap::Rule> PrecompiledCharsmap::longest(std::string_view text) const {
  std::optional<Rule> found;
  int count = 0;
  rules(text.substr(0, kLongestRule), [&](std::size_t length, std::size_t start) {
    const auto other = text_at(start);
    found.reset();
    if (other) found = {length, *other};
    return ++count < kMaxRules;
  });
  return found;
}

bool PrecompiledCharsmap::may_begin(char first, char next) const {
  std::size_t node = offset(trie_[0]);
  for (const char c : {first, next}) {
    const auto byte = static_cast<unsigned char>(c);
    node ^= byte;
    if (byte == 0 || node >= trie_.size() || label(trie_[node]) != byte) return false;
    if (has_leaf(trie_[node])) return true;
    node ^= offset(trie_[node]);
  }
  return true;
}

void PrecompiledCharsmap::apply_cluster(std::string_view cluster, std::string& out) const {
  if (cluster.size() <= kLongestCluster) {
    if (const auto other = replacement(cluster)) {
      out += *other;
      return;
    }
  }
  for (std::size_t at = 0; at < cluster.size();) {
    const std::size_t start = at;
    next_code_point(cluster, at);
    const auto part = cluster.substr(start, at - start);
    out += replacement(part).value_or(part);
  }
}

std::string PrecompiledCharsmap::apply(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  for_each_cluster(text, [&](std::string_view cluster) { apply_cluster(cluster, out); });
  return out;
}

}  // namespace hone::model
