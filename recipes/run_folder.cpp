#include "recipes/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "model/durable.h"
#include "recipes/start_model.h"

namespace hone::recipes {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeader = "# The effective recipe, every setting, written by hone.\n";
constexpr const char* kRecipeName = "recipe.toml";
constexpr const char* kLockName = ".lock";

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

bool made_by_hone(const fs::path& folder) {
  const fs::path recipe = folder / kRecipeName;
  return fs::is_regular_file(recipe) && read_file(recipe).starts_with(kHeader);
}

// Empty, but for the lock and the half written recipe that an earlier call may have left.
bool is_unused(const fs::path& folder) {
  const auto ours = [](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return name == kLockName || name.starts_with(std::string(".") + kRecipeName + ".hone-");
  };
  return std::all_of(fs::directory_iterator(folder), fs::directory_iterator(), ours);
}

[[noreturn]] void not_writable(const fs::path& run, const std::string& why) {
  throw RecipeError(run.string(), "", "expected a folder that can be written, got: " + why);
}

int open_lock(const fs::path& run) {
  std::error_code error;
  const fs::file_status status = fs::status(run, error);
  if (fs::exists(status) && !fs::is_directory(status)) not_writable(run, "a file");
  if (fs::is_directory(status) && !made_by_hone(run) && !is_unused(run)) {
    throw RecipeError(
        run.string(), "",
        "expected a new folder or a run of hone, got a folder that holds other things");
  }
  fs::create_directories(run, error);
  if (error) not_writable(run, error.message());
  const int fd = ::open((run / kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) not_writable(run, std::strerror(errno));
  return fd;
}

// What stages leave in their folders.
bool stage_made(const std::string& name) {
  constexpr std::array<std::string_view, 14> kNames = {
      "checkpoints", "difficulty.json", "eval.json",           "layers.json", "metrics.jsonl",
      "model",       "probes",          "recipe.toml",         "rollouts",    "rejection.json",
      "samples",     "seconds.json",    "stopped_batch.jsonl", "teacher"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         name.starts_with("events.out.tfevents.");
}

void remove_stage(const fs::path& folder) {
  model::remove_leftovers(folder);
  std::vector<fs::path> made;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (stage_made(entry.path().filename().string())) made.push_back(entry.path());
  }
  // The recipe marks the folder: it goes last, so that a kill in between can be repeated.
  std::stable_partition(made.begin(), made.end(),
                        [](const fs::path& path) { return path.filename() != kRecipeName; });
  for (const fs::path& path : made) fs::remove_all(path);
  if (fs::is_empty(folder)) fs::remove(folder);
}

}  // namespace

RunLock::RunLock(const fs::path& run) : fd_(open_lock(run)) {
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0) {
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd_.get(), 0) != 0 || model::write_all(fd_.get(), pid) != 0) {
      not_writable(run, std::strerror(errno));
    }
    return;
  }
  if (errno != EWOULDBLOCK) not_writable(run, std::strerror(errno));
  std::string owner = read_file(run / kLockName);
  owner.erase(std::remove(owner.begin(), owner.end(), '\n'), owner.end());
  throw RecipeError(run.string(), "",
                    "another hone is at work on this run (process " + owner + ")");
}

void check_same_recipe(const Recipe& recipe, const fs::path& run) {
  if (!made_by_hone(run)) return;
  Places places;
  const fs::path file = run / kRecipeName;
  const Recipe recorded = parse_recipe(read_file(file), file, {}, places);

  std::vector<std::string> waiting;  // stages that have not begun
  bool begun = false;
  for (const Recipe* side : {&recorded, &recipe}) {
    for (const Stage& stage : side->stages) {
      if (made_by_hone(run / stage.name)) {
        begun = true;
      } else {
        waiting.push_back(stage.name);
      }
    }
  }
  if (!begun) return;
  std::string list;
  for (const std::string& line : diff_recipes(recorded, recipe)) {
    const std::string first = line.substr(0, line.find_first_of(".:"));
    if (first == "name" || std::find(waiting.begin(), waiting.end(), first) != waiting.end()) {
      continue;
    }
    list += "\n  " + line;
  }
  if (list.empty()) return;
  throw RecipeError(run.string(), "",
                    "this run was made with another recipe; give the same settings, another --out, "
                    "or --fresh to start it over. The differences:" +
                        list);
}

void write_recipe(const Recipe& recipe, const fs::path& folder) {
  const std::string text = std::string(kHeader) + dump_recipe(recipe);
  if (fs::is_regular_file(folder / kRecipeName) && read_file(folder / kRecipeName) == text) return;
  model::write_file_atomic(folder / kRecipeName, text);
}

void start_over(const fs::path& run, const std::vector<std::string>& stages) {
  for (const std::string& stage : stages) {
    if (made_by_hone(run / stage)) remove_stage(run / stage);
  }
}

void start_over(const fs::path& run) {
  if (!made_by_hone(run)) return;
  std::vector<std::string> stages;
  for (const fs::directory_entry& entry : fs::directory_iterator(run)) {
    if (entry.is_directory()) stages.push_back(entry.path().filename().string());
  }
  start_over(run, stages);
  forget_start(run);
  for (const char* name : {"summary.json", "report.html", kRecipeName}) fs::remove(run / name);
}

}  // namespace hone::recipes
