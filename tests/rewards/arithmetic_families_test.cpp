// Each family's answers, found again from the prompt alone in another way.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <numeric>
#include <regex>
#include <set>

#include "rewards/tasks/common.h"
#include "rewards/tasks/expression.h"
#include "tests/rewards/families.h"

using namespace hone::rewards;
using namespace hone::tests;

namespace {

/// Calls `check(problem, question)` with the text between `NAME:` and the end mark.
template <class Config, class Check>
void each(const Config& config, Check check, int count = 1000) {
  const auto task = make_task(config);
  for (int i = 0; i < count; ++i) {
    Random random{61, static_cast<std::uint64_t>(i)};
    const TaskProblem problem = task->generate(random);
    const std::string start = concat(Config::kType, ":");
    INFO(problem.prompt);
    REQUIRE(problem.prompt.starts_with(start));
    check(problem, problem.prompt.substr(start.size(), problem.prompt.size() - start.size() - 1));
  }
}

double score(const TaskConfig& config, const std::string& reference, const std::string& answer) {
  const TaskProblem problem{"?", reference, "{}"};
  return make_task(config)->verify(sample_of(problem, answer)).value;
}

std::vector<std::int64_t> numbers_in(const std::string& text) {
  std::vector<std::int64_t> numbers;
  for (const auto item : split_list(text, ',')) numbers.push_back(std::stoll(std::string(item)));
  return numbers;
}

}  // namespace

TEST_CASE("sums and expressions") {
  each(ChainSumConfig{}, [](const TaskProblem& problem, const std::string& question) {
    std::int64_t sum = 0;
    static const std::regex term("[+-]?\\d+");
    for (std::sregex_iterator it(question.begin(), question.end(), term), end; it != end; ++it)
      sum += std::stoll(it->str());
    REQUIRE(problem.answer == std::to_string(sum));
  });
  each(BasicArithmeticConfig{.max_digits = 2}, [](const TaskProblem& problem,
                                                  const std::string& question) {
    // No step leaves the whole numbers.
    Random random{1};
    const std::string steps = work_out(parse_expression(question).value(), ";", 0, random).steps;
    REQUIRE(steps.find_first_of("./") == steps.find_first_of('/'));
    REQUIRE(expression_value(*parse_expression(question)) == problem.answer);
  });
  each(DecimalArithmeticConfig{}, [](const TaskProblem& problem, const std::string& question) {
    REQUIRE(expression_value(parse_expression(question).value()) == problem.answer);
    REQUIRE(question.find('.') != std::string::npos);
  });
}

TEST_CASE("divisors, multiples, primes and fractions") {
  each(GcdConfig{.max_numbers = 3}, [](const TaskProblem& problem, const std::string& question) {
    std::int64_t divisor = 0;
    for (const auto number : numbers_in(question)) divisor = std::gcd(divisor, number);
    REQUIRE(problem.answer == std::to_string(divisor));
  });
  each(
      LcmConfig{.max_numbers = 3},
      [](const TaskProblem& problem, const std::string& question) {
        const auto numbers = numbers_in(question);
        const std::int64_t answer = std::stoll(problem.answer);
        std::int64_t multiple = 1;
        const auto divides = [&](std::int64_t number) { return multiple % number == 0; };
        while (multiple < answer && !std::all_of(numbers.begin(), numbers.end(), divides))
          ++multiple;
        REQUIRE(multiple == answer);
      },
      300);
  each(PrimeFactorizationConfig{}, [](const TaskProblem& problem, const std::string& question) {
    std::int64_t product = 1;
    for (const auto item : split_list(problem.answer, '*')) {
      const std::int64_t factor = std::stoll(std::string(item));
      for (std::int64_t d = 2; d < factor; ++d) REQUIRE(factor % d != 0);
      product *= factor;
    }
    REQUIRE(std::to_string(product) == question);
  });
  CHECK(score(PrimeFactorizationConfig{}, "2*2*3*7", " 7 * 2*3 *2 ") == 1);
  for (const char* wrong : {"84", "2*2*21", "2*2*3*7*1", "2*3*7", "4*21", "2*2*3*07", "2^2*3*7"}) {
    CHECK(score(PrimeFactorizationConfig{}, "2*2*3*7", wrong) == 0);
  }
  each(FractionSimplificationConfig{}, [](const TaskProblem& problem, const std::string& question) {
    const auto slash = question.find('/');
    const std::int64_t over = std::stoll(question), under = std::stoll(question.substr(slash + 1));
    const std::int64_t divisor = std::gcd(over, under);
    REQUIRE(problem.answer ==
            std::to_string(over / divisor) + "/" + std::to_string(under / divisor));
    REQUIRE(divisor > 1);
  });
  CHECK(score(FractionSimplificationConfig{}, "4/3", "4 / 3") == 1);
  for (const char* wrong : {"8/6", "96/72", "1.3333", "-4/-3", "4/3/1", "1 1/3"}) {
    CHECK(score(FractionSimplificationConfig{}, "4/3", wrong) == 0);
  }
}

