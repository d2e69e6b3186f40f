"""`hone inspect` and `hone tokenize` from outside. Needs HONE, the program."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

HONE = os.environ["HONE"]
FIXTURES = pathlib.Path("tests/parity/fixtures")


def hone(*arguments, text=""):
    return subprocess.run([HONE, *map(str, arguments)], input=text, capture_output=True, text=True)


class Inspect(unittest.TestCase):
    def shows(self, path, *parts):
        result = hone("inspect", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        for part in parts:
            self.assertIn(part, result.stdout)

    def test_a_model(self):
        self.shows(FIXTURES / "qwen3_sharded", "qwen3, 13448 parameters", "head_dim 8", "qk_norm", "no tokenizer",
                   "model-00004-of-00004.safetensors")
        self.shows(FIXTURES / "llama_old_bf16", "BF16", "[61, 24]", "end tokens 2 3")

    def test_a_safetensors_file(self):
        self.shows(FIXTURES / "llama_tied/model.safetensors", "20 tensors, 43200 bytes", "metadata format = pt")

    def test_rollouts(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "rollouts.jsonl"
            line = {"step": 3, "completion_ids": [1, 2], "finish_reason": "stop", "reward": 1.0,
                    "rewards": {"answer": 1.0, "random": None}}
            other = {**line, "step": 4, "finish_reason": "length", "reward": 0.0}
            path.write_text(json.dumps(line) + "\n" + json.dumps(other) + "\n")
            self.shows(path, "2 rollouts, steps 3 to 4", "reward 0.5", "rewards/answer/mean 1", "50.0%")

    def test_anything_else_ends_with_2(self):
        for path in ("/none", "model", "README.md", FIXTURES / "llama_tied/config.json"):
            result = hone("inspect", path)
            self.assertEqual(result.returncode, 2)
            self.assertIn(str(path), result.stderr)


class Tokenize(unittest.TestCase):
    def test_text_and_ids(self):
        text = json.dumps({"text": "to be"}) + "\n\n" + json.dumps({"ids": [1, 271, 268, 2]}) + "\n"
        result = hone("tokenize", FIXTURES / "tokenizer_llama", text=text)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([json.loads(line) for line in result.stdout.splitlines()],
                         [{"ids": [271, 268]}, {"text": "<s>to be</s>"}])

    def test_bad_lines_end_with_2_and_are_named(self):
        for line in ("{", "[]", "{}", '{"text": 1}', '{"ids": ["a"]}', '{"ids": [99999]}', '{"ids": [-1]}',
                     '{"messages": []}'):
            result = hone("tokenize", FIXTURES / "tokenizer_llama", text='{"text": ""}\n' + line + "\n")
            self.assertEqual(result.returncode, 2, line)
            self.assertIn(":2", result.stderr)

    def test_no_tokenizer(self):
        result = hone("tokenize", FIXTURES / "llama_tied")
        self.assertEqual(result.returncode, 2)
        self.assertIn("no tokenizer", result.stderr)


if __name__ == "__main__":
    unittest.main()
