"""Bad recipes, options and data: status 2, one message that names the place, and nothing started."""

import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import system  # noqa: E402

cases = system.Cases()

RL = """seed = 1
[[stage]]
name = "zero"
type = "grpo"
from = "{model}"
steps = 1
prompts_per_step = 2
group_size = 2
max_new_tokens = 8
preflight.enabled = false
reward = [{{type = "answer"}}]
data.task = {{type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}}
"""

EVAL = "[eval]\nproblems = 2\nmax_new_tokens = 8\n"


class Bad:
    """One folder with what the cases are made of: a good recipe of each kind, and a checkpoint."""

    def __init__(self, folder):
        self.folder = folder
        self.model = system.tiny_checkpoint(folder)
        self.rl = RL.format(model=self.model)

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def run(self, name, recipe, *parts, options=()):
        """`hone run` of a recipe's text must end with these parts in its message, and start nothing."""
        path = self.file("bad.toml", recipe)
        out = self.folder / "out"
        result = system.hone("run", path, "--out", out, "--threads", "1", *options)
        problems = system.status_problems(result, 2, *parts) + one_message(result)
        if out.exists():
            problems.append(f"something was started: {sorted(system.contents(out))}")
            shutil.rmtree(out)
        cases.check(name, problems)

    def command(self, name, arguments, *parts, text=""):
        """A command must end with these parts in its message, and print no result."""
        result = system.hone(*arguments, text=text)
        problems = system.status_problems(result, 2, *parts)
        if result.stdout:
            problems.append(f"stdout: {result.stdout[:200]}")
        cases.check(name, problems)


def one_message(result):
    lines = result.stderr.splitlines()
    if len(lines) == 1 and lines[0].startswith("hone: "):
        return []
    return [f"expected one line that starts with hone: , got {result.stderr!r}"]


def recipes(bad):
    base = system.TINY
    bad.run("unknown key, with the nearest name", base.replace("steps = 2", "stepz = 2"),
            "bad.toml:5:1: base.stepz: unknown key", "steps")
    bad.run("unknown key in a nested table", base.replace("hidden_size", "hiden_size"),
            "bad.toml:12:3: base.init.hiden_size: unknown key", "hidden_size")
    bad.run("unknown key beside the stages", "sead = 2\n" + base, "bad.toml:1:1: sead: unknown key", "seed")
    bad.run("a key given twice", base.replace("steps = 2", "steps = 2\nsteps = 3"), "bad.toml:6:", "steps")
    bad.run("not TOML", base.replace("steps = 2", "steps = = 2"), "bad.toml:5:9")
    bad.run("wrong type", base.replace("steps = 2", 'steps = "two"'), "bad.toml:5:9: base.steps: expected an integer")
    bad.run("a number for a text", base.replace('"parity"', "3"), "bad.toml:8:", "base.data.task.type")
    bad.run("out of range", base.replace("batch_size = 4", "batch_size = 0"), "bad.toml:6:14: base.batch_size")
    bad.run("out of range by --set", base, "--set base.batch_size=0", "base.batch_size",
            options=("--set", "base.batch_size=0"))
    bad.run("a learning rate that is no number", base.replace("1e-3", "nan"), "base.optimizer.learning_rate")
    bad.run("unknown kind of stage", base.replace('"sft"', '"sftt"'), "bad.toml:4:", "sft")
    bad.run("unknown task", base.replace('"parity"', '"paritty"'), "bad.toml:8:", "parity")
    bad.run("unknown reward", bad.rl.replace('"answer"', '"answr"'), "bad.toml:11:", "answer")
    bad.run("unknown stage to start from", bad.rl.replace(str(bad.model), "bse"),
            "bad.toml:5:8: zero.from", '"bse" is neither a folder, a .gguf file nor an earlier stage')
    bad.run("no stage", "seed = 1\n", "stage", "expected at least one")
    bad.run("an empty recipe", "", "expected at least one")


