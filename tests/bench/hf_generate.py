"""Times transformers' generate() on the work of `hone bench decode`, prompts included. Prints one JSON line.

    python hf_generate.py MODEL --batch B --prompt-tokens N --new-tokens M --steps S --threads T
"""

import argparse
import json
import resource
import statistics
import time

import torch
from transformers import AutoModelForCausalLM

parser = argparse.ArgumentParser()
parser.add_argument("model")
for name in ("batch", "prompt-tokens", "new-tokens", "steps", "threads"):
    parser.add_argument(f"--{name}", type=int, required=True)
options = parser.parse_args()

torch.set_num_threads(options.threads)
torch.manual_seed(0)
model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32).eval()
model.generation_config.eos_token_id = None  # every completion runs to its full length
prompts = torch.randint(model.config.vocab_size, (options.batch, options.prompt_tokens))
seconds = []
for _ in range(options.steps + 1):
    start = time.perf_counter()
    output = model.generate(prompts, attention_mask=torch.ones_like(prompts), do_sample=True, top_k=0,
                            max_new_tokens=options.new_tokens)
    seconds.append(time.perf_counter() - start)
    assert output.shape[1] == options.prompt_tokens + options.new_tokens, "ended early"
rollout_s = statistics.median(seconds[1:])
print(json.dumps({"rollout_s": rollout_s, "rollout_tokens_per_s": options.batch * options.new_tokens / rollout_s,
                  "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
