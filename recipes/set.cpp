#include <algorithm>

#include "recipes/error.h"
#include "recipes/nearest.h"
#include "recipes/read_node.h"

namespace hone::recipes {
namespace {

// True where an unquoted word can only mean a string.
bool holds_words(const Value& value) {
  if (const auto* optional = std::get_if<OptionalView>(&value.view)) {
    return holds_words(optional->get());
  }
  return std::holds_alternative<std::string*>(value.view) ||
         std::holds_alternative<EnumView>(value.view);
}

// The text as a TOML value. What TOML cannot read is a bare word; where a string is wanted, so is
// everything without quotes.
toml::table parse_value(std::string_view text, bool want_string) {
  const bool quoted = !text.empty() && (text.front() == '"' || text.front() == '\'');
  if (!want_string || quoted) {
    try {
      toml::table table = toml::parse("value = " + std::string(text));
      if (table.size() == 1) return table;
    } catch (const toml::parse_error&) {
      // Not TOML: a bare word, below.
    }
  }
  toml::table table;
  table.insert("value", std::string(text));
  return table;
}

// Finds the field that a dotted path means, and hands it over; `type` of a union is a path too.
class Setter {
 public:
  Setter(std::string_view text, std::string place, Places& places)
      : text_(text), place_(std::move(place)), places_(places) {}

  void set(const Field& field, std::string_view rest, const std::string& path) {
    if (const auto* optional = std::get_if<OptionalView>(&field.value.view)) {
      if (rest.empty() || optional->engaged || !needs_type(*optional, rest)) {
        if (rest.empty()) return assign(field, path);
        Field inner = field;
        inner.value = optional->get();
        return set(inner, rest, path);
      }
      throw RecipeError(place_, path, "not set yet; set " + path + ".type first");
    }
    if (rest.empty()) return assign(field, path);
    const std::string_view key = rest.substr(0, rest.find('.'));
    const std::string_view next = key.size() == rest.size() ? "" : rest.substr(key.size() + 1);
    if (const auto* table = std::get_if<TableView>(&field.value.view)) {
      descend(table->fields, key, next, path, {});
    } else if (const auto* chosen = std::get_if<UnionView>(&field.value.view)) {
      if (key == "type" && next.empty()) return choose(*chosen, path);
      descend(all_fields(*chosen), key, next, path, "type");
    } else if (const auto* list = std::get_if<ListView>(&field.value.view)) {
      element(*list, field, key, next, path);
    } else {
      throw RecipeError(place_, join_path(path, key),
                        "unknown key; " + path + " has no keys of its own");
    }
  }

  void descend(const Fields& fields, std::string_view key, std::string_view next,
               const std::string& path, std::string_view handled) {
    const Field* field = find_field(fields, key);
    if (!field) {
      auto known = keys_of(fields);
      if (!handled.empty()) known.insert(known.begin(), handled);
      throw RecipeError(place_, join_path(path, key),
                        "unknown key; known here: " + names_and_nearest(key, known));
    }
    set(*field, next, join_path(path, key));
  }

 private:
  // A union that is not there has no type to look the rest of the path up in.
  static bool needs_type(const OptionalView& optional, std::string_view rest) {
    return std::holds_alternative<UnionView>(optional.get().view) && rest != "type";
  }

  void assign(const Field& field, const std::string& path) {
    const toml::table table = parse_value(text_, holds_words(field.value));
    read_node({place_, false, places_}, field, *table.get("value"), path);
  }

  void choose(const UnionView& target, const std::string& path) {
    const auto found = std::find(target.types.begin(), target.types.end(), text_);
    const std::string own = join_path(path, "type");
    if (found == target.types.end()) {
      throw RecipeError(place_, own,
                        "got \"" + std::string(text_) +
                            "\", expected one of: " + names_and_nearest(text_, target.types));
    }
    places_[own] = place_;
    target.choose(static_cast<std::size_t>(found - target.types.begin()));
  }

  void element(const ListView& list, const Field& field, std::string_view key,
               std::string_view next, const std::string& path) {
    for (std::size_t i = 0; i < list.size; ++i) {
      Field inner = field;
      inner.value = list.at(i);
      const std::string name = name_in(inner.value);
      if (key != std::to_string(i) && (name.empty() || key != name)) continue;
      return set(inner, next, element_path(path, i, name));
    }
    throw RecipeError(
        place_, join_path(path, key),
        "expected the number of an element, from 0; there are " + std::to_string(list.size));
  }

  std::string_view text_;
  std::string place_;
  Places& places_;
};

}  // namespace

void set_value(const Value& root, std::string_view path, std::string_view text,
               const std::string& prefix, const std::string& place, Places& places) {
  Setter setter(text, place, places);
  const Field field{.key = prefix, .value = root, .help = ""};
  if (path.empty()) throw RecipeError(place, prefix, "expected a key before the =");
  setter.set(field, path, prefix);
}

}  // namespace hone::recipes
