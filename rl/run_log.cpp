#include "rl/run_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "model/durable.h"
#include "model/error.h"

namespace hone::rl {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRolloutsTmp = ".hone-tmp";

std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

/// Step of a line of metrics.jsonl; nothing if it is not a line that we wrote.
std::optional<std::int64_t> step_in(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("step") || !json["step"].is_number_integer()) {
    return std::nullopt;
  }
  return json["step"].get<std::int64_t>();
}

/// Bytes of metrics.jsonl that hold the steps up to `done`. What a kill tore off at the end is not
/// among them.
std::size_t kept_bytes(const fs::path& path, std::int64_t done) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::size_t begin = 0;
  for (std::size_t number_of_line = 1; begin < text.size(); ++number_of_line) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) return begin;
    const auto step = step_in(text.substr(begin, end - begin));
    if (!step && end + 1 < text.size()) {
      throw DataError(path.string() + ":" + std::to_string(number_of_line),
                      "a JSON object with a step", "a damaged line");
    }
    if (!step || *step > done) return begin;
    begin = end + 1;
  }
  return begin;
}

/// N of rollouts/step-NNNNNN.jsonl.
std::optional<std::int64_t> rollouts_step(const fs::path& path) {
  if (path.extension() != ".jsonl") return std::nullopt;
  return model::step_of(path.stem());
}

/// Takes what was logged past step `done` off the disk, and returns the folder.
fs::path go_back(const fs::path& folder, std::int64_t done) {
  fs::create_directories(folder);
  const fs::path metrics = folder / "metrics.jsonl";
  if (fs::exists(metrics)) fs::resize_file(metrics, done > 0 ? kept_bytes(metrics, done) : 0);

  std::vector<fs::path> dropped;
  std::error_code none;  // a stage without rollouts has no such folder
  for (const auto& item : fs::directory_iterator(folder / "rollouts", none)) {
    if (const auto step = rollouts_step(item.path()); step && (done <= 0 || *step > done)) {
      dropped.push_back(item.path());
    }
  }
  // Event files cannot be cut (TensorBoard may hold them open): a restart record hides their steps.
  // A stage that starts anew removes them.
  for (const auto& item : fs::directory_iterator(folder)) {
    const std::string name = item.path().filename().string();
    if (done <= 0 && name.starts_with("events.out.tfevents.") && name.ends_with(".hone")) {
      dropped.push_back(item.path());
    }
  }
  dropped.push_back(folder / "rollouts" / kRolloutsTmp);
  for (const fs::path& path : dropped) fs::remove(path);
  return folder;
}

fs::path checked_go_back(const fs::path& folder, std::int64_t done) {
  try {
    return go_back(folder, done);
  } catch (const fs::filesystem_error& e) {
    model::throw_errno(e.path1().empty() ? folder : e.path1(), "write", e.code().value());
  }
}

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string metrics_line(std::int64_t step, const Metrics& metrics) {
  std::string line = "{\"step\": " + std::to_string(step);
  for (const auto& [name, value] : metrics) {
    line += ", " + nlohmann::json(name).dump() + ": " + number(value);
  }
  return line + "}";
}

RunLog::RunLog(const fs::path& stage_folder, std::int64_t done)
    : folder_(checked_go_back(stage_folder, done)),
      metrics_(::open((folder_ / "metrics.jsonl").c_str(),
                      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)),
      events_(folder_) {
  if (!metrics_) model::throw_errno(folder_ / "metrics.jsonl", "write", errno);
  if (done > 0) events_.append(restart_record(wall_time(), done + 1));
}

void RunLog::step(std::int64_t step, const Metrics& metrics) {
  // One write a line: a kill leaves it whole, and a full disk leaves at most a torn end.
  const std::string line = metrics_line(step, metrics) + "\n";
  if (const int error = model::write_all(metrics_.get(), line)) {
    model::throw_errno(folder_ / "metrics.jsonl", "write", error);
  }
  events_.append(scalars_record(wall_time(), step, metrics));
}

std::string step_file(std::int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "step-%06lld.jsonl", static_cast<long long>(step));
  return name;
}

void RunLog::rollouts(std::int64_t step, std::string_view lines) {
  const fs::path path = folder_ / "rollouts" / step_file(step);
  const fs::path tmp = path.parent_path() / kRolloutsTmp;
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  // Not fsynced at every step: only what a checkpoint has behind it must survive a power cut.
  const model::Fd fd(::open(tmp.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  int error = fd ? model::write_all(fd.get(), lines) : errno;
  if (error == 0 && ::rename(tmp.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(tmp.c_str());
    model::throw_errno(path, "write", error);
  }
  unsynced_.push_back(path);
}

void RunLog::sync() {
  for (const fs::path& path : unsynced_) {
    if (fs::exists(path)) model::sync_path(path);  // unless somebody made room
  }
  if (!unsynced_.empty()) model::sync_path(folder_ / "rollouts");
  unsynced_.clear();
  model::sync_path(folder_ / "metrics.jsonl");
  model::sync_path(folder_);
}

}  // namespace hone::rl
