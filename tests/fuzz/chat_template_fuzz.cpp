#include "model/chat_template.h"

#include "tests/fuzz/input.h"

using namespace hone;

// A chat template is refused, when it is read or when it is reached, or it makes a text: no program
// in it takes for ever, or all memory.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tests::TempFolder folder;
  static const auto messages = nlohmann::ordered_json::parse(R"([
    {"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"},
    {"role": "assistant", "content": "<think>\nsum\n</think>\n4"}, {"role": "user", "content": ""}])");
  static const auto variables = nlohmann::ordered_json::parse(R"({"enable_thinking": true,
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"x": 1.5}}}]})");
  tests::put(folder.path() / "chat_template.jinja", data, size);
  tests::read([&] {
    const auto source = model::read_chat_source(folder.path());
    const model::ChatTemplate chat(*source);
    for (const bool prompt : {false, true}) tests::read([&] { chat.render(messages, prompt); });
    chat.render(messages, true, variables);
  });
  return 0;
}
