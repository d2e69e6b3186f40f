#include "rewards/math/budget.h"
#include "rewards/math/lexer_state.h"
#include "rewards/text.h"

namespace hone::rewards::math {

bool Lexer::take_group(std::string& digits, bool plain) {
  std::string_view ahead = rest_;
  bool certain = false;
  const auto skip = [&ahead](std::string_view sign) {
    while (ahead.starts_with(" ")) ahead.remove_prefix(1);
    if (!ahead.starts_with(sign)) return false;
    ahead.remove_prefix(sign.size());
    return true;
  };
  if (skip("{") && skip(",") && skip("}")) {
    certain = true;
  } else if (ahead = rest_; ahead.empty()) {
    return false;
  } else if (ahead.starts_with("\\,") || ahead.starts_with("\\!")) {
    ahead.remove_prefix(2);
    certain = true;
  } else if (ahead.starts_with(",")) {
    ahead.remove_prefix(1);
    if (ahead.starts_with("\\!") || ahead.starts_with("\\,")) {
      certain = ahead[1] == '!';
      ahead.remove_prefix(2);
      while (certain && ahead.starts_with(" ")) ahead.remove_prefix(1);
    }
  } else {
    return false;
  }
  if (!certain && (!plain || depth_ > 0)) return false;
  for (std::size_t i = 0; i < 3; ++i) {
    if (i >= ahead.size() || !is_digit(ahead[i])) return false;
  }
  if (ahead.size() > 3 && is_digit(ahead[3])) return false;
  digits += ahead.substr(0, 3);
  rest_ = ahead.substr(3);
  return true;
}

void Lexer::lex_number() {
  std::string digits(run_of(is_digit));
  const bool plain = !digits.empty() && digits.size() <= 3 && digits.front() != '0';
  while (digits.size() <= kMaxFormula && !digits.empty() && take_group(digits, plain)) {
  }
  std::string repeating;
  if (rest_.size() > 1 && rest_[0] == '.' &&
      (is_digit(rest_[1]) || rest_.starts_with(".\\overline{") || rest_.starts_with(".\\bar{"))) {
    rest_.remove_prefix(1);
    digits += '.';
    digits += run_of(is_digit);
    if (take("\\overline{") || take("\\bar{") || take("\\dot{")) {
      repeating = run_of(is_digit);
      if (repeating.empty() || !take("}")) throw Unreadable{"a bar over no digits"};
    }
  }
  // 1e5, but not 2e^x.
  if (repeating.empty() && rest_.size() > 1 && (rest_[0] == 'e' || rest_[0] == 'E')) {
    std::string_view ahead = rest_.substr(1);
    const bool sign = ahead[0] == '-' || ahead[0] == '+';
    if (sign) ahead.remove_prefix(1);
    std::size_t size = 0;
    while (size < ahead.size() && is_digit(ahead[size])) ++size;
    const bool ends = size == ahead.size() || !(is_letter(ahead[size]) || ahead[size] == '^');
    if (size > 0 && size <= 17 && ends) {
      digits += "e" + std::string(rest_.substr(1, size + (sign ? 1 : 0)));
      rest_ = ahead.substr(size);
    }
  }
  add(Type::kNumber, digits);
  tokens_.back().repeating = std::move(repeating);
}

}  // namespace hone::rewards::math
