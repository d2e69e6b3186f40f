"""Chat templates from outside: tokenize, generate, eval and recipes, and what is said where one cannot be used."""

import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import system  # noqa: E402

cases = system.Cases()

# As R1's distilled models do, it opens the reasoning.
TEMPLATE = ("{{ bos_token }}{% for m in messages %}{% if m.content == '13' %}{{ raise_exception('No thirteen!') }}{% endif %}"
            "{{ m.role[0] }}:{{ m.content }};{% endfor %}{% if tools %}{{ tools | tojson }}{% endif %}"
            "{% if add_generation_prompt %}a:{% if think | default(true) %}<think>\n{% endif %}{% endif %}")

RL = """seed = 1
[eval]
problems = 2
samples = 2
max_new_tokens = 8
data = {{task = {{type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}}, chat = {{}}}}
[[stage]]
name = "zero"
type = "grpo"
from = "{model}"
steps = 1
prompts_per_step = 2
group_size = 2
max_new_tokens = 8
log_rollouts_every = 1
preflight.enabled = false
reward = [{{type = "answer"}}, {{type = "format"}}]
held_out = {{every = 1, problems = 2}}
{data}
[[stage]]
name = "taught"
type = "sft"
from = "zero"
steps = 1
batch_size = 2
max_length = 64
data = {{task = {{type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}}, chat = {{}}}}
"""
TASK = 'data = {task = {type = "parity", min_bits = 2, max_bits = 4, prompts = "codes"}, chat = {system = "S"}}'


def equal(name, got, expected):
    cases.check(name, "" if got == expected else f"expected {expected!r}\ngot {got!r}"[:2000])


def refused(name, result, *parts):
    problems = system.status_problems(result, 2, *parts)
    if len(result.stderr.splitlines()) != 1:
        problems.append(f"expected one line: {result.stderr!r}")
    cases.check(name, problems)


def lines_of(*arguments, objects):
    result = system.hone(*arguments, text="".join(json.dumps(one) + "\n" for one in objects))
    assert result.returncode == 0, f"{arguments}: {result.stderr}"
    return system.json_lines(result.stdout)


def asked(text, **more):
    return {"messages": [{"role": "user", "content": text}], **more}


def commands(model):
    lines = lines_of("tokenize", model, objects=[
        asked("01"), asked("01", add_generation_prompt=True), asked("1", tools=[{"b": 1, "a": "\u00e9"}]),
        asked("1", add_generation_prompt=True, think=False)])
    texts = ["u:01;", "u:01;a:<think>\n", 'u:1;[{"b": 1, "a": "\u00e9"}]', "u:1;a:"]
    equal("tokenize: messages through the template", [line["text"] for line in lines], texts)
    equal("tokenize: text and its ids", [list(line) for line in lines], [["text", "ids"]] * 4)
    equal("tokenize: no special tokens but the template's", [line["ids"] for line in lines],
          [line["ids"] for line in lines_of("tokenize", model, objects=[{"text": text} for text in texts])])
    command = ["generate", model, "--input", "-", "--max-new-tokens", "4", "--threads", "1", "--greedy"]
    ids = lines[1]["ids"]
    chat, plain, by_ids = lines_of(*command, objects=[asked("01"), {"prompt": "u:01;a:<think>\n"}, {"prompt_ids": ids}])
    equal("generate: messages with the generation prompt", chat["prompt_ids"], ids)
    equal("generate: they complete as their text does", chat["completion_ids"], by_ids["completion_ids"])
    equal("generate: beside prompts of text", plain["prompt_ids"], ids)
    question = ["generate", model, "--question", "01", *command[4:]]
    equal("generate: a question is a user's message", lines_of(*question, objects=[]), [chat])
    result = system.hone(*question, "--text")
    equal("generate: completions as text", result.stdout, chat["completion"] + "\n")
    result = system.hone("eval", model, "--data", "task:parity", "--set", "prompts=codes", "--set", "min_bits=2", "--set", "max_bits=4", "--problems", "2", "--samples", "1",
                         "--max-new-tokens", "4", "--chat", "--system", "S", "--chat-variable", "think=false", "--threads", "1")
    cases.check("eval: --chat", system.status_problems(result, 0))


