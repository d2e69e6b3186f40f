"""Writes fixtures/tokenizers: small tokenizers of every kind that hone reads from tokenizer.json, and what Hugging Face's
tokenizers makes of odd strings with them. Or compares hone with tokenizers on many more strings.

    python make_tokenizers.py [FOLDER]                    writes the fixtures
    python make_tokenizers.py --compare HONE [--count N]  hone and tokenizers on N random strings a kind; status 1 if any differ
    python make_tokenizers.py --unicode                   the table of model/tokenizers/unicode_16.h

Models are trained on the text below; normalizers, pre-tokenizers, post-processors and decoders are those of the models that
the kinds are named after. texts.json is a list of strings; NAME/records.jsonl has {"ids", "decoded"} for each, special tokens
added. Training breaks ties by chance, so that the files differ from run to run. The fixture charsmap has a handful of rules; --compare also takes sentencepiece's own nmt_nfkc.
"""
import argparse
import base64
import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unicodedata

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, pre_tokenizers, trainers

PROSE = """To be, or not to be, that is the question: whether 'tis nobler in the mind to suffer the slings and arrows of 12 or 345
fortunes. We'll see, they've said; I'd say it's 3.14159 + 2718 = 2721.14159!  def f(x):\n    return x ** 2\n\tprint("f", f(10))
Das Maedchen fuhr \u00fcber die Br\u00fccke; l'\u00e9t\u00e9 \u00e0 No\u00ebl, na\u00efve caf\u00e9. \u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440.
\u4f60\u597d\u4e16\u754c\uff0c\u6c42\u89e3\u65b9\u7a0b\u3002 \u3053\u3093\u306b\u3061\u306f\u30c6\u30b9\u30c8 \uc548\ub155\ud558\uc138\uc694 \u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \U0001f600\U0001f44d"""

SPACE = "\u2581"
GPT2_ALPHABET = pre_tokenizers.ByteLevel.alphabet()
QWEN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK = [r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
            r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|"
            r"\s*[\r\n]+|\s+(?!\S)|\s+"]
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
         r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}|"
         r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
BLOOM = " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+"


def typed(kind, **fields):
    return {"type": kind, **fields}


def sequence(kind, key, *parts):
    return typed(kind, **{key: list(parts)})


def pre(*parts):
    return sequence("Sequence", "pretokenizers", *parts)


def norm(*parts):
    return sequence("Sequence", "normalizers", *parts)


def dec(*parts):
    return sequence("Sequence", "decoders", *parts)


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return typed("Split", pattern={kind: pattern}, behavior=behavior, invert=invert)


def replace(pattern, content, kind="String"):
    return typed("Replace", pattern={kind: pattern}, content=content)


def byte_level(use_regex=False, add_prefix_space=False):
    return typed("ByteLevel", add_prefix_space=add_prefix_space, trim_offsets=True, use_regex=use_regex)


def metaspace(scheme, split_words=True):
    return typed("Metaspace", replacement=SPACE, prepend_scheme=scheme, split=split_words)


def template(*pieces, ids):
    single = [{"Sequence": {"id": "A", "type_id": 0}} if piece == "$A" else {"SpecialToken": {"id": piece, "type_id": 0}}
              for piece in pieces]
    return typed("TemplateProcessing", single=single, pair=single + [{"Sequence": {"id": "B", "type_id": 1}}],
                 special_tokens={name: {"id": name, "ids": [number], "tokens": [name]} for name, number in ids.items()})


def token(content, special=True, **flags):
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": not special, "special": special,
            **flags}


