#include "rewards/math/equal.h"

#include <array>
#include <vector>

#include "rewards/math/number.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::array<std::string_view, 6> kAnswerWrappers = {"\\boxed{",  "\\text{",   "\\textbf{",
                                                             "\\mathrm{", "\\mathbf{", "\\mbox{"};

/// The index of the brace that closes each opening one, else 0: all in one pass, so that peeling
/// a thousand layers costs no more than reading them.
std::vector<std::size_t> match_braces(std::string_view text) {
  std::vector<std::size_t> closes(text.size(), 0), open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '{') {
      open.push_back(i);
    } else if (text[i] == '}' && !open.empty()) {
      closes[open.back()] = i;
      open.pop_back();
    }
  }
  return closes;
}

/// Peels what stands around an answer, one layer a call.
class Peeler {
 public:
  explicit Peeler(std::string_view text) : all_(text), rest_(trim(text)) {}

  std::string_view peel_all() {
    while (!rest_.empty() && (peel_edges() || peel_pair() || peel_wrapper())) rest_ = trim(rest_);
    return rest_;
  }

 private:
  bool strip_front(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  bool strip_back(std::string_view token) {
    if (!rest_.ends_with(token)) return false;
    rest_.remove_suffix(token.size());
    return true;
  }

  /// Money and math signs, and punctuation that ends or joins sentences. Not `!`, which may be a
  /// factorial, not `-`, and not the point of `.5`.
  bool peel_edges() {
    const bool point = rest_.size() > 1 && rest_.front() == '.' && !is_digit(rest_[1]);
    return strip_back("\\$") || strip_back("$") || strip_back(".") || strip_back(",") ||
           strip_back(";") || strip_back(":") || strip_front("\\$") || strip_front("$") ||
           strip_front(",") || strip_front(";") || strip_front(":") || (point && strip_front("."));
  }

  bool peel_both(std::string_view front, std::string_view back) {
    if (rest_.size() < front.size() + back.size()) return false;
    if (!rest_.starts_with(front) || !rest_.ends_with(back)) return false;
    rest_.remove_prefix(front.size());
    rest_.remove_suffix(back.size());
    return true;
  }

  bool peel_pair() {
    if (peel_both("*", "*") || peel_both("\\(", "\\)") || peel_both("\\[", "\\]")) return true;
    for (const std::string_view quote : {"\"", "'", "`"}) {
      // Only one pair: `"a" or "b"` is not one quoted text.
      if (!rest_.starts_with(quote) || rest_.find(quote, 1) != rest_.size() - 1) continue;
      if (peel_both(quote, quote)) return true;
    }
    return false;
  }

  bool peel_wrapper() {
    if (rest_.back() != '}') return false;
    for (const std::string_view wrapper : kAnswerWrappers) {
      if (!rest_.starts_with(wrapper)) continue;
      if (closes_.empty()) closes_ = match_braces(all_);
      const auto offset = static_cast<std::size_t>(rest_.data() - all_.data());
      if (closes_[offset + wrapper.size() - 1] != offset + rest_.size() - 1) return false;
      return peel_both(wrapper, "}");
    }
    return false;
  }

  std::string_view all_, rest_;
  std::vector<std::size_t> closes_;
};

/// Signs around which a space says nothing. A comma is among them, so numbers are tried before.
bool is_sign(char c) {
  return std::string_view(",;:=()[]{}+-*/^<>|").find(c) != std::string_view::npos;
}

std::string drop_spaces_at_signs(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool beside = text[i] == ' ' && i > 0 && i + 1 < text.size() &&
                        (is_sign(text[i - 1]) || is_sign(text[i + 1]));
    if (!beside) out += text[i];
  }
  return out;
}

}  // namespace

std::string normalize_text(std::string_view text) {
  std::string lower(trim(text));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::string_view core = Peeler(lower).peel_all();
  if (core.empty()) core = lower;
  std::string out;
  for (const char c : core) {
    if (!is_space(c)) {
      out += c;
    } else if (out.back() != ' ') {  // never first: core is trimmed
      out += ' ';
    }
  }
  return out;
}

std::string answer_key(std::string_view text) {
  const std::string normal = normalize_text(text);
  if (normal.empty()) return {};
  if (const auto number = number_key(normal)) return "number " + *number;
  return "text " + drop_spaces_at_signs(normal);
}

Score judge_answer(std::string_view found, std::string_view reference) {
  const std::string expected = answer_key(reference);
  if (expected.empty()) return {0, Status::kAbstain, "the problem has no reference answer"};
  const std::string got = answer_key(found);
  if (got.empty()) return {0, Status::kMalformed, "the answer is empty"};
  if (got == expected) return {1, Status::kCorrect, "found " + shown(trim(found))};
  return {0, Status::kWrong,
          "found " + shown(trim(found)) + ", expected " + shown(trim(reference))};
}

}  // namespace hone::rewards
