"""Checkpoint folders that lie or are damaged: status 2, one message that names the file, nothing started."""

import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import safetensors  # noqa: E402
import system  # noqa: E402

cases = system.Cases()

SFT = """seed = 1
[[stage]]
name = "more"
type = "sft"
from = "{model}"
steps = 1
max_length = 64
data.task = {{type = "parity", min_bits = 2, max_bits = 3, prompts = "codes"}}
"""


def edit_header(change):
    """A damage that rewrites the header of model.safetensors; its bytes stay."""
    def damage(model):
        header, data = safetensors.read(model / "model.safetensors")
        change(header)
        safetensors.write(model / "model.safetensors", header, data)
    return damage


def edit_config(**values):
    def damage(model):
        path = model / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
    return damage


def edit_bytes(name, change):
    def damage(model):
        (model / name).write_bytes(change((model / name).read_bytes()))
    return damage


def set_entry(**values):
    return edit_header(lambda header: header["model.norm.weight"].update(values))


def rename(header):
    header["model.norm.wait"] = header.pop("model.norm.weight")


def shift(header):
    entry = header["model.norm.weight"]
    entry["data_offsets"] = [offset + 4 for offset in entry["data_offsets"]]


WEIGHTS = "model.safetensors"
DAMAGES = [
    ("weights cut short", edit_bytes(WEIGHTS, lambda data: data[:-100]), [WEIGHTS, "cut short"]),
    ("weights cut in the header", edit_bytes(WEIGHTS, lambda data: data[:50]), [WEIGHTS, "cut short"]),
    ("weights of seven bytes", edit_bytes(WEIGHTS, lambda data: data[:7]), [WEIGHTS, "at least 8 bytes"]),
    ("empty weights", edit_bytes(WEIGHTS, lambda data: b""), [WEIGHTS, "at least 8 bytes"]),
    ("bytes after the end", edit_bytes(WEIGHTS, lambda data: data + b"x" * 16), [WEIGHTS, "bytes of tensor data"]),
    ("a header of 2^62 bytes", edit_bytes(WEIGHTS, lambda data: b"\0" * 7 + b"\x40" + data[8:]), [WEIGHTS, "at most 100 MB"]),
    ("a header that is no JSON", edit_bytes(WEIGHTS, lambda data: data[:8] + b"{{" + data[10:]), [WEIGHTS, "JSON"]),
    ("a shape that lies", set_entry(shape=[17]), [WEIGHTS, "model.norm.weight"]),
    ("a huge shape", set_entry(shape=[2**62, 2**62]), [WEIGHTS, "model.norm.weight", "too large"]),
    ("an unknown dtype", set_entry(dtype="F33"), [WEIGHTS, "model.norm.weight", "F33"]),
    ("a dtype of another size", set_entry(dtype="F64"), [WEIGHTS, "model.norm.weight"]),
    ("whole numbers for weights", set_entry(dtype="I32"), [WEIGHTS, "model.norm.weight", "I32"]),
    ("tensors that overlap", edit_header(shift), [WEIGHTS, "model.norm.weight"]),
    ("a tensor of another name", edit_header(rename), ["model.norm.weight", "no such tensor"]),
    ("another model's config", edit_config(hidden_size=32), [WEIGHTS, "shape"]),
    ("more layers than weights", edit_config(num_hidden_layers=9), ["model.layers.1.", "no such tensor"]),
    ("heads that do not divide", edit_config(num_key_value_heads=3), ["config.json", "num_key_value_heads"]),
    ("an unknown architecture", edit_config(model_type="gpt9"), ["config.json", "gpt9"]),
    ("a config that is no JSON", edit_bytes("config.json", lambda data: data[:40]), ["config.json"]),
    ("no weights", lambda model: (model / WEIGHTS).unlink(), ["model.safetensors"]),
    ("no config", lambda model: (model / "config.json").unlink(), ["config.json"]),
    ("a damaged tokenizer", edit_bytes("tokenizer.model", lambda data: b"\xff" * 40), ["tokenizer.model"]),
    ("an empty tokenizer", edit_bytes("tokenizer.model", lambda data: b""), ["tokenizer.model"]),
]


def fewer_ids(model):
    """The embedding loses its last row: the tokenizer has an id more than the model."""
    header, data = safetensors.read(model / WEIGHTS)
    entry = header["model.embed_tokens.weight"]
    rows, width = entry["shape"]
    begin, end = entry["data_offsets"]
    cut = width * 4
    entry["shape"] = [rows - 1, width]
    for name, other in header.items():
        if name != "__metadata__":
            other["data_offsets"] = [offset - cut if offset >= end else offset for offset in other["data_offsets"]]
    safetensors.write(model / WEIGHTS, header, data[:end - cut] + data[end:])
    edit_config(vocab_size=rows - 1)(model)


DAMAGES.append(("fewer ids than the tokenizer", fewer_ids, ["vocab_size", "tokenizer's ids"]))


def one_damage(folder, good, name, damage, parts):
    model = folder / "model"
    shutil.rmtree(model, ignore_errors=True)
    shutil.copytree(good, model)
    damage(model)
    recipe = folder / "recipe.toml"
    recipe.write_text(SFT.format(model=model))
    out = folder / "out"
    problems = system.status_problems(system.hone("run", recipe, "--out", out), 2, *parts)
    if out.exists():
        problems.append(f"something was started: {sorted(system.contents(out))}")
        shutil.rmtree(out)
    cases.check(f"run from a checkpoint: {name}", problems)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    good = system.tiny_checkpoint(folder)
    for name, damage, parts in DAMAGES:
        one_damage(folder, good, name, damage, parts)
    edit_header(shift)(folder / "tiny-run/base/model")
    for command in (["generate", good, "--prompt", "1"], ["score", good, "--input", "-"], ["bench", "grpo", good],
                    ["eval", good, "--data", "task:parity", "--set", "prompts=codes"], ["inspect", good]):
        cases.check(f"{command[0]}: tensors that overlap",
                    system.status_problems(system.hone(*command), 2, "model.norm.weight"))
cases.finish()
