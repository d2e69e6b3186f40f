#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "rewards/math/compare.h"
#include "rewards/math/gold.h"
#include "rewards/math/locate.h"
#include "rewards/math_reward.h"

using namespace hone::rewards;

namespace {

constexpr auto kCorrect = Status::kCorrect;
constexpr auto kWrong = Status::kWrong;
constexpr auto kMalformed = Status::kMalformed;
constexpr auto kAbstain = Status::kAbstain;

Score judge(const std::string& gold, const std::string& completion, const MathConfig& config = {}) {
  return make_reward(config)->score(
      {.prompt = "", .completion = completion, .answer = gold, .metadata = {}});
}

struct Row {
  std::string gold, completion;
  Status status;
};

void check(const std::vector<Row>& rows, const MathConfig& config = {}) {
  for (const Row& row : rows) {
    const Score score = judge(row.gold, row.completion, config);
    INFO(row.gold << " | " << row.completion << " | " << score.detail);
    CHECK(status_name(score.status) == status_name(row.status));
    CHECK(score.value == (row.status == kCorrect ? 1.0 : 0.0));
    CHECK_FALSE(score.detail.empty());
    CHECK(score.detail.find('\n') == std::string::npos);
  }
}

std::string boxed(const std::string& text) { return "So it is $\\boxed{" + text + "}$."; }

/// As long as a formula may be.
std::string chained(const std::string& link) {
  std::string text = "2";
  while (text.size() + link.size() < 8000) text += link;
  return text;
}

/// Both answer for each other, or neither does.
void check_pairs(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    check({{row.gold, boxed(row.completion), row.status},
           {row.completion, boxed(row.gold), row.status}});
  }
}

}  // namespace

TEST_CASE("math: numbers") {
  check_pairs({
      {"7", "7", kCorrect},
      {"7", "8", kWrong},
      {"007", "7", kCorrect},
      {"1234567", "1,234,567", kCorrect},
      {"1234567", "1{,}234{,}567", kCorrect},
      {"1234567", "1\\,234\\,567", kCorrect},
      {"0.5", "\\frac12", kCorrect},
      {"\\frac{1}{2}", "\\dfrac{2}{4}", kCorrect},
      {"\\frac{1}{2}", "1/2", kCorrect},
      {"3\\frac{1}{2}", "\\frac{7}{2}", kCorrect},
      {"3 1/2", "3.5", kCorrect},
      {"-\\frac{1}{2}", "\\frac{-1}{2}", kCorrect},
      {"-\\frac{1}{2}", "\\frac{1}{2}", kWrong},
      {"0.\\overline{3}", "\\frac{1}{3}", kCorrect},
      {"0.1\\overline{6}", "\\frac{1}{6}", kCorrect},
      {"1.2 \\times 10^5", "120000", kCorrect},
      {"1.2e5", "120000", kCorrect},
      {"6.02 \\cdot 10^{23}", "602000000000000000000000", kCorrect},
      {"6.02 \\cdot 10^{23}", "6.02 \\cdot 10^{22}", kWrong},
      {"1/3", "0.333333", kCorrect},
      {"1/3", "0.33", kWrong},
      {"100000000000000000000000000000000000001", "100000000000000000000000000000000000002",
       kWrong},
      {"2^{10}", "1024", kCorrect},
      {"50\\%", "0.5", kCorrect},
      {"50\\%", "\\frac12", kCorrect},
      {"12.5\\%", "1/8", kCorrect},
      {"50\\%", "0.6", kWrong},
      {"1e-7", "2e-7", kWrong},
      {"0", "0.0000001", kWrong},
      {"5!", "120", kCorrect},
      {"\\binom{5}{2}", "10", kCorrect},
      {"{5 \\choose 2}", "10", kCorrect},
      {"{1 \\over 2}", "0.5", kCorrect},
      {"\\gcd(12, 18)", "6", kCorrect},
      {"\\operatorname{lcm}(4,6)", "12", kCorrect},
      {"\\lfloor 3.7 \\rfloor", "3", kCorrect},
      {"\\lceil -\\frac{1}{2} \\rceil", "0", kCorrect},
      {"|{-3}|", "3", kCorrect},
      {"17 \\bmod 5", "2", kCorrect},
  });
}

