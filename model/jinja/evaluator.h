#pragma once

#include <string>

#include "model/jinja/ast.h"

namespace hone::model::jinja {

/// What a template gives with these variables. Its work, its output and how deep it calls itself
/// are bounded. Throws: DataError with "PLACE:LINE" for what Jinja would raise an exception for,
/// raise_exception() among it, for what is not supported, and past a bound.
std::string evaluate(const Body& body, const std::string& place, const Pairs& variables);

}  // namespace hone::model::jinja
