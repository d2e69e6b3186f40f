#include "recipes/pipeline.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "model/durable.h"
#include "model/hub_cache.h"
#include "recipes/eval_json.h"
#include "recipes/nearest.h"
#include "recipes/run_folder.h"
#include "recipes/start_model.h"
#include "recipes/summary.h"
#include "rl/sft_data.h"

namespace hone::recipes {
namespace {

namespace fs = std::filesystem;

// Adds the time since it was made to one of a stage's figures. Saved now and then: a killed run
// loses little of it.
class Stopwatch {
 public:
  Stopwatch(const fs::path& folder, double Seconds::*part)
      : folder_(folder), part_(part), before_(read_seconds(folder)) {}

  void save() {
    using std::chrono::duration;
    const auto now = std::chrono::steady_clock::now();
    Seconds seconds = before_;
    seconds.*part_ += duration<double>(now - start_).count();
    write_seconds(seconds, folder_);
    saved_ = now;
  }

  void save_now_and_then() {
    constexpr std::chrono::seconds kInterval(2);
    if (std::chrono::steady_clock::now() - saved_ >= kInterval) save();
  }

 private:
  fs::path folder_;
  double Seconds::*part_;
  Seconds before_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point saved_ = start_;
};

const Stage* find_stage(const Recipe& recipe, const std::string& name) {
  const auto found = std::find_if(recipe.stages.begin(), recipe.stages.end(),
                                  [&](const Stage& stage) { return stage.name == name; });
  return found == recipe.stages.end() ? nullptr : &*found;
}

// The stage, and all that are built on it, directly or through others.
std::vector<std::string> with_dependants(const Recipe& recipe, const std::string& name) {
  std::vector<std::string> names = {name};
  for (const Stage& stage : recipe.stages) {
    for (const std::string& input : stage_inputs(stage)) {
      if (stage.name != name && std::find(names.begin(), names.end(), input) != names.end()) {
        names.push_back(stage.name);
        break;
      }
    }
  }
  return names;
}

// The keys that may name recorded rollouts, with what they name.
std::vector<std::pair<std::string, std::string>> recorded_inputs(const Stage& stage) {
  std::vector<std::pair<std::string, std::string>> inputs;
  if (const auto* grpo = std::get_if<rl::GrpoConfig>(&stage.config)) {
    inputs.emplace_back("replay", grpo->replay);
  }
  if (const auto* distill = std::get_if<rl::DistillConfig>(&stage.config)) {
    inputs.emplace_back("traces", distill->traces);
  }
  if (const auto* sft = std::get_if<rl::SftConfig>(&stage.config)) {
    for (const rl::TextsConfig& source : rl::sources_of(sft->data)) {
      inputs.emplace_back("data.rollouts", source.rollouts);
    }
  }
  return inputs;
}

class Pipeline {
 public:
  Pipeline(const Recipe& recipe, const RunOptions& options, const Actions& actions)
      : recipe_(recipe), options_(options), actions_(actions), run_(run_folder(recipe, options)) {}

  void run() {
    if (!options_.only_stage.empty()) check_only_stage();
    check_recorded();
    const RunLock lock(run_);
    if (options_.fresh) forget();
    check_same_recipe(recipe_, run_);
    write_recipe(recipe_, run_);
    measure_start();
    for (std::size_t i = 0; i < recipe_.stages.size(); ++i) {
      const Stage& stage = recipe_.stages[i];
      if (options_.only_stage.empty() || options_.only_stage == stage.name) run_stage(stage, i);
    }
    write_summary(recipe_, run_);
  }

 private:
  void check_only_stage() const {
    if (find_stage(recipe_, options_.only_stage)) return;
    std::vector<std::string_view> names;
    for (const Stage& stage : recipe_.stages) names.push_back(stage.name);
    throw RecipeError(
        "--stage " + options_.only_stage, "",
        "unknown stage; known here: " + names_and_nearest(options_.only_stage, names));
  }

  // A run drops what it logged earlier: it would lose recorded rollouts that lie in its own folder.
  void check_recorded() const {
    for (const Stage& stage : recipe_.stages) {
      for (const auto& [key, path] : recorded_inputs(stage)) {
        if (path.empty() || find_stage(recipe_, path)) continue;
        const fs::path below =
            fs::weakly_canonical(path).lexically_relative(fs::weakly_canonical(run_));
        if (below.empty() || *below.begin() == "..") continue;
        throw RecipeError(path, stage.name + "." + key,
                          "lies in this run's own folder; run with another --out, or copy it");
      }
    }
  }

  void forget() const {
    if (options_.only_stage.empty()) {
      start_over(run_);
    } else {
      start_over(run_, with_dependants(recipe_, options_.only_stage));
    }
  }

  fs::path model_of(const Stage& stage) const { return run_ / stage.name / "model"; }
  fs::path result_of(const Stage& stage) const { return run_ / stage.name / stage_result(stage); }

