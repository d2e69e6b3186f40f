#include "tools/report/curves.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "tools/report/chart.h"
#include "tools/report/format.h"

namespace hone::tools {
namespace {

enum class Stages { kAll, kSupervised, kReinforced };

struct Known {
  std::string_view metric, title, note;
  Unit unit;
  Stages stages = Stages::kAll;
};

// What a person wants to see first, in this order. Whatever else was logged is folded below.
constexpr std::array kKnown{
    Known{"reward", "Reward", "weighted sum, mean of the batch", Unit::kNumber},
    Known{"held-out/accuracy", "Held-out accuracy", "problems never trained on", Unit::kShare},
    Known{"eval/accuracy", "Held-out accuracy", "problems never trained on", Unit::kShare},
    Known{"eval/pass@1", "Held-out pass@1", "problems never trained on", Unit::kShare},
    Known{"eval/format", "Held-out format", "share in the required form", Unit::kShare},
    Known{"rewards/answer/mean", "Right answers while training", "share of samples", Unit::kShare},
    Known{"completions/mean_length", "Completion length", "tokens", Unit::kNumber},
    Known{"completions/mean_length_right", "Length of right completions", "tokens", Unit::kNumber},
    Known{"completions/mean_length_wrong", "Length of wrong completions", "tokens", Unit::kNumber},
    Known{"completions/reflection_words", "Words of self-correction", "a completion",
          Unit::kNumber},
    Known{"entropy", "Entropy", "nats a token", Unit::kNumber},
    Known{"kl", "KL to the starting model", "nats a token", Unit::kNumber},
    // One has nothing to do with the other: on one axis the larger would hide the smaller.
    Known{"loss", "Policy loss", "near 0 even while it learns", Unit::kNumber, Stages::kReinforced},
    Known{"loss", "Loss", "nats a token, supervised", Unit::kNumber, Stages::kSupervised},
    Known{"mean_token_accuracy", "Token accuracy", "supervised", Unit::kShare},
    Known{"mtp_loss", "Loss two tokens ahead", "nats a token", Unit::kNumber},
    Known{"experts/load_max", "Load of the busiest expert", "of a layer's mean; 1 is even",
          Unit::kNumber},
    Known{"experts/load_min", "Load of the idlest expert", "of a layer's mean; 1 is even",
          Unit::kNumber},
    Known{"learning_rate", "Learning rate", "", Unit::kNumber},
    Known{"grad_norm", "Gradient norm", "before clipping", Unit::kNumber},
    Known{"frac_reward_zero_std", "Groups that teach nothing", "all rewards equal", Unit::kShare},
    Known{"rollouts/distinct_answers", "Different answers", "of a group, mean", Unit::kNumber},
    Known{"completions/clipped_ratio", "Cut off at the limit", "share of samples", Unit::kShare},
    Known{"clip_ratio/region_mean", "Clipped ratios", "share of tokens", Unit::kNumber},
};

/// The chart of a metric: a band for each stage name that has it, a line for each run. Empty bands
/// if nothing was logged.
Chart chart_of(const std::vector<RunData>& runs, const Known& known) {
  Chart chart{std::string(known.title), std::string(known.note), known.unit, {}};
  const std::string metric(known.metric);
  for (std::size_t run = 0; run < runs.size(); ++run) {
    for (const StageData& stage : runs[run].stages) {
      const auto curve = stage.curves.find(metric);
      if (curve == stage.curves.end()) continue;
      const bool reinforced = stage.curves.contains("reward");
      if (known.stages == (reinforced ? Stages::kSupervised : Stages::kReinforced)) continue;
      auto band = std::find_if(chart.bands.begin(), chart.bands.end(),
                               [&](const ChartBand& b) { return b.label == stage.name; });
      if (band == chart.bands.end()) {
        band = chart.bands.insert(chart.bands.end(), ChartBand{stage.name, {}});
      }
      band->lines.push_back({run, curve->second});
    }
  }
  return chart;
}

std::string chart_figure(const Chart& chart, std::string_view metric) {
  return "<figure class=\"chart\" data-share=\"" +
         std::string(chart.unit == Unit::kShare ? "1" : "") + "\" data-points=\"" +
         escape_html(chart_data(chart)) + "\"><figcaption><b>" + escape_html(chart.title) +
         "</b> " + (chart.note.empty() ? "" : "<span>" + escape_html(chart.note) + "</span>") +
         "<code>" + escape_html(metric) + "</code></figcaption>" + draw_chart(chart) +
         "</figure>\n";
}

/// True for a stage whose curve never leaves one value: it needs no chart of its own.
bool constant(const Chart& chart) {
  std::set<double> values;
  for (const ChartBand& band : chart.bands) {
    for (const ChartLine& line : band.lines) {
      for (const auto& point : line.points) values.insert(point.second);
    }
  }
  return values.size() <= 1;
}

/// The pass@K of held-out problems of the largest K above 1; empty where there is none.
std::string largest_pass_at_k(const std::set<std::string>& metrics) {
  std::string largest = "eval/pass@1";
  for (const std::string& metric : metrics) {
    if (!metric.starts_with("eval/pass@")) continue;
    // Numbers without leading zeros: the longer is the larger.
    if (std::pair(metric.size(), metric) > std::pair(largest.size(), largest)) largest = metric;
  }
  return largest == "eval/pass@1" ? "" : largest;
}

std::string legend(const std::vector<RunData>& runs) {
  if (runs.size() < 2) return "";
  std::string html = "<p class=\"legend\">";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    html += "<span><i class=\"r" + std::to_string(i) + "\"></i>" + escape_html(runs[i].name) +
            "</span>";
  }
  return html + "</p>\n";
}

}  // namespace

