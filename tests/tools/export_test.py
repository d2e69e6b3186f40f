"""hone export: what it writes, that it is whole or not there, and what it refuses."""

import json
import pathlib
import resource
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import safetensors  # noqa: E402
import system  # noqa: E402

cases = system.Cases()
FIXTURES = pathlib.Path("tests/parity/fixtures")


def export(model, output, *arguments, **options):
    return system.hone("export", model, "--output", output, *arguments, **options)


def logprobs(model):
    lines = (FIXTURES / "qwen3_sharded/logprobs.jsonl").read_text()
    return [line["logprobs"] for line in system.json_lines(system.hone("score", model, "--input", "-", text=lines).stdout)]


def folders(model, folder):
    """A folder in fp32 is the same model; in bf16 it is half the size, and the numbers are rounded."""
    same, rounded = folder / "same", folder / "rounded"
    problems = system.status_problems(export(FIXTURES / "qwen3_sharded", same), 0)
    if not problems and logprobs(same) != logprobs(FIXTURES / "qwen3_sharded"):
        problems.append("other log-probabilities")
    cases.check("a folder in fp32", problems)

    problems = system.status_problems(export(model, rounded, "--dtype", "bf16"), 0)
    if not problems:
        (header, before), (new_header, after) = (safetensors.read(path / "model.safetensors") for path in (model, rounded))
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            (begin, end), (first, last) = entry["data_offsets"], new_header[name]["data_offsets"]
            if new_header[name]["dtype"] != "BF16" or (end - begin) != 2 * (last - first):
                problems.append(f"{name} is {new_header[name]}")
            for i in range((last - first) // 2):
                bits = int.from_bytes(before[begin + 4 * i:begin + 4 * i + 4], "little")
                wanted = (bits + 0x7fff + (bits >> 16 & 1)) >> 16
                if int.from_bytes(after[first + 2 * i:first + 2 * i + 2], "little") != wanted:
                    problems.append(f"{name}[{i}] is not rounded to nearest")
                    break
        config = json.loads((rounded / "config.json").read_text())
        problems += [f"{key} is {config[key]}" for key in ("dtype", "torch_dtype") if config[key] != "bfloat16"]
        for name in ("tokenizer.model", "tokenizer.json", "tokenizer_config.json"):
            if (rounded / name).read_bytes() != (model / name).read_bytes():
                problems.append(f"{name} differs")
        problems += system.status_problems(system.hone("generate", rounded, "--prompt", "1"), 0)
    cases.check("a folder in bf16", problems)


def files(model, folder):
    sizes = {}
    for kind in ("f32", "f16", "bf16", "q8_0"):
        path = folder / f"{kind}.gguf"
        problems = system.status_problems(export(model, path, "--outtype", kind), 0)
        content = path.read_bytes() if path.exists() else b""
        sizes[kind] = len(content)
        if content[:8] != b"GGUF\x03\0\0\0":
            problems.append(f"begins with {content[:8]}")
        cases.check(f"a file in {kind}", problems)
    ordered = sizes["q8_0"] < sizes["f16"] == sizes["bf16"] < sizes["f32"]
    cases.check("smaller types make smaller files", "" if ordered else str(sizes))


def refusals(model, folder):
    def refused(name, result, *parts):
        cases.check(name, system.status_problems(result, 2, *parts))

    refused("a type that is not known", export(model, folder / "x.gguf", "--type", "q4_k"), "q4_k")
    refused("a folder in q8_0", export(model, folder / "x", "--type", "q8_0"), "--type", "f32 or bf16", "q8_0")
    refused("a folder that holds files", export(model, model), "a new folder")
    refused("a model that is none", export(folder / "none", folder / "x.gguf"), "config.json")
    refused("a place that is none", export(model, folder / "none/x.gguf"), "none/x.gguf")
    (folder / "folder.gguf").mkdir()
    refused("a folder's name for a file", export(model, folder / "folder.gguf"), "folder.gguf", "Is a directory")
    leftovers = [path.name for path in folder.iterdir() if path.name.startswith((".", "x"))]
    cases.check("nothing is left of them", leftovers)


def full_disk(model, folder):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))

    disk = folder / "disk"
    disk.mkdir()
    (disk / "x.gguf").write_text("old")
    for output in ("x.gguf", "x"):
        result = export(model, disk / output, preexec_fn=limit)
        problems = system.status_problems(result, 2, "File too large", "ulimit -f")
        if [path.name for path in disk.iterdir()] != ["x.gguf"] or (disk / "x.gguf").read_text() != "old":
            problems.append(f"left: {[path.name for path in disk.iterdir()]}")
        cases.check(f"a full disk: {output}", problems)
    cases.check("then with room", system.status_problems(export(model, disk / "x.gguf"), 0))


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    model = folder / "model"
    shutil.copytree(system.tiny_checkpoint(folder), model)
    folders(model, folder)
    files(model, folder)
    refusals(model, folder)
    full_disk(model, folder)
cases.finish()
