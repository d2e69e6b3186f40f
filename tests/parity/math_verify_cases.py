#!/usr/bin/env python3
"""Writes math_verify_cases.json: the parametrised cases of Math-Verify's own tests, each with the settings that its test passes.

    pip download math-verify==0.9.0 --no-binary :all: --no-deps && tar xzf math_verify-0.9.0.tar.gz
    math_verify_cases.py math_verify-0.9.0 > math_verify_cases.json

Math-Verify (Apache-2.0; its tests are MIT) must be installed, see requirements.txt: the tests are imported, and what they would compare is recorded.
`verdict` is Math-Verify's own, which for the cases that its authors commented out is not what they expect.
"""
import importlib
import json
import sys

import math_verify
from math_verify import ExprExtractionConfig, LatexExtractionConfig, StringExtractionConfig

CASES = []


def add(name, gold, pred, types, expected, **settings):
    CASES.append({"test": name, "gold": gold, "prediction": pred, "extract": types, "expected": bool(expected), **settings})


def main():
    sys.path.insert(0, sys.argv[1])
    tests = importlib.import_module("tests.test_all")
    current = {}

    def compare_strings(gold, pred, match_types=("latex", "expr"), precision=6, strict=True, allow_set_relation_comp=False):
        add(current["name"], gold, pred, list(match_types), current["expected"], boxed_match_priority=0, float_rounding=precision, strict=strict,
            allow_set_relation_comp=allow_set_relation_comp)
        return current["expected"]

    for module_name in ("test_all", "test_boxed", "test_numina_cases", "test_open_thoughts", "test_strict"):
        module = importlib.import_module("tests." + module_name)
        module.compare_strings = compare_strings
        for name in sorted(vars(module)):
            function = getattr(module, name)
            for mark in getattr(function, "pytestmark", []):
                names = [part.strip() for part in mark.args[0].split(",")]
                for values in mark.args[1]:
                    arguments = dict(zip(names, values))
                    current.update(name=name, expected=arguments["expected"])
                    function(**arguments)
    current.update(name="test_precision", expected=1)
    tests.compare_strings("$\\frac{1}{3}$", "0.3333$", match_types=["latex", "expr"], precision=4)

    # Tests that call parse() themselves, with its defaults.
    module = importlib.import_module("tests.test_yujianll")
    for gold, pred, expected in module.test_string_extraction.pytestmark[0].args[1]:
        add("test_yujianll", gold, pred, ["latex", "expr"], expected, boxed_match_priority=50)
    module = importlib.import_module("tests.test_string_extraction")
    for pred, expected, config in module.test_string_extraction.pytestmark[0].args[1]:
        if config.strings == StringExtractionConfig().strings and expected:
            add("test_string_extraction", expected[1], pred, ["string"], True, boxed_match_priority=50, gold_type="choice")

    kinds = {"latex": LatexExtractionConfig, "expr": ExprExtractionConfig}
    for case in CASES:
        if case.get("gold_type"):
            case["verdict"] = case["expected"]
            continue
        config = [LatexExtractionConfig(boxed_match_priority=case["boxed_match_priority"]) if kind == "latex" else kinds[kind]() for kind in case["extract"]]
        case["verdict"] = math_verify.verify(math_verify.parse(case["gold"], config), math_verify.parse(case["prediction"], config),
                                             float_rounding=case.get("float_rounding", 6), strict=case.get("strict", True),
                                             allow_set_relation_comp=case.get("allow_set_relation_comp", False))
    json.dump(CASES, sys.stdout, indent=0, ensure_ascii=True)
    print()


if __name__ == "__main__":
    main()
