#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/tokenizers/code_point_set.h"

namespace hone::model {

/// One step of a compiled pattern.
struct RegexStep {
  enum class Kind {
    kChar,       // this code point
    kSet,        // one of a set
    kRun,        // as many of a set as there are, then fewer
    kWholeRun,   // as many of a set as there are (possessive)
    kSplit,      // `next` first, then `other`
    kJump,       // to `other`
    kAhead,      // a code point of the set comes next
    kNotAhead,   // none does
    kBehind,     // a code point of the set came before
    kNotBehind,  // none did
    kLineStart,
    kLineEnd,
    kTextStart,
    kTextEnd,
    kMatch,
  };
  Kind kind;
  char32_t code_point = 0;
  std::int32_t set = -1;
  std::int32_t other = -1;
  std::int32_t mark = -1;  // of a step that is tried at most once at a position
};

/// Where a pattern matched, in bytes.
using RegexMatch = std::pair<std::size_t, std::size_t>;

/// A regular expression over valid UTF-8, with the meaning that Oniguruma gives it: the first
/// alternative that leads to a match. Matching takes time and memory in proportion to the text
/// times the pattern, whatever both are: a step that failed at a position is not tried there again.
/// Differs: no back-references, no possessive groups, and what stands in a look-around is one
/// character; the constructor refuses what it does not know.
class Regex {
 public:
  /// Throws: DataError naming `place`.
  Regex(const std::string& pattern, const std::string& place);

  /// Memory that searches share.
  struct Scratch {
    struct Choice {
      std::int32_t step;
      std::size_t at, low;
    };
    std::vector<std::uint64_t> marks;
    std::vector<Choice> choices;
  };

  /// All matches from left to right; an empty one is left out where a match has just ended.
  void find_all(std::string_view text, Scratch& scratch, std::vector<RegexMatch>& out) const;

 private:
  bool match_at(std::string_view text, std::size_t start, Scratch& scratch, std::size_t& end) const;

  std::vector<RegexStep> steps_;
  std::vector<CodePointSet> sets_;
  std::size_t marks_ = 0;  // steps with a mark
};

}  // namespace hone::model
