"""However a run is killed, interrupted or split, it ends in the bytes of an undisturbed one."""

import pathlib
import random
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import run_files  # noqa: E402
import system  # noqa: E402

RECIPE = """seed = 3

[eval]
problems = 16
samples = 2
max_new_tokens = 24
data.task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}

[[stage]]
name = "base"
type = "sft"
steps = 30
batch_size = 16
max_length = 64
checkpoint_every = 4
init = {hidden_size = 32, intermediate_size = 64, num_hidden_layers = 2, num_attention_heads = 2, num_key_value_heads = 1, head_dim = 16, max_position_embeddings = 64}
data = {task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}, long_share = 0.5, wrong_steps = 0.1}
optimizer = {learning_rate = 5e-3, warmup_steps = 5}

[[stage]]
name = "zero"
type = "grpo"
from = "base"
steps = 9
prompts_per_step = 8
group_size = 4
max_new_tokens = 24
updates_per_rollout = 2
dynamic_sampling = true
checkpoint_every = 2
loss = {preset = "dapo", kl_coef = 0.05, use_adaptive_entropy = true, entropy_target = 1.0, top_entropy_quantile = 0.8, importance_sampling = "token_truncate"}
ref_model_sync_steps = 3
ref_model_mixup_alpha = 0.6
data.task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}
reward = [{type = "answer"}, {type = "format", weight = 0.2}]
optimizer = {learning_rate = 2e-3}
preflight = {problems = 8, min_mixed_groups = 0.0}
held_out = {every = 2, problems = 8, keep_best = true}

[[stage]]
name = "student"
type = "distill"
teacher = "zero"
problems = 512
samples = 2
max_new_tokens = 24
min_reward = 0.0
steps = 30
batch_size = 8
checkpoint_every = 4
data.task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}
reward = [{type = "answer"}]
init = {hidden_size = 16, intermediate_size = 32, num_hidden_layers = 1, num_attention_heads = 2, num_key_value_heads = 2, head_dim = 8, max_position_embeddings = 64}
optimizer = {learning_rate = 5e-3}

[[stage]]
name = "samples"
type = "rejection"
from = "zero"
problems = 256
samples = 4
max_new_tokens = 24
min_reward = 0.0
max_per_problem = 2
data.task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}
reward = [{type = "answer"}]
filters = [{type = "format", min = 0.0}]

[[stage]]
name = "again"
type = "sft"
from = "base"
steps = 12
batch_size = 16
max_length = 64
checkpoint_every = 4
optimizer = {learning_rate = 1e-3}
[[stage.data.mix]]
weight = 3
rollouts = "samples"
[[stage.data.mix]]
weight = 1
task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}

[[stage]]
name = "echo"
type = "gkd"
teacher = "zero"
from = "student"
lmbda = 0.5
beta = 0.5
steps = 24
batch_size = 16
max_new_tokens = 24
checkpoint_every = 5
data.task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}
reward = [{type = "answer"}]
lora = {r = 4}
optimizer = {learning_rate = 2e-3}
"""
KILLS = 18

cases = system.Cases()


class Runs:
    """Runs of the recipe in one folder, and what the undisturbed one left."""

    def __init__(self, folder):
        self.folder = folder
        self.recipe = folder / "resume.toml"
        self.recipe.write_text(RECIPE)
        begin = time.monotonic()
        process = self.start("whole")
        system.wait_until(lambda: self.holds_lock("whole", process), process)
        begin = time.monotonic()
        _, errors = process.communicate()
        self.seconds = time.monotonic() - begin
        assert process.returncode == 0, errors
        self.whole = run_files.reproducible(folder / "whole")

    def arguments(self, name, *options):
        return ["run", self.recipe, "--out", self.folder / name, "--threads", "1", *options]

    def start(self, name):
        return system.start(*map(str, self.arguments(name)))

    def holds_lock(self, name, process):
        lock = self.folder / name / ".lock"
        return lock.is_file() and lock.read_text().strip() == str(process.pid)

    def finish(self, name):
        return system.hone(*self.arguments(name))

    def compare(self, case, name, result, *problems):
        """The run must be done now, with the undisturbed one's files."""
        differ = run_files.differences(self.whole, run_files.reproducible(self.folder / name))
        cases.check(case, [*problems, *system.status_problems(result, 0), *differ])


