"""What the comparisons share: programs run in turn, each printing one JSON line, and tables of what they said."""

import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def add_common_options(parser):
    parser.add_argument("--rounds", type=int, default=3, help="how often both sides run, in turn [3]")
    parser.add_argument("--steps", type=int, default=3, help="steps timed in a run, after one that is not [3]")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="CPU threads of either side [one a core]")


def run(command):
    """The JSON object on the last line that a program prints. Ends the script if the program fails."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with status {result.returncode}:\n{result.stderr[-4000:]}")
    return json.loads(result.stdout.splitlines()[-1])


def in_turn(commands, rounds):
    """Runs the named commands one after the other, A B A B: what disturbs the machine disturbs all sides.
    Gives each name's objects, a list with one a round."""
    objects = {name: [] for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            objects[name].append(run(command))
            print(f"round {number + 1}/{rounds}: {name}: {objects[name][-1]}", file=sys.stderr)
    return objects


def median(objects, key):
    return statistics.median(one[key] for one in objects)


def ratios(above, below):
    """Smallest, median and largest of the ratios, pair by pair."""
    pairs = [a / b for a, b in zip(above, below)]
    return f"{min(pairs):.2f} / {statistics.median(pairs):.2f} / {max(pairs):.2f}"


def table(heads, rows):
    """A markdown table."""
    lines = [heads, ["---"] * len(heads)] + rows
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def checkpoint(options, model):
    """The Hugging Face folder of a shape of make_model.py, a folder or a GGUF file, which peers do not read. It is made in
    options.models if it is not there."""
    path = pathlib.Path(model)
    if (path / "config.json").exists():
        return path
    folder = pathlib.Path(options.models) / path.stem
    if not (folder / "config.json").exists():
        if path.suffix == ".gguf":
            subprocess.run([options.hone, "export", path, "--output", folder], check=True, stdout=sys.stderr)
        else:
            run([options.python, HERE / "make_model.py", model, folder])
    return folder


def name_of(model):
    """What a table calls a shape, folder or file."""
    return pathlib.Path(model).stem
