"""Writes the tiny random checkpoints under fixtures/ and the log-probabilities transformers gives for them.

    python make_models.py [FOLDER [NAME...]]

Each folder has config.json (old or new spelling), the weights, and logprobs.jsonl: lines {"ids", "logprobs"}
with the natural log-probability of each of ids[1:], computed in fp32 at temperature 1. Where there is a layer for
multi-token prediction, "prediction_logprobs" has its log-probability of each of ids[2:].
"""
import json
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import (AutoModelForCausalLM, DeepseekV3Config, Gemma2Config, Gemma3TextConfig, LlamaConfig, MistralConfig,
                          Qwen2Config, Qwen3Config, Qwen3MoeConfig)
from transformers.modeling_layers import MtpModel

SIZES = dict(vocab_size=61, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, pad_token_id=0, initializer_range=0.25)

# Shorter layers for those that are about long sequences: windows of 16 tokens, RoPE scaled from 32 positions.
LONG = dict(SIZES, hidden_size=16, intermediate_size=20, num_attention_heads=2, num_key_value_heads=1,
            max_position_embeddings=256, eos_token_id=2)
BF16 = dict(dtype=torch.bfloat16)
EXPERTS = dict(num_experts=6, num_experts_per_tok=3, moe_intermediate_size=10)
LATENT = dict(LONG, num_hidden_layers=3, num_key_value_heads=2, kv_lora_rank=12, qk_rope_head_dim=8, qk_nope_head_dim=6,
              v_head_dim=10, n_routed_experts=8, num_experts_per_tok=3, moe_intermediate_size=9, n_group=4, topk_group=2,
              first_k_dense_replace=1, routed_scaling_factor=1.7)


