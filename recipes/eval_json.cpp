#include "recipes/eval_json.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace hone::recipes {
namespace {

using Json = nlohmann::ordered_json;

void add_figures(Json& json, const std::string& prefix, const rl::EvalResult& result) {
  const auto add = [&](const std::string& name, const auto& value) { json[prefix + name] = value; };
  add("problems", result.problems);
  add("samples", result.samples);
  add("pass@1", result.pass_at_1);
  add("pass@1_stderr", result.pass_at_1_stderr);
  add("greedy", result.greedy);
  add("greedy_stderr", result.greedy_stderr);
  for (const auto& [k, value] : result.pass_at_k) {
    if (k > 1) add("pass@" + std::to_string(k), value);
  }
  add("maj@" + std::to_string(result.samples), result.maj_at_k);
  add("format", result.format);
  add("mean_length", result.mean_length);
  add("truncated", result.truncated);
  // A mean of nothing is null: JSON has no NaN.
  for (const auto& [name, mean] : result.rewards) add("rewards/" + name, mean);
  for (const auto& [name, share] : result.source_pass_at_1) add("pass@1/" + name, share);
  for (const rl::SourceResult& source : result.sources) {
    add("pass@1_stderr/" + source.name, source.pass_at_1_stderr);
    add("greedy/" + source.name, source.greedy);
    add("greedy_stderr/" + source.name, source.greedy_stderr);
    add("problems/" + source.name, source.problems);
  }
  add("no_answer", result.no_answer);
}

void add_settings(Json& json, const std::string& prefix, const rl::EvalSettings& settings) {
  json[prefix + "data"] = settings.data;
  json[prefix + "temperature"] = settings.temperature;
  json[prefix + "top_p"] = settings.top_p;
  json[prefix + "max_new_tokens"] = settings.max_new_tokens;
  json[prefix + "seed"] = settings.seed;
  json[prefix + "reading"] = settings.reading;
  json[prefix + "chat"] = settings.chat;
  json[prefix + "prompt_template"] =
      settings.prompt_template.empty() ? Json() : Json(settings.prompt_template);
}

void add_all(Json& json, const std::string& prefix, const rl::EvalResult& result) {
  if (result.problems > 0 || !result.text) add_figures(json, prefix, result);
  if (result.settings) add_settings(json, prefix, *result.settings);
  for (const auto& [name, other] : result.readings) {
    add_figures(json, prefix + "reading/" + name + "/", other);
  }
  for (const auto& [name, other] : result.also) add_all(json, prefix + "also/" + name + "/", other);
}

template <class... Values>
std::string printed(const char* format, Values... values) {
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

}  // namespace

std::string eval_json(const std::string& model, std::int64_t parameters,
                      const rl::EvalResult& result) {
  Json json = {{"model", model}, {"parameters", parameters}};
  add_all(json, "", result);
  if (result.text) {
    json["perplexity"] = result.text->perplexity;
    json["bits_per_byte"] = result.text->bits_per_byte;
    json["text_tokens"] = result.text->tokens;
    json["text_windows"] = result.text->windows;
    json["text_window"] = result.text->window;
    json["text_bytes"] = result.text->bytes;
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string plan_sentence(const rl::EvalConfig& config) {
  std::string text = "answering " + std::to_string(config.problems) + " held-out problems";
  for (const rl::AlsoConfig& also : config.also) text += ", " + also.name;
  return text;
}

std::string eval_sentence(const rl::EvalResult& result) {
  std::string text = printed(
      "on %lld held-out problems: pass@1 %.3f (standard error %.3f), greedy %.3f, format "
      "%.3f, mean length %.1f tokens",
      static_cast<long long>(result.problems), result.pass_at_1, result.pass_at_1_stderr,
      result.greedy, result.format, result.mean_length);
  for (const auto& [name, other] : result.readings) {
    text += "; read as " + name + printed(": pass@1 %.3f", other.pass_at_1);
  }
  for (const auto& [name, other] : result.also) {
    text += "; " + name +
            printed(": pass@1 %.3f (%.3f), greedy %.3f", other.pass_at_1, other.pass_at_1_stderr,
                    other.greedy);
  }
  if (result.text) text += printed("; perplexity %.3f", result.text->perplexity);
  return text;
}

}  // namespace hone::recipes
