"""AdamW and gradient clipping as torch does them, learning rates as transformers: what TRL trains with.

Made with transformers 5.23.0, torch 2.11.0: python tests/parity/trl_optimizer.py writes
trl_optimizer.json beside this file, for tests/rl.
"""
import json
import pathlib

import torch
import transformers
from transformers import optimization


def adamw(learning_rates, weight_decay, generator):
    draw = lambda *shape: torch.randn(*shape, generator=generator)
    matrix, vector = torch.nn.Parameter(draw(3, 5)), torch.nn.Parameter(draw(5))
    out = {"weight_decay": weight_decay, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8,
           "matrix": matrix.tolist(), "vector": vector.tolist(), "steps": []}
    optimizer = torch.optim.AdamW(
        [{"params": [matrix], "weight_decay": weight_decay}, {"params": [vector], "weight_decay": 0.0}],
        lr=0.0, betas=(0.9, 0.95), eps=1e-8, foreach=False)
    for learning_rate in learning_rates:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        matrix.grad, vector.grad = draw(3, 5), 3 * draw(5)
        step = {"learning_rate": learning_rate, "matrix_grad": matrix.grad.tolist(),
                "vector_grad": vector.grad.tolist()}
        optimizer.step()
        step |= {"matrix": matrix.tolist(), "vector": vector.tolist(),
                 "exp_avg": optimizer.state[matrix]["exp_avg"].tolist(),
                 "exp_avg_sq": optimizer.state[matrix]["exp_avg_sq"].tolist()}
        out["steps"].append(step)
    return out


def clipping(max_norm, generator):
    parameters = [torch.nn.Parameter(torch.zeros(n)) for n in (4, 7)]
    for parameter in parameters:
        parameter.grad = torch.randn(parameter.shape, generator=generator)
    before = [p.grad.tolist() for p in parameters]
    norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm)
    return {"max_norm": max_norm, "before": before, "norm": norm.item(),
            "after": [p.grad.tolist() for p in parameters]}


def schedule(decay, peak, warmup, steps, min_lr_ratio):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    if decay == "constant":
        made = optimization.get_constant_schedule_with_warmup(optimizer, warmup)
    elif decay == "linear":
        made = optimization.get_linear_schedule_with_warmup(optimizer, warmup, steps)
    elif min_lr_ratio:
        made = optimization.get_cosine_with_min_lr_schedule_with_warmup(
            optimizer, warmup, steps, min_lr_rate=min_lr_ratio)
    else:
        made = optimization.get_cosine_schedule_with_warmup(optimizer, warmup, steps)
    rates = []
    for _ in range(steps + 1):
        rates.append(made.get_last_lr()[0])
        optimizer.step()
        made.step()
    return {"decay": decay, "learning_rate": peak, "warmup_steps": warmup, "num_steps": steps,
            "min_lr_ratio": min_lr_ratio, "rates": rates}


def main():
    generator = torch.Generator().manual_seed(20171114)
    rates = [1e-3, 2e-2, 5e-3, 0.0, 1e-2, 3e-4]
    out = {
        "made_with": {m.__name__: m.__version__ for m in (transformers, torch)},
        "adamw": [adamw(rates, decay, generator) for decay in (0.0, 0.1)],
        "clipping": [clipping(max_norm, generator) for max_norm in (0.5, 100.0)],
        "schedules": [schedule(*row) for row in (
            ("constant", 3e-4, 3, 12, 0.0), ("linear", 1e-3, 4, 20, 0.0), ("linear", 1e-3, 0, 7, 0.0),
            ("cosine", 1e-3, 5, 25, 0.0), ("cosine", 2e-5, 0, 10, 0.0), ("cosine", 1e-3, 5, 25, 0.1))],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
