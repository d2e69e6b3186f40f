#include "model/chat_template.h"

#include <array>
#include <utility>

#include "model/error.h"
#include "model/jinja/evaluator.h"
#include "model/jinja/parser.h"
#include "model/json_fields.h"
#include "model/model_files.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kTemplateFile = "chat_template.jinja";
constexpr const char* kField = "chat_template";
constexpr std::size_t kMaxTemplate = std::size_t{1} << 20;
constexpr std::array kSpecialTokens = {"bos_token", "eos_token", "unk_token", "sep_token",
                                       "pad_token", "cls_token", "mask_token"};

std::string checked(std::string text, const std::string& place) {
  if (text.size() > kMaxTemplate) {
    throw DataError(place, "a chat template of at most 1 MiB",
                    std::to_string(text.size()) + " bytes");
  }
  if (!is_utf8(text)) throw DataError(place, "a chat template in UTF-8", "other bytes");
  return text;
}

/// A list of {name, template}: "default" and "tool_use" count.
void read_named(const nlohmann::json& list, ChatSource& source) {
  for (const auto& entry : list) {
    const bool named = entry.is_object() && entry.contains("name") && entry["name"].is_string() &&
                       entry.contains("template") && entry["template"].is_string();
    if (!named) throw DataError(source.place, "a list of {name, template}", entry.type_name());
    const std::string name = entry["name"].get<std::string>();
    if (name == "default") source.text = entry["template"].get<std::string>();
    if (name == "tool_use") source.tool_use = entry["template"].get<std::string>();
  }
  if (source.text.empty()) {
    throw DataError(source.place, "a template called \"default\"", "none of that name");
  }
}

/// Special tokens by their names; a file may give them as text or as {"content"}.
void read_special_tokens(const Fields& fields, ordered_json& tokens) {
  for (const char* name : kSpecialTokens) {
    if (tokens.contains(name) || !fields.has(name)) continue;
    const bool object = fields.json()[name].is_object();
    tokens[name] = object ? fields.object(name).text("content") : fields.text(name);
  }
}

void check_messages(const ordered_json& messages) {
  if (!messages.is_array() || messages.empty()) {
    throw DataError("messages", "a list of at least one message", messages.type_name());
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].is_object()) continue;
    throw DataError("messages[" + std::to_string(i) + "]", "an object with role and content",
                    messages[i].type_name());
  }
}

/// Without fields that are null, and with the reasoning under the names that templates know.
/// Source: apply_chat_template and _alias_reasoning_fields of transformers 5.
ordered_json normalized(const ordered_json& message) {
  ordered_json result = ordered_json::object();
  const ordered_json* reasoning = nullptr;
  for (const char* name : {"reasoning_content", "thinking", "reasoning"}) {
    const auto found = message.find(name);
    if (reasoning == nullptr && found != message.end() && !found->is_null()) reasoning = &*found;
  }
  if (reasoning != nullptr) result["thinking"] = *reasoning;
  for (const auto& [name, value] : message.items()) {
    if (!value.is_null()) result[name] = value;
  }
  if (reasoning != nullptr) result["reasoning_content"] = *reasoning;
  return result;
}

}  // namespace

std::optional<ChatSource> read_chat_source(const fs::path& model) {
  const auto files = open_model_files(model);
  const auto fields_of = [&](const char* name) -> std::optional<Fields> {
    if (!files->has(name)) return std::nullopt;
    return Fields::parse(files->text(name), model / name);
  };
  ChatSource source;
  const std::optional<Fields> config = fields_of(kTokenizerConfig);
  if (files->has(kTemplateFile)) {
    source.place = (model / kTemplateFile).string();
    source.text = files->text(kTemplateFile);
  } else if (config && config->has(kField)) {
    source.place = config->place(kField);
    const auto& field = config->json()[kField];
    if (field.is_array()) {
      read_named(field, source);
    } else {
      source.text = config->text(kField);
    }
  } else {
    return std::nullopt;
  }
  source.text = checked(std::move(source.text), source.place);
  source.tool_use = checked(std::move(source.tool_use), source.place);
  if (config) read_special_tokens(*config, source.special_tokens);
  if (const auto map = fields_of("special_tokens_map.json")) {
    read_special_tokens(*map, source.special_tokens);
  }
  return source;
}

struct ChatTemplate::Programs {
  std::string place;
  jinja::Body usual, tool_use;
  ordered_json special_tokens;
};

ChatTemplate::ChatTemplate(const ChatSource& source) {
  auto programs = std::make_unique<Programs>();
  programs->place = source.place;
  programs->usual = jinja::parse(source.text, source.place);
  if (!source.tool_use.empty()) programs->tool_use = jinja::parse(source.tool_use, source.place);
  programs->special_tokens = source.special_tokens;
  programs_ = std::move(programs);
}
ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;

std::string ChatTemplate::render(const ordered_json& messages, bool add_generation_prompt,
                                 const ordered_json& variables) const {
  check_messages(messages);
  ordered_json all = programs_->special_tokens;
  all["tools"] = nullptr;
  all["documents"] = nullptr;
  for (const auto& [name, value] : variables.items()) all[name] = value;
  all["messages"] = ordered_json::array();
  for (const ordered_json& message : messages) all["messages"].push_back(normalized(message));
  all["add_generation_prompt"] = add_generation_prompt;
  jinja::Pairs values;
  for (const auto& [name, value] : all.items()) {
    try {
      values.emplace_back(jinja::text_value(name), jinja::from_json(value));
    } catch (const jinja::Failure& failure) {
      throw DataError(name, failure.what());
    }
  }
  const bool tools = !programs_->tool_use.empty() && !all["tools"].is_null();
  return jinja::evaluate(tools ? programs_->tool_use : programs_->usual, programs_->place, values);
}

ChatTemplate load_chat_template(const fs::path& model) {
  if (const auto source = read_chat_source(model)) return ChatTemplate(*source);
  throw DataError(model.string(),
                  "has no chat template: no chat_template.jinja, and no chat_template in "
                  "tokenizer_config.json");
}

ordered_json chat_messages(const std::string& system, const std::string& question) {
  ordered_json messages = ordered_json::array();
  if (!system.empty()) messages.push_back({{"role", "system"}, {"content", system}});
  messages.push_back({{"role", "user"}, {"content", question}});
  return messages;
}

}  // namespace hone::model
