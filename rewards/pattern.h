#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hone::rewards {

/// A regular expression that never runs away: each search may take so many steps and so much memory
/// and then gives up, always at the same point. PCRE2 does the work.
class Pattern {
 public:
  /// `whole`: the text must match from end to end, not just somewhere.
  /// Throws: std::invalid_argument for a text that is no regular expression.
  explicit Pattern(const std::string& expression, bool whole = false);

  /// Where it first matches at or after `from`, as begin and end; `begin` is npos where it does
  /// not.
  struct Match {
    std::size_t begin = std::string_view::npos, end = std::string_view::npos;
    bool found() const { return begin != std::string_view::npos; }
  };
  /// Nothing where the search gave up, or the text has more than kLongest bytes.
  std::optional<Match> find(std::string_view text, std::size_t from = 0) const;

  static constexpr std::size_t kLongest = std::size_t{1} << 18;

 private:
  std::shared_ptr<const void> code_;  // a compiled pattern does not change: it can be shared
};

}  // namespace hone::rewards