TEST_CASE("math: constants and functions") {
  check_pairs({
      {"\\sqrt{12}", "2\\sqrt{3}", kCorrect},
      {"\\sqrt{12}", "2\\sqrt{2}", kWrong},
      {"\\frac{1}{\\sqrt{2}}", "\\frac{\\sqrt{2}}{2}", kCorrect},
      {"\\sqrt{3+2\\sqrt{2}}", "1+\\sqrt{2}", kCorrect},
      {"\\sqrt[3]{-8}", "-2", kCorrect},
      {"\\sqrt[3]{16}", "2\\sqrt[3]{2}", kCorrect},
      {"\\frac{5\\sqrt{42}}{27}", "\\frac{10\\sqrt{10.5}}{27}", kCorrect},
      {"\\frac{\\pi}{2}", "0.5\\pi", kCorrect},
      {"\\frac{\\pi}{2}", "\\pi/3", kWrong},
      {"\\pi", "3.14159", kWrong},
      {"\\pi", "3.141593", kCorrect},
      {"e^2", "e \\cdot e", kCorrect},
      {"\\ln 8", "3 \\ln 2", kCorrect},
      {"\\log_2 8", "3", kCorrect},
      {"\\log_{10} 1000", "3", kCorrect},
      {"\\sin 30^\\circ", "\\frac12", kCorrect},
      {"\\cos\\frac{\\pi}{12}", "\\frac{\\sqrt6+\\sqrt2}{4}", kCorrect},
      {"\\sin^{-1}(1)", "\\frac{\\pi}{2}", kCorrect},
      {"\\arctan 1", "\\frac{\\pi}{4}", kCorrect},
      {"\\sin^2 x + \\cos^2 x", "1", kCorrect},
      {"\\tan^2 x + 1", "\\sec^2 x", kCorrect},
      {"2\\sin b \\cos a", "\\sin(a+b)-\\sin(a-b)", kCorrect},
      {"e^{i\\pi}", "-1", kCorrect},
      {"(1+i)^2", "2i", kCorrect},
      {"\\frac{1}{1+i}", "\\frac{1-i}{2}", kCorrect},
      {"3+4i", "3-4i", kWrong},
      {"|3+4i|", "5", kCorrect},
      {"\\sum_{k=1}^{10} k", "55", kCorrect},
      {"\\sum_{k=1}^{n} k", "\\frac{n(n+1)}{2}", kCorrect},
      {"\\sum_{k=1}^{n} k", "\\frac{n(n-1)}{2}", kWrong},
      {"\\prod_{k=1}^{5} k", "120", kCorrect},
      {"\\frac{1}{2004!}", "\\frac{1}{2006!}", kWrong},
      {"2^{-99}", "2^{-98}", kWrong},
      {"e^{-200}", "0", kWrong},
      {"2^{-100000}", "0", kWrong},
      {"9^{9^{9}}", "8^{8^{8}}", kWrong},
      {"9^{9^{9}}", "7", kWrong},
      {"2^{5000}", "2^{5000}+1", kWrong},
      {"2^{5000}", "4^{2500}", kCorrect},
      {"7^{2024}-1", "7^{2024}+1", kWrong},
      {"2024!", "2024 \\cdot 2023!", kCorrect},
      {"2024!+1", "2024!", kWrong},
      {"10^{500}", "10^{500}+1", kWrong},
      {"\\frac{2006!}{2004!}", "2006 \\cdot 2005", kCorrect},
      {"e^{\\pi\\sqrt{163}}", "640320^3+744", kWrong},
      {"\\Gamma(5)", "24", kCorrect},
  });
}

TEST_CASE("math: what is too small for a number is not zero") {
  for (const char* tiny : {"e^{-10^{20}}", "\\frac{1}{(10^{9})!}", "10^{-10^{10}}",
                           "\\left(\\frac{1}{2}\\right)^{10^{12}}"}) {
    INFO(tiny);
    CHECK(judge("0", boxed(tiny)).status != kCorrect);
    CHECK(judge(tiny, boxed("0")).status != kCorrect);
  }
}

