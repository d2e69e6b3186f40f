"""Checks GGUF files that hone exports against llama.cpp and gguf-py.

    python gguf_greedy.py HONE [--keep FOLDER]

For random models of every family (fixtures/) and for small trained ones with their tokenizers, in every type:
the file's bytes are those that gguf-py makes of the weights; llama.cpp loads it; its greedy tokens are compared with
those of `hone generate --greedy` on the numbers that stand in the file. In F32 they must be equal. In the other types
llama.cpp rounds activations too, so that a near tie may fall otherwise: equality is counted, and a different token must
be a near tie in hone. Text must become the same ids in both, and for a tokenizer.json
in llama.cpp and transformers.
"""
import argparse
import ctypes
import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import gguf
import llama_cpp
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoModelForCausalLM, MistralConfig, PreTrainedTokenizerFast, Qwen2Config, Qwen3MoeConfig

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
README = pathlib.Path(__file__).parents[2] / "README.md"
TYPES = {"f32": gguf.GGMLQuantizationType.F32, "f16": gguf.GGMLQuantizationType.F16,
         "bf16": gguf.GGMLQuantizationType.BF16, "q8_0": gguf.GGMLQuantizationType.Q8_0}
ARCHITECTURES = {"llama": "LLAMA", "mistral": "LLAMA", "qwen2": "QWEN2", "qwen3": "QWEN3", "qwen3_moe": "QWEN3MOE"}
NEAR_TIE = 0.1  # nats between the two tokens, in hone

RECIPE = """seed = 1
[[stage]]
name = "base"
type = "sft"
steps = 150
batch_size = 32
max_length = 128
data.task = {{type = "{task}", prompts = "codes"}}
optimizer.learning_rate = 3e-3

  [stage.init]
  {tokenizer}
  architecture = "{family}"
  hidden_size = 64
  intermediate_size = 96
  num_hidden_layers = 2
  num_attention_heads = 4
  num_key_value_heads = 2
  head_dim = 16
  max_position_embeddings = 128
  tie_word_embeddings = {tied}
"""
# family, tokenizer, whether the head is tied, task
TRAINED = [("qwen3", "char", "false", "lastdigit"), ("qwen2", "bpe", "true", "spell_backward"),
           ("llama", "bpe", "false", "spell_backward"), ("llama", "char", "true", "lastdigit")]


def hone(*arguments, lines=None):
    text = None if lines is None else "".join(json.dumps(line) + "\n" for line in lines)
    result = subprocess.run([OPTIONS.hone, *map(str, arguments)], input=text, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()] if lines is not None else result.stdout


class LlamaCpp:
    """A GGUF file in llama.cpp, with exact keys and values."""

    def __init__(self, path):
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        assert self.model, f"llama.cpp does not load {path}"
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = 128
        settings.n_threads = settings.n_threads_batch = 1
        settings.type_k = settings.type_v = 0  # GGML_TYPE_F32
        settings.flash_attn_type = 0
        self.context = llama_cpp.llama_init_from_model(self.model, settings)

    def ids(self, text):
        out = (llama_cpp.llama_token * 256)()
        data = text.encode()
        count = llama_cpp.llama_tokenize(self.vocab, data, len(data), out, 256, True, False)
        return list(out[:count])

    def greedy(self, ids, count):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        size = llama_cpp.llama_vocab_n_tokens(self.vocab)
        new, fed = [], list(ids)
        for _ in range(count):
            tokens = (llama_cpp.llama_token * len(fed))(*fed)  # the batch only points to it
            batch = llama_cpp.llama_batch_get_one(tokens, len(fed))
            assert llama_cpp.llama_decode(self.context, batch) == 0
            logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self.context, -1), shape=(size,))
            new.append(int(logits.argmax()))
            fed = new[-1:]
        return new

    def close(self):
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)


