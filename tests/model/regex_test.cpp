#include "model/tokenizers/regex.h"

#include <catch2/catch.hpp>

#include "tests/model/files.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;

namespace {

/// The matches, with bars between them.
std::string matches(const std::string& pattern, const std::string& text) {
  Regex::Scratch scratch;
  std::vector<RegexMatch> found;
  Regex(pattern, "PLACE").find_all(text, scratch, found);
  std::string out;
  for (const auto& [begin, end] : found) out += "|" + text.substr(begin, end - begin);
  return out;
}

std::string error(const std::string& pattern) {
  return data_error([&] { Regex(pattern, "PLACE"); });
}

}  // namespace

TEST_CASE("regex: what a pattern matches") {
  CHECK(matches("a", "banana") == "|a|a|a");
  CHECK(matches("a|ab", "abab") == "|a|a");  // the first alternative, not the longest
  CHECK(matches("ab|a", "abaab") == "|ab|a|ab");
  CHECK(matches("a*", "baac") == "||aa|");
  CHECK(matches("a+?", "aaa") == "|a|a|a");
  CHECK(matches("a*?b", "aab") == "|aab");
  CHECK(matches("a{2}", "aaaaa") == "|aa|aa");
  CHECK(matches("a{2,3}", "aaaaa") == "|aaa|aa");
  CHECK(matches("a{2,}", "aaaaa") == "|aaaaa");
  CHECK(matches("a{,2}b", "aaab") == "|aab");
  CHECK(matches("a{x}", "aa{x}") == "|a{x}");
  CHECK(matches("(ab)+", "ababa") == "|abab");
  CHECK(matches("(?:a|b)*c", "abacab") == "|abac");
  CHECK(matches("(a?)*b", "aab") == "|aab");
  CHECK(matches("(a*)*b", "aacb") == "|b");
  CHECK(matches("x(a|b)?y", "xyxay") == "|xy|xay");
  CHECK(matches("a++b", "aab") == "|aab");
  CHECK(matches("a++ab", "aaab").empty());
  CHECK(matches("a?+ab", "ab").empty());
  CHECK(matches("a?ab", "ab") == "|ab");
  CHECK(matches("a*+", "aab") == "|aa|");
  CHECK(matches("\\s+(?!\\S)|\\s+", "a   b ") == "|  | | ");
  CHECK(matches("a(?=b)", "abac") == "|a");
  CHECK(matches("(?<=b)a", "aba") == "|a");
  CHECK(matches("(?<!b)a", "aba") == "|a");
  CHECK(matches("^a|b$", "ab\nab") == "|a|b|a|b");
  CHECK(matches("\\Aa|b\\z", "ab\nab") == "|a|b");
  CHECK(matches(".", "a\nb") == "|a|b");
  CHECK(matches("[^a]", "a\nb") == "|\n|b");
  CHECK(matches("[a-c&&[^b]]+", "abcab") == "|a|ca");
  CHECK(matches("[x[0-9]]+", "a1x2") == "|1x2");
  CHECK(matches("[]a]", "a]") == "|a|]");
  CHECK(matches("[a\\-z]", "a-z") == "|a|-|z");
  CHECK(matches("[-a]", "a-b") == "|a|-");
  CHECK(matches("\\x41\\x{1F600}\\u0042", "A\U0001f600B") == "|A\U0001f600B");
  CHECK(matches("\\p{^L}+", "ab12c") == "|12");
  CHECK(matches("\\p{Han}+", "a\u4f60\u597db") == "|\u4f60\u597d");
  CHECK(matches("(?i:k)l", "Kl\u212alkL") == "|Kl|\u212al");
  CHECK(matches("\\h+", "xfF0g") == "|fF0");
  CHECK(matches("", "ab") == "|||");
}

TEST_CASE("regex: what is not supported is refused by name") {
  CHECK_THAT(error("(a"), Contains("PLACE") && Contains("("));
  CHECK_THAT(error("a)"), Contains(")"));
  CHECK_THAT(error("[a"), Contains("ends too early"));
  CHECK_THAT(error("a\\"), Contains("ends too early"));
  CHECK_THAT(error("*a"), Contains("repeats nothing"));
  CHECK_THAT(error("\\1"), Contains("\\1"));
  CHECK_THAT(error("\\bx"), Contains("\\b"));
  CHECK_THAT(error("\\p{Nothing}"), Contains("Nothing"));
  CHECK_THAT(error("[[:alpha:]]"), Contains("[:"));
  CHECK_THAT(error("(?!ab)"), Contains("look-around"));
  CHECK_THAT(error("(?>ab)"), Contains("(?>"));
  CHECK_THAT(error("(ab)++"), Contains("possessive group"));
  CHECK_THAT(error("a{1,3}+"), Contains("{}+"));
  CHECK_THAT(error("[z-a]"), Contains("empty range"));
  CHECK_THAT(error("\\x{110000}"), Contains("number"));
  CHECK_THAT(error(std::string(1000, '(')), Contains("nested too deeply"));
  CHECK_THAT(error(std::string(1000, '[')), Contains("nested too deeply"));
  CHECK_THAT(error(std::string(20000, 'a')), Contains("too long"));
  CHECK_THAT(error("\xff"), Contains("UTF-8"));
  std::string repeated = "a";
  for (int i = 0; i < 100; ++i) repeated += "{9}";
  CHECK_THAT(error(repeated), Contains("too long"));
  CHECK_THAT(error("(((){1000}){1000}){1000}"), Contains("too long"));
}

TEST_CASE("regex: patterns that make others hang end at once") {
  const std::string text(20000, 'a');
  CHECK(matches("(a+)+$x", text).empty());
  CHECK(matches("(a|a)*b", text).empty());
  CHECK(matches("(a|aa)+b", text).empty());
  CHECK(matches("a*a*a*a*a*b", text).empty());
  CHECK(matches("(.*)*x", text).empty());
  CHECK(matches("(a*)*b", text).empty());
  CHECK(matches("(a{1,50}){1,50}b", text).empty());
  CHECK(matches("a*b|a*c", text).empty());
}
