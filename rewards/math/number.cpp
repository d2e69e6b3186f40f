#include "rewards/math/number.h"

#include <gmpxx.h>

#include <cstdint>
#include <utility>

#include "rewards/text.h"

namespace hone::rewards {
namespace {

/// digits * 10^exponent.
struct Decimal {
  mpz_class digits;
  std::int64_t exponent = 0;
};

/// A cursor over the text. Each function takes what it can and says if that was what it looks for;
/// a failure ends the whole reading, so nothing is put back.
class NumberReader {
 public:
  explicit NumberReader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  /// True if the sign taken, if any, is a minus.
  bool take_minus() {
    if (take("-") || take("\xE2\x88\x92")) return true;
    take("+");
    return false;
  }

  std::optional<Decimal> decimal() {
    std::string digits(run());
    if (!groups(digits)) return std::nullopt;
    Decimal value;
    if (take(".")) {
      const std::string_view fraction = run();
      digits += fraction;
      value.exponent = -static_cast<std::int64_t>(fraction.size());
    }
    if (digits.empty()) return std::nullopt;
    if (take("e") || take("E")) {
      const bool minus = take_minus();
      const std::optional<std::int64_t> power = small_integer();
      if (!power) return std::nullopt;
      value.exponent += minus ? -*power : *power;
    }
    value.digits.set_str(digits, 10);
    return value;
  }

 private:
  std::string_view run() {
    std::size_t size = 0;
    while (size < rest_.size() && is_digit(rest_[size])) ++size;
    const std::string_view digits = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return digits;
  }

  /// Thousands after the first digits: groups of exactly three behind one to three.
  bool groups(std::string& digits) {
    const bool can_start = !digits.empty() && digits.size() <= 3 && digits.front() != '0';
    while (take(",") || take("{,}")) {
      const std::string_view group = run();
      if (!can_start || group.size() != 3) return false;
      digits += group;
    }
    return true;
  }

  /// A power of ten that leaves room for sums of a few of them.
  std::optional<std::int64_t> small_integer() {
    std::string_view digits = run();
    if (digits.empty()) return std::nullopt;
    while (!digits.empty() && digits.front() == '0') digits.remove_prefix(1);
    if (digits.size() > 17) return std::nullopt;
    std::int64_t value = 0;
    for (const char digit : digits) value = value * 10 + (digit - '0');
    return value;
  }

  std::string_view rest_;
};

/// Takes all factors 2 and 5 out of a positive number, so that powers of ten never need writing
/// out.
std::pair<std::int64_t, std::int64_t> remove_tens(mpz_class& value) {
  const mp_bitcnt_t twos = mpz_scan1(value.get_mpz_t(), 0);
  mpz_fdiv_q_2exp(value.get_mpz_t(), value.get_mpz_t(), twos);
  const mpz_class five = 5;
  const mp_bitcnt_t fives = mpz_remove(value.get_mpz_t(), value.get_mpz_t(), five.get_mpz_t());
  return {static_cast<std::int64_t>(twos), static_cast<std::int64_t>(fives)};
}

/// value = sign * n/d * 2^a * 5^b with n/d in lowest terms and prime to ten: unique for each
/// number.
std::optional<std::string> quotient_key(bool minus, Decimal above, Decimal below) {
  if (below.digits == 0) return std::nullopt;
  if (above.digits == 0) return "0";
  const auto [above_twos, above_fives] = remove_tens(above.digits);
  const auto [below_twos, below_fives] = remove_tens(below.digits);
  if (below.digits != 1) {
    const mpz_class common = gcd(above.digits, below.digits);
    above.digits /= common;
    below.digits /= common;
  }
  const std::int64_t tens = above.exponent - below.exponent;
  // Base 16: base 10 would cost more than all the rest on long numbers.
  std::string key = minus ? "-" : "";
  key += above.digits.get_str(16) + "/" + below.digits.get_str(16);
  key += "*2^" + std::to_string(tens + above_twos - below_twos);
  key += "*5^" + std::to_string(tens + above_fives - below_fives);
  return key;
}

}  // namespace

std::optional<std::string> number_key(std::string_view text) {
  text = trim(text);
  if (text.empty() || text.size() > kMaxNumberText) return std::nullopt;
  NumberReader reader(text);
  bool minus = reader.take_minus();
  const bool latex = reader.take("\\frac{") || reader.take("\\dfrac{") || reader.take("\\tfrac{");
  if (latex) {
    reader.skip_space();
    minus ^= reader.take_minus();
  }
  std::optional<Decimal> above = reader.decimal();
  if (!above) return std::nullopt;
  reader.skip_space();
  std::optional<Decimal> below = Decimal{1, 0};
  if (latex ? reader.take("}{") : reader.take("/")) {
    reader.skip_space();
    minus ^= reader.take_minus();
    below = reader.decimal();
    reader.skip_space();
  } else if (latex) {
    return std::nullopt;
  }
  if (latex && !reader.take("}")) return std::nullopt;
  if (!below || !reader.at_end()) return std::nullopt;
  return quotient_key(minus, std::move(*above), std::move(*below));
}

}  // namespace hone::rewards
