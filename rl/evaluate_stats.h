#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rl/perplexity.h"

namespace hone::rl {

/// The figures of one source of a mixture that has problems here.
struct SourceResult {
  std::string name;
  std::int64_t problems = 0;
  double pass_at_1 = 0;
  double pass_at_1_stderr = 0;  // over its problems
  double greedy = 0;
  double greedy_stderr = 0;
};

/// How completions were drawn and read, so that a figure can be told from another.
struct EvalSettings {
  std::string data;  // "task:NAME" or a file; of a mixture all, with " + " between
  double temperature = 1.0;
  double top_p = 1.0;
  std::int64_t max_new_tokens = 0;
  std::uint64_t seed = 0;
  std::string reading;
  bool chat = false;            // through the model's chat template
  std::string prompt_template;  // of a file; empty: the question as it is
};

struct NamedEval;

/// What was measured on a set of problems. Rates in [0, 1].
struct EvalResult {
  std::int64_t problems = 0;
  std::int64_t samples = 0;     // of each problem
  double pass_at_1 = 0;         // mean over problems of the share of right samples
  double pass_at_1_stderr = 0;  // over problems (clustered by problem), s / sqrt(n)
  double greedy = 0;            // share of problems right when decoded greedily
  double greedy_stderr = 0;
  std::vector<std::pair<std::int64_t, double>> pass_at_k;  // (k, unbiased estimate)
  double maj_at_k = 0;     // majority vote over all samples of a problem
  double format = 0;       // share of samples in the required form
  double mean_length = 0;  // tokens of a sampled completion
  double truncated = 0;    // share of samples cut off at the limit
  double no_answer = 0;    // share of samples in which no answer was found
  /// Further rewards by name: their mean over the samples that they could judge; NaN if none.
  std::vector<std::pair<std::string, double>> rewards;
  /// pass@1 of the problems of each source of a mixture that has some here.
  std::vector<std::pair<std::string, double>> source_pass_at_1;
  std::vector<SourceResult> sources;  // the same sources, with all that is known of them
  std::optional<EvalSettings> settings;
  std::vector<NamedEval> readings;  // the same completions, read in further ways
  std::vector<NamedEval> also;      // further measurements of the same model
  std::optional<TextResult> text;
};

/// A result by the name of its reading or measurement.
struct NamedEval {
  std::string name;
  EvalResult result;
};

/// One judged completion.
struct SampleVerdict {
  bool correct = false;
  std::string answer;  // as extracted and normalised; empty where there was none
  bool format_ok = false;
  std::int64_t length = 0;  // tokens
  bool truncated = false;
  std::vector<double> rewards = {};  // further ones; NaN of one that cannot judge it
  bool no_answer = false;            // none was found
};

/// All that was seen of one problem.
struct ProblemVerdicts {
  std::vector<SampleVerdict> samples;  // as many for every problem, in the order they were drawn
  bool greedy_correct = false;
  std::size_t source = 0;  // of a mixture
};

/// What the figures of a mixture and of further rewards are called.
struct EvalNames {
  std::vector<std::string> rewards;  // in the order of SampleVerdict::rewards
  std::vector<std::string> sources;  // by ProblemVerdicts::source; empty: no mixture
};

/// 1 - C(n-c, k) / C(n, k): chance that k of n samples, c of them right, hold a right one.
/// Throws: std::invalid_argument unless 0 <= c <= n and 1 <= k <= n.
/// Source: Chen et al. 2021 (2107.03374), eq. 1.
double pass_at_k(std::int64_t n, std::int64_t c, std::int64_t k);

/// Whether the most frequent answer is right. Right samples are one answer, however it was written;
/// wrong ones are told apart by their text; a wrong sample without an answer has no vote. Among
/// equally frequent answers the one seen first wins: samples are drawn alike, so that on average
/// this is a fair draw among the tied. Source: self-consistency, Wang et al. 2022 (2203.11171).
bool majority_correct(const std::vector<SampleVerdict>& samples);

/// Puts the verdicts together. pass_at_k holds k = 1, 2, 4, ... up to the number of samples, and
/// that number itself. A single problem has no spread: its standard errors are 0. Throws:
/// std::invalid_argument if the problems' numbers of samples differ, or for a reward or a source
/// without a name.
EvalResult summarize(const std::vector<ProblemVerdicts>& problems, const EvalNames& names = {});

}  // namespace hone::rl
