"""Times llama.cpp's decoding steps on the work of `hone bench decode`, prompts left out. Prints one JSON line.

    python llama_decode.py MODEL --batch B --prompt-tokens N --new-tokens M --steps S --threads T [--type f32|bf16|q8_0]

A step is one llama_decode() of the next token of every sequence. Sampling is not part of it, which favours llama.cpp.
"""

import argparse
import ctypes
import json
import pathlib
import random
import resource
import statistics
import time

import llama_cpp

from make_gguf import TYPES, gguf_of


class Sequences:
    """`count` sequences in one context, run side by side."""

    def __init__(self, path, count, length, threads):
        llama_cpp.llama_backend_init()
        self.count = count
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        self.vocab_size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = count * length
        settings.n_seq_max = count
        settings.n_batch = settings.n_ubatch = max(512, count)
        settings.n_threads = settings.n_threads_batch = threads
        settings.kv_unified = True
        self.capacity = settings.n_batch
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        self.batch = llama_cpp.llama_batch_init(self.capacity, 0, 1)
        self.random = random.Random(0)

    def clear(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)

    def run(self, places, logits):
        """Runs a random token at each (sequence, position)."""
        self.batch.n_tokens = len(places)
        for i, (sequence, position) in enumerate(places):
            self.batch.token[i] = self.random.randrange(self.vocab_size)
            self.batch.pos[i] = position
            self.batch.n_seq_id[i] = 1
            self.batch.seq_id[i][0] = sequence
            self.batch.logits[i] = logits
        assert llama_cpp.llama_decode(self.context, self.batch) == 0, "llama_decode failed"
        llama_cpp.llama_synchronize(self.context)

    def run_prompts(self, length):
        places = [(sequence, position) for sequence in range(self.count) for position in range(length)]
        for start in range(0, len(places), self.capacity):
            self.run(places[start:start + self.capacity], logits=False)

    def step(self, position):
        self.run([(sequence, position) for sequence in range(self.count)], logits=True)


parser = argparse.ArgumentParser()
parser.add_argument("model", type=pathlib.Path)
for name in ("batch", "prompt-tokens", "new-tokens", "steps", "threads"):
    parser.add_argument(f"--{name}", type=int, required=True)
parser.add_argument("--type", choices=TYPES, default="f32")
options = parser.parse_args()

silent = llama_cpp.llama_log_callback(lambda *_: None)
llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
length = options.prompt_tokens + options.new_tokens
sequences = Sequences(gguf_of(options.model, options.type), options.batch, length, options.threads)
seconds = []
for _ in range(options.steps + 1):
    sequences.clear()
    sequences.run_prompts(options.prompt_tokens)
    start = time.perf_counter()
    for position in range(options.prompt_tokens, length - 1):  # the last token is drawn and never run
        sequences.step(position)
    seconds.append((time.perf_counter() - start) / (options.new_tokens - 1))
step_s = statistics.median(seconds[1:])
print(json.dumps({"step_s": step_s, "decode_tokens_per_s": options.batch / step_s,
                  "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
