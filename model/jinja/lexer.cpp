#include "model/jinja/lexer.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "model/error.h"
#include "model/jinja/text.h"

namespace hone::model::jinja {
namespace {

using TokenKind = Token::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// One kind of newline, and none at the very end.
std::string with_plain_newlines(std::string_view source) {
  std::string text;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      text += source[i];
    } else if (i + 1 == source.size() || source[i + 1] != '\n') {
      text += '\n';
    }
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

class Lexer {
 public:
  Lexer(std::string_view source, std::string place)
      : source_(with_plain_newlines(source)), place_(std::move(place)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) {
      const std::size_t tag = next_tag();
      if (tag == std::string::npos) {
        text(source_.size(), '+', false);
        break;
      }
      const char kind = source_[tag + 1];
      const char sign = sign_at(tag + 2);
      if (kind == '%') {
        if (const auto raw = raw_begin(tag)) {
          text(tag, sign, true);
          move_to(*raw);
          raw_block();
          continue;
        }
      }
      text(tag, sign, kind != '{');
      const int line = line_;
      move_to(tag + (sign == ' ' ? 2 : 3));
      if (kind == '#') {
        comment(line);
      } else {
        inside(kind == '{', line);
      }
    }
    tokens_.push_back({TokenKind::kEnd, "", line_});
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(int line, const std::string& problem) const {
    throw DataError(place_ + ":" + std::to_string(line), problem);
  }

  bool at(std::string_view text, std::size_t where) const {
    return std::string_view(source_).substr(where).starts_with(text);
  }

  std::size_t next_tag() const {
    for (auto brace = source_.find('{', at_); brace != std::string::npos;
         brace = source_.find('{', brace + 1)) {
      if (brace + 1 == source_.size()) break;
      const char c = source_[brace + 1];
      if (c == '%' || c == '{' || c == '#') return brace;
    }
    return std::string::npos;
  }

  /// '-', '+', or ' ' for none.
  char sign_at(std::size_t where) const {
    return where < source_.size() && (source_[where] == '-' || source_[where] == '+')
               ? source_[where]
               : ' ';
  }

  void move_to(std::size_t where) {
    line_ +=
        static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                    source_.begin() + static_cast<std::ptrdiff_t>(where), '\n'));
    at_ = where;
  }

  std::size_t after_space(std::size_t where) const {
    for (std::size_t next = where; next < source_.size() && space_at(source_, next);) where = next;
    return where;
  }

  /// The text up to a tag; a sign of '-' or a tag alone on its line takes white space away.
  void text(std::size_t end, char sign, bool strips_line) {
    std::string text = source_.substr(at_, end - at_);
    const int line = line_;
    if (sign == '-') {
      text = strip(text, std::nullopt, false, true);
    } else if (sign != '+' && strips_line) {
      const std::size_t begin = text.rfind('\n') + 1;  // 0 if there is none
      if ((begin > 0 || line_starting_) &&
          strip(text.substr(begin), std::nullopt, true, true).empty()) {
        text.resize(begin);
      }
    }
    if (!text.empty()) tokens_.push_back({TokenKind::kText, std::move(text), line});
    move_to(end);
  }

  /// Where a tag ends that is closed at `where` by `-%}`, `+%}` or `%}` (or their like); none if it
  /// is not.
  std::optional<std::size_t> tag_end(std::string_view close, std::size_t where, bool plus,
                                     bool trims) const {
    if (source_[where] == '-' && at(close, where + 1)) return after_space(where + 3);
    if (plus && source_[where] == '+' && at(close, where + 1)) return where + 3;
    if (!at(close, where)) return std::nullopt;
    const std::size_t end = where + 2;
    return trims && end < source_.size() && source_[end] == '\n' ? end + 1 : end;
  }

  void end_tag(std::size_t end) {
    move_to(end);
    line_starting_ = source_[end - 1] == '\n';
  }

  void comment(int line) {
    for (std::size_t where = at_; where < source_.size(); ++where) {
      if (const auto end = tag_end("#}", where, true, true)) return end_tag(*end);
    }
    fail(line, "a comment that is not closed");
  }

  /// What follows `{% NAME %}` at a tag of this name, with or without signs; none if it is not one.
  std::optional<std::size_t> named_tag(std::size_t tag, std::string_view name, bool ends) const {
    const std::size_t begin = after_space(tag + (sign_at(tag + 2) == ' ' ? 2 : 3));
    if (!at(name, begin)) return std::nullopt;
    const std::size_t where = after_space(begin + name.size());
    return where < source_.size() ? tag_end("%}", where, ends, ends) : std::nullopt;
  }
  std::optional<std::size_t> raw_begin(std::size_t tag) const {
    return named_tag(tag, "raw", false);
  }

  void raw_block() {
    line_starting_ = source_[at_ - 1] == '\n';
    const int line = line_;
    for (auto tag = source_.find("{%", at_); tag != std::string::npos;
         tag = source_.find("{%", tag + 1)) {
      const auto end = named_tag(tag, "endraw", true);
      if (!end) continue;
      text(tag, sign_at(tag + 2), true);
      return end_tag(*end);
    }
    fail(line, "a raw block that is not closed");
  }

