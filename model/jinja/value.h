#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// The values of a Jinja program, as Python has them: what a template prints and compares depends on
// Python's types, so JSON's are not enough.

namespace hone::model::jinja {

/// Something that a template may not do or that is not supported. The evaluator adds file and line.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct List;
struct Dict;
struct Generator;
struct Namespace;
struct Loop;
struct Callable;

/// A name or attribute that is not there. Printing it gives nothing; using it is an error.
struct Undefined {
  std::shared_ptr<const std::string> name;
};
struct None {};

/// Everything but namespaces, generators and loops is immutable, and shared when copied.
struct Value {
  std::variant<Undefined, None, bool, std::int64_t, double, std::shared_ptr<const std::string>,
               std::shared_ptr<const List>, std::shared_ptr<const Dict>, std::shared_ptr<Generator>,
               std::shared_ptr<Namespace>, std::shared_ptr<Loop>, std::shared_ptr<const Callable>>
      data;

  template <class T>
  bool is() const {
    return std::holds_alternative<T>(data);
  }
  bool is_undefined() const { return is<Undefined>(); }
  bool is_none() const { return is<None>(); }

  const std::string* text() const { return pointer<const std::string>(); }
  const List* list() const { return pointer<const List>(); }
  const Dict* dict() const { return pointer<const Dict>(); }
  Generator* generator() const { return pointer<Generator>(); }
  Namespace* space() const { return pointer<Namespace>(); }
  Loop* loop() const { return pointer<Loop>(); }
  const Callable* callable() const { return pointer<const Callable>(); }

 private:
  template <class T>
  T* pointer() const {
    const auto* held = std::get_if<std::shared_ptr<T>>(&data);
    return held == nullptr ? nullptr : held->get();
  }
};

using Values = std::vector<Value>;
using Pairs = std::vector<std::pair<Value, Value>>;

/// What may hold other values: how many it holds in all, itself included, and how deep. Both are
/// bounded where it is made, so that walking through it always ends.
struct Size {
  std::int64_t weight = 1;
  int depth = 1;
};

/// A sequence; what it prints and can do depends on which one it is in Python.
struct List {
  enum class Kind { kList, kTuple, kRange, kKeys, kValues, kItems };
  Kind kind = Kind::kList;
  Values items;
  Size size;
};

/// In the order in which keys came.
struct Dict {
  Pairs items;
  Size size;
};

/// What `map`, `select` and others give: it can be gone through once.
struct Generator {
  Values items;
  Size size;
};

struct Namespace {
  std::vector<std::pair<std::string, Value>> attributes;
};

struct Loop {
  Values items;
  std::int64_t index0 = 0;
  std::int64_t depth0 = 0;
  Values last_changed;  // of loop.changed()
  bool changed_before = false;
  Size size;
};

struct Scope;
struct Statement;

/// A global function (`self` undefined), a method of `self`, or a macro with the scope around it.
struct Callable {
  std::string name;
  Value self;
  const Statement* macro = nullptr;
  std::shared_ptr<Scope> scope;
  Size size;
};

Value undefined(std::string name);
Value text_value(std::string text);
/// Throws: Failure for one of too many values or levels.
Value list_value(Values items, List::Kind kind = List::Kind::kList);
Value dict_value(Pairs items);
Value generator_value(Values items);
Value method_value(const Value& self, std::string name);
std::shared_ptr<Loop> make_loop(Values items);

/// JSON as Python's json module reads it. Throws: Failure for a number that 64 bits do not hold.
Value from_json(const nlohmann::ordered_json& json);

/// "str", "dict", ... as Python calls the type.
std::string type_name(const Value& value);

bool truthy(const Value& value);
/// How much work it is to walk through the value once.
std::int64_t weight_of(const Value& value);

/// Python's ==; 1, 1.0 and True are equal.
bool equal(const Value& a, const Value& b);
/// Below, equal or above 0. Throws: Failure for types that Python does not order.
int order(const Value& a, const Value& b);

/// What is at a key of a dict, or null.
const Value* find_key(const Dict& dict, const Value& key);

/// The number, a bool being 0 or 1; none if it is no whole number.
const std::int64_t* as_integer(const Value& value, std::int64_t& room);

}  // namespace hone::model::jinja
