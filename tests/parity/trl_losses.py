"""Losses, gradients and metrics from TRL's own _compute_loss, for tests/rl.

Made with trl 1.16.0, transformers 5.23.0, torch 2.11.0: python tests/parity/trl_losses.py
writes trl_losses.json beside this file. No model runs: the trainers are handed log-probabilities.
All cases share one batch, whose ratios lie well past both clips on either side.
"""
import collections
import json
import math
import pathlib
import types

import torch
import transformers
import trl
from trl.experimental.gmpo import GMPOTrainer
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.rloo_trainer import RLOOTrainer
from trl.trainer.utils import nanstd

ROWS, WIDTH = 6, 7
LIMIT = 9  # max_completion_length: more than any row has
LENGTHS = [7, 1, 4, 6, 3, 5]
ADVANTAGES = [1.3, -0.7, 0.0, -1.1, 0.4, 2.0]

# preset -> TRL's loss_type, level of the ratio, epsilon, epsilon_high
PRESETS = {
    "grpo": ("grpo", "token", 0.2, 0.2),
    "dr_grpo": ("dr_grpo", "token", 0.2, 0.2),
    "bnpo": ("bnpo", "token", 0.2, 0.2),
    "dapo": ("dapo", "token", 0.2, 0.28),
    "gspo": ("grpo", "sequence", 0.06, 0.08),
    "cispo": ("cispo", "token", 0.2, 1.2),
    "sapo": ("sapo", "token", 0.2, 0.2),
    "luspo": ("luspo", "sequence", 0.06, 0.08),
    "vespo": ("vespo", "token", 0.2, 0.2),
    "rloo": ("rloo", "sequence_product", 0.2, 0.2),
    "gmpo": ("gmpo", "token", 0.2, 0.2),
}
MODES = ("token_truncate", "token_mask", "sequence_truncate", "sequence_mask")


def batch():
    generator = torch.Generator().manual_seed(20240205)

    def draw(scale):  # decimals that take little room
        values = scale * torch.randn(ROWS, WIDTH, generator=generator, dtype=torch.float64)
        return (values * 1e4).round() / 1e4

    old_logp = -draw(1.5).abs()
    return {
        "old_logp": old_logp,
        "logp": old_logp + draw(0.4),
        "ref_logp": old_logp + draw(0.3),
        "sampling_logp": old_logp + draw(0.5),
        # Binary fractions: TRL finds its quantile in fp32.
        "entropy": (draw(1.0).abs() * 256).round() / 256,
    }


def masks():
    full = torch.zeros(ROWS, WIDTH, dtype=torch.int64)
    for row, length in enumerate(LENGTHS):
        full[row, :length] = 1
    truncated = full.clone()
    truncated[3] = 0
    holes = full.clone()  # as where a tool has written
    holes[0, 2:5] = 0
    holes[3, 0] = 0
    return {"full": full, "truncated": truncated, "holes": holes}


def importance_ratio(config, data, mask):
    """The lines of _generate_and_score_completions, which cannot be called without a model."""
    difference = (data["old_logp"] - data["sampling_logp"]) * mask
    mode = config["importance_sampling"]
    if mode.startswith("sequence"):
        difference = difference.sum(dim=-1, keepdim=True)
    ratio = torch.exp(difference)
    low, high = config.get("importance_sampling_min"), config["importance_sampling_max"]
    if mode.endswith("truncate"):
        return torch.clamp(ratio, min=low, max=high)
    return ratio.masked_fill((ratio < (-math.inf if low is None else low)) | (ratio > high), value=0.0)


