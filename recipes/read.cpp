#include "recipes/read.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "recipes/error.h"
#include "recipes/nearest.h"
#include "recipes/read_node.h"

namespace hone::recipes {
namespace {

std::string shown(double number) {
  std::ostringstream text;
  text.precision(17);
  if (std::abs(number) < 1e15 && number == std::floor(number)) {
    text << static_cast<std::int64_t>(number);
  } else {
    text.precision(6);
    text << number;
  }
  return text.str();
}

// A value as the user wrote it, cut short, for "got ...".
std::string shown(const toml::node& node) {
  std::ostringstream text;
  if (node.is_table()) {
    text << "a table";
  } else if (node.is_array()) {
    text << "an array";
  } else {
    const std::string_view kind = node.is_string()           ? "the string "
                                  : node.is_integer()        ? "the integer "
                                  : node.is_floating_point() ? "the number "
                                  : node.is_boolean()        ? ""
                                                             : "the date or time ";
    node.visit([&](const auto& value) {
      text << kind << toml::toml_formatter{value, toml::format_flags::none};
    });
  }
  constexpr std::size_t kLongest = 80;
  std::string result = text.str();
  if (result.size() > kLongest) result = result.substr(0, kLongest) + "...";
  return result;
}

std::string position(const std::string& file, const toml::source_position& at) {
  return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

// Walks a TOML node and a view together.
class Reader {
 public:
  explicit Reader(const Source& source) : source_(source) {}

  void read(const Field& field, const toml::node& node, const std::string& path) {
    source_.places[path] = place(node.source());
    std::visit([&](const auto& view) { read(view, field, node, path); }, field.value.view);
  }

  void read_table(const Fields& fields, const toml::table& table, const std::string& path,
                  std::string_view handled = {}) {
    for (const auto& [key, node] : table) {
      if (!handled.empty() && key.str() == handled) continue;
      const Field* field = find_field(fields, key.str());
      if (!field) {
        auto known = keys_of(fields);
        if (!handled.empty()) known.insert(known.begin(), handled);
        throw RecipeError(place(key.source()), join_path(path, key.str()),
                          "unknown key; known here: " + names_and_nearest(key.str(), known));
      }
      read(*field, node, join_path(path, key.str()));
    }
  }

 private:
  std::string place(const toml::source_region& source) const {
    if (!source_.positions) return source_.name;
    return position(source_.name, source.begin);
  }

  [[noreturn]] void fail(const toml::node& node, const std::string& path,
                         const std::string& problem) const {
    throw RecipeError(place(node.source()), path, problem);
  }

  [[noreturn]] void wrong_type(const toml::node& node, const std::string& path,
                               const std::string& expected) const {
    fail(node, path, "expected " + expected + ", got " + shown(node));
  }

  void check_range(double value, const Field& field, const toml::node& node,
                   const std::string& path) const {
    if (std::isfinite(value) && value >= field.low && value <= field.high) return;
    if (std::isinf(field.low)) fail(node, path, "expected a finite number, got " + shown(node));
    fail(node, path,
         "out of range: expected " + shown(field.low) + " to " + shown(field.high) + ", got " +
             shown(node));
  }

  void read(bool* target, const Field&, const toml::node& node, const std::string& path) {
    if (!node.is_boolean()) wrong_type(node, path, "true or false");
    *target = node.as_boolean()->get();
  }

  void read(std::int64_t* target, const Field& field, const toml::node& node,
            const std::string& path) {
    if (!node.is_integer()) wrong_type(node, path, "an integer");
    const std::int64_t value = node.as_integer()->get();
    check_range(static_cast<double>(value), field, node, path);
    *target = value;
  }

  void read(std::uint64_t* target, const Field& field, const toml::node& node,
            const std::string& path) {
    if (!node.is_integer()) wrong_type(node, path, "an integer");
    const std::int64_t value = node.as_integer()->get();
    if (value < 0) fail(node, path, "out of range: expected 0 or more, got " + shown(node));
    check_range(static_cast<double>(value), field, node, path);
    *target = static_cast<std::uint64_t>(value);
  }

  void read(double* target, const Field& field, const toml::node& node, const std::string& path) {
    if (!node.is_number()) wrong_type(node, path, "a number");
    const double value = node.is_integer() ? static_cast<double>(node.as_integer()->get())
                                           : node.as_floating_point()->get();
    check_range(value, field, node, path);
    *target = value;
  }

  void read(std::string* target, const Field&, const toml::node& node, const std::string& path) {
    if (!node.is_string()) wrong_type(node, path, "a string");
    *target = node.as_string()->get();
  }

  void read(std::vector<std::string>* target, const Field&, const toml::node& node,
            const std::string& path) {
    if (!node.is_array()) wrong_type(node, path, "an array of strings");
    std::vector<std::string> result;
    for (const toml::node& element : *node.as_array()) {
      if (!element.is_string()) wrong_type(element, path, "an array of strings");
      result.push_back(element.as_string()->get());
    }
    *target = std::move(result);
  }

  void read(WordOrNumbers* target, const Field& field, const toml::node& node,
            const std::string& path) {
    const std::string expected = "a string or an array of integers";
    if (node.is_string()) {
      *target = node.as_string()->get();
      return;
    }
    if (!node.is_array()) wrong_type(node, path, expected);
    std::vector<std::int64_t> numbers;
    for (const toml::node& element : *node.as_array()) {
      if (!element.is_integer()) wrong_type(element, path, expected);
      numbers.push_back(element.as_integer()->get());
      check_range(static_cast<double>(numbers.back()), field, element, path);
    }
    *target = std::move(numbers);
  }

  void read(const EnumView& target, const Field&, const toml::node& node, const std::string& path) {
    const std::vector<std::string_view> names(target.names.begin(), target.names.end());
    if (!node.is_string()) wrong_type(node, path, "one of: " + names_and_nearest("", names));
    const std::string& word = node.as_string()->get();
    target.set(choice(names, word, node, path));
  }

  void read(const TableView& target, const Field&, const toml::node& node,
            const std::string& path) {
    if (node.is_string() && !target.word.empty()) {
      return read(*find_field(target.fields, target.word), node, join_path(path, target.word));
    }
    if (!node.is_table()) {
      wrong_type(node, path, target.word.empty() ? "a table" : "a table or a string");
    }
    read_table(target.fields, *node.as_table(), path);
  }

  void read(const UnionView& target, const Field&, const toml::node& node,
            const std::string& path) {
    if (!node.is_table()) wrong_type(node, path, "a table with a `type`");
    const toml::table& table = *node.as_table();
    const toml::node* type = table.get("type");
    if (!type) {
      fail(node, join_path(path, "type"),
           "missing; expected one of: " + names_and_nearest("", target.types));
    }
    if (!type->is_string()) wrong_type(*type, join_path(path, "type"), "a string");
    source_.places[join_path(path, "type")] = place(type->source());
    target.choose(choice(target.types, type->as_string()->get(), *type, join_path(path, "type")));
    read_table(all_fields(target), table, path, "type");
  }

  void read(const ListView& target, const Field& field, const toml::node& node,
            const std::string& path) {
    if (!node.is_array()) {
      wrong_type(node, path, "an array of tables ([[" + std::string(field.key) + "]])");
    }
    target.clear();
    std::size_t index = 0;
    for (const toml::node& element : *node.as_array()) {
      const toml::table* table = element.as_table();
      const auto name = table ? (*table)["name"].value<std::string>() : std::nullopt;
      read({.key = field.key, .value = target.append(), .help = field.help}, element,
           element_path(path, index++, name.value_or("")));
    }
  }

  void read(const OptionalView& target, const Field& field, const toml::node& node,
            const std::string& path) {
    Field inner = field;
    inner.value = target.get();
    read(inner, node, path);
  }

  std::size_t choice(const std::vector<std::string_view>& names, const std::string& word,
                     const toml::node& node, const std::string& path) const {
    const auto found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) {
      fail(node, path, "got \"" + word + "\", expected one of: " + names_and_nearest(word, names));
    }
    return static_cast<std::size_t>(found - names.begin());
  }

  const Source& source_;
};

}  // namespace

std::string place_of(const Places& places, std::string_view path) {
  for (;;) {
    const auto found = places.find(std::string(path));
    if (found != places.end()) return found->second;
    if (path.empty()) return "recipe";
    const std::size_t dot = path.rfind('.');
    path = dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
  }
}

void read_node(const Source& source, const Field& field, const toml::node& node,
               const std::string& path) {
  Reader(source).read(field, node, path);
}

void read_toml(std::string_view text, const std::string& file, const Value& root, Places& places) {
  places[""] = file;
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw RecipeError(position(file, error.source().begin), "", std::string(error.description()));
  }
  const Source source{file, true, places};
  Reader(source).read_table(std::get<TableView>(root.view).fields, table, "");
}

}  // namespace hone::recipes
