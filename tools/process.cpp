#include "tools/process.h"

#include <ATen/Parallel.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "model/error.h"
#include "model/kernels/isa.h"
#include "model/vector_math.h"
#include "recipes/error.h"

namespace hone::tools {
namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

extern "C" void on_signal(int) {
  constexpr int kInterrupted = 130;
  if (stop_requested.exchange(true)) ::_exit(kInterrupted);
  constexpr std::string_view kText = "\nstopping after this step; once more stops at once\n";
  // Nothing can be done here if it cannot be written.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText.data(), kText.size());
}

}  // namespace

namespace {

/// OpenMP's threads wait for each other by spinning for milliseconds, which is right on an idle
/// machine and makes everything many times slower as soon as another program wants a core; with
/// much less, a thread sleeps through the short stretches that only one has work for. Some tenths
/// of a millisecond do well on both. And malloc does not ask for pages of 2 MiB, of which a step's
/// tensors need far fewer entries of the page table. Both are read from the environment while the
/// program is loaded, so it has to be started again.
void restart_with_environment() {
  const bool waits =
      std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr;
  if (waits && std::getenv("GLIBC_TUNABLES") != nullptr) return;
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  if (!waits) ::setenv("GOMP_SPINCOUNT", "10000", 1);
  ::setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0);
  ::execv("/proc/self/exe", arguments.data());
  // Not started again: only slower beside other programs.
}

}  // namespace

void set_isa() {
  const char* name = std::getenv("HONE_ISA");
  if (name == nullptr || model::kernels::use_isa(name)) return;
  std::string available;
  for (const std::string& isa : model::kernels::available_isas()) {
    available += (available.empty() ? "" : ", ") + isa;
  }
  throw DataError("HONE_ISA", "an instruction set that this machine has (" + available + ")",
                  "\"" + std::string(name) + "\"");
}

void set_threads(int threads) {
  restart_with_environment();
  if (threads > 0) at::set_num_threads(threads);
  model::set_up_vector_math();
}

void check_device(const std::string& device) {
  if (device != "cuda") return;
  const bool gpu = std::filesystem::exists("/dev/nvidiactl") || std::filesystem::exists("/dev/dxg");
  throw RecipeError("--device cuda", "",
                    gpu ? "this build of hone runs on the CPU only; use --device cpu"
                        : "this machine has no NVIDIA GPU (no /dev/nvidiactl); use --device cpu");
}

const std::atomic<bool>* stop_on_signals() {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  return &stop_requested;
}

void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that there can be
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

void report_size_limits() { std::signal(SIGXFSZ, SIG_IGN); }

double peak_rss_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // Linux counts KiB
}

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace hone::tools
