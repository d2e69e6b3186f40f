"""A reward of your own, in Python: an answer is worth more the fewer words it takes.

    [[stage.reward]]
    type = "command"
    command = ["python3", "recipes/reward_example.py"]

hone starts this program for the first sample and keeps it. It reads a line of JSON for each sample,
{"prompt", "completion", "answer", "metadata"}, and writes one with a "score". "detail", a line for
people, and "status" (correct, wrong, malformed or abstain) may be left out. Standard output is for
these lines alone: print anything else to standard error.
"""
import json
import sys


def judge(sample):
    words = sample["completion"].split()
    if not sample["answer"]:
        return {"status": "abstain", "detail": "no reference answer"}
    if sample["answer"] not in words:
        return {"score": 0.0, "detail": f"{len(words)} words, none of them the answer"}
    return {"score": 1 / len(words), "detail": f"the answer in {len(words)} words"}


for line in sys.stdin:
    print(json.dumps(judge(json.loads(line))), flush=True)
