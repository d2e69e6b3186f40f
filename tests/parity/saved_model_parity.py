"""Checks that a checkpoint which hone saved gives the same log-probabilities in transformers as the one it was loaded from.

    python saved_model_parity.py SAVED LOGPROBS.jsonl
"""
import json
import sys

import torch
from transformers import AutoModelForCausalLM

from make_models import logprobs


def main():
    folder, reference = sys.argv[1:3]
    model, info = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager",
                                                       output_loading_info=True)
    wrong = {key: value for key, value in info.items() if value}
    worst = 0.0
    for line in open(reference):
        record = json.loads(line)
        own = logprobs(model.eval(), record["ids"])
        worst = max([worst] + [abs(a - b) for a, b in zip(own, record["logprobs"])])
    print(f"{folder}: {type(model).__name__}, largest difference {worst:.3g}, loading: {wrong or 'clean'}")
    sys.exit(1 if wrong or worst > 1e-6 else 0)


if __name__ == "__main__":
    main()
