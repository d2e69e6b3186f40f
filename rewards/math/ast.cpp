#include "rewards/math/ast.h"

#include <array>

namespace hone::rewards::math {
namespace {

constexpr std::array<std::string_view, 24> kKindNames = {
    "number", "symbol", "text",   "+",        "*",   "^",       "function", "percent",
    "unit",   "+-",     "tuple",  "list",     "set", "builder", "interval", "union",
    "cap",    "minus",  "matrix", "relation", "in",  "ratio",   "sum",      "product"};

void write_node(const Node& node, std::string& out, std::size_t limit) {
  if (out.size() > limit) return;
  if (node.is(Kind::kNumber)) {
    // A number of many digits would cost more to write_node than to compare.
    const bool small = mpz_sizeinbase(node.number->get_num_mpz_t(), 2) < 4096 &&
                       mpz_sizeinbase(node.number->get_den_mpz_t(), 2) < 4096;
    out += small ? node.number->get_str() : "(a long number)";
  } else if (node.args.empty() && !node.name.empty()) {
    out += node.name;
  } else {
    out += "(";
    out += kKindNames[static_cast<std::size_t>(node.kind)];
    if (!node.name.empty()) out += ":" + node.name;
    if (node.kind == Kind::kInterval) {
      out += (node.flags & kLeftOpen) != 0 ? " open" : " closed";
      out += (node.flags & kRightOpen) != 0 ? " open" : " closed";
    }
    for (const Expr& arg : node.args) {
      out += " ";
      write_node(*arg, out, limit);
    }
    out += ")";
  }
}

std::uint64_t hash_of(const Node& node) {
  std::uint64_t hash = mix(static_cast<std::uint64_t>(node.kind) + 1, hash_text(node.name));
  // How a number was written is no part of it.
  const std::uint8_t flags = node.kind == Kind::kNumber ? 0 : node.flags;
  hash = mix(hash, flags * 65536U + node.columns);
  for (const Expr& arg : node.args) hash = mix(hash, arg->hash);
  if (node.number) {
    for (const mpz_srcptr part : {node.number->get_num_mpz_t(), node.number->get_den_mpz_t()}) {
      hash = mix(hash, static_cast<std::uint64_t>(mpz_sgn(part)) + mpz_size(part) * 4);
      for (std::size_t i = 0; i < mpz_size(part); ++i) {
        hash = mix(hash, mpz_getlimbn(part, static_cast<mp_size_t>(i)));
      }
    }
  }
  return hash;
}

}  // namespace

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = a * 0x9E3779B97F4A7C15U ^ (b + 0x9E3779B97F4A7C15U + (a << 6U) + (a >> 2U));
  x ^= x >> 32U;
  x *= 0xD6E8FEB86659FD93U;
  x ^= x >> 32U;
  return x;
}

std::uint64_t hash_text(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

Expr make(Kind kind, std::vector<Expr> args, std::string_view name, std::uint8_t flags,
          std::uint16_t columns) {
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->flags = flags;
  node->columns = columns;
  node->name = name;
  node->args = std::move(args);
  node->hash = hash_of(*node);
  return node;
}

Expr number(mpq_class value, bool decimal) {
  auto node = std::make_shared<Node>();
  node->flags = decimal ? kDecimal : kNoFlags;
  node->number = std::move(value);
  node->hash = hash_of(*node);
  return node;
}

Expr symbol(std::string_view name) { return make(Kind::kSymbol, {}, name); }

Expr negate(const Expr& value) {
  if (value->is(Kind::kNumber)) return number(-*value->number, value->flags == kDecimal);
  return make(Kind::kMul, {number(-1), value});
}

Expr divide(const Expr& above, const Expr& below) {
  return make(Kind::kMul, {above, make(Kind::kPow, {below, number(-1)})});
}

Expr with_args(const Node& node, std::vector<Expr> args) {
  return make(node.kind, std::move(args), node.name, node.flags, node.columns);
}

bool identical(const Node& a, const Node& b) {
  if (&a == &b) return true;
  if (a.hash != b.hash || a.kind != b.kind || a.name != b.name || a.number != b.number ||
      a.columns != b.columns || a.args.size() != b.args.size()) {
    return false;
  }
  if (a.kind != Kind::kNumber && a.flags != b.flags) return false;
  for (std::size_t i = 0; i < a.args.size(); ++i) {
    if (!identical(*a[i], *b[i])) return false;
  }
  return true;
}

bool contains(const Node& node, Kind kind) {
  if (node.kind == kind) return true;
  for (const Expr& arg : node.args) {
    if (contains(*arg, kind)) return true;
  }
  return false;
}

std::string to_text(const Node& node, std::size_t limit) {
  std::string out;
  write_node(node, out, limit);
  if (out.size() > limit) out = out.substr(0, limit) + "...";
  return out;
}

}  // namespace hone::rewards::math
