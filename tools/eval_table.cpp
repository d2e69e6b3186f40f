#include "tools/eval_table.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "rl/no_answer.h"
#include "rl/scoring.h"
#include "tools/terminal_text.h"

namespace hone::tools {
namespace {

constexpr std::size_t kExamples = 2;
constexpr std::size_t kShownCharacters = 200;
constexpr std::size_t kShownTemplate = 60;

template <class... Values>
std::string printed(const char* format, Values... values) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

long long whole(std::int64_t value) { return static_cast<long long>(value); }

std::string figures(const rl::EvalResult& r) {
  std::string text =
      printed("problems          %lld, %lld samples each\n", whole(r.problems), whole(r.samples));
  text += printed("pass@1 (sampled)  %.4f +- %.4f\n", r.pass_at_1, r.pass_at_1_stderr);
  text += printed("greedy            %.4f +- %.4f\n", r.greedy, r.greedy_stderr);
  for (const auto& [k, value] : r.pass_at_k) {
    if (k > 1) text += printed("pass@%-12lld %.4f\n", whole(k), value);
  }
  text += printed("maj@%-13lld %.4f\n", whole(r.samples), r.maj_at_k);
  text += printed("format            %.4f\n", r.format);
  text += printed("mean length       %.1f tokens, %.4f cut off\n", r.mean_length, r.truncated);
  return text + printed("no answer         %.4f\n", r.no_answer);
}

std::string reading_row(const std::string& name, const rl::EvalResult& r) {
  return printed("%-16s  %.4f +- %.4f  %.4f +- %.4f  %.4f  %.4f\n", name.c_str(), r.pass_at_1,
                 r.pass_at_1_stderr, r.greedy, r.greedy_stderr, r.maj_at_k, r.no_answer);
}

/// A row for each reading of the same completions.
std::string readings_table(const rl::EvalResult& r) {
  if (r.readings.empty() || !r.settings) return {};
  std::string text =
      printed("\n%-16s  %-16s  %-16s  %-6s  %s\n", "answer read as", "pass@1 (sampled)", "greedy",
              ("maj@" + std::to_string(r.samples)).c_str(), "no answer");
  text += reading_row(r.settings->reading, r);
  for (const auto& [name, result] : r.readings) text += reading_row(name, result);
  return text;
}

std::string settings_lines(const rl::EvalSettings& s) {
  std::string prompt = s.chat ? "the model's chat template" : "plain text";
  if (!s.prompt_template.empty()) {
    prompt += ", prompt template " + terminal_line(s.prompt_template, kShownTemplate);
  }
  return "\ndata              " + terminal_text(s.data) + "\nprompt            " + prompt +
         "\nanswer            " + s.reading +
         printed(
             "\nsampling          temperature %g, top-p %g, at most %lld new tokens, seed %llu\n",
             s.temperature, s.top_p, whole(s.max_new_tokens),
             static_cast<unsigned long long>(s.seed));
}

std::string text_lines(const rl::TextResult& r) {
  return printed("perplexity        %.4f\nbits per byte     %.4f\n", r.perplexity,
                 r.bits_per_byte) +
         printed("text              %lld tokens predicted in %lld windows of %lld, %lld bytes\n",
                 whole(r.tokens), whole(r.windows), whole(r.window), whole(r.bytes));
}

std::string indented(const std::string& text) {
  std::string out = "    ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "    ";
  }
  return out + "\n";
}

/// Places of `count` completions: the first of each problem, then the second of each, ...
std::vector<std::size_t> spread(std::size_t completions, std::size_t samples, std::size_t count) {
  std::vector<std::size_t> places;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    for (std::size_t i = sample; i < completions && places.size() < count; i += samples) {
      places.push_back(i);
    }
  }
  return places;
}

}  // namespace

std::string eval_table(const rl::EvalResult& result) {
  std::string text;
  if (result.problems > 0) text = figures(result) + readings_table(result);
  if (result.text) text += (text.empty() ? "" : "\n") + text_lines(*result.text);
  if (result.settings) text += settings_lines(*result.settings);
  return text;
}

std::string no_answer_text(const rl::Completions& completions, const rl::MeasureConfig& config) {
  const auto scores =
      rl::scores_of(*rl::verifier_of(config.data, config.reading), completions.sampled);
  const rl::NoAnswer result =
      rl::explain_no_answer(completions.sampled, scores, config.data, config.reading);
  const std::string why =
      rl::describe(result, [](const std::string& reading) { return "--answer " + reading; });
  if (why.empty()) return {};
  std::string text = "\n" + why + "\n";
  for (std::size_t i = 0; i < std::min(kExamples, result.without.size()); ++i) {
    const std::size_t at = result.without[i];
    text += "  " + terminal_line(completions.sampled[at].completion, kShownCharacters) + "\n    " +
            terminal_text(scores[at].detail) + "\n";
  }
  return text;
}

std::string shown_completions(const rl::Completions& completions, const rl::MeasureConfig& config,
                              std::int64_t count) {
  const std::vector<rewards::Reading> readings = rl::all_readings(config);
  std::vector<std::unique_ptr<rewards::Reward>> verifiers;
  for (const auto reading : readings) verifiers.push_back(rl::verifier_of(config.data, reading));
  const auto samples = static_cast<std::size_t>(config.samples);
  std::string text;
  for (const std::size_t i :
       spread(completions.sampled.size(), samples, static_cast<std::size_t>(count))) {
    const rollout::Rollout& r = completions.sampled[i];
    text += "\nproblem " + std::to_string(i / samples + 1) + ", sample " +
            std::to_string(i % samples + 1) + "\n  prompt\n" + indented(terminal_text(r.prompt));
    text += "  completion, " + std::to_string(r.completion_length()) + " tokens" +
            (r.finish == rollout::Finish::kLength ? ", cut off" : "") + "\n" +
            indented(terminal_text(r.completion));
    text += "  reference answer\n" + indented(terminal_text(r.answer));
    for (std::size_t k = 0; k < readings.size(); ++k) {
      const rewards::Score score = verifiers[k]->score(rl::sample_of(r));
      text += "  " + std::string(rewards::reading_name(readings[k])) + ": " +
              std::string(rewards::status_name(score.status)) + ", " + terminal_text(score.detail) +
              "\n";
    }
  }
  return text;
}

}  // namespace hone::tools
