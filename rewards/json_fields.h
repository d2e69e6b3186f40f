#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hone::rewards {

template <class... Configs>
void read_variant(const nlohmann::json& value, std::variant<Configs...>& config);

/// Reads a config struct, whatever its `fields()` lists, from a JSON object.
class JsonFields {
 public:
  explicit JsonFields(const nlohmann::json& object) : object_(object) {
    if (!object.is_object() && !object.is_null()) {
      throw std::invalid_argument("expected an object of settings, got " + object.dump());
    }
  }

  template <class T>
  void operator()(const char* name, T& field, const char*) {
    if (const nlohmann::json* value = find(name)) read(name, *value, field);
  }

  template <class T, class Low, class High>
  void operator()(const char* name, T& field, const char*, Low low, High high) {
    const nlohmann::json* value = find(name);
    if (value == nullptr) return;
    read(name, *value, field);
    if (!within(field, low, high)) {
      fail(name,
           "a number from " + nlohmann::json(low).dump() + " to " + nlohmann::json(high).dump(),
           *value);
    }
  }

  /// Marks a key as known without reading it.
  void allow(const char* name) { find(name); }

  /// Throws: std::invalid_argument if the object holds a key that no field has.
  void finish() const {
    for (auto item = object_.begin(); item != object_.end(); ++item) {
      if (std::find(known_.begin(), known_.end(), item.key()) != known_.end()) continue;
      std::string list;
      for (const std::string& name : known_) list += (list.empty() ? "" : ", ") + name;
      throw std::invalid_argument("unknown setting \"" + item.key() +
                                  "\"; known: " + (list.empty() ? "none" : list));
    }
  }

 private:
  template <class T, class Low, class High>
  static bool within(const T& value, Low low, High high) {
    return value >= static_cast<T>(low) && value <= static_cast<T>(high);
  }
  template <class T, class Low, class High>
  static bool within(const std::optional<T>& value, Low low, High high) {
    return !value || within(*value, low, high);
  }

  const nlohmann::json* find(const char* name) {
    known_.emplace_back(name);
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  [[noreturn]] static void fail(const char* name, const std::string& expected,
                                const nlohmann::json& got) {
    throw std::invalid_argument(std::string(name) + ": expected " + expected + ", got " +
                                got.dump());
  }

  template <class T>
  static void read(const char* name, const nlohmann::json& value, std::optional<T>& field) {
    field.reset();
    if (!value.is_null()) read(name, value, field.emplace());
  }

  /// One of the words that `enum_names` of the type lists, in the order of its values.
  template <class T>
  static void read_enum(const char* name, const nlohmann::json& value, T& field) {
    static constexpr auto kNames = enum_names(T{});
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (value == kNames[i]) return void(field = static_cast<T>(i));
    }
    std::string list;
    for (const std::string_view word : kNames)
      list += (list.empty() ? "" : ", ") + std::string(word);
    fail(name, "one of " + list, value);
  }

  template <class T>
  static void read(const char* name, const nlohmann::json& value, T& field) {
    if constexpr (std::is_enum_v<T>) {
      return read_enum(name, value, field);
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!value.is_boolean()) fail(name, "true or false", value);
    } else if constexpr (std::is_integral_v<T>) {
      const bool fits = value.is_number_integer() &&
                        (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
      if (!fits) fail(name, "a whole number", value);
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!value.is_number()) fail(name, "a number", value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!value.is_string()) fail(name, "a text", value);
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      const bool texts =
          value.is_array() && std::all_of(value.begin(), value.end(),
                                          [](const auto& item) { return item.is_string(); });
      if (!texts) fail(name, "a list of texts", value);
      field = value.template get<T>();
      return;
    } else {
      read_variant(value, field);
      return;
    }
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) field = value.get<T>();
  }

  const nlohmann::json& object_;
  std::vector<std::string> known_;
};

/// Sets a config from a JSON object; what the object leaves out keeps its value.
/// Throws: std::invalid_argument for an unknown key, a wrong type or a value out of range.
template <class Config>
void read_config(const nlohmann::json& object, Config& config) {
  JsonFields reader(object);
  config.fields(reader);
  reader.finish();
}

/// The alternatives' names, as in "lastdigit, addition, parity".
template <class... Configs>
std::string type_names(const std::variant<Configs...>&) {
  std::string names;
  ((names += (names.empty() ? "" : ", ") + std::string(Configs::kType)), ...);
  return names;
}

/// Chooses the alternative of this name, with its defaults. Returns false if there is none.
template <class... Configs>
bool choose_type(std::string_view name, std::variant<Configs...>& config) {
  const auto choose = [&]<class Config>(const Config& defaults) {
    if (Config::kType != name) return false;
    config = defaults;
    return true;
  };
  return (choose(Configs{}) || ...);
}

/// Calls f with the defaults of each alternative.
template <class... Configs, class F>
void for_each_type(const std::variant<Configs...>&, F f) {
  (f(Configs{}), ...);
}

/// A config that is one of several: a name, or an object whose "type" names it.
template <class... Configs>
void read_variant(const nlohmann::json& value, std::variant<Configs...>& config) {
  const nlohmann::json name = value.is_object() ? value.value("type", nlohmann::json()) : value;
  if (!name.is_string() || !choose_type(name.get<std::string>(), config)) {
    throw std::invalid_argument("type: expected one of " + type_names(config) + ", got " +
                                name.dump());
  }
  if (!value.is_object()) return;
  JsonFields reader(value);
  reader.allow("type");
  std::visit([&](auto& chosen) { chosen.fields(reader); }, config);
  reader.finish();
}

}  // namespace hone::rewards