def contradictions(bad):
    base = system.TINY
    bad.run("from and init", base.replace("steps = 2", f'steps = 2\nfrom = "{bad.model}"'),
            "bad.toml", "base.init", "contradicts `from`")
    bad.run("a task and a file", base.replace("data.task", 'data.path = "x"\ndata.task'), "base.data.path", "contradicts")
    bad.run("heads that do not divide", base.replace("num_key_value_heads = 2", "num_key_value_heads = 3"),
            "bad.toml:16:25: base.init.num_key_value_heads")
    bad.run("max_length above the context", base.replace("max_length = 64", "max_length = 65"),
            "bad.toml:7:14: base.max_length", "64")
    bad.run("completions longer than the context", bad.rl.replace("max_new_tokens = 8", "max_new_tokens = 64"),
            "bad.toml:9:18: zero.max_new_tokens", "64")
    bad.run("more bits at least than at most", bad.rl.replace("min_bits = 2", "min_bits = 5"), "zero.data.task")
    bad.run("a task too easy to hold problems out", bad.rl.replace("max_bits = 4", "max_bits = 2"), "zero.data.task",
            "none is held out")
    bad.run("the same in the evaluation", EVAL + 'data.task = {type = "parity", min_bits = 2, max_bits = 2, prompts = "codes"}\n' +
            base[len("seed = 1"):], "eval.data.task", "none is held out")
    bad.run("two stages of one name", base + base[base.index("[["):], "base", "earlier stage's name")
    bad.run("warm-up longer than the stage", base + "\n  [stage.optimizer]\n  warmup_steps = 9\n", "optimizer")


def data_files(bad):
    good = '{"question": "1+1=", "answer": "2"}\n'
    for name, text, parts in [
        ("malformed JSON", good + '{"question": \n', ["data.jsonl:2: "]),
        ("no object", good + "[1]\n", ["data.jsonl:2: expected a JSON object"]),
        ("no question", good + good + '{"ask": "1", "answer": "2"}\n', ["data.jsonl:3: ", "prompt", "ask"]),
        ("an answer of the wrong type", good + '{"question": "1", "answer": [2]}\n', ["data.jsonl:2: ", "answer"]),
        ("broken UTF-8", good + '{"question": "\udcff", "answer": "2"}\n', ["data.jsonl:2: "]),
        ("an empty file", "", ["data.jsonl: expected at least one problem"]),
        ("blank lines only", "\n \n", ["data.jsonl: expected at least one problem"]),
        ("a prompt longer than the context", good + json.dumps({"question": "01" * 60, "answer": "2"}) + "\n",
         ["data.jsonl:2: ", "64"]),
    ]:
        path = bad.folder / "data.jsonl"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        from_file = bad.rl.split("data.task")[0] + f'data.dataset.path = "{path}"\n'
        bad.run(f"grpo data: {name}", from_file, *parts)
    bad.run("eval data: a prompt longer than the context",
            EVAL + f'data.dataset.path = "{path}"\n' + bad.rl[len("seed = 1"):], *parts)
    pair = '{"prompt": "1+1=", "completion": "2"}\n'
    for name, text, parts in [
        ("malformed JSON", pair + "{]\n", ["data.jsonl:2: "]),
        ("no completion", pair + '{"prompt": "1", "text": "2"}\n', ["data.jsonl:2: ", '"completion"', "text"]),
        ("an empty file", "", ["data.jsonl: expected at least one"]),
        ("an example longer than max_length", pair + json.dumps({"prompt": "0" * 40, "completion": "1" * 40}) + "\n",
         ["data.jsonl:2: ", "64"]),
    ]:
        path = bad.file("data.jsonl", text)
        task = 'data.task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}'
        bad.run(f"sft data: {name}", system.TINY.replace(task, f'data.path = "{path}"'), *parts)
    bad.run("a data file that is not there", bad.rl.split("data.task")[0] + 'data.dataset.path = "none.jsonl"\n',
            "bad.toml:12:21: zero.data.dataset.path", "none.jsonl")


def replays(bad):
    """Recorded rollouts that cannot be trained on; tests/rl/replay_test.cpp has each kind of bad line."""
    good = bad.folder / "good.toml"
    good.write_text(bad.rl + "optimizer.learning_rate = 1e-3\n")
    result = system.hone("run", good, "--out", bad.folder / "recorded", "--threads", "1")
    cases.check("replay: the recorded run", system.status_problems(result, 0))
    rollouts = bad.folder / "recorded/zero/rollouts"
    lines = (rollouts / "step-000001.jsonl").read_text().splitlines(keepends=True)
    damaged = bad.file("damaged.jsonl", "".join(lines[:2]) + lines[2][:40] + "\n")
    unknown = json.loads(lines[3])
    unknown["completion_ids"][-1] = 9999
    unknown = bad.file("unknown.jsonl", "".join(lines[:3]) + json.dumps(unknown) + "\n")
    for name, path, settings, parts in [
        ("nothing there", "none", [], ["bad.toml:12:10: zero.replay", '"none" is not there']),
        ("a folder of other things", bad.model, [], [f"{bad.model}: expected step-NNNNNN.jsonl files"]),
        ("a malformed line", damaged, [], ["damaged.jsonl:3: is not valid JSON"]),
        ("an unknown id", unknown, [], ["unknown.jsonl:4: expected ids", "got 9999"]),
        ("other groups", rollouts, ["zero.group_size=4"], ["step-000001.jsonl:3: ", "group_size is 4"]),
        ("too few steps", rollouts, ["zero.steps=2"], ["expected 2 recorded steps", "got 1; lower `steps`"]),
        ("dynamic sampling", rollouts, ["zero.dynamic_sampling=true"], ["zero.dynamic_sampling: contradicts `replay`"]),
    ]:
        recipe = bad.rl.replace("data.task", f'replay = "{path}"\ndata.task')
        bad.run(f"replay: {name}", recipe, *parts, options=[word for one in settings for word in ("--set", one)])


