"""Writes chat_templates.json and jinja_programs.json: what transformers makes of chat templates and of random Jinja programs.

    python make_chat_templates.py

The first holds conversations through each of chat_templates/*.jinja by apply_chat_template, the second small programs drawn from a
grammar of what hone supports, run in the environment that transformers compiles templates in. An output of null is an exception.
"""
import json
import pathlib
import random

import tokenizers
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template

HERE = pathlib.Path(__file__).parent

WEATHER = {"type": "function", "function": {
    "name": "weather", "description": "It's <warm> & \"dry\"?",
    "parameters": {"type": "object", "properties": {"city": {"type": "string", "enum": ["Z\u00fcrich", "\u6771\u4eac"]}, "days": {"type": "integer"}},
                   "required": ["city"]}}}


def call(name, **arguments):
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def said(*contents, system=None):
    """Contents of user and assistant in turn."""
    messages = [] if system is None else [{"role": "system", "content": system}]
    return messages + [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(contents)]


CONVERSATIONS = {
    "question": said("What is 2+2?"),
    "system": said("What is 2+2?", system="Answer briefly."),
    "turns": said("Hi", "Hello!", "2+2?", "4", "Sure?"),
    "answered": said("2+2?", "<think>\nTwo and two.\n</think>\n\n4", system="Think."),
    "thinking": said("2+2?", "<think>\nTwo and two.\n</think>\n\n4", "And 3?", "<think>a</think>b</think>c", "Thanks."),
    "reasoning": said("2+2?") + [{"role": "assistant", "content": "4", "reasoning_content": "\nTwo.\n"}] + said("3+3?") +
                 [{"role": "assistant", "content": "\n6\n", "reasoning_content": "Three."}],
    "older names": said("2+2?") + [{"role": "assistant", "thinking": "Two.", "content": "4", "tool_calls": None}],
    "unicode": said("\u00bfQu\u00e9? \U0001f600 \u6f22\u5b57 e\u0301 \u00a0\u2003", "'\"\\<>&\t\u2028", "\u00df", system=" \u00c4\n"),
    "spaces": said("  two\n\nlines \n", "\n\n answer\n", " "),
    "empty": said("", "", ""),
    "parts": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": " What is it? "}]}],
    "two systems": [{"role": "system", "content": "A"}, {"role": "user", "content": "B"}, {"role": "system", "content": "C"}],
    "assistant first": [{"role": "assistant", "content": "Hello"}, {"role": "user", "content": "B"}],
    "tools": said("Weather?", system="Help."),
    "tool call": said("Weather?") + [
        {"role": "assistant", "content": None, "tool_calls": [call("weather", city="Z\u00fcrich", days=2)]},
        {"role": "tool", "content": "{\"t\": 21.5}"}, {"role": "assistant", "content": "21.5 degrees."}],
    "tool calls": said("Weather?") + [
        {"role": "assistant", "content": "Let me see.", "tool_calls": [call("weather", city="Bern"), call("f", x=[1, 2.0, None, True])]},
        {"role": "tool", "content": "rain"}, {"role": "tool", "content": "42"}],
}
# Conversation, add_generation_prompt and what else the template is given.
REQUESTS = [(name, True, {}) for name in CONVERSATIONS if not name.startswith("tool")]
REQUESTS += [(name, False, {}) for name in ("question", "turns", "answered", "reasoning", "tool call")]
REQUESTS += [("question", True, {"enable_thinking": False}), ("thinking", True, {"enable_thinking": True})]
REQUESTS += [(name, True, {"tools": [WEATHER]}) for name in ("tools", "tool calls")]
REQUESTS += [("system", True, {"tools": [WEATHER], "tools_in_user_message": False, "builtin_tools": ["search", "code_interpreter"]})]
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


def conversations():
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizers.Tokenizer(tokenizers.models.BPE()), **TOKENS)
    cases = []
    for path in sorted((HERE / "chat_templates").glob("*.jinja")):
        tokenizer.chat_template = path.read_text(encoding="utf-8")
        outputs = []
        for name, prompt, variables in REQUESTS:
            given = dict(variables, date_string="24 Nov 2026") if path.stem == "llama3.2" else variables
            try:
                output = tokenizer.apply_chat_template(CONVERSATIONS[name], add_generation_prompt=prompt, tokenize=False, **given)
            except Exception:  # noqa: BLE001: whatever the template raises
                output = None
            case = {"conversation": name, "add_generation_prompt": prompt, "variables": given, "output": output}
            if output is None or output not in outputs:  # many templates look at few of these
                cases.append({"template": path.name, **case})
            outputs.append(output)
    return {"special_tokens": TOKENS, "conversations": CONVERSATIONS, "cases": cases}


