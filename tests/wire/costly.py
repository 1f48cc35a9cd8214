"""Rules that are ordinary, and requests of 0.1 to 1 MiB that make each of them as dear as data can.

A family is a rule with the largest request that it is asked: statements of a transform, or the condition of a filter.

SPDX-License-Identifier: Apache-2.0
"""
import json

from subject import spans_of

FIRST = 1000000  # the numbers of hostile spans begin here, so that they are told from a bystander's
KIB = 1 << 10
PUT_X = 'set(attributes["y"], {})'.format
PUT_LEN = 'set(attributes["y"], Len({}))'.format


def with_text(text, key="x"):
    """One span with one attribute."""
    request = spans_of(1, first=FIRST)
    put(spans_in(request)[0].attributes, key, text)
    return request


def with_resource(text, spans):
    """Many small spans under one large resource attribute."""
    request = spans_of(spans, first=FIRST, name="")
    put(request.resource_spans[0].resource.attributes, "x", text)
    return request


def with_map(entries, value="v"):
    """One span with a map of so many entries, and as many attributes."""
    request = spans_of(1, first=FIRST)
    span = spans_in(request)[0]
    entry = span.attributes.add(key="x").value.kvlist_value.values
    for i in range(entries):
        put(entry, f"k.{i:06}", value)
        put(span.attributes, f"k.{i:06}", value)
    return request


def with_list(entries):
    """One span with a list of so many texts."""
    request = spans_of(1, first=FIRST)
    values = spans_in(request)[0].attributes.add(key="x").value.array_value.values
    for i in range(entries):
        values.add(string_value=f"{i * 7919 % entries:06}")
    return request


def with_events(events, name=""):
    """One span of so many events."""
    request = spans_of(1, first=FIRST, name=name)
    for _ in range(events):
        spans_in(request)[0].events.add()
    return request


def spans_in(request):
    """The spans of the first scope."""
    return request.resource_spans[0].scope_spans[0].spans


def put(attributes, key, text):
    """One attribute that is a text."""
    attributes.add(key=key).value.string_value = text


def xml(piece, times):
    """An element with so many pieces in it, where # is a number."""
    return "<r>" + "".join(piece.replace("#", str(i)) for i in range(times)) + "</r>"


OBJECT = json.dumps({f"k{i}": i for i in range(20000)})

# name: (context, statement or None, condition or None, the request)
FAMILIES = {
    "ParseKeyValue of short pairs": ("span", PUT_LEN('ParseKeyValue(attributes["x"])'), None,
                                     lambda: with_text("".join(f"k{i}=v " for i in range(50000)))),
    "ParseCSV of many columns": ("span", PUT_LEN('ParseCSV(attributes["x"], attributes["x"])'), None,
                                 lambda: with_text(",".join(f"c{i}" for i in range(60000)))),
    "Reduce with Concat": ("span", PUT_X('Reduce(Split(attributes["x"], ","), "", (acc, _, v) => Concat([acc, v], ""))'),
                           None, lambda: with_text("ab," * 130000)),
    "a lambda in a lambda": ("span", None,
                             'Any(Split(attributes["x"], ","), (_, a) => Any(Split(attributes["x"], ","), (_, b) => b == "z"))',
                             lambda: with_text("a," * 50000)),
    "a long resource attribute set on each span": ("span", PUT_X('resource.attributes["x"]'), None,
                                                   lambda: with_resource("x" * 100 * KIB, 6666)),
    "ParseJSON of a resource attribute for each span": ("span", PUT_LEN('ParseJSON(resource.attributes["x"])'), None,
                                                        lambda: with_resource(OBJECT, 6666)),
    "ToLowerCase of the span's name for each event": ("spanevent", PUT_LEN("ToLowerCase(span.name)"), None,
                                                      lambda: with_events(50000, "N" * 300 * KIB)),
    "IsMatch of a resource attribute behind and": ("span", None, 'name == "" and IsMatch(resource.attributes["x"], "(a|b)+c")',
                                                   lambda: with_resource("ab" * 400 * KIB, 6666)),
    "flatten of a large map": ("span", "flatten(attributes)", None, lambda: with_map(15000)),
    "merge_maps of a large map": ("span", 'merge_maps(attributes, attributes["x"], "upsert")', None,
                                  lambda: with_map(15000)),
    "SliceToMap of many": ("span", PUT_LEN('SliceToMap(attributes["x"])'), None, lambda: with_list(60000)),
    "replace_all_patterns on many keys": ("span", 'replace_all_patterns(attributes, "key", "k", "n")', None,
                                          lambda: with_map(15000)),
    "a map compared with a map": ("span", None, 'attributes["x"] == attributes and attributes == attributes["x"]',
                                  lambda: with_map(15000)),
    "Sort of many": ("span", PUT_LEN('Sort(attributes["x"])'), None, lambda: with_list(60000)),
    "ParseSimplifiedXML of many siblings": ("span", PUT_LEN('ParseSimplifiedXML(attributes["x"])'), None,
                                            lambda: with_text(xml("<a#/>", 60000))),
    "GetXML of all descendants": ("span", PUT_LEN('GetXML(attributes["x"], "//a")'), None,
                                  lambda: with_text(xml("<a>#</a>", 50000))),
    "ConvertAttributesToElementsXML": ("span", PUT_LEN('ConvertAttributesToElementsXML(attributes["x"])'), None,
                                       lambda: with_text(xml("<a b='#'/>", 50000))),
    "InsertXML into many": ("span", PUT_LEN('InsertXML(attributes["x"], "//a", "<b/>")'), None,
                            lambda: with_text(xml("<a/>", 100000))),
    "a search that begins at each match": ("span", 'replace_pattern(attributes["x"], "a(?:[^z]*z)?", "b")', None,
                                           lambda: with_text("a" * 1000 * KIB)),
    "SHA512 of each match": ("span", 'replace_pattern(attributes["x"], "a", "$0", SHA512)', None,
                             lambda: with_text("a" * 400 * KIB)),
    "events of two bytes": ("spanevent", 'set(attributes["y"], span.name)', None,
                            lambda: with_events(200000, "name")),
    "nested repetition": ("span", None, 'IsMatch(attributes["x"], "^(([a-z])+.)+[A-Z]([a-z])+$")',
                          lambda: with_text("a" * 1000 * KIB)),
    "blanks without an end": ("span", None, 'IsMatch(attributes["x"], "[ ]+$")', lambda: with_text(" " * 1000 * KIB + "x")),
    "a grok pattern that finds nothing": ("span", PUT_LEN(
        'ExtractGrokPatterns(attributes["x"], "%{WORD:a} %{GREEDYDATA:b} %{IP:c}", true)'), None,
        lambda: with_text("a b " * 200 * KIB)),
}


def processors_of(family):
    """The processor with the rule, as configuration."""
    context, statement, condition, _ = FAMILIES[family]
    if condition:
        return {"filter": {"error_mode": "silent", "traces": {context: [condition]}}}
    statements = [{"context": context, "statements": [statement]}]
    return {"transform": {"error_mode": "silent", "trace_statements": statements}}


def request_of(family):
    """The hostile request."""
    return FAMILIES[family][3]()
