#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "model/error.h"
#include "recipes/error.h"
#include "recipes/nearest.h"
#include "rewards/command/command_reward.h"
#include "rl/stage.h"
#include "tools/commands.h"
#include "tools/process.h"

namespace {

// Scripts depend on these.
constexpr int kBug = 1;
constexpr int kUserError = 2;
constexpr int kGuard = 3;
constexpr int kInterrupted = 130;

int fail(int status, std::string_view kind, const std::string& what) {
  std::cout.flush();
  std::cerr << "hone: " << kind << what << std::endl;
  return status;
}

// The same command without --fresh, which would throw the saved state away.
std::string how_to_go_on(int argc, char** argv) {
  std::string command;
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    if (word != "--fresh") command += (command.empty() ? "" : " ") + hone::tools::shell_word(word);
  }
  const bool resumes = argc > 1 && std::string_view(argv[1]) == "run";
  return resumes ? "; go on with: " + command : "";
}

// The parser would only say that a command is missing.
void check_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), argv[1]) != names.end()) return;
  throw hone::RecipeError(std::string("hone ") + argv[1], "",
                          "unknown command; known: " + hone::recipes::names_and_nearest(
                                                           argv[1], {names.begin(), names.end()}));
}

int run_command_line(int argc, char** argv) {
  CLI::App app{
      "hone: turns a base language model into a reasoning model by reinforcement learning, and "
      "distils it into smaller ones"};
  app.set_version_flag("--version", "hone " HONE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Start with:  hone run recipes/quickstart.toml\n"
      "Each command has its own help:  hone run --help\n\n"
      "Exit status: 0 done, 1 a bug, 2 bad input, 3 stopped by a guard, 130 interrupted");
  hone::tools::add_commands(app);
  check_command(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUserError;
  }
  return 0;
}

}  // namespace

// The one place that turns exceptions into messages and exit statuses.
int main(int argc, char** argv) {
  try {
    hone::tools::report_size_limits();
    hone::tools::keep_freed_memory();
    hone::tools::set_isa();
    return run_command_line(argc, argv);
  } catch (const hone::RecipeError& error) {
    return fail(kUserError, "", error.what());
  } catch (const hone::DataError& error) {
    return fail(kUserError, "", error.what());
  } catch (const hone::rewards::CommandError& error) {
    return fail(kUserError, "", error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(kUserError, "", error.what());
  } catch (const hone::rl::GuardError& error) {
    return fail(kGuard, "stopped: ", error.what());
  } catch (const hone::rl::Interrupted& error) {
    return fail(kInterrupted, "", error.what() + how_to_go_on(argc, argv));
  } catch (const std::bad_alloc&) {
    return fail(kBug, "", "out of memory; a smaller micro_batch_tokens needs less");
  } catch (const std::exception& error) {
    return fail(kBug, "this is a bug: ", error.what());
  }
}
