#include "recipes/controls.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "recipes/nearest.h"

namespace hone::recipes {
namespace {

// In the order of their streams: a new one goes to the end.
constexpr std::array<std::string_view, 4> kControls = {"random", "shuffled", "format", "sft"};

// Streams of the controls of the stage with stream s: s + kControlStreams, s + 2 kControlStreams...
constexpr std::int64_t kControlStreams = std::int64_t{1} << 16;

// One RL stage, and what its controls are made from.
class Expansion {
 public:
  Expansion(const Recipe& recipe, std::size_t index, Places& places)
      : recipe_(recipe),
        index_(index),
        stage_(recipe.stages[index]),
        config_(std::get<rl::GrpoConfig>(recipe.stages[index].config)),
        place_(place_of(places, stage_.name + ".controls")),
        places_(places) {}

  Stage control(const std::string& word) const {
    const auto found = std::find(kControls.begin(), kControls.end(), word);
    if (found == kControls.end()) {
      fail("got \"" + word +
           "\", expected one of: " + names_and_nearest(word, {kControls.begin(), kControls.end()}));
    }
    if (std::count(config_.controls.begin(), config_.controls.end(), word) > 1) {
      fail("\"" + word + "\" stands twice");
    }
    if (static_cast<std::int64_t>(stage_stream(recipe_, index_)) >= kControlStreams) {
      fail("the stage's `stream` must be below " + std::to_string(kControlStreams) +
           ": above are those of controls");
    }
    Stage control;
    control.name = stage_.name + "-" + word;
    control.stream = static_cast<std::int64_t>(stage_stream(recipe_, index_)) +
                     (found - kControls.begin() + 1) * kControlStreams;
    check_name(word, control.name);
    places_[control.name] = place_;
    if (word == "sft") {
      control.config = sft();
    } else {
      control.config = grpo(word);
    }
    return control;
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw RecipeError(place_, stage_.name + ".controls", problem);
  }

  void check_name(const std::string& word, const std::string& name) const {
    for (const Stage& other : recipe_.stages) {
      if (other.name != name) continue;
      fail("\"" + word + "\" makes a stage \"" + name +
           "\", and the recipe has one of that name; rename it, or leave the control out");
    }
  }

  // Without a pre-flight: what it looks for, groups whose rewards differ by what is right, is what
  // a control does without.
  rl::GrpoConfig grpo(const std::string& word) const {
    rl::GrpoConfig config = config_;
    config.controls.clear();
    config.preflight.enabled = false;
    if (word == "random") config.reward = {{hone::rewards::RandomConfig{}, 1.0, ""}};
    if (word == "format") config.reward = {{format(), 1.0, ""}};
    if (word == "shuffled") {
      if (!config.replay.empty()) {
        fail("\"shuffled\" contradicts `replay`: recorded rollouts bring their answers along");
      }
      if (config.data.shuffled_answers) {
        fail("\"shuffled\" would be the stage itself: its data has shuffled_answers");
      }
      config.data.shuffled_answers = true;
    }
    return config;
  }

  // With the settings that the stage itself has for it.
  hone::rewards::FormatConfig format() const {
    for (const auto& reward : config_.reward) {
      if (const auto* own = std::get_if<hone::rewards::FormatConfig>(&reward.config)) return *own;
    }
    return {};
  }

  // Goes on with examples that the start has not seen.
  rl::SftConfig sft() const {
    constexpr std::int64_t kEnough = 1'000'000;
    rl::SftConfig config = start();
    config.from = config_.from;
    config.init.reset();
    config.skip_examples += config.steps * config.batch_size;
    config.steps = kEnough;
    config.max_minutes = 0;
    config.minutes_of = stage_.name;
    return config;
  }

  const rl::SftConfig& start() const {
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < index_; ++i) {
      const Stage& earlier = recipe_.stages[i];
      const auto* sft = std::get_if<rl::SftConfig>(&earlier.config);
      if (sft != nullptr) known.push_back(earlier.name);
      if (sft != nullptr && earlier.name == config_.from) return *sft;
    }
    fail("\"sft\" learns on from the data of the sft stage that " + stage_.name +
         " starts from, but " + stage_.name + ".from is \"" + config_.from +
         "\"; sft stages before it: " +
         (known.empty() ? "none" : names_and_nearest(config_.from, known)) +
         ". Leave it out, or write a stage with minutes_of = \"" + stage_.name + "\"");
  }

  const Recipe& recipe_;
  std::size_t index_;
  const Stage& stage_;
  const rl::GrpoConfig& config_;
  std::string place_;
  Places& places_;
};

}  // namespace

Recipe expand_controls(const Recipe& recipe, Places& places) {
  Recipe expanded = recipe;
  expanded.stages.clear();
  for (std::size_t i = 0; i < recipe.stages.size(); ++i) {
    Stage stage = recipe.stages[i];
    auto* grpo = std::get_if<rl::GrpoConfig>(&stage.config);
    std::vector<Stage> controls;
    if (grpo != nullptr && !grpo->controls.empty()) {
      check_names(recipe, places);  // places and messages go by them
      const Expansion expansion(recipe, i, places);
      for (const std::string& word : grpo->controls) controls.push_back(expansion.control(word));
      grpo->controls.clear();
    }
    expanded.stages.push_back(std::move(stage));
    std::move(controls.begin(), controls.end(), std::back_inserter(expanded.stages));
  }
  return expanded;
}

}  // namespace hone::recipes
