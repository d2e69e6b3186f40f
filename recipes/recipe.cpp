#include "recipes/recipe.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "recipes/controls.h"
#include "recipes/nearest.h"
#include "recipes/write.h"
#include "rl/sft_data.h"

namespace hone::recipes {
namespace {

// True if the setting is of the recipe itself or of a stage that it has.
bool applies(const Recipe& recipe, const std::string& text) {
  const std::string first = text.substr(0, text.find_first_of(".="));
  Recipe copy = recipe;
  return find_field(fields_of(copy), first) != nullptr ||
         std::any_of(recipe.stages.begin(), recipe.stages.end(),
                     [&](const Stage& stage) { return stage.name == first; });
}

// A key starts with a stage's name or one of the recipe's own keys.
void apply_override(Recipe& recipe, const std::string& text, Places& places) {
  const std::string place = "--set " + text;
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    throw RecipeError(place, "", "expected stage.key=value, e.g. zero.steps=100");
  }
  const std::string path = text.substr(0, equals);
  const std::string value = text.substr(equals + 1);
  const std::size_t dot = path.find('.');
  const std::string first = path.substr(0, dot);
  const std::string rest = dot == std::string::npos ? "" : path.substr(dot + 1);

  std::vector<std::string_view> known;
  const Fields fields = fields_of(recipe);
  for (const Field& field : fields) {
    if (field.key == "stage") continue;
    known.push_back(field.key);
    if (field.key == first) return set_value(view(recipe), path, value, "", place, places);
  }
  for (Stage& stage : recipe.stages) {
    known.push_back(stage.name);
    if (stage.name == first) return set_value(view(stage), rest, value, first, place, places);
  }
  throw RecipeError(place, path,
                    "unknown stage or key; known here: " + names_and_nearest(first, known));
}

// The stages' order is part of a recipe where it keys their randomness.
std::vector<std::pair<std::string, std::string>> flat(Recipe recipe) {
  auto pairs = flatten(view(recipe), "");
  for (std::size_t i = 0; i < recipe.stages.size(); ++i) {
    if (recipe.stages[i].stream) continue;  // is among the pairs already
    pairs.emplace_back(recipe.stages[i].name,
                       "stage " + std::to_string(stage_stream(recipe, i) + 1));
  }
  return pairs;
}

}  // namespace

std::string_view stage_type(const Stage& stage) {
  return std::visit([](const auto& config) { return config.kType; }, stage.config);
}

std::uint64_t stage_stream(const Recipe& recipe, std::size_t index) {
  const Stage& stage = recipe.stages.at(index);
  if (stage.stream) return static_cast<std::uint64_t>(*stage.stream);
  const auto first = recipe.stages.begin();
  return static_cast<std::uint64_t>(
      std::count_if(first, first + static_cast<std::ptrdiff_t>(index),
                    [](const Stage& earlier) { return !earlier.stream; }));
}

std::vector<std::string> stage_inputs(const Stage& stage) {
  std::vector<std::string> inputs;
  std::visit(
      [&](const auto& config) {
        inputs.push_back(config.from);
        if constexpr (requires { config.init; }) {
          if (config.init) inputs.push_back(config.init->from);
        }
      },
      stage.config);
  if (const auto* distill = std::get_if<rl::DistillConfig>(&stage.config)) {
    inputs.push_back(distill->teacher);
    inputs.push_back(distill->traces);
  }
  if (const auto* gkd = std::get_if<rl::GkdConfig>(&stage.config)) {
    inputs.push_back(gkd->teacher);
  }
  if (const auto* sft = std::get_if<rl::SftConfig>(&stage.config)) {
    for (const rl::TextsConfig& source : rl::sources_of(sft->data)) {
      inputs.push_back(source.rollouts);
    }
    inputs.push_back(sft->minutes_of);
  }
  std::erase(inputs, "");
  return inputs;
}

std::string_view stage_result(const Stage& stage) {
  return std::holds_alternative<rl::RejectionConfig>(stage.config) ? "samples" : "model";
}

std::string_view stage_samples(const Stage& stage) {
  if (std::holds_alternative<rl::RejectionConfig>(stage.config)) return "samples";
  const auto* distill = std::get_if<rl::DistillConfig>(&stage.config);
  return distill != nullptr && distill->traces.empty() ? "teacher" : "";
}

Recipe parse_recipe(std::string_view text, const std::filesystem::path& file,
                    const std::vector<std::string>& overrides, Places& places) {
  Recipe recipe;
  read_toml(text, file.string(), view(recipe), places);
  std::vector<std::string> of_controls;
  for (const std::string& setting : overrides) {
    if (applies(recipe, setting)) {
      apply_override(recipe, setting, places);
    } else {
      of_controls.push_back(setting);
    }
  }
  if (recipe.name.empty()) recipe.name = file.stem().string();
  recipe = expand_controls(recipe, places);
  for (const std::string& setting : of_controls) apply_override(recipe, setting, places);
  return recipe;
}

Recipe load_recipe(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  std::ifstream stream(file, std::ios::binary);
  if (!std::filesystem::is_regular_file(file) || !stream) {
    throw RecipeError(file.string(), "", "expected a recipe (a TOML file) that can be read");
  }
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  Places places;
  Recipe recipe = parse_recipe(text, file, overrides, places);
  validate(recipe, places);
  return recipe;
}

std::string dump_recipe(const Recipe& recipe) {
  Recipe copy = recipe;
  return dump_toml(fields_of(copy));
}

std::vector<std::string> diff_recipes(const Recipe& before, const Recipe& after) {
  return differences(flat(before), flat(after));
}

std::string recipe_keys() {
  Recipe recipe;
  return describe_keys(view(recipe), "");
}

}  // namespace hone::recipes