  void inside(bool output, int begun) {
    tokens_.push_back({output ? TokenKind::kOutputBegin : TokenKind::kBlockBegin, "", line_});
    std::string open;
    while (true) {
      move_to(after_space(at_));
      if (at_ == source_.size()) fail(begun, "a tag that is not closed");
      if (open.empty()) {
        if (const auto end = tag_end(output ? "}}" : "%}", at_, !output, !output)) {
          tokens_.push_back({output ? TokenKind::kOutputEnd : TokenKind::kBlockEnd, "", line_});
          return end_tag(*end);
        }
      }
      const char c = source_[at_];
      if (is_digit(c)) {
        number();
      } else if (starts_name(c)) {
        std::size_t end = at_;
        while (end < source_.size() && (starts_name(source_[end]) || is_digit(source_[end]))) ++end;
        push(TokenKind::kName, end);
      } else if (c == '\'' || c == '"') {
        string();
      } else {
        operator_token(open);
      }
    }
  }

  void push(TokenKind kind, std::size_t end) {
    tokens_.push_back({kind, source_.substr(at_, end - at_), line_});
    move_to(end);
  }

  void number() {
    std::size_t end = at_;
    const auto digits = [&] {
      while (end < source_.size() && (is_digit(source_[end]) || source_[end] == '_')) ++end;
    };
    digits();
    if (end < source_.size() && end == at_ + 1 && source_[at_] == '0' &&
        std::string_view("xXbBoO").find(source_[end]) != std::string_view::npos) {
      fail(line_, "a number in another base, which is not supported");
    }
    const std::size_t whole = end;
    if (end + 1 < source_.size() && source_[end] == '.' && is_digit(source_[end + 1])) {
      ++end;
      digits();
    }
    std::size_t exponent = end;
    if (exponent < source_.size() && (source_[exponent] == 'e' || source_[exponent] == 'E')) {
      ++exponent;
      if (exponent < source_.size() && (source_[exponent] == '+' || source_[exponent] == '-')) {
        ++exponent;
      }
      if (exponent < source_.size() && is_digit(source_[exponent])) {
        end = exponent;
        digits();
      }
    }
    push(end == whole ? TokenKind::kInteger : TokenKind::kFloat, end);
    std::erase(tokens_.back().text, '_');
  }

  void string() {
    const char quote = source_[at_];
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) fail(line_, "a string that is not closed");
    const std::string raw = source_.substr(at_ + 1, end - at_ - 1);
    tokens_.push_back({TokenKind::kString, unescaped(raw), line_});
    move_to(end + 1);
  }

  /// Python's escapes, those it does not know left as they are.
  std::string unescaped(std::string_view raw) const {
    constexpr std::string_view kShort = "\\'\"abfnrtv";
    constexpr std::string_view kMeant = "\\'\"\a\b\f\n\r\t\v";
    std::string text;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '\\' || i + 1 == raw.size()) {
        text += raw[i];
        continue;
      }
      const char c = raw[++i];
      if (const auto known = kShort.find(c); known != std::string_view::npos) {
        text += kMeant[known];
      } else if (c == 'x' || c == 'u' || c == 'U') {
        const std::size_t digits = c == 'x' ? 2 : (c == 'u' ? 4 : 8);
        code_point(raw.substr(i + 1, digits), digits, 16, text);
        i += digits;
      } else if (c >= '0' && c <= '7') {
        std::size_t digits = 1;
        while (digits < 3 && i + digits < raw.size() && raw[i + digits] >= '0' &&
               raw[i + digits] <= '7') {
          ++digits;
        }
        code_point(raw.substr(i, digits), digits, 8, text);
        i += digits - 1;
      } else if (c == 'N') {
        fail(line_, "a character by its name (\\N), which is not supported");
      } else if (c != '\n') {
        text += '\\';
        text += c;
      }
    }
    return text;
  }

  void code_point(std::string_view digits, std::size_t count, int base, std::string& text) const {
    const bool whole = digits.size() == count &&
                       digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    const unsigned long c = whole ? std::stoul(std::string(digits), nullptr, base) : 0x110000;
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
      fail(line_, "an escape that is no character: " + std::string(digits));
    }
    std::uint8_t bytes[4];
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, static_cast<UChar32>(c));
    text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }

  void operator_token(std::string& open) {
    constexpr std::string_view kTwo[] = {"//", "**", "==", "!=", ">=", "<="};
    for (const std::string_view two : kTwo) {
      if (at(two, at_)) return push(TokenKind::kOperator, at_ + 2);
    }
    const char c = source_[at_];
    if (std::string_view("+-/*%~[](){}><=.:|,;").find(c) == std::string_view::npos) {
      fail(line_, "a character that no expression has: " + source_.substr(at_, 1));
    }
    const auto bracket = std::string_view("([{").find(c);
    if (bracket != std::string_view::npos) open += ")]}"[bracket];
    if (c == ')' || c == ']' || c == '}') {
      if (open.empty() || open.back() != c) fail(line_, std::string("unexpected ") + c);
      open.pop_back();
    }
    push(TokenKind::kOperator, at_ + 1);
  }

  std::string source_, place_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source, const std::string& place) {
  return Lexer(source, place).run();
}

}  // namespace hone::model::jinja