def charsmap(**rule):
    """The precompiled rules that sentencepiece puts into a model."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter([PROSE]), model_writer=model, model_type="char", vocab_size=400,
                                             use_all_vocab=True, minloglevel=2, **rule)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return typed("Precompiled", precompiled_charsmap=base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode())


def small_charsmap():
    rules = {"\u00e9": "e", "e\u0301": "e", "\u2126": "\u03a9", "\ufb01": "fi", "\u3000": " ", "\t": " ", "\u200b": "", "\u00bd": "1/2",
             "\uff21": "A", "\u1100\u1161": "\uac00", "\r\n": " ", "\n": " "}
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        for source, target in rules.items():
            file.write(" ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n")
        file.flush()
        return charsmap(normalization_rule_tsv=file.name)


def file(model, normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None, added=()):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": list(added), "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": decoder, "model": model}


BPE = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
       "fuse_unk": False, "byte_fallback": False, "ignore_merges": False}


def train(trainer, model, **parts):
    """The vocabulary and merges, or the list of scores, that training with these parts gives."""
    parts = {key: value for key, value in parts.items() if key in ("normalizer", "pre_tokenizer")}
    tokenizer = Tokenizer.from_str(json.dumps(file(model, **parts)))
    tokenizer.train_from_iterator(PROSE.splitlines() + [PROSE], trainer)
    return json.loads(tokenizer.to_str())["model"]


def finish(model, added, **parts):
    """The whole file; added tokens that the vocabulary lacks stand behind it."""
    vocab = model["vocab"]
    ids = vocab if isinstance(vocab, dict) else {piece: number for number, (piece, _) in enumerate(vocab)}
    end, entries = len(ids), []
    for entry in added:
        number = ids.get(entry["content"])
        if number is None:
            number, end = end, end + 1
        entries.append({"id": number, **entry})
    for key, value in parts.items():
        if callable(value):
            parts[key] = value({entry["content"]: entry["id"] for entry in entries})
    return file(model, added=entries, **parts)


def byte_bpe(added, size=330, model=(), trainer=None, **parts):
    trained = train(trainers.BpeTrainer(vocab_size=size, initial_alphabet=GPT2_ALPHABET, show_progress=False, **(trainer or {})),
                    {**BPE, "vocab": {}, "merges": []}, **parts)
    trained.update(model)
    return finish(trained, added, **parts)


def fallback_bpe(added, model=(), **parts):
    """Pieces of trained merges behind the special tokens and all bytes, as sentencepiece's models have them."""
    trained = train(trainers.BpeTrainer(vocab_size=160, show_progress=False, limit_alphabet=70), {**BPE, "vocab": {}, "merges": []}, **parts)
    pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    pieces += [piece for piece in sorted(trained["vocab"], key=trained["vocab"].get) if piece not in pieces]
    trained.update({"vocab": {piece: number for number, piece in enumerate(pieces)}, "unk_token": "<unk>", "fuse_unk": True,
                    "byte_fallback": True, **dict(model)})
    return finish(trained, added, **parts)


def unigram(added, byte_fallback=False, **parts):
    pieces = ["<s>", "<pad>", "</s>", "<unk>"]
    trained = train(trainers.UnigramTrainer(vocab_size=150, show_progress=False, special_tokens=pieces, unk_token="<unk>"),
                    {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]]}, **parts)
    if byte_fallback:
        trained["vocab"] += [[f"<0x{byte:02X}>", -20.0] for byte in range(256)]
        trained["byte_fallback"] = True
    return finish(trained, added, **parts)


