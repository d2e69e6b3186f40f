#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/jinja/operators.h"
#include "model/jinja/value.h"

// What a template can call: filters, tests, methods and global functions.

namespace hone::model::jinja {

/// What a call is given.
struct Arguments {
  std::string of;  // what is called, for messages
  Values values;
  std::vector<std::pair<std::string, Value>> named;

  /// The argument at a place or of that name; null if it is not given.
  const Value* find(std::size_t place, std::string_view name) const;
  const Value& need(std::size_t place, std::string_view name) const;
  std::int64_t integer(std::size_t place, std::string_view name, std::int64_t otherwise) const;
  bool flag(std::size_t place, std::string_view name) const;
  /// Throws: Failure if there are more than these.
  void only(std::size_t places, std::initializer_list<std::string_view> names) const;
};

bool has_filter(std::string_view name);
Value call_filter(const std::string& name, const Value& value, const Arguments& arguments,
                  Meter& meter);

bool has_test(std::string_view name);
bool call_test(const std::string& name, const Value& value, const Arguments& arguments,
               Meter& meter);

/// True for a method that Python's type has and that changes nothing. Throws: Failure for one that
/// Python has and that is not supported.
bool has_method(const Value& self, std::string_view name);
Value call_method(const Value& self, const std::string& name, const Arguments& arguments,
                  Meter& meter);

/// range, namespace, dict, raise_exception, strftime_now.
bool has_function(std::string_view name);
Value call_function(const std::string& name, const Arguments& arguments, Meter& meter);

}  // namespace hone::model::jinja
