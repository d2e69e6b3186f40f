"""hone eval from outside: readings, what it says of completions without an answer, --show, --text, and a recipe's evaluation."""

import json
import math
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import system  # noqa: E402

cases = system.Cases()
TASK = ["--data", "task:parity", "--set", "min_bits=2", "--set", "max_bits=5", "--problems", "8", "--samples", "2",
        "--max-new-tokens", "12", "--threads", "1"]


def equal(name, got, wanted):
    cases.check(name, "" if got == wanted else f"got {got!r}\nexpected {wanted!r}")


def measured(name, model, folder, *arguments):
    """What the command prints and writes."""
    output = folder / "figures.json"
    result = system.hone("eval", model, *arguments, "--json", output)
    cases.check(name, system.status_problems(result, 0))
    return result.stdout, json.loads(output.read_text())


def contains(name, text, *parts):
    cases.check(name, [f"not in it: {part!r}\n{text}" for part in parts if part not in text])


def readings(model, folder):
    plain, alone = measured("the default", model, folder, *TASK)
    _, tags = measured("--answer tags", model, folder, *TASK, "--answer", "tags")
    text, both = measured("two readings", model, folder, *TASK, "--answer", "tags,last_number")
    again, repeated = measured("the same, repeated", model, folder, *TASK, "--answer", "tags", "--answer", "flexible-extract")
    equal("a repeated option is a list", (again, repeated), (text, both))
    figures = [key for key in tags if "@" in key or key.startswith("greedy") or key == "no_answer"]
    equal("beside another reading the first one's figures are the same", {key: both[key] for key in figures},
          {key: tags[key] for key in figures})
    equal("the second reading has each of them", [key for key in figures if f"reading/last_number/{key}" not in both], [])
    _, last = measured("--answer last_number", model, folder, *TASK, "--answer", "last_number")
    equal("and they are those of that reading alone", [both[f"reading/last_number/{key}"] for key in figures],
          [last[key] for key in figures])
    contains("a row for each reading", text, "answer read as", "\ntags  ", "\nlast_number  ")
    equal("settings", {key: alone[key] for key in ("data", "temperature", "top_p", "max_new_tokens", "seed", "reading", "chat",
                                                  "prompt_template")},
          {"data": "task:parity", "temperature": 1.0, "top_p": 1.0, "max_new_tokens": 12, "seed": 1, "reading": "auto", "chat": False,
           "prompt_template": None})
    contains("settings are printed", plain, "sampling          temperature 1, top-p 1, at most 12 new tokens, seed 1",
             "prompt            plain text", "answer            auto", "data              task:parity")
    for line in ("problems          8, 2 samples each", "pass@1 (sampled)  ", "greedy            ", "pass@2            ", "maj@2             ",
                 "format            ", "mean length       "):
        contains(f"a line as ever: {line.strip()}", plain, line)
    refused = system.hone("eval", model, *TASK, "--answer", "last")
    cases.check("an unknown reading", system.status_problems(refused, 2, "last_number"))
    refused = system.hone("eval", model)
    cases.check("neither data nor text", system.status_problems(refused, 2, "--data or --text"))


def explained(model, folder):
    """A model that was taught on parity says little about capitals: every completion is without an answer."""
    questions = system.write_json_lines(folder / "facts.jsonl", [{"question": "01", "answer": "Rome"}, {"question": "10", "answer": "Oslo"}])
    text, figures = measured("a file of facts", model, folder, "--data", questions, "--samples", "2", "--max-new-tokens", "1")
    equal("no answer is found in any completion", figures["no_answer"], 1.0)
    contains("it is said, with why", text, "no answer was found in 4 of 4 completions", "cut off at the limit of tokens",
             "no <answer> and no \\boxed{} after the reasoning", "no answer         1.0000")
    shown, _ = measured("--show", model, folder, "--data", questions, "--samples", "2", "--max-new-tokens", "1", "--show", "3",
                        "--answer", "auto,mentioned", "--prompt-template", "Q {prompt}=")
    contains("--show 3: of different problems first", shown, "problem 1, sample 1\n  prompt\n    Q ", "problem 2, sample 1\n",
             "problem 1, sample 2\n", "    Q 01=\n", "    Q 10=\n", "  reference answer\n    Rome\n", "  auto: malformed, no <answer>",
             "  mentioned: wrong, the reference answer is not mentioned", "  completion, 1 tokens",
             'prompt template "Q {prompt}="')
    equal("--show 3: no more", shown.count("\nproblem "), 3)


def perplexity(model, folder):
    text = "0110 101 0111 01\n" * 5
    file = folder / "text.txt"
    file.write_text(text)
    printed, figures = measured("--text", model, folder, "--text", file, "--window", "16")
    ids = system.json_lines(system.hone("tokenize", model, text=json.dumps({"text": text}) + "\n").stdout)[0]["ids"]
    windows = [ids[first:first + 16] for first in range(0, len(ids) - 1, 15)]
    lines = "".join(json.dumps({"ids": window}) + "\n" for window in windows)
    scored = system.json_lines(system.hone("score", model, "--input", "-", text=lines).stdout)
    nats = -sum(sum(line["logprobs"]) for line in scored)
    predicted = len(ids) - 1
    close = [abs(figures["perplexity"] - math.exp(nats / predicted)) < 1e-4 * figures["perplexity"],
             abs(figures["bits_per_byte"] - nats / math.log(2) / len(text)) < 1e-4]
    equal("--text: what hone score says of the same windows", close, [True, True])
    equal("--text: tokens, windows, bytes",
          [figures[key] for key in ("text_tokens", "text_windows", "text_window", "text_bytes")],
          [predicted, len(windows), 16, len(text)])
    equal("--text: no figures of answers", "pass@1" in figures, False)
    contains("--text: it is printed", printed, f"perplexity        {figures['perplexity']:.4f}", "windows of 16")
    _, figures = measured("--text beside --data", model, folder, "--text", file, *TASK)
    equal("both are measured, the window being the model's context", ["pass@1" in figures, figures["text_window"]], [True, 64])
    for name, arguments, parts in [("no such text", ["--text", folder / "none.txt"], ["none.txt"]),
                                   ("a window longer than the context", ["--text", file, "--window", "65"], ["64"]),
                                   ("a window without a text", [*TASK, "--window", "16"], ["--text"])]:
        cases.check(f"--text: {name}", system.status_problems(system.hone("eval", model, *arguments), 2, *parts))


