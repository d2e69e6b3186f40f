"""Writes fixtures/sentencepiece: small tokenizer.model files of every kind, and what sentencepiece makes of odd texts with them.
Or compares hone with sentencepiece on many more texts.

    python make_sentencepiece.py [FOLDER]                    writes the fixtures
    python make_sentencepiece.py --compare HONE [--count N]  hone and sentencepiece on N random texts a kind; status 1 if any differ

texts.json is a list of texts, each as hexadecimal bytes: some are no UTF-8. NAME/records.jsonl has {"ids", "decoded"} for each,
and then for lists of any ids but control pieces, which hone shows. The fixtures' rules for characters are a handful; --compare takes sentencepiece's own nmt_nfkc,
nmt_nfkc_cf, nfkc and nfkc_cf, larger vocabularies, and every character there is.
"""
import argparse
import io
import json
import pathlib
import random
import sys
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from make_tokenizers import ODD, PROSE, SPACE, SPACES, every_character, hone_lines, strings

RULES = {"\u00e9": "e", "e\u0301": "e", "\u2126": "\u03a9", "\ufb01": "fi", "\u3000": " ", "\t": " ", "\u200b": "", "\u00bd": "1/2",
         "\uff21": "A", "\u1100\u1161": "\uac00", "\r\n": " ", "\n": " ", "!": " !! ", "  x": "y "}
BACK = {"fi": "\ufb01", "to": "2", " 1": "one ", "\ufffd": "?"}
SYMBOLS = ["<think>", "[INST]", "th", "\u4f60", "==", "===", "\t", SPACE + "is", "a b"]
Kind = sentencepiece_model_pb2.ModelProto.SentencePiece
# The trainers' and normalizers' settings; `edit` changes the model that comes of them.
PLAIN = {"normalization_rule_name": "identity", "remove_extra_whitespaces": False}
RAW = {**PLAIN, "add_dummy_prefix": False, "allow_whitespace_only_pieces": True}


def rules(mapping, stack):
    file = stack / f"{len(list(stack.iterdir()))}.tsv"
    line = lambda source, target: " ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n"
    file.write_text("".join(line(source, target) for source, target in mapping.items()))
    return str(file)


def train(edit=None, texts=None, **options):
    model = io.BytesIO()
    options = {"vocab_size": 150, "hard_vocab_limit": False, "character_coverage": 0.98, "num_threads": 1, "minloglevel": 2, **options}
    if options["model_type"] in ("char", "word"):
        options.update(use_all_vocab=True)
        del options["vocab_size"]
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(texts or PROSE.splitlines() * 3), model_writer=model, **options)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    if edit:
        edit(proto, random.Random(5))
    return proto.SerializeToString()


def some_unused(proto, rng):
    for piece in proto.pieces:
        if piece.type == Kind.NORMAL and len(piece.piece) > 1 and rng.random() < 0.3 or piece.type == Kind.NORMAL and rng.random() < 0.05:
            piece.type = Kind.UNUSED


