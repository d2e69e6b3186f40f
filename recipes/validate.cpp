#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>

#include "model/adapter_files.h"
#include "model/config.h"
#include "model/error.h"
#include "model/hub_cache.h"
#include "model/model_files.h"
#include "model/tokenizer.h"
#include "model/weight_files.h"
#include "recipes/nearest.h"
#include "recipes/recipe.h"
#include "recipes/stage_checks.h"
#include "recipes/start_model.h"
#include "rewards/rewards.h"
#include "rl/lengths.h"
#include "rl/replay.h"
#include "rl/vocabulary.h"

namespace hone::recipes {
namespace {

namespace fs = std::filesystem;

// What is known of a model before it exists.
struct Known {
  std::int64_t context = 0;
  rl::TokenizerSource tokenizer;
  std::int64_t vocab_size = 0;  // 0: that of its tokenizer
  fs::path folder = {};         // with its chat template; empty if it has none of its own
  std::optional<model::LoraConfig> lora = {};  // of its adapters, where it has any
  std::int64_t num_layers = 0;
};

// A model, looked at before anything starts; its weights are not read.
Known look_at(const fs::path& folder) {
  const fs::path base = model::base_folder(folder);
  const model::ModelConfig config = model::read_config(base);
  model::open_weights(base, config);
  std::optional<model::LoraConfig> lora;
  if (model::is_adapter(folder)) lora = model::open_adapter(folder).lora;
  const fs::path own = model::tokenizer_folder(folder);
  const auto tokenizer = model::load_tokenizer(own);
  model::check_vocabulary(config, *tokenizer, folder.string());
  return {config.max_position_embeddings,
          [tokenizer] { return tokenizer; },
          config.vocab_size,
          own,
          lora,
          config.num_hidden_layers};
}

class Validator {
 public:
  Validator(const Recipe& recipe, const Places& places) : recipe_(recipe), checks_{places} {}

  void run() {
    for (index_ = 0; index_ < recipe_.stages.size(); ++index_) {
      const Stage& stage = recipe_.stages[index_];
      name_ = stage.name;
      std::visit([this](const auto& config) { check(config); }, stage.config);
      known_.push_back(model_);
    }
    if (recipe_.eval) eval(*recipe_.eval);
  }

 private:
  std::string key(std::string_view last) const { return name_ + "." + std::string(last); }

  void eval(const rl::EvalConfig& config) const {
    std::vector<std::pair<std::string, Known>> models;
    if (config.start) models.emplace_back(kStartName, start_model());
    for (std::size_t i = 0; i < known_.size(); ++i) {
      if (makes_model(recipe_.stages[i])) models.emplace_back(recipe_.stages[i].name, known_[i]);
    }
    measurement("eval", config, models);
    std::set<std::string> names;
    for (std::size_t i = 0; i < config.also.size(); ++i) {
      const std::string path = "eval.also." + std::to_string(i);
      also_name(path + ".name", config.also[i].name, names);
      measurement(path, config.also[i], models);
    }
    if (config.text) checks_.text("eval.text", *config.text);
    for (const auto& [name, model] : models) {
      if (!config.text || model.context == 0 || config.text->window <= model.context) continue;
      checks_.fail("eval.text.window", "longer than the context of " + name + ", which is " +
                                           std::to_string(model.context) + " tokens");
    }
    if (!config.reward.empty()) checks_.rewards("eval.reward", config.reward, false);
    for (std::size_t i = 0; i < config.reward.size(); ++i) {
      if (config.reward[i].weight == 1.0) continue;
      checks_.fail("eval.reward." + std::to_string(i) + ".weight",
                   "an evaluation reports each reward by itself and has no sum to weigh it in");
    }
  }

  void measurement(const std::string& path, const rl::MeasureConfig& config,
                   const std::vector<std::pair<std::string, Known>>& models) const {
    own_answers(path + ".data", config.data);
    checks_.answers(path + ".data", config.data);
    checks_.data(path + ".data", config.data, hone::rewards::Split::kHeldOut);
    checks_.readings(path, config);
    for (const auto& [name, model] : models) {
      checks_.fits(path + ".max_new_tokens", config.max_new_tokens, model.context,
                   "the context of " + name);
      prompts(path + ".data", config.data, model, name);
    }
  }

