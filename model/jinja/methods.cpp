#include <algorithm>
#include <array>

#include "model/jinja/library.h"
#include "model/jinja/print.h"
#include "model/jinja/text.h"

namespace hone::model::jinja {
namespace {

// What Python's types have, the methods that are supported first.
constexpr std::array kTextMethods = {
    "strip",    "lstrip",  "rstrip", "split",   "rsplit",  "splitlines",   "startswith",
    "endswith", "replace", "upper",  "lower",   "title",   "capitalize",   "join",
    "find",     "rfind",   "count",  "isspace", "isdigit", "removeprefix", "removesuffix"};
constexpr std::array kOtherTextMethods = {
    "casefold",  "center",    "encode",      "expandtabs", "format",     "format_map",
    "index",     "isalnum",   "isalpha",     "isascii",    "isdecimal",  "isidentifier",
    "islower",   "isnumeric", "isprintable", "istitle",    "isupper",    "ljust",
    "maketrans", "partition", "rindex",      "rjust",      "rpartition", "swapcase",
    "translate", "zfill"};
constexpr std::array kDictMethods = {"items", "keys", "values", "get"};
constexpr std::array kOtherDictMethods = {"clear",   "copy",       "fromkeys", "pop",
                                          "popitem", "setdefault", "update"};
constexpr std::array kListMethods = {"count", "index"};
constexpr std::array kOtherListMethods = {"append", "clear",  "copy",    "extend", "insert",
                                          "pop",    "remove", "reverse", "sort"};

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <class Known, class Other>
bool known(const Known& known, const Other& other, const Value& self, std::string_view name) {
  if (among(other, name)) {
    throw Failure("the method \"" + std::string(name) + "\" of a " + type_name(self) +
                  " is not supported");
  }
  return among(known, name);
}

Value texts_value(std::vector<std::string> texts) {
  Values items;
  for (std::string& text : texts) items.push_back(text_value(std::move(text)));
  return list_value(std::move(items));
}

std::optional<std::string_view> optional_text(const Value* value, const std::string& what) {
  if (value == nullptr || value->is_none()) return std::nullopt;
  return text_of(*value, what);
}

/// startswith() and endswith() take one text or a tuple of them.
bool has_end(const std::string& text, const Value& ends, bool start) {
  const auto has = [&](const std::string& end) {
    return start ? text.starts_with(end) : text.ends_with(end);
  };
  const List* list = ends.list();
  if (list == nullptr || list->kind != List::Kind::kTuple) {
    return has(text_of(ends, start ? "startswith()" : "endswith()"));
  }
  return std::any_of(list->items.begin(), list->items.end(), [&](const Value& end) {
    return has(text_of(end, start ? "startswith()" : "endswith()"));
  });
}

std::string joined_by(const std::string& separator, const Value& values, Meter& meter) {
  std::string result;
  bool first = true;
  for (const Value& item : items_of(values)) {
    meter.charge(1);
    if (!first) append(result, separator);
    append(result, text_of(item, "join()"));
    first = false;
  }
  return result;
}

std::int64_t place_of(const std::string& text, const std::string& part, bool last) {
  const auto at = last ? text.rfind(part) : text.find(part);
  return at == std::string::npos ? -1 : length_of(std::string_view(text).substr(0, at));
}

std::int64_t count_of(const std::string& text, const std::string& part) {
  if (part.empty()) return length_of(text) + 1;
  std::int64_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

/// True if there is text and all of it is so.
template <class F>
bool all_of(const std::string& text, F is_so) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_so(text, at)) return false;
  }
  return !text.empty();
}

bool digit_at(std::string_view text, std::size_t& at) {
  const auto c = static_cast<unsigned char>(text[at++]);
  if (c >= 0x80) throw Failure("isdigit() of a text that is not ASCII is not supported");
  return c >= '0' && c <= '9';
}