def options_of_run(bad):
    base = system.TINY
    bad.run("a stage that is not there", base, "--stage bas", "did you mean base?", options=("--stage", "bas"))
    bad.run("--set without a value", base, "--set base.steps", "stage.key=value", options=("--set", "base.steps"))
    bad.run("--set of an unknown stage", base, "bse", "base", options=("--set", "bse.steps=1"))
    bad.run("--set of an unknown key", base, "base.stps", "steps", options=("--set", "base.stps=1"))
    if not os.path.exists("/dev/nvidiactl") and not os.path.exists("/dev/dxg"):
        bad.run("cuda without a GPU", base, "--device cuda", "no NVIDIA GPU", options=("--device", "cuda"))
    recipe = bad.file("good.toml", base)
    for name, arguments, part in [
        ("unknown command", ["rum", recipe], "did you mean run?"),
        ("no command", [], "command"),
        ("unknown option", ["run", recipe, "--otu", "x"], "--otu"),
        ("no recipe", ["run"], "RECIPE"),
        ("a recipe that is not there", ["run", "none.toml"], "none.toml: expected a recipe"),
        ("a folder for a recipe", ["run", bad.folder], f"{bad.folder}: expected a recipe"),
        ("threads out of range", ["run", recipe, "--threads", "0"], "--threads"),
        ("an unknown device", ["run", recipe, "--device", "tpu"], "--device"),
    ]:
        bad.command(f"run: {name}", arguments, part)


def places(bad):
    """Folders that cannot hold a run, or hold another."""
    recipe = bad.file("good.toml", system.TINY)
    in_the_way = bad.file("file", "precious")
    full = bad.folder / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("precious")
    for name, out in [("a file in the way", in_the_way), ("a file on the way", in_the_way / "run"),
                      ("a folder of other things", full), ("a folder nobody can write", pathlib.Path("/proc/hone"))]:
        result = system.hone("run", recipe, "--out", out)
        problems = system.status_problems(result, 2, str(out)) + one_message(result)
        if in_the_way.read_text() != "precious" or sorted(system.contents(full)) != ["thesis.txt"]:
            problems.append("something was changed")
        cases.check(f"output: {name}", problems)

    out = bad.folder / "tiny-run"
    before = system.contents(out)
    changes = ("--set", "base.steps=3", "--set", "seed=7", "--set", "base.init.head_dim=4")
    result = system.hone("run", bad.folder / "tiny.toml", "--out", out, *changes)
    problems = system.status_problems(result, 2, "base.steps: 2 -> 3", "seed: 1 -> 7", "base.init.head_dim: 8 -> 4",
                                      "--fresh")
    if system.contents(out) != before:
        problems.append("the run was changed")
    cases.check("output: a run of another recipe, the differences listed", problems)


