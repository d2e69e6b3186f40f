"""Chooses recipes/data/general_questions.jsonl: questions of general_question_candidates.jsonl that a model answers
right, so that forgetting shows.

A question is put through the model's chat template and answered greedily in 48 tokens; it is right if the answer
stands in the reply's first sentence as whole words: further on it may stand by chance. Of the right ones, those whose answer was chosen twice already are left out, and
the chosen ones are spread evenly over the rest, in the candidates' order.

    python tests/parity/choose_questions.py SmolLM2-135M-Instruct.gguf > recipes/data/general_questions.jsonl

Needs torch, transformers, and for a GGUF file gguf and accelerate.
"""
import argparse
import collections
import json
import pathlib
import re
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

NEW_TOKENS = 48
MOST_OF_AN_ANSWER = 2


def load(path):
    path = pathlib.Path(path)
    where = (path, {}) if path.is_dir() else (path.parent, {"gguf_file": path.name})
    tokenizer = AutoTokenizer.from_pretrained(where[0], **where[1])
    tokenizer.padding_side = "left"
    return tokenizer, AutoModelForCausalLM.from_pretrained(where[0], dtype=torch.float32, **where[1]).eval()


def replies(tokenizer, model, questions):
    texts = [tokenizer.apply_chat_template([{"role": "user", "content": question}], tokenize=False,
                                           add_generation_prompt=True) for question in questions]
    inputs = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    with torch.no_grad():
        tokens = model.generate(**inputs, max_new_tokens=NEW_TOKENS, do_sample=False)
    return tokenizer.batch_decode(tokens[:, inputs.input_ids.shape[1]:], skip_special_tokens=True)


def is_right(reply, answer):
    first_sentence = re.split(r"[.!?](?:\s|$)", reply.strip())[0].lower()
    return re.search(rf"(?<!\w){re.escape(answer.lower())}(?!\w)", first_sentence) is not None


def choose(right, count):
    times = collections.Counter()
    left = []
    for row in right:
        times[row["answer"]] += 1
        if times[row["answer"]] <= MOST_OF_AN_ANSWER:
            left.append(row)
    count = min(count, len(left))
    return [left[i * len(left) // count] for i in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a Hugging Face folder or a GGUF file")
    parser.add_argument("--candidates", default=pathlib.Path(__file__).with_name("general_question_candidates.jsonl"))
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--batch", type=int, default=64)
    arguments = parser.parse_args()
    tokenizer, model = load(arguments.model)
    with open(arguments.candidates, encoding="ascii") as lines:
        rows = [json.loads(line) for line in lines]
    right = []
    for first in range(0, len(rows), arguments.batch):
        batch = rows[first:first + arguments.batch]
        for row, reply in zip(batch, replies(tokenizer, model, [row["question"] for row in batch])):
            if is_right(reply, row["answer"]):
                right.append(row)
        print(f"{first + len(batch)} asked, {len(right)} right", file=sys.stderr)
    for row in choose(right, arguments.count):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
