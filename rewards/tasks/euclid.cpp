#include "rewards/tasks/euclid.h"

#include <algorithm>
#include <numeric>

#include "rewards/tasks/common.h"

namespace hone::rewards {

std::int64_t euclid_steps(std::string& think, std::int64_t a, std::int64_t b, double wrong_steps,
                          Random& random) {
  while (b > 0) {
    std::int64_t remainder = a % b;
    // Any other remainder there is: all end.
    if (b > 1 && random.chance(wrong_steps)) remainder = (remainder + random.between(1, b - 1)) % b;
    add_step(think, a, "%", b, "=", remainder);
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
