#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/jinja/value.h"

namespace hone::model::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct Expression {
  enum class Kind {
    kConstant,    // constant
    kName,        // text
    kList,        // parts
    kTuple,       // parts
    kDict,        // parts: key, value, key, value ...
    kAttribute,   // parts[0].text
    kItem,        // parts[0][parts[1]]
    kSlice,       // parts[0][parts[1]:parts[2]:parts[3]], each of the last three may be null
    kCall,        // parts[0](parts[1], ...), the last names.size() of them by name
    kFilter,      // parts[0]|text(...), likewise
    kTest,        // parts[0] is text(...), likewise
    kNot,         // parts[0]
    kNegative,    // parts[0]
    kPositive,    // parts[0]
    kAnd,         // parts[0], parts[1]
    kOr,          // parts[0], parts[1]
    kArithmetic,  // parts[0] text parts[1]
    kConcat,      // parts
    kCompare,     // parts[0] names[0] parts[1] names[1] parts[2] ...
    kChoice,      // parts[1] if parts[0] else parts[2], which may be null
    kBlock,       // what the block around it holds: `{% set x | upper %}...`
  };
  Kind kind = Kind::kConstant;
  int line = 0;
  int depth = 1;
  std::string text;
  Value constant;
  std::vector<ExpressionPtr> parts;
  std::vector<std::string> names;
};

struct Statement;
using Body = std::vector<std::unique_ptr<const Statement>>;

struct Statement {
  enum class Kind {
    kText,      // text
    kOutput,    // expressions[0]
    kIf,        // expressions[i] leads to bodies[i]; one body more is the else
    kFor,       // for expressions[0] in expressions[1] if expressions[2], which may be null;
                // bodies[0], and bodies[1] if there was nothing
    kSet,       // expressions[0] = expressions[1]
    kSetBlock,  // expressions[0] = bodies[0] through expressions[1], which may be null
    kFilter,    // bodies[0] through expressions[0]
    kMacro,     // text(names) with defaults expressions of the last of them; bodies[0]
    kScope,     // names = expressions, then bodies[0]
    kBreak,
    kContinue,
  };
  Kind kind = Kind::kText;
  int line = 0;
  std::string text;
  std::vector<std::string> names;
  std::vector<ExpressionPtr> expressions;
  std::vector<Body> bodies;
};

}  // namespace hone::model::jinja
