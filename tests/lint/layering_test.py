"""Folders are layers: who includes whom, which library lives where, who may print, exit or swallow."""
import re

import tree

# A folder may include itself and these.
MAY_INCLUDE = {
    "rewards": set(),
    "model": set(),
    "rollout": {"model"},
    "rl": {"rollout", "rewards", "model"},
    "recipes": {"rl", "rollout", "rewards", "model"},
    "tools": {"recipes", "rl", "rollout", "rewards", "model"},
    "tests": {"tools", "recipes", "rl", "rollout", "rewards", "model"},
}

# A library's headers, and the only places that include them (beside tests).
KEPT_IN = [
    (r"toml\+\+|toml\.hpp", ("recipes/",)),
    (r"hwy/|\w*intrin\.h|cuda|cub/|ATen/cuda|c10/cuda", ("model/kernels/",)),
    (r"torch/csrc/distributed|gloo/|nccl", ("rl/parallel",)),
    (r"CLI/", ("tools/",)),
    (r"iostream", ("tools/",)),
]

# What needs no tensors builds in seconds because nothing leads from it to LibTorch: rewards/, the
# sources of hone_model_files, and the recipe code up to the pipeline that runs it.
TORCH = re.compile(r"torch/|ATen/|c10/")
MODEL_FILES = re.search(r"add_library\(hone_model_files\b([^)]*)\)", tree.read("model/CMakeLists.txt"))[1].split()


def torch_free(name):
    return (name.startswith("rewards/") or
            name.startswith("recipes/") and not name.startswith("recipes/pipeline") or
            name.startswith("model/") and name[len("model/"):] in MODEL_FILES)


# Only tools/ talks to the user and ends the process.
TALKING = [
    (r"\bstd::(cout|cerr|clog)\b|\b(printf|fprintf|puts|fputs|perror)\s*\(", "prints"),
    (r"(?<![\w.>:])(std::|::)?(exit|_exit|_Exit|quick_exit|abort|terminate)\s*\(", "ends the process"),
]
# And only tools/ deals with whatever goes wrong: elsewhere a handler for every exception undoes
# something and throws on. One named kind may be dealt with where it is expected.
CATCH_ALL = re.compile(r"\bcatch\s*\(\s*(?:\.\.\.|(?:const\s+)?std::exception\b[^)]*)\)\s*\{")
HANDS_ON = re.compile(r"\bthrow\b|current_exception|throw_with_nested|\bfail\w*\(")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def includes(name):
    text = tree.read(name)
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match[1], match[2]


def body(text, start):
    """From behind an opening brace to the brace that closes it."""
    depth = 1
    for end in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[start:end]
    return text[start:]


def torch_chain(name, seen):
    """The includes that lead from `name` to LibTorch, or None."""
    for _, _, target in includes(name):
        if TORCH.match(target):
            return [name, target]
        if target in code and target not in seen:
            seen.add(target)
            rest = torch_chain(target, seen)
            if rest:
                return [name] + rest
    return None


code = set(tree.code())
findings = []
for name in sorted(code):
    folder = name.split("/")[0]
    if folder not in MAY_INCLUDE:
        findings.append(f"{name}: code outside of the known folders")
        continue
    for line, quote, target in includes(name):
        place = f"{name}:{line}"
        if quote == '"' and target not in code and not target.startswith("hwy/"):  # Highway's own way
            findings.append(f'{place}: "{target}" is no file of ours; our includes start at the root')
        other = target.split("/")[0]
        if target in code and other != folder and other not in MAY_INCLUDE[folder]:
            findings.append(f"{place}: {folder}/ must not include {target}")
        for pattern, places in KEPT_IN:
            if folder != "tests" and re.match(pattern, target) and not name.startswith(places):
                findings.append(f"{place}: {target} belongs into {' or '.join(places)}")
    if torch_free(name):
        chain = torch_chain(name, {name})
        if chain:
            findings.append(f"{name}: must not need LibTorch, but " + " includes ".join(chain))
    if folder not in ("tools", "tests"):
        text = NOT_CODE.sub(blank, tree.read(name))
        for pattern, does in TALKING:
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                findings.append(f"{name}:{line}: {does}; only tools/ may ({match[0].strip()})")
        for match in CATCH_ALL.finditer(text):
            if not HANDS_ON.search(body(text, match.end())):
                line = text.count("\n", 0, match.start()) + 1
                findings.append(f"{name}:{line}: swallows every exception; only tools/ may")
tree.finish(findings, "layering")
