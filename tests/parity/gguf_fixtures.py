"""Writes fixtures/gguf/: what gguf-py makes of a model and of rows of numbers.

    python gguf_fixtures.py

rows.json: rows of 32 numbers (bits of fp32) with their bytes as F16, BF16 and Q8_0. types.json: a few blocks of every type that is
read, with the bits of the numbers that gguf-py makes of them. llama_char_bf16.gguf: the fixture llama_old_bf16
with the tokenizer tokenizer_char, written by gguf-py's GGUFWriter in the order of keys that hone writes.
"""
import json
import pathlib

import gguf
import numpy as np
from safetensors.torch import load_file
from sentencepiece import SentencePieceProcessor

from gguf_blocks import TYPES, decoded, encoded

ROOT = pathlib.Path(__file__).parent / "fixtures"
OUT = ROOT / "gguf"


def rows():
    rng = np.random.default_rng(0)
    scales = np.float32(10.0) ** np.arange(-12, 6, dtype=np.float32)
    normal = rng.standard_normal((len(scales), 32), dtype=np.float32) * scales[:, None]
    special = np.zeros((4, 32), np.float32)
    special[1] = np.arange(32, dtype=np.float32) / 2 - 8      # ties in Q8_0 once the largest is 127 / 2
    special[1, 0] = 63.5
    halves = np.arange(32, dtype=np.uint32) << 12             # ties in F16 and BF16
    special[2] = (np.uint32(0x3F800000) + halves).view(np.float32)
    special[3] = ((np.arange(32, dtype=np.uint32) << 23) + np.uint32(0x33000000) + (np.arange(32, dtype=np.uint32) << 12)).view(np.float32)
    return np.concatenate([normal, special, -special])


def write_rows():
    values = rows()
    lines = {"f32": [row.view(np.uint32).tolist() for row in values]}
    with np.errstate(over="ignore"):
        for name in ("F16", "BF16", "Q8_0"):
            data = gguf.quants.quantize(values, gguf.GGMLQuantizationType[name])
            lines[name.lower()] = [row.tobytes().hex() for row in data]
    (OUT / "rows.json").write_text(json.dumps(lines) + "\n")


def write_types():
    rng = np.random.default_rng(1)
    lines = {}
    for name in TYPES:
        block = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]][0]
        data = encoded(name, (1, max(block, 64)), rng)
        lines[name] = {"bytes": data.tobytes().hex(), "f32": decoded(name, data).astype("<f4").tobytes().hex()}
    (OUT / "types.json").write_text(json.dumps(lines, indent=0) + "\n")


def permuted(weight, heads):
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def add_shape(writer, config):
    head = config["hidden_size"] // config["num_attention_heads"]
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name("model")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_rope_dimension_count(head)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def add_vocabulary(writer, folder, config):
    """As llama.cpp's converter does for a tokenizer.model."""
    processor = SentencePieceProcessor(str(folder / "tokenizer.model"))
    size, vocab_size = processor.vocab_size(), config["vocab_size"]
    symbols = {"<think>", "</think>", "<answer>", "</answer>"}
    tokens = [f"[PAD{i}]".encode() for i in range(vocab_size)]
    scores, kinds = [-10000.0] * vocab_size, [gguf.TokenType.UNUSED] * vocab_size
    for i in range(size):
        piece = processor.id_to_piece(i)
        tokens[i], scores[i], kinds[i] = piece.encode(), processor.get_score(i), gguf.TokenType.NORMAL
        if processor.is_unknown(i):
            kinds[i] = gguf.TokenType.UNKNOWN
        elif processor.is_control(i):
            kinds[i] = gguf.TokenType.CONTROL
        elif piece in symbols:
            kinds[i] = gguf.TokenType.USER_DEFINED
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_add_space_prefix(False)
    writer.add_eos_token_id(2)
    writer.add_eot_token_id(3)  # config.json has [2, 3]
    writer.add_unk_token_id(1)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)


def write_model():
    folder = ROOT / "llama_old_bf16"
    config = json.loads((folder / "config.json").read_text())
    weights = load_file(folder / "model.safetensors")
    order = ["self_attn.q_proj.weight", "self_attn.q_proj.bias", "self_attn.k_proj.weight", "self_attn.k_proj.bias",
             "self_attn.v_proj.weight", "self_attn.v_proj.bias", "self_attn.o_proj.weight", "self_attn.o_proj.bias",
             "mlp.gate_proj.weight", "mlp.gate_proj.bias", "mlp.up_proj.weight", "mlp.up_proj.bias",
             "mlp.down_proj.weight", "mlp.down_proj.bias", "input_layernorm.weight", "post_attention_layernorm.weight"]
    names = ["model.embed_tokens.weight"]
    names += [f"model.layers.{i}.{name}" for i in range(config["num_hidden_layers"]) for name in order]
    names += ["model.norm.weight", "lm_head.weight"]
    known = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    writer = gguf.GGUFWriter(OUT / "llama_char_bf16.gguf", "llama")
    add_shape(writer, config)
    add_vocabulary(writer, ROOT / "tokenizer_char", config)
    for name in names:
        weight = weights[name].float().numpy()
        for part, heads in ((".q_proj.", "num_attention_heads"), (".k_proj.", "num_key_value_heads")):
            if part in name:
                weight = np.ascontiguousarray(permuted(weight, config[heads]))
        new_name = known.get_name(name, try_suffixes=(".weight", ".bias"))
        kind = gguf.GGMLQuantizationType.F32 if weight.ndim == 1 else gguf.GGMLQuantizationType.BF16
        data = gguf.quants.quantize(weight, kind)
        writer.add_tensor(new_name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


OUT.mkdir(exist_ok=True)
write_rows()
write_types()
write_model()