  void also_name(const std::string& path, const std::string& name,
                 std::set<std::string>& names) const {
    if (name.empty()) checks_.fail(path, "missing; its figures are called also/NAME/...");
    if (name.find('/') != std::string::npos) checks_.fail(path, "expected a name without a slash");
    if (!names.insert(name).second) checks_.fail(path, "\"" + name + "\" is an earlier one's name");
  }

  Known start_model() const {
    const std::string from = start_of(recipe_);
    const std::string& first = recipe_.stages.front().name;
    if (from.empty()) {
      checks_.fail("eval.start",
                   "the first stage, " + first + ", has no `from` whose model could be measured");
    }
    for (const Stage& stage : recipe_.stages) {
      if (stage.name != kStartName) continue;
      checks_.fail("eval.start",
                   "its row would be called \"start\", as a stage is; rename that one");
    }
    return look_at(model::resolve_model(from));
  }

  // Every prompt of a file is made and looked at; of a task the first, if there is something to
  // make.
  void prompts(const std::string& path, const rl::DataConfig& data, const Known& model,
               const std::string& whose) const {
    const auto sources = rl::sources_of(data);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const rl::ProblemsConfig& source = sources[i];
      if (source.chat) {
        has_template(path + (data.mix.empty() ? "" : ".mix." + std::to_string(i)), model, whose);
      } else if (source.task) {
        continue;
      }
      const auto problems =
          rl::open_problems({source, {}, false}, hone::rewards::Split::kTrain, 0, model.folder);
      rl::check_prompt_lengths(*problems, model.context, model.tokenizer);
    }
  }

  void has_template(const std::string& path, const Known& model, const std::string& whose) const {
    if (!model.folder.empty()) return;
    checks_.fail(path + ".chat", whose + " starts from random weights and has no chat template");
  }

  void own_answers(const std::string& path, const rl::DataConfig& held_out) const {
    if (!held_out.shuffled_answers) return;
    checks_.fail(path + ".shuffled_answers",
                 "is about training: held-out problems are judged by their own answers");
  }

  static bool makes_model(const Stage& stage) { return stage_result(stage) == "model"; }

  // The number of the earlier stage of that name; none if it names something else.
  std::optional<std::size_t> earlier_stage(const std::string& path, const std::string& name) const {
    const auto& stages = recipe_.stages;
    const auto found = std::find_if(stages.begin(), stages.end(),
                                    [&](const Stage& stage) { return stage.name == name; });
    if (found == stages.end()) return std::nullopt;
    const auto at = static_cast<std::size_t>(found - stages.begin());
    if (at >= index_) {
      checks_.fail(path, at == index_ ? "a stage cannot build on itself"
                                      : "stage \"" + name + "\" comes later");
    }
    return at;
  }

  std::string earlier_names(const std::string& nearest_to) const {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < index_; ++i) names.push_back(recipe_.stages[i].name);
    return names_and_nearest(nearest_to, names);
  }

  // `from` or `teacher`: an earlier stage, or a model.
  Known input(std::string_view key_name, const std::string& from) const {
    if (const auto at = earlier_stage(key(key_name), from)) {
      if (makes_model(recipe_.stages[*at])) return known_[*at];
      checks_.fail(key(key_name),
                   "stage \"" + from + "\" draws samples and makes no model; " +
                       "learn from them with `rollouts` (sft) or `traces` (distill)");
    }
    const fs::path path = known_model(key_name, from);
    const bool known = model::is_gguf(path) || model::is_adapter(path) ||
                       fs::is_regular_file(path / "config.json");
    if (!known) {
      checks_.fail(key(key_name), "expected a model, but " + path.string() +
                                      " holds no config.json and no adapter_config.json");
    }
    return look_at(path);
  }

  fs::path known_model(std::string_view key_name, const std::string& from) const {
    try {
      const fs::path path = model::resolve_model(from);
      if (model::is_model(path)) return path;
    } catch (const hone::DataError& error) {
      checks_.fail(key(key_name), error.what());
    }
    const bool fetched = from.starts_with("models/");  // where tools/fetch-model puts them
    checks_.fail(key(key_name),
                 "\"" + from +
                     "\" is neither a folder, a .gguf file nor an earlier stage; stages: " +
                     earlier_names(from) + (fetched ? "; tools/fetch-model brings models" : ""));
  }

