"""Divergences and their gradients from TRL's GKDTrainer.generalized_jsd_loss, for tests/model.

Made with trl 1.16.0, torch 2.11.0: python tests/parity/trl_divergence.py writes
trl_divergence.json beside this file.
"""
import json
import pathlib

import torch
import trl
from trl.experimental.gkd import GKDTrainer

ROWS, VOCABULARY, TEMPERATURE = 5, 6, 0.7


def main():
    generator = torch.Generator().manual_seed(7)
    draw = lambda: 2 * torch.randn(ROWS, VOCABULARY, generator=generator, dtype=torch.float64)
    student, teacher = draw(), draw()
    cases = []
    for beta in (0, 0.1, 0.5, 0.9, 1):
        logits = student.clone().requires_grad_()
        loss = GKDTrainer.generalized_jsd_loss(
            logits.unsqueeze(0), teacher.unsqueeze(0), beta=beta, temperature=TEMPERATURE,
            num_items_in_batch=1)
        loss.backward()
        cases.append({"beta": beta, "sum": loss.item(), "grad": logits.grad.tolist()})
    out = {"made_with": {m.__name__: m.__version__ for m in (trl, torch)},
           "temperature": TEMPERATURE, "student": student.tolist(), "teacher": teacher.tolist(),
           "cases": cases}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
