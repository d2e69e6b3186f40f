#include "recipes/write.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

namespace hone::recipes {
namespace {

std::string toml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04X", static_cast<unsigned>(c));
      result += escape.data();
    } else {
      result += c;
    }
  }
  return result + '"';
}

// The shortest text that reads back as the same double, and as a float rather than an integer.
std::string number(double value) {
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  const bool integer = text.find_first_of(".en") == std::string::npos;
  return integer ? text + ".0" : text;
}

// TOML of a value that fits on the right of an equals sign; empty for a table or a list of them.
std::string scalar(const Value& value) {
  struct Text {
    std::string operator()(const bool* v) const { return *v ? "true" : "false"; }
    std::string operator()(const std::int64_t* v) const { return std::to_string(*v); }
    std::string operator()(const std::uint64_t* v) const { return std::to_string(*v); }
    std::string operator()(const double* v) const { return number(*v); }
    std::string operator()(const std::string* v) const { return toml_text(*v); }
    std::string operator()(const std::vector<std::string>* v) const {
      std::string text;
      for (const std::string& element : *v) text += (text.empty() ? "" : ", ") + toml_text(element);
      return "[" + text + "]";
    }
    std::string operator()(const WordOrNumbers* v) const {
      if (const auto* word = std::get_if<std::string>(v)) return toml_text(*word);
      std::string text;
      for (const std::int64_t number : std::get<std::vector<std::int64_t>>(*v)) {
        text += (text.empty() ? "" : ", ") + std::to_string(number);
      }
      return "[" + text + "]";
    }
    std::string operator()(const EnumView& v) const { return toml_text(v.names[v.index]); }
    std::string operator()(const ListView& v) const { return v.size == 0 ? "[]" : ""; }
    std::string operator()(const OptionalView& v) const {
      return v.engaged ? std::visit(*this, v.get().view) : "";
    }
    std::string operator()(const TableView&) const { return ""; }
    std::string operator()(const UnionView&) const { return ""; }
  };
  return std::visit(Text{}, value.view);
}

// The value inside an optional, or null where there is none.
std::optional<Value> present(const Value& value) {
  const auto* optional = std::get_if<OptionalView>(&value.view);
  if (!optional) return value;
  return optional->engaged ? std::optional(optional->get()) : std::nullopt;
}

void write_body(std::string& out, const Fields& fields, const std::string& path);

void write_table(std::string& out, const Value& value, const std::string& path,
                 std::string_view open, std::string_view close) {
  if (!out.empty()) out += '\n';
  out.append(open).append(path).append(close).append("\n");
  if (const auto* chosen = std::get_if<UnionView>(&value.view)) {
    out += "type = " + toml_text(chosen->types[chosen->index]) + "\n";
    write_body(out, all_fields(*chosen), path);
  } else if (const auto* table = std::get_if<TableView>(&value.view)) {
    write_body(out, table->fields, path);
  }
}

// What fits in a line comes first: after a table's header no more of the outer keys could follow.
void write_body(std::string& out, const Fields& fields, const std::string& path) {
  for (const Field& field : fields) {
    const std::string text = scalar(field.value);
    if (!text.empty()) out.append(field.key).append(" = ").append(text).append("\n");
  }
  for (const Field& field : fields) {
    const auto value = present(field.value);
    if (!value || !scalar(*value).empty()) continue;
    const std::string inner = join_path(path, field.key);
    if (const auto* list = std::get_if<ListView>(&value->view)) {
      for (std::size_t i = 0; i < list->size; ++i) write_table(out, list->at(i), inner, "[[", "]]");
    } else {
      write_table(out, *value, inner, "[", "]");
    }
  }
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

void flatten_into(Pairs& pairs, const Value& value, const std::string& path) {
  if (const auto* list = std::get_if<ListView>(&value.view)) {
    for (std::size_t i = 0; i < list->size; ++i) {
      const Value element = list->at(i);
      flatten_into(pairs, element, element_path(path, i, name_in(element)));
    }
    if (list->size == 0) pairs.emplace_back(path, "[]");
    return;
  }
  if (const std::string text = scalar(value); !text.empty()) {
    pairs.emplace_back(path, text);
    return;
  }
  Fields fields;
  if (const auto* chosen = std::get_if<UnionView>(&value.view)) {
    pairs.emplace_back(join_path(path, "type"), toml_text(chosen->types[chosen->index]));
    fields = all_fields(*chosen);
  } else if (const auto* table = std::get_if<TableView>(&value.view)) {
    fields = table->fields;
  }
  for (const Field& field : fields) {
    const auto inner = present(field.value);
    if (inner) flatten_into(pairs, *inner, join_path(path, field.key));
  }
}

}  // namespace

std::string dump_toml(const Fields& fields) {
  std::string out;
  write_body(out, fields, "");
  return out;
}

Pairs flatten(const Value& value, const std::string& path) {
  Pairs pairs;
  flatten_into(pairs, value, path);
  return pairs;
}

std::vector<std::string> differences(const Pairs& before, const Pairs& after) {
  const std::map<std::string, std::string> old_values(before.begin(), before.end());
  const std::map<std::string, std::string> new_values(after.begin(), after.end());
  std::vector<std::string> result;
  for (const auto& [key, old_text] : before) {
    const auto found = new_values.find(key);
    if (found == new_values.end()) {
      result.push_back(key + ": " + old_text + " -> nothing");
    } else if (found->second != old_text) {
      result.push_back(key + ": " + old_text + " -> " + found->second);
    }
  }
  for (const auto& [key, text] : after) {
    if (!old_values.contains(key)) result.push_back(key + ": nothing -> " + text);
  }
  return result;
}

}  // namespace hone::recipes
