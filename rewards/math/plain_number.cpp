#include "rewards/math/plain_number.h"

#include "rewards/math/environment.h"
#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

constexpr auto kNowhere = std::string_view::npos;

/// The bytes of a sign of an expression at this place, or 0: \xC3\x97 is a times sign, \xC3\xB7 one
/// of division.
std::size_t sign_at(std::string_view text, std::size_t at) {
  if (std::string_view("+-*/^()").find(text[at]) != kNowhere) return 1;
  const std::string_view two = text.substr(at, 2);
  return two == "\xC3\x97" || two == "\xC3\xB7" ? 2 : 0;
}

std::size_t currency_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("$")) return 1;
  if (rest.starts_with("\xC2\xA3") || rest.starts_with("\xC2\xA5")) return 2;
  if (rest.starts_with("\xE2\x82")) return 3;  // the block of currency signs
  return 0;
}

std::size_t digits_from(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

/// One number at this place; `end` 0 where there is none.
PlainNumber number_at(std::string_view text, std::size_t begin) {
  PlainNumber result;
  result.begin = begin;
  std::size_t at = begin;
  std::string sign;
  if (at < text.size() && text[at] == '-') {
    sign = "-";
    ++at;
  }
  std::size_t end = digits_from(text, at);
  std::string digits(text.substr(at, end - at));
  if (digits.empty()) {
    if (at != begin || end + 1 >= text.size() || text[end] != '.' || !is_digit(text[end + 1]))
      return result;
    at = digits_from(text, end + 1);
    result.text = "0" + std::string(text.substr(end, at - end));
    end = at;
  } else {
    // Groups of three.
    std::size_t next = end;
    if (digits.size() <= 3 && digits[0] != '0') {
      while (next < text.size() && (text[next] == ',' || text[next] == ' ') &&
             digits_from(text, next + 1) == next + 4) {
        digits += text.substr(next + 1, 3);
        next += 4;
      }
    }
    const bool grouped = next != end;
    end = next;
    const bool fraction = end + 1 < text.size() && is_digit(text[end + 1]) &&
                          (text[end] == '.' || (text[end] == ',' && !grouped));
    if (fraction) {
      next = digits_from(text, end + 1);
      digits += "." + std::string(text.substr(end + 1, next - end - 1));
      end = next;
    }
    result.text = sign + digits;
  }
  if (const std::size_t size = percent_sign(text.substr(end)); size > 0) {
    result.percent = true;
    end += size;
  }
  result.end = end;
  return result;
}

bool may_follow(std::string_view text, std::size_t at) {
  if (text.substr(at).starts_with("**")) at += 2;
  return at >= text.size() || is_space(text[at]) ||
         std::string_view(".,:)$").find(text[at]) != kNowhere;
}

/// The run of digits and signs that begins here, without what ends a sentence.
struct Run {
  std::size_t begin = 0, end = 0;
  bool operation = false;
};

Run run_at(std::string_view text, std::size_t begin) {
  Run run{begin, begin, false};
  std::size_t at = begin, first_digit = kNowhere, last_sign = kNowhere;
  while (at < text.size()) {
    const std::size_t sign = sign_at(text, at);
    if (sign > 0) {
      if (first_digit != kNowhere && !text.substr(at).starts_with("**")) last_sign = at;
      at += sign;
    } else if (is_digit(text[at])) {
      if (first_digit == kNowhere) first_digit = at;
      ++at;
    } else if (is_space(text[at]) || text[at] == '.') {
      ++at;
    } else {
      break;
    }
  }
  run.end = at;
  while (run.end > begin &&
         (is_space(text[run.end - 1]) || text[run.end - 1] == '.' || text[run.end - 1] == '*'))
    --run.end;
  run.operation = first_digit != kNowhere && last_sign != kNowhere && first_digit - begin <= 3 &&
                  last_sign + 1 < run.end;
  return run;
}

}  // namespace

std::vector<PlainNumber> find_numbers(std::string_view text) {
  std::vector<PlainNumber> found;
  Run run;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool start = at == 0 || is_space(text[at - 1]) || text[at - 1] == '=';
    if (!start) continue;
    std::size_t begin = at;
    if (text.substr(begin).starts_with("**")) begin += 2;
    if (begin >= text.size()) break;
    const char c = text[begin];
    if (is_space(c)) continue;
    const bool opens = is_digit(c) || c == '-' || c == '(';
    if (!opens && c != '.' && currency_at(text, begin) == 0) continue;
    if (opens && (run.end <= begin)) {
      run = run_at(text, begin);
      if (run.operation && may_follow(text, run.end)) {
        found.push_back({begin, run.end, std::string(text.substr(begin, run.end - begin)), false});
      }
    }
    begin += currency_at(text, begin);
    PlainNumber number = number_at(text, begin);
    if (number.end == 0) continue;
    at = number.end - 1;
    found.push_back(std::move(number));
  }
  return found;
}

std::string normal_number(std::string_view text) {
  text = trim(text);
  if (text.empty()) return {};
  const PlainNumber number = number_at(text, currency_at(text, 0));
  if (number.end != text.size()) return {};
  return number.text + (number.percent ? "%" : "");
}

}  // namespace hone::rewards::math
