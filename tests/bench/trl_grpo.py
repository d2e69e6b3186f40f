"""Times TRL's GRPOTrainer on the work of `hone bench grpo`: equal prompts, every completion run to its full length, fp32,
one optimizer step a rollout, no KL. Prints one JSON line.

    python trl_grpo.py MODEL --prompts P --group G --prompt-tokens N --new-tokens M --steps S --threads T
"""

import argparse
import json
import os
import resource
import statistics
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from datasets import Dataset  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback  # noqa: E402
from trl import GRPOConfig, GRPOTrainer  # noqa: E402


class TimedTrainer(GRPOTrainer):
    """Keeps the seconds that each step's generation took."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.generation_seconds = []

    def _generate_single_turn(self, *arguments, **named):
        start = time.perf_counter()
        result = super()._generate_single_turn(*arguments, **named)
        self.generation_seconds.append(time.perf_counter() - start)
        return result


class StepEnds(TrainerCallback):
    def __init__(self):
        self.times = []

    def on_step_end(self, *arguments, **named):
        self.times.append(time.perf_counter())


def reward_of(completion_ids, **_):
    """Differs within groups, so that every token has a gradient."""
    return [float(sum(ids) % 7) for ids in completion_ids]


def prompt_of(tokenizer, tokens):
    """A text that is this many tokens to the tokenizer."""
    text = "what is the sum of these numbers, and how is it found? " * tokens
    for length in range(1, len(text)):
        if len(tokenizer(text[:length])["input_ids"]) == tokens:
            return text[:length]
    raise SystemExit(f"no text of {tokens} tokens was found")


parser = argparse.ArgumentParser()
parser.add_argument("model")
for name in ("prompts", "group", "prompt-tokens", "new-tokens", "steps", "threads"):
    parser.add_argument(f"--{name}", type=int, required=True)
options = parser.parse_args()

torch.set_num_threads(options.threads)
tokenizer = AutoTokenizer.from_pretrained(options.model)
model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32)
model.generation_config.eos_token_id = None
rows = options.prompts * options.group
prompt = prompt_of(tokenizer, options.prompt_tokens)
with tempfile.TemporaryDirectory() as folder:
    config = GRPOConfig(
        output_dir=folder, use_cpu=True, bf16=False, per_device_train_batch_size=rows, num_generations=options.group,
        max_completion_length=options.new_tokens, max_steps=options.steps + 1, learning_rate=1e-6, beta=0.0,
        gradient_checkpointing=False, mask_truncated_completions=False, save_strategy="no", report_to=[], disable_tqdm=True,
        generation_kwargs={"eos_token_id": None, "min_new_tokens": options.new_tokens})
    trainer = TimedTrainer(model=model, reward_funcs=reward_of, args=config, processing_class=tokenizer,
                           train_dataset=Dataset.from_list([{"prompt": prompt}] * options.prompts * (options.steps + 1)))
    ends = StepEnds()
    trainer.add_callback(ends)
    trainer.train()
print(json.dumps({"step_s": statistics.median(b - a for a, b in zip(ends.times, ends.times[1:])),
                  "rollout_s": statistics.median(trainer.generation_seconds[1:]),
                  "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
