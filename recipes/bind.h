#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// A view of a config struct that plain functions can walk: reading TOML, dumping, --set, help and
// diff are written once over it (read.h, write.h), not once for each struct. It is made from the
// struct's own `fields()`, and points into the struct, which must stay where it is meanwhile.

namespace hone::recipes {

struct Field;
struct Value;
using Fields = std::vector<Field>;

/// One of a few words.
struct EnumView {
  std::span<const std::string_view> names;
  std::size_t index;
  std::function<void(std::size_t)> set;
};

/// A struct. Where it has a kWord, a plain string stands for a table with that field alone.
struct TableView {
  Fields fields;
  std::string_view word = {};
};

/// A std::vector of structs.
struct ListView {
  std::size_t size;
  std::function<Value(std::size_t)> at;
  std::function<Value()> append;
  std::function<void()> clear;
};

/// A std::variant of structs, chosen by `type`. A struct around it with a variant member `config`
/// shares its table: `common` holds that struct's other fields.
struct UnionView {
  std::vector<std::string_view> types;
  std::size_t index;
  Fields common;
  std::function<Fields()> fields;           // of the type chosen now
  std::function<void(std::size_t)> choose;  // starts that type from its defaults
};

/// A std::optional; `get` makes a default value where there is none.
struct OptionalView {
  bool engaged;
  std::function<Value()> get;
};

/// A word, or a list of numbers.
using WordOrNumbers = std::variant<std::string, std::vector<std::int64_t>>;

struct Value {
  std::variant<bool*, std::int64_t*, std::uint64_t*, double*, std::string*,
               std::vector<std::string>*, WordOrNumbers*, EnumView, TableView, ListView, UnionView,
               OptionalView>
      view;
};

struct Field {
  std::string_view key;
  Value value;
  std::string_view help;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

template <class T>
Value view(T& value);

/// The visitor that `fields()` is called with.
class Collector {
 public:
  template <class T>
  void operator()(std::string_view key, T& value, std::string_view help) {
    fields_.push_back({.key = key, .value = view(value), .help = help});
  }
  template <class T, class Low, class High>
  void operator()(std::string_view key, T& value, std::string_view help, Low low, High high) {
    fields_.push_back(
        {key, view(value), help, static_cast<double>(low), static_cast<double>(high)});
  }
  Fields take() { return std::move(fields_); }

 private:
  Fields fields_;
};

/// The fields of a struct, in its own order.
template <class T>
Fields fields_of(T& config) {
  Collector collector;
  config.fields(collector);
  return collector.take();
}

namespace detail {

template <class T>
struct Shape : std::integral_constant<int, 0> {};
template <class T>
struct Shape<std::optional<T>> : std::integral_constant<int, 1> {};
template <class T>
struct Shape<std::vector<T>> : std::integral_constant<int, 2> {};
template <class... T>
struct Shape<std::variant<T...>> : std::integral_constant<int, 3> {};

template <class T>
concept Scalar = std::same_as<T, bool> || std::same_as<T, std::int64_t> ||
    std::same_as<T, std::uint64_t> || std::same_as<T, double> || std::same_as<T, std::string> ||
    std::same_as<T, std::vector<std::string>> || std::same_as<T, WordOrNumbers>;

template <class T>
concept WrapsUnion = Shape<decltype(T::config)>::value == 3;

template <class... T>
UnionView view_union(std::variant<T...>& value) {
  UnionView result;
  result.types = {T::kType...};
  result.index = value.index();
  result.fields = [&value] {
    return std::visit([](auto& chosen) { return fields_of(chosen); }, value);
  };
  result.choose = [&value](std::size_t index) {
    std::size_t i = 0;
    ((i++ == index ? static_cast<void>(value.template emplace<T>()) : static_cast<void>(0)), ...);
  };
  return result;
}

template <class E>
EnumView view_enum(E& value) {
  static constexpr auto kNames = enum_names(E{});
  return {kNames, static_cast<std::size_t>(value),
          [&value](std::size_t index) { value = static_cast<E>(index); }};
}

template <class T>
ListView view_list(std::vector<T>& list) {
  return {list.size(), [&list](std::size_t i) { return view(list.at(i)); },
          [&list] { return view(list.emplace_back()); }, [&list] { list.clear(); }};
}

template <class T>
OptionalView view_optional(std::optional<T>& value) {
  return {value.has_value(), [&value] { return view(value ? *value : value.emplace()); }};
}

}  // namespace detail

/// The view of any value that a config struct may hold.
template <class T>
Value view(T& value) {
  if constexpr (detail::Scalar<T>) {
    return {&value};
  } else if constexpr (std::is_enum_v<T>) {
    return {detail::view_enum(value)};
  } else if constexpr (detail::Shape<T>::value == 1) {
    return {detail::view_optional(value)};
  } else if constexpr (detail::Shape<T>::value == 2) {
    return {detail::view_list(value)};
  } else if constexpr (detail::Shape<T>::value == 3) {
    return {detail::view_union(value)};
  } else if constexpr (detail::WrapsUnion<T>) {
    UnionView result = detail::view_union(value.config);
    result.common = fields_of(value);
    // The struct may list `config` itself; it is the rest of the table, not a key in it.
    std::erase_if(result.common, [](const Field& field) { return field.key == "config"; });
    return {std::move(result)};
  } else if constexpr (requires { T::kWord; }) {
    return {TableView{fields_of(value), T::kWord}};
  } else {
    return {TableView{fields_of(value)}};
  }
}

/// The field of that key, or null.
const Field* find_field(const Fields& fields, std::string_view key);
std::vector<std::string_view> keys_of(const Fields& fields);

/// The fields that share a union's table, those of the chosen type last; `type` is not among them.
Fields all_fields(const UnionView& view);

/// What stands in the struct's field `name`; empty if it has none.
std::string name_in(const Value& value);

/// "path.key"; at the top just the key.
std::string join_path(const std::string& path, std::string_view key);

/// The path of a list's element: a recipe's stages go by their names, everything else by its
/// number, from 0.
std::string element_path(const std::string& list, std::size_t index, std::string_view name);

}  // namespace hone::recipes
