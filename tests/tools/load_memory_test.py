"""Loading takes no second copy of the weights: the peak of `score` over that of a tiny model, for a checkpoint of 96 MB."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import safetensors  # noqa: E402
import system  # noqa: E402

cases = system.Cases()
TINY = pathlib.Path("tests/parity/fixtures/llama_tied")
VOCABULARY, WIDTH = 46000, 512  # 24 million numbers in the embedding


def peak_of(model):
    """Bytes of memory at most, the mapped file's pages included."""
    with tempfile.TemporaryFile("w+") as lines:
        lines.write('{"ids": [5, 6, 7]}\n')
        lines.seek(0)
        process = subprocess.Popen([system.HONE, "score", str(model), "--input", "-", "--threads", "1"], stdin=lines,
                                   stdout=subprocess.DEVNULL)
        status, usage = os.wait4(process.pid, 0)[1:]
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * 1024


def checkpoint(folder, dtype, pad):
    """A large vocabulary on one layer, all numbers 0; `pad` is the header's length modulo 8. Returns its bytes in fp32."""
    folder.mkdir()
    config = json.loads((TINY / "config.json").read_text())
    config.update(vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
                  num_key_value_heads=1, head_dim=WIDTH)
    (folder / "config.json").write_text(json.dumps(config))
    layer = "model.layers.0."
    shapes = {"model.embed_tokens.weight": [VOCABULARY, WIDTH], "model.norm.weight": [WIDTH],
              layer + "input_layernorm.weight": [WIDTH], layer + "post_attention_layernorm.weight": [WIDTH]}
    shapes.update({f"{layer}self_attn.{name}_proj.weight": [WIDTH, WIDTH] for name in "qkvo"})
    shapes.update({layer + "mlp.gate_proj.weight": [8, WIDTH], layer + "mlp.up_proj.weight": [8, WIDTH],
                   layer + "mlp.down_proj.weight": [WIDTH, 8]})
    size, header, end = {"F32": 4, "BF16": 2}[dtype], {}, 0
    for name, shape in shapes.items():
        begin, end = end, end + size * shape[0] * (shape[1] if len(shape) == 2 else 1)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    header = {"__metadata__": {"x": "y" * ((pad - len(json.dumps({"__metadata__": {"x": ""}, **header}))) % 8)}, **header}
    safetensors.write(folder / "model.safetensors", header, bytes(end))
    return end * 4 // size


if "ASAN_OPTIONS" in os.environ:
    print("skip: a sanitizer's own memory would be measured")
    sys.exit(77)
with tempfile.TemporaryDirectory() as name:
    base = peak_of(TINY)
    for text, dtype, pad in [("F32, mapped", "F32", 0), ("F32 at odd addresses", "F32", 1), ("BF16", "BF16", 0)]:
        folder = pathlib.Path(name) / text
        size = checkpoint(folder, dtype, pad)
        ratio = (peak_of(folder) - base) / size
        cases.check(f"{text}: {ratio:.2f} times the weights' size in fp32", "" if ratio <= 1.15 else "more than 1.15")
cases.finish()
