"""What scripts depend on: each command's lines, their order and keys, and that results agree between commands."""

import itertools
import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import system  # noqa: E402

cases = system.Cases()
FIXTURE = "tests/parity/fixtures/qwen3_saved"  # a model without a tokenizer
COMMANDS = ["run", "eval", "generate", "score", "reward", "loss", "tokenize", "data", "report", "inspect", "bench", "export"]


def lines_of(*arguments, text=""):
    result = system.hone(*arguments, text=text)
    assert result.returncode == 0, f"{arguments}: {result.stderr}"
    return system.json_lines(result.stdout)


def to_text(objects):
    return "".join(json.dumps(one) + "\n" for one in objects)


def equal(name, got, expected):
    cases.check(name, "" if got == expected else f"expected {expected!r}\ngot {got!r}"[:2000])


def generate(model):
    prompts = [{"prompt": "01"}, {"prompt_ids": [7, 8, 7]}, {"prompt": "1110"}]
    command = ["generate", model, "--input", "-", "-n", "3", "--max-new-tokens", "12", "--seed", "5"]
    lines = lines_of(*command, "--threads", "1", text=to_text(prompts))
    equal("generate: n lines for each input", len(lines), 9)
    equal("generate: the keys, in order", {tuple(line) for line in lines},
          {("prompt_ids", "completion_ids", "completion", "logprobs", "finish_reason")})
    ids = [one["ids"] for one in lines_of("tokenize", model, text=to_text([{"text": "01"}, {"text": "1110"}]))]
    equal("generate: inputs in order", [line["prompt_ids"] for line in lines], [ids[0]] * 3 + [[7, 8, 7]] * 3 + [ids[1]] * 3)
    equal("generate: a log-probability each token", [len(line["logprobs"]) for line in lines],
          [len(line["completion_ids"]) for line in lines])
    equal("generate: samples differ", len({str(line["completion_ids"]) for line in lines}) > 3, True)
    equal("generate: two threads, the same lines", lines_of(*command, "--threads", "2", text=to_text(prompts)), lines)
    other = lines_of(*command[:-1], "6", text=to_text(prompts))
    equal("generate: another seed, other lines", other != lines, True)
    alone = lines_of(*command, text=to_text(prompts[:1]))
    equal("generate: the same lines without company", alone, lines[:3])
    scored = lines_of("score", model, "--input", "-", "--threads", "2",
                      text=to_text({"ids": line["prompt_ids"] + line["completion_ids"]} for line in lines))
    equal("score: exactly the log-probabilities that generate gave",
          [one["logprobs"][-len(line["logprobs"]):] for one, line in zip(scored, lines)], [line["logprobs"] for line in lines])
    equal("score: one for each of ids[1:]", [len(one["logprobs"]) for one in scored],
          [len(line["prompt_ids"] + line["completion_ids"]) - 1 for line in lines])


def generate_options(model, folder):
    stops = lines_of("generate", model, "--prompt", "01", "-n", "40", "--max-new-tokens", "30")
    reasons = {line["finish_reason"] for line in stops}
    equal("generate: finish reasons", reasons <= {"stop", "length"} and "stop" in reasons, True)
    equal("generate: length only at the limit",
          {len(line["completion_ids"]) for line in stops if line["finish_reason"] == "length"} <= {30}, True)
    full = lines_of("generate", model, "--prompt", "01", "-n", "8", "--max-new-tokens", "9", "--ignore-eos")
    equal("generate: --ignore-eos runs to the limit",
          {(len(line["completion_ids"]), line["finish_reason"]) for line in full}, {(9, "length")})
    greedy = lines_of("generate", model, "--prompt", "01", "-n", "2", "--greedy", "--max-new-tokens", "9")
    cold = lines_of("generate", model, "--prompt", "01", "--temperature", "0.01", "--max-new-tokens", "9")
    equal("generate: --greedy is the limit of cold sampling",
          [line["completion_ids"] for line in greedy], [cold[0]["completion_ids"]] * 2)
    output = folder / "lines.jsonl"
    lines_of("generate", model, "--prompt", "01", "--output", output)
    equal("generate: --output", system.json_lines(output.read_text()), lines_of("generate", model, "--prompt", "01"))


