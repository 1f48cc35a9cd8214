"""Random but reproducible rule files over what traffic.py draws: lets, defs, imports, labels, keeps, drops and edits
in all contexts, with conditions that fail for some spans.

SPDX-License-Identifier: Apache-2.0
"""
import math
import random

from traffic import CONDITION_KEYS, DROPPED, KEYS, NEAR, Traffic

SPAN_KEYS = [*KEYS, *CONDITION_KEYS, "cluster"]
RESOURCE_KEYS = ["service.name", "zone", "n", "component", "map"]
WORDS = ["GET", "grafana/", "tap", "a", "", "ingress", "apps", "line", "1", "$1", "'x'", "Ü", "\\u2028", "\\\\d"]
PATTERNS = ["^grafana/", "ta[pb]-", "^$", "(?i)GET", "[0-9]+$", "\\\\d\\\\d", "x{3}", "https?://", "^(a|b)", "^\\\\p{L}+$"]
KINDS = ["SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_CONSUMER"]
LIBRARY = {"probes": ["IsKubeProbe()", "IsProbe()", "IsHealthPath()"], "http": ["IsStaticFile()", "IsHttpServerError()"],
           "sampling": ["IsError()", "IsSlow()", "IsForced()"], "db": [], "messaging": ["IsPublish()", "IsEmptyPoll()"],
           "semconv": [], "envoy": [], "kubernetes": ["IsObservability()", "IsKubeJob()"]}


class Finite(Traffic):
    """Traffic without NaN and infinities, which have no text form (W0330)."""

    def value(self, depth=0):
        while True:
            value = super().value(depth)
            if math.isfinite(value.double_value):
                return value


class Scalar(Finite):
    """The same with strings, bools, ints and plain doubles alone (W0331)."""

    def value(self, depth=0):
        while True:
            value = super().value(depth)
            if value.WhichOneof("value") in ("string_value", "bool_value", "int_value"):
                return value


