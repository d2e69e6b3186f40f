#include <algorithm>
#include <array>
#include <ctime>

#include "model/jinja/library.h"
#include "model/jinja/print.h"

namespace hone::model::jinja {
namespace {

// The bound of Jinja's sandbox.
constexpr std::int64_t kMaxRange = 100000;

constexpr std::array kFunctions = {"range", "namespace", "dict", "raise_exception", "strftime_now"};

Value range(const Arguments& arguments, Meter& meter) {
  arguments.only(3, {});
  const bool only_end = arguments.values.size() == 1;
  const std::int64_t begin = only_end ? 0 : arguments.integer(0, "", 0);
  const std::int64_t end = integer_of(arguments.need(only_end ? 0 : 1, ""), "range()");
  const std::int64_t step = arguments.integer(2, "", 1);
  if (step == 0) throw Failure("range() with a step of 0");
  Values items;
  for (std::int64_t i = begin; step > 0 ? i < end : i > end;) {
    if (static_cast<std::int64_t>(items.size()) == kMaxRange) {
      throw Failure("range() of more than " + std::to_string(kMaxRange) + " numbers");
    }
    items.push_back({i});
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  meter.charge(static_cast<std::int64_t>(items.size()));
  return list_value(std::move(items), List::Kind::kRange);
}

/// What dict() and namespace() are made of: a dict or pairs, then arguments by name.
Pairs pairs_of(const Arguments& arguments) {
  Pairs pairs;
  const auto set = [&](const Value& key, const Value& value) {
    const auto found = std::find_if(pairs.begin(), pairs.end(),
                                    [&](const auto& pair) { return equal(pair.first, key); });
    if (found != pairs.end()) {
      found->second = value;
    } else {
      pairs.emplace_back(key, value);
    }
  };
  if (arguments.values.size() > 1) throw Failure(arguments.of + " of more than one value");
  if (!arguments.values.empty()) {
    const Dict* dict = arguments.values[0].dict();
    if (dict == nullptr) throw Failure(arguments.of + " of anything but a dict is not supported");
    for (const auto& [key, value] : dict->items) set(key, value);
  }
  for (const auto& [name, value] : arguments.named) set(text_value(name), value);
  return pairs;
}

Value make_namespace(const Arguments& arguments) {
  auto space = std::make_shared<Namespace>();
  for (const auto& [key, value] : pairs_of(arguments)) {
    space->attributes.emplace_back(text_of(key, "namespace()"), value);
  }
  return {space};
}

std::string strftime_now(const std::string& format) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[512];
  const std::size_t size = std::strftime(text, sizeof text, format.c_str(), &local);
  if (size == 0 && !format.empty()) throw Failure("strftime_now() of \"" + format + "\"");
  return {text, size};
}

}  // namespace

const Value* Arguments::find(std::size_t place, std::string_view name) const {
  if (place < values.size()) return &values[place];
  for (const auto& [given, value] : named) {
    if (given == name) return &value;
  }
  return nullptr;
}

const Value& Arguments::need(std::size_t place, std::string_view name) const {
  if (const Value* found = find(place, name)) return *found;
  throw Failure(of + " needs an argument more");
}

std::int64_t Arguments::integer(std::size_t place, std::string_view name,
                                std::int64_t otherwise) const {
  const Value* found = find(place, name);
  return found == nullptr ? otherwise : integer_of(*found, of);
}

bool Arguments::flag(std::size_t place, std::string_view name) const {
  const Value* found = find(place, name);
  return found != nullptr && truthy(*found);
}

void Arguments::only(std::size_t places, std::initializer_list<std::string_view> names) const {
  if (values.size() > places) {
    throw Failure(of + " takes " + std::to_string(places) + " arguments, got " +
                  std::to_string(values.size()));
  }
  for (const auto& [name, value] : named) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    throw Failure(of + " has no argument \"" + name + "\"");
  }
}

bool has_function(std::string_view name) {
  return std::find(kFunctions.begin(), kFunctions.end(), name) != kFunctions.end();
}

Value call_function(const std::string& name, const Arguments& arguments, Meter& meter) {
  if (name == "range") return range(arguments, meter);
  if (name == "namespace") return make_namespace(arguments);
  if (name == "dict") return dict_value(pairs_of(arguments));
  const bool raises = name == "raise_exception";
  arguments.only(1, {raises ? "message" : "format"});
  const Value& value = arguments.need(0, raises ? "message" : "format");
  if (raises) throw Failure(to_text(value));
  return text_value(strftime_now(text_of(value, "strftime_now()")));
}

}  // namespace hone::model::jinja
