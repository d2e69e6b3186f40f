#include "rewards/math/shape.h"

#include <algorithm>

#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

void collect_symbols(const Expr& expr, std::vector<std::string>& order) {
  if (expr->is(Kind::kSymbol) && expr->name != "pi" && expr->name != "e" && expr->name != "i" &&
      std::find(order.begin(), order.end(), expr->name) == order.end()) {
    order.push_back(expr->name);
  }
  for (const Expr& arg : expr->args) collect_symbols(arg, order);
}

Expr renamed(const Expr& expr, const std::vector<std::string>& order) {
  if (expr->is(Kind::kSymbol)) {
    const auto found = std::find(order.begin(), order.end(), expr->name);
    return found == order.end() ? expr : symbol("#" + std::to_string(found - order.begin()));
  }
  std::vector<Expr> args;
  for (const Expr& arg : expr->args) args.push_back(renamed(arg, order));
  return args.empty() ? expr : with_args(*expr, std::move(args));
}

}  // namespace

bool only_symbols(const Node& node) {
  if (node.is(Kind::kSymbol)) return node.name != "pi" && node.name != "infty";
  if (node.is(Kind::kText)) return true;
  if (node.is(Kind::kPow)) {
    return node[1]->is(Kind::kNumber) && *node[1]->number == -1 && only_symbols(*node[0]);
  }
  if (node.is(Kind::kFunction) && node.args.size() == 1 && node[0]->is(Kind::kNumber))
    return node.name.size() <= 2;  // f(2)
  if (node.args.empty() || node.is(Kind::kAdd)) return false;
  return std::all_of(node.args.begin(), node.args.end(),
                     [](const Expr& arg) { return only_symbols(*arg); });
}

bool is_equation(const Node& node) {
  return node.is(Kind::kRelation) && node.name.find_first_not_of('=') == std::string::npos;
}

bool is_assignment(const Node& node) { return is_equation(node) && only_symbols(*node[0]); }

std::string spelling(const Node& node) {
  std::string out;
  if (node.is(Kind::kText) || node.is(Kind::kSymbol)) {
    for (const char c : node.name) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (letter || is_digit(c) || static_cast<unsigned char>(c) >= 0x80) out += c;
    }
  } else if (node.is(Kind::kMul)) {
    for (const Expr& arg : node.args) {
      const std::string part = spelling(*arg);
      if (part.empty()) return {};
      out += part;
    }
  }
  return out;
}

bool is_collection(const Node& node) {
  switch (node.kind) {
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kSet:
    case Kind::kInterval:
    case Kind::kUnion:
    case Kind::kIntersection:
    case Kind::kDifference:
      return true;
    default:
      return node.is_symbol("\\R") || node.is_symbol("emptyset");
  }
}

std::vector<std::string> symbols_of(const Expr& expr) {
  std::vector<std::string> order;
  collect_symbols(expr, order);
  return order;
}

Expr by_position(const Expr& expr) { return renamed(expr, symbols_of(expr)); }

}  // namespace hone::rewards::math
