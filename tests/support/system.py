"""Runs the program from outside, for the tests in tests/tools. HONE is its path."""

import json
import os
import pathlib
import subprocess
import sys
import time

HONE = os.environ.get("HONE", "")
BUG = ("this is a bug", "terminate called", "Exception raised from", "Segmentation")


def hone(*arguments, text="", **options):
    return subprocess.run([HONE, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=200,
                          errors="replace",
                          **options)


def start(*arguments, **options):
    """The program under way, its output in pipes."""
    return subprocess.Popen([HONE, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            **options)


def wait_until(condition, process, seconds=60):
    """Polls until the condition holds; False if the process ended before."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None:
            return False
        if time.monotonic() > deadline:
            raise TimeoutError("waited too long")
        time.sleep(0.002)
    return True


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def write_json_lines(path, objects):
    path.write_text("".join(json.dumps(one) + "\n" for one in objects))
    return path


def contents(folder):
    """Every file below a folder and its bytes; the lock says nothing."""
    files = pathlib.Path(folder)
    return {str(path.relative_to(files)): path.read_bytes() for path in sorted(files.rglob("*"))
            if path.is_file() and path.name != ".lock"}


class Cases:
    """One line a case; the foot in the words of the other test programs, so that cases are counted."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def check(self, name, problems):
        """`problems`: what is wrong, a text or a list of texts; nothing if all is well."""
        problems = [p for p in ([problems] if isinstance(problems, str) else problems or []) if p]
        print(f"{'FAIL' if problems else 'ok  '}  {name}")
        for problem in problems:
            print("      " + problem.replace("\n", "\n      "))
        self.failed += bool(problems)
        self.passed += not problems

    def finish(self):
        if self.failed:
            print(f"test cases: {self.passed + self.failed} | {self.passed} passed | {self.failed} failed")
        else:
            print(f"All tests passed ({self.passed} assertions in {self.passed} test cases)")
        sys.exit(1 if self.failed else 0)


def status_problems(result, status, *parts):
    """What is wrong with how a command ended: its status, or its message on stderr."""
    problems = []
    if result.returncode != status:
        problems.append(f"exit status {result.returncode}, expected {status}; stderr: {result.stderr.strip()[-600:]}")
    for part in parts:
        if part not in result.stderr:
            problems.append(f"stderr lacks {part!r}: {result.stderr.strip()[:600]}")
    problems += [f"stderr says {word!r}: {result.stderr.strip()[:300]}" for word in BUG if word in result.stderr]
    return problems


# A base that learns parity, in a second.
TINY = """seed = 1
[[stage]]
name = "base"
type = "sft"
steps = 2
batch_size = 4
max_length = 64
data.task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}
optimizer.learning_rate = 1e-3

  [stage.init]
  hidden_size = 16
  intermediate_size = 32
  num_hidden_layers = 1
  num_attention_heads = 2
  num_key_value_heads = 2
  head_dim = 8
  max_position_embeddings = 64
"""


def tiny_checkpoint(folder):
    """A checkpoint folder with a tokenizer, hardly trained, of 64 tokens' context."""
    recipe = folder / "tiny.toml"
    recipe.write_text(TINY)
    result = hone("run", recipe, "--out", folder / "tiny-run", "--threads", "1")
    assert result.returncode == 0, result.stderr
    return folder / "tiny-run/base/model"
