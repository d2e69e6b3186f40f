"""Writes fixtures/tokenizer_llama: a tiny tokenizer.model of Llama's kind, and what sentencepiece makes of some texts.

    python make_tokenizer.py [FOLDER]

BPE with byte fallback and a dummy prefix, as Llama 2's. records.jsonl has lines {"text", "ids", "decoded"}.
"""
import io
import json
import pathlib
import random
import sys

import sentencepiece

TEXT = "To be, or not to be, that is the question: whether 'tis nobler in the mind to suffer 12 or 345 slings."
TEXTS = ["", " ", "  ", "to be", " to be", "to  be ", "be\nto\n\n", "x = 12345", "caf\u00e9", "\u4f60\u597d", "\U0001f600\U0001f600",
         "\u2581", "<s>", "</s>x", "<unk>", "<0x41>", "\t", "question:", "\u200b", "\ufffd", "a\x00b"]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "fixtures")
    folder = root / "tokenizer_llama"
    folder.mkdir(parents=True, exist_ok=True)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([TEXT] * 4), model_writer=model, model_type="bpe", vocab_size=340, byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, allow_whitespace_only_pieces=True,
        split_digits=True, num_threads=1, minloglevel=2)
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    rng = random.Random(3)
    texts = TEXTS + ["".join(rng.choice(TEXT + "\u00e9 \n") for _ in range(rng.randint(1, 30))) for _ in range(30)]
    with open(folder / "records.jsonl", "w") as out:
        for text in texts:
            ids = processor.encode(text)
            out.write(json.dumps({"text": text, "ids": ids, "decoded": processor.decode(ids)}) + "\n")


if __name__ == "__main__":
    main()
