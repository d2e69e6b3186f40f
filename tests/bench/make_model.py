"""Writes a Hugging Face checkpoint of a named shape with random weights, for either side of a comparison.

    python make_model.py SHAPE FOLDER

A character of ASCII text is one token, so that a prompt of any number of tokens can be written down. Prints one JSON line.
"""

import argparse
import json

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, Qwen2Config

SHAPES = {
    # hidden_size, layers, query heads, key/value heads, intermediate_size, vocab_size
    "tiny": (128, 4, 4, 2, 384, 512),
    "small": (512, 8, 8, 4, 1408, 4096),
    "wide": (256, 4, 4, 2, 768, 151936),  # a large vocabulary, as Qwen's
}
PAD, END = "<pad>", "<end>"


def byte_tokenizer():
    vocabulary = [PAD, END] + sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(vocabulary)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=PAD, eos_token=END)


def config_of(shape, tokenizer):
    hidden, layers, heads, key_value_heads, intermediate, vocab = SHAPES[shape]
    return Qwen2Config(hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads,
                       num_key_value_heads=key_value_heads, intermediate_size=intermediate, vocab_size=vocab,
                       max_position_embeddings=4096, tie_word_embeddings=True,
                       rope_parameters={"rope_type": "default", "rope_theta": 1e6},
                       pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id, bos_token_id=None)


parser = argparse.ArgumentParser()
parser.add_argument("shape", choices=SHAPES)
parser.add_argument("folder")
options = parser.parse_args()

torch.manual_seed(0)
tokenizer = byte_tokenizer()
model = AutoModelForCausalLM.from_config(config_of(options.shape, tokenizer), dtype=torch.float32)
model.save_pretrained(options.folder)
tokenizer.save_pretrained(options.folder)
print(json.dumps({"shape": options.shape, "parameters": model.num_parameters()}))