def killed(runs):
    """SIGKILL at random moments, again and again, until a process comes to its end."""
    moments = random.Random(11)
    kills, ends = 0, 0
    while kills < KILLS:
        name = f"killed{ends}"
        process = runs.start(name)
        alive = system.wait_until(lambda: runs.holds_lock(name, process), process)
        try:
            process.communicate(timeout=moments.uniform(0, runs.seconds / 6) if alive else None)
            ends += 1
        except system.subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
    for number in range(ends + 1):
        name = f"killed{number}"
        runs.compare(f"killed {kills} times in {ends + 1} runs: run {number + 1}", name, runs.finish(name))


def interrupted(runs):
    """Ctrl-C in every kind of work: status 130, a message that says how to go on, and the same end."""
    out = runs.folder / "interrupted"
    moments = [("sft", out / "base/metrics.jsonl"), ("the evaluation", out / "base/model"),
               ("grpo", out / "zero/metrics.jsonl"), ("the teacher's sampling", out / "student/recipe.toml"),
               ("distill", out / "student/metrics.jsonl"), ("rejection", out / "samples/recipe.toml"),
               ("sft on samples", out / "again/metrics.jsonl"), ("gkd", out / "echo/metrics.jsonl")]
    for name, path in moments:
        process = runs.start("interrupted")
        system.wait_until(lambda p=path: p.is_dir() or p.is_file() and p.stat().st_size > 0, process)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
        result = system.subprocess.CompletedProcess([], process.returncode, output, errors)
        cases.check(f"Ctrl-C during {name}",
                    system.status_problems(result, 130, "; go on with: ", f"run {runs.recipe} --out {out}"))
    runs.compare("interrupted in every kind of work", "interrupted", runs.finish("interrupted"))


def threads(runs):
    result = system.hone(*runs.arguments("threads")[:-1], "2")
    runs.compare("two threads", "threads", result)


def damaged(runs):
    """A checkpoint whose bytes rotted is named and passed over."""
    checkpoints = runs.folder / "damaged/zero/checkpoints"
    process = runs.start("damaged")
    system.wait_until(lambda: (checkpoints / "step-4").is_dir(), process)
    process.kill()
    process.communicate()
    newest = max(checkpoints.glob("step-*"), key=lambda path: int(path.name.split("-")[1]))
    weights = newest / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    result = runs.finish("damaged")
    named = str(weights) in result.stdout + result.stderr
    runs.compare("a damaged checkpoint is named, and the one before used", "damaged", result,
                 "" if named else f"{weights} is not named in {result.stdout}")


def killed_while_tidying(runs):
    """A kill between a stage's model and the removal of its checkpoints leaves a half removed one."""
    left = runs.folder / "threads/zero/checkpoints/step-8"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_text("half")
    runs.compare("what a kill left of a finished stage's checkpoints is removed", "threads", runs.finish("threads"))


def micro_batches(runs):
    """Another split of the batches changes a stage's figures by rounding alone, from the same start."""
    problems = []
    for stages, only in [(("base",), ("--stage", "base")), (("zero", "student"), ())]:
        name = "split-" + stages[0]
        options = [f"--set={stage}.micro_batch_tokens=100" for stage in stages]
        problems += system.status_problems(system.hone(*runs.arguments(name, *options, *only)), 0)
        for stage in stages:
            problems += rounding_problems(runs.folder / "whole", runs.folder / name, stage)
    cases.check("another split into micro-batches: the same figures but for rounding", problems[:5])


def rounding_problems(whole, split, stage):
    """The first step starts from the same weights. Later ones start from weights that differ by 1e-7, which the norm of
    the gradient shows where the loss is steep: at zero's step 6 by 2e-5."""
    def bound(step, name):
        return 1e-6 if step == 1 else 5e-5 if name == "grad_norm" else 1e-5

    pairs = zip(run_files.metrics_of(whole, stage), run_files.metrics_of(split, stage), strict=True)
    return [f"{stage} step {one['step']}: {name} is {one[name]} and {other[name]}" for one, other in pairs for name in one
            if abs(one[name] - other[name]) > bound(one["step"], name) * max(1, abs(one[name]))]


with tempfile.TemporaryDirectory() as name:
    runs = Runs(pathlib.Path(name))
    for group in (killed, interrupted, threads, killed_while_tidying, damaged, micro_batches):
        group(runs)
cases.finish()
