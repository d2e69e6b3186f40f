#include "tools/progress.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

using namespace hone::tools;
using hone::rl::Metrics;

namespace {

const Metrics kGrpo{{"reward", 0.8734},
                    {"completions/mean_length", 31.25},
                    {"loss", 0.01},
                    {"perf/rollout_tokens_per_s", 21432.7}};

/// What a Progress on a pipe writes while a stage runs.
std::string plain(std::int64_t from, std::int64_t total, const Metrics& metrics) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  {
    Progress progress(ends[1]);
    const auto observer = progress.observer("zero");
    observer.note("starting");
    for (std::int64_t step = from; step <= total; ++step) observer.step(step, total, metrics);
  }
  ::close(ends[1]);
  std::string text(65536, '\0');
  const ssize_t n = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  return text.substr(0, n > 0 ? static_cast<std::size_t>(n) : 0);
}

}  // namespace

TEST_CASE("a sparkline spans its values") {
  CHECK(sparkline({}, 8).empty());
  CHECK(sparkline({5}, 8) == "\u2581");
  CHECK(sparkline({1, 1, 1}, 8) == "\u2581\u2581\u2581");
  CHECK(sparkline({0, 1, 2, 3, 4, 5, 6, 7}, 8) ==
        "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588");
  CHECK(sparkline({-1, -1, 0, 0, 1, 1}, 3) == "\u2581\u2585\u2588");
}

TEST_CASE("a progress line leaves out what matters least, and never gets too wide") {
  const ProgressState state{"zero", 45, 150, kGrpo, {0.1, 0.9}, 130.0};
  CHECK(progress_line(state, 200, true) ==
        "zero  45/150  reward 0.873  \u2581\u2588  length 31.2  21.4k tokens/s  2 min 10 s left");
  CHECK(progress_line(state, 60, true) ==
        "zero  45/150  reward 0.873  \u2581\u2588  length 31.2  2 min 10 s left");
  CHECK(progress_line(state, 45, false) == "zero  45/150  reward 0.873  2 min 10 s left");
  CHECK(progress_line(state, 30, true) == "zero  45/150  reward 0.873");
  CHECK(progress_line(state, 5, true) == "zero ");
  CHECK(progress_line({"\u00e9\u00e9\u00e9", 1, 9, {}, {}, {}}, 2, true) == "\u00e9\u00e9");
  CHECK(progress_line({"base", 1, 9, {{"loss", 2.5}}, {}, {}}, 80, true) == "base 1/9  loss 2.500");
  CHECK(progress_line({"a\x1b[2J", 1, 9, {}, {}, {}}, 80, true) == "a?[2J 1/9");
}

TEST_CASE("without a terminal there is a line at first, each tenth and at last") {
  const std::string text = plain(1, 200, kGrpo);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1 + 1 + 10);
  CHECK(
      text.starts_with("zero: starting\nzero   1/200  reward 0.873  length 31.2  21.4k tokens/s"));
  CHECK(text.ends_with("\nzero 200/200  reward 0.873  length 31.2  21.4k tokens/s\n"));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  const std::string resumed = plain(150, 150, {{"loss", 0.5}});
  CHECK(resumed == "zero: starting\nzero 150/150  loss 0.500\n");
}
