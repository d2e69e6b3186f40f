#include "model/tokenizers/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "model/error.h"
#include "model/tokenizers/byte_level.h"
#include "model/tokenizers/newer_unicode.h"
#include "model/tokenizers/precompiled_charsmap.h"
#include "model/tokenizers/text_pattern.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

constexpr int kMaxNormalizerDepth = 50;

bool all_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

/// NFC, NFD, NFKC or NFKD. None of them changes ASCII.
void to_form(const icu::Normalizer2& form, NormalizedText& text) {
  if (all_ascii(text.text)) return;
  UErrorCode error = U_ZERO_ERROR;
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<std::int32_t>(text.text.size()));
  form.normalizeUTF8(0, text.text, sink, nullptr, error);
  if (U_FAILURE(error)) {
    throw std::runtime_error(std::string("ICU's normalization: ") + u_errorName(error));
  }
  text.text = std::move(out);
}

/// The text without the characters of a set.
void filter(NormalizedText& text, const CodePointSet& dropped) {
  std::string kept;
  kept.reserve(text.text.size());
  for (std::size_t at = 0; at < text.text.size();) {
    const std::size_t start = at;
    const char32_t c = next_code_point(text.text, at);
    if (!dropped.contains(c)) {
      kept.append(text.text, start, at - start);
    } else if (kept.empty()) {
      text.at_start = false;
    }
  }
  text.text = std::move(kept);
}

// The library that tokenizers normalizes with knows Unicode 9: what came later stays as it is.
constexpr const char* kUnicodeVersion = "9.0";
constexpr const char16_t* kVersionPattern = u"[:age=9.0:]";

const CodePointSet& mark_set() {
  static const CodePointSet set = [] {
    // When two signs of today were marks and one mark was a sign.
    CodePointSet sign;
    sign.add(0x111c9, 0x111c9).invert();
    CodePointSet marks = property_set("M").keep(known_by(kUnicodeVersion)).keep(sign);
    return marks.add(0x1cf2, 0x1cf3);
  }();
  return set;
}

/// One of ICU's forms for the characters of that version.
std::shared_ptr<const icu::Normalizer2> limited(const icu::Normalizer2* form, UErrorCode& error) {
  static const icu::UnicodeSet known = [] {
    UErrorCode failure = U_ZERO_ERROR;
    icu::UnicodeSet set(kVersionPattern, failure);
    if (U_FAILURE(failure)) throw std::runtime_error("ICU has no data of Unicode 9");
    set.freeze();
    return set;
  }();
  if (U_FAILURE(error)) throw std::runtime_error("ICU has no data of a normalization form");
  return std::make_shared<const icu::FilteredNormalizer2>(*form, known);
}

char32_t lower_case(char32_t c) {
  for (const auto& [first, last, shift] : kNewLowerCase) {
    if (c >= first && c <= last) return static_cast<char32_t>(static_cast<int>(c) + shift);
  }
  return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
}

char32_t lower_ascii(char32_t c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; }

void to_lower_case(NormalizedText& text) {
  std::string lower;
  lower.reserve(text.text.size());
  for (std::size_t at = 0; at < text.text.size();) {
    const char32_t c = next_code_point(text.text, at);
    if (c == 0x130) {  // the one letter that becomes two
      lower += "i\u0307";
    } else {
      append_code_point(lower, c < 0x80 ? lower_ascii(c) : lower_case(c));
    }
  }
  text.text = std::move(lower);
}

void strip_spaces(NormalizedText& text, bool left, bool right) {
  const auto& space = white_space_set();
  std::size_t begin = 0, end = text.text.size();
  while (left && begin < end) {
    std::size_t next = begin;
    if (!space.contains(next_code_point(text.text, next))) break;
    begin = next;
    text.at_start = false;
  }
  while (right && end > begin) {
    std::size_t last = previous_start(text.text, end);
    std::size_t at = last;
    if (!space.contains(next_code_point(text.text, at))) break;
    end = last;
  }
  text.text = text.text.substr(begin, end - begin);
}

void replace_pattern(NormalizedText& text, const TextPattern& pattern, const std::string& content) {
  Regex::Scratch scratch;
  std::vector<RegexMatch> matches;
  pattern.find_all(text.text, scratch, matches);
  if (matches.empty()) return;
  std::string out;
  std::size_t done = 0;
  for (const auto& [begin, end] : matches) {
    out.append(text.text, done, begin - done).append(content);
    done = end;
  }
  // What is put in counts as standing where the last of the characters stood that it replaces.
  const auto [begin, end] = matches[0];
  if (begin == 0 && end > 0 && (content.empty() || previous_start(text.text, end) > 0)) {
    text.at_start = false;
  }
  out.append(text.text, done);
  text.text = std::move(out);
}

}  // namespace

Normalizer::Normalizer(const Fields& file) {
  if (file.has("normalizer")) add(file.object("normalizer"), 0);
}

void Normalizer::apply(NormalizedText& text) const {
  for (const auto& step : steps_) step(text);
}

void Normalizer::add(const Fields& fields, int depth) {
  if (depth > kMaxNormalizerDepth) throw DataError(fields.place("type"), "is nested too deeply");
  const std::string type = fields.text("type");
  UErrorCode error = U_ZERO_ERROR;
  const auto form = [&](const icu::Normalizer2* instance) {
    steps_.push_back(
        [form = limited(instance, error)](NormalizedText& text) { to_form(*form, text); });
  };
  if (type == "Sequence") {
    for (const auto& part : fields.objects("normalizers")) add(part, depth + 1);
  } else if (type == "NFC") {
    form(icu::Normalizer2::getNFCInstance(error));
  } else if (type == "NFD") {
    form(icu::Normalizer2::getNFDInstance(error));
  } else if (type == "NFKC") {
    form(icu::Normalizer2::getNFKCInstance(error));
  } else if (type == "NFKD") {
    form(icu::Normalizer2::getNFKDInstance(error));
  } else if (type == "Lowercase") {
    steps_.emplace_back(to_lower_case);
  } else if (type == "StripAccents") {
    steps_.push_back([](NormalizedText& text) { filter(text, mark_set()); });
  } else if (type == "Strip") {
    steps_.push_back([left = fields.flag("strip_left"), right = fields.flag("strip_right")](
                         NormalizedText& text) { strip_spaces(text, left, right); });
  } else if (type == "Prepend") {
    steps_.push_back([prefix = fields.text("prepend")](NormalizedText& text) {
      if (!text.text.empty()) text.text.insert(0, prefix);
    });
  } else if (type == "Replace") {
    steps_.push_back([pattern = TextPattern(fields), content = fields.text("content")](
                         NormalizedText& text) { replace_pattern(text, pattern, content); });
  } else if (type == "ByteLevel") {
    steps_.push_back([](NormalizedText& text) {
      std::string out;
      append_byte_level(text.text, out);
      text.text = std::move(out);
    });
  } else if (type == "Precompiled") {
    const auto map = std::make_shared<const PrecompiledCharsmap>(PrecompiledCharsmap::from_base64(
        fields.text("precompiled_charsmap"), fields.place("precompiled_charsmap")));
    steps_.push_back([map](NormalizedText& text) { text.text = map->apply(text.text); });
  } else {
    throw DataError(fields.place("type"),
                    "Sequence, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Prepend, "
                    "Replace, ByteLevel or Precompiled",
                    "\"" + type + "\"");
  }
}

}  // namespace hone::model