  // Every function is there, so that whoever reports need not ask.
  rl::Observer observer_for(const std::string& stage) const {
    rl::Observer observer;
    if (options_.observer) observer = options_.observer(stage);
    if (!observer.step) observer.step = [](std::int64_t, std::int64_t, const rl::Metrics&) {};
    if (!observer.note) observer.note = [](const std::string&) {};
    return observer;
  }

  void run_stage(const Stage& stage, std::size_t index) const {
    const rl::Observer observer = observer_for(stage.name);
    const fs::path folder = run_ / stage.name;
    const bool trained = model::is_complete(result_of(stage));
    // Of a stage without a model there is nothing to measure.
    const bool measurable = recipe_.eval && result_of(stage) == model_of(stage);
    const bool measured = !measurable || fs::is_regular_file(folder / "eval.json");
    // A kill may have come between the model and the removal of what led to it.
    if (trained) fs::remove_all(folder / "checkpoints");
    if (trained && measured) return observer.note("finished earlier, skipped");
    check_inputs(stage);
    fs::create_directories(folder);
    write_recipe(recipe_, folder);
    // The model is new, so an old measurement is not of it.
    if (!trained) fs::remove(folder / "eval.json");
    if (!trained) train(stage, index, observer);
    check_stop();
    if (measurable) {
      model::write_file_atomic(folder / "eval.json",
                               evaluate(stage.name, model_of(stage), observer));
    }
    write_summary(recipe_, run_);
    check_stop();
  }

  void check_inputs(const Stage& stage) const {
    for (const std::string& input : stage_inputs(stage)) {
      const Stage* earlier = find_stage(recipe_, input);
      if (!earlier || model::is_complete(result_of(*earlier))) continue;
      throw RecipeError(result_of(*earlier).string(), "",
                        "stage \"" + stage.name + "\" needs stage \"" + input +
                            "\", which is not finished; run that one first");
    }
  }

  double seconds_of(const std::string& stage) const {
    const double seconds = read_seconds(run_ / stage).train;
    if (seconds > 0) return seconds;
    throw RecipeError((run_ / stage / "seconds.json").string(), "",
                      "expected the time that stage \"" + stage + "\" trained; run that one again");
  }

  void train(const Stage& stage, std::size_t index, const rl::Observer& observer) const {
    Stopwatch watch(run_ / stage.name, &Seconds::train);
    rl::StageContext context;
    context.name = stage.name;
    context.folder = run_ / stage.name;
    context.seed = recipe_.seed;
    context.index = stage_stream(recipe_, index);
    context.resolve = [this](const std::string& from) {
      const Stage* earlier = find_stage(recipe_, from);
      return earlier ? model_of(*earlier) : model::resolve_model(from);
    };
    context.resolve_rollouts = [this](const std::string& name) {
      const Stage* earlier = find_stage(recipe_, name);
      return earlier ? run_ / earlier->name / stage_samples(*earlier) : fs::path(name);
    };
    context.training_seconds = [this](const std::string& name) { return seconds_of(name); };
    context.observer = observer;
    context.observer.step = [&](std::int64_t done, std::int64_t total, const rl::Metrics& metrics) {
      watch.save_now_and_then();
      observer.step(done, total, metrics);
    };
    context.stop = options_.stop;
    actions_.train(stage, context);
    watch.save();
    if (!model::is_complete(result_of(stage))) {
      throw std::logic_error("stage " + stage.name + " ended without a whole " +
                             std::string(stage_result(stage)) + " folder");
    }
  }

  // Before anything is trained; not where --stage asks for a stage that starts elsewhere.
  void measure_start() const {
    const std::string& only = options_.only_stage;
    if (!only.empty() && only != recipe_.stages.front().name) return;
    if (!start_is_missing(recipe_, run_)) return;
    const std::string name(kStartName);
    fs::create_directories(run_ / name);
    write_start(recipe_, run_, evaluate(name, start_of(recipe_), observer_for(name)));
    write_summary(recipe_, run_);
    check_stop();
  }

  // The text of eval.json. The seconds are kept in the run's folder of that name.
  std::string evaluate(const std::string& name, const fs::path& model,
                       const rl::Observer& observer) const {
    Stopwatch watch(run_ / name, &Seconds::eval);
    observer.note(plan_sentence(*recipe_.eval));
    const rl::EvalResult result =
        actions_.evaluate(*recipe_.eval, model, recipe_.seed, observer, options_.stop);
    watch.save();
    observer.note(eval_sentence(result));
    return eval_json(name, actions_.parameters(model), result) + "\n";
  }

  void check_stop() const {
    if (options_.stop && options_.stop->load()) throw rl::Interrupted("stopped; all is saved");
  }

  const Recipe& recipe_;
  const RunOptions& options_;
  const Actions& actions_;
  fs::path run_;
};

}  // namespace

fs::path run_folder(const Recipe& recipe, const RunOptions& options) {
  return options.folder.empty() ? fs::path("runs") / recipe.name : options.folder;
}

void run_pipeline(const Recipe& recipe, const RunOptions& options, const Actions& actions) {
  Pipeline(recipe, options, actions).run();
}

}  // namespace hone::recipes
