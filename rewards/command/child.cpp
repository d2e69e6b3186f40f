#include "rewards/command/child.h"

#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace hone::rewards::command {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestReply = 1 << 20;
constexpr double kGraceSeconds = 2;

double seconds_since_start(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string how_child_ended(const siginfo_t& how) {
  if (how.si_code == CLD_EXITED) return "ended with status " + std::to_string(how.si_status);
  return std::string("ended by a signal: ") + ::strsignal(how.si_status);
}

}  // namespace

Child::Child(const std::vector<std::string>& command) {
  int ends[2];
  // A socket, not two pipes: writing to a program that has died must not raise a signal here.
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  socket_ = code::File(ends[0]);
  const code::File theirs(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, theirs.fd(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, theirs.fd(), STDOUT_FILENO);
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int error =
      ::posix_spawnp(&process_, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "start " + command[0]);
}

Child::~Child() { end(kGraceSeconds); }

std::string Child::end(double grace_seconds) {
  if (process_ < 0) return "has ended";
  socket_.close();
  const code::File process(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
  pollfd ended{process.fd(), POLLIN, 0};
  const auto start = Clock::now();
  double left = grace_seconds;
  while (left > 0 && ::poll(&ended, 1, static_cast<int>(std::ceil(left * 1000))) < 0) {
    left = grace_seconds - seconds_since_start(start);
  }
  siginfo_t how{};
  const bool by_itself =
      ::waitid(P_PID, static_cast<id_t>(process_), &how, WEXITED | WNOWAIT | WNOHANG) == 0 &&
      how.si_pid != 0;
  ::kill(-process_, SIGKILL);  // what it started; its number cannot be another's yet
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  return by_itself ? how_child_ended(how) : "closed its output and did not end";
}

Reply Child::ask(std::string line, double seconds) {
  line += '\n';
  const auto start = Clock::now();
  std::string_view unsent = line;
  while (true) {
    const std::size_t newline = read_.find('\n');
    if (newline != std::string::npos && unsent.empty()) {
      Reply reply{Reply::Kind::kLine, read_.substr(0, newline)};
      read_.erase(0, newline + 1);
      return reply;
    }
    if (read_.size() > kLongestReply) {
      end(0);
      return {Reply::Kind::kLine, read_.substr(0, kLongestReply)};
    }
    const double left = seconds - seconds_since_start(start);
    if (left <= 0) {
      end(0);
      return {Reply::Kind::kLate, ""};
    }
    const short wanted = static_cast<short>(unsent.empty() ? POLLIN : POLLIN | POLLOUT);
    pollfd event{socket_.fd(), wanted, 0};
    if (::poll(&event, 1, static_cast<int>(std::ceil(left * 1000))) < 0) continue;
    if ((event.revents & POLLOUT) != 0) {
      const ssize_t sent =
          ::send(socket_.fd(), unsent.data(), unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) unsent.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && errno == EPIPE) return {Reply::Kind::kDied, end(kGraceSeconds)};
    }
    if ((event.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      std::array<char, 65536> buffer;
      const ssize_t count = ::recv(socket_.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count > 0) read_.append(buffer.data(), static_cast<std::size_t>(count));
      const bool again = count < 0 && (errno == EAGAIN || errno == EINTR);
      if (count <= 0 && !again) return {Reply::Kind::kDied, end(kGraceSeconds)};
    }
  }
}

std::optional<std::string> find_executable(const std::string& name) {
  const auto runs = [](const std::string& path) {
    std::error_code none;
    return std::filesystem::is_regular_file(path, none) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) return runs(name) ? std::optional(name) : std::nullopt;
  const char* variable = std::getenv("PATH");
  std::string folders = variable != nullptr ? variable : "/usr/bin:/bin";
  folders += ':';
  for (std::size_t at = 0; at < folders.size();) {
    const std::size_t end = folders.find(':', at);
    const std::string path = folders.substr(at, end - at) + "/" + name;
    if (!name.empty() && runs(path)) return path;
    at = end + 1;
  }
  return std::nullopt;
}

}  // namespace hone::rewards::command
