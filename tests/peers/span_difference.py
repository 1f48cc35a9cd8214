"""Compares what two programs forwarded, ResourceSpans by ResourceSpans and span by span.

The order of spans within a scope and of scopes within a resource counts; the order of attributes does not, but
each of several equal keys does. Empty envelopes and fields that the schema does not name are left out: a
forwarder may drop or keep either.

SPDX-License-Identifier: Apache-2.0
"""
import math
import pprint
import struct


def plain(message):
    """A message as a tree of plain values, with lists of attributes sorted and doubles as their bits."""
    tree = {}
    for field, value in message.ListFields():
        if field.is_repeated:
            tree[field.name] = [plain_one(field, v) for v in value]
            if field.message_type and field.message_type.name == "KeyValue":
                tree[field.name].sort(key=repr)
        else:
            tree[field.name] = plain_one(field, value)
    return tree


def plain_one(field, value):
    """One value of a field. An empty message keeps its place: an AnyValue may hold an empty list."""
    if field.message_type:
        return plain(value)
    if field.cpp_type == field.CPPTYPE_DOUBLE:
        # JSON cannot carry a NaN's payload.
        return "nan" if math.isnan(value) else "double " + struct.pack(">d", value).hex()
    return value


def without_defaults(tree):
    """An absent message equals an empty one where no oneof is involved: resource, scope, status."""
    return {k: v for k, v in tree.items() if not (k in ("resource", "scope", "status") and v == {})}


def blocks(requests):
    """The ResourceSpans of all requests that hold spans, in an order that does not depend on arrival."""
    result = []
    for request in requests:
        for rs in request.resource_spans:
            scopes = [without_defaults({**plain(ss), "spans": [without_defaults(plain(s)) for s in ss.spans]})
                      for ss in rs.scope_spans if ss.spans]
            if scopes:
                result.append(without_defaults({**plain(rs), "scope_spans": scopes}))
    return sorted(result, key=repr)


def by_span(tree):
    """Every span of blocks() with its resource and scope, keyed by its ids."""
    spans = {}
    for rs in tree:
        for ss in rs["scope_spans"]:
            for span in ss["spans"]:
                about = {"resource": rs.get("resource"), "schema": rs.get("schema_url"), "scope": ss.get("scope"),
                         "scope_schema": ss.get("schema_url"), "span": span}
                spans.setdefault((span.get("trace_id"), span.get("span_id")), []).append(about)
    return spans


def difference(want, got, want_name="the Collector", got_name="tamis"):
    """None, or a text that shows the first span that differs. Both are lists of request messages."""
    want, got = blocks(want), blocks(got)
    if want == got:
        return None
    wanted, gotten = by_span(want), by_span(got)
    missing = [k for k in wanted if k not in gotten]
    extra = [k for k in gotten if k not in wanted]
    text = f"{len(wanted)} spans from {want_name}, {len(gotten)} from {got_name}; " \
           f"{len(missing)} missing, {len(extra)} too many\n"
    for key in [*wanted, *extra]:
        if wanted.get(key) != gotten.get(key):
            return text + f"{want_name}: {pprint.pformat(wanted.get(key), width=130)}\n" \
                          f"{got_name}: {pprint.pformat(gotten.get(key), width=130)}"
    return text + "the same spans, but in another order or grouping"
