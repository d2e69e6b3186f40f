#include "rewards/math/number.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "rewards/tasks/random.h"

using hone::rewards::number_key;
using hone::rewards::Random;

namespace {

bool same(const std::string& left, const std::string& right) {
  const auto a = number_key(left), b = number_key(right);
  REQUIRE(a.has_value());
  REQUIRE(b.has_value());
  return *a == *b;
}

}  // namespace

TEST_CASE("numbers are one number however they are written") {
  const std::vector<std::vector<std::string>> groups = {
      {"0", "-0", "+0", "0.0", "0e9", "000", "0/7", ".0", "0.", "-0/5", "0e99999999999999999"},
      {"42", "+42", "042", "42.0", "42.", "4.2e1", "420e-1", "84/2", "42/1", "0.42E+2", " 42 "},
      {"-42", "-84/2", "84/-2",
       "\xE2\x88\x92"
       "42",
       "-4.2e1", "-\\frac{84}{2}", "\\frac{-84}{2}"},
      {"1000", "1,000", "1e3", "1,000.0", "1{,}000", "1E03", "1e+3"},
      {"1234567", "1,234,567", "1.234567e6"},
      {"0.5", ".5", "1/2", "5e-1", "2/4", "0.50", "50/100", "1.5/3", "\\frac{1}{2}",
       "\\dfrac{2}{4}", "\\tfrac{ 1 }{ 2 }", "1 / 2", "-1/-2", "1e-1/2e-1"},
      {"1/3", "2/6", "0.1/0.3", "1e50/3e50"},
      {"1e999999999", "10e999999998", "1e1000000000/10"},
  };
  for (const auto& group : groups) {
    for (const auto& other : groups) {
      for (const auto& a : group) {
        for (const auto& b : other) {
          INFO(a << " and " << b);
          CHECK(same(a, b) == (&group == &other));
        }
      }
    }
  }
}

TEST_CASE("numbers that a double cannot tell apart are different") {
  CHECK_FALSE(same("9007199254740993", "9007199254740992"));
  CHECK_FALSE(same("0.1", "0.1000000000000000055511151231257827"));
  CHECK_FALSE(same("1/3", "0.3333333333333333333333333333333333"));
  CHECK_FALSE(same("1e400", "1e401"));
  CHECK_FALSE(same("1e-400", "0"));
  CHECK_FALSE(same("123456789012345678901234567890", "123456789012345678901234567891"));
}

TEST_CASE("what is not a number") {
  const std::vector<std::string> texts = {"",
                                          " ",
                                          "-",
                                          "+",
                                          "--5",
                                          "+-5",
                                          ".",
                                          "-.",
                                          "1.2.3",
                                          "1,23",
                                          "1,2345",
                                          ",123",
                                          "0,123",
                                          "1234,567",
                                          "1,234,5",
                                          "e5",
                                          "1e",
                                          "1e+",
                                          "1e1.5",
                                          "1e123456789012345678",
                                          "5/0",
                                          "5/",
                                          "/5",
                                          "1/2/3",
                                          "5/0.0",
                                          "0/0",
                                          "5 6",
                                          "5x",
                                          "x5",
                                          "5%",
                                          "0x10",
                                          "inf",
                                          "nan",
                                          "1_000",
                                          "1 000",
                                          "\\frac{1}",
                                          "\\frac{1}{}",
                                          "\\frac{1}{2",
                                          "\\frac{1}{0}",
                                          "\\frac12",
                                          "\xD9\xA3",
                                          "\xEF\xBC\x95",
                                          "\xC2\xB2",
                                          "5\xE2\x88\x92",
                                          "\xE2\x88",
                                          "1e5e5"};
  for (const auto& text : texts) {
    INFO("'" << text << "'");
    CHECK_FALSE(number_key(text).has_value());
  }
}

TEST_CASE("long numbers take no long time and stay exact") {
  const std::string nines(100'000, '9');
  std::string other = nines;
  other.back() = '8';
  CHECK(same(nines, "+" + nines + ".000"));
  CHECK_FALSE(same(nines, other));
  CHECK(same(nines + "/" + nines, "1"));
  CHECK_FALSE(same(nines + "/" + other, "1"));
  CHECK(same("1" + std::string(100'000, '0'), "1e100000"));
  CHECK(same("0." + std::string(100'000, '0') + "1", "1e-100001"));
  CHECK_FALSE(number_key(std::string(1'000'000, '9')).has_value());
}

TEST_CASE("random fractions agree with integer arithmetic") {
  Random random{1};
  const auto draw = [&] { return random.between(-30, 30); };
  for (int i = 0; i < 20'000; ++i) {
    const auto a = draw(), b = draw(), c = draw(), d = draw();
    const auto left = number_key(std::to_string(a) + "/" + std::to_string(b));
    const auto right = number_key(std::to_string(c) + "/" + std::to_string(d));
    REQUIRE(left.has_value() == (b != 0));
    REQUIRE(right.has_value() == (d != 0));
    if (left && right) REQUIRE((*left == *right) == (a * d == b * c));
  }
}

TEST_CASE("moving the point and the exponent changes nothing") {
  Random random{2};
  for (int i = 0; i < 5'000; ++i) {
    std::string digits(1 + random.below(30), '0');
    for (char& digit : digits) digit = static_cast<char>('0' + random.below(10));
    const auto point = random.below(digits.size() + 1);
    const std::string moved = digits.substr(0, point) + "." + digits.substr(point) + "e" +
                              std::to_string(digits.size() - point);
    INFO(digits << " " << moved);
    REQUIRE(same(digits, moved));
  }
}
