#include "rl/worked_solutions.h"

#include "rewards/hash.h"
#include "rewards/tasks/random.h"
#include "rollout/problems.h"

namespace hone::rl {
namespace {

class WorkedSolutions : public TextPairs {
 public:
  WorkedSolutions(const TextsConfig& config, std::uint64_t seed)
      : problems_(rollout::read_dataset(config.dataset.value(), seed, nullptr,
                                        /*solutions=*/config.long_share > 0)),
        template_(config.completion_template),
        long_share_(config.long_share),
        seed_(seed) {}

  TextPair at(std::uint64_t position) const override {
    const rollout::Problem problem = problems_->at(position);
    constexpr std::uint64_t kShareStream = 1;  // apart from the stream that orders the file
    rewards::Random random({seed_, rewards::hash64(problem.prompt), kShareStream});
    const bool keeps = random.chance(long_share_);
    return {problem.prompt, completed(template_, keeps ? problem.solution : "", problem.answer)};
  }
  std::uint64_t size() const override { return problems_->size(); }
  std::string place(std::uint64_t position) const override { return problems_->place(position); }

 private:
  std::shared_ptr<const rollout::ProblemSource> problems_;
  std::string template_;
  double long_share_;
  std::uint64_t seed_;
};

}  // namespace

std::string completed(const std::string& completion_template, const std::string& solution,
                      const std::string& answer) {
  std::string text;
  for (std::size_t i = 0; i < completion_template.size();) {
    const std::string_view rest = std::string_view(completion_template).substr(i);
    // In one pass: a solution may have "{answer}" in it.
    if (rest.starts_with("{solution}")) {
      text += solution;
      i += 10;
    } else if (rest.starts_with("{answer}")) {
      text += answer;
      i += 8;
    } else {
      text += rest.front();
      ++i;
    }
  }
  return text;
}

std::unique_ptr<const TextPairs> open_worked_solutions(const TextsConfig& config,
                                                       std::uint64_t seed) {
  return std::make_unique<WorkedSolutions>(config, seed);
}

}  // namespace hone::rl
