#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/jinja/value.h"

// What Python's operators do. All throw Failure for what Python would raise an exception for, and
// for what is not supported.

namespace hone::model::jinja {

/// The work a template has done. One is about what evaluating a name costs.
class Meter {
 public:
  /// Throws: Failure past the limit.
  void charge(std::int64_t work);

 private:
  std::int64_t done_ = 0;
};

/// What a loop goes through. A generator is empty afterwards.
Values items_of(const Value& value);

/// `value.name`: Jinja looks for a method or attribute first, then for an item.
Value attribute_of(const Value& value, const std::string& name);
/// `value[key]`: Jinja looks for an item first, then for a method or attribute.
Value item_of(const Value& value, const Value& key);
Value slice_of(const Value& value, const Value& begin, const Value& end, const Value& step);

Value arithmetic(std::string_view sign, const Value& a, const Value& b, Meter& meter);
Value negative(const Value& value);

/// `item in container`.
bool contains(const Value& container, const Value& item);
/// `a sign b` of ==, !=, <, <=, >, >=, in, not in.
bool compare(std::string_view sign, const Value& a, const Value& b, Meter& meter);

/// The number in a value that has to be a whole one.
std::int64_t integer_of(const Value& value, const std::string& what);
/// The text of a value that has to be one.
const std::string& text_of(const Value& value, const std::string& what);

/// Throws if the value is undefined.
void require_defined(const Value& value);
/// Throws if the value can be no key of a dict.
void require_key(const Value& value);

}  // namespace hone::model::jinja