std::string curves_section(const std::vector<RunData>& runs) {
  std::set<std::string> left;
  for (const RunData& run : runs) {
    for (const StageData& stage : run.stages) {
      for (const auto& [metric, curve] : stage.curves) left.insert(metric);
    }
  }
  if (left.empty()) return "";

  const std::string pass_at_k = largest_pass_at_k(left);
  std::string shown, flat;
  for (const Known& known : kKnown) {
    const Chart chart = chart_of(runs, known);
    left.erase(std::string(known.metric));
    if (!chart.bands.empty()) shown += chart_figure(chart, known.metric);
    if (known.metric != "eval/pass@1" || pass_at_k.empty()) continue;
    const std::string title = "Held-out " + pass_at_k.substr(std::string("eval/").size());
    left.erase(pass_at_k);
    shown += chart_figure(
        chart_of(runs, {pass_at_k, title, "one of so many samples is right", Unit::kShare}),
        pass_at_k);
  }
  std::string folded;
  std::size_t count = 0;
  for (const std::string& metric : left) {
    const Chart chart = chart_of(runs, {metric, metric, "", Unit::kNumber, Stages::kAll});
    if (constant(chart)) {
      const double value = chart.bands.front().lines.front().points.front().second;
      flat += "<li><code>" + escape_html(metric) + "</code> is " + short_number(value) +
              " at every step</li>";
      continue;
    }
    folded += chart_figure(chart, "");
    ++count;
  }
  std::string html =
      "<section id=\"curves\"><h2>Curves</h2>\n<p class=\"how\">Stages side by side, each with its "
      "own "
      "count of steps. Where a curve is noisy, the bold line is its moving mean and the faint one "
      "every "
      "step. Touch or point at a chart to read it.</p>\n" +
      legend(runs) + "<div class=\"grid\">\n" + shown + "</div>\n";
  if (!folded.empty() || !flat.empty()) {
    html += "<details><summary>" + std::to_string(count) +
            " more metrics</summary><div class=\"grid\">\n" + folded + "</div>" +
            (flat.empty() ? "" : "<ul class=\"flat\">" + flat + "</ul>") + "</details>\n";
  }
  return html + "</section>\n";
}

}  // namespace hone::tools
