#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace hone {

/// The user's recipe, or the way a command was called, is wrong. Ends a command with status 2.
/// what() reads "PLACE: KEY: problem"; the place is FILE:LINE:COL, or the option it came from.
class RecipeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  RecipeError(const std::string& place, const std::string& key, const std::string& problem)
      : std::runtime_error(place + ": " + (key.empty() ? "" : key + ": ") + problem) {}
};

}  // namespace hone
