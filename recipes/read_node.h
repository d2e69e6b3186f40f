#pragma once

#include <toml++/toml.h>

#include <string>

#include "recipes/bind.h"
#include "recipes/read.h"

// Between read.cpp and set.cpp only: everything else of hone stays free of toml++.

namespace hone::recipes {

/// What messages call the text being read: a file with positions, or an option as a whole.
struct Source {
  std::string name;
  bool positions;
  Places& places;
};

/// Reads one TOML node into a field. Throws: RecipeError.
void read_node(const Source& source, const Field& field, const toml::node& node,
               const std::string& path);

}  // namespace hone::recipes
