#include "rl/run_log.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "model/error.h"
#include "tests/support/text_of.h"

namespace fs = std::filesystem;
using hone::tests::text_of;
using namespace hone::rl;

namespace {

struct TempFolder {
  fs::path path;
  TempFolder() {
    std::string name = (fs::temp_directory_path() / "hone-run-log-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~TempFolder() { fs::remove_all(path); }
};

void put(const fs::path& path, const std::string& text) {
  fs::remove(path);
  std::ofstream(path, std::ios::binary) << text;
}

int count_events(const fs::path& folder) {
  int n = 0;
  for (const auto& item : fs::directory_iterator(folder)) {
    n += item.path().filename().string().starts_with("events.out.tfevents.");
  }
  return n;
}

Metrics metrics_of(std::int64_t step) {
  return {{"reward", 0.1 * static_cast<double>(step)}, {"loss", 1.0 / static_cast<double>(step)}};
}

void run(RunLog& log, std::int64_t from, std::int64_t to) {
  for (std::int64_t step = from; step <= to; ++step) {
    log.step(step, metrics_of(step));
    log.rollouts(step, "{\"step\":" + std::to_string(step) + "}\n");
  }
}

}  // namespace

TEST_CASE("a metrics line keeps order, the shortest numbers, and has no NaN") {
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(metrics_line(3, {{"reward", 0.1},
                         {"a \"b\"", 1.0},
                         {"lr", 1e-5},
                         {"loss", std::nan("")},
                         {"kl", -inf},
                         {"third", 1.0 / 3.0}}) ==
        R"({"step": 3, "reward": 0.1, "a \"b\"": 1, "lr": 1e-05, "loss": null, "kl": null, )"
        R"("third": 0.3333333333333333})");
  CHECK(nlohmann::json::parse(metrics_line(1, {{"x", 0.1 + 0.2}}))["x"] == 0.1 + 0.2);
}

TEST_CASE("killed anywhere and resumed, the log is that of an undisturbed run") {
  const TempFolder whole, killed;
  {
    RunLog log(whole.path, 0);
    run(log, 1, 20);
  }
  const std::string expected = text_of(whole.path / "metrics.jsonl");
  {
    RunLog log(killed.path, 0);
    run(log, 1, 13);
  }
  const fs::path metrics = killed.path / "metrics.jsonl";
  const std::string thirteen = text_of(metrics);
  // Every place the last line can be torn at; the checkpoint was that of step 10.
  for (std::size_t cut = thirteen.rfind("{\"step\": 13"); cut <= thirteen.size(); ++cut) {
    put(metrics, thirteen.substr(0, cut));
    put(killed.path / "rollouts" / "step-000013.jsonl", "{\"st");
    RunLog log(killed.path, 10);
    CHECK_FALSE(fs::exists(killed.path / "rollouts" / "step-000011.jsonl"));
    CHECK(fs::exists(killed.path / "rollouts" / "step-000010.jsonl"));
    run(log, 11, 20);
    CHECK(text_of(metrics) == expected);
  }
  for (const auto& item : fs::directory_iterator(whole.path / "rollouts")) {
    CHECK(text_of(item.path()) == text_of(killed.path / "rollouts" / item.path().filename()));
  }
}

TEST_CASE("a new start drops everything, a resume starts another event file") {
  const TempFolder temp;
  {
    RunLog log(temp.path, 0);
    run(log, 1, 3);
  }
  { RunLog log(temp.path, 2); }
  CHECK(count_events(temp.path) == 2);
  put(temp.path / "events.out.tfevents.1.other.1.v2", "another program's");
  { RunLog log(temp.path, 0); }
  CHECK(count_events(temp.path) == 2);
  CHECK(text_of(temp.path / "metrics.jsonl").empty());
  CHECK(fs::is_empty(temp.path / "rollouts"));
}

TEST_CASE("a line damaged before the end is named") {
  const TempFolder temp;
  put(temp.path / "metrics.jsonl", "{\"step\": 1}\n{\"step\": ?}\n{\"step\": 3}\n");
  try {
    RunLog log(temp.path, 2);
    FAIL("not refused");
  } catch (const hone::DataError& e) {
    CHECK(std::string(e.what()).find("metrics.jsonl:2: expected") != std::string::npos);
  }
}

TEST_CASE("a full disk stops the log with its path; what was logged stays") {
  const TempFolder temp;
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{2000, 2000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      RunLog log(temp.path, 0);
      run(log, 1, 1000);
    } catch (const hone::DataError& e) {
      ::_exit(std::string(e.what()).find(temp.path.string()) != std::string::npos ? 7 : 8);
    }
    ::_exit(9);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 7);
  { RunLog log(temp.path, 5); }
  CHECK(text_of(temp.path / "metrics.jsonl").ends_with(metrics_line(5, metrics_of(5)) + "\n"));
}
