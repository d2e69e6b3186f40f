#include "rl/shuffled_answers.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "model/error.h"

namespace hone::rl {
namespace {

using Source = std::shared_ptr<const rollout::ProblemSource>;

class ShuffledFile : public rollout::ProblemSource {
 public:
  explicit ShuffledFile(Source source) : source_(std::move(source)) {
    const std::uint64_t size = source_->size();
    if (size < 2) {
      throw DataError(source_->place(0), "a second problem, whose answer could be taken",
                      "no other");
    }
    for (std::uint64_t i = 0; i < size; ++i) {
      rollout::Problem other = source_->at((i + 1) % size);
      other.prompt.clear();
      others_.emplace(source_->place(i), std::move(other));
    }
  }

  rollout::Problem at(std::uint64_t position) const override {
    rollout::Problem problem = source_->at(position);
    const rollout::Problem& other = others_.at(source_->place(position));
    return {std::move(problem.prompt), other.answer, other.metadata};
  }
  std::uint64_t size() const override { return source_->size(); }
  std::string place(std::uint64_t position) const override { return source_->place(position); }

 private:
  Source source_;
  std::unordered_map<std::string, rollout::Problem> others_;  // by the place in the file
};

class ShuffledTask : public rollout::ProblemSource {
 public:
  explicit ShuffledTask(Source source) : source_(std::move(source)) {}

  rollout::Problem at(std::uint64_t position) const override {
    constexpr std::uint64_t kFarthest = 1000;
    rollout::Problem problem = source_->at(position);
    for (std::uint64_t i = 1; i <= kFarthest; ++i) {
      rollout::Problem other = source_->at(position + i);
      if (other.prompt == problem.prompt) continue;
      return {std::move(problem.prompt), std::move(other.answer), std::move(other.metadata)};
    }
    throw DataError(source_->place(position), "another problem, whose answer could be taken",
                    "\"" + problem.prompt + "\" " + std::to_string(kFarthest) + " times");
  }
  std::uint64_t size() const override { return 0; }
  std::string place(std::uint64_t position) const override { return source_->place(position); }

 private:
  Source source_;
};

}  // namespace

Source shuffle_answers(Source source) {
  if (source->size() == 0) return std::make_shared<ShuffledTask>(std::move(source));
  return std::make_shared<ShuffledFile>(std::move(source));
}

}  // namespace hone::rl
