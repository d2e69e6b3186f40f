#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/reward.h"

namespace hone::rewards {

/// A problem that an audit asks about.
struct AuditProblem {
  std::string prompt, answer, metadata;
};

/// A way to write completions without any understanding of the problem.
struct BlindPolicy {
  std::string kind;  // constant, common, echo, list, tags, long, nested
  std::string name;  // what it writes, for a person
  std::function<std::string(const AuditProblem&)> write;
};

/// What a policy is paid.
struct AuditRow {
  std::string kind, name;
  double mean = 0;            // over the problems that were judged; NaN if none
  double standard_error = 0;  // of that mean
  double best = 0;            // of one problem
  std::int64_t judged = 0;    // problems that the reward did not abstain from
};

/// Policies that give one answer to every problem: usual ones, and the commonest of these problems'
/// own, each bare, tagged and boxed; and nothing at all.
std::vector<BlindPolicy> constant_policies(const std::vector<AuditProblem>& problems);

/// Those, and the others: prompts and their numbers said again, many candidates at once, tags
/// without end, very long and very nested text.
std::vector<BlindPolicy> blind_policies(const std::vector<AuditProblem>& problems);

/// What the reward pays. Completions count a token every four bytes.
AuditRow pay(const Reward& reward, const BlindPolicy& policy,
             const std::vector<AuditProblem>& problems);

/// What blind policies should not be paid more than: 0.1, but 1.1 / n where the problems have only
/// n different answers, as a guess then pays that much (0.55 for yes and no).
double blind_bound(const std::vector<AuditProblem>& problems);

/// Is it more than chance explains? Three standard errors are granted.
bool pays_blindly(const AuditRow& row, double bound);

}  // namespace hone::rewards
