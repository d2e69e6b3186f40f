#include "rewards/code/compare.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rewards/math/number.h"
#include "rewards/text.h"

namespace hone::rewards::code {
namespace {

using nlohmann::json;

/// Takes the first line, or the first word, off the text.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view take_word(std::string_view& line) {
  const auto end = std::find_if(line.begin(), line.end(), is_space);
  const std::string_view word = line.substr(0, static_cast<std::size_t>(end - line.begin()));
  line.remove_prefix(word.size());
  line = trim(line);
  return word;
}

/// The key of a decimal as programs print them.
std::optional<std::string> decimal_key(std::string_view word) {
  std::string_view digits = word;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
  if (digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) return std::nullopt;
  return number_key(word);
}

bool same_word(std::string_view got, std::string_view expected) {
  if (got == expected) return true;
  const auto key = decimal_key(expected);
  return key && decimal_key(got) == key;
}

bool same_line(std::string_view got, std::string_view expected) {
  if (got == expected) return true;
  while (!got.empty() && !expected.empty()) {
    if (!same_word(take_word(got), take_word(expected))) return false;
  }
  return got.empty() && expected.empty();
}

/// Builds the value while the text is read: only here is a number's own spelling at hand.
class ExactReader : public nlohmann::json_sax<json> {
 public:
  json take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return number(value ? "1" : "0"); }
  bool number_integer(number_integer_t value) override { return number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return number(text); }
  bool string(string_t& text) override { return put("\"" + text); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    key_ = name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  /// A text that no string has: those begin with a quotation mark.
  bool number(const std::string& text) {
    const auto value = number_key(text);
    return value && put("#" + *value);
  }
  bool put(json value) {
    place() = std::move(value);
    return true;
  }
  bool open(json empty) {
    json& at = place();
    at = std::move(empty);
    open_.push_back(&at);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  /// Where the next value goes. What is open does not move: only the innermost one grows.
  json& place() {
    if (open_.empty()) return root_;
    json& parent = *open_.back();
    if (parent.is_object()) return parent[key_];
    parent.push_back(nullptr);
    return parent.back();
  }

  json root_;
  std::string key_;
  std::vector<json*> open_;
};

}  // namespace

bool same_output(std::string_view got, std::string_view expected) {
  got = trim(got);
  expected = trim(expected);
  while (!got.empty() && !expected.empty()) {
    if (!same_line(take_line(got), take_line(expected))) return false;
  }
  return got.empty() && expected.empty();
}

std::optional<json> exact_json(std::string_view text) {
  ExactReader reader;
  if (!json::sax_parse(text, &reader)) return std::nullopt;
  return reader.take();
}

}  // namespace hone::rewards::code
