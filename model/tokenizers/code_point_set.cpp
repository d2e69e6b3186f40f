#include "model/tokenizers/code_point_set.h"

#include <unicode/uset.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "model/tokenizers/newer_unicode.h"

namespace hone::model {
namespace {

using UnicodeSet = std::unique_ptr<USet, decltype(&uset_close)>;

void add_ranges(const USet* from, CodePointSet& to) {
  for (std::int32_t i = 0; i < uset_getItemCount(from); ++i) {
    UChar32 first = 0, last = 0;
    UErrorCode error = U_ZERO_ERROR;
    // Items behind the ranges are strings: foldings into several characters.
    if (uset_getItem(from, i, &first, &last, nullptr, 0, &error) != 0) break;
    to.add(static_cast<char32_t>(first), static_cast<char32_t>(last));
  }
}

CodePointSet union_of(std::initializer_list<const char*> properties) {
  CodePointSet all;
  for (const char* property : properties) all.add(property_set(property));
  return all;
}

}  // namespace

bool CodePointSet::empty() const {
  return std::all_of(bits_.begin(), bits_.end(), [](std::uint64_t word) { return word == 0; });
}

CodePointSet& CodePointSet::add(char32_t first, char32_t last) {
  for (char32_t c = first; c <= last && c < kEnd; ++c)
    bits_[c >> 6] |= std::uint64_t{1} << (c & 63);
  return *this;
}

CodePointSet& CodePointSet::add(const CodePointSet& other) {
  for (std::size_t i = 0; i < bits_.size(); ++i) bits_[i] |= other.bits_[i];
  return *this;
}

CodePointSet& CodePointSet::keep(const CodePointSet& other) {
  for (std::size_t i = 0; i < bits_.size(); ++i) bits_[i] &= other.bits_[i];
  return *this;
}

CodePointSet& CodePointSet::invert() {
  for (auto& word : bits_) word = ~word;
  return *this;
}

CodePointSet& CodePointSet::close_over_case() {
  const UnicodeSet closed(uset_openEmpty(), uset_close);
  for (char32_t c = 0; c < kEnd; ++c) {
    if (bits_[c >> 6] == 0) {
      c |= 63;
    } else if (contains(c)) {
      uset_add(closed.get(), static_cast<UChar32>(c));
    }
  }
  uset_closeOver(closed.get(), USET_CASE_INSENSITIVE);
  add_ranges(closed.get(), *this);
  return *this;
}

CodePointSet property_set(const std::string& name) {
  CodePointSet out;
  const UnicodeSet set(uset_openEmpty(), uset_close);
  const std::u16string property(name.begin(), name.end());
  UErrorCode error = U_ZERO_ERROR;
  uset_applyPropertyAlias(set.get(), property.data(), static_cast<std::int32_t>(property.size()),
                          u"", 0, &error);
  if (U_FAILURE(error)) return out;
  add_ranges(set.get(), out);
  for (const auto& range : kAfterUnicode14) {
    if (range.category.starts_with(name)) out.add(range.first, range.last);
  }
  return out;
}

CodePointSet known_by(const char* version) {
  CodePointSet out;
  const UnicodeSet set(uset_openEmpty(), uset_close);
  const std::u16string value(version, version + std::char_traits<char>::length(version));
  UErrorCode error = U_ZERO_ERROR;
  uset_applyPropertyAlias(set.get(), u"age", 3, value.data(),
                          static_cast<std::int32_t>(value.size()), &error);
  if (U_FAILURE(error)) throw std::runtime_error(std::string("ICU lacks Unicode ") + version);
  add_ranges(set.get(), out);
  return out;
}

const CodePointSet& white_space_set() {
  static const CodePointSet set = property_set("White_Space");
  return set;
}

const CodePointSet& word_set() {
  static const CodePointSet set = union_of({"L", "M", "N", "Pc"});
  return set;
}

const CodePointSet& rust_word_set() {
  static const CodePointSet set = union_of({"Alphabetic", "L", "M", "Nd", "Pc", "Join_Control"});
  return set;
}

}  // namespace hone::model
