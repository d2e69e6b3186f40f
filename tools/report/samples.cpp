#include "tools/report/samples.h"

#include <algorithm>
#include <map>

#include "tools/report/format.h"

namespace hone::tools {
namespace {

constexpr std::size_t kMostFiles = 60;    // of a stage that are read: a long run has thousands
constexpr std::size_t kMostProblems = 2;  // shown a stage
constexpr std::size_t kMostBytes = 6000;  // of a completion shown

using Visits = std::map<std::int64_t, std::vector<SampleData>>;  // step -> group

/// The first, the middlemost and the last visit.
std::vector<std::vector<SampleData>> three_of(const Visits& visits) {
  std::vector<const std::vector<SampleData>*> all;
  for (const auto& [step, group] : visits) all.push_back(&group);
  if (all.size() <= 2) {
    std::vector<std::vector<SampleData>> few;
    for (const auto* group : all) few.push_back(*group);
    return few;
  }
  const std::int64_t middle = (all.front()->front().step + all.back()->front().step) / 2;
  const auto* between = *std::min_element(all.begin() + 1, all.end() - 1, [&](auto* a, auto* b) {
    return std::abs(a->front().step - middle) < std::abs(b->front().step - middle);
  });
  return {*all.front(), *between, *all.back()};
}

std::int64_t span_of(const Visits& visits) {
  return visits.rbegin()->first - visits.begin()->first;
}

/// The completion with the tags of the usual form made visible. Only what is escaped gets in.
std::string show_completion(const std::string& text) {
  std::string html = escape_html(text.substr(0, kMostBytes));
  for (const char* tag : {"think", "answer"}) {
    for (const std::string& mark :
         {"&lt;" + std::string(tag) + "&gt;", "&lt;/" + std::string(tag) + "&gt;"}) {
      const std::string shown = "<u>" + mark + "</u>";
      for (std::size_t at = html.find(mark); at != std::string::npos;
           at = html.find(mark, at + shown.size())) {
        html.replace(at, mark.size(), shown);
      }
    }
  }
  if (text.size() > kMostBytes)
    html += "<small> ... " + std::to_string(text.size()) + " bytes in all</small>";
  return html.empty() ? "<small>(nothing)</small>" : html;
}

std::string show_moment(const std::vector<SampleData>& group, bool same_problem) {
  const SampleData& sample = group.front();
  double sum = 0, length = 0;
  for (const SampleData& s : group) {
    sum += s.reward;
    length += static_cast<double>(s.tokens);
  }
  const auto n = static_cast<double>(group.size());
  std::string html = "<article><header><b>step " + std::to_string(sample.step) +
                     "</b><span>group of " + std::to_string(group.size()) + ": mean reward " +
                     short_number(sum / n) + ", mean length " + short_number(length / n) +
                     "</span></header>";
  if (!same_problem) html += "<pre class=\"prompt\">" + escape_html(sample.prompt) + "</pre>";
  html += "<pre>" + show_completion(sample.completion) + "</pre><table class=\"rewards\">";
  for (const auto& [name, value] : sample.rewards) {
    const auto detail = sample.details.find(name);
    html += "<tr><th>" + escape_html(name) + "</th><td>" + short_number(value) + "</td><td>" +
            (detail == sample.details.end() ? "" : escape_html(detail->second.substr(0, 300))) +
            "</td></tr>";
  }
  return html + "<tr class=\"sum\"><th>reward</th><td>" + short_number(sample.reward) +
         "</td><td>" + std::to_string(sample.tokens) + " tokens, " +
         (sample.finish_reason == "length" ? "cut off at the limit" : "ended by itself") +
         "</td></tr></table></article>\n";
}

std::string show_story(const ProblemStory& story) {
  std::string html = "<div class=\"story\">";
  if (story.same_problem) {
    html += "<pre class=\"prompt\">" + escape_html(story.prompt) +
            "</pre><p class=\"how\">reference answer: <b>" + escape_html(story.answer) + "</b></p>";
  } else {
    html +=
        "<p class=\"how\">No problem came up twice in the steps looked at: these are different "
        "ones.</p>";
  }
  html += "<div class=\"moments\">";
  for (const auto& group : story.moments) html += show_moment(group, story.same_problem);
  return html + "</div></div>\n";
}

}  // namespace

std::vector<ProblemStory> choose_problems(const std::vector<SampleData>& samples,
                                          std::size_t most) {
  // By text, not by number: a data set gone through again gives the same problem another position.
  std::map<std::string, Visits> problems;
  Visits first_of_step;
  for (const SampleData& sample : samples) {
    problems[sample.prompt][sample.step].push_back(sample);
    auto& group = first_of_step[sample.step];
    if (group.empty() || group.front().prompt == sample.prompt) group.push_back(sample);
  }
  std::vector<const std::pair<const std::string, Visits>*> order;
  for (const auto& item : problems) {
    if (item.second.size() > 1) order.push_back(&item);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return std::pair(span_of(a->second), a->second.size()) >
           std::pair(span_of(b->second), b->second.size());
  });
  std::vector<ProblemStory> stories;
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i) {
    const auto& [prompt, visits] = *order[i];
    stories.push_back({prompt, visits.begin()->second.front().answer, three_of(visits), true});
  }
  if (stories.empty() && !samples.empty())
    stories.push_back({"", "", three_of(first_of_step), false});
  return stories;
}

std::string samples_section(std::vector<RunData>& runs) {
  std::string html;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const StageData& stage : runs[i].stages) {
      const auto stories =
          choose_problems(read_samples(stage, kMostFiles, runs[i].warnings), kMostProblems);
      if (stories.empty()) continue;
      html += "<h3>" +
              (runs.size() > 1 ? "<i class=\"r" + std::to_string(i) + "\"></i>" +
                                     escape_html(runs[i].name) + " / "
                               : "") +
              escape_html(stage.name) + "</h3>\n";
      for (const ProblemStory& story : stories) html += show_story(story);
    }
  }
  if (html.empty()) return "";
  return "<section id=\"samples\"><h2>Answers early, in the middle and late</h2>\n<p "
         "class=\"how\">The first completion of each group, not a chosen one, with each reward "
         "before its "
         "weight and the reason for it.</p>\n" +
         html + "</section>\n";
}

}  // namespace hone::tools
