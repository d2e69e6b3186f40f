"""Names in the unnamed namespaces of a library's files differ, from each other and from the types in its headers: HONE_UNITY compiles several
files in one.

The compiler would find most of this itself, but only where two files happen to stand in one batch,
and two overloads it would accept, though a call in one file could then mean the other file's.
"""
import collections
import re

import tree

OPEN, CLOSE = "namespace {", "}  // namespace"
SKIPPED = re.compile(r"(?:using namespace|using [\w:]+;|namespace|template|static_assert|extern|HWY_|#)")
KIND = re.compile(r"(?:struct|class|enum class|enum|union)\s+(\w+)")
ALIAS = re.compile(r"using (\w+) = (.*)")
NAMED = re.compile(r"[\w:<>,&*\s\[\]().]*?\b(\w+)\s*(?:\(|=|\{|;|\[)")


def names(source):
    """Name -> what it stands for, where two may be the same: an alias's type."""
    inside = raw = False
    for line in source.splitlines():
        raw = (raw or 'R"' in line) and not re.search(r'\)\w*"', line)
        if line in (OPEN, CLOSE):
            inside = line == OPEN
        elif inside and not raw and re.match(r"[A-Za-z]", line) and not SKIPPED.match(line):
            if alias := ALIAS.match(line):
                yield alias[1], alias[2]
            elif found := KIND.match(line) or NAMED.match(line):
                yield found[1], None


def namespace(source):
    found = re.search(r"^namespace ([\w:]+) \{", source, re.M)
    return found[1] if found else ""


def header_types(folder):
    """(namespace, name) -> header, of the types that a folder's headers declare."""
    types = {}
    for header in tree.files():
        if header.startswith(folder + "/") and header.endswith(".h"):
            source = tree.read(header)
            for line in source.splitlines():
                if found := KIND.match(line):
                    types[namespace(source), found[1]] = header
    return types


findings = []
for listing in (name for name in tree.files() if name.endswith("CMakeLists.txt")):
    cmake = tree.read(listing)
    folder = listing.rpartition("/")[0]
    types = header_types(folder)
    separate = set()
    for block in re.findall(r"set_source_files_properties\(([^)]*)\)", cmake):
        if re.search(r"SKIP_UNITY_BUILD_INCLUSION|COMPILE_OPTIONS|COMPILE_DEFINITIONS", block):
            separate |= set(re.findall(r"[\w/]+\.cpp", block))
    for target, listed in re.findall(r"add_(?:library|executable)\((\w+)([^)]*)\)", cmake):
        if f"hone_unity({target} " not in cmake:
            continue
        seen = collections.defaultdict(list)  # name -> (file, what it stands for)
        for file in re.findall(r"[\w/]+\.cpp", listed):
            if file not in separate:
                source = tree.read(f"{folder}/{file}")
                for name, what in dict.fromkeys(names(source)):
                    seen[name].append((f"{folder}/{file}", what))
                    if what is None and (header := types.get((namespace(source), name))):
                        findings.append(f"{name} stands in an unnamed namespace of {folder}/{file} and in {header}")
        for name, places in sorted(seen.items()):
            if len({file for file, _ in places}) > 1 and (None in (kinds := {what for _, what in places}) or len(kinds) > 1):
                where = ", ".join(sorted({file for file, _ in places}))
                findings.append(f"{name} stands in unnamed namespaces of several files of {target}: {where}")
tree.finish(findings, "unity")