TEST_CASE("numbers in other bases") {
  each(BaseConversionConfig{}, [](const TaskProblem& problem, const std::string& question) {
    const auto parts = split_list(question, ':');
    REQUIRE(parts.size() == 3);
    const std::string text(parts[0]), from(parts[1]), to(parts[2]);
    REQUIRE(std::strtoll(text.c_str(), nullptr, std::stoi(from)) ==
            std::strtoll(problem.answer.c_str(), nullptr, std::stoi(to)));
    REQUIRE(problem.answer != text);
    REQUIRE(problem.answer[0] != '0');
  });
  CHECK(score(BaseConversionConfig{}, "1e3", "1E3") == 1);
  for (const char* wrong : {"1000", "01e3", "0x1e3", "1e3.0", "1 e3"})
    CHECK(score(BaseConversionConfig{}, "1e3", wrong) == 0);
}

TEST_CASE("equations hold for their solutions and no other numbers") {
  // With the number put in, both sides are the same.
  const auto side = [](std::string text, const std::string& variable, std::int64_t number) {
    text = std::regex_replace(text, std::regex(variable), "(0-" + std::to_string(-number) + ")");
    text = std::regex_replace(text, std::regex("^-"), "0-");
    return expression_value(
               parse_expression(std::regex_replace(text, std::regex("--"), "+")).value())
        .value();
  };
  each(
      SimpleEquationsConfig{},
      [&](const TaskProblem& problem, const std::string& question) {
        const std::string left = question.substr(2, question.find('=') - 2),
                          right = question.substr(question.find('=') + 1);
        const std::int64_t solution = std::stoll(problem.answer);
        REQUIRE(side(left, question.substr(0, 1), solution) == right);
        REQUIRE(side(left, question.substr(0, 1), solution + 1) != right);
      },
      300);
  CHECK(score(SimpleEquationsConfig{}, "7", "x = 7") == 1);
  for (const char* wrong : {"x", "x=", "=7", "x=7=8", "xy=7", "7x"})
    CHECK(score(SimpleEquationsConfig{}, "7", wrong) == 0);
  each(
      PolynomialEquationsConfig{},
      [](const TaskProblem& problem, const std::string& question) {
        // Horner, from the terms of the text.
        static const std::regex term("([+-]?)(\\d*)\\*?(x?)(?:\\^(\\d+))?");
        std::vector<std::int64_t> coefficients(4);
        const std::string left = question.substr(0, question.find('='));
        for (std::sregex_iterator it(left.begin(), left.end(), term), end; it != end; ++it) {
          if (it->str().empty()) continue;
          const std::size_t power = (*it)[3].length() == 0 ? 0
                                    : (*it)[4].matched     ? std::stoul((*it)[4])
                                                           : 1;
          const std::int64_t size = (*it)[2].length() == 0 ? 1 : std::stoll((*it)[2]);
          coefficients.at(power) += (*it)[1] == "-" ? -size : size;
        }
        std::string roots;
        for (std::int64_t x = -100; x <= 100; ++x) {
          if (((coefficients[3] * x + coefficients[2]) * x + coefficients[1]) * x +
                  coefficients[0] ==
              0)
            roots += (roots.empty() ? "" : ",") + std::to_string(x);
        }
        REQUIRE(roots == problem.answer);
      },
      300);
  CHECK(score(PolynomialEquationsConfig{}, "-2,1,3", "3, 1, -2") == 1);
  CHECK(score(PolynomialEquationsConfig{}, "-2,1,3", "1.0,3,-2,3") == 1);
  for (const char* wrong : {"-2,1", "-2,1,3,4", "-2;1;3", "-2,1,x", "0"})
    CHECK(score(PolynomialEquationsConfig{}, "-2,1,3", wrong) == 0);
}

