"""README's file tree is true: what it lists exists, and nothing of its kind is missing.

The tree is the first ``` block below a heading with the word "tree", "layout" or "files". A line is
`name [name...]`, two or more spaces, and what it is for; deeper lines are indented. A name may be a
glob, may stand for a pair (`decoder` or `decoder.h/.cpp`), and ends in / where it is a folder. Where
files of a folder are listed one by one, all of its sources must be; a folder alone stands for all
that is in it.
"""
import fnmatch
import re

import tree


def tree_block(readme):
    match = re.search(r"^#+ [^\n]*\b(?:tree|layout|files)\b[^\n]*\n(?:(?!#|```)[^\n]*\n)*?```\w*\n(.*?)^```", readme,
                      re.M | re.I | re.S)
    return match[1].splitlines() if match else []


def spellings(name):
    """decoder.h/.cpp -> decoder.h, decoder.cpp"""
    first, *rest = name.split("/.")
    return [first] + [first.rsplit(".", 1)[0] + "." + ending for ending in rest]


findings = []
files = tree.files()
folders = {"/".join(name.split("/")[:depth]) for name in files for depth in range(1, name.count("/") + 1)}
readme = tree.read("README.md") if "README.md" in files else ""
lines = tree_block(readme)
if not lines:
    findings.append("README.md: no file tree (a ``` block below a heading with tree, layout or files)")

listed_files, listed_folders = set(), set()
stack = []  # (indentation, folder)
for line in lines:
    if not line.strip():
        continue
    indentation = len(line) - len(line.lstrip())
    while stack and stack[-1][0] >= indentation:
        stack.pop()
    parent = stack[-1][1] if stack else ""
    names = re.split(r",?\s+|,", re.split(r"\s{2,}", line.strip())[0])
    for name in filter(None, names):
        if name.endswith("/"):
            path = parent + name.rstrip("/")
            found = {folder for folder in folders if fnmatch.fnmatchcase(folder, path)}
            listed_folders |= found
            if len(names) == 1:
                stack.append((indentation, path + "/"))
        else:
            found = set()
            for spelling in spellings(name):
                path = parent + spelling
                found |= {file for file in files if file.count("/") == path.count("/") and
                          (fnmatch.fnmatchcase(file, path) or fnmatch.fnmatchcase(file.rsplit(".", 1)[0], path))}
            listed_files |= found
        if not found:
            findings.append(f"README.md: {parent}{name} is listed, but there is no such thing")

if lines:
    for folder in sorted(folders):
        parent = folder.rpartition("/")[0]
        siblings = [other for other in listed_folders if other.rpartition("/")[0] == parent]
        if folder not in listed_folders and folder[0] != "." and (not parent or siblings and parent in listed_folders):
            findings.append(f"README.md: the folder {folder}/ is not in the file tree")
    for file in files:
        parent = file.rpartition("/")[0]
        by_name = any(other.rpartition("/")[0] == parent for other in listed_files)
        if by_name and parent and file not in listed_files and file.endswith(tree.CODE):
            findings.append(f"README.md: {file} is not in the file tree, others of its folder are")

# Links and paths in the prose.
for target in re.findall(r"\]\(([^)#\s]+)", readme):
    if "://" not in target and not (tree.ROOT / target).exists():
        findings.append(f"README.md: links to {target}, which is not there")
tree.finish(findings, "README")
