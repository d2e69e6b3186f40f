"""A GGUF file, or an id of the Hugging Face cache, as MODEL of every command and as `from` of a recipe."""

import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import system  # noqa: E402

cases = system.Cases()
FIXTURES = pathlib.Path("tests/parity/fixtures")
COMMIT = "a" * 40

RECIPE = """seed = 1
[[stage]]
name = "base"
type = "sft"
from = "{model}"
steps = 2
batch_size = 4
max_length = 64
data.task = {{type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}}

[[stage]]
name = "small"
type = "sft"
from = "{model}"
steps = 1
batch_size = 4
max_length = 64
lora = {{r = 2}}
data.task = {{type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}}
"""


def make_model(folder):
    """A folder with weights and a tokenizer."""
    first = folder / "first.toml"
    first.write_text('seed = 1\n[[stage]]\nname = "base"\ntype = "sft"\nsteps = 1\nbatch_size = 4\nmax_length = 64\n'
                     'data.task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}\n'
                     'init = {hidden_size = 32, intermediate_size = 32, num_hidden_layers = 1, num_attention_heads = 2, '
                     'num_key_value_heads = 1, head_dim = 16, max_position_embeddings = 96}\n')
    problems = system.status_problems(system.hone("run", first, "--out", folder / "made"), 0)
    cases.check("a model is made", problems)
    return folder / "made/base/model"


def outputs(model):
    """What the commands say of a model."""
    ids = '{"ids": [3, 4, 5, 6]}\n'
    return {"tokenize": system.hone("tokenize", model, "--input", "-", text='{"text": "01"}\n'),
            "score": system.hone("score", model, "--input", "-", text=ids),
            "generate": system.hone("generate", model, "--prompt", "01", "--max-new-tokens", "4"),
            "eval": system.hone("eval", model, "--data", "task:parity", "--set", "prompts=codes", "--problems", "4", "--max-new-tokens", "8")}


def check_commands(name, model, like):
    for command, result in outputs(model).items():
        problems = system.status_problems(result, 0)
        if not problems and command != "eval" and result.stdout != like[command].stdout:
            problems.append("says something else than of the folder")
        cases.check(f"{command} of {name}", problems)


def exported(gguf, folder):
    """Back to a folder: the same numbers, and it is itself a model."""
    out = folder / "back"
    problems = system.status_problems(system.hone("export", gguf, "--output", out), 0)
    for file in ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        if not (out / file).is_file():
            problems.append(f"no {file}")
    cases.check("export of a GGUF file", problems)
    return out


def trained(gguf, folder):
    recipe = folder / "more.toml"
    recipe.write_text(RECIPE.format(model=gguf))
    problems = system.status_problems(system.hone("run", recipe, "--out", folder / "more"), 0)
    model = folder / "more/base/model"
    if not problems and not ((model / "config.json").is_file() and (model / "tokenizer.json").is_file()):
        problems.append("no Hugging Face folder")
    problems += system.status_problems(system.hone("generate", folder / "more/small/model", "--prompt", "01"), 0)
    cases.check("stages that train from a GGUF file", problems)


def trained_from_adapter(adapter, folder):
    """An adapter's folder of another run, as `from` and as the model whose layers are taken."""
    recipe = folder / "adapted.toml"
    recipe.write_text(RECIPE.format(model=adapter) + f"""
[[stage]]
name = "fewer"
type = "sft"
steps = 1
batch_size = 4
max_length = 64
init = {{from = "{adapter}", layers = [0]}}
data.task = {{type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}}
""")
    problems = system.status_problems(system.hone("run", recipe, "--out", folder / "adapted"), 0)
    cases.check("stages that start from an adapter's folder", problems)


def refused(gguf, folder):
    cut = folder / "cut.gguf"
    cut.write_bytes(gguf.read_bytes()[:-200])
    other = folder / "other.gguf"
    other.write_bytes(gguf.read_bytes().replace(b"qwen3", b"qwen9"))
    recipe = folder / "cut.toml"
    recipe.write_text(RECIPE.format(model=cut))
    for name, result, words in [
            ("a file cut short", system.hone("score", cut, "--input", "-"), ["cut.gguf", "cut short"]),
            ("an architecture that is not known", system.hone("generate", other, "--prompt", "1"), ["general.architecture", "qwen9"]),
            ("no such file", system.hone("inspect", folder / "none.gguf"), ["none.gguf", "no such file"]),
            ("a recipe from a file cut short", system.hone("run", recipe, "--out", folder / "never"), ["cut.gguf", "cut short"])]:
        problems = system.status_problems(result, 2)
        problems += [f"does not say {word}: {result.stderr}" for word in words if word not in result.stderr]
        cases.check(name, problems)


def cached(model, folder, like):
    repository = folder / "hub/models--some--model"
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "blobs").mkdir()
    (repository / "refs/main").write_text(COMMIT)
    for i, path in enumerate(sorted(model.iterdir())):
        shutil.copy(path, repository / "blobs" / str(i))
        (snapshot / path.name).symlink_to(f"../../blobs/{i}")
    os.environ["HF_HUB_CACHE"] = str(folder / "hub")
    check_commands("an id of the cache", "some/model", like)
    result = system.hone("score", "some/other", "--input", "-")
    problems = system.status_problems(result, 2)
    if "hf download some/other" not in result.stderr:
        problems.append(result.stderr)
    cases.check("an id that the cache does not hold", problems)
    recipe = folder / "cached.toml"
    recipe.write_text(RECIPE.format(model="some/model"))
    cases.check("a recipe from an id", system.status_problems(system.hone("run", recipe, "--out", folder / "cached"), 0))


with tempfile.TemporaryDirectory() as name:
    here = pathlib.Path(name)
    folder_model = make_model(here)
    file = here / "model.gguf"
    cases.check("export", system.status_problems(system.hone("export", folder_model, "--output", file), 0))
    reference = outputs(folder_model)
    check_commands("a GGUF file", file, reference)
    cases.check("inspect of a GGUF file", system.status_problems(system.hone("inspect", file), 0))
    check_commands("its export", exported(file, here), reference)
    trained(file, here)
    trained_from_adapter(here / "more/small/model", here)
    refused(file, here)
    cached(folder_model, here, reference)
cases.finish()
