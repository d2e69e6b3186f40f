#include "rewards/code/jail.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "rewards/code/jail/request.h"

namespace hone::rewards::code {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSetupSeconds = 10;  // on a loaded machine; some milliseconds on an idle one
constexpr double kEndSeconds = 5;
constexpr std::int64_t kProcesses = 64;  // with threads, and with the jail's own

/// Beside the program, as it is installed, else where it was built.
std::filesystem::path jail_program() {
  std::error_code none;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", none);
  const auto beside = self.parent_path() / "hone-jail";
  return std::filesystem::exists(beside, none) ? beside : HONE_JAIL_BUILT;
}

/// A folder of the machine's for a program without namespaces; gone with its owner.
class ScratchFolder {
 public:
  ScratchFolder() : path_(std::filesystem::temp_directory_path() / "hone-scratch-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), "make " + path_);
    }
  }
  ~ScratchFolder() {
    std::error_code none;
    std::filesystem::remove_all(path_, none);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// hone-jail with its files in their places.
class Started {
 public:
  Started(const JailRequest& request, const std::array<int, kLastFd + 1>& files) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int target = 0; target <= kLastFd; ++target) {
      posix_spawn_file_actions_adddup2(&actions, files[static_cast<std::size_t>(target)], target);
    }
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    // Its own group: a Ctrl-C at the terminal is for hone to deal with.
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    std::vector<std::string> words = to_arguments(request);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    char* no_environment[] = {nullptr};
    const int error = ::posix_spawn(&process_, jail_program().c_str(), &actions, &attributes,
                                    arguments.data(), no_environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
      throw std::system_error(error, std::generic_category(), "start " + jail_program().string());
    }
  }
  ~Started() {
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;
  void kill() const { ::kill(process_, SIGKILL); }

 private:
  pid_t process_ = -1;
};

/// Reads what there is. False at the end of the file.
bool read_some(const File& file, std::string& text) {
  std::array<char, 65536> buffer;
  const ssize_t count = ::read(file.fd(), buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

/// hone's ends of the pipes, and what came through them.
struct Conversation {
  File output, error, status, lifeline;
  std::string status_text;
  bool started = false;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Listens until hone-jail is gone, and ends it where it goes too far.
void listen(const JailJob& job, const Started& jail, Conversation& talk, JailResult& result) {
  Clock::time_point start = Clock::now();
  double allowed = kSetupSeconds;
  bool killed = false;
  const auto stop = [&](JailResult::End why) {
    result.end = why;
    talk.lifeline.close();
    start = Clock::now();
    allowed = kEndSeconds;
  };
  // hone-jail holds the status pipe longest: the program never has it.
  while (talk.status.fd() >= 0) {
    const double left = allowed - seconds_since(start);
    if (left <= 0) {
      if (talk.lifeline.fd() >= 0) {
        if (!talk.started) talk.status_text = "failed to start in time\n";
        stop(talk.started ? JailResult::End::kTime : JailResult::End::kFailed);
      } else if (!killed) {
        jail.kill();
        killed = true;
      }
    }
    std::array<pollfd, 3> events = {{{talk.status.fd(), POLLIN, 0},
                                     {talk.output.fd(), POLLIN, 0},
                                     {talk.error.fd(), POLLIN, 0}}};
    const int wait = killed ? -1 : static_cast<int>(std::ceil(std::max(left, 0.0) * 1000));
    if (::poll(events.data(), events.size(), wait) < 0) continue;  // EINTR: a signal of hone's
    if (events[1].revents != 0 && !read_some(talk.output, result.output)) talk.output.close();
    if (events[2].revents != 0 && !read_some(talk.error, result.error_tail)) talk.error.close();
    if (events[0].revents != 0 && !read_some(talk.status, talk.status_text)) talk.status.close();
    if (!talk.started && talk.status_text.starts_with("started\n")) {
      talk.started = true;
      start = Clock::now();
      allowed = job.seconds;
    }
    constexpr std::size_t kTail = 4096;
    if (result.error_tail.size() > kTail) {
      result.error_tail.erase(0, result.error_tail.size() - kTail);
    }
    if (static_cast<std::int64_t>(result.output.size()) > job.output_bytes) {
      result.output.resize(static_cast<std::size_t>(job.output_bytes));
      if (talk.lifeline.fd() >= 0) stop(JailResult::End::kOutput);
    }
  }
  // What was written before the end and not yet read. In full isolation all writers are dead.
  while (talk.output.fd() >= 0 && read_some(talk.output, result.output)) {
    if (static_cast<std::int64_t>(result.output.size()) > job.output_bytes) {
      result.output.resize(static_cast<std::size_t>(job.output_bytes));
      if (talk.lifeline.fd() >= 0) result.end = JailResult::End::kOutput;
      break;
    }
  }
}

/// "exit 3" and the like; what hone-jail could not do comes before all else.
void read_status(const std::string& text, JailResult& result) {
  constexpr std::string_view kFailed = "failed ", kExit = "exit ", kSignal = "signal ";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with(kFailed)) {
      result.end = JailResult::End::kFailed;
      result.problem = line.substr(kFailed.size());
      return;
    }
    if (line.starts_with(kExit)) {
      result.end = JailResult::End::kExit;
      result.code = std::stoi(line.substr(kExit.size()));
    } else if (line.starts_with(kSignal)) {
      result.end = JailResult::End::kSignal;
      result.code = std::stoi(line.substr(kSignal.size()));
    }
  }
  if (result.end == JailResult::End::kFailed) result.problem = "hone-jail ended without a word";
}

/// The command with the names that things have inside.
std::vector<std::string> command_inside(const JailJob& job, const std::string& source_folder,
                                        const std::string& scratch) {
  std::vector<std::string> command = job.command;
  for (std::string& word : command) {
    if (word == kSourceWord) word = source_folder + "/" + job.source_name;
    if (word == kCollectWord) word = scratch + "/" + job.collect;
  }
  return command;
}

/// The settings of Linux that forbid user namespaces; empty if it is none of them.
std::string likely_cause() {
  const auto is = [](const char* path, long value) {
    std::ifstream file(path);
    long set = -1;
    return file >> set && set == value;
  };
  if (is("/proc/sys/user/max_user_namespaces", 0)) return " (user.max_user_namespaces is 0)";
  if (is("/proc/sys/kernel/unprivileged_userns_clone", 0) && ::geteuid() != 0) {
    return " (kernel.unprivileged_userns_clone is 0)";
  }
  if (is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1) && ::geteuid() != 0) {
    return " (kernel.apparmor_restrict_unprivileged_userns is 1)";
  }
  return "";
}

}  // namespace

