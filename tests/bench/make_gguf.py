"""A checkpoint as llama.cpp's GGUF file, without a tokenizer: it is driven by ids."""

import json

import gguf
from safetensors.numpy import load_file

# For timing: Llama's queries and keys are not put in llama.cpp's order.
ARCHITECTURES = {"llama": gguf.MODEL_ARCH.LLAMA, "qwen2": gguf.MODEL_ARCH.QWEN2, "qwen3": gguf.MODEL_ARCH.QWEN3}

TYPES = {"f32": gguf.GGMLQuantizationType.F32, "bf16": gguf.GGMLQuantizationType.BF16,
         "q8_0": gguf.GGMLQuantizationType.Q8_0}


def add_shape(writer, config):
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config.get("rope_parameters", config)["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("no_vocab")


def gguf_of(folder, kind):
    """The file's path, beside the checkpoint; it is made if it is not there."""
    path = folder / f"{kind}.gguf"
    if path.exists():
        return path
    config = json.loads((folder / "config.json").read_text())
    architecture = ARCHITECTURES[config["model_type"]]
    names = gguf.get_tensor_name_map(architecture, config["num_hidden_layers"])
    unfinished = path.with_suffix(".unfinished")
    writer = gguf.GGUFWriter(unfinished, gguf.MODEL_ARCH_NAMES[architecture])
    add_shape(writer, config)
    for name, weight in load_file(folder / "model.safetensors").items():
        new_name = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if weight.ndim == 1 or kind == "f32":
            writer.add_tensor(new_name, weight)
        else:
            writer.add_tensor(new_name, gguf.quants.quantize(weight, TYPES[kind]), raw_dtype=TYPES[kind])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return unfinished.rename(path)
