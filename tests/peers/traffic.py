"""Random but reproducible requests for the comparison of tamis with the Collector.

Every request is drawn from a seed. Between them they hold spans for each of the example configuration's nine
conditions, near misses of each, and the corners of OTLP: all kinds of AnyValue, nesting, events, links, unknown
enum values, other alphabets, duplicate keys (never of a key that a condition reads; see test_example.py for those).

SPDX-License-Identifier: Apache-2.0
"""
import random

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

# (key, value) that a condition of the example configuration drops; None as the key is the span's name.
DROPPED = [
    ("upstream_cluster", "grafana/grafana/3000"),
    ("upstream_cluster", "tap-gui/server/7000"),
    ("upstream_cluster", "appsso/auth/8080"),
    ("http.url", "https://grafana.example.com/api/live"),
    ("http.route", "/livez"),
    ("http.route", "/readyz"),
    ("user_agent.original", "kube-probe//"),
    ("user_agent", "Knative-Ingress-Probe"),
    (None, "OperationHandler.handle"),
]
# What looks like it. IsMatch searches anywhere in the text, == compares the whole.
NEAR = [
    ("upstream_cluster", "monitoring/grafana/3000"),
    ("upstream_cluster", "grafana"),
    ("upstream_cluster", "Grafana/grafana/3000"),
    ("upstream_cluster", "tap-gui"),
    ("upstream_cluster", "apps/appsso/8080"),
    ("upstream_cluster", ""),
    ("http.url", "http://grafana.example.com/"),
    ("http.url", "redirect to https://grafana"),
    ("http.url", "line\nhttps://grafana\nline"),
    ("http.route", "/livez/"),
    ("http.route", "/LIVEZ"),
    ("user_agent.original", "kube-probe/1.27"),
    ("user_agent", "Knative-Ingress-Probe/1"),
    (None, "operationhandler.handle"),
    (None, ""),
]
TEXTS = ["", "a", "GET", "日本語テキスト", "Ünïcödé", "\u0000", "emoji \U0001f600", "x" * 300, "line\nbreak", '"quoted"',
         "apps/rest-service-00004/80", "https://shop.example.com/?q=1", "\uffff\u200f"]
KEYS = ["http.method", "http.status_code", "component", "peer.address", "schlüssel", "a.b.c", "n", "list", "map",
        "thread.id", "db.statement", "empty", "net.host.port", "zone"]
CONDITION_KEYS = sorted({key for key, _ in DROPPED if key})


class Traffic:
    """Draws requests from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self, depth=0):
        """An AnyValue of any kind, or with none at all."""
        r = self.random
        kind = r.randrange(10 if depth < 3 else 7)
        if kind <= 1:
            return AnyValue(string_value=r.choice(TEXTS))
        if kind == 2:
            return AnyValue(bool_value=r.random() < 0.5)
        if kind == 3:
            return AnyValue(int_value=r.choice([0, -1, 42, 200, 2**63 - 1, -2**63, r.randrange(10**9)]))
        if kind == 4:
            return AnyValue(double_value=r.choice([0.0, -0.0, 1.5, 1e300, float("inf"), float("nan"), r.random()]))
        if kind == 5:
            return AnyValue(bytes_value=r.randbytes(r.randrange(9)))
        if kind == 6:
            return AnyValue()
        if kind == 7:
            return AnyValue(kvlist_value=KeyValueList(values=self.attributes(r.randrange(4), depth + 1)))
        return AnyValue(array_value=ArrayValue(values=[self.value(depth + 1) for _ in range(r.randrange(4))]))

    def attributes(self, count, depth=0):
        """So many attributes, some of them with the key of another."""
        return [KeyValue(key=self.random.choice(KEYS), value=self.value(depth)) for _ in range(count)]

    def mark(self, span):
        """Gives most spans something for the nine conditions to look at."""
        r = self.random
        choice = r.random()
        if choice < 0.3:
            key, value = r.choice(DROPPED)
        elif choice < 0.7:
            key, value = r.choice(NEAR)
        elif choice < 0.8:
            key, value = r.choice(CONDITION_KEYS), self.value()
        else:
            return
        if key is None:
            span.name = value
            return
        value = value if isinstance(value, AnyValue) else AnyValue(string_value=value)
        span.attributes.insert(r.randrange(len(span.attributes) + 1), KeyValue(key=key, value=value))

    def span(self, span):
        """Fills one span."""
        r = self.random
        span.trace_id = r.randbytes(16)
        span.span_id = r.randbytes(8)
        span.name = r.choice(["GET /entries/{id}", "ingress", "SELECT entry", *TEXTS])
        span.parent_span_id = r.choice([b"", bytes(8), r.randbytes(8)])
        span.trace_state = r.choice(["", "rojo=00f067aa0ba902b7", "not a state"])
        span.kind = r.choice([0, 1, 2, 3, 4, 5, 17])
        span.start_time_unix_nano = 1_700_000_000_000_000_000 + r.randrange(10**15)
        span.end_time_unix_nano = span.start_time_unix_nano + r.randrange(10**9)
        span.flags = r.choice([0, 0x101, 0x301])
        span.attributes.extend(self.attributes(r.randrange(8)))
        if r.random() < 0.2:
            span.attributes.append(KeyValue(key="cluster", value=self.value()))
        self.mark(span)
        span.dropped_attributes_count = r.choice([0, 0, 3])
        self.events_and_links(span)
        if r.random() < 0.5:
            span.status.code = r.choice([0, 1, 2, 9])
            span.status.message = r.choice(TEXTS)

    def events_and_links(self, span):
        """Gives some spans events and links."""
        r = self.random
        for _ in range(r.choice([0, 0, 1, 3])):
            span.events.add(time_unix_nano=span.start_time_unix_nano, name=r.choice(["exception", "message", ""]),
                            attributes=self.attributes(r.randrange(3)), dropped_attributes_count=r.choice([0, 1]))
        for _ in range(r.choice([0, 0, 0, 2])):
            span.links.add(trace_id=r.choice([bytes(16), r.randbytes(16)]),
                           span_id=r.choice([bytes(8), r.randbytes(8)]), trace_state=r.choice(["", "a=b"]),
                           attributes=self.attributes(r.randrange(2)), flags=r.choice([0, 0x100]))
        span.dropped_events_count = r.choice([0, 0, 2])
        span.dropped_links_count = r.choice([0, 0, 1])

    def request(self):
        """A request of up to three resources with up to three scopes each."""
        r = self.random
        request = ExportTraceServiceRequest()
        for _ in range(r.randrange(1, 4)):
            rs = request.resource_spans.add(schema_url=r.choice(["", "https://opentelemetry.io/schemas/1.24.0"]))
            rs.resource.attributes.add(key="service.name").value.string_value = r.choice(
                ["contour", "blog-api", "checkout", "日本"])
            rs.resource.attributes.extend(self.attributes(r.randrange(4)))
            rs.resource.dropped_attributes_count = r.choice([0, 0, 1])
            for _ in range(r.randrange(1, 4)):
                ss = rs.scope_spans.add(schema_url=r.choice(["", "https://example.com/schema"]))
                ss.scope.name = r.choice(["", "io.opentelemetry.tomcat-10.0", "lib.alpha"])
                ss.scope.version = r.choice(["", "1.32.0"])
                ss.scope.attributes.extend(self.attributes(r.randrange(2)))
                for _ in range(r.randrange(0, 9)):
                    self.span(ss.spans.add())
        return request

    def requests(self, count):
        """So many requests."""
        return [self.request() for _ in range(count)]
