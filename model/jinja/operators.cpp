#include "model/jinja/operators.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "model/jinja/library.h"
#include "model/jinja/text.h"

namespace hone::model::jinja {
namespace {

constexpr std::int64_t kMaxWork = 20'000'000;

Value loop_attribute(const Loop& loop, const std::string& name) {
  const auto count = static_cast<std::int64_t>(loop.items.size());
  const std::int64_t i = loop.index0;
  const auto item = [&](std::int64_t at) {
    return at < 0 || at >= count ? undefined("loop." + name)
                                 : loop.items[static_cast<std::size_t>(at)];
  };
  if (name == "index") return {i + 1};
  if (name == "index0") return {i};
  if (name == "revindex") return {count - i};
  if (name == "revindex0") return {count - i - 1};
  if (name == "first") return {i == 0};
  if (name == "last") return {i + 1 == count};
  if (name == "length") return {count};
  if (name == "previtem") return item(i - 1);
  if (name == "nextitem") return item(i + 1);
  if (name == "depth") return {loop.depth0 + 1};
  if (name == "depth0") return {loop.depth0};
  return undefined("loop." + name);
}

/// Where an index counted from either end is, if it is there.
std::optional<std::size_t> position(std::int64_t index, std::int64_t count) {
  if (index < 0) index += count;
  if (index < 0 || index >= count) return std::nullopt;
  return static_cast<std::size_t>(index);
}

std::optional<Value> own_item(const Value& value, const Value& key) {
  if (const Dict* dict = value.dict()) {
    const Value* found = find_key(*dict, key);
    return found == nullptr ? std::nullopt : std::optional<Value>(*found);
  }
  std::int64_t room = 0;
  const std::int64_t* index = as_integer(key, room);
  if (index == nullptr) return std::nullopt;
  if (const List* list = value.list(); list != nullptr && list->kind <= List::Kind::kRange) {
    const auto at = position(*index, static_cast<std::int64_t>(list->items.size()));
    return at ? std::optional<Value>(list->items[*at]) : std::nullopt;
  }
  if (const auto* text = value.text()) {
    const auto begins = code_points(*text);
    const auto at = position(*index, static_cast<std::int64_t>(begins.size()) - 1);
    if (at) return text_value(text->substr(begins[*at], begins[*at + 1] - begins[*at]));
  }
  return std::nullopt;
}

std::optional<Value> own_attribute(const Value& value, const std::string& name) {
  if (const Namespace* space = value.space()) {
    for (const auto& [key, held] : space->attributes) {
      if (key == name) return held;
    }
    return std::nullopt;
  }
  if (const Loop* loop = value.loop(); loop != nullptr && name != "cycle" && name != "changed") {
    return loop_attribute(*loop, name);
  }
  if (name.starts_with("__")) throw Failure("access to \"" + name + "\" is not allowed");
  if (!has_method(value, name)) return std::nullopt;
  return method_value(value, name);
}

double real_of(const Value& value, bool& real) {
  std::int64_t room = 0;
  if (const auto* i = as_integer(value, room)) return static_cast<double>(*i);
  const auto* d = std::get_if<double>(&value.data);
  real = d != nullptr;
  return real ? *d : 0;
}

[[noreturn]] void refuse(std::string_view sign, const Value& a, const Value& b) {
  throw Failure("no " + std::string(sign) + " between " + type_name(a) + " and " + type_name(b));
}

[[noreturn]] void overflow() { throw Failure("a whole number beyond 64 bits"); }

std::int64_t whole_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  if (exponent > 64 && (base > 1 || base < -1)) overflow();
  if (exponent > 64) return base < 0 ? (exponent % 2 == 0 ? 1 : -1) : base;
  for (std::int64_t i = 0; i < exponent; ++i) {
    if (__builtin_mul_overflow(result, base, &result)) overflow();
  }
  return result;
}

Value whole_arithmetic(std::string_view sign, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (sign == "+" && __builtin_add_overflow(a, b, &result)) overflow();
  if (sign == "-" && __builtin_sub_overflow(a, b, &result)) overflow();
  if (sign == "*" && __builtin_mul_overflow(a, b, &result)) overflow();
  if (sign == "+" || sign == "-" || sign == "*") return {result};
  if (sign == "**") {
    if (b < 0) return {std::pow(static_cast<double>(a), static_cast<double>(b))};
    return {whole_power(a, b)};
  }
  if (b == 0) throw Failure("a division by zero");
  if (sign == "/") return {static_cast<double>(a) / static_cast<double>(b)};
  if (b == -1) return sign == "%" ? Value{std::int64_t{0}} : whole_arithmetic("-", 0, a);
  // Python rounds down, C++ towards zero.
  const bool down = a % b != 0 && (a < 0) != (b < 0);
  return {sign == "%" ? a % b + (down ? b : 0) : a / b - (down ? 1 : 0)};
}

Value real_arithmetic(std::string_view sign, double a, double b) {
  if (sign == "+") return {a + b};
  if (sign == "-") return {a - b};
  if (sign == "*") return {a * b};
  if (sign == "**") {
    if (a < 0 && b != std::floor(b)) throw Failure("a power that is no real number");
    if (a == 0 && b < 0) throw Failure("a division by zero");
    return {std::pow(a, b)};
  }
  if (b == 0) throw Failure("a division by zero");
  if (sign == "/") return {a / b};
  double rest = std::fmod(a, b);
  if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
  if (sign == "%") return {rest == 0 ? std::copysign(0.0, b) : rest};
  double quotient = std::round((a - rest) / b);
  return {quotient == 0 ? std::copysign(0.0, a / b) : quotient};
}

Value repeated(const Value& what, std::int64_t times, Meter& meter) {
  times = std::max<std::int64_t>(times, 0);
  if (const auto* text = what.text()) {
    std::string result;
    if (text->empty()) return what;
    for (std::int64_t i = 0; i < times; ++i) append(result, *text);
    return text_value(std::move(result));
  }
  const List& list = *what.list();
  Values items;
  if (list.items.empty()) return what;
  for (std::int64_t i = 0; i < times; ++i) {
    meter.charge(static_cast<std::int64_t>(list.items.size()));
    items.insert(items.end(), list.items.begin(), list.items.end());
  }
  return list_value(std::move(items), list.kind);
}

bool is_sequence(const Value& value) {
  const List* list = value.list();
  return value.text() != nullptr || (list != nullptr && list->kind <= List::Kind::kTuple);
}

}  // namespace

