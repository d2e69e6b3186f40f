#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rewards/math/extract.h"
#include "rewards/reward.h"

namespace hone::rewards {

/// How an answer is found in a completion. All look only at what follows the reasoning.
enum class Reading {
  kAuto,        // the verifier's own way: in tags, else boxed; a task's, in tags, else all of it
  kTagged,      // <answer>..</answer>
  kBoxed,       // \boxed{..}
  kMath,        // as the `math` reward finds it
  kLastNumber,  // the last number, without commas and currency signs
  kHash,        // the number after "#### ", as GSM8K's solutions end
  kMentioned,   // the reference answer, where it is among the words
};
constexpr std::array<std::string_view, 7> enum_names(Reading) {
  return {"auto", "tags", "boxed", "math", "last_number", "hash", "mentioned"};
}

/// What the setting `reading` does, wherever there is one.
inline constexpr const char* kReadingHelp =
    "how the answer is found: auto, tags, boxed, math, last_number, hash, or mentioned, which is "
    "for measuring only";

std::string_view reading_name(Reading reading);
/// Absence means: there is no reading of that name.
std::optional<Reading> reading_by_name(std::string_view name);
/// "auto, tags, ...".
std::string reading_names();

/// What was found where an answer should be. `text` is the answer, `problem` one line where there
/// is none.
struct FoundAnswer {
  Extracted::Kind kind = Extracted::Kind::kMissing;
  std::string text, problem;
};

/// Finds the answer in a completion whose prompt `opened` the reasoning or did not. kMentioned
/// alone looks at the reference answer: it is what is found. kAuto is extract_answer().
/// Source: lm-evaluation-harness 0.4, tasks/gsm8k/gsm8k.yaml: last_number is `flexible-extract`,
/// hash is `strict-match`. Differs: dots and commas without a digit are no number.
FoundAnswer find_answer(Reading reading, std::string_view completion, std::string_view reference,
                        bool opened = false);

/// The text stands in the other as whole words, case and punctuation aside: `new york` in "It is
/// New York.", but `2` neither in "2.5" nor in "12". False for a text without words.
bool mentions(std::string_view text, std::string_view words);

/// A reward that hands what the reading finds to `judge`, as if it stood in <answer>. kAuto is
/// `judge` itself. Nothing found: kMalformed, but kWrong for kMentioned.
std::unique_ptr<Reward> with_reading(std::unique_ptr<Reward> judge, Reading reading);

}  // namespace hone::rewards
