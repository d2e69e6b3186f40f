#include "model/durable.h"

#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "model/error.h"
#include "tests/support/temp_folder.h"
#include "tests/support/text_of.h"

namespace fs = std::filesystem;
using hone::tests::TempFolder;
using hone::tests::text_of;
using namespace hone::model;

namespace {

void put(const fs::path& path, const std::string& text) {
  fs::remove(path);  // ext4 flushes a file that is cut to nothing and written again: thousands here
  std::ofstream(path, std::ios::binary) << text;
}

void fill_with(const fs::path& folder, const std::string& text) {
  put(folder / "a.txt", text);
  fs::create_directory(folder / "sub");
  put(folder / "sub" / "b.txt", text + text);
  put(folder / "empty", "");
}

void write_text(const fs::path& target, const std::string& text) {
  write_folder(target, [&](const fs::path& folder) { fill_with(folder, text); });
}

std::size_t count(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The message of the DataError that the folder's check throws; empty if it throws none.
std::string damage(const fs::path& folder) {
  try {
    check_folder(folder);
  } catch (const hone::DataError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a folder is written, checked and replaced") {
  const TempFolder temp;
  const fs::path target = temp.path() / "new" / "step-1";
  write_text(target, "one");
  CHECK(is_complete(target));
  CHECK(text_of(target / "sub" / "b.txt") == "oneone");
  write_text(target / "", "two");  // with a trailing slash
  CHECK(is_complete(target));
  CHECK(text_of(target / "a.txt") == "two");
  CHECK(count(temp.path() / "new") == 1);
  put(target / "notes.txt", "a file that somebody added");
  CHECK(is_complete(target));
  CHECK_FALSE(is_complete(temp.path() / "none"));

  put(temp.path() / "file", "mine");
  CHECK_THROWS_AS(write_text(temp.path() / "file", "x"), hone::DataError);
  CHECK(text_of(temp.path() / "file") == "mine");
}

TEST_CASE("a failing fill leaves the old folder and nothing else") {
  const TempFolder temp;
  const fs::path target = temp.path() / "model";
  write_text(target, "old");
  CHECK_THROWS_WITH(write_folder(target,
                                 [](const fs::path& folder) {
                                   put(folder / "a.txt", "half");
                                   throw std::runtime_error("out of ideas");
                                 }),
                    "out of ideas");
  CHECK(is_complete(target));
  CHECK(text_of(target / "a.txt") == "old");
  CHECK(count(temp.path()) == 1);
}

TEST_CASE("every flipped byte, truncated file and missing file is found and named") {
  const TempFolder temp;
  const fs::path target = temp.path() / "step-7";
  write_text(target, "contents");
  for (const char* name : {"a.txt", "sub/b.txt", "manifest.json"}) {
    const fs::path path = target / name;
    const std::string good = text_of(path);
    for (std::size_t i = 0; i < good.size(); ++i) {
      for (const int bit : {0, 3, 5, 7}) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
        put(path, bad);
        CHECK(damage(target) != "");
      }
      put(path, good.substr(0, i));
      CHECK(damage(target).starts_with(path.string()));
    }
    put(path, good + "x");
    CHECK(damage(target).starts_with(path.string()));
    fs::remove(path);
    CHECK(contains(damage(target), path.string() + ": expected"));
    CHECK(contains(damage(target), "no such file"));
    put(path, good);
    CHECK(damage(target) == "");
  }
  fs::remove(target / "empty");
  CHECK(contains(damage(target), "empty"));
}

TEST_CASE("a manifest cannot point out of its folder") {
  const TempFolder temp;
  const fs::path target = temp.path() / "step-1";
  write_text(target, "x");
  std::string text = text_of(target / "manifest.json");
  text.replace(text.find("a.txt"), 5, "../a.");
  put(target / "manifest.json", text);
  CHECK(contains(damage(target), "inside the folder"));
}

TEST_CASE("the newest good checkpoint is found, damaged ones are named") {
  const TempFolder temp;
  std::vector<std::string> warnings;
  const auto warn = [&](const std::string& text) { warnings.push_back(text); };
  CHECK_FALSE(newest_good(temp.path() / "none", warn));
  CHECK_FALSE(newest_good(temp.path(), warn));
  for (const int step : {9, 10, 100}) {
    write_text(temp.path() / ("step-" + std::to_string(step)), std::to_string(step));
  }
  fs::create_directory(temp.path() / "step-100x");
  put(temp.path() / "step-1000", "a file");
  CHECK(newest_good(temp.path(), warn) == temp.path() / "step-100");
  CHECK(warnings.empty());
  put(temp.path() / "step-100" / "a.txt", "damn");
  fs::remove(temp.path() / "step-10" / "manifest.json");
  CHECK(newest_good(temp.path(), warn) == temp.path() / "step-9");
  REQUIRE(warnings.size() == 2);
  CHECK(contains(warnings[0], "step-100/a.txt"));
  CHECK(contains(warnings[1], "step-10/manifest.json"));
}

TEST_CASE("prune keeps the newest, and drops what a resumed run went back behind") {
  const TempFolder temp;
  for (const int step : {5, 20, 30, 100}) {
    write_text(temp.path() / ("step-" + std::to_string(step)), "x");
  }
  prune(temp.path(), 2, 30);
  CHECK(count(temp.path()) == 2);
  CHECK(is_complete(temp.path() / "step-20"));
  CHECK(is_complete(temp.path() / "step-30"));
  prune(temp.path(), 1);
  CHECK(count(temp.path()) == 1);
  CHECK(is_complete(temp.path() / "step-30"));
}

TEST_CASE("leftovers go, a half done replacement is put back, a living writer is left alone") {
  const TempFolder temp;
  write_text(temp.path() / "step-1", "one");
  fs::rename(temp.path() / "step-1", temp.path() / ".step-1.hone-old");
  fs::create_directory(temp.path() / ".step-2.hone-tmp");
  fs::create_directory(temp.path() / ".step-3.hone-gone");
  put(temp.path() / ".summary.json.hone-tmp", "{");
  fs::create_directory(temp.path() / ".somebody.tmp");
  CHECK(newest_good(temp.path(), {}) == temp.path() / "step-1");
  CHECK(count(temp.path()) == 2);
  CHECK(fs::exists(temp.path() / ".somebody.tmp"));

  write_folder(temp.path() / "step-2", [&](const fs::path& folder) {
    remove_leftovers(temp.path());
    fill_with(folder, "two");
    CHECK_THROWS_AS(write_text(temp.path() / "step-2", "at the same time"), hone::DataError);
  });
  CHECK(text_of(temp.path() / "step-2" / "a.txt") == "two");
}

TEST_CASE("a writer killed at every single system call leaves the old folder or the new one") {
  const TempFolder temp;
  const fs::path target = temp.path() / "step-5";
  const std::string old_text = "old", new_text = "new and longer";
  write_text(target, old_text);
  int kills = 0, replaced = 0;
  for (bool killed = true; killed; ++kills) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      ::raise(SIGSTOP);
      write_text(target, new_text);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSTOPPED(status));
    // It stops before each system call and after it: killed before the call number `kills`.
    for (int stops = 0; WIFSTOPPED(status) && stops <= 2 * kills; ++stops) {
      ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
      ::waitpid(child, &status, 0);
    }
    killed = WIFSTOPPED(status);
    if (killed) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    REQUIRE(newest_good(temp.path(), {}) == target);
    REQUIRE(count(temp.path()) == 1);  // nothing is left lying about
    const std::string now = text_of(target / "a.txt");
    REQUIRE((now == old_text || now == new_text));
    replaced += now == new_text;
    if (now == new_text) write_text(target, old_text);
  }
  CHECK(kills > 50);
  CHECK(replaced > 1);
}