  // `rollouts` or `traces`: true for an earlier stage that has yet to draw them, false for a file
  // or folder that is there.
  bool drawn_later(const std::string& path, const std::string& name) const {
    if (const auto at = earlier_stage(path, name)) {
      if (!stage_samples(recipe_.stages[*at]).empty()) return true;
      checks_.fail(path, "stage \"" + name + "\" (" + std::string(stage_type(recipe_.stages[*at])) +
                             ") draws no samples to learn from; name a rejection or distill stage, "
                             "or a file or folder of rollouts");
    }
    if (fs::exists(name)) return false;
    checks_.fail(path, "\"" + name +
                           "\" is neither a file or folder of rollouts nor an earlier stage; "
                           "stages: " +
                           earlier_names(name));
  }

  // `new_tokenizer` is what a model with random weights will have, out of that folder if it is
  // another model's.
  void start(const std::string& from, const std::optional<rl::InitConfig>& init,
             const rl::TokenizerSource& new_tokenizer, const fs::path& folder) {
    if (from.empty() && !init) {
      checks_.fail(name_, "expected `from` (a checkpoint folder or an earlier stage) or `init`");
    }
    if (!from.empty() && init) checks_.fail(key("init"), "contradicts `from`; give one of them");
    if (init) checks_.init(key("init"), *init);
    if (init && !init->from.empty()) return start_from_layers(*init);
    model_ = init ? Known{init->max_position_embeddings, new_tokenizer, 0, folder, {},
                          init->num_hidden_layers}
                  : input("from", from);
  }

  void start_from_layers(const rl::InitConfig& init) {
    model_ = input("init.from", init.from);
    model_.lora.reset();  // merged
    const auto layers = checks_.layers(key("init"), init, model_.num_layers);
    model_.num_layers = static_cast<std::int64_t>(layers.size());
  }

  // Whether the model's tokenizer is made for it, or another model's.
  static bool own_tokenizer(const std::optional<rl::InitConfig>& init) {
    return init && init->from.empty();
  }

  // Adapters are saved without the weights they change, so these have to be in a folder.
  template <class Config>
  void adapters(const Config& config, bool new_model) {
    if (config.lora) {
      checks_.lora(key("lora"), *config.lora);
      if (new_model) {
        checks_.fail(key("lora"),
                     "contradicts `init`: adapters are saved without the weights that they change, "
                     "and those of a new model are in no folder");
      }
      if (model_.lora && *model_.lora != *config.lora) {
        checks_.fail(key("lora"),
                     "differs from that of the adapter in `from`, which would be trained on; leave "
                     "it out to train all weights with the adapter merged into them");
      }
    }
    model_.lora = config.lora;
  }