class RuleFile:
    """One file, drawn from a seed: `text`."""

    def __init__(self, seed, definitions):
        """definitions: the names that the library has, to call only what is there."""
        self.r = random.Random(seed)
        self.lets, self.defs = [], []
        self.calls = [c for name in self.imports(definitions) for c in LIBRARY[name] if c[:-2] in definitions]
        lines = [f'import "{name}"' for name in self.imported]
        if self.r.random() < 0.2:
            lines.append(f"option error_mode {self.r.choice(['silent', 'ignore'])}")
        lines += [self.let(i) for i in range(self.r.randrange(3))]
        lines += [self.define(i) for i in range(self.r.randrange(4))]
        lines += [self.rule(i) for i in range(self.r.randrange(1, 6))]
        self.text = "\n".join(lines) + "\n"

    def imports(self, definitions):
        self.imported = self.r.sample(sorted(LIBRARY), self.r.randrange(3)) if definitions else []
        return self.imported

    # --- values ---

    def word(self):
        key, value = self.r.choice(DROPPED + NEAR)
        text = value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
        return f'"{self.r.choice([text, self.r.choice(WORDS)])}"'

    def number(self):
        return self.r.choice(["0", "1", "42", "200", "-1", "1.5", "-2.5", "9223372036854775807", "0.0"])

    def literal(self):
        return self.r.choice([self.word, self.word, self.number, lambda: "true", lambda: "nil", lambda: "0x0102"])()

    def attribute(self, context="span"):
        r = self.r
        if context == "resource":
            return f'resource.attributes["{r.choice(RESOURCE_KEYS)}"]'
        if context == "spanevent":
            return f'spanevent.attributes["{r.choice(KEYS)}"]'
        path = f'attributes["{r.choice(SPAN_KEYS)}"]'
        if r.random() < 0.1:
            path += r.choice(['["a"]', "[0]", '["zone"]', "[-1]"])
        return path if r.random() < 0.8 else "span." + path

    def value(self, context="span", parameters=(), depth=2):
        r = self.r
        choice = r.random()
        if parameters and choice < 0.4:
            return r.choice(parameters)
        if self.lets and choice < 0.5:
            return r.choice(self.lets)
        if depth and choice < 0.6:
            return r.choice(["String", "Len", "Int", "Double"]) + f"({self.value(context, parameters, depth - 1)})"
        if depth and choice < 0.65:
            return f"Coalesce([{self.attribute(context)}, {self.value(context, parameters, depth - 1)}])"
        if depth and choice < 0.7 and context != "resource":
            return r.choice(["end_time - start_time", "start_time_unix_nano + 1", "dropped_attributes_count * 2",
                             f"-{self.attribute(context)}", f"{self.attribute(context)} + {self.attribute(context)}"])
        if choice < 0.9 or context == "resource":
            return self.attribute(context)
        if context == "spanevent" and choice < 0.95:
            return "spanevent.name"
        return r.choice(["name", "status.message", "kind", "trace_state", "parent_span_id.string", "scope.name",
                         "instrumentation_scope.version", "resource.attributes[\"service.name\"]", "events"])

    # --- conditions ---

    def likely(self):
        """What holds for some spans and not for others."""
        key, value = self.r.choice(DROPPED + NEAR)
        path = f'attributes["{key}"]' if key else "name"
        text = value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
        return self.r.choice([f'{path} == "{text}"', f'IsMatch({path}, "^{text[:5]}")', f"{path} != nil",
                              f"kind == {self.r.choice(KINDS)}", "status.code == STATUS_CODE_ERROR",
                              'resource.attributes["service.name"] == "checkout"', "IsRootSpan()"])

    def test(self, context, parameters):
        r = self.r
        value = self.value(context, parameters)
        if context == "span" and r.random() < 0.35:
            return self.likely()
        named = [d for d in self.defs if d[2] == context or d[2] == "any"]
        choice = r.random()
        if named and choice < 0.3:
            name, count, _ = r.choice(named)
            return f"{name}({', '.join(self.value(context, parameters, 1) for _ in range(count))})"
        if self.calls and context == "span" and choice < 0.45:
            return r.choice(self.calls)
        if choice < 0.6:
            return f"{value} {r.choice(['==', '==', '!=', '<', '>='])} {self.literal()}"
        if choice < 0.75:
            return f'IsMatch({value}, "{r.choice(PATTERNS)}")'
        if choice < 0.8:
            return f"HasPrefix({value}, {self.word()})"
        if choice < 0.88:
            words = ", ".join(self.word() for _ in range(r.randrange(1, 4)))
            body = r.choice([f"{value} == w", f"IsMatch({value}, w)" if "(" not in words else "IsString(w)",
                             f"HasPrefix({value}, w) or i == 1", f"not HasSuffix({value}, w)"])
            return f"{r.choice(['Any', 'All'])}([{words}], (i, w) => {body})"
        if choice < 0.93 and context != "resource":
            return r.choice(["status.code == STATUS_CODE_ERROR", f"kind == {r.choice(KINDS)}"])
        return r.choice([f"IsString({self.attribute(context)})", f"IsMap({self.attribute(context)})", "false",
                         f"{value} == {self.value(context, parameters)}"])

    def condition(self, context, parameters=(), depth=2):
        r = self.r
        choice = r.random()
        if depth == 0 or choice < 0.45:
            return self.test(context, parameters)
        parts = [self.condition(context, parameters, depth - 1) for _ in range(r.randrange(2, 4))]
        if choice < 0.7:
            return "(" + " or ".join(parts) + ")"
        if choice < 0.9:
            return "(" + " and ".join(parts) + ")"
        return f"not ({parts[0]})"

    def safe(self, context):
        """A condition that does not fail."""
        r = self.r
        tests = [f'{self.attribute(context).split("]")[0]}] == {self.literal()}',
                 f'IsMatch({self.attribute(context).split("]")[0]}], "{r.choice(PATTERNS)}")',
                 f'{self.attribute(context).split("]")[0]}] != nil']
        if context == "span":
            tests += ["status.code == STATUS_CODE_ERROR", f"kind == {r.choice(KINDS)}", 'HasPrefix(name, "GET")']
        return r.choice([" or ", " and "]).join(r.sample(tests, r.randrange(1, 3)))

    # --- items ---

    def let(self, number):
        name = f"l{'abc'[number]}"
        text = self.r.choice([self.literal(), self.attribute(), f"[{self.word()}, {self.word()}]", "1 + 2"])
        self.lets.append(name)
        return f"let {name} = {text}"

    def define(self, number):
        r = self.r
        name, parameters = f"D{'abcd'[number]}", ["p", "w", "q"][:r.randrange(3)]
        condition = r.random() < 0.8
        body = self.condition("span", parameters, 1) if condition else self.value("span", parameters)
        if condition:
            self.defs.append((name, len(parameters), "span"))
        return f"def {name}({', '.join(parameters)}) = {body}"

    def edit(self):
        r = self.r
        context = r.choice(["span", "span", "span", "resource", "spanevent"])
        key = f'{self.attribute(context).split("]")[0]}]'
        attributes = key.split("[")[0]
        editor = r.choice([f"set({key}, {self.value(context)})", f"set({key}, {self.literal()})",
                           f'delete_key({attributes}, "{r.choice(KEYS)}")', f'replace_pattern({key}, "(a|G)", "<$1>")',
                           f"truncate_all({attributes}, 5)", f'keep_matching_keys({attributes}, "[a-m]")'])
        where = f" where {self.condition(context, depth=1)}" if r.random() < 0.7 else ""
        return editor + where

    def rule(self, number):
        r = self.r
        label = r.choice([f"r{number}: ", ""])
        choice = r.random()
        context = r.choice(["span", "span", "span", "resource", "spanevent"])
        if choice < 0.2:
            return f"{label}keep where {self.safe(context)}"
        if choice < 0.7:
            return f"{label}{r.choice(['drop where ', ''])}{self.condition(context)}"
        return label + self.edit()
