#pragma once

#include <map>
#include <string>
#include <string_view>

#include "recipes/bind.h"

namespace hone::recipes {

/// Where each value came from, by its path ("zero.data.task"): "FILE:LINE:COL", or "--set ...".
/// Kept beside the config structs, so that these hold settings only.
using Places = std::map<std::string, std::string>;

/// The place of a path, or of the nearest table around it that has one.
std::string place_of(const Places& places, std::string_view path);

/// Reads a TOML document into a struct's view; what it does not mention keeps its default.
/// Throws: RecipeError with place and key for bad TOML, an unknown key, a wrong type, a value out
/// of range, a word that is none of an enum's, and a missing `type`.
void read_toml(std::string_view text, const std::string& file, const Value& root, Places& places);

/// Sets the value at a dotted path to `text`, read as a TOML value; a bare word is a string.
/// `prefix` is what stands before the path in messages and places. Elements of lists go by their
/// number or name. Throws: RecipeError as above, with `place`.
void set_value(const Value& root, std::string_view path, std::string_view text,
               const std::string& prefix, const std::string& place, Places& places);

}  // namespace hone::recipes