def without_tokenizer():
    prompt = to_text([{"prompt_ids": [3, 4, 5]}])
    lines = lines_of("generate", FIXTURE, "--input", "-", "-n", "2", "--ignore-eos", "--max-new-tokens", "4", text=prompt)
    equal("no tokenizer: generate by ids", [(len(line["completion_ids"]), line["completion"]) for line in lines], [(4, "")] * 2)
    ids = [[3, 4, 5] + line["completion_ids"] for line in lines]
    scored = lines_of("score", FIXTURE, "--input", "-", text=to_text({"ids": one} for one in ids))
    equal("no tokenizer: score", [one["logprobs"][2:] for one in scored], [line["logprobs"] for line in lines])
    refused = system.hone("generate", FIXTURE, "--prompt", "1")
    cases.check("no tokenizer: text is refused", system.status_problems(refused, 2, "no tokenizer"))


def only_tokenizer_json(folder):
    """A folder as it is downloaded: no tokenizer.model, and more rows than the tokenizer has ids."""
    model = folder / "json"
    shutil.copytree(FIXTURE, model)
    pieces = ["<unk>", "<pad>", "</s>", *"0123456789+-*/=?<> adehiknrstw"]
    file = {"added_tokens": [{"id": 2, "content": "</s>", "special": True}], "decoder": {"type": "Fuse"},
            "model": {"type": "BPE", "unk_token": "<unk>", "vocab": {piece: id for id, piece in enumerate(pieces)}, "merges": []}}
    (model / "tokenizer.json").write_text(json.dumps(file))
    (model / "tokenizer_config.json").write_text('{"eos_token": {"content": "</s>"}}')
    lines = lines_of("generate", model, "--prompt", "01 = ", "-n", "20", "--max-new-tokens", "12")
    ids = [line["completion_ids"] for line in lines]
    equal("tokenizer.json: the prompt", lines[0]["prompt_ids"], [pieces.index(character) for character in "01 = "])
    equal("tokenizer.json: padding is drawn too", any(one >= len(pieces) for line in ids for one in line), True)
    equal("tokenizer.json: but is no text", [line["completion"] for line in lines],
          ["".join(pieces[one] for one in line[:-1] if one < len(pieces)) +
           (pieces[line[-1]] if line[-1] != 2 and line[-1] < len(pieces) else "") for line in ids])

    recipe = folder / "json.toml"
    recipe.write_text(f"""[[stage]]
name = "more"
type = "sft"
from = "{model}"
steps = 1
max_length = 64
data.task = {{type = "parity", min_bits = 2, max_bits = 3, prompts = "codes"}}
""")
    cases.check("tokenizer.json: trained on", system.status_problems(system.hone("run", recipe, "--out", folder / "json-run"), 0))
    saved = folder / "json-run/more/model"
    equal("tokenizer.json: saved as it was", (saved / "tokenizer.json").read_bytes(), (model / "tokenizer.json").read_bytes())
    equal("tokenizer.json: no tokenizer.model", (saved / "tokenizer.model").exists(), False)

    file["model"]["merges"] = [["0", "none"]]
    (model / "tokenizer.json").write_text(json.dumps(file))
    for command in (["tokenize", model], ["generate", model, "--prompt", "0"], ["run", recipe, "--out", folder / "none"]):
        cases.check(f"{command[0]}: a merge of no piece",
                    system.status_problems(system.hone(*command), 2, "tokenizer.json", "model.merges[0]", "none"))


def tokenize(model):
    texts = ["0110", "<think>01</think><answer>1</answer>", ""]
    ids = lines_of("tokenize", model, text=to_text({"text": text} for text in texts))
    back = lines_of("tokenize", model, text=to_text(ids))
    equal("tokenize: text to ids and back", [one["text"] for one in back], texts)
    equal("tokenize: a tag is one token", len(ids[1]["ids"]), 7)


