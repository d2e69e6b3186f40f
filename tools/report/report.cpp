#include "tools/report/report.h"

#include "model/durable.h"
#include "model/error.h"
#include "tools/report/curves.h"
#include "tools/report/format.h"
#include "tools/report/page.h"
#include "tools/report/run_data.h"
#include "tools/report/samples.h"
#include "tools/report/tables.h"

namespace hone::tools {
namespace {

constexpr std::size_t kMostRuns = 6;  // as many as there are colours

/// Runs of the same name are told apart by their folders.
void name_apart(std::vector<RunData>& runs, const std::vector<std::filesystem::path>& folders) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (runs[i].name == runs[j].name) runs[i].name += " (" + folders[i].string() + ")";
    }
  }
}

std::string describe(const RunData& run) {
  std::string text =
      std::to_string(run.stages.size()) + (run.stages.size() == 1 ? " stage" : " stages");
  if (run.seconds) return text + ", " + duration(*run.seconds);
  return text + " so far, not finished";
}

}  // namespace

void write_report(const std::vector<std::filesystem::path>& folders,
                  const std::filesystem::path& output) {
  if (folders.size() > kMostRuns) {
    throw DataError("report", "at most " + std::to_string(kMostRuns) + " runs",
                    std::to_string(folders.size()));
  }
  std::vector<RunData> runs;
  for (const auto& folder : folders) runs.push_back(read_run(folder));
  name_apart(runs, folders);

  std::string title, sub;
  for (const RunData& run : runs) {
    title += (title.empty() ? "" : " and ") + run.name;
    sub += (sub.empty() ? "" : "; ") + (runs.size() > 1 ? run.name + ": " : "") + describe(run);
  }
  // First the samples: what cannot be read there is told among the notes.
  const std::string samples = samples_section(runs);
  const std::string body = "<h1>" + escape_html(title) + "</h1>\n<p class=\"sub\">" +
                           escape_html(sub) + "</p>\n" + (runs.size() == 1 ? tiles(runs[0]) : "") +
                           results_section(runs) + curves_section(runs) + samples +
                           method_section(runs) + settings_section(runs) +
                           "<footer>Made by hone report. This file needs no network.</footer>\n";
  model::write_file_atomic(output, html_page(title, body));
}

}  // namespace hone::tools
