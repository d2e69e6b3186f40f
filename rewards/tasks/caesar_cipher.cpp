#include "rewards/tasks/caesar_cipher.h"

#include "rewards/tasks/common.h"
#include "rewards/tasks/words.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kCaesarCipherExplanation =
    "Each letter was moved on by so many letters of the alphabet, from z to a. What were the "
    "words?";

class CaesarCipher final : public Task {
 public:
  explicit CaesarCipher(const CaesarCipherConfig& config)
      : config_(config),
        explanation_(config.explain ? kCaesarCipherExplanation : ""),
        alphabet_(characters_of(
            {"0123456789:= abcdefghijklmnopqrstuvwxyz", CaesarCipherConfig::kType, explanation_})) {
    require_range("words", config.min_words, config.max_words);
    require_range("rotation", config.min_rotation, config.max_rotation);
  }

  std::string_view name() const override { return CaesarCipherConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto count = random.between(config_.min_words, config_.max_words);
    const auto rotation = random.between(config_.min_rotation, config_.max_rotation);
    std::vector<std::string> words;
    for (std::int64_t i = 0; i < count; ++i) words.emplace_back(pick(common_words(), random));
    const std::string answer = join(words, " ");
    std::string secret = answer;
    for (char& c : secret) {
      if (c != ' ') c = static_cast<char>('a' + (c - 'a' + rotation) % 26);
    }
    const nlohmann::json metadata = {{"task", CaesarCipherConfig::kType}, {"rotation", rotation}};
    return {asked(explanation_, CaesarCipherConfig::kType, ":", rotation, ":", secret, "="), answer,
            metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  CaesarCipherConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const CaesarCipherConfig& config) {
  return std::make_unique<CaesarCipher>(config);
}

}  // namespace hone::rewards
