"""`hone reward command` from outside: a program of one's own, and what is said of one that does not work."""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import system  # noqa: E402

cases = system.Cases()


def lines(*objects):
    return "".join(json.dumps(one) + "\n" for one in objects)


def command(folder):
    script = folder / "judge.py"
    script.write_text("import json, sys\nfor line in sys.stdin:\n"
                      "    print(json.dumps({'score': len(json.loads(line)['completion'])}), flush=True)\n")
    own = "command=" + json.dumps([sys.executable, str(script)])
    result = system.hone("reward", "command", "--set", own, "--input", "-", text=lines({"completion": "abc"}, {"completion": ""}))
    cases.check("command: ends well", system.status_problems(result, 0))
    scores = [one["score"] for one in system.json_lines(result.stdout)]
    cases.check("command: scores", [] if scores == [3.0, 0.0] else [result.stdout])
    result = system.hone("reward", "command", "--input", "-", text="")
    cases.check("command: none", system.status_problems(result, 2, "command", "a program"))
    result = system.hone("reward", "command", "--set", 'command=["no-such-judge"]', "--input", "-", text="")
    cases.check("command: not there", system.status_problems(result, 2, "no-such-judge"))
    result = system.hone("reward", "command", "--set", 'command=["false"]', "--input", "-", text=lines(*[{"completion": ""}] * 3))
    cases.check("command: dies always", system.status_problems(result, 2, "false", "status 1", "3 times in a row"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        command(pathlib.Path(name))
    cases.finish()
