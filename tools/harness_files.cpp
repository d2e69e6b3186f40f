#include "tools/harness_files.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "model/durable.h"
#include "rl/scoring.h"

namespace hone::tools {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::system_clock;
using Json = nlohmann::ordered_json;
using rewards::Reading;

double seconds_of(Clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// "2026-11-30T12-34-56.123456", local time, as the harness names its files.
std::string time_stamp(Clock::time_point time) {
  const std::time_t whole = Clock::to_time_t(time);
  std::tm local{};
  localtime_r(&whole, &local);
  std::array<char, 32> date{}, text{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H-%M-%S", &local);
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()) %
      std::chrono::seconds(1);
  std::snprintf(text.data(), text.size(), ".%06lld", static_cast<long long>(micros.count()));
  return std::string(date.data()) + text.data();
}

/// A name that can be part of a file's.
std::string file_name_part(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == ':' || c == '\\'; }, '_');
  return name;
}

std::string task_name(const rl::MeasureConfig& config) {
  if (config.data.task) return file_name_part(rl::source_name(config.data));
  return file_name_part(fs::path(rl::source_name(config.data)).stem().string());
}

std::string filter_name(Reading reading) {
  if (reading == Reading::kAuto) return "none";
  if (reading == Reading::kLastNumber) return "flexible-extract";
  if (reading == Reading::kHash) return "strict-match";
  return std::string(rewards::reading_name(reading));
}

std::string metric_name(Reading reading) {
  return reading == Reading::kAuto ? "acc" : "exact_match";
}

void add_metric(Json& figures, const std::string& metric, const std::string& filter, double value,
                double error) {
  figures[metric + "," + filter] = value;
  figures[metric + "_stderr," + filter] = error;
}

Json figures_of(const HarnessRun& run, const std::string& task) {
  Json figures = {{"alias", task}};
  const auto readings = rl::all_readings(run.config);
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const rl::EvalResult& result = i == 0 ? run.result : run.result.readings.at(i - 1).result;
    const std::string metric = metric_name(readings[i]), filter = filter_name(readings[i]);
    add_metric(figures, metric, filter, result.pass_at_1, result.pass_at_1_stderr);
    add_metric(figures, "greedy_" + metric, filter, result.greedy, result.greedy_stderr);
    for (const auto& [k, value] : result.pass_at_k) {
      if (k > 1) figures["pass@" + std::to_string(k) + "," + filter] = value;
    }
    figures["maj@" + std::to_string(result.samples) + "," + filter] = result.maj_at_k;
  }
  return figures;
}

Json generation_of(const rl::MeasureConfig& config) {
  return {{"until", Json::array()},
          {"do_sample", true},
          {"temperature", config.temperature},
          {"top_p", config.top_p},
          {"max_gen_toks", config.max_new_tokens}};
}

/// Every metric is better when it is higher, but for those of a text.
Json better_of(const Json& figures, bool higher) {
  Json better = Json::object();
  for (const auto& [key, value] : figures.items()) {
    const std::string metric = key.substr(0, key.find(','));
    if (key != "alias" && !metric.ends_with("_stderr")) better[metric] = higher;
  }
  return better;
}

/// Puts a task into the tables that the harness keys by tasks.
void add_task(Json& results, const std::string& task, const Json& figures, bool higher,
              std::int64_t count, const Json& config) {
  results["results"][task] = figures;
  results["group_subtasks"][task] = Json::array();
  results["configs"][task] = config;
  results["versions"][task] = 1;
  results["n-shot"][task] = 0;
  results["higher_is_better"][task] = better_of(figures, higher);
  results["n-samples"][task] = {{"original", count}, {"effective", count}};
}

Json text_figures(const rl::TextResult& text, const std::string& task) {
  return {{"alias", task},
          {"perplexity,none", text.perplexity},
          {"byte_perplexity,none", std::exp2(text.bits_per_byte)},
          {"bits_per_byte,none", text.bits_per_byte}};
}

