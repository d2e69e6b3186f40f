#include "model/jinja/print.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "model/jinja/text.h"

namespace hone::model::jinja {
namespace {

void print(std::string& out, const Value& value, bool inner);

void print_list(std::string& out, const List& list) {
  using Kind = List::Kind;
  if (list.kind == Kind::kRange) throw Failure("printing a range");
  constexpr const char* kOpen[] = {"[", "(", "", "dict_keys([", "dict_values([", "dict_items(["};
  append(out, kOpen[static_cast<int>(list.kind)]);
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (i > 0) append(out, ", ");
    print(out, list.items[i], true);
  }
  const bool tuple = list.kind == Kind::kTuple;
  append(out,
         tuple ? (list.items.size() == 1 ? ",)" : ")") : (list.kind == Kind::kList ? "]" : "])"));
}

void print_dict(std::string& out, const Dict& dict) {
  append(out, "{");
  for (std::size_t i = 0; i < dict.items.size(); ++i) {
    if (i > 0) append(out, ", ");
    print(out, dict.items[i].first, true);
    append(out, ": ");
    print(out, dict.items[i].second, true);
  }
  append(out, "}");
}

/// str(), or repr() inside of lists and dicts.
void print(std::string& out, const Value& value, bool inner) {
  if (value.is_undefined()) {
    if (inner) append(out, "Undefined");
  } else if (value.is_none()) {
    append(out, "None");
  } else if (const auto* b = std::get_if<bool>(&value.data)) {
    append(out, *b ? "True" : "False");
  } else if (const auto* i = std::get_if<std::int64_t>(&value.data)) {
    append(out, std::to_string(*i));
  } else if (const auto* d = std::get_if<double>(&value.data)) {
    append(out, float_text(*d));
  } else if (const auto* text = value.text()) {
    append(out, inner ? repr_of(*text) : *text);
  } else if (const List* list = value.list()) {
    print_list(out, *list);
  } else if (const Dict* dict = value.dict()) {
    print_dict(out, *dict);
  } else {
    throw Failure("printing a " + type_name(value));
  }
}

void json_text(std::string& out, std::string_view text, bool ensure_ascii) {
  append(out, "\"");
  const auto begins = code_points(text);
  for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
    const std::string_view c = text.substr(begins[i], begins[i + 1] - begins[i]);
    const auto byte = static_cast<unsigned char>(c[0]);
    const auto named = std::string_view("\"\\\n\r\t\f\b").find(c[0]);
    if (named != std::string_view::npos) {
      append(out, std::string{'\\', "\"\\nrtfb"[named]});
    } else if (byte < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      append(out, escape);
    } else if (ensure_ascii && byte >= 0x80) {
      throw Failure("tojson with ensure_ascii of a text that is not ASCII");
    } else {
      append(out, c);
    }
  }
  append(out, "\"");
}

std::string json_key(const Value& key) {
  if (const auto* text = key.text()) return *text;
  if (key.is_none()) return "null";
  if (const auto* b = std::get_if<bool>(&key.data)) return *b ? "true" : "false";
  if (key.is<std::int64_t>() || key.is<double>()) return to_text(key);
  throw Failure("tojson of a dict with a key of type " + type_name(key));
}

class JsonWriter {
 public:
  explicit JsonWriter(const JsonStyle& style) : style_(style) {}

  void write(const Value& value) {
    if (value.is_none()) {
      append(out, "null");
    } else if (const auto* b = std::get_if<bool>(&value.data)) {
      append(out, *b ? "true" : "false");
    } else if (const auto* d = std::get_if<double>(&value.data)) {
      append(out, std::isnan(*d)   ? "NaN"
                  : std::isinf(*d) ? (*d > 0 ? "Infinity" : "-Infinity")
                                   : float_text(*d));
    } else if (value.is<std::int64_t>()) {
      append(out, to_text(value));
    } else if (const auto* text = value.text()) {
      json_text(out, *text, style_.ensure_ascii);
    } else if (const List* list = value.list();
               list != nullptr && list->kind <= List::Kind::kTuple) {
      brackets('[', ']', list->items.size(), [&](std::size_t at) { write(list->items[at]); });
    } else if (const Dict* dict = value.dict()) {
      Pairs items = dict->items;
      if (style_.sort_keys) {
        std::stable_sort(items.begin(), items.end(),
                         [](const auto& x, const auto& y) { return order(x.first, y.first) < 0; });
      }
      brackets('{', '}', items.size(), [&](std::size_t i) {
        json_text(out, json_key(items[i].first), style_.ensure_ascii);
        append(out, style_.key_separator);
        write(items[i].second);
      });
    } else {
      throw Failure("tojson of a value of type " + type_name(value));
    }
  }

  std::string out;

 private:
  template <class Item>
  void brackets(char open, char close, std::size_t count, Item item) {
    append(out, {&open, 1});
    ++level_;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) append(out, style_.item_separator);
      line();
      item(i);
    }
    --level_;
    if (count > 0) line();
    append(out, {&close, 1});
  }
  void line() {
    if (!style_.indent) return;
    append(out, "\n");
    for (int i = 0; i < level_; ++i) append(out, *style_.indent);
  }

  const JsonStyle& style_;
  int level_ = 0;
};

}  // namespace

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  char digits[64];
  const double size = std::fabs(number);
  const bool exponent = size != 0 && (size < 1e-4 || size >= 1e16);
  const auto end =
      std::to_chars(digits, digits + sizeof digits, number,
                    exponent ? std::chars_format::scientific : std::chars_format::fixed)
          .ptr;
  std::string text(digits, end);
  if (!exponent && text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string to_text(const Value& value) {
  std::string out;
  print(out, value, false);
  return out;
}

std::string to_json(const Value& value, const JsonStyle& style) {
  JsonWriter writer(style);
  writer.write(value);
  return std::move(writer.out);
}

}  // namespace hone::model::jinja
