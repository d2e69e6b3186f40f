#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hone::rollout {

/// What of the answer's column is the reference answer.
enum class Extract {
  kAuto,       // what follows a "####" where there is one, as in GSM8K; else all of it
  kNone,       // all of it
  kAfterHash,  // what follows the last "####", which has to be there
  kLastBoxed,  // what is in the last \boxed{}, which has to be there, as in MATH's solutions
};
constexpr std::array<std::string_view, 4> enum_names(Extract) {
  return {"auto", "none", "after_hash", "last_boxed"};
}

/// What a reference answer is, which decides how answers are compared with it.
enum class GoldType { kAuto, kNumber, kInt, kLatex, kChoice, kText, kList, kCode };
constexpr std::array<std::string_view, 8> enum_names(GoldType) {
  return {"auto", "number", "int", "latex", "choice", "text", "list", "code"};
}

/// Where problems of a JSONL file stand: columns, and how they become a prompt.
struct DatasetConfig {
  std::string path;                          // JSONL or Parquet file
  std::string prompt_column;                 // empty: "prompt", else "question", else "problem"
  std::string answer_column;                 // empty: "answer"
  std::string prompt_template = "{prompt}";  // text around the question
  std::string preset = {};
  Extract extract = Extract::kAuto;
  GoldType gold_type = GoldType::kAuto;
  std::string solution_column = {};
  bool answers = true;
  std::vector<std::string> metadata_columns = {};
  bool skip_unusable = false;
  bool drop_duplicates = false;
  std::string decontaminate = {};
  std::int64_t ngram = 8;

  template <class V>
  void fields(V& v) {
    v("path", path, "JSONL or Parquet file with a question and an answer a line");
    v("prompt_column", prompt_column,
      "column of the question; by default prompt, question or problem");
    v("answer_column", answer_column, "column of the reference answer; by default answer");
    v("prompt_template", prompt_template,
      "text given to the model, {prompt} standing for the question; or r1-zero");
    v("preset", preset, "a published data set whose columns are known: gsm8k, math, verl, ...");
    v("extract", extract, "what of the answer's column is the answer");
    v("gold_type", gold_type, "what the answer is: it decides how answers are compared");
    v("solution_column", solution_column,
      "column of the worked solution, which only sft reads; by default the text that the answer is "
      "taken from, as in gsm8k and math");
    v("answers", answers,
      "false: prompts without reference answers, for rejection and distill stages whose rewards "
      "look "
      "at none");
    v("metadata_columns", metadata_columns,
      "further columns that go into a problem's metadata; \"metadata\" itself does anyway");
    v("skip_unusable", skip_unusable,
      "leave out lines without a question or an answer, instead of refusing the file");
    v("drop_duplicates", drop_duplicates, "keep only the first of the problems with one question");
    v("decontaminate", decontaminate,
      "JSONL file of evaluation problems; problems that share an n-gram of words with it are "
      "dropped");
    v("ngram", ngram, "words of such an n-gram: open-r1 has 8, DeepSeek-R1 10", 1, 1000);
  }
};

}  // namespace hone::rollout