JailResult run_jailed(const JailJob& job) {
  const auto begin = Clock::now();
  const bool full = job.isolation == Isolation::kFull;
  std::optional<ScratchFolder> folder;
  if (!full) folder.emplace();
  const std::string scratch = full ? kScratchFolder : folder->path();
  JailRequest request{.namespaces = full,
                      .may_fork = job.may_fork,
                      .memory_bytes = job.memory_bytes,
                      .scratch_bytes = job.scratch_bytes,
                      .cpu_seconds = static_cast<std::int64_t>(std::ceil(job.seconds)) + 1,
                      .processes = kProcesses,
                      .source_name = job.source_name,
                      .collect = job.collect,
                      .scratch = scratch,
                      .command = command_inside(job, full ? kSourceFolder : scratch, scratch)};

  const File nothing = memory_file();
  JailResult result;
  result.collected = memory_file();
  std::optional<Started> jail;  // waits for its end when it goes, so after the lifeline
  Conversation talk;
  {
    auto [output_read, output_write] = make_pipe();
    auto [error_read, error_write] = make_pipe();
    auto [status_read, status_write] = make_pipe();
    auto [lifeline_read, lifeline_write] = make_pipe();
    talk.output = std::move(output_read);
    talk.error = std::move(error_read);
    talk.status = std::move(status_read);
    talk.lifeline = std::move(lifeline_write);
    const File& input = job.input != nullptr ? *job.input : nothing;
    const File& source = job.source != nullptr ? *job.source : nothing;
    jail.emplace(request, std::array<int, kLastFd + 1>{
                              input.fd(), output_write.fd(), error_write.fd(), status_write.fd(),
                              lifeline_read.fd(), source.fd(), result.collected.fd()});
  }
  listen(job, *jail, talk, result);
  jail.reset();
  if (result.end == JailResult::End::kFailed) read_status(talk.status_text, result);
  result.seconds = seconds_since(begin);
  return result;
}

std::string isolation_problem(Isolation isolation) {
  std::string what;
  try {
    const JailResult result = run_jailed({.isolation = isolation, .command = {"/usr/bin/true"}});
    if (result.end == JailResult::End::kExit && result.code == 0) return "";
    what = result.end == JailResult::End::kFailed ? result.problem
                                                  : "a program that does nothing did not end well";
  } catch (const std::system_error& error) {
    what = error.what();
  }
  if (isolation == Isolation::kFilter) return "this machine cannot filter system calls: " + what;
  return "this machine cannot isolate programs fully: " + what + likely_cause() +
         "; isolation = \"filter\" asks for less";
}

}  // namespace hone::rewards::code
