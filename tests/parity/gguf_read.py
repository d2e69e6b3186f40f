"""Checks GGUF files that hone reads against gguf-py and transformers.

    python gguf_read.py HONE MODEL.gguf [--keep FOLDER]

Made files of every type, of which `hone export` makes a folder in fp32: the numbers are those of gguf.quants.dequantize, bit for
bit. MODEL.gguf, a real one: the folder's weights likewise; the ids of several hundred texts are those of transformers' own
conversion of the file, and log-probabilities are within 5e-5 of its model's in fp64. transformers does not know how SmolLM splits
digits; it is told, as in the model's own tokenizer.json.
"""
import argparse
import copy
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"

import gguf
import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

from gguf_blocks import TYPES, decoded, encoded

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
WIDTH, HEADS, ROWS = 512, 4, 6  # rows are whole blocks of every type
NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head", "attn_norm": "input_layernorm",
         "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
         "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
         "ffn_down": "mlp.down_proj"}


def hone_name(name):
    parts = name.split(".")
    if parts[0] != "blk":
        return NAMES[parts[0]] + "." + parts[1]
    return f"model.layers.{parts[1]}.{NAMES[parts[2]]}.{parts[3]}"


def unpermuted(weight, heads):
    return weight.reshape(heads, weight.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape)


def write_model(path, name):
    rng = np.random.default_rng(len(name))
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("no_vocab")
    kind = gguf.GGMLQuantizationType[name]
    for part in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        writer.add_tensor(f"blk.0.{part}.weight", encoded(name, (WIDTH, WIDTH), rng), raw_dtype=kind)
    writer.add_tensor("token_embd.weight", encoded(name, (ROWS, WIDTH), rng), raw_dtype=kind)
    for part in ("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"):
        writer.add_tensor(f"{part}.weight", rng.standard_normal(WIDTH, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def different_weights(path, folder, heads, key_value_heads):
    """Names of the tensors whose numbers are not gguf-py's."""
    weights = load_file(folder / "model.safetensors")
    wrong = []
    for tensor in gguf.GGUFReader(path).tensors:
        expected = decoded(tensor.tensor_type.name, tensor.data)
        for part, count in ((".attn_q.", heads), (".attn_k.", key_value_heads)):
            if part in tensor.name:
                expected = unpermuted(expected, count)
        own = weights.pop(hone_name(tensor.name)).numpy()
        if own.shape != expected.shape or (own.view(np.uint32) != np.ascontiguousarray(expected).view(np.uint32)).any():
            wrong.append(tensor.name)
    return wrong + sorted(weights)


def texts():
    found = []
    for path in sorted(REPOSITORY.rglob("*.md")) + sorted((REPOSITORY / "rl").glob("*.cpp")):
        text = path.read_text()
        found += [text[i:i + 400] for i in range(0, len(text), 2000)]
    rng = random.Random(0)
    letters = "aé 1 2\n\t日<|im_end|>中 😀x. -ß\u00a0'sT"
    return found + ["".join(rng.choice(letters) for _ in range(50)) for _ in range(200)]


def run(hone, *arguments, text=""):
    result = subprocess.run([hone, *map(str, arguments)], input=text, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"hone {' '.join(map(str, arguments))}: {result.stderr}")
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def made_files(hone, folder):
    failed = []
    for name in TYPES:
        path, out = folder / f"{name}.gguf", folder / name
        write_model(path, name)
        run(hone, "export", path, "--output", out)
        wrong = different_weights(path, out, HEADS, HEADS)
        print(f"{name}: {'numbers differ in ' + ', '.join(wrong) if wrong else 'bit for bit'}")
        failed += wrong
    return failed


def real_ids(hone, path):
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    backend = tokenizer.backend_tokenizer
    if gguf.GGUFReader(path).get_field("tokenizer.ggml.pre").contents() == "smollm":
        backend.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    found = texts()
    lines = "".join(json.dumps({"text": text}) + "\n" for text in found)
    own = [line["ids"] for line in run(hone, "tokenize", path, "--input", "-", text=lines)]
    differ = sum(ids != backend.encode(text).ids for ids, text in zip(own, found, strict=True))
    print(f"ids of {len(found)} texts: {differ} differ")
    return own, differ


def logprobs(model, sequence):
    with torch.no_grad():
        logits = model(torch.tensor([sequence])).logits[0, :-1].double()
    return torch.log_softmax(logits, -1).gather(1, torch.tensor(sequence[1:])[:, None])[:, 0]


def real_logprobs(hone, path, ids):
    """hone's largest difference from transformers' model in fp64; that of transformers in fp32 is printed beside it."""
    single = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    double = copy.deepcopy(single).double()
    chosen = [sequence[:96] for sequence in ids if len(sequence) > 8][:40]
    lines = "".join(json.dumps({"ids": sequence}) + "\n" for sequence in chosen)
    own = peer = 0.0
    for sequence, line in zip(chosen, run(hone, "score", path, "--input", "-", text=lines), strict=True):
        expected = logprobs(double, sequence)
        own = max(own, (expected - torch.tensor(line["logprobs"][-len(expected):]).double()).abs().max().item())
        peer = max(peer, (expected - logprobs(single, sequence)).abs().max().item())
    print(f"log-probabilities of {sum(map(len, chosen))} tokens: from fp64, hone differs by {own:.3g} at most, fp32 by {peer:.3g}")
    return own


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hone")
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(exist_ok=True)
        failed = made_files(options.hone, folder)
        run(options.hone, "export", options.model, "--output", folder / "real")
        config = json.loads((folder / "real/config.json").read_text())
        wrong = different_weights(options.model, folder / "real", config["num_attention_heads"], config["num_key_value_heads"])
        print(f"{options.model.name}: {'numbers differ in ' + ', '.join(wrong) if wrong else 'weights bit for bit'}")
        ids, differ = real_ids(options.hone, options.model)
        worst = real_logprobs(options.hone, options.model, ids)
    sys.exit(1 if failed or wrong or differ or worst > 5e-5 else 0)


if __name__ == "__main__":
    main()