def kinds(large):
    charsmaps = {"fixture": small_charsmap()}
    if large:
        charsmaps["nmt_nfkc"] = charsmap(normalization_rule_name="nmt_nfkc")
    specials = [token("<unk>"), token("<s>"), token("</s>")]
    llama_post = lambda ids: template("<s>", "$A", ids={"<s>": ids["<s>"]})
    llama_decoder = dec(replace(SPACE, " "), typed("ByteFallback"), typed("Fuse"), typed("Strip", content=" ", start=1, stop=0))
    gpt2 = byte_bpe([token("<|endoftext|>", normalized=True)], pre_tokenizer=byte_level(True), post_processor=byte_level(True),
                    decoder=byte_level(True))
    # The oldest files: no type, merges as texts, empty strings for what there is not.
    del gpt2["model"]["type"], gpt2["model"]["ignore_merges"], gpt2["model"]["byte_fallback"]
    gpt2["model"].update(unk_token="", continuing_subword_prefix="", end_of_word_suffix="",
                         merges=[" ".join(pair) for pair in gpt2["model"]["merges"]])
    yield "gpt2", gpt2
    yield "qwen2", byte_bpe([token("<|endoftext|>"), token("<|im_start|>"), token("<|im_end|>"), token("<think>", False, normalized=False),
                             token("</think>", False, normalized=False)],
                            normalizer=typed("NFC"), pre_tokenizer=pre(split(QWEN), byte_level()), post_processor=byte_level(),
                            decoder=byte_level())
    yield "llama3", byte_bpe([token("<|begin_of_text|>"), token("<|end_of_text|>"), token("<|eot_id|>")], model={"ignore_merges": True},
                             pre_tokenizer=pre(split(LLAMA3), byte_level()),
                             post_processor=lambda ids: typed("Sequence", processors=[byte_level(True), template(
                                 "<|begin_of_text|>", "$A", ids={"<|begin_of_text|>": ids["<|begin_of_text|>"]})]),
                             decoder=byte_level(True))
    bar, under = "\uff5c", "\u2581"
    yield "deepseek_v3", byte_bpe([token(f"<{bar}begin{under}of{under}sentence{bar}>"), token(f"<{bar}end{under}of{under}sentence{bar}>"),
                                   token(f"<{bar}User{bar}>", False, normalized=False), token("<think>", False)],
                                  normalizer=norm(), pre_tokenizer=pre(*map(split, DEEPSEEK), byte_level()),
                                  post_processor=byte_level(True), decoder=byte_level(True))
    yield "o200k", byte_bpe([token("<|endoftext|>")], pre_tokenizer=pre(split(O200K, "Removed", True), byte_level()), decoder=byte_level())
    yield "llama2", fallback_bpe(specials, normalizer=norm(typed("Prepend", prepend=SPACE), replace(" ", SPACE)), post_processor=llama_post,
                                 decoder=llama_decoder)
    yield "mistral", fallback_bpe(specials + [token("[INST]", False)], model={"ignore_merges": True}, pre_tokenizer=metaspace("first", False),
                                  post_processor=llama_post, decoder=llama_decoder)
    yield "gemma", fallback_bpe([*specials, token("\n\n", False, normalized=False)], normalizer=replace(" ", SPACE),
                                pre_tokenizer=split(" ", "MergedWithPrevious", kind="String"), post_processor=llama_post,
                                decoder=dec(replace(SPACE, " "), typed("ByteFallback"), typed("Fuse")))
    yield "starcoder", byte_bpe([token("<|endoftext|>"), token("<fim_prefix>")],
                                pre_tokenizer=pre(typed("Digits", individual_digits=True), byte_level(True)), decoder=byte_level(True))
    yield "falcon", byte_bpe([token(">>TITLE<<")], pre_tokenizer=pre(typed("Punctuation", behavior="Contiguous"), byte_level(True, True),
                                                                     typed("Digits", individual_digits=False), split("[0-9][0-9][0-9]")),
                             decoder=byte_level(True))
    yield "bloom", byte_bpe([token("<s>")], pre_tokenizer=pre(split(BLOOM), byte_level()), decoder=byte_level())
    yield "clip", byte_bpe([token("<|startoftext|>"), token("<|endoftext|>")], trainer={"end_of_word_suffix": "</w>"},
                           model={"end_of_word_suffix": "</w>", "unk_token": "!"},
                           normalizer=norm(typed("NFC"), replace(r"\s+", " ", "Regex"), typed("Lowercase")),
                           pre_tokenizer=pre(split(CLIP, "Removed", True), byte_level()),
                           post_processor=lambda ids: typed("RobertaProcessing", sep=["<|endoftext|>", ids["<|endoftext|>"]],
                                                            cls=["<|startoftext|>", ids["<|startoftext|>"]], trim_offsets=False,
                                                            add_prefix_space=False),
                           decoder=typed("BPEDecoder", suffix="</w>"))
    yield "flags", byte_bpe([token("<mask>", lstrip=True), token("<left>", False, lstrip=True, rstrip=True, normalized=False),
                             token("word", False, single_word=True), token("Mixed Case", False), token("<r>", rstrip=True),
                             token("\u00c9T\u00c9", False), token("  ", False, normalized=False)],
                            normalizer=norm(typed("NFKC"), typed("Lowercase")), pre_tokenizer=byte_level(True, True),
                            post_processor=lambda ids: typed("BertProcessing", sep=["<r>", ids["<r>"]], cls=["<mask>", ids["<mask>"]]),
                            decoder=byte_level(True))
    yield "byte_normalizer", byte_bpe([token("<s>"), token("caf\u00e9", False)], normalizer=norm(typed("NFD"), typed("ByteLevel")),
                                      pre_tokenizer=split("\u0120", "MergedWithNext", kind="String"), decoder=byte_level())
    for name, rules in charsmaps.items():
        yield "xlm_roberta" if name == "fixture" else "xlm_roberta_" + name, unigram(
            [token("<s>"), token("<pad>"), token("</s>"), token("<unk>"), token("<mask>", lstrip=True)],
            normalizer=rules, pre_tokenizer=metaspace("always"),
            post_processor=lambda ids: template("<s>", "$A", "</s>", ids={"<s>": 0, "</s>": 2}), decoder=metaspace("always"))
        yield "t5" if name == "fixture" else "t5_" + name, unigram(
            [token("<pad>"), token("</s>"), token("<unk>")], byte_fallback=True,
            normalizer=norm(rules, typed("Strip", strip_left=False, strip_right=True), replace(" {2,}", SPACE, "Regex")),
            pre_tokenizer=pre(typed("WhitespaceSplit"), metaspace("always")),
            post_processor=lambda ids: template("$A", "</s>", ids={"</s>": 2}), decoder=metaspace("always"))
    yield "albert", unigram([token("<s>"), token("</s>"), token("[MASK]", lstrip=True)],
                            normalizer=norm(replace("``", '"'), replace("''", '"'), typed("NFKD"), typed("StripAccents"),
                                            typed("Lowercase"), typed("Strip", strip_left=True, strip_right=True)),
                            pre_tokenizer=pre(typed("Whitespace"), metaspace("never")), decoder=metaspace("never"))
    yield "plain", finish({**BPE, "unk_token": "<unk>", "fuse_unk": False, "continuing_subword_prefix": "##",
                           "vocab": {piece: i for i, piece in enumerate(["<unk>", "a", "##a", "##b", "b", "ab", "aba", "##ab", "c"])},
                           "merges": [["a", "##b"], ["ab", "##a"], ["##a", "##b"]]},
                          [token("<unk>")], pre_tokenizer=typed("BertPreTokenizer"))


