"""`hone reward code` from outside: what it says, and that nothing outlives hone."""
import json
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import system  # noqa: E402

cases = system.Cases()


def lines(*objects):
    return "".join(json.dumps(one) + "\n" for one in objects)


def sample(program, **more):
    return {"completion": f"```python\n{program}\n```", "answer": json.dumps({"inputs": ["2\n"], "outputs": ["4\n"]}), **more}


def descendants(root):
    """Every process that comes from `root`, by their parents in /proc."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit():
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            pass  # it has ended meanwhile
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found[1:]


def alive(process):
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def is_python(process):
    try:
        return b"python3" in pathlib.Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")[0]
    except OSError:
        return False


def killed(name, kill):
    """hone ends in the middle of a jail: so do the jail and all that is in it."""
    process = system.start("reward", "code", "--input", "-", "--set", "time_limit_s=300", "--set", "sample_time_limit_s=300",
                           stdin=-1)
    process.stdin.write(lines(sample("import time\ntime.sleep(300)")))
    process.stdin.close()
    runs = system.wait_until(lambda: any(map(is_python, descendants(process.pid))), process)
    inside = descendants(process.pid)
    cases.check(f"code: before {name} there are hone-jail, process 1 of the jail and the program",
                [] if runs and len(inside) == 3 else [str(inside), process.stderr.read() if not runs else ""])
    process.send_signal(kill)
    process.wait()
    deadline = time.monotonic() + 30
    while any(map(alive, inside)) and time.monotonic() < deadline:
        time.sleep(0.01)
    cases.check(f"code: nothing is left after {name}", [f"{p} is alive" for p in inside if alive(p)])


def code():
    result = system.hone("reward", "code", "--input", "-", text="")
    if result.returncode == 2 and "isolation: " in result.stderr:
        print(f"skipped: {result.stderr.strip()}")
        sys.exit(77)
    program = "print(int(input()) ** 2)"
    result = system.hone("reward", "code", "--input", "-", text=lines(
        sample(program), sample("print(5)"), sample(program, answer="no tests"), sample(program, config={"isolation": "filter"})))
    cases.check("code: ends well", system.status_problems(result, 0))
    got = [(one["score"], one["status"]) for one in system.json_lines(result.stdout)]
    wanted = [(1.0, "correct"), (0.0, "wrong"), (0.0, "abstain"), (1.0, "correct")]
    cases.check("code: scores", [] if got == wanted else [result.stdout])
    result = system.hone("reward", "code", "--set", "language=rust", "--input", "-", text="")
    cases.check("code: unknown language", system.status_problems(result, 2, "language", "python, cpp"))
    killed("kill -9", signal.SIGKILL)
    killed("Ctrl-C", signal.SIGINT)


if __name__ == "__main__":
    code()
    cases.finish()
