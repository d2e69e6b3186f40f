"""A full disk: status 2, a message that names the file, and the same command goes on once there is room."""

import pathlib
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import run_files  # noqa: E402
import system  # noqa: E402

cases = system.Cases()
RECIPE = system.TINY.replace("steps = 2", "steps = 6\ncheckpoint_every = 2").replace("hidden_size = 16", "hidden_size = 64")


def run(recipe, out, **options):
    return system.hone("run", recipe, "--out", out, "--threads", "1", **options)


def limit_to(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def limited(folder, recipe, expected):
    """No file may grow past a limit: first not even the recipe, then not the weights."""
    out = folder / "limited"
    for size, part in [(20, "recipe.toml"), (16000, "model.safetensors")]:
        result = run(recipe, out, preexec_fn=limit_to(size))
        cases.check(f"files of at most {size} bytes",
                    system.status_problems(result, 2, part, "cannot write: File too large", "ulimit -f"))
    result = run(recipe, out)
    cases.check("then without a limit: as if nothing had happened",
                system.status_problems(result, 0) + run_files.differences(expected, run_files.reproducible(out)))


def limited_output(model):
    """The commands that write lines say so too."""
    out = model.parent / "lines.jsonl"
    for command in (["generate", model, "--prompt", "1", "-n", "64"], ["data", "parity", "--count", "500"]):
        result = system.hone(*command, "--output", out, preexec_fn=limit_to(500))
        cases.check(f"{command[0]} --output to a full disk", system.status_problems(result, 2, "lines.jsonl"))
    with open("/dev/full", "w") as full:
        result = subprocess.run([system.HONE, "data", "parity"], stdout=full, stderr=subprocess.PIPE, text=True)
    cases.check("data to a standard output that is full", system.status_problems(result, 2, "standard output"))


def mount(folder, size):
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def full_disk(folder, recipe, expected):
    """A disk that has room for the first checkpoint and not for the second; only root can make one."""
    disk = folder / "disk"
    disk.mkdir()
    if not mount(disk, "256k"):
        print("skip  a small disk (only root can mount one)")
        return
    try:
        result = run(recipe, disk / "run")
        cases.check("a disk of 256 kB", system.status_problems(result, 2, "No space left on device", "free some space"))
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        result = run(recipe, disk / "run")
        cases.check("then with room: as if nothing had happened", system.status_problems(result, 0) +
                    run_files.differences(expected, run_files.reproducible(disk / "run")))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    recipe = folder / "tiny.toml"
    recipe.write_text(RECIPE)
    result = run(recipe, folder / "whole")
    assert result.returncode == 0, result.stderr
    expected = run_files.reproducible(folder / "whole")
    limited(folder, recipe, expected)
    limited_output(folder / "whole/base/model")
    full_disk(folder, recipe, expected)
cases.finish()
