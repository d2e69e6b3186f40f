"""The READMEs are true: a folder's README names all of its sources, and what READMEs link to is there.

A source belongs to the nearest README above it. It is named where its path from that README, or its name alone,
stands between backticks, with or without its ending; `a.h`, `b.h` names both. A name that ends in / stands for
a whole folder. The root README maps the top-level folders, a line each.
"""
import re

import tree

findings = []
files = tree.files()
readmes = [name for name in files if name.rsplit("/", 1)[-1] == "README.md"]


def folder_of(name):
    return name.rpartition("/")[0]


def names_in(text):
    """What stands between backticks, without the endings of sources."""
    quoted = " ".join(re.findall(r"`([^`\n]+)`", text))
    return {re.sub(r"\.(?:h|cpp|cu|cuh|py|sh)$", "", word) for word in re.split(r"[\s,]+", quoted)}


def nearest(name, homes):
    folder = folder_of(name)
    while folder and folder not in homes:
        folder = folder_of(folder)
    return folder


homes = {folder_of(name): names_in(tree.read(name)) for name in readmes}
for name in files:
    home = nearest(name, homes)
    if not home or not name.endswith(tree.CODE) or name.startswith("tests/"):
        continue
    path = name[len(home) + 1:].rsplit(".", 1)[0]
    parts = path.split("/")
    spellings = {path, parts[-1]} | {"/".join(parts[:depth]) + "/" for depth in range(1, len(parts))}
    if not spellings & homes[home]:
        findings.append(f"{home}/README.md: does not name {path}")

top = {name.split("/")[0] for name in files if "/" in name and name[0] != "."}
for folder in sorted(top):
    if not re.search(rf"^{re.escape(folder)}/ ", tree.read("README.md"), re.M):
        findings.append(f"README.md: the map does not name {folder}/")

for name in readmes:
    base = tree.ROOT / folder_of(name)
    for target in re.findall(r"\]\(([^)#\s]+)", tree.read(name)):
        if "://" not in target and not (base / target).exists():
            findings.append(f"{name}: links to {target}, which is not there")
tree.finish(findings, "README")
