"""Losses, gradients and metrics from TRL's own GRPOTrainer._compute_loss, for tests/rl.

Made with trl 1.16.0, transformers 5.23.0, torch 2.11.0: python tests/parity/trl_losses.py
writes trl_losses.json beside this file. No model runs: the trainer is handed log-probabilities.
"""
import collections
import json
import pathlib
import types

import torch
import transformers
import trl
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.utils import nanstd

LENGTHS = [7, 1, 4, 6, 3, 5]  # of the rows' completions
WIDTH = 7
LIMIT = 9  # max_completion_length: more than any row has
PRESETS = {"grpo": (0.2, 0.2), "dr_grpo": (0.2, 0.2), "dapo": (0.2, 0.28)}


def trainer(loss_type, beta, model_logp):
    """A GRPOTrainer with only what _compute_loss reads, whose model answers with model_logp."""
    self = object.__new__(GRPOTrainer)
    low, high = PRESETS[loss_type]
    self.__dict__.update(
        loss_type=loss_type, beta=beta, epsilon_low=low, epsilon_high=high,
        importance_sampling_level="token", top_entropy_quantile=1.0,
        off_policy_mask_threshold=None, use_vllm=False, aux_loss_enabled=False,
        _entropy_bonus_enabled=False, max_completion_length=LIMIT,
        current_gradient_accumulation_steps=1,
        args=types.SimpleNamespace(delta=None, use_bias_correction_kl=False, steps_per_generation=1),
        model=types.SimpleNamespace(training=True),
        accelerator=types.SimpleNamespace(
            num_processes=1, gather=lambda x: x, reduce=lambda x, reduction: x),
        _metrics={"train": collections.defaultdict(list)},
    )
    entropy = torch.zeros_like(model_logp).detach()
    self._get_per_token_logps_and_entropies = lambda *a, **k: (model_logp, entropy, None)
    return self


def loss_case(loss_type, beta, masked_rows, generator):
    rows = len(LENGTHS)
    draw = lambda scale: scale * torch.randn(rows, WIDTH, generator=generator, dtype=torch.float64)
    old_logp = -draw(1.5).abs()
    logp = (old_logp + draw(0.4)).requires_grad_()  # ratios well past both bounds
    ref_logp = old_logp + draw(0.3)
    advantages = torch.tensor([1.3, -0.7, 0.0, -1.1, 0.4, 2.0], dtype=torch.float64)
    mask = torch.zeros(rows, WIDTH, dtype=torch.int64)
    for row, length in enumerate(LENGTHS):
        mask[row, :length] = 0 if row in masked_rows else 1
    ids = torch.zeros(rows, WIDTH, dtype=torch.int64)
    self = trainer(loss_type, beta, logp)
    loss = self._compute_loss(None, {
        "prompt_ids": ids[:, :1], "prompt_mask": ids[:, :1] + 1, "completion_ids": ids,
        "completion_mask": mask, "advantages": advantages, "old_per_token_logps": old_logp,
        "ref_per_token_logps": ref_logp, "num_items_in_batch": mask.sum(),
    })
    loss.backward()
    ragged = lambda x: [x[row, :length].tolist() for row, length in enumerate(LENGTHS)]
    keep = ("kl", "clip_ratio/low_mean", "clip_ratio/high_mean", "clip_ratio/region_mean")
    return {
        "preset": loss_type, "kl_coef": beta, "max_new_tokens": LIMIT,
        "masked": [row in masked_rows for row in range(rows)],
        "logp": ragged(logp.detach()), "old_logp": ragged(old_logp), "ref_logp": ragged(ref_logp),
        "advantages": advantages.tolist(), "loss": loss.item(), "grad": ragged(logp.grad),
        "metrics": {k: v[0] for k, v in self._metrics["train"].items() if k in keep},
    }


def advantage_case(rewards, group, scale):
    """The lines of _generate_and_score_completions, which cannot be called without a model."""
    rewards = torch.tensor(rewards, dtype=torch.float64)
    groups = rewards.view(-1, group)
    mean = groups.mean(dim=1).repeat_interleave(group)
    std = nanstd(groups, dim=1).repeat_interleave(group)
    if scale == "batch":
        std = nanstd(rewards).expand_as(rewards)
    advantages = rewards - mean
    if scale != "none":
        advantages = advantages / (std + 1e-4)
    return {"rewards": rewards.tolist(), "group": group, "scale": scale,
            "advantages": advantages.tolist()}


def main():
    generator = torch.Generator().manual_seed(20240205)
    losses = [loss_case(preset, beta, masked, generator)
              for preset in PRESETS for beta in (0.0, 0.04) for masked in ((), (3,), (0, 4))]
    rewards = [1.0, 0.0, 0.0, 1.1, 0.25, 0.25, 0.25, 0.25, -1.0, 2.0, 0.5, 0.5]
    advantages = [advantage_case(rewards, group, scale)
                  for group in (2, 4) for scale in ("group", "batch", "none")]
    made_with = {m.__name__: m.__version__ for m in (trl, transformers, torch)}
    out = {"made_with": made_with, "losses": losses, "advantages": advantages}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
