#include "tools/chat_lines.h"

#include "model/error.h"

namespace hone::tools {

using nlohmann::ordered_json;

std::string ChatLines::render(const ordered_json& line, const std::string& place,
                              bool add_generation_prompt) {
  if (const auto prompt = line.find("add_generation_prompt"); prompt != line.end()) {
    if (!prompt->is_boolean()) {
      throw DataError(place + ": \"add_generation_prompt\"", "true or false", prompt->dump());
    }
    add_generation_prompt = prompt->get<bool>();
  }
  try {
    if (!template_) template_.emplace(model::load_chat_template(folder_));
    return template_->render(line.at("messages"), add_generation_prompt, line);
  } catch (const DataError& error) {
    throw DataError(place, error.what());
  }
}

}  // namespace hone::tools
