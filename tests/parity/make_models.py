"""Writes the tiny random checkpoints under fixtures/ and the log-probabilities transformers gives for them.

    python make_models.py [FOLDER]

Each folder has config.json (old or new spelling), the weights, and logprobs.jsonl: lines {"ids", "logprobs"}
with the natural log-probability of each of ids[1:], computed in fp32 at temperature 1.
"""
import json
import math
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config, Qwen3Config

SIZES = dict(vocab_size=61, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, pad_token_id=0, initializer_range=0.25)

# name, config, how the weights are stored, whether the config is rewritten to the spelling before transformers 5
MODELS = [
    ("llama_old_bf16", LlamaConfig(**SIZES, rms_norm_eps=1e-5, rope_parameters={"rope_type": "default", "rope_theta": 500000.0},
                                   attention_bias=True, mlp_bias=True, bos_token_id=1, eos_token_id=[2, 3]),
     dict(dtype=torch.bfloat16), True),
    ("llama_tied", LlamaConfig(**SIZES, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2), {}, False),
    ("qwen2_old_f16", Qwen2Config(**SIZES, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
                                  eos_token_id=2), dict(dtype=torch.float16), True),
    ("qwen3_sharded", Qwen3Config(**SIZES, head_dim=8, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
                                  eos_token_id=2), dict(max_shard_size="16KB"), False),
]


def randomize(model, seed):
    """Biases and norms too: a reader that forgets one must not get away with it."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if name.endswith("norm.weight"):
                parameter.copy_(1 + 0.3 * noise)
            else:
                parameter.copy_((0.3 if name.endswith(".bias") else 0.25) * noise)


def old_spelling(path):
    config = json.loads(path.read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config["rope_scaling"] = None
    config["torch_dtype"] = config.pop("dtype")
    config.pop("layer_types", None)
    if config["model_type"] == "llama":
        config.pop("head_dim", None)
    if config["model_type"] == "qwen2":
        config.update(use_sliding_window=False, sliding_window=4096, max_window_layers=2)
    path.write_text(json.dumps(config, indent=2) + "\n")


def sequences(vocab_size, seed):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(0, vocab_size, (length,), generator=generator).tolist() for length in (2, 3, 17, 40, 64)]


def logprobs(model, ids):
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, :-1].float()
    return torch.log_softmax(logits, -1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()


def write_logprobs(folder, seed=7):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with open(folder / "logprobs.jsonl", "w") as out:
        for ids in sequences(model.config.vocab_size, seed):
            values = logprobs(model, ids)
            assert all(math.isfinite(value) for value in values)
            out.write(json.dumps({"ids": ids, "logprobs": values}) + "\n")


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "fixtures")
    torch.set_num_threads(1)
    for seed, (name, config, storage, old) in enumerate(MODELS):
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        randomize(model, seed)
        model.to(storage.get("dtype", torch.float32))
        model.save_pretrained(folder, **{key: value for key, value in storage.items() if key != "dtype"})
        if old:
            old_spelling(folder / "config.json")
        write_logprobs(folder)
        print(name, sum(parameter.numel() for parameter in model.parameters()), "parameters")


if __name__ == "__main__":
    main()
