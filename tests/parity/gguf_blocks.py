"""Blocks of every GGUF type that hone reads: quantized numbers, or where gguf-py only reads a type, random bytes with sane scales."""
import gguf
import numpy as np

TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL"]
# Where the fp16 scales of a block stand, in bytes.
SCALES = {"Q2_K": (80, 82), "Q3_K": (108,), "Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,), "IQ4_NL": (0,)}


def encoded(name, shape, rng):
    """Bytes of a matrix of that shape, [rows, bytes of a row], or its numbers for F32 and F16."""
    kind = gguf.GGMLQuantizationType[name]
    numbers = rng.standard_normal(shape, dtype=np.float32) * np.float32(0.3)
    if name not in SCALES:
        return gguf.quants.quantize(numbers, kind)
    block, size = gguf.GGML_QUANT_SIZES[kind]
    data = rng.integers(0, 256, (*shape[:-1], shape[-1] // block, size), dtype=np.uint8)
    for at in SCALES[name]:
        scales = (rng.standard_normal(data.shape[:-1]) * 0.01).astype(np.float16)
        data[..., at:at + 2] = scales[..., None].view(np.uint8)
    return data.reshape(*shape[:-1], -1)


def decoded(name, data):
    return gguf.quants.dequantize(data, gguf.GGMLQuantizationType[name])
