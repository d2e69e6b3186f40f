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

TEST_CASE("chat template: chat_template.jinja wins over tokenizer_config.json") {
  const ordered_json config = {{"chat_template", "config {{ messages[0].content }}"},
                               {"bos_token", "<s>"},
                               {"eos_token", {{"content", "</s>"}, {"lstrip", false}}}};
  CHECK(ChatFolder(config, "{{ bos_token }}file{{ eos_token }}").render() == "<s>file</s>");
  CHECK(ChatFolder(config, "").render() == "config 2+2?");
  CHECK(ChatFolder(nullptr, "{{ bos_token is defined }}").render() == "False");
  const ordered_json named = {
      {"chat_template",
       {{{"name", "rag"}, {"template", "rag"}}, {{"name", "default"}, {"template", "usual"}}}}};
  CHECK(ChatFolder(named, "").render() == "usual");
  ChatFolder map({{"chat_template", "{{ bos_token }}{{ eos_token }}"}, {"eos_token", "E"}}, "");
  put(map.path() / "special_tokens_map.json", R"({"bos_token": "B", "eos_token": "other"})");
  CHECK(map.render() == "BE");
}

TEST_CASE("chat template: conversations with tools take the template called tool_use") {
  const ChatTemplate both({"t.jinja", "usual", "tools", ordered_json::object()});
  CHECK(both.render(kQuestion, true) == "usual");
  CHECK(both.render(kQuestion, true, {{"tools", ordered_json::array()}}) == "tools");
}

TEST_CASE("chat template: a folder's bad files are named, with the field") {
  const auto error = [](const ordered_json& config, const std::string& jinja) {
    const ChatFolder folder(config, jinja);
    return data_error([&] { folder.render(); });
  };
  CHECK(!read_chat_source(ChatFolder(ordered_json::object(), "").path()));
  CHECK_THAT(data_error([&] { load_chat_template(ChatFolder(nullptr, "").path()); }),
             Contains("has no chat template: no chat_template.jinja"));
  CHECK_THAT(error({{"chat_template", 3}}, ""), Contains("tokenizer_config.json: chat_template"));
  CHECK_THAT(
      error({{"chat_template", {{{"name", "rag"}, {"template", "x"}}}}}, ""),
      Contains("tokenizer_config.json: chat_template: expected a template called \"default\""));
  CHECK_THAT(error({{"chat_template", {1}}}, ""), Contains("expected a list of {name, template}"));
  CHECK_THAT(error({{"chat_template", "\n{% foo %}"}}, ""),
             Contains("tokenizer_config.json: chat_template:2: the tag \"foo\" is not supported"));
  CHECK_THAT(error({{"chat_template", std::string(1100000, ' ')}}, ""),
             Contains("chat_template: expected a chat template of at most 1 MiB"));
  CHECK_THAT(error(nullptr, std::string(1100000, ' ')), Contains("chat_template.jinja: expected"));
  CHECK_THAT(error(nullptr, "\xff\xfe"), Contains("expected a chat template in UTF-8"));
}

TEST_CASE("chat template: what is no conversation is refused") {
  const ChatTemplate any = chat("x");
  CHECK_THAT(data_error([&] { any.render(ordered_json::array(), true); }),
             Contains("messages: expected a list of at least one message"));
  CHECK_THAT(data_error([&] { any.render({{"role", "user"}}, true); }), Contains("got object"));
  CHECK_THAT(data_error([&] { any.render(ordered_json::array({"text"}), true); }),
             Contains("messages[0]: expected an object"));
}