  void check(const rl::SftConfig& config) {
    start(config.from, config.init,
          [&config] {
            return model::train_tokenizer(
                config.init->tokenizer.value_or(model::TokenizerConfig{}),
                rl::tokenizer_texts(*rl::open_text_pairs(config.data, 0)));
          },
          {});
    adapters(config, config.init.has_value());
    const auto later = [this](const std::string& path, const std::string& name) {
      return drawn_later(path, name);
    };
    checks_.sft_data(key("data"), config.data, later);
    time_of(config);
    checks_.optimizer(key("optimizer"), config.optimizer, config.steps);
    if (config.max_length > model_.context) {
      checks_.fail(key("max_length"), "longer than the model's context of " +
                                          std::to_string(model_.context) + " tokens");
    }
    const auto sources = rl::sources_of(config.data);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const rl::TextsConfig& source = sources[i];
      const std::string mixed = config.data.mix.empty() ? "" : ".mix." + std::to_string(i);
      if (source.chat) has_template(key("data") + mixed, model_, name_);
      if (!source.rollouts.empty() && drawn_later(key("data"), source.rollouts)) {
        if (!own_tokenizer(config.init)) continue;
        checks_.fail(key("init"), "a new model's tokenizer is trained on the data, but stage \"" +
                                      source.rollouts + "\" has yet to draw them; give `from`");
      }
      rl::check_example_lengths(*rl::open_text_pairs({source, {}}, 0, model_.folder),
                                config.max_length, model_.tokenizer);
    }
  }

  void time_of(const rl::SftConfig& config) const {
    if (config.minutes_of.empty()) return;
    if (config.max_minutes > 0) {
      checks_.fail(key("minutes_of"), "contradicts `max_minutes`; give one of them");
    }
    if (earlier_stage(key("minutes_of"), config.minutes_of)) return;
    checks_.fail(key("minutes_of"), "\"" + config.minutes_of + "\" is no earlier stage; stages: " +
                                        earlier_names(config.minutes_of));
  }

  void check(const rl::GrpoConfig& config) {
    if (config.from.empty()) {
      checks_.fail(key("from"), "missing; expected a checkpoint folder or an earlier stage");
    }
    model_ = input("from", config.from);
    adapters(config, false);
    checks_.data(key("data"), config.data, hone::rewards::Split::kTrain);
    checks_.answers(key("data"), config.data);
    checks_.rewards(key("reward"), config.reward, true);
    checks_.loss(name_, config);
    checks_.difficulty(key("difficulty"), config);
    checks_.optimizer(key("optimizer"), config.optimizer, config.steps);
    checks_.fits(key("max_new_tokens"), config.max_new_tokens, model_.context,
                 "the model's context");
    prompts(key("data"), config.data, model_, name_);
    held_out(config);
    replay(config);
  }

  void replay(const rl::GrpoConfig& config) const {
    if (config.replay.empty()) return;
    if (config.data.shuffled_answers) {
      checks_.fail(key("data.shuffled_answers"),
                   "contradicts `replay`: recorded rollouts bring their answers along");
    }
    if (config.dynamic_sampling) {
      checks_.fail(key("dynamic_sampling"),
                   "contradicts `replay`: recorded groups cannot be replaced; set it to false");
    }
    if (!fs::exists(config.replay)) {
      checks_.fail(key("replay"),
                   "expected a folder of recorded rollouts or a file of them, but \"" +
                       config.replay + "\" is not there");
    }
    const auto tokenizer = model_.tokenizer();
    const std::int64_t vocab_size =
        model_.vocab_size > 0 ? model_.vocab_size : tokenizer->vocab_size();
    rl::Replay(config.replay,
               {config.steps, config.group_size, model_.context, vocab_size, tokenizer});
  }

  void held_out(const rl::GrpoConfig& config) const {
    const bool looks =
        config.held_out.every > 0 && (config.held_out.data || rl::has_held_out(config.data));
    if (!looks && (config.held_out.keep_best || config.held_out.patience > 0)) {
      checks_.fail(key(config.held_out.keep_best ? "held_out.keep_best" : "held_out.patience"),
                   "needs looks at held-out problems: set held_out.every, and for files "
                   "held_out.data");
    }
    if (config.held_out.every == 0) return;
    const auto split = hone::rewards::Split::kHeldOut;
    if (config.held_out.data) {
      own_answers(key("held_out.data"), *config.held_out.data);
      checks_.answers(key("held_out.data"), *config.held_out.data);
      checks_.data(key("held_out.data"), *config.held_out.data, split);
      prompts(key("held_out.data"), *config.held_out.data, model_, name_);
    } else if (rl::has_held_out(config.data)) {
      checks_.data(key("data"), config.data, split);
    }
  }

  void judge_what_is_there(const rl::DataConfig& data,
                           const std::vector<hone::rewards::WeightedReward>& rewards,
                           const std::vector<rl::RewardFilter>& filters) const {
    const auto check = [&](const char* list, const auto& judges) {
      for (std::size_t i = 0; i < judges.size(); ++i) {
        checks_.judged_without_answers(key(list) + "." + std::to_string(i), key("data"), data,
                                       judges[i].config);
      }
    };
    check("reward", rewards);
    check("filters", filters);
  }

  void check(const rl::RejectionConfig& config) {
    if (config.from.empty()) {
      checks_.fail(key("from"), "missing; expected a checkpoint folder or an earlier stage");
    }
    const Known drawer = input("from", config.from);
    checks_.data(key("data"), config.draw.data, hone::rewards::Split::kTrain);
    checks_.rewards(key("reward"), config.draw.reward, false);
    checks_.selection(name_, config.select);
    judge_what_is_there(config.draw.data, config.draw.reward, config.select.filters);
    checks_.fits(key("max_new_tokens"), config.draw.max_new_tokens, drawer.context,
                 "the model's context");
    prompts(key("data"), config.draw.data, drawer, config.from);
    model_ = {};
  }

  void check(const rl::DistillConfig& config) {
    if (!config.traces.empty()) return traces(config);
    if (config.teacher.empty()) {
      checks_.fail(key("teacher"),
                   "missing; expected a checkpoint folder or an earlier stage (or `traces`)");
    }
    const Known teacher = input("teacher", config.teacher);
    student(config, teacher);
    checks_.data(key("data"), config.data, hone::rewards::Split::kTrain);
    checks_.rewards(key("reward"), config.reward, false);
    judge_what_is_there(config.data, config.reward, {});
    checks_.fits(key("max_new_tokens"), config.max_new_tokens, teacher.context,
                 "the teacher's context");
    checks_.fits(key("max_new_tokens"), config.max_new_tokens, model_.context,
                 "the student's context");
    prompts(key("data"), config.data, teacher, config.teacher);
  }

  void check(const rl::GkdConfig& config) {
    if (config.teacher.empty()) {
      checks_.fail(key("teacher"), "missing; expected a checkpoint folder or an earlier stage");
    }
    if (config.init && config.init->layers == rl::LayerChoice("greedy")) {
      checks_.fail(key("init.layers"),
                   "greedy goes by completions, and there are none before the student writes them; "
                   "expected every_other, or numbers of layers");
    }
    const Known teacher = input("teacher", config.teacher);
    student(config, teacher);
    checks_.data(key("data"), config.data, hone::rewards::Split::kTrain);
    checks_.answers(key("data"), config.data);
    if (!config.reward.empty()) checks_.rewards(key("reward"), config.reward, false);
    for (const auto& [context, whose] : {std::pair(teacher.context, "the teacher's context"),
                                         std::pair(model_.context, "the student's context")}) {
      checks_.fits(key("max_new_tokens"), config.max_new_tokens, context, whose);
    }
    Known writer = teacher;
    writer.folder = model_.folder;  // both write after the student's prompts
    prompts(key("data"), config.data, writer, name_);
    prompts(key("data"), config.data, model_, name_);
    if (!own_tokenizer(config.init)) {
      rl::shared_vocabulary(*teacher.tokenizer(), *model_.tokenizer(),
                            key(config.init ? "init.from" : "from"));
    }
  }

  template <class Config>
  void student(const Config& config, const Known& teacher) {
    start(config.from, config.init, teacher.tokenizer, teacher.folder);
    adapters(config, config.init.has_value());
    if (config.init && config.init->tokenizer) {
      checks_.fail(key("init.tokenizer"), "a student takes its teacher's tokenizer");
    }
    checks_.optimizer(key("optimizer"), config.optimizer, config.steps);
  }

  // Distillation on recorded samples: a teacher lends its tokenizer at most.
  void traces(const rl::DistillConfig& config) {
    const bool lends = own_tokenizer(config.init);
    if (lends && config.teacher.empty()) {
      checks_.fail(key("teacher"), "missing; a new student takes its tokenizer from there");
    }
    if (!lends && !config.teacher.empty()) {
      checks_.fail(key("teacher"), "contradicts `traces`: nothing is asked of a teacher");
    }
    student(config, lends ? input("teacher", config.teacher) : Known{});
    const rl::DataConfig& data = config.data;
    if (data.task || data.dataset || data.chat || !data.mix.empty()) {
      checks_.fail(key("data"), "contradicts `traces`: no problem is answered anew");
    }
    if (!config.reward.empty()) {
      checks_.fail(key("reward"), "contradicts `traces`: the recorded reward counts");
    }
    if (drawn_later(key("traces"), config.traces)) return;
    rl::TextsConfig recorded;
    recorded.rollouts = config.traces;
    recorded.min_reward = config.min_reward;
    rl::check_example_lengths(*rl::open_text_pairs({recorded, {}}, 0), model_.context,
                              model_.tokenizer);
  }

  const Recipe& recipe_;
  StageChecks checks_;
  std::vector<Known> known_;
  std::size_t index_ = 0;
  std::string name_;
  Known model_;  // of the stage being checked
};

}  // namespace

void validate(const Recipe& recipe, const Places& places) {
  check_names(recipe, places);
  check_streams(recipe, places);
  Validator(recipe, places).run();
}

}  // namespace hone::recipes