Value text_method(const std::string& text, const std::string& name, const Arguments& arguments,
                  Meter& meter) {
  const std::string what = name + "()";
  const auto need = [&](std::size_t place) -> const std::string& {
    return text_of(arguments.need(place, ""), what);
  };
  if (name == "strip" || name == "lstrip" || name == "rstrip") {
    arguments.only(1, {});
    return text_value(strip(text, optional_text(arguments.find(0, ""), what), name != "rstrip",
                            name != "lstrip"));
  }
  if (name == "split" || name == "rsplit") {
    arguments.only(2, {"sep", "maxsplit"});
    return texts_value(split(text, optional_text(arguments.find(0, "sep"), what),
                             arguments.integer(1, "maxsplit", -1), name == "rsplit"));
  }
  if (name == "startswith" || name == "endswith") {
    arguments.only(1, {});
    return {has_end(text, arguments.need(0, ""), name == "startswith")};
  }
  if (name == "replace") {
    arguments.only(3, {});
    return text_value(replace(text, need(0), need(1), arguments.integer(2, "", -1)));
  }
  if (name == "join" || name == "find" || name == "rfind" || name == "count" ||
      name == "removeprefix" || name == "removesuffix") {
    arguments.only(1, {});
    if (name == "join") return text_value(joined_by(text, arguments.need(0, ""), meter));
    if (name == "count") return {count_of(text, need(0))};
    if (name == "find" || name == "rfind") return {place_of(text, need(0), name == "rfind")};
    const std::string& end = need(0);
    if (name == "removeprefix" && text.starts_with(end)) return text_value(text.substr(end.size()));
    if (name == "removesuffix" && text.ends_with(end)) {
      return text_value(text.substr(0, text.size() - end.size()));
    }
    return text_value(text);
  }
  arguments.only(0, {});
  if (name == "splitlines") return texts_value(split_lines(text));
  if (name == "upper") return text_value(upper(text));
  if (name == "lower") return text_value(lower(text));
  if (name == "title") return text_value(title(text));
  if (name == "capitalize") return text_value(capitalize(text));
  if (name == "isspace") return {all_of(text, space_at)};
  return {all_of(text, digit_at)};
}

Value dict_method(const Dict& dict, const std::string& name, const Arguments& arguments) {
  if (name == "get") {
    arguments.only(2, {});
    require_key(arguments.need(0, ""));
    const Value* found = find_key(dict, arguments.need(0, ""));
    if (found != nullptr) return *found;
    const Value* otherwise = arguments.find(1, "");
    return otherwise == nullptr ? Value{None{}} : *otherwise;
  }
  arguments.only(0, {});
  Values items;
  for (const auto& [key, value] : dict.items) {
    items.push_back(name == "keys"     ? key
                    : name == "values" ? value
                                       : list_value({key, value}, List::Kind::kTuple));
  }
  return list_value(std::move(items), name == "keys"     ? List::Kind::kKeys
                                      : name == "values" ? List::Kind::kValues
                                                         : List::Kind::kItems);
}

Value list_method(const List& list, const std::string& name, const Arguments& arguments) {
  arguments.only(1, {});
  std::int64_t count = 0;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (!equal(list.items[i], arguments.need(0, ""))) continue;
    if (name == "index") return {static_cast<std::int64_t>(i)};
    ++count;
  }
  if (name == "index") throw Failure("index() of a value that is not in the list");
  return {count};
}

Value loop_method(Loop& loop, const std::string& name, const Arguments& arguments) {
  if (name == "cycle") {
    if (arguments.values.empty()) throw Failure("loop.cycle() without a value");
    return arguments.values[static_cast<std::size_t>(loop.index0) % arguments.values.size()];
  }
  const bool same =
      loop.changed_before && std::equal(arguments.values.begin(), arguments.values.end(),
                                        loop.last_changed.begin(), loop.last_changed.end(), equal);
  loop.changed_before = true;
  loop.last_changed = arguments.values;
  return {!same};
}

}  // namespace

bool has_method(const Value& self, std::string_view name) {
  if (self.text() != nullptr) return known(kTextMethods, kOtherTextMethods, self, name);
  if (self.dict() != nullptr) return known(kDictMethods, kOtherDictMethods, self, name);
  if (const List* list = self.list()) {
    return list->kind <= List::Kind::kTuple && known(kListMethods, kOtherListMethods, self, name);
  }
  return self.loop() != nullptr && (name == "cycle" || name == "changed");
}

Value call_method(const Value& self, const std::string& name, const Arguments& arguments,
                  Meter& meter) {
  if (const auto* text = self.text()) {
    meter.charge(weight_of(self));
    return text_method(*text, name, arguments, meter);
  }
  if (const Dict* dict = self.dict()) {
    meter.charge(1 + static_cast<std::int64_t>(dict->items.size()) / 4);
    return dict_method(*dict, name, arguments);
  }
  if (Loop* loop = self.loop()) return loop_method(*loop, name, arguments);
  meter.charge(weight_of(self));
  return list_method(*self.list(), name, arguments);
}

}  // namespace hone::model::jinja
