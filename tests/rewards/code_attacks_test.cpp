#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/rewards/code_support.h"

// Programs that attack the machine: each scores 0, ends in time and leaves nothing behind.

using namespace hone::rewards;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

/// An attack that gets through prints "escaped", which is what its test expects: a score of 1 is a
/// hole. One that is held says so, which shows that it ran.
const json kEscape = {{"inputs", {"7\n"}}, {"outputs", {"escaped\n"}}};

/// A loaded machine needs its time to make and to end a jail; an idle one some milliseconds.
constexpr double kSlack = 10;
/// For programs that would never end, and for those that end by themselves.
constexpr CodeConfig kShort{.time_limit_s = 1, .memory_limit_mb = 256};
constexpr CodeConfig kLong{.time_limit_s = 30, .memory_limit_mb = 256};

CodeConfig compiled(CodeConfig config) {
  config.language = CodeLanguage::kCpp;
  return config;
}

CodeConfig filtered(CodeConfig config) {
  config.isolation = code::Isolation::kFilter;
  return config;
}

/// What a program could have changed on this machine.
struct Machine {
  std::array<rlimit, RLIM_NLIMITS> limits;
  std::size_t files_open;
  std::string mounts, cgroup, hostname;
};

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Machine look() {
  Machine machine{};
  for (std::size_t i = 0; i < machine.limits.size(); ++i) {
    ::getrlimit(static_cast<__rlimit_resource>(i), &machine.limits[i]);
  }
  const fs::directory_iterator open("/proc/self/fd");
  machine.files_open = static_cast<std::size_t>(std::distance(begin(open), end(open)));
  machine.mounts = read_file("/proc/self/mountinfo");
  machine.cgroup = read_file("/proc/self/cgroup");
  machine.hostname = read_file("/proc/sys/kernel/hostname");
  return machine;
}

/// Files with the name that attacks give theirs.
std::string left_files() {
  std::string found;
  for (const fs::path& folder : {fs::temp_directory_path(), fs::path("/dev/shm"),
                                 fs::path("/var/tmp"), fs::path("/usr"), fs::current_path()}) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none)) {
      const std::string name = entry.path().filename();
      if (name.find("attack") != std::string::npos) {
        found += entry.path().string() + " ";
      }
    }
  }
  return found;
}

/// Runs an attack and checks that it changed nothing.
Score attack(const char* name, const CodeConfig& config, const std::string& program) {
  INFO(name);
  // Whatever loses its parent becomes a child of this process, where it would be seen.
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  const Machine before = look();
  const auto start = std::chrono::steady_clock::now();
  const Score score = judge_program(config, program, kEscape);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  INFO(score.detail);
  CHECK(score.value == 0.0);
  CHECK(score.status == Status::kWrong);
  const double compiling =
      config.language == CodeLanguage::kCpp ? config.compile_time_limit_s : 0.0;
  CHECK(taken.count() < config.time_limit_s + compiling + kSlack);
  const Machine after = look();
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
  CHECK(left_files() == "");
  CHECK(after.files_open == before.files_open);
  CHECK(after.mounts == before.mounts);
  CHECK(after.cgroup == before.cgroup);
  CHECK(after.hostname == before.hostname);
  for (std::size_t i = 0; i < before.limits.size(); ++i) {
    CHECK(before.limits[i].rlim_cur == after.limits[i].rlim_cur);
    CHECK(before.limits[i].rlim_max == after.limits[i].rlim_max);
  }
  return score;
}

struct Attack {
  const char* name;
  const char* program;
};

/// Python's beginning of those that try something forbidden: attempt() says if that worked.
const std::string kAttempt = R"(
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
def attempt(f):
    try:
        return f() is not False
    except BaseException as e:
        return False
def system(*call):
    return libc.syscall(*call) >= 0
)";

}  // namespace

