"""Checkpoints with random weights, made without any package: for timing, where values do not matter."""

import array
import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import safetensors  # noqa: E402

DEFAULTS = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_act": "silu", "rms_norm_eps": 1e-6,
            "rope_theta": 10000.0, "max_position_embeddings": 2048, "tie_word_embeddings": True, "eos_token_id": 1,
            "torch_dtype": "float32"}


def weight_shapes(config):
    width, ff = config["hidden_size"], config["intermediate_size"]
    query = config["num_attention_heads"] * config["head_dim"]
    key_value = config["num_key_value_heads"] * config["head_dim"]
    yield "model.embed_tokens.weight", (config["vocab_size"], width)
    for layer in range(config["num_hidden_layers"]):
        for name, shape in {"self_attn.q_proj": (query, width), "self_attn.k_proj": (key_value, width),
                            "self_attn.v_proj": (key_value, width), "self_attn.o_proj": (width, query),
                            "mlp.gate_proj": (ff, width), "mlp.up_proj": (ff, width), "mlp.down_proj": (width, ff),
                            "input_layernorm": (width,), "post_attention_layernorm": (width,)}.items():
            yield f"model.layers.{layer}.{name}.weight", shape
    yield "model.norm.weight", (width,)


def write_checkpoint(folder, sizes):
    """A Llama of these sizes: norms are 1; the matrices are cut from one block of random numbers."""
    config = DEFAULTS | sizes
    generator = random.Random(0)
    block = array.array("f", (generator.gauss(0, 0.02) for _ in range(99991)))  # a prime: no two rows are alike
    header, parts, offset = {}, [], 0
    for name, shape in weight_shapes(config):
        count = shape[0] * shape[-1] if len(shape) == 2 else shape[0]
        values = (block * (count // len(block) + 1))[:count] if len(shape) == 2 else array.array("f", [1.0]) * count
        parts.append(values.tobytes())
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [offset, offset + len(parts[-1])]}
        offset += len(parts[-1])
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    safetensors.write(folder / "model.safetensors", header, b"".join(parts))