TEST_CASE("math: expressions with variables") {
  check_pairs({
      {"(x+1)^2", "x^2+2x+1", kCorrect},
      {"(x+1)^2", "x^2+1", kWrong},
      {"(a+5)(b+2)", "ab+2a+5b+10", kCorrect},
      {"\\frac{x^2-1}{x-1}", "x+1", kCorrect},
      {"|x|", "x", kWrong},
      {"\\sqrt{x^2}", "|x|", kCorrect},
      {"\\sqrt{x^2}", "x", kWrong},
      {"\\sqrt{\\frac{1}{n}}", "\\frac{1}{\\sqrt{n}}", kCorrect},
      {"2^{n+1}", "2 \\cdot 2^n", kCorrect},
      {"(-1)^{n+2}", "(-1)^n", kCorrect},
      {"\\cos(n\\pi)", "(-1)^n", kCorrect},
      {"n!", "n \\cdot (n-1)!", kCorrect},
      {"\\binom{n}{k}", "\\binom{n}{n-k}", kCorrect},
      {"f(x)", "f(y)", kWrong},
      {"f(x+1)", "f(1+x)", kCorrect},
      {"f(x+y)", "f(x)+f(y)", kWrong},
      {"x_1+x_2", "x_2+x_1", kCorrect},
      {"x_1", "x_2", kWrong},
      {"-2x^2+4x+3", "-2(x-1)^2+5", kCorrect},
      {"x^{2/3}", "\\sqrt[3]{x^2}", kCorrect},
      {"\\ln(x^2)", "2\\ln x", kCorrect},
  });
}

TEST_CASE("math: lists, sets, intervals") {
  check_pairs({
      {"1, 2, 3", "3, 1, 2", kCorrect},
      {"1, 2, 3", "\\{3, 2, 1\\}", kCorrect},
      {"1, 2, 3", "1, 2", kWrong},
      {"1 \\text{ and } 2", "2, 1", kCorrect},
      {"5", "5 \\text{ or } 7", kWrong},
      {"(1, 2)", "(2, 1)", kWrong},
      {"(1, 2, 3)", "(1, 2, 3)", kCorrect},
      {"[1, 2]", "(1, 2)", kWrong},
      {"[1, 2)", "[1, 2)", kCorrect},
      {"(-\\infty, 2]", "(-\\infty, \\frac{4}{2}]", kCorrect},
      {"(-\\infty, 2]", "[-\\infty, 2]", kWrong},
      {"(0, 1) \\cup (1, 2)", "(1, 2) \\cup (0, 1)", kCorrect},
      {"[0, 1] \\cup [1, 2]", "[0, 2]", kCorrect},
      {"[0, 1) \\cup (1, 2]", "[0, 2]", kWrong},
      {"\\mathbb{R} \\setminus \\{1\\}", "(-\\infty, 1) \\cup (1, \\infty)", kCorrect},
      {"[0, 3] \\cap [2, 5]", "[2, 3]", kCorrect},
      {"\\emptyset", "\\varnothing", kCorrect},
      {"\\emptyset", "\\{\\}", kCorrect},
      {"\\{x \\mid x > 1\\}", "\\{x : x > 1\\}", kCorrect},
      {"\\pm 3", "3, -3", kCorrect},
      {"\\pm 3", "3", kWrong},
      {"1 \\pm \\sqrt{2}", "1-\\sqrt2, 1+\\sqrt2", kCorrect},
      {"]0, 1[", "(0, 1)", kCorrect},
  });
}

