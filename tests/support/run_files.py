"""What a run leaves that its seed fixes, for tests that compare runs."""

import json
import pathlib

# Wall-clock time stands in these (and in metrics under time/ and perf/, and in summary's seconds).
TIMED = ("seconds.json", "report.html", ".lock")


def without_time(metrics):
    return {name: value for name, value in metrics.items() if not name.startswith(("time/", "perf/"))}


def metrics_of(run, stage):
    """The lines of a stage's metrics.jsonl, without wall-clock figures."""
    return [without_time(json.loads(line)) for line in (run / stage / "metrics.jsonl").read_text().splitlines()]


def without_seconds(value):
    if isinstance(value, dict):
        return {key: without_seconds(item) for key, item in value.items() if not key.endswith("seconds")}
    return [without_seconds(item) for item in value] if isinstance(value, list) else value


def reproducible(run):
    """Everything in the run folder by name, wall-clock figures taken out."""
    run = pathlib.Path(run)
    files = {}
    for path in sorted(run.rglob("*")):
        name = str(path.relative_to(run))
        if path.is_dir() or path.name in TIMED or path.name.startswith("events.out.tfevents."):
            continue
        if path.name == "metrics.jsonl":
            files[name] = json.dumps(metrics_of(run, path.parent.name))
        elif path.name == "summary.json":
            files[name] = json.dumps(without_seconds(json.loads(path.read_text())))
        else:
            files[name] = path.read_bytes()
    return files


def differences(expected, got):
    """Names of the files that differ or that only one side has."""
    return [f"{name}: {'differs' if name in expected and name in got else 'only on one side'}"
            for name in sorted(expected.keys() | got.keys()) if expected.get(name) != got.get(name)]