TEST_CASE("chat template: what is not supported is named, with its line") {
  for (const char* tag : {"include 'a'", "extends 'a'", "import 'a' as b", "from 'a' import b",
                          "block x", "call f()", "do f()", "autoescape true", "trans"}) {
    const std::string name = std::string(tag).substr(0, std::string(tag).find(' '));
    CHECK_THAT(error_of("\n\n{% " + std::string(tag) + " %}"),
               Contains("t.jinja:3: the tag \"" + name + "\" is not supported"));
  }
  CHECK_THAT(error_of("{{ 1|wordwrap }}"), Contains("t.jinja:1: the filter \"wordwrap\""));
  CHECK_THAT(error_of("{{ 1 is filter }}"), Contains("t.jinja:1: the test \"filter\""));
  CHECK_THAT(error_of("{{ 's'.zfill(3) }}"), Contains("the method \"zfill\" of a str is not"));
  CHECK_THAT(error_of("{{ messages.append(1) }}"), Contains("the method \"append\" of a list"));
  CHECK_THAT(error_of("{{ ''.__class__ }}"), Contains("\"__class__\" is not allowed"));
  CHECK_THAT(error_of("{{ lipsum() }}"), Contains("\"lipsum\" is not supported"));
  CHECK_THAT(error_of("{% for i in [] recursive %}{% endfor %}"), Contains("a recursive loop"));
  CHECK_THAT(error_of("{{ ('a'|safe) ~ '<' }}"), Contains("\"safe\" inside of an expression"));
  CHECK_THAT(error_of("{{ '%s' % 1 }}"), Contains("formatting a text by %"));
  CHECK(run("{{ '<b>'|safe }}") == "<b>");
}

TEST_CASE("chat template: errors say where and what") {
  CHECK_THAT(error_of("\n{{ raise_exception('Only user and ' ~ 1) }}"),
             Contains("t.jinja:2: Only user and 1"));
  CHECK_THAT(error_of("{{ a.b }}"), Contains("t.jinja:1: \"a\" is undefined"));
  CHECK_THAT(error_of("{{ 'a' + 1 }}"), Contains("no + between str and int"));
  CHECK_THAT(error_of("{{ 1 // 0 }}"), Contains("a division by zero"));
  CHECK_THAT(error_of("{{ 9223372036854775807 + 1 }}"), Contains("at most 18 digits"));
  CHECK_THAT(error_of("{{ 999999999999999999 * 10 }}"), Contains("beyond 64 bits"));
  CHECK_THAT(error_of("{{ f( }}"), Contains("t.jinja:1"));
  CHECK_THAT(error_of("a\n{{ 1"), Contains("t.jinja:2: a tag that is not closed"));
  CHECK_THAT(error_of("{# x"), Contains("a comment that is not closed"));
  CHECK_THAT(error_of("{% raw %}"), Contains("a raw block that is not closed"));
  CHECK_THAT(error_of("\n{% if true %}x"), Contains("not closed by endif"));
  CHECK_THAT(error_of("{% endif %}"), Contains("the tag \"endif\""));
  CHECK_THAT(error_of("{{ 'x }}"), Contains("a string that is not closed"));
  CHECK_THAT(error_of("{{ 'a' 1 }}"), Contains("expected }}, got 1"));
  CHECK_THAT(error_of("{% break %}"), Contains("outside of a loop"));
  CHECK_THAT(error_of("{% set x.y = 1 %}"), Contains("only a namespace's attributes"));
}

