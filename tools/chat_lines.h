#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "model/chat_template.h"

namespace hone::tools {

/// Lines with "messages" as text, through the chat template of a checkpoint folder. It is read when
/// the first such line comes.
class ChatLines {
 public:
  explicit ChatLines(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The text of a line's "messages". What else stands in the line is given to the template by its
  /// name, as apply_chat_template does: "add_generation_prompt", "tools", "enable_thinking", ...
  /// Throws: DataError with the place.
  std::string render(const nlohmann::ordered_json& line, const std::string& place,
                     bool add_generation_prompt);

 private:
  std::filesystem::path folder_;
  std::optional<model::ChatTemplate> template_;
};

}  // namespace hone::tools
