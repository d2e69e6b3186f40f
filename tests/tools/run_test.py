"""`hone run` from outside: exit statuses, one clear message, and that nothing is lost to a kill.

Needs HONE, the program. Runs a shortened smoke recipe in a folder of its own.
"""

import hashlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

HONE = os.environ["HONE"]
RECIPE = "recipes/smoke.toml"
SHORT = ["--set", "base.steps=12", "--set", "base.checkpoint_every=5", "--set", "zero.steps=3"]


def command(*arguments):
    return [HONE, "run", RECIPE, *SHORT, *map(str, arguments)]


def hone(*arguments):
    return subprocess.run([HONE, *map(str, arguments)], capture_output=True, text=True)


def reproducible(run):
    """Hash of everything that a seed fixes, by file."""
    hashes = {}
    for path in sorted(run.rglob("*")):
        name = str(path.relative_to(run))
        if path.name in ("metrics.jsonl",):
            lines = []
            for line in path.read_text().splitlines():
                step = json.loads(line)
                lines.append({k: v for k, v in step.items() if not k.startswith(("time/", "perf/"))})
            hashes[name] = json.dumps(lines)
        elif path.is_file() and (path.suffix == ".safetensors" or path.name == "eval.json"):
            hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashes


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.base = pathlib.Path(self.folder.name)

    def test_killed_runs_end_like_an_undisturbed_one(self):
        whole = self.base / "whole"
        subprocess.run(command("--out", whole), check=True, capture_output=True)
        expected = reproducible(whole)
        self.assertIn("student/model/model.safetensors", expected)

        run = self.base / "killed"
        for seconds in (0.5, 0.9, 1.3, 1.7):
            process = subprocess.Popen(command("--out", run), stdout=subprocess.DEVNULL)
            time.sleep(seconds)
            process.kill()
            process.wait()
        process = subprocess.Popen(
            command("--out", run), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, text = process.communicate()
        if process.returncode != 0:  # it may have been done by then
            self.assertEqual(process.returncode, 130, text)
            self.assertIn("go on with: ", text)
            self.assertIn(f"run {RECIPE}", text)
        subprocess.run(command("--out", run), check=True, capture_output=True)
        self.assertEqual(reproducible(run), expected)

        again = hone("run", RECIPE, *SHORT, "--out", run)
        self.assertEqual(again.returncode, 0)
        self.assertIn("finished earlier", again.stdout)
        other = hone("run", RECIPE, *SHORT, "--set", "zero.temperature=0.9", "--out", run)
        self.assertEqual(other.returncode, 2)
        self.assertIn("zero.temperature: 1.0 -> 0.9", other.stderr)

    def test_bad_input_is_one_message_and_status_2(self):
        out = self.base / "run"
        bad = self.base / "bad.toml"
        bad.write_text('seed = 1\n[[stage]]\nname = "a"\ntype = "grpo"\ngroupsize = 3\n')
        blocked = self.base / "blocked"
        blocked.write_text("a file")
        cases = [
            ([bad], "bad.toml:5:1: a.groupsize: unknown key"),
            (["nowhere.toml"], "nowhere.toml: expected a recipe"),
            ([RECIPE, "--set", "zero.steps=many"], "zero.steps: expected an integer"),
            ([RECIPE, "--stage", "zeroo"], "did you mean zero?"),
            ([RECIPE, "--stage", "zero"], "which is not finished"),
            ([RECIPE, "--device", "tpu"], "--device"),
            ([], "RECIPE"),
        ]
        if not os.path.exists("/dev/nvidiactl"):
            cases.append(([RECIPE, "--device", "cuda"], "no NVIDIA GPU"))
        for arguments, message in cases:
            with self.subTest(arguments):
                result = hone("run", *arguments, "--out", out)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(message, result.stderr)
        result = hone("run", RECIPE, "--out", blocked)
        self.assertEqual(result.returncode, 2)
        self.assertIn(f"{blocked}: expected a folder", result.stderr)

    def test_a_hopeless_start_is_stopped_by_the_guard(self):
        result = hone(
            "run", RECIPE, *SHORT, "--out", self.base / "run", "--set", "base.steps=1",
            "--set", "base.checkpoint_every=1", "--set", "base.optimizer.warmup_steps=0",
            "--set", "zero.preflight.min_mixed_groups=1.0",
        )
        self.assertEqual(result.returncode, 3, result.stderr)

    def test_help_and_version(self):
        for arguments in (["--help"], ["--version"], ["run", "--help"], ["run", "--keys"]):
            result = hone(*arguments)
            self.assertEqual(result.returncode, 0)
            self.assertTrue(result.stdout)
        self.assertEqual(hone().returncode, 2)
        self.assertEqual(hone("frobnicate").returncode, 2)


if __name__ == "__main__":
    unittest.main()
