#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone::rewards {

/// What a reward sees of one completion. Views: the caller keeps the text alive.
struct Sample {
  std::string_view prompt;      // the text the model was given; format rewards look at its tail
  std::string_view completion;  // model output: untrusted
  std::string_view answer;      // the reference answer; empty where the problem has none
  std::string_view metadata;    // the problem's own JSON object, or empty
  int completion_tokens = 0;    // length in tokens, 0 if not known
  bool truncated = false;       // ran into the token limit before its end token
  std::span<const std::int32_t> completion_ids = {};  // its tokens; empty where they are not known
};

/// Why a score is what it is.
enum class Status {
  kCorrect,    // as good as it gets
  kWrong,      // judged, and not right
  kMalformed,  // nothing to judge: no answer found, or the tags are not in place
  kAbstain,    // the verifier cannot tell; counted apart, never silently a 0
};

/// "correct", "wrong", "malformed" or "abstain".
std::string_view status_name(Status status);

struct Score {
  double value = 0;
  Status status = Status::kWrong;
  std::string detail;  // one line for a person: what was found, what was expected
};

/// A rule-based reward: text in, number out. Pure, thread-safe, and bounded in time; never throws
/// on model output. One that runs programs (code/, command/) depends on them and on the clock too.
class Reward {
 public:
  virtual ~Reward() = default;
  virtual Score score(const Sample& sample) const = 0;
  /// The completions of one problem beside each other, for a reward that compares them: a score
  /// each, in their order. By default each is judged for itself.
  virtual std::vector<Score> score_group(std::span<const Sample> group) const;
  /// Whether a score takes so long that several samples should be judged side by side.
  virtual bool runs_programs() const { return false; }
};

}  // namespace hone::rewards