def permuted(weight, heads):
    """As llama.cpp's converter does it to q and k of Llama."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def restored(weight, heads):
    return weight.reshape(heads, weight.shape[0] // heads // 2, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def heads_of(config, name):
    """Heads whose rows are in another order; none if they are not."""
    if ARCHITECTURES[config["model_type"]] != "LLAMA":
        return None
    if ".q_proj." in name:
        return config["num_attention_heads"]
    return config["num_key_value_heads"] if ".k_proj." in name else None


def check_bytes(path, folder, kind):
    """Every tensor's bytes against gguf-py's; the numbers that stand in the file, under Hugging Face's names."""
    config = json.loads((folder / "config.json").read_text())
    architecture = getattr(gguf.MODEL_ARCH, ARCHITECTURES[config["model_type"]])
    names = gguf.get_tensor_name_map(architecture, config["num_hidden_layers"])
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
    weights = {}
    for file in folder.glob("*.safetensors"):
        weights.update({name: weight.float().numpy() for name, weight in load_file(file).items()})
    if config.get("tie_word_embeddings"):
        weights.pop("lm_head.weight", None)
    in_file = {}
    tensors.pop("rope_freqs.weight", None)  # what they do is seen in the tokens
    for layer, projection in itertools.product(range(config["num_hidden_layers"]), ("gate", "up", "down")):
        own = [f"model.layers.{layer}.mlp.experts.{e}.{projection}_proj.weight" for e in range(config.get("num_experts", config.get("num_local_experts", 0)))]
        if own:
            stack = f"model.layers.{layer}.mlp.experts.{projection}_proj.weight"
            weights[stack] = np.stack([weights.pop(name) for name in own])
    for name, weight in weights.items():
        tensor = tensors.pop(names.get_name(name, try_suffixes=(".weight", ".bias")))
        heads = heads_of(config, name)
        wanted = np.ascontiguousarray(permuted(weight, heads) if heads else weight)
        kind_of = TYPES["f32"] if weight.ndim == 1 else TYPES[kind]
        try:
            data = gguf.quants.quantize(wanted, kind_of)
        except gguf.QuantError:
            kind_of = TYPES["f16"]
            data = gguf.quants.quantize(wanted, kind_of)
        assert tensor.tensor_type == kind_of, name
        assert tensor.data.tobytes() == data.tobytes(), f"{path}: {name} differs from gguf-py's bytes"
        numbers = gguf.quants.dequantize(data, kind_of).reshape(weight.shape)
        if weight.ndim == 3:
            for e, expert in enumerate(numbers):
                in_file[name.replace(".experts.", f".experts.{e}.")] = torch.from_numpy(expert.copy())
            continue
        in_file[name] = torch.from_numpy(np.ascontiguousarray(restored(numbers, heads) if heads else numbers))
    assert not tensors, f"superfluous: {list(tensors)}"
    return in_file