void Meter::charge(std::int64_t work) {
  done_ += work;
  if (done_ > kMaxWork) throw Failure("the template takes too long");
}

Values items_of(const Value& value) {
  if (const List* list = value.list()) return list->items;
  if (Generator* generator = value.generator()) return std::exchange(generator->items, {});
  if (value.is_undefined()) return {};
  Values items;
  if (const Dict* dict = value.dict()) {
    for (const auto& [key, item] : dict->items) items.push_back(key);
    return items;
  }
  if (const auto* text = value.text()) {
    const auto begins = code_points(*text);
    for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
      items.push_back(text_value(text->substr(begins[i], begins[i + 1] - begins[i])));
    }
    return items;
  }
  throw Failure("going through a value of type " + type_name(value));
}

void require_key(const Value& value) {
  const List* list = value.list();
  if (value.dict() == nullptr && (list == nullptr || list->kind != List::Kind::kList)) return;
  throw Failure("a key of type " + type_name(value));
}

void require_defined(const Value& value) {
  const auto* missing = std::get_if<Undefined>(&value.data);
  if (missing == nullptr) return;
  throw Failure(missing->name == nullptr ? "an undefined value"
                                         : "\"" + *missing->name + "\" is undefined");
}

Value attribute_of(const Value& value, const std::string& name) {
  require_defined(value);
  if (auto found = own_attribute(value, name)) return *found;
  if (auto found = own_item(value, text_value(name))) return *found;
  return undefined(name);
}

Value item_of(const Value& value, const Value& key) {
  require_defined(value);
  if (auto found = own_item(value, key)) return *found;
  if (const auto* name = key.text()) {
    if (auto found = own_attribute(value, *name)) return *found;
    return undefined(*name);
  }
  return undefined("an item");
}