def recipes(model, folder):
    recipe = folder / "chat.toml"
    recipe.write_text(RL.format(model=model, data=TASK))
    run = folder / "run"
    result = system.hone("run", recipe, "--out", run, "--threads", "1")
    cases.check("run: stages, looks and evaluations through the template", system.status_problems(result, 0))
    logged = system.json_lines((run / "zero/rollouts/step-000001.jsonl").read_text())
    looked = system.json_lines((run / "zero/probes/step-000001.jsonl").read_text())
    prompts = [one["prompt"] for one in logged + looked]
    equal("run: every prompt is a conversation with the system message",
          [p for p in prompts if not (p.startswith("s:S;u:") and p.endswith(";a:<think>\n"))], [])
    equal("run: rollouts say so", {one["chat"] for one in logged + looked}, {True})
    equal("run: prompt_ids are the text's", [one["prompt_ids"] for one in logged],
          [one["ids"] for one in lines_of("tokenize", model, objects=[{"text": one["prompt"]} for one in logged])])
    for stage in ("zero", "taught"):
        equal(f"run: {stage}'s model keeps the template", (run / stage / "model/chat_template.jinja").read_text(), TEMPLATE)
    again = folder / "again"
    result = system.hone("run", recipe, "--out", again, "--stage", "zero", "--threads", "1", "--set", f"zero.replay={run}/zero/rollouts",
                         "--set", "zero.held_out.every=0")
    cases.check("run: recorded conversations are trained on again", system.status_problems(result, 0))
    questions = system.write_json_lines(folder / "q.jsonl", [{"question": "01", "answer": "1"}, {"question": "10", "answer": "1"}])
    recipe.write_text(RL.format(model=model, data=f'data = {{dataset = {{path = "{questions}", prompt_template = "Q {{prompt}}?"}}, '
                                                  'chat = {variables = ["think=false"]}}'))
    result = system.hone("run", recipe, "--out", folder / "file", "--stage", "zero", "--threads", "1", "--set", "zero.held_out.every=0")
    cases.check("run: a file's questions", system.status_problems(result, 0))
    logged = system.json_lines((folder / "file/zero/rollouts/step-000001.jsonl").read_text())
    equal("run: prompt_template first, then the chat template", {one["prompt"] for one in logged}, {"u:Q 01?;a:", "u:Q 10?;a:"})


def errors(bare, model, folder):
    refused("tokenize: no template", system.hone("tokenize", bare, text=json.dumps(asked("1"))), f"{bare}: has no chat template")
    refused("tokenize: what the template raises", system.hone("tokenize", model, text=json.dumps(asked("13"))),
            "-:1: ", "chat_template.jinja:1: No thirteen!")
    for name, line in (("a text", {"messages": "x"}), ("none", {"messages": []}), ("no object", {"messages": [1]})):
        refused(f"tokenize: messages that are {name}", system.hone("tokenize", model, text=json.dumps(line)), "-:1: messages")
    refused("tokenize: a bad add_generation_prompt", system.hone("tokenize", model, text=json.dumps(asked("1", add_generation_prompt=1))),
            '"add_generation_prompt": expected true or false')
    refused("generate: no template", system.hone("generate", bare, "--input", "-", text=json.dumps(asked("1"))), "has no chat template")
    refused("generate: no template for a question", system.hone("generate", bare, "--question", "1"), "--question: ", "has no chat template")
    refused("eval: no template", system.hone("eval", bare, "--data", "task:parity", "--chat"), "has no chat template")
    result = system.hone("eval", model, "--data", "task:parity", "--system", "S")
    cases.check("eval: --system without --chat", system.status_problems(result, 2, "--system requires --chat"))

    recipe = folder / "bad.toml"
    out = folder / "out"

    def run(name, *parts, model=model, data=TASK, settings=(), more=""):
        recipe.write_text(RL.format(model=model, data=data) + more)
        options = [option for setting in settings for option in ("--set", setting)]
        refused(f"run: {name}", system.hone("run", recipe, "--out", out, "--threads", "1", *options), *parts)
        equal(f"run: {name}, and nothing started", out.exists(), False)

    run("no template", "has no chat template", model=bare)
    broken = folder / "broken"
    shutil.copytree(bare, broken)
    (broken / "chat_template.jinja").write_text("a\n{% include 'b' %}")
    run("a template that is not supported", "chat_template.jinja:2: the tag \"include\" is not supported", model=broken)
    (broken / "chat_template.jinja").write_text("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")
    run("a template that calls itself", "chat_template.jinja:1: too many levels", model=broken)
    questions = system.write_json_lines(folder / "q.jsonl", [{"question": "1", "answer": "1"}, {"question": "13", "answer": "1"}])
    run("a question that the template refuses", "q.jsonl:2: ", "No thirteen!", data=f'data = {{dataset.path = "{questions}", chat = {{}}}}')
    run("no key=value", 'chat.variables: expected key=value, got think', settings=["zero.data.chat.variables=['think']"])
    run("an unknown key", "zero.data.chat.sytem", "system", settings=["zero.data.chat.sytem=S"])
    run("chat beside mix", "zero.data.chat", "mix", data='data = {chat = {}, mix = [{task = {type = "parity", prompts = "codes"}}]}')
    run("random weights", "taught.data.chat", "random weights",
        settings=["taught.from=", "taught.init={hidden_size = 16, max_position_embeddings = 64}", "eval.data.chat.system="])


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        bare = system.tiny_checkpoint(folder)
        model = folder / "chat-model"
        shutil.copytree(bare, model)
        (model / "chat_template.jinja").write_text(TEMPLATE)
        commands(model)
        recipes(model, folder)
        errors(bare, model, folder)
    cases.finish()


main()
