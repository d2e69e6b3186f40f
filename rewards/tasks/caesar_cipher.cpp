#include "rewards/tasks/caesar_cipher.h"

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/tasks/words.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kCaesarCipherPhrasings[] = {
    "Each letter of a message was moved forward in the alphabet by {places}, with a after z. The "
    "result is \"{secret}\". What was the message? Answer with its words alone.",
    "The text \"{secret}\" was made with a Caesar cipher that shifts every letter forward by "
    "{places}. Decode it. Give only the decoded words.",
    "Decode \"{secret}\" by moving every letter back by {places} in the alphabet, with z before a. "
    "Reply with the decoded words only.",
    "\"{secret}\" is written in a Caesar cipher: every letter stands {places} later in the "
    "alphabet "
    "than in the original, and after z comes a. Write down the original words and nothing else."};

class CaesarCipher final : public Task {
 public:
  explicit CaesarCipher(const CaesarCipherConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(
            characters_of({"0123456789:= abcdefghijklmnopqrstuvwxyz", CaesarCipherConfig::kType})) {
    require_range("words", config.min_words, config.max_words);
    require_range("rotation", config.min_rotation, config.max_rotation);
  }

  std::string_view name() const override { return CaesarCipherConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

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
    return {concat(CaesarCipherConfig::kType, ":", rotation, ":", secret, "="), answer,
            metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    const std::string question = question_of(*this, problem);
    const auto rotation = metadata_of<std::int64_t>(*this, problem, "rotation");
    return phrased(kCaesarCipherPhrasings, number,
                   {{"places", counted(rotation, "place")},
                    {"secret", question.substr(question.find(':') + 1)}});
  }

  CaesarCipherConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const CaesarCipherConfig& config) {
  return std::make_unique<CaesarCipher>(config);
}

}  // namespace hone::rewards