Value slice_of(const Value& value, const Value& begin, const Value& end, const Value& step) {
  require_defined(value);
  const List* list = value.list();
  if (value.text() == nullptr && (list == nullptr || list->kind > List::Kind::kRange)) {
    throw Failure("a slice of a value of type " + type_name(value));
  }
  const auto begins = list == nullptr ? code_points(*value.text()) : std::vector<std::size_t>();
  const auto count =
      static_cast<std::int64_t>(list == nullptr ? begins.size() - 1 : list->items.size());
  const std::int64_t by = step.is_none() ? 1 : integer_of(step, "a slice's step");
  if (by == 0) throw Failure("a slice with a step of 0");
  const auto bound = [&](const Value& given, std::int64_t otherwise) {
    if (given.is_none()) return otherwise;
    std::int64_t at = integer_of(given, "a slice's bound");
    if (at < 0) at = at < -count ? -1 : at + count;
    if (by > 0) return std::clamp<std::int64_t>(at, 0, count);
    return std::clamp<std::int64_t>(at, -1, count - 1);
  };
  const std::int64_t first = bound(begin, by > 0 ? 0 : count - 1);
  const std::int64_t last = bound(end, by > 0 ? count : -1);
  Values items;
  std::string text;
  for (std::int64_t i = first; by > 0 ? i < last : i > last;) {
    const auto at = static_cast<std::size_t>(i);
    if (list != nullptr) {
      items.push_back(list->items[at]);
    } else {
      text.append(*value.text(), begins[at], begins[at + 1] - begins[at]);
    }
    if (__builtin_add_overflow(i, by, &i)) break;
  }
  return list == nullptr ? text_value(std::move(text)) : list_value(std::move(items), list->kind);
}

Value arithmetic(std::string_view sign, const Value& a, const Value& b, Meter& meter) {
  require_defined(a);
  require_defined(b);
  std::int64_t room_a = 0;
  std::int64_t room_b = 0;
  const std::int64_t* left = as_integer(a, room_a);
  const std::int64_t* right = as_integer(b, room_b);
  if (left != nullptr && right != nullptr) return whole_arithmetic(sign, *left, *right);
  bool real_a = false;
  bool real_b = false;
  const double x = real_of(a, real_a);
  const double y = real_of(b, real_b);
  if ((left != nullptr || real_a) && (right != nullptr || real_b)) {
    return real_arithmetic(sign, x, y);
  }
  if (sign == "*" && is_sequence(a) && right != nullptr) return repeated(a, *right, meter);
  if (sign == "*" && is_sequence(b) && left != nullptr) return repeated(b, *left, meter);
  if (sign == "%" && a.text() != nullptr) {
    throw Failure("formatting a text by % is not supported");
  }
  if (sign != "+") refuse(sign, a, b);
  if (a.text() != nullptr && b.text() != nullptr) {
    std::string text = *a.text();
    append(text, *b.text());
    return text_value(std::move(text));
  }
  const List* first = a.list();
  const List* second = b.list();
  if (!is_sequence(a) || !is_sequence(b) || first == nullptr || second == nullptr ||
      first->kind != second->kind) {
    refuse(sign, a, b);
  }
  Values items = first->items;
  items.insert(items.end(), second->items.begin(), second->items.end());
  return list_value(std::move(items), first->kind);
}

Value negative(const Value& value) {
  require_defined(value);
  if (const auto* d = std::get_if<double>(&value.data)) return {-*d};
  return whole_arithmetic("-", 0, integer_of(value, "-"));
}

bool contains(const Value& container, const Value& item) {
  if (const auto* text = container.text()) {
    require_defined(item);
    return text->find(text_of(item, "in")) != std::string::npos;
  }
  if (const Dict* dict = container.dict()) {
    require_key(item);
    return find_key(*dict, item) != nullptr;
  }
  const Values items = items_of(container);
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& other) { return equal(other, item); });
}

bool compare(std::string_view sign, const Value& a, const Value& b, Meter& meter) {
  meter.charge(std::min(weight_of(a), weight_of(b)));
  if (sign == "==") return equal(a, b);
  if (sign == "!=") return !equal(a, b);
  if (sign == "in" || sign == "not in") {
    meter.charge(weight_of(b));
    return contains(b, a) == (sign == "in");
  }
  require_defined(a);
  require_defined(b);
  const int order_of = order(a, b);
  if (sign == "<") return order_of < 0;
  if (sign == "<=") return order_of <= 0;
  return sign == ">" ? order_of > 0 : order_of >= 0;
}

std::int64_t integer_of(const Value& value, const std::string& what) {
  std::int64_t room = 0;
  require_defined(value);
  if (const auto* number = as_integer(value, room)) return *number;
  throw Failure(what + " of a value of type " + type_name(value));
}

const std::string& text_of(const Value& value, const std::string& what) {
  require_defined(value);
  if (const auto* text = value.text()) return *text;
  throw Failure(what + " of a value of type " + type_name(value));
}

}  // namespace hone::model::jinja
