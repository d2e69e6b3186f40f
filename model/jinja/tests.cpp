#include <algorithm>
#include <array>

#include "model/jinja/library.h"
#include "model/jinja/print.h"
#include "model/jinja/text.h"

namespace hone::model::jinja {
namespace {

bool is_number(const Value& value) {
  return value.is<bool>() || value.is<std::int64_t>() || value.is<double>();
}

bool is_iterable(const Value& value) {
  return value.is_undefined() || value.text() != nullptr || value.list() != nullptr ||
         value.dict() != nullptr || value.generator() != nullptr || value.loop() != nullptr;
}

/// What has a length and items.
bool is_sequence_test(const Value& value) {
  const List* list = value.list();
  return value.is_undefined() || value.text() != nullptr || value.dict() != nullptr ||
         (list != nullptr && list->kind <= List::Kind::kRange);
}

/// Tests without arguments.
struct Plain {
  const char* name;
  bool (*holds)(const Value& value);
};
constexpr std::array kPlain = {
    Plain{"defined", [](const Value& v) { return !v.is_undefined(); }},
    Plain{"undefined", [](const Value& v) { return v.is_undefined(); }},
    Plain{"none", [](const Value& v) { return v.is_none(); }},
    Plain{"boolean", [](const Value& v) { return v.is<bool>(); }},
    Plain{"true", [](const Value& v) { return v.is<bool>() && std::get<bool>(v.data); }},
    Plain{"false", [](const Value& v) { return v.is<bool>() && !std::get<bool>(v.data); }},
    Plain{"integer", [](const Value& v) { return v.is<std::int64_t>(); }},
    Plain{"float", [](const Value& v) { return v.is<double>(); }},
    Plain{"number", is_number},
    Plain{"string", [](const Value& v) { return v.text() != nullptr; }},
    Plain{"mapping", [](const Value& v) { return v.dict() != nullptr; }},
    Plain{"sequence", is_sequence_test},
    Plain{"iterable", is_iterable},
    Plain{"callable", [](const Value& v) { return v.callable() != nullptr; }},
};

/// Tests that are comparisons with their argument.
struct Comparison {
  const char* name;
  const char* sign;
};
constexpr std::array kComparisons = {
    Comparison{"==", "=="},         Comparison{"eq", "=="},      Comparison{"equalto", "=="},
    Comparison{"!=", "!="},         Comparison{"ne", "!="},      Comparison{"<", "<"},
    Comparison{"lt", "<"},          Comparison{"lessthan", "<"}, Comparison{"<=", "<="},
    Comparison{"le", "<="},         Comparison{">", ">"},        Comparison{"gt", ">"},
    Comparison{"greaterthan", ">"}, Comparison{">=", ">="},      Comparison{"ge", ">="},
    Comparison{"in", "in"},
};

constexpr std::array kOthers = {"odd", "even", "divisibleby", "sameas", "lower", "upper"};

template <class Table>
auto find_test(const Table& table, std::string_view name) {
  return std::find_if(table.begin(), table.end(),
                      [&](const auto& entry) { return entry.name == name; });
}

/// str.isupper() or islower(): something has case, and nothing the other one.
bool all_in_case(const std::string& text, bool is_upper) {
  return (is_upper ? upper(text) : lower(text)) == text &&
         (is_upper ? lower(text) : upper(text)) != text;
}

bool same_object(const Value& a, const Value& b) {
  if (a.data.index() != b.data.index()) return false;
  if (a.is_none() || a.is<bool>()) return equal(a, b);
  throw Failure("the test \"sameas\" of anything but true, false and none is not supported");
}

std::int64_t modulo(const Value& value, std::int64_t by) {
  if (by == 0) throw Failure("a division by zero");
  const std::int64_t rest = integer_of(value, "a remainder") % (by == -1 ? 1 : by);
  return rest < 0 ? rest + std::abs(by) : rest;
}

}  // namespace

bool has_test(std::string_view name) {
  return find_test(kPlain, name) != kPlain.end() ||
         find_test(kComparisons, name) != kComparisons.end() ||
         std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end();
}

bool call_test(const std::string& name, const Value& value, const Arguments& arguments,
               Meter& meter) {
  meter.charge(1);
  if (const auto found = find_test(kPlain, name); found != kPlain.end()) {
    arguments.only(0, {});
    return found->holds(value);
  }
  if (name == "odd" || name == "even" || name == "lower" || name == "upper") {
    arguments.only(0, {});
    if (name == "odd" || name == "even") return (modulo(value, 2) == 1) == (name == "odd");
    return all_in_case(to_text(value), name == "upper");
  }
  arguments.only(1, {});
  const Value& other = arguments.need(0, "");
  if (name == "divisibleby") return modulo(value, integer_of(other, "divisibleby")) == 0;
  if (name == "sameas") return same_object(value, other);
  const auto found = find_test(kComparisons, name);
  if (found == kComparisons.end()) throw Failure("the test \"" + name + "\" is not supported");
  return compare(found->sign, value, other, meter);
}

}  // namespace hone::model::jinja
