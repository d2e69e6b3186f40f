#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hone::model {

/// A checkpoint's chat template as it stands in its files: not yet looked into, so that a template
/// which cannot be used disturbs nobody who does not ask for it.
struct ChatSource {
  std::string place;     // "FILE", or "FILE: FIELD"
  std::string text;      // the Jinja program
  std::string tool_use;  // the one for conversations with tools, if there is another
  nlohmann::ordered_json special_tokens = nlohmann::ordered_json::object();
};

/// chat_template.jinja of a folder, else `chat_template` of its tokenizer_config.json: a text, or a
/// list of {name, template}; of a GGUF file `tokenizer.chat_template`. None if there is none.
/// Throws: DataError naming file and field for one that is no template or absurdly large.
std::optional<ChatSource> read_chat_source(const std::filesystem::path& model);

/// Conversations as the text that a model was trained on. Immutable, thread-safe.
class ChatTemplate {
 public:
  /// Throws: DataError with file and line for what is not Jinja or not supported.
  explicit ChatTemplate(const ChatSource& source);
  ~ChatTemplate();
  ChatTemplate(ChatTemplate&&) noexcept;

  /// The text of `messages`, a list of {"role", "content", ...}, with the beginning of an answer if
  /// `add_generation_prompt`. `variables` are what apply_chat_template takes by name: tools,
  /// documents, and whatever the template knows, such as enable_thinking. Special tokens are in the
  /// text: it is encoded without adding any.
  /// Throws: DataError for messages that are none, and with file and line for what the template
  /// refuses or takes too long for.
  /// Source: transformers' apply_chat_template.
  std::string render(
      const nlohmann::ordered_json& messages, bool add_generation_prompt,
      const nlohmann::ordered_json& variables = nlohmann::ordered_json::object()) const;

 private:
  struct Programs;
  std::unique_ptr<const Programs> programs_;
};

/// The chat template of a model, which has to have one. Throws: DataError.
ChatTemplate load_chat_template(const std::filesystem::path& model);

/// A question as a conversation, after a system message if there is one.
nlohmann::ordered_json chat_messages(const std::string& system, const std::string& question);

}  // namespace hone::model
