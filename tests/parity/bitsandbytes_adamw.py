"""8-bit AdamW as bitsandbytes does it: its data types, and steps with their loss of precision.

Made with bitsandbytes 0.50.2, torch 2.11.0: python tests/parity/bitsandbytes_adamw.py writes
bitsandbytes_adamw.json beside this file, for tests/rl.
"""
import json
import pathlib

import bitsandbytes
import torch
from bitsandbytes import functional


def maps():
    return {name: functional.create_dynamic_map(signed=name == "signed").tolist() for name in ("signed", "unsigned")}


def codes(generator):
    """Codes of a block whose values span four decades."""
    values = torch.randn(256, generator=generator) * 10 ** (-4 * torch.rand(256, generator=generator))
    values[17] = 2.5  # the largest, positive, is kept exactly
    quantized, state = functional.quantize_blockwise(
        values, code=functional.create_dynamic_map(signed=True), blocksize=256)
    return {"values": values.tolist(), "codes": quantized.tolist(), "absmax": state.absmax.item()}


def numbers(count, seed):
    """Exact in fp32, easy to make again, and away from 0, where bitsandbytes' CPU code is not exact."""
    mixed = [(i * 40503 + seed * 977) % 65521 - 32760 for i in range(count)]
    return torch.tensor([(x + (16384 if x >= 0 else -16384)) / 65536 / 2 ** (i % 3) for i, x in enumerate(mixed)])


def adamw(steps):
    """Seventeen blocks and a half; every sixteenth weight after each step is kept."""
    rows, columns = 64, 70
    weight = torch.nn.Parameter(numbers(rows * columns, 0).view(rows, columns))
    optimizer = bitsandbytes.optim.AdamW8bit([weight], lr=1e-2, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    out = {"learning_rate": 1e-2, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.1,
           "rows": rows, "columns": columns, "steps": []}
    for step in range(1, steps + 1):
        weight.grad = numbers(rows * columns, step).view(rows, columns)
        optimizer.step()
        out["steps"].append(weight.flatten()[::16].tolist())
    state = optimizer.state[weight]
    assert state["state1"].dtype == torch.uint8
    return out | {"absmax1": state["absmax1"].tolist(), "absmax2": state["absmax2"].tolist()}


def short(value):
    """Nine digits say which float it is."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [short(v) for v in value]
    return {k: short(v) for k, v in value.items()} if isinstance(value, dict) else value


def main():
    generator = torch.Generator().manual_seed(20211006)
    out = {"made_with": {m.__name__: m.__version__ for m in (bitsandbytes, torch)},
           "maps": maps(), "codes": codes(generator), "adamw": adamw(6)}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(short(out), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
