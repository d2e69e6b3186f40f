#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/lora.h"
#include "rl/data.h"
#include "rl/schedule.h"
#include "rl/start.h"

namespace hone::rl {

struct StageContext;

/// One source of text that a model is taught: a task's own traces, the worked solutions of a data
/// set, the rows of a JSONL file, or recorded rollouts. Exactly one of them.
struct TextsConfig {
  std::optional<rewards::TaskConfig> task;
  double long_share = 1.0;
  rewards::ShortAnswers short_answers = rewards::ShortAnswers::kGuess;
  double wrong_steps = 0.0;
  double mixed_steps = 0.0;
  std::optional<rollout::DatasetConfig> dataset = std::nullopt;
  std::string completion_template = "<think>{solution}</think><answer>{answer}</answer>";
  std::string path;
  std::string prompt_column = "prompt";
  std::string completion_column = "completion";
  std::string rollouts;
  std::optional<double> min_reward;
  std::optional<ChatConfig> chat = std::nullopt;

  template <class V>
  void fields(V& v) {
    v("task", task, "a task whose own traces are learnt");
    v("long_share", long_share,
      "share of traces and solutions that are written out, of the others the answer stands alone",
      0.0, 1.0);
    v("short_answers", short_answers,
      "what a task's other traces answer: guess, another problem's answer; or right");
    v("wrong_steps", wrong_steps, "chance that a written step is wrong", 0.0, 1.0);
    v("mixed_steps", mixed_steps,
      "chance that a written step is in the other language, where a task has two", 0.0, 1.0);
    v("dataset", dataset,
      "a file of problems whose worked solutions are learnt, instead of a task");
    v("completion_template", completion_template,
      "what is learnt of a solution: {solution} and {answer} stand for its parts");
    v("path", path, "JSONL file of prompts and completions, instead of a task");
    v("prompt_column", prompt_column, "its column of prompts");
    v("completion_column", completion_column, "its column of completions");
    v("rollouts", rollouts,
      "recorded rollouts, instead: an earlier rejection or distill stage, a file, or a folder");
    v("min_reward", min_reward, "rollouts below this reward are left out; by default none is", -1e9,
      1e9);
    v("chat", chat, "each prompt goes through the model's chat template; by default as it is");
  }
};

/// A source with its share of a mixture.
struct WeightedTexts : TextsConfig {
  double weight = 1.0;

  template <class V>
  void fields(V& v) {
    v("weight", weight, "share of the mixture, beside the others' weights; 0 leaves it out", 0.0,
      1e6);
    TextsConfig::fields(v);
  }
};

/// Text that a model is taught: one source, or a mixture of several.
struct SftDataConfig : TextsConfig {
  std::vector<WeightedTexts> mix;

  template <class V>
  void fields(V& v) {
    TextsConfig::fields(v);
    v("mix", mix, "several sources in fixed shares, instead of one");
  }
};

/// Supervised fine-tuning; from random weights (`init`) it pretrains a base model.
struct SftConfig {
  static constexpr std::string_view kType = "sft";
  std::string from;
  std::optional<InitConfig> init;
  SftDataConfig data;
  std::int64_t skip_examples = 0;
  std::int64_t steps = 100;
  std::int64_t batch_size = 64;
  std::int64_t max_length = 256;
  std::int64_t micro_batch_tokens = 2048;
  bool gradient_checkpointing = false;
  std::int64_t checkpoint_every = 100;
  double mtp_loss_weight = 0.3;
  double max_minutes = 0;
  std::string minutes_of;
  std::optional<model::LoraConfig> lora;
  OptimizerConfig optimizer;

  template <class V>
  void fields(V& v) {
    v("from", from, "a folder, .gguf file or org/name, or an earlier stage");
    v("init", init, "a new model, instead of from: random weights, or layers of another model");
    v("data", data, "what is learnt");
    v("skip_examples", skip_examples,
      "examples passed over first, as an earlier stage learned them", 0, std::int64_t{1} << 60);
    v("steps", steps, "optimizer steps", 1, 1 << 30);
    v("batch_size", batch_size, "sequences an optimizer step", 1, 1 << 24);
    v("max_length", max_length, "longest sequence in tokens; longer ones are an error", 2, 1 << 24);
    v("micro_batch_tokens", micro_batch_tokens, "tokens in memory at once; does not change results",
      1, 1 << 30);
    v("gradient_checkpointing", gradient_checkpointing,
      "recompute layers in the backward pass: less memory, more time; does not change results");
    v("checkpoint_every", checkpoint_every, "steps between checkpoints", 1, 1 << 30);
    v("mtp_loss_weight", mtp_loss_weight,
      "weight of the loss of a layer for multi-token prediction, where the model has one", 0.0,
      100.0);
    v("max_minutes", max_minutes, "stop after this long, for equal-time controls; 0 never", 0.0,
      1e6);
    v("minutes_of", minutes_of, "an earlier stage: stop after as long as that one trained");
    v("lora", lora, "train low-rank adapters instead of all weights; model/ is then a PEFT folder");
    v("optimizer", optimizer, "AdamW and its learning rate");
  }
};

void run_sft(const SftConfig& config, StageContext& stage);

}  // namespace hone::rl
