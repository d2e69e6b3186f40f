"""Sizes, characters and words that no source file should have."""
import re

import tree

MAX_LINES = 600
PLAIN = tree.CODE + (".py", ".sh", ".cmake", ".toml", ".txt", ".md")
# Measured or recorded data, not written by hand.
DATA = re.compile(r"tests/(golden|parity)/")

WORDS = [
    (re.compile(r"(?<![\w.$}])/(?:home|root|mnt|work|workspace|Users)/"), "a path on somebody's machine"),
    (re.compile(r"(?<![/\w])\.\./[a-z]"), "a path out of the repository"),
    (re.compile(r"\bissues? #?\d", re.I), "a number in some tracker: say what it is about"),
    (re.compile(r"\b(?:pypi|crates|npmjs|pythonhosted)\.(?:org|io|com)"), "a registry's host: pip and apt know theirs"),
    (re.compile(r"\b(?:TO[D]O|FIXM[E]|XX[X])\b"), "a note to oneself"),
    (re.compile(r"[ \t]+$"), "space at the end of the line"),
]

findings = []
for name in tree.files():
    script = name.startswith(("tools/", ".ci/", "tests/lint/", "tests/bench/")) and "." not in name.rsplit("/", 1)[-1]
    if not (name.endswith(PLAIN) or script) or DATA.match(name):
        continue
    text = tree.read(name)
    lines = text.splitlines()
    if len(lines) > MAX_LINES and not name.endswith(".md"):
        findings.append(f"{name}: {len(lines)} lines; none has more than {MAX_LINES}")
    if text and not text.endswith("\n"):
        findings.append(f"{name}: does not end with a newline")
    if name.endswith(".h") and not name.endswith("-inl.h") and "#pragma once" not in text:  # -inl: once a target
        findings.append(f"{name}: no #pragma once")
    for number, line in enumerate(lines, 1):
        if not line.isascii():
            findings.append(f"{name}:{number}: a character that is not ASCII: {line.strip()[:60]!r}")
        for pattern, what in WORDS:
            # Tests hand over such paths on purpose.
            if what.startswith("a path out") and name.startswith("tests/"):
                continue
            if pattern.search(line):
                findings.append(f"{name}:{number}: {what}: {line.strip()[:80]}")
tree.finish(findings, "sources")
