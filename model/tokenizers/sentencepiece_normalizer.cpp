#include "model/tokenizers/sentencepiece_normalizer.h"

#include "model/utf8.h"

namespace hone::model {

SentencePieceNormalizer::SentencePieceNormalizer(SentencePieceModel::Rules rules, bool suffix,
                                                 const SentencePieces* symbols,
                                                 const std::string& place)
    : rules_(std::move(rules)),
      suffix_(suffix),
      symbols_(symbols),
      space_(rules_.escape_whitespaces ? "\u2581" : " ") {
  if (!rules_.charsmap.empty()) {
    charsmap_.emplace(rules_.charsmap, place + ".precompiled_charsmap");
  }
  for (int byte = 0; byte < 0x80; ++byte) {
    const char c = static_cast<char>(byte);
    if (symbols_ != nullptr && symbols_->has_symbol(c)) continue;
    for (int next = 0; next < 0x100; ++next) {
      stays_[byte << 8 | next] = !charsmap_ || !charsmap_->may_begin(c, static_cast<char>(next));
    }
  }
}

SentencePieceNormalizer::Step SentencePieceNormalizer::step(std::string_view text) const {
  if (symbols_ != nullptr) {
    std::int32_t id = 0;
    if (const auto length = symbols_->symbol(text, id)) return {length, text.substr(0, length)};
  }
  if (charsmap_) {
    if (const auto rule = charsmap_->longest(text)) return {rule->length, rule->replacement};
  }
  std::size_t used = 0;
  if (next_checked(text, used) < 0) return {1, "\ufffd"};
  return {used, text.substr(0, used)};
}

std::string SentencePieceNormalizer::apply(std::string_view text, bool prefix) const {
  const bool trim = rules_.remove_extra_whitespaces;
  while (trim && !text.empty()) {
    const Step first = step(text);
    if (first.result != " ") break;
    text.remove_prefix(first.used);
  }
  std::string out;
  if (text.empty()) return out;
  out.reserve(text.size() + text.size() / 2);
  prefix = prefix && rules_.add_dummy_prefix;
  if (prefix && !suffix_) out += space_;

  bool after_space = trim;
  for (std::size_t at = 0; at < text.size();) {
    if (stays(text, at)) {
      if (text[at] == ' ') {
        if (!after_space) out += space_;
        after_space = trim;
        ++at;
        continue;
      }
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != ' ' && stays(text, end)) ++end;
      out.append(text, at, end - at);
      at = end;
      after_space = false;
      continue;
    }
    auto [used, result] = step(text.substr(at));
    at += used;
    while (after_space && result.starts_with(' ')) result.remove_prefix(1);
    for (const char c : result) {
      if (c == ' ') {
        out += space_;
      } else {
        out += c;
      }
    }
    if (!result.empty()) after_space = trim && result.ends_with(' ');
  }

  while (trim && out.ends_with(space_)) out.resize(out.size() - space_.size());
  if (prefix && suffix_) out += space_;
  return out;
}

}  // namespace hone::model
