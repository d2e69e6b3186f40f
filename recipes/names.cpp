#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

#include "recipes/error.h"
#include "recipes/recipe.h"

namespace hone::recipes {
namespace {

// Keys of a recipe itself: a --set path would not know which one is meant.
constexpr std::array<std::string_view, 4> kReserved = {"name", "seed", "eval", "stage"};

bool is_folder_name(const std::string& name, std::string_view also) {
  constexpr std::size_t kLongest = 100;
  if (name.empty() || name.size() > kLongest || name.front() == '.' || name.front() == '-') {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [&](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || also.find(static_cast<char>(c)) != also.npos;
  });
}

}  // namespace

void check_names(const Recipe& recipe, const Places& places) {
  if (!is_folder_name(recipe.name, ".")) {
    throw RecipeError(place_of(places, "name"), "name",
                      "expected letters, digits, _ - and dots, got \"" + recipe.name + "\"");
  }
  if (recipe.stages.empty()) {
    throw RecipeError(place_of(places, ""), "stage", "expected at least one [[stage]]");
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < recipe.stages.size(); ++i) {
    const std::string& name = recipe.stages[i].name;
    const std::string number = "stage " + std::to_string(i + 1);
    const std::string path = element_path("stage", i, name);
    const std::string place = place_of(places, path + ".name");
    if (name.empty()) throw RecipeError(place, number + ".name", "missing");
    if (!is_folder_name(name, "")) {
      throw RecipeError(place, number + ".name",
                        "names a folder: expected letters, digits, _ and -, got \"" + name + "\"");
    }
    if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
      throw RecipeError(place, number + ".name", "\"" + name + "\" is taken; choose another name");
    }
    if (!seen.insert(name).second) {
      throw RecipeError(place, number + ".name", "\"" + name + "\" is an earlier stage's name");
    }
  }
}

void check_streams(const Recipe& recipe, const Places& places) {
  std::map<std::uint64_t, std::string> owners;
  for (std::size_t i = 0; i < recipe.stages.size(); ++i) {
    const std::string& name = recipe.stages[i].name;
    const auto [owner, is_new] = owners.emplace(stage_stream(recipe, i), name);
    if (is_new) continue;
    throw RecipeError(place_of(places, name), name + ".stream",
                      "stage \"" + owner->second + "\" has the stream " +
                          std::to_string(owner->first) + " too: they would draw the same numbers");
  }
}

}  // namespace hone::recipes
