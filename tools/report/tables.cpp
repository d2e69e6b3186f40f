#include "tools/report/tables.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

#include "tools/report/format.h"

namespace hone::tools {
namespace {

constexpr std::string_view kReward = "rewards/";   // rewards/NAME: its mean
constexpr std::string_view kSource = "pass@1/";    // pass@1/NAME: of a source of a mixture
constexpr std::string_view kAlso = "also/";        // also/NAME/FIGURE: of a further measurement
constexpr std::string_view kReading = "reading/";  // reading/NAME/FIGURE: read in another way

std::string number_text(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// A share as a bar with a whisker of two standard errors, and in figures.
std::string bar_cell(double share, std::optional<double> error, std::size_t run) {
  constexpr double kBar = 120;
  const double x = kBar * std::clamp(share, 0.0, 1.0);
  std::string svg =
      "<svg class=\"bar\" viewBox=\"0 0 120 14\" aria-hidden=\"true\"><rect class=\"rail\" "
      "width=\"120\" height=\"14\" rx=\"3\"/><rect class=\"fill r" +
      std::to_string(run) + "\" width=\"" + number_text("%.1f", x) + "\" height=\"14\" rx=\"3\"/>";
  if (error && *error > 0) {
    const double low = kBar * std::clamp(share - 2 * *error, 0.0, 1.0);
    const double high = kBar * std::clamp(share + 2 * *error, 0.0, 1.0);
    const std::string d = "M" + number_text("%.1f", low) + " 7H" + number_text("%.1f", high) + "M" +
                          number_text("%.1f", low) + " 4v6M" + number_text("%.1f", high) + " 4v6";
    svg += "<path class=\"halo\" d=\"" + d + "\"/><path class=\"whisker\" d=\"" + d + "\"/>";
  }
  return "<td class=\"main\"><span>" + percent(share) +
         (error ? "<small> &plusmn;" + number_text("%.1f", 100 * *error) + "</small>" : "") +
         "</span>" + svg + "</svg></td>";
}

/// "pass@1_stderr" of "pass@1", "also/NAME/pass@1_stderr/SOURCE" of "also/NAME/pass@1/SOURCE".
std::string error_name(const std::string& name) {
  for (const char* figure : {"pass@1", "greedy"}) {
    const std::string own(figure);
    const std::size_t at = name.starts_with(own) ? 0 : name.find("/" + own) + 1;
    const std::size_t end = at + own.size();
    const bool whole =
        name.compare(at, own.size(), own) == 0 && (end == name.size() || name[end] == '/');
    if (whole) return name.substr(0, end) + "_stderr" + name.substr(end);
  }
  return name + "_stderr";
}

std::string cell(const EvalData& eval, const std::string& name) {
  const auto value = eval.get(name);
  if (!value) return "<td class=\"none\">&ndash;</td>";
  if (name == "mean_length") return "<td>" + number_text("%.1f", *value) + "</td>";
  if (name == "parameters") return "<td>" + count_text(*value) + "</td>";
  // A reward need not be a share: a penalty is below 0.
  if (name.starts_with(kReward)) return "<td>" + number_text("%.3f", *value) + "</td>";
  if (name == "perplexity" || name == "bits_per_byte") {
    return "<td>" + number_text("%.3f", *value) + "</td>";
  }
  const auto error = eval.get(error_name(name));
  return "<td>" + percent(*value) +
         (error ? "<small> &plusmn;" + number_text("%.1f", 100 * *error) + "</small>" : "") +
         "</td>";
}

/// What is shown of a further measurement or reading: pass@1, of sources too, and greedy.
bool is_main_figure(const std::string& name) {
  const std::string figure = name.substr(name.find('/', name.find('/') + 1) + 1);
  return figure == "pass@1" || figure == "greedy" || figure.starts_with(kSource);
}

/// "also/NAME/pass@1/SOURCE" taken apart: what was measured, and on what.
std::pair<std::string, std::string> measurement_of(const std::string& column) {
  const std::size_t begin = column.find('/') + 1, end = column.find('/', begin);
  const std::string figure = column.substr(end + 1);
  const std::size_t slash = figure.find('/');
  std::string name = column.substr(begin, end - begin);
  if (column.starts_with(kReading)) name = "read as " + name;
  if (slash != std::string::npos) name += ", " + figure.substr(slash + 1);
  return {figure.substr(0, slash), name};
}

/// The columns that some evaluation has: pass@k and maj@k for whatever k, further rewards, and
/// pass@1 by source.
std::vector<std::string> measure_columns(const std::vector<RunData>& runs) {
  std::vector<std::string> found{"greedy"}, majority, rewards, sources, further;
  const auto add = [](std::vector<std::string>& list, const std::string& name) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  for (const RunData& run : runs) {
    for (const EvalData& eval : run.evals) {
      for (const auto& [name, value] : eval.numbers) {
        if (name.starts_with(kSource)) add(sources, name);
        if (name.starts_with(kReward)) add(rewards, name);
        const bool other = name.starts_with(kAlso) || name.starts_with(kReading);
        if (other && is_main_figure(name)) add(further, name);
        const bool plain = name.find_first_of("_/") == std::string::npos;
        if (name.starts_with("pass@") && name != "pass@1" && plain) add(found, name);
        if (name.starts_with("maj@") && plain) add(majority, name);
      }
    }
  }
  found.insert(found.end(), majority.begin(), majority.end());
  const auto add_where_known = [&](const char* name) {
    for (const RunData& run : runs) {
      for (const EvalData& eval : run.evals) {
        if (eval.get(name)) add(found, name);
      }
    }
  };
  add_where_known("format");
  found.insert(found.end(), rewards.begin(), rewards.end());
  add_where_known("mean_length");
  add_where_known("truncated");
  add_where_known("no_answer");
  found.insert(found.end(), sources.begin(), sources.end());
  found.insert(found.end(), further.begin(), further.end());
  add_where_known("perplexity");
  add_where_known("bits_per_byte");
  return found;
}

std::string heading(const std::string& column) {
  if (column == "mean_length") return "mean length<small>tokens</small>";
  if (column == "truncated") return "cut off";
  if (column == "no_answer") return "no answer<small>found</small>";
  if (column == "bits_per_byte") return "bits per byte";
  if (column.starts_with(kAlso) || column.starts_with(kReading)) {
    const auto [figure, name] = measurement_of(column);
    return escape_html(figure) + "<small>" + escape_html(name) + "</small>";
  }
  if (column.starts_with(kReward)) {
    return escape_html(column.substr(kReward.size())) + "<small>mean reward</small>";
  }
  if (column.starts_with(kSource)) {
    return "pass@1<small>" + escape_html(column.substr(kSource.size())) + "</small>";
  }
  return escape_html(column);
}

std::string tile(const std::string& figure, const std::string& words) {
  return "<div class=\"tile\"><b>" + figure + "</b><span>" + words + "</span></div>\n";
}

std::string change(const std::string& from, const std::string& to) {
  return "<em>" + from + "</em><i>&rarr;</i>" + to;
}

const EvalData* best_of(const RunData& run) {
  const auto best =
      std::max_element(run.evals.begin(), run.evals.end(), [](const auto& a, const auto& b) {
        return a.get("pass@1").value_or(0) < b.get("pass@1").value_or(0);
      });
  return best == run.evals.end() ? nullptr : &*best;
}

/// The largest value of a metric in a run; none if it was never logged.
std::optional<double> largest(const RunData& run, const std::string& metric) {
  std::optional<double> result;
  for (const StageData& stage : run.stages) {
    const auto curve = stage.curves.find(metric);
    if (curve == stage.curves.end()) continue;
    for (const auto& point : curve->second)
      result = std::max(result.value_or(point.second), point.second);
  }
  return result;
}

double logged_seconds(const StageData& stage) {
  double sum = 0;
  if (const auto curve = stage.curves.find("time/step"); curve != stage.curves.end()) {
    for (const auto& point : curve->second) sum += point.second;
  }
  return sum;
}

std::string item(const std::string& html) { return "<li>" + html + "</li>\n"; }

/// How completions were drawn, where that is recorded.
std::string sampling_of(const EvalData& eval) {
  const auto temperature = eval.get("temperature"), top_p = eval.get("top_p"),
             longest = eval.get("max_new_tokens");
  if (!temperature || !top_p || !longest) return "";
  return ", at temperature " + short_number(*temperature) + " and top-p " + short_number(*top_p) +
         ", of at most " + short_number(*longest) + " tokens";
}

/// What was measured on: the same figures in every row, or nothing.
std::string eval_size(const std::vector<RunData>& runs) {
  for (const RunData& run : runs) {
    for (const EvalData& eval : run.evals) {
      const auto problems = eval.get("problems"), samples = eval.get("samples");
      if (!problems || !samples) continue;
      return " Measured on " + short_number(*problems) + " held-out problems with " +
             short_number(*samples) + " samples each" + sampling_of(eval) + ".";
    }
  }
  return "";
}

}  // namespace

std::string tiles(const RunData& run) {
  std::string html;
  const EvalData* best = best_of(run);
  if (best && best != &run.evals.front()) {
    const EvalData& first = run.evals.front();
    const std::string from = escape_html(first.model), to = escape_html(best->model);
    html += tile(
        change(percent(first.get("pass@1").value_or(0)), percent(best->get("pass@1").value_or(0))),
        "right answers on held-out problems, " + from + " to " + to);
    if (first.get("mean_length") && best->get("mean_length")) {
      html += tile(change(number_text("%.1f", *first.get("mean_length")),
                          number_text("%.1f", *best->get("mean_length"))),
                   "tokens of an answer, " + from + " to " + to);
    }
    const EvalData& last = run.evals.back();
    const double size = best->get("parameters").value_or(0),
                 small = last.get("parameters").value_or(0);
    if (&last != best && small > 0 && small < size && best->get("pass@1").value_or(0) > 0) {
      html += tile(percent(last.get("pass@1").value_or(0) / *best->get("pass@1")),
                   "of " + to + "'s accuracy kept by " + escape_html(last.model) + " with " +
                       number_text("%.0f%%", 100 * small / size) + " of its parameters");
    }
  }
  if (run.seconds) html += tile(duration(*run.seconds), "from start to end");
  return html.empty() ? "" : "<div class=\"tiles\">" + html + "</div>\n";
}

std::string results_section(const std::vector<RunData>& runs) {
  if (std::all_of(runs.begin(), runs.end(), [](const RunData& run) { return run.evals.empty(); })) {
    return "<section><h2>Results</h2><p class=\"how\">No model is measured yet: the run is not "
           "finished.</p></section>\n";
  }
  const bool several = runs.size() > 1;
  const std::vector<std::string> names = measure_columns(runs);
  std::string html =
      "<section id=\"results\"><h2>Results</h2>\n<div "
      "class=\"scroll\"><table><thead><tr><th>model</th>"
      "<th>parameters</th><th class=\"main\">pass@1<small>sampled</small></th>";
  for (const std::string& name : names) html += "<th>" + heading(name) + "</th>";
  html += "</tr></thead>\n";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    html += "<tbody>";
    if (several) {
      html += "<tr class=\"run\"><th colspan=\"" + std::to_string(names.size() + 3) +
              "\"><i class=\"r" + std::to_string(i) + "\"></i>" + escape_html(runs[i].name) +
              (runs[i].evals.empty() ? " <small>nothing measured yet</small>" : "") +
              "</th></tr>\n";
    }
    for (const EvalData& eval : runs[i].evals) {
      html += "<tr><th>" + escape_html(eval.model) + "</th>" + cell(eval, "parameters");
      html += eval.get("pass@1") ? bar_cell(*eval.get("pass@1"), eval.get("pass@1_stderr"), i)
                                 : "<td class=\"none\">&ndash;</td>";
      for (const std::string& name : names) html += cell(eval, name);
      html += "</tr>\n";
    }
    html += "</tbody>";
  }
  return html +
         "</table></div>\n<p class=\"how\">&plusmn; is one standard error over problems; the "
         "whisker "
         "spans two on each side." +
         eval_size(runs) + "</p></section>\n";
}

std::string method_section(const std::vector<RunData>& runs) {
  std::string html =
      "<section id=\"method\"><h2>How this was measured, and what it does not show</h2>\n<ul>\n";
  html += item(
      "<b>pass@1</b>: the share of sampled answers that are right, averaged over problems. "
      "<b>greedy</b>: always the likeliest token. <b>pass@k</b>: at least one of k samples is "
      "right "
      "(unbiased estimate). <b>maj@k</b>: the most frequent of k answers is right. <b>format</b>: "
      "the share of samples in the required form. <b>mean reward</b>: of the samples, of a reward "
      "that is reported beside these. A column of pass@1 with a name below it is one source of the "
      "mixed problems, or a further measurement. <b>no answer</b>: the share of samples in which "
      "none was found. <b>perplexity</b>: of a plain text, lower is better.");
  double error = 0;
  for (const RunData& run : runs) {
    for (const EvalData& eval : run.evals)
      error = std::max(error, eval.get("pass@1_stderr").value_or(0));
  }
  if (error > 0) {
    html += item(
        "Differences in pass@1 below " + number_text("%.1f", 100 * 2 * std::sqrt(2.0) * error) +
        " points may be noise of the problems drawn (two standard errors of a difference, at the "
        "widest interval above).");
  }
  if (runs.size() == 1) {
    html += item(
        "This is one run with one seed: other seeds give other curves. It stands alone; "
        "<code>hone report RUN CONTROL</code> shows it beside a control (a random reward, or "
        "supervised training for the same time), without which a gain cannot be put down to the "
        "reward.");
  } else {
    html += item(
        "Runs are drawn over each other stage by stage, where the stages have the same name. A run "
        "counts as a control only if its settings below differ in that one thing.");
  }
  for (const RunData& run : runs) {
    const std::string name = runs.size() > 1 ? escape_html(run.name) + ": " : "";
    if (const auto gap = largest(run, "sampling/sampling_logp_difference/max")) {
      html += item(name +
                   "the largest difference between a token's log-probability when sampled and when "
                   "trained on was " +
                   short_number(*gap) +
                   (*gap == 0 ? ": sampling and training are the same model to the bit." : "."));
    }
    if (const auto cut = largest(run, "completions/clipped_ratio"); cut && *cut > 0.2) {
      html += item(name + "up to " + percent(*cut) +
                   " of a step's completions were cut off at the length "
                   "limit; their answers count as wrong.");
    }
    if (!run.seconds) html += item(name + "the run is not finished; this is what there is so far.");
    for (const std::string& warning : run.warnings) {
      html += "<li class=\"warn\">" + name + escape_html(warning) + "</li>\n";
    }
  }
  return html + "</ul></section>\n";
}

std::string settings_section(const std::vector<RunData>& runs) {
  std::string html = "<section id=\"settings\"><h2>Stages and settings</h2>\n";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs.size() > 1) {
      html += "<h3><i class=\"r" + std::to_string(i) + "\"></i>" + escape_html(runs[i].name) +
              "</h3>\n";
    }
    for (const StageData& stage : runs[i].stages) {
      const double seconds = stage.seconds.value_or(logged_seconds(stage));
      html += "<details><summary><b>" + escape_html(stage.name) + "</b><span>" +
              (stage.type.empty() ? "" : escape_html(stage.type) + ", ") + steps_text(stage) +
              ", " + duration(seconds) + (stage.seconds ? "" : ", not finished") +
              "</span></summary>" +
              (stage.recipe.empty() ? "<p class=\"how\">no recipe.toml in its folder</p>"
                                    : "<pre>" + escape_html(stage.recipe) + "</pre>") +
              "</details>\n";
    }
  }
  return html + "</section>\n";
}

}  // namespace hone::tools