def other_commands(bad):
    model = bad.model
    for name, line, parts in [("malformed JSON", "{", ["-:2: "]), ("neither prompt nor ids", "{}", ["-:2: ", "prompt_ids"]),
                              ("ids of the wrong type", '{"prompt_ids": ["a"]}', ["-:2: "]),
                              ("an unknown id", '{"prompt_ids": [3, 9999]}', ["-:2: ", "9999"]),
                              ("a negative id", '{"prompt_ids": [-1]}', ["-:2: ", "-1"]),
                              ("no tokens", '{"prompt_ids": []}', ["-:2: "]),
                              ("a prompt longer than the context", json.dumps({"prompt": "01" * 60}), ["-:2: ", "64"])]:
        bad.command(f"generate: {name}", ["generate", model, "--input", "-"], *parts,
                    text='{"prompt": "1"}\n' + line + "\n")
    for name, line, parts in [("malformed JSON", "{", ["-:2: "]), ("no ids", "{}", ["-:2: ", "ids"]),
                              ("an unknown id", '{"ids": [9999]}', ["-:2: ", "9999"]),
                              ("longer than the context", json.dumps({"ids": [3] * 65}), ["-:2: ", "64"])]:
        bad.command(f"score: {name}", ["score", model, "--input", "-"], *parts, text='{"ids": [3, 4]}\n' + line + "\n")
    for name, line, parts in [("malformed JSON", '{"completion"', ["-:2: "]), ("no completion", "{}", ["-:2: ", "completion"]),
                              ("a list for an answer", '{"completion": "1", "answer": []}', ["-:2: ", "answer"]),
                              ("an unknown setting", '{"completion": "1", "config": {"x": 1}}', ["-:2: ", "x"])]:
        bad.command(f"reward: {name}", ["reward", "answer", "--input", "-"], *parts,
                    text='{"completion": "1"}\n' + line + "\n")
    step = {"logp": [[-1, -2]], "advantages": [1]}
    for name, line, parts in [("malformed JSON", "{", ["-:2: "]), ("no logp", "{}", ["-:2: ", "logp"]),
                              ("another shape", json.dumps({**step, "old_logp": [[-1]]}), ["-:2: ", "old_logp"]),
                              ("an unknown preset", json.dumps({**step, "config": {"preset": "ppo"}}), ["-:2: ", "dr_grpo"]),
                              ("no reference", json.dumps({**step, "config": {"kl_coef": 1}}), ["-:2: ", "ref_logp"])]:
        bad.command(f"loss: {name}", ["loss", "--input", "-"], *parts, text=json.dumps(step) + "\n" + line + "\n")
    empty = bad.file("empty.jsonl", "")
    for name, arguments, parts in [
        ("generate: neither prompt nor input", ["generate", model], ["--question", "--prompt", "--input"]),
        ("generate: prompt and question", ["generate", model, "--prompt", "1", "--question", "1"], ["--question", "several"]),
        ("generate: no such input", ["generate", model, "--input", "none.jsonl"], ["none.jsonl"]),
        ("generate: no such model", ["generate", "none", "--prompt", "1"], ["none"]),
        ("generate: output that cannot be written", ["generate", model, "--prompt", "1", "--output", "/proc/x"], ["/proc/x"]),
        ("score: no such model", ["score", "none", "--input", empty], ["none"]),
        ("reward: unknown name", ["reward", "answr", "--input", "-"], ["answr", "answer"]),
        ("reward: unknown task", ["reward", "task:parityy", "--input", "-"], ["parity"]),
        ("reward: a group that is not whole", ["reward", "answer", "--input", bad.file("one.jsonl", '{"completion": "1"}'), "--group", "2"],
         ["one.jsonl:1", "groups of 2"]),
        ("reward audit: no data", ["reward", "audit", "answer"], ["--data"]),
        ("reward audit: settings that are no JSON", ["reward", "audit", "answer", "--data", "task:parity", "--config", "{"], ["--config"]),
        ("data: unknown preset", ["data", bad.file("p.jsonl", "{}"), "--set", "preset=gsm8"], ["gsm8k", "verl"]),
        ("data: a list that is none", ["data", bad.file("p.jsonl", "{}"), "--set", "metadata_columns=x"], ["metadata_columns", "a list of texts"]),
        ("data: lint of a task", ["data", "parity", "--lint"], ["--lint"]),
        ("data: unknown task", ["data", "lastdgit"], ["lastdigit"]),
        ("data: unknown setting", ["data", "parity", "--set", "bits=3"], ["bits", "min_bits"]),
        ("eval: unknown task", ["eval", model, "--data", "task:party"], ["parity"]),
        ("eval: settings that contradict", ["eval", model, "--data", "task:parity", "--set", "max_bits=5"], ["min_bits", "5"]),
        ("eval: a task without problems held out",
         ["eval", model, "--data", "task:parity", "--set", "min_bits=2", "--set", "max_bits=2"], ["none is held out"]),
        ("eval: an empty file", ["eval", model, "--data", empty], ["empty.jsonl"]),
        ("eval: no such file", ["eval", model, "--data", "none.jsonl"], ["none.jsonl"]),
        ("report: no such run", ["report", "none"], ["none"]),
        ("inspect: no such path", ["inspect", "none"], ["none"]),
    ]:
        bad.command(name, arguments, *parts)


with tempfile.TemporaryDirectory() as name:
    bad = Bad(pathlib.Path(name))
    for group in (recipes, contradictions, data_files, replays, options_of_run, places, other_commands):
        group(bad)
cases.finish()
