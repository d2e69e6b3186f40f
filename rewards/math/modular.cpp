#include "rewards/math/modular.h"

namespace hone::rewards::math {
namespace {

constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61U) - 1;

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(a) * b % kPrime);
}

std::uint64_t to_power(std::uint64_t base, std::uint64_t exponent) {
  std::uint64_t result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = times(result, base);
    base = times(base, base);
  }
  return result;
}

std::optional<std::uint64_t> inverse(std::uint64_t value) {
  if (value == 0) return std::nullopt;
  return to_power(value, kPrime - 2);
}

std::uint64_t remainder(const mpz_class& value, std::uint64_t by) {
  return mpz_fdiv_ui(value.get_mpz_t(), by);
}

std::optional<std::uint64_t> factorial(const Node& node) {
  constexpr unsigned long kMost = 5000;
  if (!node.is(Kind::kNumber) || node.number->get_den() != 1 || *node.number < 0 ||
      *node.number > kMost) {
    return std::nullopt;
  }
  std::uint64_t result = 1;
  for (std::uint64_t i = 2; i <= node.number->get_num().get_ui(); ++i) result = times(result, i);
  return result;
}

}  // namespace

std::optional<std::uint64_t> modular_value(const Node& node, Budget& budget) {
  budget.spend(4);
  switch (node.kind) {
    case Kind::kNumber: {
      const auto below = inverse(remainder(node.number->get_den(), kPrime));
      if (!below) return std::nullopt;
      return times(remainder(node.number->get_num(), kPrime), *below);
    }
    case Kind::kAdd:
    case Kind::kMul: {
      const bool sum = node.is(Kind::kAdd);
      std::uint64_t total = sum ? 0 : 1;
      for (const Expr& arg : node.args) {
        const auto value = modular_value(*arg, budget);
        if (!value) return std::nullopt;
        total = sum ? (total + *value) % kPrime : times(total, *value);
      }
      return total;
    }
    case Kind::kPow: {
      const Node& exponent = *node[1];
      if (!exponent.is(Kind::kNumber) || exponent.number->get_den() != 1) return std::nullopt;
      auto base = modular_value(*node[0], budget);
      if (base && *exponent.number < 0) base = inverse(*base);
      if (!base || *base == 0) return std::nullopt;
      budget.spend(64);
      // Fermat: exponents count modulo the prime less one.
      return to_power(*base, remainder(abs(exponent.number->get_num()), kPrime - 1));
    }
    case Kind::kFunction:
      if (node.name == "factorial") {
        budget.spend(2000);
        return factorial(*node[0]);
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace hone::rewards::math