Json results_of(const HarnessRun& run) {
  Json results = {{"results", Json::object()}};
  if (run.result.problems > 0) {
    const std::string task = task_name(run.config);
    add_task(results, task, figures_of(run, task), true, run.result.problems,
             {{"task", task},
              {"dataset_path", run.result.settings ? run.result.settings->data : ""},
              {"output_type", "generate_until"},
              {"num_fewshot", 0},
              {"repeats", run.config.samples},
              {"generation_kwargs", generation_of(run.config)},
              {"metadata", {{"version", 1}}}});
  }
  if (run.result.text) {
    const std::string task = file_name_part(fs::path(run.text_path).stem().string()) + "_text";
    add_task(results, task, text_figures(*run.result.text, task), false, 1,
             {{"task", task},
              {"dataset_path", run.text_path},
              {"output_type", "loglikelihood_rolling"},
              {"num_fewshot", 0},
              {"window", run.result.text->window}});
  }
  const bool chat = run.result.settings && run.result.settings->chat;
  results["config"] = {{"model", "hone"},
                       {"model_args", "pretrained=" + run.model},
                       {"model_num_parameters", run.parameters},
                       {"limit", run.config.problems},
                       {"gen_kwargs", generation_of(run.config)}};
  if (run.result.settings) results["config"]["random_seed"] = run.result.settings->seed;
  results["model_source"] = "hone";
  results["model_name"] = run.model;
  results["apply_chat_template"] = chat;
  results["date"] = seconds_of(run.start);
  results["total_evaluation_time_seconds"] =
      std::to_string(seconds_of(Clock::now()) - seconds_of(run.start));
  return results;
}

/// A line a problem and reading, as the harness has one a document and filter.
std::string sample_lines(const HarnessRun& run) {
  const auto& sampled = run.completions.sampled;
  const auto samples = static_cast<std::size_t>(run.config.samples);
  std::string lines;
  for (const Reading reading : rl::all_readings(run.config)) {
    const auto verifier = rl::verifier_of(run.config.data, reading);
    const auto scores = rl::scores_of(*verifier, sampled);
    for (std::size_t first = 0; first < sampled.size(); first += samples) {
      Json responses = Json::array(), filtered = Json::array();
      double right = 0;
      for (std::size_t i = first; i < first + samples; ++i) {
        const rollout::Rollout& r = sampled[i];
        const rewards::FoundAnswer found = rewards::find_answer(reading, r.completion, r.answer,
                                                                rewards::opens_reasoning(r.prompt));
        const bool is_found = found.kind == rewards::Extracted::Kind::kFound;
        responses.push_back(r.completion);
        const bool whole = !is_found && scores[i].status == rewards::Status::kCorrect;
        filtered.push_back(is_found ? found.text : whole ? r.completion : "[invalid]");
        right += scores[i].status == rewards::Status::kCorrect;
      }
      const rollout::Rollout& r = sampled[first];
      const Json line = {
          {"doc_id", first / samples},
          {"doc", {{"prompt", r.prompt}, {"answer", r.answer}, {"metadata", r.metadata}}},
          {"target", r.answer},
          {"arguments",
           {{"gen_args_0", {{"arg_0", r.prompt}, {"arg_1", generation_of(run.config)}}}}},
          {"resps", Json::array({responses})},
          {"filtered_resps", filtered},
          {"filter", filter_name(reading)},
          {"metrics", Json::array({metric_name(reading)})},
          {metric_name(reading), right / static_cast<double>(samples)}};
      lines += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    }
  }
  return lines;
}

}  // namespace

std::vector<fs::path> write_harness_files(const fs::path& folder, const HarnessRun& run) {
  const std::string stamp = time_stamp(Clock::now());
  std::error_code error;
  fs::create_directories(folder, error);  // what is wrong with it is said when a file is written
  std::vector<fs::path> written = {folder / ("results_" + stamp + ".json")};
  model::write_file_atomic(
      written[0], results_of(run).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  if (run.result.problems == 0) return written;
  written.push_back(folder / ("samples_" + task_name(run.config) + "_" + stamp + ".jsonl"));
  model::write_file_atomic(written[1], sample_lines(run));
  return written;
}

}  // namespace hone::tools