TEST_CASE("math: equations and inequalities") {
  check_pairs({
      {"x = 5", "5", kCorrect},
      {"x = 5", "x = 5", kCorrect},
      {"x = 5", "y = 5", kWrong},
      {"y = 2x + 1", "2x - y + 1 = 0", kCorrect},
      {"y = 2x + 1", "2y = 4x + 2", kCorrect},
      {"y = 2x + 1", "y = 2x - 1", kWrong},
      {"x^2/4 + y^2/3 = 1", "3x^2 + 4y^2 = 12", kCorrect},
      {"x > 1", "1 < x", kCorrect},
      {"x > 1", "-x < -1", kCorrect},
      {"x > 1", "x \\ge 1", kWrong},
      {"x > 1", "x < 1", kWrong},
      {"1 < x < 3", "3 > x > 1", kCorrect},
      {"1 < x < 3", "x > 1 \\text{ and } x < 3", kCorrect},
      {"x \\ne 3", "3 \\ne x", kCorrect},
  });
  check({
      {"2x + z = 1", boxed("1"), kWrong},
      {"3x+4y+14=0", boxed("3x-1y+13=0"), kWrong},
      {"3x+4y+14=0", "3*x-1*y+13=0", kWrong},
      {"7", boxed("5=6=7"), kWrong},
      {"7", boxed("x=7"), kCorrect},
      {"7", boxed("3+4=7"), kCorrect},
      {"7", boxed("7=x"), kCorrect},
      {"1,2", boxed("1.2"), kWrong},
      {"x=2, y=3", boxed("(2,3)"), kCorrect},
      {"x=2, y=3", boxed("x=3, y=2"), kWrong},
      {"x=\\pm 5", boxed("x=5 \\text{ or } x=-5"), kCorrect},
      {"-2 \\le x \\le 7", boxed("[-2, 7]"), kCorrect},
      {"x < 1 \\text{ or } x > 3", boxed("(-\\infty, 1) \\cup (3, \\infty)"), kCorrect},
      {"|x| < 2", boxed("(-2, 2)"), kCorrect},
      {"2x + 1 > 5", boxed("(2, \\infty)"), kCorrect},
      {"[-2, 7]", boxed("-2 \\le x \\le 7"), kWrong},
      {"(x, y) = (1, 2)", boxed("(1, 2)"), kCorrect},
      {"p=5, q=2; p=7, q=2", boxed("p=5, q=2 \\text{ and } p=7, q=2"), kCorrect},
  });
  MathConfig config;
  config.allow_set_relation_comp = true;
  check({{"[-2, 7]", boxed("-2 \\le x \\le 7"), kCorrect}}, config);
}

TEST_CASE("math: matrices, ratios, words") {
  check_pairs({
      {"\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
       "\\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}", kCorrect},
      {"\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
       "\\begin{pmatrix} 1 & 3 \\\\ 2 & 4 \\end{pmatrix}", kWrong},
      {"\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\end{pmatrix}", kWrong},
      {"\\begin{pmatrix} 2 & 0 \\\\ 0 & 2 \\end{pmatrix}",
       "2\\begin{pmatrix} 1 & 0 \\\\ 0 & 1 \\end{pmatrix}", kCorrect},
      {"7:32", "14:64", kCorrect},
      {"7:32", "32:7", kWrong},
      {"7", "7:1:2", kWrong},
      {"12:00", "1:00", kWrong},
      {"\\text{Evelyn}", "Evelyn", kCorrect},
      {"\\text{odd}", "\\text{even}", kWrong},
      {"\\text{(C)}", "C", kCorrect},
      {"A", "B", kWrong},
      {"\\text{13}", "13", kCorrect},
      {"\\text{no}", "no", kCorrect},
      {"\\text{no}", "on", kWrong},
      {"\\text{6 and 8}", "8, 6", kCorrect},
      {"10:45\\text{ a.m.}", "10:45\\text{ p.m.}", kWrong},
      {"10:45\\text{ a.m.}", "10:45", kCorrect},
      {"\\varphi", "\\phi", kCorrect},
      {"20^\\circ\\text{C}", "20^\\circ\\text{F}", kWrong},
  });
}

TEST_CASE("math: units and bases are compared where both sides have them") {
  check_pairs({
      {"5\\text{ cm}", "5", kCorrect},
      {"5\\text{ cm}", "5\\text{ cm}", kCorrect},
      {"5\\text{ cm}", "5\\text{ km}", kWrong},
      {"5 cm", "5 km", kWrong},
      {"1\\text{ m}", "100\\text{ cm}", kCorrect},
      {"15\\mbox{ cm}^2", "15\\text{ cm}^2", kCorrect},
      {"15\\text{ cm}^2", "15\\text{ cm}^3", kWrong},
      {"36\\text{ km/h}", "10\\text{ m/s}", kCorrect},
      {"5\\text{ dollars}", "5\\text{ euros}", kWrong},
      {"12\\text{ ways}", "12", kCorrect},
      {"90^\\circ", "90", kCorrect},
      {"90^\\circ", "\\frac{\\pi}{2}", kCorrect},
      {"90\\text{ degrees}", "90^\\circ", kCorrect},
      {"101_2", "5", kCorrect},
      {"101_2", "101_3", kWrong},
      {"204_5", "204_5", kCorrect},
      {"101_{2}", "101_2", kCorrect},
  });
}

