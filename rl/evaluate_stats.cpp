#include "rl/evaluate_stats.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>

#include "rl/advantage.h"

namespace hone::rl {
namespace {

double standard_error(const std::vector<double>& values) {
  return moments(values).std / std::sqrt(static_cast<double>(values.size()));
}

std::int64_t count_correct(const std::vector<SampleVerdict>& samples) {
  return std::count_if(samples.begin(), samples.end(),
                       [](const SampleVerdict& sample) { return sample.correct; });
}

std::vector<std::int64_t> powers_of_two_and(std::int64_t last) {
  std::vector<std::int64_t> result;
  for (std::int64_t k = 1; k < last; k *= 2) result.push_back(k);
  if (last > 0) result.push_back(last);
  return result;
}

std::vector<std::pair<std::string, double>> mean_rewards(
    const std::vector<ProblemVerdicts>& problems, const std::vector<std::string>& names) {
  std::vector<std::vector<double>> given(names.size());
  for (const ProblemVerdicts& problem : problems) {
    for (const SampleVerdict& sample : problem.samples) {
      if (sample.rewards.size() != names.size()) {
        throw std::invalid_argument("summarize: rewards do not match their names");
      }
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (!std::isnan(sample.rewards[i])) given[i].push_back(sample.rewards[i]);
      }
    }
  }
  std::vector<std::pair<std::string, double>> means;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool none = given[i].empty();
    means.emplace_back(names[i],
                       none ? std::numeric_limits<double>::quiet_NaN() : moments(given[i]).mean);
  }
  return means;
}

std::vector<SourceResult> by_source(const std::vector<ProblemVerdicts>& problems,
                                    const std::vector<std::string>& names) {
  std::vector<std::vector<double>> shares(names.size()), greedy(names.size());
  for (const ProblemVerdicts& problem : problems) {
    if (names.empty() || problem.samples.empty()) continue;
    if (problem.source >= names.size()) {
      throw std::invalid_argument("summarize: a problem of a source without a name");
    }
    shares[problem.source].push_back(static_cast<double>(count_correct(problem.samples)) /
                                     static_cast<double>(problem.samples.size()));
    greedy[problem.source].push_back(problem.greedy_correct ? 1.0 : 0.0);
  }
  std::vector<SourceResult> results;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (shares[i].empty()) continue;
    results.push_back({names[i], static_cast<std::int64_t>(shares[i].size()),
                       moments(shares[i]).mean, standard_error(shares[i]), moments(greedy[i]).mean,
                       standard_error(greedy[i])});
  }
  return results;
}

}  // namespace

double pass_at_k(std::int64_t n, std::int64_t c, std::int64_t k) {
  if (c < 0 || c > n || k < 1 || k > n) throw std::invalid_argument("pass_at_k: 0<=c<=n, 1<=k<=n");
  if (n - c < k) return 1.0;
  // The quotient of the binomials as a product of factors in [0, 1]: nothing overflows.
  double all_wrong = 1.0;
  for (std::int64_t i = n - c + 1; i <= n; ++i) {
    all_wrong *= 1.0 - static_cast<double>(k) / static_cast<double>(i);
  }
  return 1.0 - all_wrong;
}

bool majority_correct(const std::vector<SampleVerdict>& samples) {
  struct Votes {
    const SampleVerdict* first;
    std::int64_t count;
  };
  std::vector<Votes> answers;  // in the order they were first seen
  for (const SampleVerdict& sample : samples) {
    if (!sample.correct && sample.answer.empty()) continue;
    const auto same = std::find_if(answers.begin(), answers.end(), [&](const Votes& votes) {
      return votes.first->correct == sample.correct &&
             (sample.correct || votes.first->answer == sample.answer);
    });
    if (same == answers.end()) {
      answers.push_back({&sample, 1});
    } else {
      ++same->count;
    }
  }
  const auto winner =
      std::max_element(answers.begin(), answers.end(),
                       [](const Votes& a, const Votes& b) { return a.count < b.count; });
  return winner != answers.end() && winner->first->correct;
}

EvalResult summarize(const std::vector<ProblemVerdicts>& problems, const EvalNames& names) {
  EvalResult result;
  if (problems.empty()) return result;
  result.problems = static_cast<std::int64_t>(problems.size());
  result.samples = static_cast<std::int64_t>(problems.front().samples.size());
  for (const std::int64_t k : powers_of_two_and(result.samples)) {
    result.pass_at_k.emplace_back(k, 0.0);
  }

  const auto n = static_cast<double>(result.problems);
  std::vector<double> share_correct, greedy;
  double majority = 0, format = 0, length = 0, truncated = 0, no_answer = 0;
  for (const ProblemVerdicts& problem : problems) {
    if (static_cast<std::int64_t>(problem.samples.size()) != result.samples) {
      throw std::invalid_argument("summarize: problems with different numbers of samples");
    }
    greedy.push_back(problem.greedy_correct ? 1.0 : 0.0);
    if (result.samples == 0) continue;
    const std::int64_t correct = count_correct(problem.samples);
    share_correct.push_back(static_cast<double>(correct) / static_cast<double>(result.samples));
    for (auto& [k, estimate] : result.pass_at_k) {
      estimate += pass_at_k(result.samples, correct, k) / n;
    }
    majority += majority_correct(problem.samples) ? 1.0 : 0.0;
    for (const SampleVerdict& sample : problem.samples) {
      format += sample.format_ok ? 1.0 : 0.0;
      length += static_cast<double>(sample.length);
      truncated += sample.truncated ? 1.0 : 0.0;
      no_answer += sample.no_answer ? 1.0 : 0.0;
    }
  }
  result.greedy = moments(greedy).mean;
  result.greedy_stderr = standard_error(greedy);
  if (result.samples == 0) return result;
  const double samples = n * static_cast<double>(result.samples);
  result.pass_at_1 = moments(share_correct).mean;
  result.pass_at_1_stderr = standard_error(share_correct);
  result.maj_at_k = majority / n;
  result.format = format / samples;
  result.mean_length = length / samples;
  result.truncated = truncated / samples;
  result.no_answer = no_answer / samples;
  result.rewards = mean_rewards(problems, names.rewards);
  result.sources = by_source(problems, names.sources);
  for (const SourceResult& source : result.sources) {
    result.source_pass_at_1.emplace_back(source.name, source.pass_at_1);
  }
  return result;
}

}  // namespace hone::rl