TEST_CASE("sequences have a rule, and go on by it") {
  int known = 0;
  each(NumberSequenceConfig{}, [&](const TaskProblem& problem, const std::string& question) {
    auto terms = numbers_in(question.substr(0, question.size() - 2));
    terms.push_back(std::stoll(problem.answer));
    const std::size_t n = terms.size();
    bool linear = true, double_linear = true, ratio = true, sum = true, turn = true;
    for (std::size_t i = 2; i < n; ++i) {
      linear = linear && terms[i] - terms[i - 1] == terms[1] - terms[0];
      ratio = ratio && terms[i] * terms[0] == terms[i - 1] * terms[1];
      sum = sum && terms[i] == terms[i - 1] + terms[i - 2];
      if (i < 3) continue;
      double_linear = double_linear && terms[i] - 2 * terms[i - 1] + terms[i - 2] ==
                                           terms[i - 1] - 2 * terms[i - 2] + terms[i - 3];
      turn = turn && terms[i] - terms[i - 1] == terms[i - 2] - terms[i - 3];
    }
    REQUIRE((linear || double_linear || ratio || sum || turn));
    known += linear;
  });
  CHECK(known > 100);
}

TEST_CASE("dates and times") {
  const auto days_of = [](const std::string& text) {
    std::tm date{};
    date.tm_year = std::stoi(text.substr(0, 4)) - 1900;
    date.tm_mon = std::stoi(text.substr(5, 2)) - 1;
    date.tm_mday = std::stoi(text.substr(8, 2));
    return timegm(&date) / 86400;
  };
  int weekdays = 0;
  each(CalendarArithmeticConfig{}, [&](const TaskProblem& problem, const std::string& question) {
    if (question.starts_with("weekday ")) {
      static const char* names[] = {"thursday", "friday",  "saturday", "sunday",
                                    "monday",   "tuesday", "wednesday"};
      REQUIRE(problem.answer == names[days_of(question.substr(8)) % 7]);
      ++weekdays;
    } else if (question.substr(11, 2) == "to") {
      REQUIRE(problem.answer == std::to_string(days_of(question.substr(14)) - days_of(question)));
    } else {
      const bool plus = question.substr(11, 4) == "plus";
      const std::int64_t days = std::stoll(question.substr(plus ? 16 : 17));
      REQUIRE(days_of(problem.answer) == days_of(question) + (plus ? days : -days));
    }
  });
  CHECK(weekdays > 150);
  CHECK(weekdays < 350);
  each(TimeIntervalsConfig{}, [](const TaskProblem& problem, const std::string& question) {
    const auto seconds = [](const std::string& text) {
      std::int64_t value = 0, unit = 3600;
      for (const auto part : split_list(text, ':')) {
        value += unit * std::stoll(std::string(part));
        unit /= 60;
      }
      return value;
    };
    const auto arrow = question.find("->"), plus = question.find('+');
    std::int64_t end =
        seconds(question.substr(arrow + 2, plus == std::string::npos ? plus : plus - arrow - 2));
    if (plus != std::string::npos) end += 86400 * std::stoll(question.substr(plus + 1));
    REQUIRE(seconds(problem.answer) == end - seconds(question.substr(0, arrow)));
  });
  CHECK(score(TimeIntervalsConfig{}, "08:25", "8:25") == 1);
  for (const char* wrong : {"08:25:00", "8", "505", "08:26", "8:25 h", "07:85"})
    CHECK(score(TimeIntervalsConfig{}, "08:25", wrong) == 0);
}