def rope(rope_type, **others):
    return {"rope_type": rope_type, "rope_theta": 10000.0, **others}


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
    ("llama_linear", LlamaConfig(**LONG, bos_token_id=1, rope_parameters=rope("linear", factor=4.0)), BF16, True),
    ("llama_dynamic", LlamaConfig(**dict(LONG, max_position_embeddings=48), bos_token_id=1,
                                  rope_parameters=rope("dynamic", factor=2.0)), BF16, True),
    ("llama_llama3", LlamaConfig(**LONG, bos_token_id=1, rope_parameters=rope(
        "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)), BF16, False),
    ("qwen2_yarn_window", Qwen2Config(**LONG, use_sliding_window=True, sliding_window=16, max_window_layers=1,
                                      rope_parameters=rope("yarn", factor=8.0, original_max_position_embeddings=32)), BF16, True),
    ("qwen3_yarn_window", Qwen3Config(**LONG, head_dim=12, use_sliding_window=True, sliding_window=16,
                                      layer_types=["sliding_attention", "full_attention"], rope_parameters=rope(
                                          "yarn", factor=6.0, original_max_position_embeddings=32, beta_fast=4.0, beta_slow=0.5,
                                          mscale=1.0, mscale_all_dim=0.5, truncate=False)), BF16, False),
    ("mistral", MistralConfig(**LONG, head_dim=12, sliding_window=16, bos_token_id=1), BF16, True),
    ("gemma2", Gemma2Config(**LONG, head_dim=12, sliding_window=16, query_pre_attn_scalar=20, attn_logit_softcapping=2.0,
                            final_logit_softcapping=3.0, bos_token_id=1), BF16, True),
    ("gemma3_text", Gemma3TextConfig(**dict(LONG, num_hidden_layers=3), head_dim=12, sliding_window=16, query_pre_attn_scalar=20,
                                     bos_token_id=1, layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                                     rope_parameters={"full_attention": dict(rope("linear", factor=8.0), rope_theta=1e6),
                                                      "sliding_attention": rope("default")}), BF16, False),
    ("gemma3_text_old", Gemma3TextConfig(**dict(LONG, num_hidden_layers=3), head_dim=12, sliding_window=16,
                                         sliding_window_pattern=3, query_pre_attn_scalar=20, bos_token_id=1, final_logit_softcapping=4.0,
                                         rope_parameters={"full_attention": dict(rope("linear", factor=8.0), rope_theta=1e6),
                                                          "sliding_attention": rope("default")}), BF16, True),
    ("qwen3_moe", Qwen3MoeConfig(**LONG, **EXPERTS, head_dim=12, norm_topk_prob=True, mlp_only_layers=[0]), BF16, True),
    ("qwen3_moe_window", Qwen3MoeConfig(**LONG, **EXPERTS, head_dim=12, decoder_sparse_step=2, use_sliding_window=True,
                                        sliding_window=16), BF16, False),
    ("deepseek_v3", DeepseekV3Config(**LATENT, q_lora_rank=10, rope_parameters=rope(
        "yarn", factor=8.0, original_max_position_embeddings=32, beta_fast=32, beta_slow=1, mscale=1.0, mscale_all_dim=0.7)),
     dict(BF16, predicts=True), True),
    ("deepseek_v3_fp8", DeepseekV3Config(**dict(LATENT, intermediate_size=140), q_lora_rank=None, rope_interleave=False,
                                         norm_topk_prob=False, num_mtp_layers=0), dict(fp8=True), False),
]


def randomize(model, model_type, seed):
    """Biases and norms too: a reader that forgets one must not get away with it."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if name.endswith("norm.weight"):
                parameter.copy_((0 if model_type.startswith("gemma") else 1) + 0.3 * noise)
            else:
                parameter.copy_((0.3 if name.endswith(".bias") else 0.25) * noise)
        for name, buffer in model.named_buffers():
            if name.endswith("e_score_correction_bias"):
                buffer.copy_(0.1 * torch.randn(buffer.shape, generator=generator))


def old_spelling(path):
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    two = "full_attention" in rope  # Gemma 3
    if two:
        config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        config["sliding_window_pattern"] = 3
        rope = rope["full_attention"]
    config["rope_theta"] = rope.pop("rope_theta")
    if not two:  # there only rope_type is followed
        rope["type"] = rope.pop("rope_type")
    config["rope_scaling"] = rope if "factor" in rope else None
    config["torch_dtype"] = config.pop("dtype")
    config.pop("layer_types", None)
    if config["model_type"] == "llama":
        config.pop("head_dim", None)
    if "num_mtp_layers" in config:
        config["num_nextn_predict_layers"] = config.pop("num_mtp_layers")
    if config["model_type"] == "qwen2" and not config["use_sliding_window"]:
        config.update(use_sliding_window=False, sliding_window=4096, max_window_layers=2)
    path.write_text(json.dumps(config, indent=2) + "\n")


def sequences(config, seed):
    generator = torch.Generator().manual_seed(seed)
    lengths = (2, 3, 17, 40, 64) if config.max_position_embeddings == 64 else (2, 17, 48, 49, 200)
    return [torch.randint(0, config.vocab_size, (length,), generator=generator).tolist() for length in lengths]


def logprobs(model, ids):
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, :-1].float()
    return torch.log_softmax(logits, -1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()


def prediction_logprobs(model, mtp, ids):
    """Of ids[2:], by the layer for multi-token prediction: MtpModel's own forward draws tokens, so its layer is called."""
    length = len(ids) - 1
    positions = torch.arange(length)[None]
    with torch.no_grad():
        hidden = model.model(torch.tensor([ids[:-1]])).last_hidden_state
        embedded = mtp.embed_tokens(torch.tensor([ids[1:]]))
        mask = torch.full((length, length), -math.inf).triu(1)[None, None]
        hidden = mtp.layers[0](embedded, hidden, mtp.rotary_emb(embedded, positions), mask, positions, None)
        logits = mtp.shared_head(hidden)[0, :-1]
    return torch.log_softmax(logits, -1).gather(1, torch.tensor(ids[2:])[:, None])[:, 0].tolist()


def add_prediction_layer(folder, model, seed):
    """Beside the model's own weights, under the names of DeepSeek's releases."""
    mtp = MtpModel(model, 1)
    randomize(mtp.layers, model.config.model_type, seed)
    tensors = load_file(folder / "model.safetensors")
    prefix = f"model.layers.{model.config.num_hidden_layers}."
    for name, tensor in mtp.layers[0].state_dict().items():
        if name.endswith("e_score_correction_bias"):
            stored = tensor.float()
        else:
            stored = tensor.bfloat16()
            tensor.copy_(stored)
        name = name.removeprefix("mtp_block.").replace("post_norm.", "shared_head.norm.")
        if name.startswith("mlp.experts.gate_up_proj"):
            for expert, both in enumerate(stored):
                gate, up = both.chunk(2)
                tensors[f"{prefix}mlp.experts.{expert}.gate_proj.weight"] = gate.contiguous()
                tensors[f"{prefix}mlp.experts.{expert}.up_proj.weight"] = up.contiguous()
        elif name.startswith("mlp.experts.down_proj"):
            for expert, down in enumerate(stored):
                tensors[f"{prefix}mlp.experts.{expert}.down_proj.weight"] = down.contiguous()
        else:
            tensors[prefix + name] = stored
    tensors[prefix + "embed_tokens.weight"] = tensors["model.embed_tokens.weight"].clone()
    tensors[prefix + "shared_head.head.weight"] = tensors["lm_head.weight"].clone()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return mtp.eval()


def to_fp8(folder):
    """Stores the layers' matrices as DeepSeek does, and leaves what they then stand for in a folder for transformers."""
    tensors = load_file(folder / "model.safetensors")
    plain, stored = {}, {}
    for name, tensor in tensors.items():
        plain[name] = stored[name] = tensor
        if not name.endswith("_proj.weight") and "kv_a_proj" not in name:
            continue
        blocks = torch.nn.functional.pad(tensor, (0, -tensor.shape[1] % 128, 0, -tensor.shape[0] % 128))
        blocks = blocks.unflatten(0, (-1, 128)).unflatten(2, (-1, 128))  # [rows, 128, columns, 128]
        scale = blocks.abs().amax((1, 3)) / 448
        whole = scale.repeat_interleave(128, 0).repeat_interleave(128, 1)[: tensor.shape[0], : tensor.shape[1]]
        stored[name] = (tensor / whole).to(torch.float8_e4m3fn)
        stored[name + "_scale_inv"] = scale
        plain[name] = stored[name].float() * whole
    save_file(plain, folder / "model.safetensors", metadata={"format": "pt"})
    model = from_folder(folder)
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["quantization_config"] = {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8",
                                     "weight_block_size": [128, 128]}
    path.write_text(json.dumps(config, indent=2) + "\n")
    return model


def from_folder(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager",
                                                experts_implementation="eager").eval()


def write_logprobs(folder, model, mtp=None, seed=7):
    with open(folder / "logprobs.jsonl", "w") as out:
        for ids in sequences(model.config, seed):
            line = {"ids": ids, "logprobs": logprobs(model, ids)}
            assert all(math.isfinite(value) for value in line["logprobs"])
            if mtp is not None:
                line["prediction_logprobs"] = prediction_logprobs(model, mtp, ids)
            out.write(json.dumps(line) + "\n")


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "fixtures")
    torch.set_num_threads(1)
    only = sys.argv[2:]
    for seed, (name, config, storage, old) in enumerate(MODELS):
        if only and name not in only:
            continue
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        randomize(model, config.model_type, seed)
        model.to(storage.get("dtype", torch.float32))
        own = ("dtype", "predicts", "fp8")
        model.save_pretrained(folder, **{key: value for key, value in storage.items() if key not in own})
        if old:
            old_spelling(folder / "config.json")
        model = to_fp8(folder) if storage.get("fp8") else from_folder(folder)
        mtp = add_prediction_layer(folder, model, seed) if storage.get("predicts") else None
        write_logprobs(folder, model, mtp)
        print(name, sum(parameter.numel() for parameter in model.parameters()), "parameters")


if __name__ == "__main__":
    main()
