#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "model/tokenizers/pre_tokenizer.h"

namespace hone::model {

/// What becomes of the places where a text is split.
enum class SplitBehavior {
  kRemoved,             // they are left out
  kIsolated,            // each is a piece
  kMergedWithPrevious,  // each belongs to the piece before
  kMergedWithNext,      // each belongs to the piece behind
  kContiguous,          // neighbours are one piece
};

/// The field "behavior". Throws: DataError.
SplitBehavior split_behavior(const Fields& fields);

using SplitFinder =
    std::function<void(std::string_view, Regex::Scratch&, std::vector<RegexMatch>&)>;

/// Splits every piece at the places that `find` finds in it, or with `invert` at all others.
/// Source: tokenizers' NormalizedString::split.
void split(PreTokenized& text, const SplitFinder& find, SplitBehavior behavior, bool invert);

/// The places of single characters, and of a text.
void find_characters(std::string_view text, const CodePointSet& set, std::vector<RegexMatch>& out);
void find_text(std::string_view text, std::string_view wanted, std::vector<RegexMatch>& out);

}  // namespace hone::model
