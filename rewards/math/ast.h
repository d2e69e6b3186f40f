#pragma once

#include <gmpxx.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hone::rewards::math {

enum class Kind : std::uint8_t {
  kNumber,        // an exact rational
  kSymbol,        // a variable, a constant (pi, e, i, infty) or a named set
  kText,          // words
  kAdd,           // any number of terms
  kMul,           // any number of factors; a quotient is a factor to the power -1
  kPow,           // base, exponent; a root is a power
  kFunction,      // `name` of the arguments; an unknown name is a function nothing is known of
  kPercent,       // a number of percent
  kQuantity,      // a number and its unit, in `name`
  kPlusMinus,     // either sign; flag kOpposite for \mp
  kTuple,         // an ordered list in brackets
  kList,          // an unordered list without braces; flag kOr if an "or" joins it
  kSet,           // an unordered list in braces
  kBuilder,       // element, condition
  kInterval,      // low, high; flags kLeftOpen and kRightOpen
  kUnion,         // of sets
  kIntersection,  // of sets
  kDifference,    // of two sets
  kMatrix,        // row by row; `columns`
  kRelation,      // a chain: one more side than there are signs in `name`, which are = < >, l (at
                  // most), g (at least) and n (not equal)
  kMember,        // element, set
  kRatio,         // 3:4:5
  kSum,           // lower, upper, term; `name` is the index
  kProduct,       // the same
};

enum Flags : std::uint8_t {
  kNoFlags = 0,
  kLeftOpen = 1,
  kRightOpen = 2,
  kOr = 1,
  kOpposite = 1,
  kDecimal = 1,  // a number that was written with a decimal point
};

struct Node;
using Expr = std::shared_ptr<const Node>;

/// A node of an expression. Never changed once made, so parts are shared.
struct Node {
  Kind kind = Kind::kNumber;
  std::uint8_t flags = kNoFlags;
  std::uint16_t columns = 0;
  std::uint64_t hash = 0;  // of everything in it, in the order in which it stands
  std::string name;
  std::vector<Expr> args;
  std::optional<mpq_class> number;

  bool is(Kind k) const { return kind == k; }
  bool is_symbol(std::string_view text) const { return kind == Kind::kSymbol && name == text; }
  const Expr& operator[](std::size_t i) const { return args[i]; }
};

std::uint64_t mix(std::uint64_t a, std::uint64_t b);
std::uint64_t hash_text(std::string_view text);

Expr make(Kind kind, std::vector<Expr> args, std::string_view name = {}, std::uint8_t flags = 0,
          std::uint16_t columns = 0);
Expr number(mpq_class value, bool decimal = false);
Expr symbol(std::string_view name);
Expr negate(const Expr& value);
Expr divide(const Expr& above, const Expr& below);
/// The same node around other arguments.
Expr with_args(const Node& node, std::vector<Expr> args);

/// Written the same way? Compares everything, after the hashes.
bool identical(const Node& a, const Node& b);
bool contains(const Node& node, Kind kind);

/// For people, in prefix form: `(+ x 1/2)`; cut after `limit` bytes.
std::string to_text(const Node& node, std::size_t limit = 80);

}  // namespace hone::rewards::math
