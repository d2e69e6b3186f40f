"""What the lint tests share: which files are ours, and how findings are shown."""
import functools
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE = (".h", ".cpp", ".cu", ".cuh")


@functools.lru_cache(None)
def files():
    """Every file that is or could be committed, relative to the root, with / between folders."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True)
    if listed.returncode == 0:
        names = {name for name in listed.stdout.split("\0") if name}
    else:  # an unpacked archive, or another user's clone
        names = set()
        for folder, folders, found in os.walk(ROOT):
            inside = os.path.relpath(folder, ROOT)
            folders[:] = [name for name in folders if name not in (".git", ".deps", "__pycache__")
                          and not (inside == "." and (name == "runs" or name.startswith("build")))]
            names |= {os.path.normpath(os.path.join(inside, name)) for name in found}
    return sorted(name for name in names if (ROOT / name).is_file())


def code():
    return [name for name in files() if name.endswith(CODE)]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="surrogateescape")


def finish(findings, what):
    """Prints the findings and ends the test."""
    for finding in findings:
        print(finding)
    print(f"{what}: {len(findings)} findings" if findings else f"{what}: nothing found")
    sys.exit(1 if findings else 0)