def ties(proto, rng):
    for piece in proto.pieces:
        if piece.type == Kind.NORMAL:
            piece.score = -float(len(piece.piece) // 2 * 2 + 1)


def any_scores(proto, rng):
    for piece in proto.pieces:
        if piece.type == Kind.NORMAL:
            piece.score = rng.choice([0.0, -0.0, 1.0, 2.5, -1.0, -3.25, 1e-40, rng.uniform(-9, 9)])


def large_scores(proto, rng):
    for piece in proto.pieces:
        if piece.type == Kind.NORMAL:
            piece.score *= 3000


def unescaped(proto, rng):
    proto.normalizer_spec.escape_whitespaces = False
    for piece in proto.pieces:
        piece.piece = piece.piece.replace(SPACE, " ")


def no_unknown(proto, rng):
    proto.pieces[0].type = Kind.CONTROL


def null_piece(proto, rng):
    proto.pieces.add(piece="\0", score=-3)


def kinds(folder, large):
    small = {"normalization_rule_tsv": rules(RULES, folder)}
    rule = (lambda name: {"normalization_rule_name": name}) if large else (lambda name: small)
    more = dict(user_defined_symbols=SYMBOLS, control_symbols=["<ctl>", "[/INST]"])
    bpe, unigram = dict(model_type="bpe"), dict(model_type="unigram")
    yield "bpe_llama", dict(**bpe, **PLAIN, byte_fallback=True, vocab_size=400, allow_whitespace_only_pieces=True, split_digits=True)
    yield "bpe", dict(**bpe, **rule("nmt_nfkc"))
    yield "bpe_raw", dict(**bpe, **RAW, **more, byte_fallback=True, vocab_size=400)
    yield "bpe_suffix", dict(**bpe, **rule("nfkc_cf"), **more, treat_whitespace_as_suffix=True)
    yield "bpe_across_words", dict(**bpe, **PLAIN, split_by_whitespace=False, split_by_unicode_script=False, max_sentencepiece_length=30)
    yield "bpe_unused", dict(**bpe, **RAW, edit=some_unused)
    yield "bpe_any_scores", dict(**bpe, **rule("nmt_nfkc"), edit=any_scores, byte_fallback=True, vocab_size=400)
    yield "bpe_ties", dict(**bpe, **PLAIN, edit=ties)
    yield "unigram", dict(**unigram, **rule("nmt_nfkc"))
    yield "unigram_t5", dict(**unigram, **rule("nmt_nfkc_cf"), **more, byte_fallback=True, vocab_size=400, pad_id=0, unk_id=2, bos_id=-1, eos_id=1)
    yield "unigram_raw", dict(**unigram, **RAW, **more)
    yield "unigram_suffix", dict(**unigram, **rule("nfkc"), treat_whitespace_as_suffix=True, unk_surface="<unk>")
    yield "unigram_unused", dict(**unigram, **PLAIN, edit=some_unused)
    yield "unigram_ties", dict(**unigram, **PLAIN, edit=ties)
    yield "unigram_any_scores", dict(**unigram, **RAW, edit=any_scores)
    yield "unigram_large_scores", dict(**unigram, **PLAIN, edit=large_scores)
    yield "unigram_unescaped", dict(**unigram, **rule("nmt_nfkc"), edit=unescaped)
    yield "unigram_no_unknown", dict(**unigram, **rule("nmt_nfkc"), edit=no_unknown, byte_fallback=True, vocab_size=400)
    yield "bpe_null_piece", dict(**bpe, **RAW, edit=null_piece, byte_fallback=True, vocab_size=400)
    yield "denormalized", dict(**bpe, **RAW, denormalization_rule_tsv=rules(BACK, folder))
    yield "char", dict(model_type="char", **rule("nmt_nfkc"), **more)
    yield "word", dict(model_type="word", **rule("nmt_nfkc"))


def models(large):
    texts = large and PROSE.splitlines() * 3 + [text.replace("\0", "") for text in strings(SYMBOLS, 2000, seed=8)]
    with tempfile.TemporaryDirectory() as folder:
        for name, options in kinds(pathlib.Path(folder), large):
            size = {"vocab_size": 3000} if large else {}
            yield name, train(texts=texts, **{**options, **size})


def long_texts():
    """Sums of scores that begin at 0 again, and long words."""
    rng = random.Random(4)
    yield "".join(rng.choice(PROSE) for _ in range(60000))
    yield " ".join(rng.choice(PROSE.split()) for _ in range(40000))
    yield "a" * 3000 + "\u4f60" * 2000 + " " * 2000 + "\U0001f600" * 1000 + SPACE * 100
    yield "".join(rng.choice("ab ") for _ in range(20000))


def id_lists(processor, count):
    rng, size = random.Random(3), processor.vocab_size()
    lists = [[rng.randrange(size) for _ in range(rng.randint(1, 12))] for _ in range(count)] + [[id] for id in range(min(size, 300))]
    return [ids for ids in lists if not any(map(processor.is_control, ids))]


def texts_of(count, seed):
    return list(strings(SYMBOLS + ["<s>", "</s>", "<unk>", "<0x41>", "<ctl>", "!", "  x"], count, seed))


def with_broken_bytes(texts, count, seed):
    rng = random.Random(seed)
    return [text.encode() for text in texts] + [
        bytes(rng.choice([rng.randrange(256), 0x20, 0xe4, 0xbd, 0xa0, 0x61]) for _ in range(rng.randint(1, 30)))
        for _ in range(count)]


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    texts = with_broken_bytes(texts_of(30, seed=1), 4, seed=1)
    (folder / "texts.json").write_text(json.dumps([text.hex() for text in texts], indent=0) + "\n")
    for name, model in models(large=False):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "tokenizer.model").write_bytes(model)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        lists = [processor.encode(text) for text in texts]
        lists += id_lists(processor, 20)[:18]
        with open(folder / name / "records.jsonl", "w") as out:
            for ids in lists:
                out.write(json.dumps({"ids": ids, "decoded": processor.decode(ids)}, separators=(",", ":")) + "\n")


def compare(hone, count):
    wrong = 0
    for name, model in models(large=True):
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "tokenizer.model").write_bytes(model)
            texts = texts_of(count, seed=2) + list(every_character()) + list(long_texts())
            theirs = [processor.encode(text) for text in texts]
            own = [line["ids"] for line in hone_lines(hone, folder, [{"text": text} for text in texts])]
            lists = theirs + id_lists(processor, count // 4)
            back = [line["text"] for line in hone_lines(hone, folder, [{"ids": ids} for ids in lists])]
        bad = [(text, expected, ids) for text, expected, ids in zip(texts, theirs, own) if expected != ids]
        bad += [(ids, expected, text) for ids, text in zip(lists, back) if (expected := processor.decode(ids)) != text]
        print(f"{name}: {processor.vocab_size()} pieces, {len(texts)} texts, {len(lists)} lists of ids, {len(bad)} differ")
        for case in bad[:5]:
            print(*(ascii(part)[:400] for part in case), sep="\n    ")
        wrong += len(bad)
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).parent / "fixtures/sentencepiece")
    parser.add_argument("--compare", metavar="HONE")
    parser.add_argument("--count", type=int, default=3000)
    options = parser.parse_args()
    if options.compare:
        sys.exit(1 if compare(options.compare, options.count) else 0)
    write(options.folder)


if __name__ == "__main__":
    main()
