"""Writes fixtures/peft_adapter and peft_adapter_deepseek: LoRA adapters on fixtures/qwen3_sharded and deepseek_v3 as PEFT
saves them, and PEFT's log-probabilities.

    python make_adapter.py [FOLDER]

adapter_logprobs.jsonl has lines {"ids", "logprobs"} as make_models.py writes them.
"""
import json
import pathlib
import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from make_models import logprobs, sequences


def make(root, name, base_name, modules):
    base = AutoModelForCausalLM.from_pretrained(root / base_name, dtype=torch.float32, attn_implementation="eager",
                                                experts_implementation="eager")
    model = get_peft_model(base, LoraConfig(r=4, lora_alpha=6, target_modules=modules, task_type="CAUSAL_LM")).eval()
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if "lora_" in parameter_name:
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    folder = root / name
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = f"../{base_name}"
    config["target_modules"].sort()
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    with open(folder / "adapter_logprobs.jsonl", "w") as out:
        for ids in sequences(base.config, 9)[1:]:
            out.write(json.dumps({"ids": ids, "logprobs": logprobs(model, ids)}) + "\n")


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "fixtures")
    torch.set_num_threads(1)
    make(root, "peft_adapter", "qwen3_sharded", ["q_proj", "o_proj", "gate_proj", "down_proj"])
    make(root, "peft_adapter_deepseek", "deepseek_v3",
         ["q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"])


main()
