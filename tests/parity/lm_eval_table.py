#!/usr/bin/env python3
"""Prints what `hone eval --output-path DIR` wrote with lm-evaluation-harness's own make_table, and checks it.

Usage: lm_eval_table.py DIR     needs: pip install lm-eval==0.4.13

Every figure of the newest results_*.json must be in the table with its standard error, and the samples must give the
results: their mean metric by filter, and their extracted answers where the harness's own filters extract them too.
"""

import json
import pathlib
import sys

from lm_eval.filters.extraction import RegexFilter
from lm_eval.utils import make_table

# Of lm_eval/tasks/gsm8k/gsm8k.yaml.
FILTERS = {"strict-match": RegexFilter(r"#### (\-?[0-9\.\,]+)"),
           "flexible-extract": RegexFilter(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", group_select=-1)}


def ignored(text):
    """What GSM8K's exact_match leaves out of a number."""
    return text.replace(",", "").replace("$", "").removesuffix(".")


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    path = max(folder.glob("results_*.json"))
    results = json.loads(path.read_text())
    table = make_table(results)
    print(table)
    shown = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    rows = {(row[2], row[4]): row for row in shown}
    figures = 0
    for task, values in results["results"].items():
        for key, value in values.items():
            metric, _, name = key.partition(",")
            if key == "alias" or metric.endswith("_stderr"):
                continue
            error = values.get(f"{metric}_stderr,{name}")
            row = rows[name, metric]
            assert row[6] == f"{value:.4f}", (task, key, row)
            assert row[5] == ("↑" if results["higher_is_better"][task][metric] else "↓"), (task, key, row)
            assert error is None or row[8] == f"{error:.4f}", (task, key, row)
            figures += 1
    assert figures == len(shown), f"{figures} figures, but {len(shown)} rows"

    stamp = path.stem.removeprefix("results_")
    for samples in folder.glob(f"samples_*_{stamp}.jsonl"):
        task = samples.stem.removeprefix("samples_").removesuffix(f"_{stamp}")
        lines = [json.loads(line) for line in samples.read_text().splitlines()]
        for name in {line["filter"] for line in lines}:
            own = [line for line in lines if line["filter"] == name]
            metric = own[0]["metrics"][0]
            mean = sum(line[metric] for line in own) / len(own)
            assert abs(mean - results["results"][task][f"{metric},{name}"]) < 1e-9, (task, name, mean)
            assert [line["doc_id"] for line in own] == list(range(results["n-samples"][task]["effective"]))
            if name not in FILTERS:
                continue
            for line in own:
                if any("think>" in text for text in line["resps"][0]):
                    continue  # the harness would read the reasoning, too
                theirs = [ignored(text) for text in next(iter(FILTERS[name].apply(line["resps"], [line["doc"]])))]
                assert theirs == line["filtered_resps"], (line["resps"], theirs, line["filtered_resps"])
        print(f"{samples.name}: {len(lines)} lines give the table's figures")
    return 0


sys.exit(main())
