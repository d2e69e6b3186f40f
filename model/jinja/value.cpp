#include "model/jinja/value.h"

#include <algorithm>
#include <cmath>

namespace hone::model::jinja {
namespace {

constexpr std::int64_t kMaxWeight = 1'000'000;
constexpr int kMaxValueDepth = 200;

void add(Size& size, const Value& value) {
  Size other{1, 0};
  if (const List* list = value.list()) other = list->size;
  if (const Dict* dict = value.dict()) other = dict->size;
  if (const Generator* generator = value.generator()) other = generator->size;
  if (const Loop* loop = value.loop()) other = loop->size;
  if (const Callable* callable = value.callable()) other = callable->size;
  size.weight += other.weight;
  size.depth = std::max(size.depth, other.depth + 1);
  if (size.weight > kMaxWeight) {
    throw Failure("a value of more than " + std::to_string(kMaxWeight) + " parts");
  }
  if (size.depth > kMaxValueDepth) {
    throw Failure("a value of more than " + std::to_string(kMaxValueDepth) + " levels");
  }
}

/// True if the value is a number, a bool among them.
bool as_number(const Value& value, double& number) {
  if (const auto* b = std::get_if<bool>(&value.data)) number = *b ? 1 : 0;
  if (const auto* i = std::get_if<std::int64_t>(&value.data)) number = static_cast<double>(*i);
  if (const auto* d = std::get_if<double>(&value.data)) number = *d;
  return value.is<bool>() || value.is<std::int64_t>() || value.is<double>();
}

template <class T>
int sign(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

bool equal_lists(const List& a, const List& b) {
  return a.kind == b.kind &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                    [](const Value& x, const Value& y) { return equal(x, y); });
}

bool equal_dicts(const Dict& a, const Dict& b) {
  if (a.items.size() != b.items.size()) return false;
  return std::all_of(a.items.begin(), a.items.end(), [&](const auto& item) {
    const Value* other = find_key(b, item.first);
    return other != nullptr && equal(item.second, *other);
  });
}

}  // namespace

Value undefined(std::string name) {
  return {Undefined{std::make_shared<const std::string>(std::move(name))}};
}

Value text_value(std::string text) {
  return {std::make_shared<const std::string>(std::move(text))};
}

Value list_value(Values items, List::Kind kind) {
  List list{kind, std::move(items), {}};
  for (const Value& item : list.items) add(list.size, item);
  return {std::make_shared<const List>(std::move(list))};
}

Value dict_value(Pairs items) {
  Dict dict{std::move(items), {}};
  for (const auto& [key, item] : dict.items) {
    add(dict.size, key);
    add(dict.size, item);
  }
  return {std::make_shared<const Dict>(std::move(dict))};
}

Value generator_value(Values items) {
  auto generator = std::make_shared<Generator>(Generator{std::move(items), {}});
  for (const Value& item : generator->items) add(generator->size, item);
  return {generator};
}

Value method_value(const Value& self, std::string name) {
  Callable method{std::move(name), self, nullptr, nullptr, {}};
  add(method.size, self);
  return {std::make_shared<const Callable>(std::move(method))};
}

std::shared_ptr<Loop> make_loop(Values items) {
  auto loop = std::make_shared<Loop>();
  loop->items = std::move(items);
  for (const Value& item : loop->items) add(loop->size, item);
  return loop;
}

Value from_json(const nlohmann::ordered_json& json) {
  using Type = nlohmann::ordered_json::value_t;
  switch (json.type()) {
    case Type::boolean:
      return {json.get<bool>()};
    case Type::number_integer:
      return {json.get<std::int64_t>()};
    case Type::number_unsigned:
      if (json.get<std::uint64_t>() > INT64_MAX) throw Failure("a number beyond 64 bits");
      return {json.get<std::int64_t>()};
    case Type::number_float:
      return {json.get<double>()};
    case Type::string:
      return text_value(json.get<std::string>());
    case Type::array: {
      Values items;
      for (const auto& item : json) items.push_back(from_json(item));
      return list_value(std::move(items));
    }
    case Type::object: {
      Pairs items;
      for (const auto& [key, item] : json.items()) {
        items.emplace_back(text_value(key), from_json(item));
      }
      return dict_value(std::move(items));
    }
    default:
      return {None{}};
  }
}

std::string type_name(const Value& value) {
  if (const List* list = value.list()) {
    constexpr const char* kNames[] = {"list",      "tuple",       "range",
                                      "dict_keys", "dict_values", "dict_items"};
    return kNames[static_cast<int>(list->kind)];
  }
  constexpr const char* kNames[] = {"Undefined", "NoneType",  "bool",        "int",
                                    "float",     "str",       "list",        "dict",
                                    "generator", "Namespace", "LoopContext", "function"};
  return kNames[value.data.index()];
}

bool truthy(const Value& value) {
  double number = 0;
  if (as_number(value, number)) return number != 0;
  if (const auto* text = value.text()) return !text->empty();
  if (const List* list = value.list()) return !list->items.empty();
  if (const Dict* dict = value.dict()) return !dict->items.empty();
  return !value.is_undefined() && !value.is_none();
}

std::int64_t weight_of(const Value& value) {
  if (const auto* text = value.text()) return 1 + static_cast<std::int64_t>(text->size()) / 16;
  if (const List* list = value.list()) return list->size.weight;
  if (const Dict* dict = value.dict()) return dict->size.weight;
  return 1;
}

bool equal(const Value& a, const Value& b) {
  if (a.is<std::int64_t>() && b.is<std::int64_t>()) {
    return std::get<std::int64_t>(a.data) == std::get<std::int64_t>(b.data);
  }
  double x = 0;
  double y = 0;
  if (as_number(a, x)) return as_number(b, y) && x == y;
  if (a.data.index() != b.data.index()) return false;
  if (const auto* text = a.text()) return *text == *b.text();
  if (const List* list = a.list()) return equal_lists(*list, *b.list());
  if (const Dict* dict = a.dict()) return equal_dicts(*dict, *b.dict());
  if (a.is_undefined() || a.is_none()) return true;
  return a.generator() == b.generator() && a.space() == b.space() && a.loop() == b.loop() &&
         a.callable() == b.callable();
}

int order(const Value& a, const Value& b) {
  if (a.is<std::int64_t>() && b.is<std::int64_t>()) {
    return sign(std::get<std::int64_t>(a.data), std::get<std::int64_t>(b.data));
  }
  double x = 0;
  double y = 0;
  if (as_number(a, x) && as_number(b, y)) {
    if (std::isnan(x) || std::isnan(y)) throw Failure("an order of a number that is none (nan)");
    return sign(x, y);
  }
  // UTF-8 sorts as code points do.
  if (a.text() != nullptr && b.text() != nullptr) return sign(*a.text(), *b.text());
  const List* left = a.list();
  const List* right = b.list();
  if (left != nullptr && right != nullptr && left->kind == right->kind &&
      left->kind <= List::Kind::kTuple) {
    const std::size_t shared = std::min(left->items.size(), right->items.size());
    for (std::size_t i = 0; i < shared; ++i) {
      if (!equal(left->items[i], right->items[i])) return order(left->items[i], right->items[i]);
    }
    return sign(left->items.size(), right->items.size());
  }
  throw Failure("no order between " + type_name(a) + " and " + type_name(b));
}

const Value* find_key(const Dict& dict, const Value& key) {
  const auto found = std::find_if(dict.items.begin(), dict.items.end(),
                                  [&](const auto& item) { return equal(item.first, key); });
  return found == dict.items.end() ? nullptr : &found->second;
}

const std::int64_t* as_integer(const Value& value, std::int64_t& room) {
  if (const auto* b = std::get_if<bool>(&value.data)) {
    room = *b ? 1 : 0;
    return &room;
  }
  return std::get_if<std::int64_t>(&value.data);
}

}  // namespace hone::model::jinja