def tasks():
    for task, prompts in itertools.product(("lastdigit", "addition", "parity", "spell_backward", "number_sorting"), ("words", "codes")):
        form = ["--set", f"prompts={prompts}"]
        problems = lines_of("data", task, "--count", "30", "--seed", "4", "--traces", *form)
        equal(f"data {task}: in {prompts}", {" " in one["prompt"] for one in problems}, {prompts == "words"})
        scores = lines_of("reward", f"task:{task}", "--input", "-", text=to_text(problems))
        equal(f"data {task} | reward: right traces score 1",
              [(one["score"], one["status"]) for one in scores], [(1.0, "correct")] * 30)
        judged = lines_of("reward", "answer", "--input", "-", text=to_text(problems))
        equal(f"data {task} | reward answer: the same", [one["score"] for one in judged], [1.0] * 30)
        wrong = lines_of("data", task, "--count", "30", "--seed", "4", "--traces", "--wrong-steps", "1", *form)
        scores = lines_of("reward", f"task:{task}", "--input", "-", text=to_text(wrong))
        equal(f"data {task} --wrong-steps 1: some score 0", any(one["score"] == 0 for one in scores), True)
        equal(f"data {task}: keys", {tuple(one) for one in problems}, {("prompt", "answer", "metadata", "completion")})
        held_out = lines_of("data", task, "--count", "200", "--split", "heldout", *form)
        train = lines_of("data", task, "--count", "200", *form)
        shared = {one["prompt"] for one in held_out} & {one["prompt"] for one in train}
        equal(f"data {task}: the splits share no problem", shared, set())


def language():
    traces = lines_of("data", "lastdigit", "--count", "50", "--set", "languages=mixed", "--traces", "--mixed-steps", "0.3")
    scores = lines_of("reward", "language_consistency", "--input", "-",
                      text=to_text({**one, "config": {"count_digits": True}} for one in traces))
    equal("data --mixed-steps | reward language_consistency: shares of words", all(0 <= one["score"] <= 1 for one in scores), True)
    equal("some traces are of one language, some are not", {one["status"] for one in scores}, {"correct", "wrong"})
    long = {"completion": "x", "completion_tokens": 90, "config": {"max_completion_len": 100, "soft_punish_cache": 20}}
    equal("reward soft_overlong_punishment: by tokens",
          [one["score"] for one in lines_of("reward", "soft_overlong_punishment", "--input", "-", text=to_text([long]))], [-0.5])
    halves = [{"completion": "So it is $\\boxed{0.5}$.", "answer": "\\frac12"}, {"completion": "\\boxed{0.4}", "answer": "\\frac12"},
              {"completion": "It is $1/2$", "answer": "0.5", "config": {"extract": ["latex"], "gold_type": "number"}}]
    equal("reward math: by value, with settings", [one["score"] for one in lines_of("reward", "math", "--input", "-", text=to_text(halves))],
          [1, 0, 1])


def audits(folder):
    """A file of problems: shown, linted, and what a reward pays on it to whoever understands nothing."""
    data = folder / "gsm.jsonl"
    rows = [{"question": f"What is {i} and {i} and nothing else at all?", "answer": f"so\n#### {2 * i if i % 2 else 7}"}
            for i in range(60)]
    data.write_text(to_text([*rows, rows[3], {"question": "unanswered"}]))
    preset = ["--set", "preset=gsm8k"]
    shown = lines_of("data", data, "--count", "3", *preset, "--set", "skip_unusable=true")
    equal("data FILE: the problems", [(one["answer"].isdigit(), one["metadata"]) for one in shown], [(True, {"gold_type": "number"})] * 3)
    system.hone("data", data, "--lint", *preset, "--json", folder / "lint.json")
    lint = json.loads((folder / "lint.json").read_text())
    equal("data FILE --lint: counts", [lint[name] if isinstance(lint[name], int) else lint[name]["count"]
                                       for name in ("lines", "problems", "unusable", "duplicates", "conflicts", "unverified")],
          [62, 61, 1, 1, 0, 0])
    result = system.hone("reward", "audit", "answer", "--data", data, *preset, "--set", "skip_unusable=true",
                         "--json", folder / "audit.json")
    audit = json.loads((folder / "audit.json").read_text())
    cases.check("reward audit: a table", [*system.status_problems(result, 0), "" if "above the bound" in result.stdout else result.stdout])
    equal("reward audit: a constant is found out", (audit["problems"], audit["most"] > 0.45, audit["policies"][0]["policy"][0]), (61, True, "7"))
    fair = system.hone("reward", "audit", "task:addition", "--count", "64")
    cases.check("reward audit: a task by itself", [*system.status_problems(fair, 0), fair.stdout if "above" in fair.stdout else ""])
    group = [{"completion": "<answer>1</answer>", "answer": "1", "completion_ids": [1] * n} for n in (5, 10)]
    equal("reward --group: completions beside each other",
          [one["score"] for one in lines_of("reward", "length", "--input", "-", "--group", "2", text=to_text(group))], [0.5, -0.5])