VARIABLES = {
    "s": "Hello, World", "t": "  a\u00e9\u00df b\n\n", "e": "", "u": "it's \"\u6f22\" \\", "n": 7, "m": -3, "z": 0, "f": 2.5, "b": True, "o": None,
    "l": [3, 1, 2], "w": ["b", "A", "c", "a"], "x": [1, "1", None, True, 2.0, [], {"k": "v"}],
    "d": {"k": "v", "n": 1, "items": [1], "a b": None},
    "r": [{"role": "user", "content": "hi", "n": 2}, {"role": "assistant", "content": "<think>x</think>\ny", "n": 1}, {"role": "user", "n": 3}],
}

# What the grammar does not draw.
BY_HAND = [
    "{{ '%}' }}{{ \"}}\" }}{{ '{{' }}", "{{- ' a ' -}}  \n {{+ 1 }}", "a\r\nb\rc\n\n", "  {%- if true %} x {% endif -%}  y", "{%if n%}a{%endif%}",
    "{#- a -#}\n  {# b #}\n  c", "  {% raw %}\n {{ x }} \n  {%- endraw %}  \n", "{%- raw -%} {% endraw -%} a", "\t{%+ if true %}\n x\n\t{%+ endif %}\n",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{{ d['items'] }}|{{ d.get('items') }}", "{{ r[0]['n'] + r[-1].n }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = a, b %}{{ c }}", "{{ (1,) }}{{ () }}{{ (1, 2)[::-1] }}", "{{ [] }}{{ {} }}{{ [none, true, 1.0, 'a\\n'] }}",
    "{{ 1e16 }} {{ 1e15 }} {{ 0.1 }} {{ 1e-5 }} {{ 123456789.125 }} {{ 1.0 }} {{ 2 ** 0.5 }} {{ 1 / 3 }} {{ 2 ** -1 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7.5 // 2 }}",
    "{{ [1e16, -0.0, 1e100]|tojson }}{{ {'a': [1, {'b': none}], 'c': {}}|tojson(indent=2) }}{{ []|tojson(indent=1) }}",
    "{{ {'b': 1, 'a': 2}|tojson(sort_keys=true) }}{{ '\u00e9\u2028/<'|tojson }}{{ ('a', 1)|tojson }}{{ {1: 2, none: 3, true: 4}|tojson }}",
    "{{ '\\\\ \\' \\x41 \\101 \\u6f22 \\U0001F600 \\q' }}", "{{ 'a' 'b' ~ 1 ~ none ~ 1.5 ~ [1] }}", "{{ 1 + 2 * 3 - 4 ~ 5 }}", "{{ -1 ** 2 }} {{ 2 ** 3 ** 2 }} {{ not 1 == 2 }}",
    "{{ 1 if n else 2 if m else 3 }}{{ 'x' if false }}", "{{ n == 7.0 }}{{ true == 1 }}{{ '1' == 1 }}{{ [1] == [1.0] }}{{ none == missing }}", "{{ 1 < 2 < 3 != 4 }}",
    "{{ missing }}{{ missing ~ 'a' }}{{ missing is defined }}{{ missing|default('d') }}{{ missing|length }}{% for x in missing %}{% else %}none{% endfor %}",
    "{{ missing.a }}", "{{ missing + 1 }}", "{{ missing() }}", "{{ d.nothing }}{{ d.nothing is defined }}", "{{ d.nothing.more }}", "{{ none.a }}", "{{ n.a is defined }}", "{{ l['a'] }}",
    "{{ l[9] }}{{ l[-1] }}{{ s[0] }}{{ s[99] }}{{ l.0 }}", "{{ s[1:4] }}{{ s[::-1] }}{{ s[-3:] }}{{ s[::2] }}{{ s[5:1:-1] }}{{ u[::-1] }}", "{{ l[::0] }}",
    "{{ w|map('upper')|join(',') }}{{ r|map(attribute='role')|list }}{{ r|map(attribute='content', default='-')|join }}", "{{ [[1, 2], [3]]|map('length')|list }}",
    "{{ [{'a': {'b': 1}}]|map(attribute='a.b')|list }}{{ [[5]]|map(attribute=0)|list }}", "{{ r|selectattr('n', 'gt', 1)|map(attribute='n')|list }}{{ r|selectattr('n', '>=', 2)|list|length }}",
    "{{ r|rejectattr('role', 'in', ['user'])|list|length }}{{ r|selectattr('role', 'equalto', 'user')|list|length }}", "{{ l|select('odd')|list }}{{ l|reject('equalto', 3)|join(', ') }}",
    "{{ w|sort }}{{ w|sort(reverse=true, case_sensitive=true) }}{{ r|sort(attribute='n')|map(attribute='n')|list }}{{ w|unique|list }}{{ l|max }}{{ w|min }}{{ l|sum }}",
    "{{ {'b': 2, 'A': 1, 'c': 0}|dictsort }}{{ {'b': 2, 'A': 1}|dictsort(by='value', reverse=true) }}", "{{ [1, 2, 3, 4, 5]|batch(2)|list }}{{ [1]|batch(2, 'x')|list }}",
    "{{ 'a\nb\n\nc'|indent }}|{{ 'a\nb\n\nc'|indent(2, true, true) }}|{{ 'a\nb'|indent('> ') }}", "{{ '12'|int + ' 3 '|int + '4.7'|int + 'x'|int + 'x'|int(5) + 2.9|int }}{{ '1.5'|float }}{{ 'x'|float }}",
    "{{ 'hello world-foo (bar)'|title }}|{{ 'hello wORLD it\\'s'.title() }}|{{ 'hELLO'|capitalize }}|{{ '\u00df\u01c6 \u03a3\u03a3'.lower() }}|{{ 'stra\u00dfe'|upper }}|{{ '\u01c6x'.capitalize() }}",
    "{{ ' \u3000a\u00a0\t'.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'abcabc'.rstrip('bc') }}|{{ 'a'.lstrip('') }}", "{{ ' a  b '.split() }}{{ 'a,b,,c'.split(',') }}{{ 'a,b,c'.split(',', 1) }}{{ 'a,b,c'.rsplit(',', 1) }}{{ ' a b  c '.split(none, 1) }}",
    "{{ 'a\nb\r\nc\u2028d\n'.splitlines() }}{{ 'abab'.count('ab') }}{{ 'abab'.rfind('ab') }}{{ 'x'.find('y') }}{{ 'aXb'.replace('X', '') }}{{ 'ab'.replace('', '-') }}", "{{ 'abc'.startswith(('x', 'a')) }}{{ 'abc'.endswith('') }}{{ 'abc'.removeprefix('a') }}{{ 'abc'.removesuffix('x') }}",
    "{{ '12'.isdigit() }}{{ ''.isdigit() }}{{ ' \\n'.isspace() }}", "{{ u }}{{ [u] }}{{ [t] }}{{ ['\\x00\\x7f\\xad\\u200b\\u3000\\U0001F600'] }}", "{{ ['\"', \"'\", '\"\\''] }}", "{{ d.keys() }}{{ d.values() }}{{ d.items() }}{{ d.keys()|list }}",
    "{% for i in l %}{{ loop.index }}{{ loop.revindex0 }}{{ loop.depth }}{{ loop.previtem|default('-') }}{{ loop.nextitem is defined }}{% endfor %}", "{% for i in l %}{% for j in l %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}",
    "{% for a, (b, c) in [[1, (2, 3)]] %}{{ a }}{{ c }}{% endfor %}{% for (a, b) in [[1, 2]] %}{{ b }}{% endfor %}", "{% for a, b in [[1, 2, 3]] %}{% endfor %}", "{% for i in l if i > 1 %}{{ loop.length }}{{ i }}{% endfor %}", "{% for i in 5 %}{% endfor %}", "{% for c in 'h\u00e9' %}[{{ c }}]{% endfor %}{% for k in d %}{{ k }}{% endfor %}",
    "{% set x = 1 %}{% for i in l %}{{ x }}{% set x = i %}{{ x }}{% endfor %}{{ x }}", "{% if true %}{% set x = 2 %}{% endif %}{{ x }}", "{% for i in l %}{% if loop.first %}{% set y = 1 %}{% endif %}{{ y is defined }}{% endfor %}",
    "{% macro f(a, b=2, c=b) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }}{{ f(1, c=3) }}{{ f() }}", "{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}", "{% macro f(a) %}{% endmacro %}{{ f(x=2) }}", "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "{% set v = 1 %}{% macro f() %}{{ v }}{% set v = 3 %}{% endmacro %}{{ f() }}{% set v = 2 %}{{ f() }}{{ v }}", "{% set n = namespace(a=1) %}{% for i in l %}{% set n.a = n.a + i %}{% endfor %}{{ n.a }}{{ n.b is defined }}{{ n['a'] }}", "{% set n = namespace({'a': 1}, b=2) %}{{ n.a }}{{ n.b }}", "{% set d.k = 1 %}", "{% set n = namespace() %}{% set n._a = 1 %}",
    "{{ dict(a=1) }}{{ dict({'b': 2}, c=3) }}{{ range(3)|list }}{{ range(1, 9, 3)|list }}{{ range(3, 0, -1)|list }}{{ range(4)[1] }}{{ 2 in range(3) }}", "{{ range(100001) }}", "{{ d.update({'a': 1}) }}", "{{ l.append(1) }}", "{{ l.index(1) }}{{ l.count(3) }}", "{{ raise_exception('no') }}",
    "{{ 3 is odd }}{{ 4 is even }}{{ 6 is divisibleby 3 }}{{ 'A' is upper }}{{ 'a' is lower }}{{ none is sameas none }}{{ 1 is number }}{{ true is integer }}{{ d is sequence }}{{ d.items() is sequence }}{{ f is float }}{{ dict is callable }}",
    "{{ 1 is eq 1 and 2 is not eq 1 }}{{ 'a' is in 'abc' }}{{ not l is string }}{{ l is string or true }}{{ missing is none }}{{ x is iterable and n is not iterable }}", "{{ 1 is defined is defined }}", "{{ 'a' in missing }}{{ 'k' in d }}{{ 1 in x }}{{ 'lo' in s }}", "{{ 1 in 's' }}", "{{ 1 in 5 }}",
    "{% set x %}a{{ n }}{% endset %}{{ x|length }}", "{% set x|trim|upper %} a {% endset %}[{{ x }}]", "{% filter upper|replace('A', 'x') %}a{% if n %}b{% endif %}{% endfilter %}", "{% with %}{% set z = 1 %}{{ z }}{% endwith %}{{ z is defined }}", "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}",
    "{% generation %}{{ n }}{% endgeneration %}", "{{ 'a' if n is defined and n is number else 'b' }}", "{{ (n, m)|join('/') }}{{ d|join(',') }}{{ 'abc'|join('-') }}", "{{ s|first }}{{ s|last }}{{ []|first }}{{ d|first }}{{ l|reverse|list }}{{ s|reverse }}{{ d|length }}{{ d|list }}",
    "{{ '' or none }}{{ 0 or [] }}{{ 'a' and 'b' }}{{ none and 1 }}", "{{ l + [4] }}{{ [0] * 3 }}{{ 'ab' * 2 }}{{ 2 * 'ab' }}{{ 'a' * -1 }}", "{{ [1] + (2,) }}", "{{ 1 + 'a' }}", "{{ [1] < [2] }}{{ 'a' < 'b' }}{{ true < 2 }}", "{{ 1 < 'a' }}", "{{ {} < {} }}", "{{ {[]: 1} }}", "{{ {1: 'a', 1.0: 'b', true: 'c'} }}",
    "{{ 1_000 + 1 }}{{ 1.5e3 }}{{ 1E2 }}", "{{ true }}{{ True }}{{ none }}{{ None }}{{ false }}", "{{ loop is defined }}", "{{ 'a'|upper ~ 'b'|upper }}{{ -5|abs }}{{ (-5)|abs }}{{ 5|string ~ 1 }}", "{{ r[0]|items|list }}{% for k, v in r[0]|items %}{{ k }}{% endfor %}", "{{ 1, 2 }}", "{{ }}", "{% %}", "{{ 1 2 }}", "{{ a b }}", "{% if %}{% endif %}",
    "{{ 'x'.join([1]) }}", "{{ 'x'.foo }}", "{{ 'x'.foo() }}", "{{ n() }}", "{{ none|length }}", "{{ 5|length }}", "{{ none|upper }}{{ none|trim }}{{ 5|upper }}", "{{ none|join }}", "{{ 'a'|int(none) }}", "{{ none|default(1) }}{{ none|default(1, true) }}{{ ''|d('e', boolean=true) }}", "{{ l|map('nothing')|list }}", "{{ d.k.n.m }}",
]


