#!/usr/bin/env python3
"""Checks a stage's TensorBoard events against its metrics.jsonl, with TensorBoard's own reader.

Usage: check_tfevents.py STAGE_FOLDER     needs: pip install tensorboard 'setuptools<81'

Every number of metrics.jsonl must be what TensorBoard shows, no more and no less: also after a run was
killed and resumed, when the steps that were done twice must show once.
"""

import json
import math
import sys

import numpy
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main() -> int:
    folder = sys.argv[1]
    expected = {}
    with open(f"{folder}/metrics.jsonl") as file:
        for line in file:
            row = json.loads(line)
            step = row.pop("step")
            for name, value in row.items():
                expected[name, step] = float("nan") if value is None else float(numpy.float32(value))

    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    shown = {}
    for name in events.Tags()["scalars"]:
        for event in events.Scalars(name):
            assert (name, event.step) not in shown, f"{name} shows step {event.step} twice"
            shown[name, event.step] = event.value

    assert expected, "metrics.jsonl is empty"
    assert shown.keys() == expected.keys(), f"differ: {shown.keys() ^ expected.keys()}"
    for key, value in expected.items():
        got = shown[key]
        # JSON has no infinities: metrics.jsonl writes null for them too.
        same = got == value or (math.isnan(value) and not math.isfinite(got))
        assert same, f"{key}: metrics.jsonl has {value}, TensorBoard shows {got}"
    print(f"ok: {len(shown)} values in {len(events.Tags()['scalars'])} curves")
    return 0


if __name__ == "__main__":
    sys.exit(main())
