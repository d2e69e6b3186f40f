#include <string>

#include "tests/rewards/code_support.h"

// Programs that solve nothing and want to be taken for ones that do.

using namespace hone::rewards;
using nlohmann::json;

namespace {

struct Trick {
  const char* name;
  const char* program;
};

/// Programs may know how an expected output looks, as these do, but not which one it is.
const json kWords = {{"inputs", {"1\n", "2\n"}}, {"outputs", {"zq-5183\n", "zq-7720\n"}}};
const json kCalls = {{"fn_name", "solve"},
                     {"inputs", {json::array({1}), json::array({2})}},
                     {"outputs", {"zq-5183", "zq-7720"}}};

void check_tricks(const json& tests, const Trick* begin, const Trick* end) {
  for (const Trick* trick = begin; trick != end; ++trick) {
    INFO(trick->name);
    const Score score = judge_program({.time_limit_s = 5}, trick->program, tests);
    INFO(score.detail);
    CHECK(score.value == 0.0);
    CHECK(score.status == Status::kWrong);
  }
}

}  // namespace

TEST_CASE("a program that prints is not believed more than what it prints") {
  if (!can_isolate()) return;
  constexpr Trick kTricks[] = {
      {"leaves early", "import os\nos._exit(0)"},
      {"leaves politely", "raise SystemExit(0)"},
      {"leaves through a hook", "import atexit, os\natexit.register(os._exit, 0)\n1 / 0"},
      {"does nothing", "pass"},
      {"prints what graders print", "print('OK')\nprint('exit 0')\nprint('1 passed, 0 failed')"},
      {"looks for what is expected", R"(
import gc, os, re, sys
found, frame = [], sys._getframe()
while frame:
    found += [repr(frame.f_locals), repr(frame.f_globals)]
    frame = frame.f_back
found += [repr(o) for o in gc.get_objects() if isinstance(o, (str, list, dict, tuple))]
for root, _, files in os.walk("/"):
    if root.startswith(("/usr", "/dev")): continue
    for name in files:
        try: found.append(open(os.path.join(root, name), errors="replace").read())
        except OSError: pass
found += list(os.environ.values()) + sys.argv
words = [w for text in found for w in re.findall("zq-[0-9]+", text)]
print(words[0] if words else "none")
)"},
      {"passes by exception", "import unittest\nraise unittest.SkipTest('no')"},
      {"patches what compares", R"(
import builtins, json, decimal
class Same(str):
    def __eq__(self, other): return True
    def __hash__(self): return 0
    def strip(self, *a): return self
builtins.str = Same
print(Same("x")))"},
      {"not a number", "print(float('nan'))"},
      {"waits and dies", "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)"}};
  check_tricks(kWords, std::begin(kTricks), std::end(kTricks));
}

TEST_CASE("almost the right output is wrong") {
  if (!can_isolate()) return;
  const json lines = {{"inputs", {"x"}}, {"outputs", {"1\n2\n3\n"}}};
  const auto value = [&](const std::string& text) {
    return judge_program({}, "print('" + text + "')", lines).value;
  };
  CHECK(value("1\\n2\\n3") == 1.0);
  CHECK(value("1\\n2") == 0.0);           // a prefix
  CHECK(value("1\\n2\\n3\\n4") == 0.0);   // more
  CHECK(value("1 1\\n2\\n3") == 0.0);     // more in a line
  CHECK(value("3\\n2\\n1") == 0.0);       // another order
  CHECK(value("1 2 3") == 0.0);           // other lines
  CHECK(value("\\0331\\n2\\n3") == 0.0);  // what a terminal would hide
  CHECK(value("1\\n2\\n3\\n\\n0") == 0.0);
  const json none = {{"inputs", {"x", "y"}}, {"outputs", {"", "1"}}};
  CHECK_THAT(judge_program({}, "pass", none).detail, Catch::Contains("1 of 2 tests passed"));
}

TEST_CASE("a function is believed for its value alone") {
  if (!can_isolate()) return;
  constexpr Trick kTricks[] = {
      {"equals everything", R"(
class Same:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
def solve(x): return Same())"},
      {"a text that equals everything", R"(
class Same(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
def solve(x): return Same("x"))"},
      {"a number that is none", "def solve(x): return float('nan')"},
      {"infinity", "def solve(x): return float('inf')"},
      {"leaves before it is called", "import os\ndef solve(x): pass\nos._exit(0)"},
      {"leaves when it is called", "import sys\ndef solve(x): sys.exit(0)"},
      {"prints a result of its own", R"(
import os
def solve(x):
    for fd in range(16):
        try: os.write(fd, b'"zq-5183"\n')
        except OSError: pass
    os._exit(0))"},
      {"reads the number and tells several results", R"(
import os, sys
def solve(x):
    nonce = sys._getframe(1).f_locals["request"]["nonce"]
    for word in ("zq-5183", "zq-7720"):
        os.write(sys._getframe(1).f_locals["output"], f'{nonce} "{word}"\n'.encode())
    os._exit(0))"},
      {"looks at who calls", R"(
import gc, re, sys
def solve(x):
    found, frame = [], sys._getframe()
    while frame:
        found += [repr(frame.f_locals), repr(frame.f_globals)]
        frame = frame.f_back
    found += [repr(o) for o in gc.get_objects() if isinstance(o, (str, list, dict, tuple))]
    words = [w for text in found for w in re.findall("zq-[0-9]+", text)]
    return words[0] if words else "none"
)"},
      {"changes how results are written", R"(
import json, json.encoder
json.dumps = lambda *a, **k: '"zq-5183"\n"zq-7720"'
json.encoder.encode_basestring_ascii = lambda s: '"zq-5183", "zq-7720"'
json.encoder.c_make_encoder = None
def solve(x): return "x")"},
      {"shadows a module", R"(
with open("json.py", "w") as f: f.write("def dumps(*a, **k): return '1'")
with open("sitecustomize.py", "w") as f: f.write("raise SystemExit")
def solve(x): return None)"},
      {"all candidates", "def solve(x): return ['zq-5183', 'zq-7720']"},
      {"another function", "def solved(x): return 'zq-5183'"}};
  check_tricks(kCalls, std::begin(kTricks), std::end(kTricks));
  CHECK(judge_program({}, "def solve(x): return {1: 'zq-5183', 2: 'zq-7720'}[x]", kCalls).value ==
        1.0);
}
