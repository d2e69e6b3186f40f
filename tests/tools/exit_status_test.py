"""How a run ends: 0 done, 3 stopped by a guard, 130 interrupted; 2, the user's input, has tests of its own."""

import json
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import safetensors  # noqa: E402
import system  # noqa: E402

cases = system.Cases()

RL = """
[[stage]]
name = "zero"
type = "grpo"
from = "{model}"
steps = 3
prompts_per_step = 4
group_size = 4
max_new_tokens = 16
checkpoint_every = 1
data.task = {{type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}}
reward = [{{type = "answer"}}]
optimizer.learning_rate = 1e-3
"""
NO_PREFLIGHT = "preflight.enabled = false\n"
SFT = """
[[stage]]
name = "more"
type = "sft"
from = "{model}"
steps = 3
batch_size = 4
max_length = 64
data.task = {{type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}}
"""
DISTILL = """
[[stage]]
name = "student"
type = "distill"
teacher = "{model}"
from = "{model}"
problems = 8
samples = 2
steps = 1
max_new_tokens = 16
data.task = {{type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}}
reward = [{{type = "answer"}}]
"""


class Folder:
    def __init__(self, path):
        self.path = path
        self.model = system.tiny_checkpoint(path)

    def command(self, name, stages, model=None):
        recipe = self.path / f"{name}.toml"
        recipe.write_text("seed = 1\n" + stages.format(model=model or self.model))
        return ["run", str(recipe), "--out", str(self.path / name), "--threads", "1"]

    def broken_model(self, tensor, value):
        model = self.path / "broken"
        shutil.rmtree(model, ignore_errors=True)
        shutil.copytree(self.model, model)
        safetensors.set_numbers(model / "model.safetensors", tensor, value)
        return model


def done(folder):
    command = folder.command("done", SFT + RL.replace('"{model}"', '"more"').replace('"answer"', '"random"'))
    result = system.hone(*command)
    cases.check("done", system.status_problems(result, 0))
    again = system.hone(*command)
    cases.check("done earlier", [*system.status_problems(again, 0),
                                 "" if "finished earlier" in again.stdout else again.stdout])


def guards(folder):
    """What cannot be learnt from is said before anything is trained."""
    for name, stages, parts in [("every answer is wrong", RL, ["stopped: RL cannot learn from this", "too hard", "min_mixed_groups"]),
                                ("no sample of the teacher is right", DISTILL, ["stopped: none of the teacher's samples"])]:
        out = folder.path / name.replace(" ", "-")
        result = system.hone(*folder.command(out.name, stages))
        problems = system.status_problems(result, 3, *parts)
        problems += [f"{path} was made" for path in out.rglob("*") if path.name in ("model", "checkpoints")]
        cases.check(f"guard: {name}", problems)


def non_finite(folder):
    """A loss or gradient that is no number: the tensor is named, the batch kept, and nothing else changed."""
    norm, head = "model.norm.weight", "model.embed_tokens.weight"
    for number, (name, stages, tensor, value) in enumerate([
            ("sft of a model with a NaN", SFT, norm, float("nan")),
            ("sft of a model with an infinity", SFT, head, float("inf")),
            ("grpo of a model with a NaN", RL + NO_PREFLIGHT, norm, float("nan")),
            ("grpo of a model with huge weights", RL + NO_PREFLIGHT, norm, 3e38)]):
        model = folder.broken_model(tensor, value)
        command = folder.command(f"non-finite{number}", stages, model)
        result = system.hone(*command)
        stage = folder.path / f"non-finite{number}" / ("zero" if "grpo" in name else "more")
        batch = stage / "stopped_batch.jsonl"
        problems = system.status_problems(result, 3, "stopped: step 1: ", "not finite", str(batch))
        if value != 3e38:
            problems += system.status_problems(result, 3, f"the weight {tensor} is not finite")
        if batch.is_file():
            lines = [json.loads(line) for line in batch.read_text().splitlines()]
            problems.append("" if lines and all(line["completion_ids"] for line in lines) else "the batch is empty")
        problems.append("a model was written" if (stage / "model").exists() else "")
        cases.check(f"not finite: {name}", problems)


def go_on(stderr):
    """The command that the message says goes on."""
    return shlex.split(stderr.strip().splitlines()[-1].split("go on with: ", 1)[1])


def interrupted(folder):
    for sent in (signal.SIGINT, signal.SIGTERM):
        name = f"stop-{sent.name}"
        command = folder.command(name, SFT.replace("steps = 3", "steps = 300"))
        process = system.start(*command)
        metrics = folder.path / name / "more/metrics.jsonl"
        system.wait_until(lambda m=metrics: m.is_file() and m.stat().st_size > 0, process)
        process.send_signal(sent)
        output, errors = process.communicate()
        result = subprocess.CompletedProcess([], process.returncode, output, errors)
        problems = system.status_problems(result, 130, "saved after step ", "go on with: ")
        if not problems:
            rest = subprocess.run(go_on(errors), capture_output=True, text=True)
            problems += system.status_problems(rest, 0)
            problems.append("" if len(metrics.read_text().splitlines()) == 300 else "steps are missing")
        cases.check(f"{sent.name}, and the command that the message gives", problems)


def interrupted_twice(folder):
    """The second Ctrl-C does not wait for the step, here one of many seconds."""
    process = system.start(*folder.command("twice", SFT.replace("batch_size = 4", "batch_size = 1000000")))
    log = folder.path / "twice/more/metrics.jsonl"
    system.wait_until(log.exists, process)
    process.send_signal(signal.SIGINT)
    first = process.stderr.readline() + process.stderr.readline()
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate()
    cases.check("Ctrl-C twice", [
        "" if "once more stops at once" in first else f"after the first: {first!r}",
        "" if process.returncode == 130 else f"exit status {process.returncode}",
        "" if time.monotonic() - begin < 5 else f"took {time.monotonic() - begin} s"])


with tempfile.TemporaryDirectory() as name:
    folder = Folder(pathlib.Path(name))
    for group in (done, guards, non_finite, interrupted, interrupted_twice):
        group(folder)
cases.finish()
