#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "model/jinja/filters.h"
#include "model/jinja/library.h"
#include "model/jinja/print.h"
#include "model/jinja/text.h"

namespace hone::model::jinja {
namespace {

using Function = Value (*)(const Value& value, const Arguments& arguments, Meter& meter);

Value length(const Value& value, const Arguments& arguments, Meter& meter) {
  arguments.only(0, {});
  std::int64_t count = 0;
  if (const auto* text = value.text()) {
    meter.charge(weight_of(value));
    count = length_of(*text);
  } else if (const List* list = value.list()) {
    count = static_cast<std::int64_t>(list->items.size());
  } else if (const Dict* dict = value.dict()) {
    count = static_cast<std::int64_t>(dict->items.size());
  } else if (const Loop* loop = value.loop()) {
    count = static_cast<std::int64_t>(loop->items.size());
  } else if (!value.is_undefined()) {
    throw Failure("length of a value of type " + type_name(value));
  }
  return {count};
}

Value trim(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(1, {"chars"});
  const Value* characters = arguments.find(0, "chars");
  const bool given = characters != nullptr && !characters->is_none();
  return text_value(
      strip(to_text(value),
            given ? std::optional<std::string_view>(text_of(*characters, "trim")) : std::nullopt,
            true, true));
}

Value default_value(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(2, {"default_value", "boolean"});
  const bool missing = value.is_undefined() || (arguments.flag(1, "boolean") && !truthy(value));
  if (!missing) return value;
  const Value* otherwise = arguments.find(0, "default_value");
  return otherwise == nullptr ? text_value("") : *otherwise;
}

template <std::string (*Change)(std::string_view)>
Value changed(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(0, {});
  return text_value(Change(to_text(value)));
}

Value string(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(0, {});
  return text_value(to_text(value));
}

/// Jinja's own title: a word begins after white space, a hyphen or an opening bracket.
std::string title_words(std::string_view text) {
  std::string result;
  const auto begins = code_points(text);
  std::size_t word = 0;
  const auto end_word = [&](std::size_t end) {
    if (word == end) return;
    append(result, upper(text.substr(begins[word], begins[word + 1] - begins[word])));
    append(result, lower(text.substr(begins[word + 1], begins[end] - begins[word + 1])));
  };
  for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
    std::size_t at = begins[i];
    const bool breaks = std::string_view("-({[<").find(text[at]) != std::string_view::npos;
    if (!breaks && !space_at(text, at)) continue;
    end_word(i);
    append(result, text.substr(begins[i], begins[i + 1] - begins[i]));
    word = i + 1;
  }
  end_word(begins.size() - 1);
  return result;
}

Value replaced(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(3, {"old", "new", "count"});
  const Value* count = arguments.find(2, "count");
  return text_value(
      replace(to_text(value), to_text(arguments.need(0, "old")), to_text(arguments.need(1, "new")),
              count == nullptr || count->is_none() ? -1 : integer_of(*count, "replace")));
}

Value indent(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(3, {"width", "first", "blank"});
  const Value* width = arguments.find(0, "width");
  const std::string by =
      width != nullptr && width->text() != nullptr
          ? *width->text()
          : std::string(static_cast<std::size_t>(std::clamp<std::int64_t>(
                            width == nullptr ? 4 : integer_of(*width, "indent"), 0, 1 << 20)),
                        ' ');
  const bool blank = arguments.flag(2, "blank");
  const std::vector<std::string> lines = split_lines(text_of(value, "indent") + "\n");
  std::string result = arguments.flag(1, "first") ? by : "";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) append(result, "\n");
    if (i > 0 && (blank || !lines[i].empty())) append(result, by);
    append(result, lines[i]);
  }
  return text_value(std::move(result));
}

Value join_filter(const Value& value, const Arguments& arguments, Meter& meter) {
  arguments.only(2, {"d", "attribute"});
  const Value* separator = arguments.find(0, "d");
  const Value* attribute = arguments.find(1, "attribute");
  const std::string between = separator == nullptr ? "" : to_text(*separator);
  std::string result;
  bool first = true;
  for (const Value& item : items_of(value)) {
    meter.charge(1);
    if (!first) append(result, between);
    append(result, to_text(attribute == nullptr ? item : path_of(item, *attribute)));
    first = false;
  }
  return text_value(std::move(result));
}

Value tojson(const Value& value, const Arguments& arguments, Meter& meter) {
  arguments.only(4, {"ensure_ascii", "indent", "separators", "sort_keys"});
  meter.charge(weight_of(value));
  JsonStyle style;
  style.ensure_ascii = arguments.flag(0, "ensure_ascii");
  style.sort_keys = arguments.flag(3, "sort_keys");
  const Value* by = arguments.find(1, "indent");
  if (by != nullptr && !by->is_none()) {
    style.item_separator = ",";
    style.indent = by->text() != nullptr
                       ? *by->text()
                       : std::string(static_cast<std::size_t>(std::clamp<std::int64_t>(
                                         integer_of(*by, "indent"), 0, 1 << 20)),
                                     ' ');
  }
  const Value* separators = arguments.find(2, "separators");
  if (separators != nullptr && !separators->is_none()) {
    const Values two = items_of(*separators);
    if (two.size() != 2) throw Failure("tojson needs two separators");
    style.item_separator = text_of(two[0], "a separator");
    style.key_separator = text_of(two[1], "a separator");
  }
  return text_value(to_json(value, style));
}