TEST_CASE("programs that take too much are ended") {
  if (!can_isolate()) return;
  constexpr Attack kAttacks[] = {
      {"endless loop", "while True: pass"},
      {"endless sleep", "import time\ntime.sleep(1e9)"},
      {"deaf to signals", R"(
import signal, time
for s in range(1, 65):
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: time.sleep(1))"},
      {"stops itself", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"},
      {"slow drip", "import time\nwhile True:\n  print('escaped', flush=True)\n  time.sleep(0.1)"},
      {"waits for more input", "import sys\nsys.stdin.read()\nimport time\ntime.sleep(100)"}};
  for (const Attack& one : kAttacks) {
    CHECK_THAT(attack(one.name, kShort, one.program).detail, Catch::Contains("took longer than"));
  }
}

TEST_CASE("programs that want too much memory get none") {
  if (!can_isolate()) return;
  constexpr Attack kAttacks[] = {
      {"one large block", "x = bytearray(1 << 33)\nprint('escaped')"},
      {"many blocks", "x = []\nwhile True: x.append(bytearray(1 << 24))"},
      {"mmap", "import mmap\nx = [mmap.mmap(-1, 1 << 26) for i in range(100)]\nprint('escaped')"},
      {"recursion",
       "import sys\nsys.setrecursionlimit(10**9)\ndef f(x): return f([x]) + f([x])\n"
       "f(1)"},
      {"threads", R"(
import threading, time
threading.stack_size(1 << 15)
n = 0
try:
    for n in range(300): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
    print("escaped", flush=True)
except RuntimeError:
    print("held", n, flush=True)
import os
os._exit(0))"},
      {"bomb in an archive", R"(
import sys, zipfile
with zipfile.ZipFile("attack.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
    with z.open("bomb.py", "w") as f:
        for i in range(280): f.write(b" " * (1 << 20))
sys.path.insert(0, "attack.zip")
import bomb)"}};
  for (const Attack& one : kAttacks) {
    const std::string detail = attack(one.name, kLong, one.program).detail;
    INFO(detail);
    CHECK(detail.find("escaped\", expected") == std::string::npos);
  }
  attack("large number", kShort, "print(len(str(9 ** (9 ** 9))))");
  CHECK_THAT(attack("stack overflow", compiled(kLong),
                    "int f(volatile int* x) { volatile int y[999]; y[0] = *x; return f(y) + y[0]; }"
                    "\nint main() { int x = 1; return f(&x); }")
                 .detail,
             Catch::Contains("Segmentation fault"));
}

TEST_CASE("programs that write too much are ended or refused") {
  if (!can_isolate()) return;
  CHECK_THAT(attack("flood", kLong, "while True: print('escaped ' * 100000)").detail,
             Catch::Contains("printed far more"));
  CHECK_THAT(
      attack("flood without a newline", kLong, "import os\nwhile True: os.write(1, b'x' * 65536)")
          .detail,
      Catch::Contains("printed far more"));
  CHECK_THAT(
      attack("flood of errors", kShort, "import os\nwhile True: os.write(2, b'x' * 65536)").detail,
      Catch::Contains("took longer"));
  constexpr Attack kAttacks[] = {
      {"full disk", R"(
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
written = 0
try:
    for i in range(8):
        with open(f"attack{i}", "wb", buffering=0) as f:
            for j in range(16): written += f.write(b"x" * (1 << 20))
except OSError:
    pass
print("held" if written <= 64 << 20 else "escaped"))"},
      {"one large file", R"(
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def write():
    with open("attack", "wb") as f: f.truncate(1 << 40)
print("escaped" if attempt(write) else "held"))"},
      {"many files", R"(
n = 0
try:
    for n in range(100000): os.symlink("x", f"attack{n}")
except OSError:
    print("held")
else:
    print("escaped"))"},
      {"many open files", R"(
files = []
print("escaped" if attempt(lambda: [files.append(open("/dev/null")) for i in range(10**6)]) else "held"))"},
      {"files in memory",
       "print('escaped' if attempt(lambda: os.memfd_create('attack')) else 'held')"},
      {"System V memory",
       "print('escaped' if attempt(lambda: system(29, 0, 1 << 20, 0o1600)) else 'held')"}};
  for (const Attack& one : kAttacks) {
    CHECK_THAT(attack(one.name, kLong, kAttempt + one.program).detail,
               Catch::Contains(R"(printed "held")"));
  }
}

TEST_CASE("programs cannot reach out of their jail") {
  if (!can_isolate()) return;
  // The numbers are those of system calls on x86-64.
  constexpr Attack kAttempts[] = {
      {"fork", "os.fork()"},
      {"another program", "os.posix_spawn('/usr/bin/true', ['true'], {})"},
      {"vfork", "system(58)"},
      {"clone with a new user namespace", "system(56, 0x10000000 | 17, 0, 0, 0, 0)"},
      {"clone3", "system(435, 0, 0)"},
      {"unshare", "system(272, 0x10000000)"},
      {"setns", "system(308, 0, 0)"},
      {"kill everyone", "os.kill(-1, 9)"},
      {"kill its parent", "os.kill(os.getppid(), 9)"},
      {"kill process 1", "os.kill(1, 9)"},
      {"signal a thread of process 1", "system(200, 1, 9)"},
      {"pidfd_open", "system(434, 1, 0)"},
      {"ptrace its parent", "system(101, 16, os.getppid(), 0, 0)"},
      {"another's memory", "system(310, 1, 0, 0, 0, 0, 0)"},
      {"limits of process 1", "system(302, 1, 0, 0, 0)"},
      {"a file that it did not open", "os.write(3, b'escaped')"},
      {"the status of its jail", "[os.write(i, b'exit 0') for i in range(3, 256)]"},
      {"/proc", "os.listdir('/proc/1')"},
      {"another's environment", "open('/proc/1/environ').read()"},
      {"settings of the kernel", "open('/proc/sys/kernel/core_pattern', 'w').write('x')"},
      {"/sys", "os.listdir('/sys')"},
      {"shared memory", "open('/dev/shm/attack', 'w')"},
      {"the root", "open('/attack', 'w')"},
      {"/usr", "open('/usr/attack', 'w')"},
      {"its own source", "open(sys.argv[0], 'a')"},
      {"the machine's files", "open('/etc/passwd').read()"},
      {"the home of root", "os.listdir('/root')"},
      {"home folders", "os.listdir('/home')"},
      {"a device", "os.mknod('/tmp/attack', 0o60600, os.makedev(8, 0))"},
      {"a terminal", "open('/dev/tty')"},
      {"typing for the terminal", "__import__('fcntl').ioctl(0, 0x5412, b'x')"},
      {"mount", "system(165, b'none', b'/tmp', b'tmpfs', 0, 0)"},
      {"the new mounts", "system(430, b'tmpfs', 0)"},
      {"chroot", "os.chroot('/tmp')"},
      {"pivot_root", "system(155, b'.', b'.')"},
      {"root's rights", "os.setuid(0)"},
      {"more of the processor", "os.nice(-5)"},
      {"the clock", "__import__('time').clock_settime(0, 0)"},
      {"the host's name", "__import__('socket').sethostname('attack')"},
      {"keys", "system(250, 0, -3, 1)"},
      {"BPF", "system(321, 0, 0, 0)"},
      {"io_uring", "system(425, 1, ctypes.create_string_buffer(256))"},
      {"perf", "system(298, ctypes.create_string_buffer(128), 0, -1, -1, 0)"},
      {"userfaultfd", "system(323, 0)"},
      {"TCP", "__import__('socket').create_connection(('127.0.0.1', 22), 1)"},
      {"UDP", "__import__('socket').socket(2, 2).sendto(b'x', ('127.0.0.1', 53))"},
      {"name lookup", "__import__('socket').getaddrinfo('example.com', 80)"},
      {"unix sockets", "__import__('socket').socket(1, 1)"},
      {"netlink", "__import__('socket').socket(16, 3, 0)"},
      {"vsock", "__import__('socket').socket(40, 1)"},
      {"higher limits", "__import__('resource').setrlimit(7, (10**6, 10**6))"}};
  std::string program = kAttempt;
  for (const Attack& one : kAttempts) {
    program += "if attempt(lambda: " + std::string(one.program) + "): print('escaped:', '''" +
               one.name + "''')\n";
  }
  // All in one program: what it prints names the holes.
  const Score score = attack("all", kLong, program + "print('held')\n");
  CHECK_THAT(score.detail, Catch::Contains(R"(printed "held")"));
  const std::string alone = kAttempt + R"(
for what in (lambda: os.setsid(), lambda: os.fork(), lambda: signal.pause()):
    attempt(what))";
  attack("daemon", kShort, alone);
  // Another kernel interface would go round the filter: it ends the program.
  attack("32-bit system calls", kLong, "import os\nos.execv('/lib/ld-linux.so.2', ['x'])");
}

TEST_CASE("a jail's programs and files end with it") {
  if (!can_isolate()) return;
  const json twice = {{"inputs", {"1", "2"}}, {"outputs", {"clean", "escaped"}}};
  const Score score = judge_program(kLong, R"(
import os
names = ["/tmp/attack", "/tmp/random.py", "/tmp/sitecustomize.py", "/tmp/usercustomize.py"]
print("escaped" if any(map(os.path.exists, names)) else "clean")
for name in names:
    with open(name, "w") as f: f.write("x = 'escaped'"))",
                                    twice);
  CHECK(score.value == 0.0);
  CHECK_THAT(score.detail, Catch::Contains(R"(1 of 2 tests passed; test 2 printed "clean")"));
  // What a compiler starts dies with it.
  const code::JailJob job{.command = {"/usr/bin/python3", "-c", R"(
import os, signal, time
for i in range(3):
    if os.fork() == 0:
        for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(s, signal.SIG_IGN)
        time.sleep(1000)
print("done"))"},
                          .may_fork = true,
                          .seconds = 20};
  for (const auto isolation : {code::Isolation::kFull, code::Isolation::kFilter}) {
    if (!can_isolate(isolation)) continue;
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    code::JailJob one = job;
    one.isolation = isolation;
    const code::JailResult result = code::run_jailed(one);
    CHECK(result.end == code::JailResult::End::kExit);
    CHECK(result.output == "done\n");
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  }
}

TEST_CASE("a fork bomb in a jail that may fork") {
  if (!can_isolate()) return;
  const code::JailJob job{.command = {"/usr/bin/python3", "-c", R"(
import os, time
n = 1
try:
    while n < 200:
        if os.fork() == 0: time.sleep(1000)
        n += 1
except OSError:
    print("held", n))"},
                          .may_fork = true,
                          .seconds = 20};
  const code::JailResult result = code::run_jailed(job);
  CHECK(result.end == code::JailResult::End::kExit);
  CHECK_THAT(result.output, Catch::StartsWith("held"));
}

TEST_CASE("the compiler is no way out") {
  if (!can_isolate()) return;
  CodeConfig cpp = compiled(kLong);
  cpp.compile_time_limit_s = 3;
  constexpr Attack kAttacks[] = {
      {"includes a file of the machine", "#include \"/etc/passwd\"\nint main() {}"},
      {"includes a device", "#include \"/dev/zero\"\nint main() {}"},
      {"takes a file in", "asm(\".incbin \\\"/etc/passwd\\\"\");\nint main() {}"},
      {"never ends",
       "template <int N, class T> struct A { static constexpr int v = A<N - 1, A<N, "
       "T>>::v + A<N - 1, T*>::v; };\ntemplate <class T> struct A<0, T> { static "
       "constexpr int v = 1; };\nint main() { return A<800, int>::v; }"},
      {"a large program", "char x[1 << 30] = {1};\nint main() {}"},
      {"includes itself", "#include __FILE__\nint main() {}"}};
  for (const Attack& one : kAttacks) {
    CHECK_THAT(attack(one.name, cpp, one.program).detail, Catch::Contains("does not compile"));
  }
}

TEST_CASE("only a plain file is handed back") {
  if (!can_isolate()) return;
  constexpr Attack kAttacks[] = {
      {"a link to a file", "os.symlink('/box', 'attack'); os.symlink('/usr/bin/true', 'wanted')"},
      {"a pipe", "os.mkfifo('wanted')"},
      {"a folder", "os.mkdir('wanted')"},
      {"a large file", "open('wanted', 'w').truncate(1 << 62)"}};
  for (const Attack& one : kAttacks) {
    INFO(one.name);
    const std::string program = std::string("import os\n") + one.program;
    const code::JailResult result = code::run_jailed(
        {.command = {"/usr/bin/python3", "-c", program}, .collect = "wanted", .may_fork = true});
    CHECK((result.end != code::JailResult::End::kExit || result.code != 0));
    CHECK(::lseek(result.collected.fd(), 0, SEEK_END) == 0);
  }
}

TEST_CASE("without namespaces the filter and the limits still hold") {
  if (!can_isolate(code::Isolation::kFilter)) return;
  // Here a program's folder is one of the machine's.
  const fs::path usual = fs::temp_directory_path();
  std::string folder = usual / "hone-filter-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  ::setenv("TMPDIR", folder.c_str(), 1);
  const Score score = attack("filter", filtered(kLong), kAttempt + R"(
tries = [lambda: os.fork(), lambda: system(58), lambda: system(272, 0x10000000),
         lambda: os.kill(os.getppid(), 0), lambda: __import__("socket").socket(2, 1),
         lambda: bytearray(1 << 33), lambda: system(101, 16, os.getppid(), 0, 0)]
print("escaped" if any(map(attempt, tries)) else "held"))");
  CHECK_THAT(score.detail, Catch::Contains(R"(printed "held")"));
  attack("loop", filtered(kShort), "while True: pass");
  attack("files", filtered(kShort), "open('attack', 'w').write('x')\nwhile True: pass");
  ::setenv("TMPDIR", usual.c_str(), 1);
  CHECK(fs::remove(folder));  // only an empty one can be
}
