"""What `hone bench` prints: its keys, which scripts depend on, figures that agree with each other, and bad options."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import system  # noqa: E402

cases = system.Cases()
MODEL = "tests/parity/fixtures/qwen3_saved"  # without a tokenizer, with a context of 64 tokens
KEYS = {
    "grpo": ["step_s", "rollout_s", "train_s", "rollout_tokens_per_s", "train_tokens_per_s", "peak_rss_mb", "gemm_gflops_peak",
             "utilization"],
    "decode": ["step_s", "rollout_s", "decode_tokens_per_s", "rollout_tokens_per_s", "peak_rss_mb", "gemm_gflops_peak",
               "utilization", "memory_gb_per_s_peak", "weights_gb_per_s", "bandwidth_utilization"],
    "train": ["step_s", "train_s", "train_tokens_per_s", "peak_rss_mb", "gemm_gflops_peak", "utilization"],
}


def bench(kind, *options):
    """The one line's object, after what holds for every kind has been checked."""
    result = system.hone("bench", kind, MODEL, *options, "--steps", "5", "--threads", "1")
    cases.check(f"{kind}: runs", system.status_problems(result, 0))
    line, = system.json_lines(result.stdout)
    cases.check(f"{kind}: the keys of its line", "" if list(line) == KEYS[kind] else str(list(line)))
    cases.check(f"{kind}: all above 0", [f"{key} is {value}" for key, value in line.items() if not value > 0])
    cases.check(f"{kind}: utilization is a share", "" if line["utilization"] < 1.2 else str(line))
    return line


def close(name, got, expected):
    cases.check(name, "" if abs(got - expected) <= 1e-6 * expected else f"expected {expected}, got {got}")


def grpo():
    line = bench("grpo", "--prompts", "2", "--group", "2", "--prompt-tokens", "6", "--new-tokens", "5")
    close("grpo: completion tokens a second", line["rollout_tokens_per_s"] * line["rollout_s"], 2 * 2 * 5)
    close("grpo: trained tokens a second", line["train_tokens_per_s"] * line["train_s"], 2 * 2 * (6 + 5))


def decode():
    line = bench("decode", "--batch", "3", "--prompt-tokens", "2", "--new-tokens", "60")
    close("decode: tokens a second of the whole call", line["rollout_tokens_per_s"] * line["rollout_s"], 3 * 60)
    close("decode: tokens a second of the steps", line["decode_tokens_per_s"] * line["step_s"], 3)
    close("decode: the share of the bandwidth", line["bandwidth_utilization"] * line["memory_gb_per_s_peak"],
          line["weights_gb_per_s"])
    cases.check("decode: the steps are part of the call", "" if 59 * line["step_s"] < line["rollout_s"] else str(line))


def train():
    line = bench("train", "--rows", "6", "--tokens", "20", "--prompt-tokens", "8", "--group", "3")
    close("train: tokens a second", line["train_tokens_per_s"] * line["train_s"], 6 * 20)


def bad_options():
    for name, arguments, parts in [
        ("no kind", [], ["subcommand"]),
        ("an unknown kind", ["decod", MODEL], ["subcommand"]),
        ("grpo: no such model", ["grpo", "none"], ["none"]),
        ("decode: no such model", ["decode", "none"], ["none"]),
        ("train: no such model", ["train", "none"], ["none"]),
        ("grpo: no prompts", ["grpo", MODEL, "--prompts", "0"], ["--prompts"]),
        ("grpo: longer than the context", ["grpo", MODEL, "--prompt-tokens", "60", "--new-tokens", "5"], ["64", "65"]),
        ("decode: longer than the context", ["decode", MODEL, "--prompt-tokens", "60", "--new-tokens", "5"], ["64", "65"]),
        ("decode: no step", ["decode", MODEL, "--new-tokens", "1"], ["--new-tokens"]),
        ("train: longer than the context", ["train", MODEL, "--tokens", "65"], ["--tokens", "64", "65"]),
        ("train: nothing but a prompt", ["train", MODEL, "--tokens", "8", "--prompt-tokens", "8"], ["--tokens", "8"]),
        ("train: no whole groups", ["train", MODEL, "--rows", "6", "--group", "4"], ["--rows", "4", "6"]),
        ("train: threads out of range", ["train", MODEL, "--threads", "0"], ["--threads"]),
    ]:
        result = system.hone("bench", *arguments)
        cases.check(f"bad options: {name}", [*system.status_problems(result, 2, *parts), result.stdout])


for group in (grpo, decode, train, bad_options):
    group()
cases.finish()