/// What a number's text is, or none.
std::optional<double> number_in(const std::string& text) {
  const std::string plain = strip(text, std::nullopt, true, true);
  if (plain.empty() || plain.find_first_not_of("0123456789+-.eE") != std::string::npos) {
    const std::string word = lower(plain.substr(plain.find_first_not_of("+-") == 1 ? 1 : 0));
    const bool digits = plain.find_first_not_of("0123456789+-._") == std::string::npos;
    if ((digits && !plain.empty()) || word == "inf" || word == "infinity" || word == "nan") {
      throw Failure("the number \"" + plain + "\" is not supported");
    }
    return std::nullopt;
  }
  char* end = nullptr;
  const double number = std::strtod(plain.c_str(), &end);
  return *end == '\0' ? std::optional(number) : std::nullopt;
}

Value whole(double number) {
  if (!(std::fabs(number) < 9e18)) throw Failure("a whole number beyond 64 bits");
  return {static_cast<std::int64_t>(number)};
}

Value to_int(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(1, {"default"});
  require_defined(value);
  const Value* otherwise = arguments.find(0, "default");
  std::int64_t room = 0;
  if (const auto* number = as_integer(value, room)) return {*number};
  if (const auto* real = std::get_if<double>(&value.data)) return whole(*real);
  if (const auto* text = value.text()) {
    char* end = nullptr;
    const std::string plain = strip(*text, std::nullopt, true, true);
    errno = 0;
    const long long exact = std::strtoll(plain.c_str(), &end, 10);
    if (!plain.empty() && *end == '\0' && errno == 0) return {static_cast<std::int64_t>(exact)};
    if (const auto number = number_in(*text)) return whole(*number);
  }
  return otherwise == nullptr ? Value{std::int64_t{0}} : *otherwise;
}

Value to_float(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(1, {"default"});
  require_defined(value);
  const Value* otherwise = arguments.find(0, "default");
  std::int64_t room = 0;
  if (const auto* number = as_integer(value, room)) return {static_cast<double>(*number)};
  if (value.is<double>()) return value;
  if (const auto* text = value.text()) {
    if (const auto number = number_in(*text)) return {*number};
  }
  return otherwise == nullptr ? Value{0.0} : *otherwise;
}

Value absolute(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(0, {});
  if (const auto* real = std::get_if<double>(&value.data)) return {std::fabs(*real)};
  const std::int64_t number = integer_of(value, "abs");
  return number < 0 ? negative({number}) : Value{number};
}

/// The value as it is: nothing is escaped (see without_safe() of the parser).
Value safe(const Value&, const Arguments&, Meter&) {
  throw Failure("the filter \"safe\" inside of an expression is not supported");
}

struct Filter {
  const char* name;
  Function call;
};
constexpr std::array kFilters = {
    Filter{"abs", absolute},
    Filter{"batch", batch},
    Filter{"capitalize", changed<capitalize>},
    Filter{"count", length},
    Filter{"d", default_value},
    Filter{"default", default_value},
    Filter{"dictsort", dictsort},
    Filter{"first", first},
    Filter{"float", to_float},
    Filter{"indent", indent},
    Filter{"int", to_int},
    Filter{"items", items},
    Filter{"join", join_filter},
    Filter{"last", last},
    Filter{"length", length},
    Filter{"list", list},
    Filter{"lower", changed<lower>},
    Filter{"map", map},
    Filter{"max", greatest},
    Filter{"min", least},
    Filter{"reject", reject},
    Filter{"rejectattr", rejectattr},
    Filter{"replace", replaced},
    Filter{"reverse", reverse},
    Filter{"safe", safe},
    Filter{"select", select},
    Filter{"selectattr", selectattr},
    Filter{"sort", sort},
    Filter{"string", string},
    Filter{"sum", sum},
    Filter{"title", changed<title_words>},
    Filter{"tojson", tojson},
    Filter{"trim", trim},
    Filter{"unique", unique},
    Filter{"upper", changed<upper>},
};

auto find_filter(std::string_view name) {
  return std::find_if(kFilters.begin(), kFilters.end(),
                      [&](const Filter& filter) { return filter.name == name; });
}

}  // namespace

bool has_filter(std::string_view name) { return find_filter(name) != kFilters.end(); }

Value call_filter(const std::string& name, const Value& value, const Arguments& arguments,
                  Meter& meter) {
  const auto found = find_filter(name);
  if (found == kFilters.end()) throw Failure("the filter \"" + name + "\" is not supported");
  const List* list = value.list();
  meter.charge(list == nullptr ? (value.text() == nullptr ? 1 : weight_of(value))
                               : 1 + static_cast<std::int64_t>(list->items.size()) / 8);
  return found->call(value, arguments, meter);
}

}  // namespace hone::model::jinja