WORDS = PROSE.split() + ["word", "sword", "Mixed Case", "mixed case", "MIXED CASE", "[INST]", "\u00e9t\u00e9", "\u00c9T\u00c9", "E\u0301te\u0301"]
SPACES = [" ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2028", "\u200b", "\u180e", "\u0085", "\x0b", SPACE, "\u0120"]
ODD = ["'s", "'S", "'LL", "'\u017f", "don't", "\u0663\u0664", "\u2167", "\u00bd", "12345678", "0", "\u200d", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
       "\U0001f1e9\U0001f1ea", "\u2764\ufe0f", "e\u0301", "o\u0302\u0323", "\u1100\u1161\u11a8", "\uac01", "\u0e01\u0e33", "\u05e9\u05c1", "\u202e",
       "\ufeff", "\ufffd", "\x00", "\x01", "\x7f", "\u0130", "\u1e9e", "\u03a3", "\ufb01", "\u212b", "\uff21", "\u2126", "<0x41>", "##a", "</w>",
       "!", "?!", "...", "//", "_", "a_b", "\u0964", "\u3002", "(", "[", "\\", "``", "''", "ab", "aba", "abab", "\u01c5", "\u02b0", "$", "\u20ac"]


def strings(added, count, seed):
    """Odd strings, the same for every run; `added` is what special tokens look like."""
    rng = random.Random(seed)
    anything = lambda: chr(rng.choice([rng.randrange(0x80), rng.randrange(0x3000), rng.randrange(0xd800), rng.randrange(0xe000, 0x110000)]))
    sources = [lambda: rng.choice(WORDS), lambda: rng.choice(SPACES), lambda: rng.choice(ODD), lambda: rng.choice(added), anything,
               lambda: rng.choice("abAB12 ")]
    yield from ["", " ", "  ", "\n", "word", " word ", "a  b", SPACE, " " + SPACE]
    for number in range(count - 9):
        chosen = rng.sample(sources, rng.randint(1, len(sources)))
        yield "".join(rng.choice(chosen)() for _ in range(rng.randint(1, 2 + number % 17)))