class Grammar:
    """Programs of which most run; types go wrong now and then, as they do in templates."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.loops = 0
        self.macros = []

    def pick(self, *choices):
        choice = self.random.choice(choices)
        return choice() if callable(choice) else choice

    def some(self, kind, least=1, most=3):
        return ", ".join(kind() for _ in range(self.random.randint(least, most)))

    def literal(self):
        return self.pick("'a'", "\"l\"", "' '", "''", "'\\n'", "'\\u00e9\\t\\x41'", "\"it's\"", "'</think>'", "'a' 'b'")

    def text(self, depth=2):
        if depth == 0:
            return self.pick(self.literal, "s", "t", "e", "u", "d.k", "r[0].content", "r[1]['content']")
        a, b = (lambda: self.text(depth - 1)), (lambda: self.number(depth - 1))
        return self.pick(
            lambda: self.text(0), lambda: self.text(0),
            lambda: f"{a()} + {a()}", lambda: f"{self.any(depth - 1)} ~ {self.any(depth - 1)}",
            lambda: f"({a()})[{self.pick('', b)}:{self.pick('', b)}{self.pick('', ':-1', ':2', ':')}]",
            lambda: f"({a()})[{b()}]", lambda: f"({a()}) * {self.pick('2', '0', 'n')}",
            lambda: f"({a()}).{self.pick('strip', 'lstrip', 'rstrip', 'upper', 'lower', 'title', 'capitalize')}()",
            lambda: f"({a()}).{self.pick('strip', 'lstrip', 'rstrip')}({self.literal()})",
            lambda: f"({a()}).split({self.pick('', self.literal)})[{self.pick('0', '-1', '1')}]",
            lambda: f"({a()}).replace({self.literal()}, {self.literal()}{self.pick('', ', 1')})",
            lambda: f"{self.literal()}.join(w)", lambda: f"{self.sequence(depth - 1)}|join({self.pick('', self.literal)})",
            lambda: f"({a()})|{self.pick('trim', 'upper', 'lower', 'title', 'capitalize', 'string', 'reverse', 'first', 'last')}",
            lambda: f"({a()})|replace({self.literal()}, {self.literal()})", lambda: f"({a()})|indent({self.pick('', '2', '2, true', 'first=true', 'blank=true')})",
            lambda: f"({self.any(depth - 1)})|tojson{self.pick('', '(indent=2)', '(separators=(chr, chr2))'.replace('chr2', repr(':')).replace('chr', repr(',')))}",
            lambda: f"({self.any(depth - 1)})|string", lambda: f"({a()} if {self.truth(depth - 1)} else {a()})",
            lambda: f"({self.any(depth - 1)})|default({self.literal()}{self.pick('', ', true')})", lambda: f"{a()} or {a()}")

    def number(self, depth=2):
        if depth == 0:
            return self.pick("n", "m", "z", "0", "1", "2", "f", "1.5", "1e3", "b", "r[0].n", "3_0")
        a = lambda: self.number(depth - 1)  # noqa: E731
        return self.pick(
            lambda: self.number(0), lambda: f"({a()} {self.pick('+', '-', '*', '/', '//', '%')} {a()})", lambda: f"-{a()}", lambda: f"{a()}**2",
            lambda: f"({self.text(depth - 1)})|{self.pick('length', 'int', 'count')}", lambda: f"{self.sequence(depth - 1)}|length",
            lambda: f"({a()})|{self.pick('abs', 'int', 'float', 'string|int')}", lambda: f"l|{self.pick('sum', 'min', 'max', 'first', 'last')}",
            lambda: f"({self.text(depth - 1)}).{self.pick('find', 'count')}({self.literal()})", lambda: "loop.index" if self.loops else "9")

    def sequence(self, depth=2):
        if depth == 0:
            return self.pick("l", "w", "r", "x", "[]", "(1, 'b')", "d", "range(3)", "[[1, 'p'], [2, 'q']]")
        a = lambda: self.sequence(depth - 1)  # noqa: E731
        return self.pick(
            lambda: self.sequence(0), lambda: f"[{self.some(lambda: self.any(depth - 1), 0)}]", lambda: f"({self.text(depth - 1)}).split({self.literal()})",
            lambda: f"{a()}[{self.pick('', '1', '-2')}:{self.pick('', '2', '-1')}]", lambda: f"{a()}[::-1]", lambda: f"({a()} + {a()})",
            lambda: f"({a()}|list)", lambda: f"(w|{self.pick('sort', 'sort(reverse=true)', 'sort(case_sensitive=true)', 'unique|list', 'reverse|list')})",
            lambda: f"(l|map({self.pick(repr('string'), repr('abs'))})|list)", lambda: "(r|map(attribute='n')|list)",
            lambda: f"(r|{self.pick('selectattr', 'rejectattr')}({self.pick(repr('content'), repr('role') + ', ' + repr('equalto') + ', ' + repr('user'), repr('content') + ', ' + repr('defined'))})|list)",
            lambda: f"(x|{self.pick('select', 'reject')}({self.pick('', repr('string'), repr('number'), repr('none'), repr('mapping'))})|list)",
            lambda: f"d.{self.pick('items', 'keys', 'values')}()", lambda: "d|items", lambda: f"d|dictsort({self.pick('', 'reverse=true')})")

    def mapping(self, depth=1):
        return self.pick("d", "r[0]", "{}", lambda: "{" + ", ".join(f"{self.literal()}: {self.any(depth - 1)}" for _ in range(2)) + "}",
                         lambda: f"dict(a={self.any(0)})")

    def truth(self, depth=2):
        a, b = (lambda: self.any(depth - 1)), (lambda: self.truth(depth - 1))
        if depth <= 0:
            return self.pick("true", "false", "b", "z", "e", "s", "d", "missing", "o")
        return self.pick(
            lambda: f"{a()} {self.pick('==', '!=')} {a()}", lambda: f"{self.number(depth - 1)} {self.pick('<', '<=', '>', '>=')} {self.number(depth - 1)}",
            lambda: f"{self.text(0)} {self.pick('in', 'not in')} {self.text(depth - 1)}", lambda: f"{a()} {self.pick('in', 'not in')} {self.sequence(depth - 1)}",
            lambda: f"'k' in {self.mapping()}", lambda: f"not {b()}", lambda: f"({b()} {self.pick('and', 'or')} {b()})",
            lambda: f"({self.text(depth - 1)}).{self.pick('startswith', 'endswith')}({self.literal()})", lambda: "1 < n <= 7",
            lambda: f"({a()}) is {self.pick('', 'not ')}{self.pick('defined', 'undefined', 'none', 'string', 'mapping', 'iterable', 'sequence', 'number', 'boolean', 'true', 'false', 'integer', 'float')}",
            lambda: f"missing is {self.pick('defined', 'undefined', 'none', 'string')}", lambda: f"n is {self.pick('odd', 'even', 'divisibleby 7', 'divisibleby(2)', 'gt 3', 'in [7]')}",
            lambda: "loop.first" if self.loops else "true", lambda: "loop.last" if self.loops else "false")

    def any(self, depth=2):
        if depth <= 0:
            return self.pick("s", "n", "f", "b", "o", "d", "l", "missing", "d.nothing", "d['k']", "x[3]", "(1,)", "none", "true")
        return self.pick(lambda: self.text(depth), lambda: self.text(depth), lambda: self.number(depth), lambda: self.sequence(depth), lambda: self.truth(depth),
                         lambda: self.mapping(depth), lambda: f"{self.mapping(depth)}.get({self.literal()}{self.pick('', ', 5')})", lambda: self.any(0))

    def space(self):
        return self.pick("", "", " ", "\n", "  \n", "\n  ", "text", " x ", "\ty\n")

    def tag(self, inside):
        return "{%" + self.pick("", "", "-", "+") + f" {inside} " + self.pick("", "", "-") + "%}"

    def block(self, depth):
        return "".join(self.space() + self.statement(depth) for _ in range(self.random.randint(1, 2))) + self.space()

    def statement(self, depth=2):
        show = lambda: "{{" + self.pick("", "", "-") + f" {self.any(self.random.randint(1, 2))} " + self.pick("", "", "-") + "}}"  # noqa: E731
        if depth == 0:
            return show()
        return self.pick(
            show, show, lambda: self.tag(f"if {self.truth()}") + self.block(depth - 1) + self.pick("", lambda: self.tag(f"elif {self.truth()}") + self.block(depth - 1)) +
            self.pick("", lambda: self.tag("else") + self.block(depth - 1)) + self.tag("endif"),
            lambda: self.tag(f"set v = {self.any()}") + self.space() + "{{ v }}", lambda: self.tag("set v") + self.block(depth - 1) + self.tag("endset") + "[{{ v }}]",
            lambda: self.tag(f"set v{self.pick('|upper', '|trim')}") + self.block(depth - 1) + self.tag("endset") + "[{{ v }}]",
            self.counting, lambda: self.loop(depth), lambda: self.loop(depth), lambda: self.macro(depth),
            lambda: "{#" + self.pick("", "-") + " {{ no }} " + self.pick("", "-") + "#}", lambda: self.tag("raw") + "{{ raw }} {% x" + self.tag("endraw"),
            lambda: self.tag(f"with v = {self.any(1)}") + self.block(depth - 1) + "{{ v }}" + self.tag("endwith") + "{{ v }}",
            lambda: self.tag(f"filter {self.pick('upper', 'trim', 'indent(2)')}") + self.block(depth - 1) + self.tag("endfilter"),
            lambda: self.tag("generation") + self.block(depth - 1) + self.tag("endgeneration"))

    def counting(self):
        return (self.tag("set ns = namespace(c=0, t='')") + self.tag(f"for i in {self.sequence(1)}") + self.tag("set ns.c = ns.c + 1") +
                self.tag("set ns.t = ns.t ~ i") + self.tag("endfor") + "{{ ns.c }}{{ ns.t }}")

    def loop(self, depth):
        target = self.pick(f"i in {self.sequence()}", f"i in {self.sequence()}", f"i in l if {self.truth(1)}", "i in r if i.content is defined", "k, i in d.items()", "k, i in d|items")
        self.loops += 1
        shown = "{{ loop.index }}{{ i }}" + self.pick("", "{{ loop.length - loop.index0 }}", "{{ loop.previtem }}>{{ loop.nextitem }}", "{{ loop.cycle('a', 'b') }}",
                                                      "{{ loop.revindex }}{{ loop.first }}{{ loop.last }}", "{{ loop.changed(i) }}")
        body = shown + self.block(depth - 1) + self.pick("", "", self.tag("if loop.index == 2") + self.tag(self.pick("break", "continue")) + self.tag("endif") + "|")
        self.loops -= 1
        return self.tag(f"for {target}") + body + self.pick("", lambda: self.tag("else") + "none") + self.tag("endfor")

    def macro(self, depth):
        loops, self.loops = self.loops, 0
        name = f"m{self.random.randint(0, 9)}"
        made = self.tag(f"macro {name}(p, q={self.any(0)}, v=p)") + self.block(depth - 1) + "{{ p }}/{{ q }}/{{ v }}" + self.tag("endmacro")
        self.loops = loops
        return made + "{{ " + f"{name}({self.any(1)}{self.pick('', ', 2', ', v=3', ', q=1')})" + self.pick("", "|upper", " ~ 'z'") + " }}"


def rendered(source):
    try:
        return _compile_jinja_template(source).render(**VARIABLES)
    except Exception:  # noqa: BLE001: whatever Jinja raises
        return None


def programs(count, seed):
    cases = [[source, rendered(source)] for source in BY_HAND]
    failed = 0
    number = 0
    while len(cases) < count:
        number += 1
        source = Grammar(seed * 1000003 + number).block(2)
        output = rendered(source)
        # No address, and no range, which hone does not print.
        if output is not None and any(word in output.lower() for word in ("0x", "<generator", "range(")):
            continue
        if len(source) > 400 or (output is not None and len(output) > 400):
            continue
        if output is None:
            failed += 1
            if failed * 6 > count:
                continue
        cases.append([source, output])
    return {"variables": VARIABLES, "cases": cases}


def main():
    import argparse
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=400, help="how many programs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=pathlib.Path, default=HERE, help="where the two files go")
    args = parser.parse_args()
    for name, data in (("chat_templates", conversations()), ("jinja_programs", programs(args.programs, args.seed))):
        lines = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        (args.folder / f"{name}.json").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
