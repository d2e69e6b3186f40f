#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "rewards/code/jail/filter.h"
#include "rewards/code/jail/mounts.h"
#include "rewards/code/jail/request.h"

// hone-jail: runs one program and nothing of it outlives this process. hone starts it, because a
// process of many threads cannot itself do between fork and exec what has to be done here.
//
//   the outer process   waits for the inner one, in the machine's namespaces
//   the inner process   process 1 of the namespaces: makes the root, starts the program, watches it
//   the program         process 2
//
// When the inner process ends, for whatever reason, the kernel ends all that is in its namespace.
// Without namespaces the outer process takes the inner one's part, and there is only one process
// to end: the filter lets a program start no other.

namespace hone::rewards::code {
namespace {

constexpr unsigned kInsideId = 65534;  // the only user and group that the jail knows: nobody

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}
void check(long result, const std::string& what) {
  if (result < 0) fail(what);
}

void tell(const std::string& line) {
  const std::string text = line + "\n";
  // hone may be gone: then there is nobody to tell.
  [[maybe_unused]] const ssize_t written = ::write(kStatusFd, text.data(), text.size());
}

void limit(int resource, std::int64_t value, const char* what) {
  const rlimit both{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  check(::setrlimit(static_cast<__rlimit_resource>(resource), &both), what);
}

/// All but that of memory, of which this process still needs some.
void set_limits(const JailRequest& request) {
  constexpr std::int64_t kStack = 64 << 20;
  limit(RLIMIT_STACK, std::min(request.memory_bytes / 4, kStack), "limit the stack");
  limit(RLIMIT_CPU, request.cpu_seconds, "limit time");
  limit(RLIMIT_FSIZE, request.scratch_bytes, "limit files");
  limit(RLIMIT_NOFILE, 256, "limit open files");
  limit(RLIMIT_CORE, 0, "limit core files");
  limit(RLIMIT_MEMLOCK, 0, "limit locked memory");
  limit(RLIMIT_MSGQUEUE, 0, "limit queues");
  // Counted for each user namespace alone: without one it would count all of the user's processes.
  if (request.namespaces) limit(RLIMIT_NPROC, request.processes, "limit processes");
}

/// Becomes the program. Returns only by an exception.
void become(const JailRequest& request) {
  check(::setsid(), "setsid");  // no terminal
  check(::chdir(request.namespaces ? kScratchFolder : request.scratch.c_str()), "chdir");
  set_limits(request);
  std::vector<char*> words;
  for (const std::string& word : request.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  // A program gets no environment; a compiler has to find its assembler.
  std::string path = "PATH=/usr/bin:/bin";
  std::vector<char*> environment;
  if (request.may_fork) environment.push_back(path.data());
  environment.push_back(nullptr);
  check(::close_range(kStatusFd, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
  install_filter({.may_fork = request.may_fork, .self = ::getpid()});
  limit(RLIMIT_AS, request.memory_bytes, "limit memory");
  ::execve(words[0], words.data(), environment.data());
  fail("start " + request.command[0]);
}

/// Ends the program, which has not been waited for, and what it started: all of its session.
void end(pid_t program) {
  ::kill(-program, SIGKILL);
  ::kill(program, SIGKILL);
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
}

/// Starts the program and waits for its end or hone's.
void watch(const JailRequest& request) {
  tell("started");
  const pid_t program = ::fork();
  check(program, "fork");
  if (program == 0) return become(request);
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, program, 0));
  check(process, "pidfd_open");
  pollfd events[] = {{process, POLLIN, 0}, {kLifelineFd, POLLIN, 0}};
  while (::poll(events, 2, -1) < 0) {
    if (errno != EINTR) fail("poll");
  }
  if (events[0].revents == 0) return end(program);
  siginfo_t how{};
  check(::waitid(P_PID, static_cast<id_t>(program), &how, WEXITED | WNOWAIT), "waitid");
  end(program);
  if (how.si_code != CLD_EXITED) return tell("signal " + std::to_string(how.si_status));
  if (how.si_status == 0 && !request.collect.empty()) {
    const std::string folder = request.namespaces ? kScratchFolder : request.scratch;
    collect_file(folder + "/" + request.collect, request.scratch_bytes);
  }
  tell("exit " + std::to_string(how.si_status));
}

/// Process 1 of its namespaces.
void inner(const JailRequest& request, int ready) {
  char byte = 0;
  check(::read(ready, &byte, 1) == 1 ? 0 : -1, "wait for the user namespace");
  check(::close(ready), "close");
  check(::setresgid(kInsideId, kInsideId, kInsideId), "setresgid");
  check(::setresuid(kInsideId, kInsideId, kInsideId), "setresuid");
  check(::prctl(PR_SET_DUMPABLE, 0), "prctl");  // the program can neither read nor trace this
  check(::sethostname("jail", 4), "sethostname");
  enter_private_root(request);
  watch(request);
}

void write_file(const std::string& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  check(file, "open " + path);
  check(::write(file, text.data(), text.size()), "write " + path);
  check(::close(file), "close " + path);
}

/// Is this user known here? Not all are inside of a container or of another jail.
bool is_mapped(unsigned user) {
  std::ifstream file("/proc/self/uid_map");
  for (unsigned long inside = 0, outside = 0, count = 0; file >> inside >> outside >> count;) {
    if (user >= inside && user - inside < count) return true;
  }
  return false;
}

/// In the machine's namespaces. Whoever is in the jail is one user outside: of root's, nobody, as
/// even without rights root owns the machine's files; else the user.
void outer(const JailRequest& request) {
  const bool is_root = ::geteuid() == 0;
  const bool as_nobody = is_root && is_mapped(kInsideId);
  const unsigned user = as_nobody ? kInsideId : ::geteuid();
  const unsigned group = as_nobody ? kInsideId : ::getegid();
  // Where it is not allowed, root is not the machine's root either.
  if (is_root && ::setgroups(0, nullptr) != 0 && errno != EPERM) fail("setgroups");
  int ready[2];
  check(::pipe2(ready, O_CLOEXEC), "pipe");
  constexpr unsigned long kNamespaces = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
                                        CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  const long inner_pid =
      ::syscall(SYS_clone, kNamespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  check(inner_pid, "make namespaces");
  if (inner_pid == 0) {
    check(::close(ready[1]), "close");
    return inner(request, ready[0]);
  }
  check(::close(ready[0]), "close");
  const std::string process = "/proc/" + std::to_string(inner_pid);
  const std::string inside = std::to_string(kInsideId) + " ";
  write_file(process + "/setgroups", "deny");
  write_file(process + "/uid_map", inside + std::to_string(user) + " 1");
  write_file(process + "/gid_map", inside + std::to_string(group) + " 1");
  check(::write(ready[1], "r", 1), "write");
  check(::close(ready[1]), "close");
  while (::waitpid(static_cast<pid_t>(inner_pid), nullptr, 0) < 0) {
    if (errno != EINTR) fail("waitpid");
  }
}

}  // namespace
}  // namespace hone::rewards::code

int main(int argc, char** argv) {
  using namespace hone::rewards::code;
  try {
    const JailRequest request = from_arguments({argv, argv + argc});
    check(::close_range(kLastFd + 1, ~0U, 0), "close_range");
    if (request.namespaces) {
      outer(request);
    } else {
      check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
      if (!request.source_name.empty()) copy_source(request.scratch + "/" + request.source_name);
      watch(request);
    }
  } catch (const std::system_error& error) {
    tell(std::string("failed ") + error.what());
    return 1;
  } catch (const std::invalid_argument& error) {
    tell(std::string("failed ") + error.what());
    return 2;
  }
  return 0;
}
