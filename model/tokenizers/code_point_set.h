#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hone::model {

/// A set of code points, a bit each: asking is one look, and the 136 KB are shared by a pattern.
class CodePointSet {
 public:
  static constexpr char32_t kEnd = 0x110000;

  CodePointSet() : bits_(kEnd / 64) {}

  bool contains(char32_t c) const { return bits_[c >> 6] >> (c & 63) & 1; }
  bool operator==(const CodePointSet&) const = default;
  bool empty() const;
  CodePointSet& add(char32_t first, char32_t last);
  CodePointSet& add(const CodePointSet& other);
  CodePointSet& keep(const CodePointSet& other);
  CodePointSet& invert();
  /// Adds what differs from a member only in case.
  CodePointSet& close_over_case();

 private:
  std::vector<std::uint64_t> bits_;
};

/// The code points with a general category ("L", "Nd"), of a script ("Han") or with a property
/// ("White_Space"); empty for a name that Unicode does not know.
CodePointSet property_set(const std::string& name);

/// What was assigned in this version of Unicode ("8.0").
CodePointSet known_by(const char* version);

/// White_Space, which is \s of a pattern and what Rust's is_whitespace says.
const CodePointSet& white_space_set();
/// Letters, marks, numbers and connectors: \w of a pattern.
const CodePointSet& word_set();
/// \w of Rust's regular expressions, which added tokens and Whitespace go by.
const CodePointSet& rust_word_set();

}  // namespace hone::model
