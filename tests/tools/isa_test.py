"""HONE_ISA chooses the kernels' instruction set, and no result depends on it, nor on the threads."""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import system  # noqa: E402

cases = system.Cases()
FIXTURES = pathlib.Path("tests/parity/fixtures")
MODELS = ["llama_tied", "qwen2_old_f16", "qwen3_saved", "mistral", "gemma2", "gemma3_text"]
KNOWN = ["scalar", "avx2", "avx512"]
# Lengths on both sides of a kernel's block, so that full and partial ones are met.
PROMPTS = "".join(json.dumps({"prompt_ids": [(7 * i + length) % 50 + 3 for i in range(length)]}) + "\n"
                  for length in (1, 5, 16, 23))


def hone(isa, *arguments, text=""):
    return system.hone(*arguments, text=text, env={**os.environ, "HONE_ISA": isa})


def available():
    """The names that this machine accepts; those it refuses must be refused by a message with the others."""
    results = {isa: hone(isa, "--version") for isa in KNOWN}
    accepted = [isa for isa, result in results.items() if result.returncode == 0]
    for isa, result in results.items():
        if isa not in accepted:
            cases.check(f"{isa}: not on this machine", system.status_problems(result, 2, f'got "{isa}"', *accepted))
    flags = next(line for line in open("/proc/cpuinfo") if line.startswith("flags")).split()
    cases.check("scalar is always there, avx2 where the machine has it", [
        "" if "scalar" in accepted else f"accepted: {accepted}",
        "" if "avx2" in accepted or "avx2" not in flags else f"accepted: {accepted}"])
    return accepted


def refused():
    """An unknown name stops every command before it has done anything."""
    for command in (["generate", FIXTURES / "qwen3_saved", "--input", "-"], ["data", "parity"], ["run", "recipes/smoke.toml"]):
        result = hone("sse9", *command, text=PROMPTS)
        problems = system.status_problems(result, 2, 'HONE_ISA: expected an instruction set', "scalar", 'got "sse9"')
        cases.check(f"unknown name: hone {command[0]}", problems + ([result.stdout] if result.stdout else []))
    cases.check("an empty name is the best there is", system.status_problems(hone("", "--version"), 0))


def same_output(model, isas):
    generate = ["generate", FIXTURES / model, "--input", "-", "--max-new-tokens", "20", "--ignore-eos"]
    for name, options in (("greedy", ["--greedy"]), ("sampled", ["-n", "3", "--seed", "5"])):
        outputs = {}
        for isa in isas:
            for threads in ("1", "2"):
                drawn = hone(isa, *generate, *options, "--threads", threads, text=PROMPTS)
                assert drawn.returncode == 0, drawn.stderr
                lines = system.json_lines(drawn.stdout)
                ids = "".join(json.dumps({"ids": one["prompt_ids"] + one["completion_ids"]}) + "\n" for one in lines)
                scored = hone(isa, "score", FIXTURES / model, "--input", "-", "--threads", threads, text=ids)
                assert scored.returncode == 0, scored.stderr
                outputs[f"{isa}, {threads} threads"] = (drawn.stdout, scored.stdout)
        first = outputs[f"{isas[0]}, 1 threads"]
        cases.check(f"{model}, {name}: the same bytes from generate and score for {', '.join(isas)} and 1 or 2 threads",
                    [f"{place} differs" for place, output in outputs.items() if output != first])
        drawn, scored = map(system.json_lines, first)
        cases.check(f"{model}, {name}: score gives exactly what generate gave", [
            f"line {number}" for number, (one, other) in enumerate(zip(drawn, scored, strict=True), 1)
            if other["logprobs"][-len(one["logprobs"]):] != one["logprobs"]])


isas = available()
refused()
for model in MODELS:
    same_output(model, isas)
cases.finish()
