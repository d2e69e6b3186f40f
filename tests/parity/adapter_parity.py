"""Compares hone's log-probabilities of a saved adapter with PEFT's. Run by hand.

    python adapter_parity.py HONE BASE ADAPTER
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from make_models import logprobs, sequences

hone, base, adapter = sys.argv[1:]
torch.set_num_threads(1)
plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="eager",
                                             experts_implementation="eager")
ids = sequences(plain.config, 3)
without = [logprobs(plain.eval(), one) for one in ids]
theirs = [logprobs(PeftModel.from_pretrained(plain, adapter).eval(), one) for one in ids]
with tempfile.TemporaryDirectory() as folder:
    given, got = pathlib.Path(folder) / "in.jsonl", pathlib.Path(folder) / "out.jsonl"
    given.write_text("".join(json.dumps({"ids": one}) + "\n" for one in ids))
    subprocess.run([hone, "score", adapter, "--input", given, "--output", got], check=True)
    ours = [json.loads(line)["logprobs"] for line in got.read_text().splitlines()]


def largest(left, right):
    return max(abs(a - b) / max(1, abs(b)) for x, y in zip(left, right) for a, b in zip(x, y))


print(f"largest relative difference {largest(ours, theirs):.1e}; what the adapter changes: {largest(without, theirs):.1e}")
assert largest(ours, theirs) < 2e-4
