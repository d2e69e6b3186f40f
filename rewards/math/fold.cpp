#include <algorithm>

#include "rewards/math/canonical.h"

namespace hone::rewards::math {
namespace {

bool all_integers(const std::vector<Expr>& args) {
  return std::all_of(args.begin(), args.end(), [](const Expr& arg) {
    return arg->is(Kind::kNumber) && arg->number->get_den() == 1 &&
           mpz_sizeinbase(arg->number->get_num_mpz_t(), 2) <= kMaxBits;
  });
}

Expr fold_integers(const std::string& name, const std::vector<Expr>& args) {
  if (!all_integers(args) || args.empty()) return nullptr;
  mpz_class value = args[0]->number->get_num();
  if (name == "gcd" || name == "lcm") {
    for (const Expr& arg : args) {
      const mpz_class& other = arg->number->get_num();
      if (name == "gcd") {
        value = gcd(value, other);
      } else {
        value = lcm(value, other);
      }
      if (mpz_sizeinbase(value.get_mpz_t(), 2) > kMaxBits) return nullptr;
    }
    return number(value);
  }
  if (name == "mod" && args.size() == 2 && args[1]->number->get_num() > 0) {
    mpz_mod(value.get_mpz_t(), value.get_mpz_t(), args[1]->number->get_num_mpz_t());
    return number(value);
  }
  if (name == "factorial" && value >= 0 && value <= 450) {  // 450! has less than 4096 bits
    mpz_fac_ui(value.get_mpz_t(), value.get_ui());
    return number(value);
  }
  if (name == "binomial" && args.size() == 2) {
    const mpz_class& below = args[1]->number->get_num();
    if (value < 0 || value > 4000 || below < 0) return nullptr;
    if (below > value) return number(0);
    mpz_bin_ui(value.get_mpz_t(), value.get_mpz_t(), below.get_ui());
    return number(value);
  }
  return nullptr;
}

}  // namespace

Expr fold_function(const std::string& name, const std::vector<Expr>& args, Budget& budget) {
  const bool exact =
      std::all_of(args.begin(), args.end(), [](const Expr& arg) { return arg->is(Kind::kNumber); });
  if (name == "det" && args.size() == 1 && args[0]->is(Kind::kMatrix)) {
    const Node& m = *args[0];
    if (m.columns == 2 && m.args.size() == 4) {
      return canonical(make(Kind::kAdd, {make(Kind::kMul, {m[0], m[3]}),
                                         negate(make(Kind::kMul, {m[1], m[2]}))}),
                       budget);
    }
    return nullptr;
  }
  if (!exact || args.empty()) return nullptr;
  budget.spend(16);
  if (Expr folded = fold_integers(name, args)) return folded;
  const mpq_class& value = *args[0]->number;
  if (name == "abs") return number(abs(value), args[0]->flags == kDecimal);
  if (name == "floor" || name == "ceil") {
    mpz_class result;
    if (name == "floor") {
      mpz_fdiv_q(result.get_mpz_t(), value.get_num_mpz_t(), value.get_den_mpz_t());
    } else {
      mpz_cdiv_q(result.get_mpz_t(), value.get_num_mpz_t(), value.get_den_mpz_t());
    }
    return number(result);
  }
  if (name == "max" || name == "min") {
    const auto less = [](const Expr& a, const Expr& b) { return *a->number < *b->number; };
    return name == "max" ? *std::max_element(args.begin(), args.end(), less)
                         : *std::min_element(args.begin(), args.end(), less);
  }
  return nullptr;
}

namespace {

Expr cell(const Node& matrix, std::size_t row, std::size_t column) {
  return matrix[row * matrix.columns + column];
}

Expr add_matrices(const Node& a, const Node& b, Budget& budget) {
  if (a.columns != b.columns || a.args.size() != b.args.size()) return nullptr;
  std::vector<Expr> cells;
  for (std::size_t i = 0; i < a.args.size(); ++i) {
    cells.push_back(canonical(make(Kind::kAdd, {a[i], b[i]}), budget));
  }
  return make(Kind::kMatrix, std::move(cells), {}, kNoFlags, a.columns);
}

Expr scale(const Node& a, const Expr& factor, Budget& budget) {
  std::vector<Expr> cells;
  for (const Expr& value : a.args)
    cells.push_back(canonical(make(Kind::kMul, {factor, value}), budget));
  return make(Kind::kMatrix, std::move(cells), {}, kNoFlags, a.columns);
}

Expr multiply_matrices(const Node& a, const Node& b, Budget& budget) {
  const std::size_t inner = a.columns, rows = a.args.size() / inner;
  if (b.args.size() / b.columns != inner) return nullptr;
  std::vector<Expr> cells;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < b.columns; ++j) {
      std::vector<Expr> terms;
      for (std::size_t k = 0; k < inner; ++k) {
        terms.push_back(make(Kind::kMul, {cell(a, i, k), cell(b, k, j)}));
      }
      cells.push_back(
          canonical(terms.size() == 1 ? terms[0] : make(Kind::kAdd, std::move(terms)), budget));
    }
  }
  return make(Kind::kMatrix, std::move(cells), {}, kNoFlags, b.columns);
}

Expr transpose(const Node& a) {
  const std::size_t rows = a.args.size() / a.columns;
  std::vector<Expr> cells;
  for (std::size_t j = 0; j < a.columns; ++j) {
    for (std::size_t i = 0; i < rows; ++i) cells.push_back(cell(a, i, j));
  }
  return make(Kind::kMatrix, std::move(cells), {}, kNoFlags, static_cast<std::uint16_t>(rows));
}

}  // namespace

Expr fold_matrices(const Node& node, Budget& budget) {
  const bool any = std::any_of(node.args.begin(), node.args.end(),
                               [](const Expr& arg) { return arg->is(Kind::kMatrix); });
  if (!any) return nullptr;
  if (node.is(Kind::kPow)) {
    if (!node[0]->is(Kind::kMatrix)) return nullptr;
    if (node[1]->is_symbol("T")) return transpose(*node[0]);
    if (!node[1]->is(Kind::kNumber) || *node[1]->number < 1 || *node[1]->number > 16 ||
        node[1]->number->get_den() != 1)
      return nullptr;
    Expr result = node[0];
    for (long i = node[1]->number->get_num().get_si(); result && i > 1; --i)
      result = multiply_matrices(*result, *node[0], budget);
    return result;
  }
  Expr matrix;
  std::vector<Expr> scalars;
  for (const Expr& arg : node.args) {
    if (!arg->is(Kind::kMatrix)) {
      if (node.is(Kind::kAdd)) return nullptr;
      scalars.push_back(arg);
    } else if (!matrix) {
      matrix = arg;
    } else {
      matrix = node.is(Kind::kAdd) ? add_matrices(*matrix, *arg, budget)
                                   : multiply_matrices(*matrix, *arg, budget);
      if (!matrix) return nullptr;
    }
  }
  for (const Expr& factor : scalars) matrix = scale(*matrix, factor, budget);
  return matrix;
}

}  // namespace hone::rewards::math
