"""Checks that transformers and hone make the same ids and the same text with a tokenizer.

    python tokenizer_parity.py HONE FOLDER... [--count N] [--record FILE]

FOLDER is a checkpoint folder (or only its tokenizer files) that hone saved. The strings are random:
pieces of the vocabulary, symbols and special tokens spelt out, spaces, unknown characters. With
--record the first 60 strings go to FILE as {"text", "ids", "decoded"} lines, for the C++ test.
"""
import argparse
import json
import random
import subprocess
import sys

from transformers import AutoTokenizer

ODD = ["", " ", "  ", "\n", "\t", "\r\n", "\u2581", "\u00e9", "e\u0301", "\u4f60\u597d", "\U0001f600", "\u200b", "\ufffd", "\x00",
       "</s>", "<s>", "<pad>", "<unk>", "<think", "</think>>", "<<think>", "|", "\u2047", "~", "ab", "abab", "aaaa"]


def strings(tokenizer, count, seed=0):
    rng = random.Random(seed)
    pieces = [piece.replace("\u2581", " ") for piece in tokenizer.get_vocab()]
    pieces.sort()
    alphabets = [pieces, pieces + ODD * (1 + len(pieces) // len(ODD)), ODD, ["a", "b"], ["a", " "], ["1", "2", "1"]]
    yield from ODD
    for _ in range(count):
        alphabet = rng.choice(alphabets)
        yield "".join(rng.choice(alphabet) for _ in range(rng.randint(1, 24)))


def hone_lines(hone, folder, objects):
    lines = "".join(json.dumps(item) + "\n" for item in objects)
    result = subprocess.run([hone, "tokenize", folder], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def compare(hone, folder, count):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = list(strings(tokenizer, count))
    ids = [line["ids"] for line in hone_lines(hone, folder, [{"text": text} for text in texts])]
    # Decoding is compared on what encoding gives and on any ids at all.
    rng = random.Random(1)
    any_ids = [[rng.randrange(len(tokenizer)) for _ in range(rng.randint(1, 16))] for _ in range(count // 4)]
    decoded = [line["text"] for line in hone_lines(hone, folder, [{"ids": item} for item in ids + any_ids])]
    wrong = 0
    for text, own in zip(texts, ids):
        theirs = tokenizer(text)["input_ids"]
        if theirs != own:
            wrong += 1
            if wrong < 8:
                print(f"{folder}: {text!r}: transformers {theirs}, hone {own}")
    for item, own in zip(ids + any_ids, decoded):
        theirs = tokenizer.decode(item)
        if theirs != own:
            wrong += 1
            if wrong < 8:
                print(f"{folder}: {item}: transformers {theirs!r}, hone {own!r}")
    print(f"{folder}: {type(tokenizer).__name__}, {len(tokenizer)} ids, {len(texts)} texts and {len(decoded)} id lists, {wrong} differ")
    records = [{"text": text, "ids": own, "decoded": back} for text, own, back in zip(texts, ids, decoded)]
    return wrong, records[:60]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hone")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--record")
    options = parser.parse_args()
    wrong = 0
    for folder in options.folders:
        count, records = compare(options.hone, folder, options.count)
        wrong += count
        if options.record:
            with open(options.record, "w", encoding="utf-8") as out:
                out.writelines(json.dumps(record) + "\n" for record in records)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
