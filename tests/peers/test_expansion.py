"""What ${...} gives, beside the real Collector: both take it or both refuse it, and to the same settings.

What tamis prints of a component is given to the Collector without any variable: it must print of it what it prints of
the original.

SPDX-License-Identifier: Apache-2.0
"""
import os
import subprocess

import pytest

import programs

BASE = """
receivers:
  otlp:
    protocols:
      http:
        {http}
processors:
  attributes:
    {attributes}
  filter:
    {filter}
exporters:
  debug:
service:
  pipelines:
    traces:
      receivers: {receivers}
      processors: [attributes, filter]
      exporters: [debug]
"""
PARTS = {"http": "{}", "attributes": "actions: [{key: a, value: 1, action: insert}]",
         "filter": "traces: {span: ['name == \"x\"']}", "receivers": "[otlp]"}
BLOCKS = {"attributes": ("processors", "attributes"), "filter": ("processors", "filter")}
ACTION = "actions: [{key: a, action: insert, %s}]"
VALUE = ACTION % "value: '${env:X}'"
ITEM = "traces: {span: ['${env:X}']}"
ALL = "traces: {span: '${env:X}'}"
ORIGINS = "cors: {allowed_origins: '${env:X}'}"
CASES = [
    ("http", ORIGINS, "[https://a, https://b]"),
    ("http", ORIGINS, "https://a,https://b"),
    ("http", ORIGINS, "- https://a\n- https://b"),
    ("http", ORIGINS, "5"),
    ("http", ORIGINS, "[5]"),
    ("http", "cors: {allowed_origins: ['${env:X}', '${env:Y:-}']}", "5"),
    ("http", "response_headers: '${env:X}'", "{a: b}"),
    ("http", "response_headers: '${env:X}'", "{a: 5}"),
    ("http", "response_headers: {a: '${env:X}'}", '{"a": [5]}'),
    ("receivers", "${env:X}", "[otlp]"),
    ("receivers", "${env:X}", "- otlp\n"),
    ("receivers", "${env:X}", "otlp"),
    ("receivers", "${env:Y:-[otlp]}", None),
    ("receivers", "['${env:X}']", "otlp"),
    ("receivers", "['${env:X}']", "[otlp]"),
    ("attributes", "actions: '${env:X}'", "- key: k\n  value: [1, {a: b}]\n  action: insert"),
    ("attributes", "actions: ['${env:X}']", "{key: a, action: delete}"),
    ("attributes", "actions: '${env:X}'", "{key: a, action: delete}"),
    ("attributes", "'${env:X}'", "actions: [{key: a, action: delete}]"),
    *(("attributes", VALUE, text) for text in (
        "[1, {a: b}]", "{a: 1}", '"q"', "'q' x", "5", "1e3", "0x10", "010", "1_000", "true # c", "null", "", "~", '[a, "',
        "a: b: c", "x$$y", "$x", "$${env:Y}", "${env:Z}", "[p, '${env:Z}']", "!!str 5", "# nothing")),
    ("attributes", VALUE, None),
    ("attributes", ACTION % "value: 'x ${env:X} y'", '["a", b]'),
    ("attributes", ACTION % "value: '${env:Y:-}'", None),
    ("attributes", ACTION % "value: ${env:Y:-}", None),
    ("attributes", ACTION % "value: {a: '${env:Y:-}', b: ['${env:Y:-}']}", None),
    ("attributes", ACTION % "from_attribute: z, default_value: '${env:Y:-}'", None),
    ("attributes", ACTION % "value: 1, from_attribute: '${env:Y:-}'", None),
    ("attributes", ACTION % "value: '${env:Y:-${env:Z}-${env:Y:-d}}'", None),
    ("attributes", ACTION % "value: '${env:${env:W}}'", None),
    ("attributes", ACTION % "value: '${yaml:[1, 2]}'", None),
    ("attributes", ACTION % "value: '${yaml:{a: 1}}'", None),
    ("attributes", ACTION % "value: '${env:LOOP}'", None),
    ("filter", ALL, "['name == \"a, b\"', 'IsMatch(name, \"x\")']"),
    ("filter", ALL, "name == \"a\""),
    ("filter", ITEM, "name == \"a, b\""),
    ("filter", ITEM, "[a]"),
    ("filter", "spans: {include: {match_type: strict, services: '${env:X}'}}", "[a, b]"),
    ("filter", "spans: {include: {match_type: strict, services: '${env:X}'}}", "a,b"),
    ("filter", "spans: {include: {match_type: strict, attributes: [{key: a, value: '${env:Y:-}'}]}}", None),
    ("filter", "'${env:X}'", "traces:\n  span:\n  - name == \"x\""),
]


def ask(binary, verb, configuration, variable=None):
    """Exit code and output."""
    env = {"PATH": os.environ["PATH"], "Z": "zed", "W": "Z", "LOOP": "${env:LOOP}"}
    if variable is not None:
        env["X"] = variable
    done = subprocess.run([binary, verb, f"--config=yaml:{configuration}"], env=env, capture_output=True, text=True,
                          timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def indent(line):
    """How many blanks a line starts with."""
    return len(line) - len(line.lstrip(" "))


def block(text, keys):
    """The lines below keys, one in the other, without the indentation that they have together."""
    lines = text.splitlines()
    for key in keys:
        at = next(i for i, line in enumerate(lines) if line.strip() == f"{key}:")
        depth = indent(lines[at])
        end = next((i for i in range(at + 1, len(lines)) if indent(lines[i]) <= depth), len(lines))
        lines = lines[at + 1:end]
    least = min(map(indent, lines))
    return [line[least:] for line in lines]


@pytest.mark.parametrize("part, text, variable", CASES)
def test_expansions_give_what_the_collector_takes_them_for(part, text, variable):
    real, ours = programs.collector(), programs.subject()
    configuration = BASE.format(**{**PARTS, part: text})
    codes = [ask(binary, "validate", configuration, variable) for binary in (real, ours)]
    assert (codes[0][0] == 0) == (codes[1][0] == 0), codes
    if codes[0][0] or part not in BLOCKS:
        return
    printed = [ask(binary, "print-config", configuration, variable)[1] for binary in (real, ours)]
    plain = "\n    ".join(block(printed[1], BLOCKS[part]))
    again = ask(real, "print-config", BASE.format(**{**PARTS, part: plain}))
    assert block(again[1], BLOCKS[part]) == block(printed[0], BLOCKS[part]), again[2]