def trainer_of(preset, config, logp, entropy):
    """A trainer with only what _compute_loss reads, whose model answers with logp and entropy."""
    loss_type, level, low, high = PRESETS[preset]
    kind = {"rloo": RLOOTrainer, "gmpo": GMPOTrainer}.get(preset, GRPOTrainer)
    self = object.__new__(kind)
    self.__dict__.update(
        loss_type=loss_type, beta=config.get("kl_coef", 0.0), epsilon_low=low, epsilon_high=high,
        importance_sampling_level=config.get("ratio", level),
        top_entropy_quantile=config.get("top_entropy_quantile", 1.0),
        off_policy_mask_threshold=config.get("off_policy_mask_threshold"),
        use_vllm="importance_sampling" in config, vllm_importance_sampling_correction=True,
        aux_loss_enabled=False, use_adaptive_entropy=False,
        entropy_coef=config.get("entropy_coef", 0.0),
        _entropy_bonus_enabled=config.get("entropy_coef", 0.0) != 0, max_completion_length=LIMIT,
        current_gradient_accumulation_steps=1,
        args=types.SimpleNamespace(
            delta=config.get("dual_clip_positive"),
            use_bias_correction_kl=config.get("kl_unbiased", False), steps_per_generation=1,
            sapo_temperature_pos=1.0, sapo_temperature_neg=1.05, vespo_k_pos=2.0,
            vespo_lambda_pos=3.0, vespo_k_neg=3.0, vespo_lambda_neg=2.0),
        model=types.SimpleNamespace(training=True),
        accelerator=types.SimpleNamespace(
            num_processes=1, sync_gradients=True, gather=lambda x: x,
            pad_across_processes=lambda x, **_: x, reduce=lambda x, reduction: x),
        _metrics={"train": collections.defaultdict(list)},
    )
    self._get_per_token_logps_and_entropies = lambda *a, **k: (logp, entropy, None)
    return self


def loss_case(preset, mask_name, settings, data):
    mask = masks()[mask_name]
    _, level, low, high = PRESETS[preset]
    config = {"preset": preset, "clip_low": low, "clip_high": high, **settings}
    logp = data["logp"].clone().requires_grad_()
    self = trainer_of(preset, config, logp, data["entropy"])
    ids = torch.zeros(ROWS, WIDTH, dtype=torch.int64)
    inputs = {
        "prompt_ids": ids[:, :1], "prompt_mask": ids[:, :1] + 1, "completion_ids": ids,
        "completion_mask": mask, "advantages": torch.tensor(ADVANTAGES, dtype=torch.float64),
        "old_per_token_logps": data["old_logp"], "ref_per_token_logps": data["ref_logp"],
        "old_logps": (data["old_logp"] * mask).sum(1), "num_items_in_batch": mask.sum(),
    }
    uses_sampler = "importance_sampling" in config
    if uses_sampler:
        inputs["sampling_per_token_logps"] = data["sampling_logp"]
        inputs["importance_sampling_ratio"] = importance_ratio(config, data, mask)
    loss = self._compute_loss(None, inputs)
    loss.backward()
    metrics = {k: v[0] for k, v in self._metrics["train"].items() if k != "entropy_coef"}
    return {"config": config, "mask": mask_name, "sampler": uses_sampler, "loss": loss.item(),
            "grad": logp.grad.tolist(), "metrics": metrics}


def loss_cases(data):
    clipped = [p for p, (kind, *_) in PRESETS.items() if kind in (
        "grpo", "dr_grpo", "bnpo", "dapo", "luspo")]
    grpo_like = [p for p in PRESETS if p not in ("rloo", "gmpo")]
    for preset in PRESETS:
        for mask in ("full", "truncated") if preset == "rloo" else masks():
            yield preset, mask, {}
    for preset in grpo_like + ["gmpo"]:
        yield preset, "truncated", {"kl_coef": 0.04}
        yield preset, "holes", {"top_entropy_quantile": 0.4}
    for preset in grpo_like:
        yield preset, "full", {"kl_coef": 0.04, "kl_unbiased": True}
        yield preset, "holes", {"entropy_coef": 0.05, "top_entropy_quantile": 0.7}
        yield preset, "full", {"off_policy_mask_threshold": 0.01}
        for mode in MODES:
            if preset == "vespo" and mode.startswith("sequence"):
                continue
            yield preset, "holes", {"importance_sampling": mode, "importance_sampling_max": 1.4}
    for preset in clipped:
        yield preset, "full", {"dual_clip_positive": 1.3}
    yield "luspo", "holes", {"ratio": "token"}
    yield "cispo", "full", {"ratio": "sequence"}
    for preset in clipped:
        yield preset, "truncated", {
            "kl_coef": 0.1, "kl_unbiased": True, "dual_clip_positive": 1.5, "entropy_coef": 0.02,
            "top_entropy_quantile": 0.8, "off_policy_mask_threshold": 0.05,
            "importance_sampling": "token_mask", "importance_sampling_max": 2.0,
            "importance_sampling_min": 0.6}