def folder_of(numbers, source, target):
    """A checkpoint that holds these numbers."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.safetensors", "*.index.json", "manifest.json"))
    save_file(numbers, target / "model.safetensors", metadata={"format": "pt"})
    return target


def compare(theirs, prompts, model, count):
    """Greedy completions of both: how many agree, and the margin in hone at the first token that differs."""
    lines = hone("generate", model, "--input", "-", "--greedy", "--ignore-eos", "--max-new-tokens", count, "--threads", 1,
                 lines=[{"prompt_ids": ids} for ids in prompts])
    equal, margins = 0, []
    for ids, line in zip(prompts, lines):
        own, other = line["completion_ids"], theirs.greedy(ids, count)
        if own == other:
            equal += 1
            continue
        first = next(i for i in range(count) if own[i] != other[i])
        rows = [{"ids": ids + own[:first] + [token]} for token in (own[first], other[first])]
        scores = [row["logprobs"][-1] for row in hone("score", model, "--input", "-", "--threads", 1, lines=rows)]
        margins.append(scores[0] - scores[1])
    return equal, margins


def check(name, source, work, texts):
    config = json.loads((source / "config.json").read_text())
    failed = 0
    for kind in TYPES:
        path = work / f"{name}-{kind}.gguf"
        hone("export", source, "--output", path, "--type", kind)
        model = folder_of(check_bytes(path, source, kind), source, work / f"{name}-{kind}")
        theirs = LlamaCpp(path)
        if texts:
            prompts = [line["ids"] for line in hone("tokenize", source, lines=[{"text": text} for text in texts])]
            other = [theirs.ids(text) for text in texts]
            if prompts != other:
                failed += 1
                print(f"FAIL {name} {kind}: text becomes {other}, in hone {prompts}")
        else:
            rng = np.random.default_rng(0)
            prompts = [rng.integers(0, config["vocab_size"], length).tolist() for length in (1, 2, 5, 9, 16, 24)]
        equal, margins = compare(theirs, prompts, model, 32)
        theirs.close()
        # A token that goes to another expert for a near tie of the router's scores can move everything after it.
        routed = "moe" in config["model_type"]
        good = not margins or (kind != "f32" and (routed or max(margins) < NEAR_TIE))
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {name} {kind}: bytes equal, {equal} of {len(prompts)} greedy completions equal"
              + (f", margins where not {[round(m, 4) for m in margins]}" if margins else ""))
    return failed


QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
SMOLLM = "digits"
LLAMA3 = QWEN2.replace(r"\p{N}|", r"\p{N}{1,3}|")


def byte_tokenizer(split):
    """Byte-level BPE as Qwen2, Llama 3, SmolLM or GPT-2 split text, trained on README.md."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=split == LLAMA3))
    if split == SMOLLM:
        parts = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(parts)
    elif split:
        parts = [pre_tokenizers.Split(Regex(split), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(parts)
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=["<|begin|>", "<|end|>"], show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train([str(README)], trainer)
    tokenizer.add_tokens([AddedToken("<think>", normalized=False)])
    if split == LLAMA3:
        tokenizer.post_processor = processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<|begin|>", eos_token="<|end|>")


def check_byte_tokenizer(name, split, work):
    """The ids of llama.cpp and of transformers, for lines of README.md and for odd texts."""
    folder = work / f"bytes-{name}"
    tokenizer = byte_tokenizer(split)
    config = Qwen2Config(vocab_size=720, hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
                         num_key_value_heads=1, max_position_embeddings=128, eos_token_id=1, bos_token_id=0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    hone("export", folder, "--output", work / f"{name}.gguf")
    theirs = LlamaCpp(work / f"{name}.gguf")
    texts = [line[:200] for line in README.read_text().splitlines() if line]
    texts += ["it's I'LL we'd", "1234567 12 3", "  two  spaces \n\n\t tab ", "\u4f60\u597d \u00e9t\u00e9 \U0001f600", "a<think>b</think> <think>", "x" * 50]
    wrong = [text for text in texts if theirs.ids(text) != tokenizer(text)["input_ids"]]
    theirs.close()
    print(f"{'FAIL' if wrong else 'ok  '} {name}: {len(texts) - len(wrong)} of {len(texts)} texts become the same ids {wrong[:2]}")
    return bool(wrong)


def trained(family, tokenizer, tied, task, work):
    """A checkpoint and prompts of its task. llama.cpp ends on characters that a tokenizer without bytes has not seen."""
    kind = 'tokenizer = {type = "bpe", vocab_size = 64}' if tokenizer == "bpe" else ""
    recipe = work / "recipe.toml"
    recipe.write_text(RECIPE.format(family=family, tokenizer=kind, tied=tied, task=task))
    out = work / f"run-{family}-{tokenizer}"
    hone("run", recipe, "--out", out, "--threads", 1)
    problems = hone("data", task, "--set", "prompts=codes", "--count", 6, "--split", "heldout", lines=[])
    return out / "base/model", [problem["prompt"] for problem in problems]


SIZES = dict(vocab_size=61, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             head_dim=8, max_position_embeddings=64, initializer_range=0.25, eos_token_id=2)
RANDOM = {"mistral-whole": MistralConfig(**SIZES, sliding_window=None),
          "qwen3moe": Qwen3MoeConfig(**SIZES, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=16, norm_topk_prob=True)}


def random_model(name, work):
    torch.manual_seed(1)
    AutoModelForCausalLM.from_config(RANDOM[name]).save_pretrained(work / name)
    return work / name


def main():
    work = pathlib.Path(OPTIONS.keep or tempfile.mkdtemp())
    work.mkdir(exist_ok=True)
    failed = sum(check(name, FIXTURES / name, work, None)
                 for name in ("llama_old_bf16", "llama_tied", "qwen2_old_f16", "qwen3_sharded", "llama_linear", "llama_llama3"))
    failed += sum(check(name, random_model(name, work), work, None) for name in RANDOM)
    for family, tokenizer, tied, task in TRAINED:
        model, prompts = trained(family, tokenizer, tied, task, work)
        failed += check(f"{family}-{tokenizer}", model, work, prompts)
    for name, split in (("qwen2", QWEN2), ("llama-bpe", LLAMA3), ("gpt-2", None), ("smollm", SMOLLM)):
        failed += check_byte_tokenizer(name, split, work)
    if not OPTIONS.keep:
        shutil.rmtree(work)
    sys.exit(1 if failed else 0)


parser = argparse.ArgumentParser()
parser.add_argument("hone")
parser.add_argument("--keep")
OPTIONS = parser.parse_args()
silent = llama_cpp.llama_log_callback(lambda *_: None)
llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
main()