TEST_CASE("chat template: no template hangs or takes memory without end") {
  const auto nested = [](const std::string& open, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += open;
    return text;
  };
  CHECK_THAT(error_of("{{ " + nested("(", 100000) + "1" + nested(")", 100000) + " }}"),
             Contains("nested too deeply"));
  CHECK_THAT(error_of("{{ " + nested("[", 100000) + nested("]", 100000) + " }}"),
             Contains("nested too deeply"));
  CHECK_THAT(error_of("{{ " + nested("not ", 100000) + "1 }}"), Contains("nested too deeply"));
  CHECK_THAT(error_of("{{ " + nested("- ", 100000) + "1 }}"), Contains("nested too deeply"));
  CHECK_THAT(error_of("{{ " + nested("1 if 1 else ", 80000) + "1 }}"),
             Contains("nested too deeply"));
  CHECK_THAT(error_of(nested("{% if 1 %}", 100000)), Contains("nested too deeply"));
  CHECK_THAT(error_of("{{ 1" + nested(" + 1", 100000) + " }}"), Contains("too many parts"));
  CHECK_THAT(error_of("{{ ''" + nested("|trim", 100000) + " }}"), Contains("too many parts"));
  CHECK_THAT(error_of("{{ a" + nested(".a", 100000) + " }}"), Contains("too many parts"));
  CHECK_THAT(error_of("{% for i in range(10**9) %}{% endfor %}"), Contains("range() of more than"));
  CHECK_THAT(error_of("{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}"
                      "{% endfor %}"),
             Contains("takes too long"));
  CHECK_THAT(error_of("{{ 'x' * 10**12 }}"), Contains("a text of more than 16 MiB"));
  CHECK_THAT(error_of("{{ [1] * 10**12 }}"), Contains("takes too long"));
  CHECK_THAT(error_of("{{ '' * 10**17 }}{{ [] * 10**17 }}x{{ 2**10**17 }}"), Contains("64 bits"));
  CHECK_THAT(error_of("{% for i in range(9999) %}{{ 'x' * 10000 }}{% endfor %}"),
             Contains("a text of more than 16 MiB"));
  CHECK_THAT(error_of("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}"),
             Contains("too many levels of calls"));
  const std::string grows = "{% set n = namespace(x=[1, 2]) %}{% for i in range(9999) %}";
  CHECK_THAT(error_of(grows + "{% set n.x = [n.x, n.x] %}{% endfor %}"), Contains("parts"));
  CHECK_THAT(error_of(grows + "{% set n.x = [n.x] %}{% endfor %}"), Contains("levels"));
  CHECK_THAT(error_of(grows + "{% set n.x = [n.x]|select %}{% endfor %}"), Contains("levels"));
  CHECK_THAT(error_of(grows + "{% for y in [n.x] %}{% set n.x = loop %}{% endfor %}{% endfor %}"),
             Contains("levels"));
  CHECK_THAT(error_of(grows + "{% set n.x = [n.x].count %}{% endfor %}"), Contains("levels"));
  CHECK_THAT(error_of("{% set n = namespace(x='xx') %}{% for i in range(99) %}"
                      "{% set n.x = n.x|replace('x', n.x) %}{% endfor %}"),
             Contains("a text of more than 16 MiB"));
  CHECK_THAT(error_of("{{ ('x' * 9999)|join('x' * 9999) }}"), Contains("16 MiB"));
  CHECK_THAT(error_of("{{ 'a\nb'|indent(10**9) ~ ('\na' * 99)|indent(10**9) }}"),
             Contains("16 MiB"));
}

TEST_CASE("chat template: namespaces and macros that hold themselves are let go") {
  // AddressSanitizer would report what is not.
  CHECK(run("{% set n = namespace() %}{% set n.n = n %}{% set m = namespace(n=[n]) %}"
            "{% set n.m = m %}{% macro f() %}{% set n.f = f %}x{% endmacro %}{{ f() }}") == "x");
  CHECK(run("{% set n = namespace(f=none) %}{% for i in range(2000) %}{% set old = n.f %}"
            "{% macro f() %}{{ i }}{% endmacro %}{% set n.f = f %}{% endfor %}{{ n.f() }}") ==
        "1999");
}

TEST_CASE("chat template: the date is today's, as strftime writes it") {
  const auto today = [] {
    const std::time_t now = std::time(nullptr);
    char text[64];
    std::tm local{};
    ::localtime_r(&now, &local);
    return std::string(text, std::strftime(text, sizeof text, "%d %b %Y", &local));
  };
  const std::string before = today();
  const std::string shown = run("{{ strftime_now('%d %b %Y') }}");
  CHECK((shown == before || shown == today()));
}
