#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone::rewards::math {

/// What a formula is made of.
struct Token {
  enum class Type {
    kNumber,     // text: digits, perhaps a point, an exponent; repeating: digits under a bar
    kLetter,     // text: a variable, or the name of a Greek letter
    kCommand,    // text: a LaTeX command that means something, without its backslash
    kWord,       // text: what stood in \text{}, trimmed
    kSign,       // text: one character: + - * / ^ _ ! ( ) [ ] { } | , ; : & and S for \{, E for \}
    kRelation,   // text: one character, as in a relation's name
    kSeparator,  // "and", "or"
    kPercent,
    kDegree,
    kRow,    // \\ between the rows of a matrix
    kBegin,  // text: the environment
    kFinish,
    kEnd,
  };
  Type type = Type::kEnd;
  std::string text;
  std::string repeating;
  bool spaced = false;  // white space before it

  bool sign(const char* s) const { return type == Type::kSign && text[0] == s[0]; }
};

/// Splits LaTeX or plain text. Leaves out what only changes the looks: spaces, \left,
/// \displaystyle, dollar signs. The last token is kEnd. Throws: Unreadable
std::vector<Token> tokenize(std::string_view text);

}  // namespace hone::rewards::math
