#include "rewards/tasks/euclid.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

/// Or with this chance any other remainder there is: all of them come to an end.
std::int64_t remainder_of(std::int64_t a, std::int64_t b, double wrong_steps, Random& random) {
  const std::int64_t remainder = a % b;
  if (b == 1 || !random.chance(wrong_steps)) return remainder;
  return (remainder + random.between(1, b - 1)) % b;
}

}  // namespace

std::int64_t euclid_steps(std::string& think, std::int64_t a, std::int64_t b, double wrong_steps,
                          Random& random) {
  while (b > 0) {
    const std::int64_t remainder = remainder_of(a, b, wrong_steps, random);
    add_step(think, a, "%", b, "=", remainder);
    a = b;
    b = remainder;
  }
  return a;
}

std::int64_t euclid_in_words(std::string& think, std::int64_t a, std::int64_t b, double wrong_steps,
                             Random& random) {
  if (a < b) std::swap(a, b);
  while (b > 0) {
    const std::int64_t remainder = remainder_of(a, b, wrong_steps, random), times = a / b;
    say(think, a, " and ", b, ": ", b, " * ", times, " = ", b * times, ", ", a, " - ", b * times,
        " = ", remainder);
    a = b;
    b = remainder;
  }
  return a;
}

std::vector<std::int64_t> with_divisor(std::int64_t divisor, std::int64_t max_factor,
                                       std::int64_t count, Random& random) {
  for (;;) {
    std::vector<std::int64_t> numbers;
    std::int64_t common = 0, largest = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      numbers.push_back(random.between(1, max_factor));
      common = std::gcd(common, numbers.back());
      largest = std::max(largest, numbers.back());
    }
    if (common != 1 || largest == 1) continue;
    for (std::int64_t& number : numbers) number *= divisor;
    return numbers;
  }
}

}  // namespace hone::rewards