def advantage_case(rewards, group, scale):
    """The lines of _generate_and_score_completions, which cannot be called without a model."""
    rewards = torch.tensor(rewards, dtype=torch.float64)
    groups = rewards.view(-1, group)
    mean = torch.nanmean(groups, dim=1).repeat_interleave(group)
    std = nanstd(groups, dim=1).repeat_interleave(group)
    if scale == "batch":
        std = nanstd(rewards).expand_as(rewards)
    advantages = rewards - mean
    if scale != "none":
        advantages = advantages / (std + 1e-4)
    return advantages


def leave_one_out_case(rewards, group):
    """The same of RLOOTrainer."""
    groups = torch.tensor(rewards, dtype=torch.float64).view(-1, group)
    counts = (~torch.isnan(groups)).sum(dim=1, keepdim=True)
    baselines = (torch.nansum(groups, dim=1, keepdim=True) - groups) / (counts - 1)
    return (groups - baselines).view(-1)


def normalize_then_sum_case(columns, weights, group):
    """GRPOTrainer's, for several rewards."""
    rewards = torch.tensor(columns, dtype=torch.float64).T
    grouped = rewards.view(-1, group, len(columns))
    mean, std = torch.nanmean(grouped, dim=1, keepdim=True), nanstd(grouped, dim=1, keepdim=True)
    parts = ((grouped - mean) / (std + 1e-4)).view(-1, len(columns))
    sums = (parts * torch.tensor(weights, dtype=torch.float64).unsqueeze(0)).nansum(dim=1)
    sums[torch.isnan(rewards).all(dim=1)] = torch.nan
    return (sums - torch.nanmean(sums)) / (nanstd(sums) + 1e-4)


def numbers(values):
    """null where JSON has no NaN."""
    return [None if math.isnan(v) else v for v in values]


def advantage_cases():
    nan = math.nan
    plain = [1.0, 0.0, 0.0, 1.1, 0.25, 0.25, 0.25, 0.25, -1.0, 2.0, 0.5, 0.5]
    unscored = [1.0, 0.0, nan, 1.0, 0.25, nan, 0.5, 0.25, nan, nan, nan, 1.0]
    for rewards in (plain, unscored):
        for group in (2, 4):
            for kind in ("group", "batch", "none", "leave_one_out"):
                result = (leave_one_out_case(rewards, group) if kind == "leave_one_out"
                          else advantage_case(rewards, group, kind))
                yield {"rewards": [numbers(rewards)], "weights": [1.0], "group": group,
                       "kind": kind, "advantages": torch.nan_to_num(result, nan=0.0).tolist()}
    form = [1.0, 1.0, 0.0, 1.0, 1.0, nan, 1.0, 0.0, nan, 0.0, 1.0, 1.0]
    for columns in ([plain, form], [unscored, form]):
        result = normalize_then_sum_case(columns, [1.0, 0.3], 4)
        yield {"rewards": [numbers(c) for c in columns], "weights": [1.0, 0.3], "group": 4,
               "kind": "normalize_then_sum",
               "advantages": torch.nan_to_num(result, nan=0.0).tolist()}


def main():
    data = batch()
    out = {
        "made_with": {m.__name__: m.__version__ for m in (trl, transformers, torch)},
        "batch": {name: values.tolist() for name, values in data.items()},
        "advantages_of_rows": ADVANTAGES, "max_completion_length": LIMIT,
        "masks": {name: mask.tolist() for name, mask in masks().items()},
        "losses": [loss_case(*case, data) for case in loss_cases(data)],
        "advantages": list(advantage_cases()),
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
