#include "rl/chat.h"

#include <utility>

#include "model/chat_template.h"
#include "model/error.h"
#include "model/settings.h"

namespace hone::rl {
namespace {

/// A question as the text that the model is given.
class Conversation {
 public:
  Conversation(const ChatConfig& config, const std::filesystem::path& model)
      : template_(template_of(model)),
        system_(config.system),
        variables_(model::settings_object(config.variables, "chat.variables")) {}

  /// Throws: DataError with the question's place for what the template refuses.
  std::string operator()(const std::string& question, const std::string& place) const {
    try {
      return template_.render(model::chat_messages(system_, question), true, variables_);
    } catch (const DataError& error) {
      throw DataError(place, error.what());
    }
  }

 private:
  static model::ChatTemplate template_of(const std::filesystem::path& model) {
    if (!model.empty()) return model::load_chat_template(model);
    throw DataError("chat", "a model with a chat template", "a new one with random weights");
  }

  model::ChatTemplate template_;
  std::string system_;
  nlohmann::ordered_json variables_;
};

class ChatProblems : public rollout::ProblemSource {
 public:
  ChatProblems(std::shared_ptr<const rollout::ProblemSource> problems, Conversation conversation)
      : problems_(std::move(problems)), conversation_(std::move(conversation)) {}

  rollout::Problem at(std::uint64_t position) const override {
    rollout::Problem problem = problems_->at(position);
    problem.prompt = conversation_(problem.prompt, place(position));
    problem.chat = true;
    return problem;
  }
  std::uint64_t size() const override { return problems_->size(); }
  std::string place(std::uint64_t position) const override { return problems_->place(position); }

 private:
  std::shared_ptr<const rollout::ProblemSource> problems_;
  Conversation conversation_;
};

class ChatPairs : public TextPairs {
 public:
  ChatPairs(std::unique_ptr<const TextPairs> pairs, Conversation conversation)
      : pairs_(std::move(pairs)), conversation_(std::move(conversation)) {}

  TextPair at(std::uint64_t position) const override {
    TextPair pair = pairs_->at(position);
    pair.prompt = conversation_(pair.prompt, place(position));
    pair.chat = true;
    return pair;
  }
  std::uint64_t size() const override { return pairs_->size(); }
  std::string place(std::uint64_t position) const override { return pairs_->place(position); }

 private:
  std::unique_ptr<const TextPairs> pairs_;
  Conversation conversation_;
};

}  // namespace

std::shared_ptr<const rollout::ProblemSource> as_conversations(
    std::shared_ptr<const rollout::ProblemSource> problems, const ChatConfig& config,
    const std::filesystem::path& model) {
  auto result = std::make_shared<ChatProblems>(std::move(problems), Conversation(config, model));
  result->at(0);
  return result;
}

std::unique_ptr<const TextPairs> as_conversations(std::unique_ptr<const TextPairs> pairs,
                                                  const ChatConfig& config,
                                                  const std::filesystem::path& model) {
  auto result = std::make_unique<ChatPairs>(std::move(pairs), Conversation(config, model));
  result->at(0);
  return result;
}

}  // namespace hone::rl
