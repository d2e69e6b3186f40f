#pragma once

#include <optional>
#include <string>

#include "model/jinja/value.h"

namespace hone::model::jinja {

/// Python's str(). Throws: Failure for a value whose text holds an address, or that is too long.
std::string to_text(const Value& value);

/// Python's json.dumps() with transformers' defaults: ensure_ascii off, nothing escaped for HTML.
/// Source: transformers' chat_template_utils.py.
struct JsonStyle {
  std::optional<std::string> indent;  // of a level
  std::string item_separator = ", ";
  std::string key_separator = ": ";
  bool ensure_ascii = false;
  bool sort_keys = false;
};
std::string to_json(const Value& value, const JsonStyle& style);

/// Python's repr() of a float.
std::string float_text(double number);

}  // namespace hone::model::jinja
