#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "tools/commands.h"
#include "tools/report/report.h"

namespace hone::tools {
namespace fs = std::filesystem;

void add_report(CLI::App& app) {
  struct ReportOptions {
    std::vector<fs::path> runs;
    fs::path output;
  };
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* command =
      app.add_subcommand("report", "Make one HTML file of a run, or of several beside each other");
  command
      ->add_option("RUN", options->runs,
                   "run folders, finished or not; the first gives the first colour")
      ->required();
  command->add_option("--output", options->output,
                      "the file [RUN/report.html; of several: report.html]");
  command->footer(
      "Examples:\n"
      "  hone report runs/quickstart\n"
      "  hone report runs/quickstart runs/controls --output compare.html");
  command->callback([options] {
    fs::path output = options->output;
    if (output.empty()) {
      output = options->runs.size() == 1 ? options->runs.front() / "report.html" : "report.html";
    }
    write_report(options->runs, output);
    std::cout << output.string() << "\n";
  });
}

}  // namespace hone::tools
