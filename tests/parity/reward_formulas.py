"""Rewards from TRL's own functions, and from open-r1's formulas, for tests/rewards.

Made with trl 1.16.0: python tests/parity/reward_formulas.py writes reward_formulas.json beside this
file. open-r1 is on no package index: its formulas are typed again below, from src/open_r1/rewards.py
at 1416fa0. Where hone differs on purpose (its docstrings say where), there is no case here.
"""
import json
import pathlib
import random
import re

import trl
from trl.rewards import (accuracy_rewards, get_cosine_scaled_reward, get_repetition_penalty_reward,
                         get_soft_overlong_punishment, think_format_reward)


def tag_count(text):
    tags = ("<think>\n", "\n</think>\n", "\n<answer>\n", "\n</answer>")
    return sum(0.25 for tag in tags if text.count(tag) == 1)


def reasoning_steps(text):
    pattern = r"(Step \d+:|^\d+\.|\n-|\n\*|First,|Second,|Next,|Finally,)"
    return min(1.0, len(re.findall(pattern, text)) / 3)


def length(lengths, correct):
    low, high = min(lengths), max(lengths)
    if low == high:
        return [0.0] * len(lengths)
    scores = [0.5 - (x - low) / (high - low) for x in lengths]
    return [score if right else min(0.0, score) for score, right in zip(scores, correct)]


def repetition_words(text, n, max_penalty):
    words = text.lower().split()
    if len(words) < n:
        return 0.0
    ngrams = list(zip(*[words[i:] for i in range(n)]))
    return (1 - len(set(ngrams)) / len(ngrams)) * max_penalty


R1 = "<think>\n{}\n</think>\n<answer>\n{}\n</answer>"
TEXTS = [
    R1.format("3 + 4 = 7", "7"),
    R1.format("First, 3. Next, 4. Finally, 7.", "7"),
    R1.format("- 3\n- 4\n* 7", "7"),
    R1.format("Step 1: 3\nStep 22: 4", "7"),
    "1. three\nSecond, four",
    "Steps 1: no\nStep x: no\nstep 1: no\nfirst, no",
    "<think>\n3 + 4\n</think>\n7",
    "<think>\n3 + 4\n</think>\n",
    "<think>\n3 + 4\n<answer>\n7\n</answer>",
    "\n<answer>\n7\n</answer>",
    R1.format("a", "7") + R1.format("b", "8"),
    R1.format("a", "7") + "\n" + R1.format("b", "8"),
    "7",
    "",
    "no <tags> </here>",
]
# Where TRL's pattern and hone's agree: one pair of tags, and something after it.
THINK_TEXTS = [
    "<think>\nsum\n</think>\nIt is 7.",
    "<think>sum</think>7",
    "<think></think>7",
    "sum</think>7",
    "<think>sum 7",
    "It is 7.",
    "",
    "So: <think>sum</think>7",
    "<think>one<think>two</think>7",
    "<think>\nmany\n\nlines\n</think>\n\nmany\nlines\n",
]


def main():
    draw = random.Random(7)
    out = {"trl": trl.__version__}

    out["think_format"] = [
        {"completion": text, "score": think_format_reward([[{"content": text}]])[0]}
        for text in THINK_TEXTS]

    out["soft_overlong_punishment"] = []
    for longest, cache in ((100, 20), (100, 0), (50, 50), (20480, 4096), (7, 3)):
        punish = get_soft_overlong_punishment(longest, cache)
        for tokens in sorted({1, longest - cache, longest - cache + 1, longest - cache // 2 - 1,
                              longest, longest + 1, 3 * longest}):
            if tokens < 1:
                continue
            out["soft_overlong_punishment"].append(
                {"max_completion_len": longest, "soft_punish_cache": cache, "tokens": tokens,
                 "score": punish([[1] * tokens])[0]})

    # Right or wrong is what the case says: the formula is asked for, not Math-Verify.
    out["cosine_scaled"] = []
    for bounds in ((-1.0, -0.5, 0.5, 1.0), (-10.0, 0.0, 0.25, 2.0), (0.0, 0.0, 1.0, 1.0)):
        cosine = get_cosine_scaled_reward(100, *bounds)
        for right in (True, False):
            accuracy_rewards.accuracy_reward = lambda c, s, right=right: [float(right)]
            for tokens in (1, 25, 50, 77, 99, 100, 101, 150, 200, 1000):
                out["cosine_scaled"].append(
                    {"bounds": bounds, "max_len": 100, "right": right, "tokens": tokens,
                     "score": cosine([[{"content": ""}]], [""], [[1] * tokens])[0]})

    out["repetition_tokens"] = []
    for n in (1, 2, 3, 5):
        penalty = get_repetition_penalty_reward(n, -2.0)
        for size, kinds in ((1, 1), (4, 2), (30, 3), (60, 9), (60, 100000)):
            ids = [draw.randrange(kinds) for _ in range(size)]
            out["repetition_tokens"].append(
                {"ngram_size": n, "max_penalty": -2.0, "ids": ids, "score": penalty([ids])[0]})

    out["repetition_words"] = []
    for n in (1, 2, 3):
        for text in ("", "wait", "Wait wait", "a b a b a", "so so SO so so",
                     "one two three one two three one two\tthree\n one"):
            out["repetition_words"].append({"ngram_size": n, "max_penalty": -1.5, "completion": text,
                                            "score": repetition_words(text, n, -1.5)})

    out["tag_count"] = [{"completion": text, "score": tag_count(text)} for text in TEXTS]
    out["reasoning_steps"] = [{"completion": text, "score": reasoning_steps(text)} for text in TEXTS]

    out["length"] = []
    for size in (2, 3, 8):
        for kinds in (1, 4, 50):
            lengths = [1 + draw.randrange(kinds) for _ in range(size)]
            right = [draw.random() < 0.5 for _ in range(size)]
            out["length"].append({"tokens": lengths, "right": right,
                                  "scores": length(lengths, right)})

    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