def harness(model, folder):
    out = folder / "harness"
    text, figures = measured("--output-path", model, folder, *TASK, "--answer", "auto,flexible-extract,strict-match", "--output_path", out,
                             "--text", folder / "text.txt")
    names = sorted(path.name for path in out.iterdir())
    equal("two files, told by the time", [name.split("_2")[0] for name in names], ["results", "samples_parity"])
    equal("both are named", all(f"written: {out / name}" in text for name in names), True)
    results = json.loads((out / names[0]).read_text())
    task = results["results"]["parity"]
    equal("each reading is a filter", [task["acc,none"], task["exact_match,flexible-extract"], task["exact_match_stderr,flexible-extract"],
                                       task["exact_match,strict-match"]],
          [figures["pass@1"], figures["reading/last_number/pass@1"], figures["reading/last_number/pass@1_stderr"],
           figures["reading/hash/pass@1"]])
    equal("greedy figures stand beside them", [task["greedy_acc,none"], task["maj@2,none"]], [figures["greedy"], figures["maj@2"]])
    equal("the text is a task of its own", results["results"]["text_text"]["perplexity,none"], figures["perplexity"])
    equal("what the harness's table needs", [key for key in ("versions", "n-shot", "higher_is_better", "n-samples", "configs", "config")
                                             if key not in results], [])
    lines = system.json_lines((out / names[1]).read_text())
    equal("a line a problem and filter", [(line["filter"], line["doc_id"]) for line in lines],
          [(name, i) for name in ("none", "flexible-extract", "strict-match") for i in range(8)])
    equal("a line has", set(lines[0]), {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "acc"})
    equal("two completions of each problem", {len(line["resps"][0]) for line in lines}, {2})
    equal("their mean is the figure", sum(line["exact_match"] for line in lines[8:16]) / 8, figures["reading/last_number/pass@1"])
    refused = system.hone("eval", model, *TASK, "--output-path", folder / "text.txt")
    cases.check("a folder that is a file", system.status_problems(refused, 2, "text.txt"))


RECIPE = """seed = 1
[eval]
start = true
problems = 4
samples = 2
max_new_tokens = 8
more_readings = ["last_number"]
data.task = {{type = "parity", min_bits = 2, max_bits = 5}}
text = {{path = "{text}", window = 32}}
[[eval.also]]
name = "facts"
problems = 2
samples = 1
max_new_tokens = 4
temperature = 0.5
reading = "mentioned"
data.dataset.path = "{facts}"
[[stage]]
name = "more"
type = "sft"
from = "{model}"
steps = 1
batch_size = 4
max_length = 64
data.task = {{type = "parity", min_bits = 2, max_bits = 3}}
"""


def recipe(model, folder):
    path, out = folder / "measured.toml", folder / "measured"
    path.write_text(RECIPE.format(model=model, text=folder / "text.txt", facts=folder / "facts.jsonl"))
    result = system.hone("run", path, "--out", out, "--threads", "1")
    cases.check("a recipe's evaluation", system.status_problems(result, 0))
    evals = json.loads((out / "summary.json").read_text())["evals"]
    equal("a row for the start, then the stage", [row["model"] for row in evals], ["start", "more"])
    wanted = {"pass@1", "reading/last_number/pass@1", "also/facts/pass@1", "also/facts/pass@1_stderr", "also/facts/temperature", "perplexity",
              "bits_per_byte", "text_tokens"}
    for row in evals:
        equal(f"figures of {row['model']}", wanted - row.keys(), set())
    _, alone = measured("the start's figures from the command line", model, folder, "--data", "task:parity", "--set", "min_bits=2", "--set",
                        "max_bits=5", "--problems", "4", "--samples", "2", "--max-new-tokens", "8", "--answer", "auto,last_number", "--text",
                        folder / "text.txt", "--window", "32")
    equal("they are the recipe's", {key: evals[0].get(key) for key in alone if key != "model"},
          {key: value for key, value in alone.items() if key != "model"})
    page = (out / "report.html").read_text()
    contains("the report has them", page, "<th>start</th>", "read as last_number", "<small>facts</small>", "perplexity")
    again = system.hone("run", path, "--out", out, "--threads", "1")
    cases.check("nothing is measured twice", [*system.status_problems(again, 0), again.stdout if "start: on" in again.stdout else ""])


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    model = system.tiny_checkpoint(folder)
    readings(model, folder)
    explained(model, folder)
    perplexity(model, folder)
    harness(model, folder)
    recipe(model, folder)
cases.finish()