TEST_CASE("math: where the answer is found") {
  check({
      {"4",
       "\\boxed{3} is what I thought first; it is wrong, because the sum was not taken to its end. "
       "\\boxed{4}",
       kCorrect},
      {"7", "\\boxed{7} and then \\boxed{", kMalformed},
      {"5", "\\boxed{5} or \\boxed{7}", kWrong},
      {"0", boxed("\\lim_{x\\to 0} 1"), kWrong},
      {"\\lim_{x\\to 0} x", boxed("\\lim_{x\\to 0} x"), kCorrect},
      {"4", "<think>\\boxed{4}</think> I do not know", kMalformed},
      {"4", "<think>\\boxed{3}</think> \\boxed{4}", kCorrect},
      {"4", "<think>hm</think><answer>4</answer>", kCorrect},
      {"4", "<think>hm</think><answer>4", kMalformed},
      {"4", "The final answer is $4$. I hope it is correct.", kCorrect},
      {"4", "The final answer is 4.", kCorrect},
      {"4", "Answer: 4, not 5", kCorrect},
      {"4", "The answer is 4", kCorrect},
      {"4", "The answer is 4 or 5", kWrong},
      {"4", "It is 5, or 4", kWrong},
      {"4", "\\boxed{\\textcolor{red}{4}}", kCorrect},
      {"4", "It is **4**", kCorrect},
      {"73", "**73**", kCorrect},
      {"4", "first 3, then 4", kCorrect},
      {"4", "", kMalformed},
      {"4", "no idea", kMalformed},
      {"\\dfrac97", boxed("\\frac{9}{7}"), kCorrect},
      {"$\\dfrac97$", boxed("\\frac{9}{7}"), kCorrect},
      {"", boxed("4"), kAbstain},
  });
}

TEST_CASE("math: typed golds") {
  MathConfig config;
  config.gold_type = math::GoldType::kChoice;
  check({{"B", boxed("\\text{(B)}"), kCorrect},
         {"(B)", "The answer is B.", kCorrect},
         {"B", "**B**", kCorrect},
         {"B", boxed("C"), kWrong},
         {"B", boxed("Bob"), kWrong},
         {"B", boxed("B. 42"), kCorrect},
         {"Bob", boxed("B"), kAbstain}},
        config);
  config.gold_type = math::GoldType::kText;
  check(
      {{"The Hague", boxed("\\text{the hague}"), kCorrect}, {"The Hague", boxed("Paris"), kWrong}},
      config);
  config.gold_type = math::GoldType::kInt;
  check({{"1,234", boxed("1234"), kCorrect},
         {"1/2", boxed("1/2"), kAbstain},
         {"012", boxed("12"), kCorrect}},
        config);
  config.gold_type = math::GoldType::kNumber;
  check({{"1 234", boxed("1234"), kCorrect},
         {"50%", boxed("0.5"), kCorrect},
         {"x", boxed("x"), kAbstain}},
        config);
  config.gold_type = math::GoldType::kList;
  check({{"1, 2", boxed("2, 1"), kCorrect}, {"1, 2", boxed("1"), kWrong}}, config);
}

TEST_CASE("math: a gold that cannot serve is told when it is loaded") {
  using math::GoldType;
  CHECK_FALSE(math::lint_gold("\\frac{1}{2}", GoldType::kLatex));
  CHECK_FALSE(math::lint_gold("$\\frac{1}{2}$", GoldType::kLatex));
  CHECK_FALSE(math::lint_gold("42", GoldType::kInt));
  CHECK(math::lint_gold("", GoldType::kLatex) == "it is empty");
  CHECK(math::lint_gold("4.5", GoldType::kInt) == "it is not a whole number");
  CHECK(math::lint_gold("\\frac{1}{0}", GoldType::kLatex));
  CHECK(math::lint_gold("\\frac{1}{", GoldType::kLatex));
  CHECK(math::lint_gold("AB", GoldType::kChoice) == "it is not one letter");
}

