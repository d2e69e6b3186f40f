#include "model/chat_template.h"

#include <catch2/catch.hpp>
#include <ctime>

#include "model/jinja/evaluator.h"
#include "model/jinja/parser.h"
#include "tests/model/files.h"
#include "tests/support/text_of.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;
using nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

fs::path parity(const std::string& name) {
  return fs::path(HONE_SOURCE_DIR) / "tests/parity" / name;
}

ordered_json fixture_json(const std::string& name) {
  return ordered_json::parse(text_of(parity(name)));
}

const ordered_json kQuestion = chat_messages("", "2+2?");

ChatTemplate chat(const std::string& text) { return ChatTemplate({"t.jinja", text, "", {}}); }

/// What a template gives without messages.
std::string run(const std::string& text, const ordered_json& variables = ordered_json::object()) {
  return chat(text).render(kQuestion, false, variables);
}

/// What stands in the DataError of a template.
std::string error_of(const std::string& text) {
  return data_error([&] { run(text); });
}

/// A checkpoint folder with these files.
struct ChatFolder : TempFolder {
  ChatFolder(const ordered_json& config, const std::string& jinja) {
    if (!config.is_null()) put(path() / "tokenizer_config.json", config.dump());
    if (!jinja.empty()) put(path() / "chat_template.jinja", jinja);
  }
  std::string render() const {
    return ChatTemplate(read_chat_source(path()).value()).render(kQuestion, true);
  }
};

}  // namespace

TEST_CASE("chat template: the published templates give what transformers gives") {
  const ordered_json all = fixture_json("chat_templates.json");
  std::map<std::string, std::unique_ptr<ChatTemplate>> templates;
  for (const auto& test : all["cases"]) {
    const std::string name = test["template"];
    if (!templates.contains(name)) {
      templates[name] = std::make_unique<ChatTemplate>(
          ChatSource{name, text_of(parity("chat_templates") / name), "", all["special_tokens"]});
    }
    INFO(test.dump());
    const auto render = [&] {
      return templates[name]->render(all["conversations"][std::string(test["conversation"])],
                                     test["add_generation_prompt"], test["variables"]);
    };
    if (test["output"].is_null()) {
      CHECK_THAT(data_error(render), Contains(name + ":"));
    } else {
      CHECK(render() == test["output"]);
    }
  }
  CHECK(templates.size() == 12);
}

TEST_CASE("chat template: random programs give what Jinja gives, errors where it raises") {
  const ordered_json all = fixture_json("jinja_programs.json");
  for (const auto& test : all["cases"]) {
    INFO(test.dump());
    if (test[1].is_null()) {
      CHECK_THAT(data_error([&] { run(test[0], all["variables"]); }), Contains("t.jinja:"));
    } else {
      CHECK(run(test[0], all["variables"]) == test[1]);
    }
  }
}