TEST_CASE("a full disk is told, and the old state stays") {
  const TempFolder temp;
  write_text(temp.path() / "model", "old");
  write_file_atomic(temp.path() / "summary.json", "old");
  const pid_t child = ::fork();
  if (child == 0) {
    // The limit stands in for a full disk: writes past it fail.
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{20, 20};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int told = 0;
    try {
      write_folder(temp.path() / "model",
                   [](const fs::path& folder) { put(folder / "a.txt", "n"); });
    } catch (const hone::DataError& e) {  // the manifest is too big
      const std::string what = e.what();
      told += what.find("manifest.json") != std::string::npos &&
              what.find("ulimit") != std::string::npos;
    }
    try {
      write_file_atomic(temp.path() / "summary.json", std::string(100, 'x'));
    } catch (const hone::DataError& e) {
      told += contains(e.what(), "summary.json");
    }
    ::_exit(told);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 2);
  CHECK(is_complete(temp.path() / "model"));
  CHECK(text_of(temp.path() / "model" / "a.txt") == "old");
  CHECK(text_of(temp.path() / "summary.json") == "old");
  CHECK(count(temp.path()) == 2);
}

TEST_CASE("a file is replaced whole") {
  const TempFolder temp;
  write_file_atomic(temp.path() / "f", "one");
  write_file_atomic(temp.path() / "f", "two");
  CHECK(text_of(temp.path() / "f") == "two");
  CHECK(count(temp.path()) == 1);
  CHECK_THROWS_AS(write_file_atomic(temp.path() / "none" / "f", "x"), hone::DataError);
}