def added_contents(files):
    return sorted({entry["content"] for _, content in files for entry in content["added_tokens"]})


def records(content, texts):
    tokenizer = Tokenizer.from_str(json.dumps(content))
    for text in texts:
        ids = tokenizer.encode(text).ids
        yield {"ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)}


def write(folder):
    files = list(kinds(large=False))
    texts = list(strings(added_contents(files), 80, seed=1))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "texts.json").write_text(json.dumps(texts, indent=0) + "\n")
    for name, content in files:
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "tokenizer.json").write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")
        with open(folder / name / "records.jsonl", "w") as out:
            for record in records(content, texts):
                out.write(json.dumps(record, separators=(",", ":")) + "\n")


def hone_lines(hone, folder, objects):
    lines = "".join(json.dumps(item) + "\n" for item in objects)
    result = subprocess.run([hone, "tokenize", folder], input=lines, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{folder}: {result.stderr}")
    return [json.loads(line) for line in result.stdout.split("\n") if line]


def every_character():
    """All code points that may be assigned, each between letters and twice."""
    known = [c for c in range(0x33000) if not 0xd800 <= c < 0xe000] + list(range(0xe0000, 0xe0200)) + [0xf0000, 0x10fffd]
    for begin in range(0, len(known), 500):
        yield "".join(f"a{chr(c)}{chr(c)}b {chr(c)}" for c in known[begin:begin + 500])


def compare(hone, count):
    files = list(kinds(large=True))
    added = added_contents(files)
    wrong = 0
    for name, content in files:
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "tokenizer.json").write_text(json.dumps(content))
            texts = list(strings(added, count, seed=2)) + list(every_character())
            theirs = list(records(content, texts))
            own = [line["ids"] for line in hone_lines(hone, folder, [{"text": text} for text in texts])]
            rng = random.Random(3)
            tokenizer = Tokenizer.from_str(json.dumps(content))
            size = tokenizer.get_vocab_size()
            lists = [record["ids"] for record in theirs]
            lists += [[rng.randrange(size) for _ in range(rng.randint(1, 12))] for _ in range(count // 4)]
            decoded = [line["text"] for line in hone_lines(hone, folder, [{"ids": ids} for ids in lists])]
        bad = [(text, record["ids"], ids) for text, record, ids in zip(texts, theirs, own) if record["ids"] != ids]
        bad += [(ids, expected, text) for ids, text in zip(lists, decoded)
                if (expected := tokenizer.decode(ids, skip_special_tokens=False)) != text]
        print(f"{name}: {len(texts)} texts, {len(lists)} lists of ids, {len(bad)} differ")
        for case in bad[:5]:
            print("   ", *(ascii(part)[:400] for part in case), sep="\n    ")
        wrong += len(bad)
    return wrong


def unicode_table():
    """Code points that the regular expressions know and this Python's Unicode 14 does not."""
    found = {}
    for category in "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf".split():
        drop = pre_tokenizers.Split(Regex(r"\p{" + category + "}"), "removed")
        for base in range(0, 0x110000, 0x1000):
            text = "".join(chr(c) for c in range(base, base + 0x1000) if not 0xd800 <= c < 0xe000)
            kept = set("".join(piece for piece, _ in drop.pre_tokenize_str(text))) if text else set()
            found.update({ord(c): category for c in set(text) - kept if unicodedata.category(c) == "Cn"})
    ranges = []
    for c in sorted(found):
        if ranges and ranges[-1][1] == c - 1 and ranges[-1][2] == found[c]:
            ranges[-1][1] = c
        else:
            ranges.append([c, c, found[c]])
    for first, last, category in ranges:
        print(f'    {{0x{first:x}, 0x{last:x}, "{category}"}},')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).parent / "fixtures/tokenizers")
    parser.add_argument("--compare", metavar="HONE")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--unicode", action="store_true")
    options = parser.parse_args()
    if options.unicode:
        unicode_table()
    elif options.compare:
        sys.exit(1 if compare(options.compare, options.count) else 0)
    else:
        write(options.folder)


if __name__ == "__main__":
    main()