TEST_CASE("math: what would burn the processor costs a budget") {
  std::string parens(500, '('), sines;
  for (int i = 0; i < 60; ++i) sines += "\\sin(";
  std::vector<std::string> burners = {"9^{9^{9}}",
                                      "10^{10^{10}}",
                                      "2^{10^9}",
                                      "(10^7)!",
                                      "((100!)!)!",
                                      "\\prod_{k=1}^{10^7} k",
                                      "\\sum_{k=1}^{10^6} \\frac{1}{k}",
                                      "9**9**9**9",
                                      "\\binom{10^9}{5 \\cdot 10^8}",
                                      parens + "7" + std::string(500, ')'),
                                      sines + "7" + std::string(60, ')'),
                                      std::string(50000, ' ') + "8",
                                      "2^{2^{2^{2^{2^{2}}}}}",
                                      "\\sum_{i=1}^{1000}\\sum_{j=1}^{1000} i j",
                                      "\\left(1+\\frac{1}{10^{9}}\\right)^{10^{9}}",
                                      std::string(20000, '!'),
                                      std::string(30000, '-') + "8"};
  const std::size_t listed = burners.size();
  for (const char* link : {"\\in 1",  "\\bmod 1", "\\cup 1", "\\setminus 1", "\\choose 1", "+1",
                           "=1",      "^1",       "_1",      "/1",           "\\sin",      "|",
                           "\\frac1", ",1",       ";1",      "\\text{a}",    "\\pm 1",     "x",
                           "!",       "\\sqrt{1}"}) {
    burners.push_back(chained(link));
  }
  std::int64_t steps = 0;
  for (const std::string& burner : burners) {
    for (const std::string& text : {boxed(burner), burner}) {
      const Score score = judge("7", text);
      INFO(burner.substr(0, 60) << " | " << score.detail);
      CHECK(score.status != kCorrect);
      // A gold like this must not be slow either.
      CHECK(judge(burner, boxed("7")).status != kCorrect);
    }
    math::Budget budget(math::kSteps);
    try {
      const math::Located found = math::read_formula(burner, budget);
      if (found.expr) math::compare(math::number(7), found.expr, {}, budget);
    } catch (const math::Exhausted&) {
    }
    if (&burner - burners.data() < static_cast<std::ptrdiff_t>(listed)) {
      steps += math::kSteps - budget.left();
    }
  }
  CHECK(steps > 0);
  CHECK(steps < 500000);  // of 20 ns: 10 ms for all that are listed
}

TEST_CASE("math: looks do not matter") {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"\\left(\\frac{1}{2},\\ 3\\right)", "(\\tfrac12,3)"},
      {"\\displaystyle \\frac{1}{2}", "\\frac{1}{2}"},
      {"x^{2}", "x^2"},
      {"\\{ 1 , 2 \\}", "\\{1,2\\}"},
      {"2 \\cdot 3 x", "6x"},
      {"\\mathbf{7}", "7"},
      {"$7$", "7"},
      {"x\\,y", "xy"},
      {"\xCF\x80", "\\pi"},
      {"2\xC3\x97"
       "3",
       "6"},
  };
  for (const auto& [a, b] : pairs) check({{a, boxed(b), kCorrect}, {b, boxed(a), kCorrect}});
}

TEST_CASE("math: variables may go by other names where it is not strict") {
  MathConfig config;
  check({{"f(x)", boxed("f(y)"), kWrong}}, config);
  config.strict = false;
  check({{"f(x)", boxed("f(y)"), kCorrect},
         {"2n+1", boxed("2k+1"), kCorrect},
         {"x-y", boxed("y-x"), kCorrect},
         {"x+2", boxed("y+3"), kWrong}},
        config);
}

TEST_CASE("math: settings") {
  MathConfig config;
  config.extract = {"latexx"};
  CHECK_THROWS_WITH(make_reward(config), Catch::Contains("extract") && Catch::Contains("latexx"));
  config.extract = {"latex"};
  check({{"4", "The answer is 4", kMalformed}, {"4", "The answer is $4$", kCorrect}}, config);
  config.boxed_match_priority = -1;
  check({{"4", "\\boxed{4}", kMalformed}}, config);
  config = {};
  config.float_rounding = 2;
  check({{"1/3", boxed("0.33"), kCorrect}}, config);
}

TEST_CASE("math: threads agree") {
  const std::vector<Row> rows = {{"\\sqrt{12}", boxed("2\\sqrt3"), kCorrect},
                                 {"\\frac{\\pi}{2}", boxed("\\pi/3"), kWrong},
                                 {"\\sin^2 x", boxed("1-\\cos^2 x"), kCorrect},
                                 {"(1,2)", boxed("[1,2]"), kWrong}};
  std::vector<std::string> expected;
  for (const Row& row : rows) expected.push_back(judge(row.gold, row.completion).detail);
  std::vector<int> wrong(8, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        for (std::size_t r = 0; r < rows.size(); ++r)
          wrong[t] += judge(rows[r].gold, rows[r].completion).detail != expected[r];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(8, 0));
}