def losses():
    step = {"logp": [[-1.0, -0.5], [-2.0, -1.0]], "old_logp": [[-1.0, -0.5], [-2.0, -1.0]], "mask": [[1, 1], [1, 0]],
            "advantages": [1, -1], "max_completion_length": 4}
    # On policy every ratio is 1: -A times the token's weight, which the presets differ in.
    wanted = {"dapo": [[-1 / 3, -1 / 3], [1 / 3, 0]], "grpo": [[-1 / 4, -1 / 4], [1 / 2, 0]], "dr_grpo": [[-1 / 8, -1 / 8], [1 / 8, 0]]}
    lines = [{**step, "config": {"preset": preset}} for preset in wanted]
    results = lines_of("loss", "--input", "-", text=to_text(lines))
    equal("loss: gradients of three presets", [one["grad"] for one in results], list(wanted.values()))
    equal("loss: keys", {tuple(one) for one in results}, {("loss", "grad", "metrics")})


def evaluate(model, folder):
    command = ["eval", model, "--data", "task:parity", "--set", "prompts=codes", "--set", "min_bits=2", "--set", "max_bits=5", "--problems", "8", "--samples", "2",
               "--max-new-tokens", "12", "--json"]
    result = system.hone(*command, folder / "eval.json", "--threads", "1")
    again = system.hone(*command, folder / "again.json", "--threads", "2")
    cases.check("eval", system.status_problems(result, 0) + system.status_problems(again, 0))
    figures = json.loads((folder / "eval.json").read_text())
    wanted = {"model", "parameters", "problems", "samples", "pass@1", "pass@1_stderr", "greedy", "pass@2", "maj@2", "format",
              "mean_length"}
    equal("eval --json: keys", wanted - figures.keys(), set())
    equal("eval: the same for two threads", (folder / "again.json").read_text(), (folder / "eval.json").read_text())
    equal("eval: the figure that is printed", f"{figures['pass@1']:.4f}" in result.stdout, True)
    questions = system.write_json_lines(folder / "questions.jsonl", [{"question": "1", "answer": "#### 1"}] * 3)
    result = system.hone("eval", model, "--data", questions, "--json", folder / "file.json", "--max-new-tokens", "8")
    cases.check("eval of a file", system.status_problems(result, 0))
    equal("eval of a file: no problem twice", json.loads((folder / "file.json").read_text())["problems"], 3)


def report_and_inspect(run, folder):
    result = system.hone("report", run)
    page = (run / "report.html").read_text()
    cases.check("report", system.status_problems(result, 0))
    equal("report: needs no network", any(f'{key}="http' in page for key in ("src", "href")), False)
    result = system.hone("report", run, run, "--output", folder / "two.html")
    cases.check("report of two runs", [*system.status_problems(result, 0), "" if (folder / "two.html").stat().st_size > 1000 else "?"])
    for path, part in [(run, "stage base"), (run / "base/model", "tokenizer: "), (run / "base/model/model.safetensors", "F32")]:
        result = system.hone("inspect", path)
        cases.check(f"inspect {path.name}", [*system.status_problems(result, 0), "" if part in result.stdout else result.stdout])


def helps():
    whole = system.hone("--help")
    missing = [name for name in COMMANDS if f"\n  {name} " not in whole.stdout]
    cases.check("--help names every command", [*system.status_problems(whole, 0), *missing])
    for command in [[name] for name in COMMANDS if name != "bench"] + [["bench", kind] for kind in ("grpo", "decode", "train")]:
        result = system.hone(*command, "--help")
        example = f"hone {' '.join(command)} " in result.stdout and "Example" in result.stdout
        cases.check(f"{' '.join(command)} --help has an example",
                    [*system.status_problems(result, 0), "" if example else result.stdout])


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    model = system.tiny_checkpoint(folder)
    generate(model)
    generate_options(model, folder)
    without_tokenizer()
    only_tokenizer_json(folder)
    tokenize(model)
    tasks()
    language()
    audits(folder)
    losses()
    evaluate(model, folder)
    report_and_inspect(folder / "tiny-run", folder)
    helps()
cases.finish()
