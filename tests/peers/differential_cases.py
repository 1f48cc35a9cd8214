"""The differential test's expressions: random OTTL, mostly well-typed, after the tables that the program prints.

SPDX-License-Identifier: Apache-2.0
"""
import re
import subprocess

import differential_joint as joint
import differential_spans as spans
import differential_texts as texts

LEVELS = ["resource", "scope", "span", "spanevent"]
KINDS = ["string", "int", "double", "bool", "bytes", "list", "map", "nil", "time", "duration", "trace_id", "span_id", "events", "links", "status"]
USUAL = ["string", "string", "string", "int", "int", "double", "bool", "bytes", "list", "map", "nil", "time", "duration"]
INTS = ["0", "1", "2", "3", "5", "8", "10", "16", "100", "200", "255", "010", "0777", "9223372036854775807", "4294967296", "1000000000", "9007199254740993"]
DOUBLES = ["0.0", "1.0", "2.5", "1.", ".5", "1.5e3", "1.e2", "200.0", "1.0e21", "0.0000001", "9007199254740992.0", "1.0e308", "4.9e-324", "9.3e18"]
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|0x[0-9a-fA-F]+|[0-9]*\.?[0-9]+|[A-Za-z_][A-Za-z0-9_]*|=>|[=!<>]=|\s+|.', re.S)


def quote(s, r=None):
    """The text as a string of OTTL."""
    out = []
    for c in s:
        if c in '"\\':
            out.append("\\" + c)
        elif ord(c) < 32 or 0x7f <= ord(c) < 0xa0:
            raw = r and c in "\n\t" and r.random() < 0.2
            out.append(c if raw else {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(c, "\\x%02x" % ord(c)))
        elif ord(c) > 127 and r and r.random() < 0.1:
            out.append("\\u%04x" % ord(c) if ord(c) < 0x10000 else "\\U%08x" % ord(c))
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


class Parameter:
    def __init__(self, text):
        name, kind = text.split(":", 1)
        self.optional = name.strip().endswith("?")
        self.name = name.strip().rstrip("?")
        self.kind = kind.split(" = ")[0].strip()


def split_outside(text):
    """At the commas outside of brackets and quotes."""
    parts, depth, start, quoted = [], 0, 0, False
    for i, c in enumerate(text):
        quoted ^= c == '"'
        depth += (c in "([") - (c in ")]") if not quoted else 0
        if c == "," and depth == 0 and not quoted:
            parts.append(text[start:i])
            start = i + 1
    return [p for p in parts + [text[start:]] if p.strip()]


class Function:
    def __init__(self, signature):
        head, rest = signature.split("(", 1)
        self.result, self.name = head.rsplit(" ", 1)
        self.parameters = [Parameter(p) for p in split_outside(rest[:-1])]


class Language:
    """Functions, paths and enums that the program under test knows."""

    def __init__(self, answers, only=None):
        self.functions, self.paths, self.enums = [], {level: [] for level in LEVELS + ["otelcol"]}, []
        names = {"EVENT": "spanevent", "LEVELS": "otelcol"}
        for line in subprocess.run([answers, "--language"], capture_output=True, text=True, check=True).stdout.splitlines():
            what, *rest = line.split("\t")
            if what == "function" and rest[1:] == ["OTTL", "pure"]:
                self.functions.append(Function(rest[0]))
            elif what == "path" and rest[1] != "event_index":  # the filter and transform processors do not provide it, the peer does
                self.paths[names.get(rest[0], rest[0].lower())].append((rest[1], rest[2].lower()))
            elif what == "enum":
                self.enums.append(rest[0])
        chosen = [f for f in self.functions if not only or re.search(only, f.name)]
        self.converters = [f for f in chosen if f.result != "nothing"]
        self.editors = [f for f in chosen if f.result == "nothing"]
        self.by_result = {}
        for f in self.converters:
            self.by_result.setdefault(f.result, []).append(f)


# What an argument is usually like, by function and parameter or by parameter alone.
HINTS = {
    "pattern": texts.pattern, "regex": texts.pattern, "glob": texts.glob, "replacement": texts.replacement, "x_path": texts.xpath,
    "location": texts.zone, "locale": texts.locale, "protocol": texts.protocol, "source_i_p": texts.address, "destination_i_p": texts.address,
    "header": texts.header, "encoding": texts.encoding, "networks": texts.network, "element_name": lambda r: r.choice(["value", "x", "", "a b", "n:v", "é"]),
    "delimiter": lambda r: r.choice([",", "=", " ", "|", ";", ":", "", "||", "\t", "é", '"', "\n"]),
    "pair_delimiter": lambda r: r.choice([" ", ",", ";", "&", "=", "", "||", "\n"]),
    "header_delimiter": lambda r: r.choice([",", "|", ";", "", "ab"]),
    "mode": lambda r: r.choice(["strict", "lazyQuotes", "ignoreQuotes", "value", "key", "x", ""]),
    "strategy": lambda r: r.choice(["insert", "update", "upsert", "upsert", "x"]),
    "order": lambda r: r.choice(["asc", "desc", "asc", "x", ""]), "to_case": lambda r: r.choice(["lower", "upper", "snake", "camel", "x", "Lower"]),
    "variant": texts.encoding, "replacement_format": lambda r: r.choice(["<%s>", "%s", "", "%d", "%s%s", "a%%b%s", "x"]),
    "truncation_marker": lambda r: r.choice(["", "..", "…", "é"]), "prefix": lambda r: r.choice(["", "p", "p.", "é", "GET", "h"]),
    "semconv_version": lambda r: r.choice(["1.37.0", "1.43.0", "1.40.1", "1.36.0", "1.44.0", "v1.38.0", "1.38", "x", "1.38.0-rc1"]),
    "original_span_name_attribute": lambda r: r.choice(["orig", "s", "", "a.b"]),
    "Time.target": texts.time_text, "Time.format": texts.time_format, "FormatTime.format": texts.time_format, "Format.format": texts.format_text,
    "Duration.target": texts.duration, "Duration.duration": texts.duration, "ParseJSON.target": texts.json_text, "ParseKeyValue.target": texts.key_values,
    "ParseCSV.target": texts.csv, "ParseInt.target": texts.number, "Double.target": texts.number, "Int.target": texts.number, "Bool.target": texts.boolean,
    "UserAgent.target": texts.agent, "URL.u_r_i": texts.url, "Decode.target": texts.encoded, "IsInCIDR.target": texts.address, "IsValidLuhn.target": texts.luhn,
    "IsValidLuhn.value": texts.luhn, "TraceID.target": texts.hexadecimal, "SpanID.target": texts.hexadecimal, "InsertXML.sub_document": texts.xml, "Log.target": texts.number,
    "ExtractGrokPatterns.pattern": texts.grok, "ExtractGrokPatterns.target": texts.grok_subject, "Trim.replacement": lambda r: r.choice(["", " ", "ab", "é ", "\t\n ", "hd"]),
    "ParseSeverity.target": lambda r: r.choice(["err", "error", "info", "x", ""]),
}
# Kinds that an argument of any kind should have to give a value, and those that coerce to a kind.
FITTING = {"Index.target": ["string", "list"], "Index.value": ["string", "int"], "Len.target": ["string", "bytes", "list", "map"], "Decode.target": ["string", "bytes"], "Sort.target": ["list"],
           "append.value": ["string", "int", "double", "bool"], "append.values": ["string", "int"]}
COERCED = {"int": ["int", "double", "bool"], "double": ["int", "double", "bool"], "bool": ["bool", "int", "double"], "bytes": ["bytes", "string", "int", "double", "bool"]}
# What a careful case writes for an argument.
CAREFUL = {
    "delete_index.start_index": ["0", "0", "1"], "delete_index.end_index": ["1", "1", "2"], "limit.limit": ["2", "3", "5", "10", "100"], "truncate_all.limit": ["3", "5", "10"],
    "flatten.depth": ["1", "2", "3"], "Unix.nanoseconds": ["0", "1", "999999999", "1500000000", "-1"], "merge_maps.strategy": ['"insert"', '"update"', '"upsert"'],
    "replace_all_patterns.mode": ['"value"', '"key"'], "ConvertCase.to_case": ['"lower"', '"upper"', '"snake"', '"camel"'], "Sort.order": ['"asc"', '"desc"'],
    "Base64Encode.variant": ['"base64"', '"base64-raw"', '"base64-url"', '"base64-raw-url"'], "Int.target": ['"42"', '"-7"', "2.9", "-2.9", "1.0e308", "true", '"9223372036854775807"', "9.3e18"],
    "Double.target": ['"1.5"', '"0x1p-2"', '"1e400"', '"inf"', '"1_0"', "3", "true", '"nan"', '".5"', '"5e-324"'], "Bool.target": ['"t"', '"FALSE"', "0", "0.0", "2.5", '"1"'],
    "Log.target": ["1", "2.5", "10", '"2.718"', "true", "1.0e300", "0.5"], "replace_pattern.replacement_format": ['"<%s>"', '"%s"'], "replace_match.replacement_format": ['"<%s>"', '"%s"'],
    "replace_all_patterns.replacement_format": ['"<%s>"', '"%s"'], "replace_all_matches.replacement_format": ['"<%s>"', '"%s"'],
}
EDITED = ["SHA256", "MD5", "SHA1", "SHA512", "ToUpperCase", "ToLowerCase", "XXH3", "XXH128", "Murmur3Hash", "Murmur3Hash128", "ToSnakeCase", "ToCamelCase"]
BASES = ["0", "2", "8", "10", "10", "16", "36", "1", "37", "-1"]


def hint(function, parameter):
    if function.name.endswith("XML") and parameter.name in ("target", "value"):
        return texts.xml
    for name in ("%s.%s" % (function.name, parameter.name), parameter.name):
        if name in HINTS:
            return HINTS[name]
    return None


class Case:
    """One expression being written, for one context and one mode of paths."""

    def __init__(self, r, language, context, prefixed):
        self.r, self.language, self.context, self.prefixed = r, language, context, prefixed
        self.locals = []
        self.careful = r.random() < 0.75  # most of these give a value

    def chance(self, p):
        return self.r.random() < p

    def slip(self, p):
        """What a careful case does not do."""
        return not self.careful and self.r.random() < p

    # --- paths ---
    def spelled(self, level, dotted):
        if level == "otelcol":
            return "otelcol." + dotted
        if self.slip(0.01):
            return self.r.choice(["", "span.", "resource.", "metric.", "spanevent."]) + dotted
        if level == self.context and not self.prefixed and self.chance(0.7):
            return dotted
        if level == "scope" and self.chance(0.3) and (level != self.context or not self.prefixed):
            level = "instrumentation_scope"
        return level + "." + dotted

    def level(self):
        mine = LEVELS.index(self.context)
        return self.context if self.chance(0.7) else LEVELS[self.r.randint(0, mine)]

    def any_path(self, writing=False):
        r = self.r
        level = "otelcol" if self.chance(0.03) else self.level()
        dotted, kind = r.choice(self.language.paths[level])
        path = self.spelled(level, dotted)
        if dotted == "attributes" or dotted == "cache" or (level == "otelcol" and "metadata" in dotted and self.chance(0.5)):
            path += self.keys(r.choice(KINDS[:8]), writing) if self.chance(0.85) else ""
        elif dotted == "trace_state" and self.chance(0.6):
            path += "[%s]" % quote(r.choice(["k1", "k2", "zz", "t@v", "K", "", "a b"]))
        elif self.slip(0.01):
            path += r.choice(['["x"]', "[0]", ".x"])
        return path

    def fields(self, kind, level):
        return [dotted for dotted, its in self.language.paths[level] if its == kind]

    def path(self, kind, writing=False):
        """A path that usually holds that kind."""
        level = self.level()
        fields = self.fields(kind, level)
        if fields and (self.chance(0.35) or kind not in spans.KEYS):
            return self.spelled(level, self.r.choice(fields))
        if kind not in spans.KEYS:
            level = self.context if self.context != "spanevent" else "span"
            fields = self.fields(kind, level)
            return self.spelled(level, self.r.choice(fields)) if fields else self.any_path(writing)
        return self.attribute(kind, writing)

    def has_path(self, kind):
        return kind in spans.KEYS or any(its == kind for _, its in self.language.paths[self.context])

    def attribute(self, kind, writing=False):
        level = self.context if self.chance(0.8) else self.level()
        if level == "spanevent" and self.chance(0.5):
            level = "span"
        return self.spelled(level, "attributes") + self.keys(kind, writing)

    def index(self, writing=False):
        if writing:  # a large one makes the reference pad a list until memory runs out
            return self.r.choice(["0", "1", "2", "5", "-1", "(1 + 1)", "Len(\"ab\")"])
        return self.r.choice(["0", "1", "2", "9", "-1", "(1 + 1)", "1.0", "9223372036854775807"]) if self.chance(0.7) else self.operand("int", 1)

    def string_key(self, writing):
        if self.chance(0.9) or writing:
            return quote(texts.key(self.r))
        return self.r.choice([self.path("string"), 'Concat(["n","um"], "")'])

    def keys(self, kind, writing=False):
        """Keys into a map of attributes that lead to that kind."""
        r = self.r
        if self.careful and not writing and self.chance(0.8):
            return "[%s]" % quote(r.choice(spans.KEYS.get(kind, ["x"])))
        if kind in ("string", "int", "double", "bool", "nil") and self.chance(0.2):
            inside = r.choice(['["map"]["k"]', '["map"]["n"]', '["map"]["deep"]["x"]', '["ints"][0]', '["strs"][1]', '["maps"][0]["name"]',
                               '["maps"][0]["value"]', '["arr"][%s]' % self.index(writing), '["flat"]["k"]', '["map"]["deep"]["l"][1]'])
            return inside
        text = "[%s]" % quote(r.choice(spans.KEYS.get(kind, ["x"])))
        while self.chance(0.12):
            text += "[%s]" % (self.string_key(writing) if self.chance(0.5) else self.index(writing))
        return text

    # --- values ---
    def literal(self, kind):
        r = self.r
        if kind == "string":
            if self.chance(0.02):  # not UTF-8
                return 'Decode(0x%s, "nop")' % "".join(r.choice(["68", "c3", "a9", "ff", "e2", "82", "ac", "20", "80", "f0", "41", "3d", "22", "00"]) for _ in range(r.randint(1, 6)))
            return quote(texts.text(r), r)
        if kind == "int":
            return r.choice(["", "", "", "-", "+"]) + r.choice(INTS)
        if kind == "double":
            return r.choice(["", "", "", "-"]) + r.choice(DOUBLES)
        if kind == "bool":
            return r.choice(["true", "false"])
        if kind == "bytes":
            return "0x" + "".join(r.choice("0123456789abcdefABCDEF") for _ in range(2 * r.choice([1, 2, 3, 8, 16])))
        if kind == "nil":
            return "nil"
        if kind == "list":
            return "[" + ", ".join(self.literal(r.choice(KINDS[:8] if self.chance(0.3) else KINDS[:5])) for _ in range(r.choice([0, 1, 1, 2, 3]))) + "]"
        if kind == "map":
            return self.map(lambda: self.literal(r.choice(KINDS[:8] if self.chance(0.3) else KINDS[:5])))
        return self.call_text(kind)

    def map(self, value):
        names = self.r.sample(["a", "b", "k", "n", "é", ""], self.r.choice([0, 1, 1, 1, 2, 3]))
        return "{" + ", ".join(quote(k) + ": " + value() for k in names) + "}"

    def call_text(self, kind):
        r = self.r
        return {
            "time": lambda: r.choice(["Unix(%s)" % r.choice(["0", "1700000000", "-5", "1, 999999999", "1, -1"]), 'Time("2023-11-14T02:03:04+0530", "%Y-%m-%dT%H:%M:%S%z")']),
            "duration": lambda: "Duration(%s)" % quote(r.choice(["1h", "90m", "1.5s", "-3us", "0", "168h"])),
            "trace_id": lambda: 'TraceID("0102030405060708090a0b0c0d0e0f10")', "span_id": lambda: 'SpanID("0102030405060708")',
        }.get(kind, lambda: self.path(kind))()

    def value(self, kind, depth):
        """An expression that usually yields that kind."""
        r, roll = self.r, self.r.random()
        if roll < 0.04 and not self.careful:
            kind = r.choice(KINDS)
        if self.locals and self.chance(0.35):
            return r.choice(self.locals) + (self.keys_of_local() if self.slip(0.15) else "")
        if depth <= 0 or roll < (0.6 if self.careful else 0.35):
            return self.literal(kind) if self.chance(0.65 if self.careful else 0.45) or (self.careful and not self.has_path(kind)) else self.path(kind)
        if roll < 0.5 and kind in ("int", "double", "time", "duration"):
            return self.arithmetic(kind, depth - 1)
        if roll < 0.56 and kind in ("list", "map"):
            inner = lambda: self.value(r.choice(USUAL), depth - 1)
            return self.map(inner) if kind == "map" else "[" + ", ".join(inner() for _ in range(r.randint(0, 3))) + "]"
        if roll < 0.62 and (not self.careful or self.chance(0.2)):
            return self.converter(r.choice(self.language.by_result.get("map", []) + self.language.by_result.get("list", []) or [None]), depth) + \
                "[%s]" % (self.string_key(False) if self.chance(0.5) else self.index())
        if roll < 0.66 and kind == "int" and self.language.enums:
            return r.choice(self.language.enums)
        fitting = self.language.by_result.get(kind, [])
        makers = fitting if self.careful and fitting and self.chance(0.9) else fitting * 3 + self.language.by_result.get("any", [])
        return self.converter(r.choice(makers), depth, kind) if makers else self.path(kind)

    def keys_of_local(self):
        return "[%s]" % (self.string_key(False) if self.chance(0.6) else self.index())

    def operand(self, kind, depth):
        """What arithmetic may contain."""
        if self.careful and kind in ("time", "duration") and self.chance(0.7):
            return self.call_text(kind)
        if self.chance(0.4):
            return self.path(kind)
        if kind in ("int", "double") and self.chance(0.6):
            return self.r.choice(INTS if kind == "int" else DOUBLES)
        if depth > 0 and self.chance(0.3):
            return "(" + self.arithmetic(kind, depth - 1) + ")"
        makers = self.language.by_result.get(kind)
        return self.converter(self.r.choice(makers), depth - 1) if makers else self.path(kind)

    def arithmetic(self, kind, depth):
        r = self.r
        if kind in ("int", "double"):
            other = r.choice(["int", "double", kind, kind])
            operator = r.choice(["+", "-", "*", "/"])
        elif self.careful:
            other, operator = ("time" if kind == "duration" and self.chance(0.3) else "duration"), r.choice(["+", "-"])
            if other == "time":  # a difference of two times
                return self.operand("time", 0) + " - " + self.operand("time", 0)
        else:
            other = r.choice(["time", "duration", "duration"])
            operator = r.choice(["+", "-", "-", "*"]) if self.chance(0.1) else r.choice(["+", "-"])
        if self.chance(0.1):
            return r.choice(["-", "+"]) + self.operand(kind, depth)
        return self.operand(kind, depth) + r.choice([" %s ", "%s", " %s", "%s "]) % operator + self.operand(other, depth)

    # --- calls ---
    def converter(self, function, depth, kind=None):
        if function is None:
            return self.path("map")
        return function.name + "(" + self.arguments(function, depth - 1, kind) + ")"

    def fitting(self, function):
        """All arguments of a call, chosen to fit each other; now and then one comes from a path."""
        made = [a if isinstance(a, joint.Code) else quote(a, self.r) for a in joint.JOINT[function.name](self.r)]
        if self.chance(0.06):
            at = self.r.randrange(len(made))
            made[at] = self.plain_argument(function, function.parameters[at], None, 0, None) if "'" not in function.parameters[at].kind else made[at]
        return ", ".join(made)

    def arguments(self, function, depth, kind=None):
        r = self.r
        if function.name in joint.JOINT and self.chance(0.85 if self.careful else 0.3):
            return self.fitting(function)
        required = [p for p in function.parameters if not p.optional]
        given = list(required)
        for p in function.parameters[len(required):]:
            if self.chance(0.5):
                given.append(p)
        if self.slip(0.02) and given:
            given.pop(r.randrange(len(given)))
        written, named = [], False
        for i, p in enumerate(given):
            named = named or function.parameters[i] is not p if i < len(function.parameters) else True
            named = named or self.chance(0.06)
            text = self.argument(function, p, depth, kind)
            written.append((self.name(p.name) + ("=" if self.chance(0.6) else " = ") if named else "") + text)
        if self.slip(0.01):
            written.append(self.value(r.choice(USUAL), 0))
        if named and self.chance(0.1):
            r.shuffle(written)
        return r.choice([", ", ",", ", "]).join(written)

    def name(self, name):
        if self.slip(0.02):
            return name + "x"
        if self.chance(0.3):
            head, *rest = name.split("_")
            return head + "".join(part.capitalize() for part in rest)
        return name

    def argument(self, function, parameter, depth, wanted):
        r, kind = self.r, parameter.kind
        if self.slip(0.03):
            return self.any_path(True) if kind.startswith("path") else self.value(r.choice(KINDS), depth)
        written = CAREFUL.get("%s.%s" % (function.name, parameter.name))
        if written and self.careful and self.chance(0.9):
            return r.choice(written)
        made = hint(function, parameter)
        if kind.startswith("("):
            return self.body(parameter, depth, wanted)
        if kind.startswith("path"):
            return self.target(kind[4:].strip())
        if kind == "converter":
            return r.choice(EDITED) if self.careful else r.choice(["SHA256", "MD5", "SHA1", "ToUpperCase", "ToLowerCase", "XXH3", "Trim", "FNV", "ToSnakeCase", "Nope", "Base64Encode"])
        if kind.startswith("["):
            return self.elements(function, parameter, made, depth)
        if kind == "'string":
            return quote((made or texts.text)(r), r)
        if kind == "'int":
            return r.choice(["0", "1", "2", "3", "5", "10", "100", "010"])
        if kind == "'bool":
            return r.choice(["true", "false"])
        if kind == "'double":
            return r.choice(DOUBLES)
        return self.plain_argument(function, parameter, made, depth, wanted)

    def plain_argument(self, function, parameter, made, depth, wanted):
        r = self.r
        kind = parameter.kind.replace("lazy ", "").split("|")[0]
        if kind.endswith("~") or (kind == "any" and self.chance(0.5)):
            plain = kind.rstrip("~")
            usual = FITTING.get("%s.%s" % (function.name, parameter.name)) or (COERCED.get(plain) if self.careful else None) or USUAL
            kind = r.choice(usual) if plain == "any" or self.chance(0.4) else plain
        elif kind == "any":
            kind = r.choice(FITTING.get("%s.%s" % (function.name, parameter.name)) or [wanted or r.choice(USUAL)])
        if function.name == "ParseSeverity" and parameter.kind == "map":
            return self.severities()
        if made and self.chance(0.75):
            return quote(made(r), r)
        if function.name == "ParseInt" and kind == "int":
            return r.choice(BASES)
        if kind == "int" and self.chance(0.5):
            return r.choice(["0", "1", "2", "3", "4", "80", "65535", "-1"])
        if function.name in ("Any", "All", "Filter", "Find", "MapEach", "Reduce") and parameter.name == "source":
            kind = r.choice(["list", "list", "map"])
        return self.value(kind, depth)

    def severities(self):
        r = self.r
        criterion = lambda: r.choice(['{"equals": ["err", "error"]}', '{"range": {"min": 1, "max": 299}}', '{"range": "2xx"}', '{"range": "4xx"}',
                                      '{"equals": ["info"]}', '{"range": {"min": 5}}', '{"equals": "x"}', '{"x": 1}', '{"range": "9xx"}'])
        levels = r.sample(["error", "info", "warn"], r.choice([1, 1, 1, 2]))
        return "{" + ", ".join('%s: [%s]' % (quote(level), ", ".join(criterion() for _ in range(r.randint(1, 2)))) for level in levels) + "}"

    def elements(self, function, parameter, made, depth):
        r, kind = self.r, parameter.kind
        if kind.endswith("*") and self.chance(0.4):
            return self.value("list", depth)
        if function.name == "ExtractGrokPatterns":
            return "[" + ", ".join(r.choice(['"FOO=a\\\\d"', '"BAR=%{INT}x"', '"NOPE=x"', '"a:b=c"', '"z"']) for _ in range(r.randint(0, 2))) + "]"
        if "key" in parameter.name or "path" in parameter.name:
            made = lambda r: r.choice(["name", "value", "k", "n", "s", "i", texts.key(r)])
        if function.name == "Format":  # it shows the memory of maps, lists and times
            scalars = ["string", "int", "double", "bool", "bytes", "nil", "duration", "trace_id"]
            one = lambda: self.literal(r.choice(scalars)) if self.chance(0.7) else self.path(r.choice(scalars))
            return "[" + ", ".join(one() for _ in range(r.choice([0, 1, 1, 2, 3]))) + "]"
        one = lambda: quote((made or texts.text)(r), r) if "string" in kind and "~" not in kind and self.chance(0.95) else \
            self.value(r.choice(USUAL), depth if self.chance(0.3) else 0)
        return "[" + ", ".join(one() for _ in range(r.choice([0, 1, 1, 2, 2, 3, 4]))) + "]"

    def target(self, kind):
        if kind == "map":
            return self.r.choice([self.attribute("map", True), self.spelled(self.context, r"attributes"), self.path("map", True), self.spelled(self.context, "cache")])
        if kind == "list":
            return self.attribute("list", True)
        return self.any_path(True)

    def body(self, parameter, depth, wanted):
        """A lambda."""
        r = self.r
        declared = parameter.kind[1:parameter.kind.index(")")]
        wants = parameter.kind.split("=>")[1].strip()
        names = ["_" if self.chance(0.25) else r.choice(["k", "v", "x", "acc", "i", "name", "kind"] if self.chance(0.3) else [n.strip(), n.strip() + "1"])
                 for n in declared.split(",") if n.strip()]
        if self.slip(0.02):
            names.append("y")
        outer = self.locals
        self.locals = outer + [n for n in names if n != "_"]
        if wants == "bool":
            made = self.condition(min(depth, 1))
        else:
            made = self.value(wants if wants != "any" else wanted or r.choice(USUAL), min(depth, 2))
        self.locals = outer
        return "(" + ", ".join(names) + ") => " + made

    # --- conditions, statements ---
    def comparison(self, depth):
        r = self.r
        operator = r.choice(["==", "==", "!=", "<", "<=", ">", ">="])
        left = r.choice(KINDS if self.chance(0.4) else USUAL)
        right = r.choice(KINDS) if self.chance(0.25) else left if left not in ("int", "double") else r.choice(["int", "double"])
        space = r.choice([" ", " ", ""])
        return self.value(left, depth) + space + operator + space + self.value(right, depth)

    def condition(self, depth):
        roll = self.r.random()
        if depth > 0 and roll < 0.3:
            return self.condition(depth - 1) + self.r.choice([" and ", " or "]) + self.condition(depth - 1)
        if roll < 0.4:
            return "not " + (self.condition(0) if self.chance(0.4) else "(" + self.condition(depth - 1) + ")")
        if depth > 0 and roll < 0.45:
            return "(" + self.condition(depth - 1) + ")"
        if roll < 0.5:
            return self.r.choice(["true", "false", "1 == 1", "1 == 2"])
        predicates = self.language.by_result.get("bool", []) + self.language.by_result.get("any", [])
        if roll < 0.7 and predicates:
            return self.converter(self.r.choice(predicates), depth, "bool")
        return self.comparison(depth)

    def set_statement(self):
        kind = self.r.choice(KINDS[:8] if self.chance(0.5) else KINDS)
        target = self.path(kind, True) if self.chance(0.6) else self.any_path(True)
        return "set(%s, %s)" % (target, self.value(kind, 2))

    def statement(self):
        r = self.r
        editors = self.language.editors
        if not editors or self.chance(0.3):
            text = self.set_statement()
        else:
            function = r.choice(editors)
            text = function.name + "(" + self.arguments(function, 2) + ")"
        return text + (" where " + self.condition(1) if self.chance(0.25) else "")


def mutate(r, text):
    """The text with tokens gone, doubled, swapped or replaced: mostly it does not build."""
    tokens = TOKEN.findall(text)
    for _ in range(r.choice([1, 1, 2])):
        if not tokens:
            break
        at = r.randrange(len(tokens))
        edit = r.randrange(6)
        if edit == 0:
            del tokens[at]
        elif edit == 1:
            tokens.insert(at, tokens[at])
        elif edit == 2:
            other = r.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif edit == 3:
            tokens.insert(at, r.choice([" ", ",", "(", ")", "[", "]", "{", "}", ":", ".", "=", "==", "=>", "+", "-", "*", "/", "not ", " or ", " and ", "nil",
                                        "true", "1", "1.5", ".5", "0x0", "0x01", '"x"', "a", "A", "_", "é", "'", "\\", "!", "#", "where ", "SPAN_KIND_SERVER"]))
        elif edit == 4 and len(tokens[at]) > 1:
            cut = r.randrange(len(tokens[at]))
            tokens[at] = tokens[at][:cut] + tokens[at][cut + 1:]
        else:
            tokens[at] = tokens[at].swapcase()
    return "".join(tokens)


KIND_WEIGHTS = ["condition"] * 2 + ["value"] * 6 + ["statement"] * 3


def make(r, language):
    """The members of a case but its id and spans."""
    context = r.choice(["span", "span", "span", "span", "spanevent", "scope", "resource"])
    prefixed = r.random() < 0.4
    kind = r.choice(KIND_WEIGHTS)
    case = Case(r, language, context, prefixed)
    if kind == "condition":
        text = case.condition(2)
    elif kind == "statement":
        text = case.statement()
    elif r.random() < 0.9 and language.converters:
        text = case.converter(r.choice(language.converters), 3)
    else:
        text = case.value(r.choice(KINDS), 3)
    if case.slip(0.15):
        text = mutate(r, text)
    return {"context": context, "kind": kind, "paths": "prefixed" if prefixed else "bare", "expr": text}
