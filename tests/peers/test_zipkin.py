"""The receiver zipkin: what it makes of spans, and what it answers, is what the Collector's does.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import otlp_peers
import programs
from otlp_peers import post
from programs import free_port
from span_difference import difference
from protobuf_writer import field
from zipkin_spans import Spans, as_json, as_protobuf

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


class Side:
    """One of the two programs, with a receiver zipkin in front of a sink."""

    def __init__(self, start, binary, configuration, parse):
        self.sink = otlp_peers.Sink()
        self.port = free_port()
        settings = {"receivers.zipkin.endpoint": f"127.0.0.1:{self.port}", "receivers.zipkin.parse_string_tags": parse,
                    "exporters.otlp.endpoint": self.sink.endpoint, "exporters.otlp.timeout": "10m"}
        self.program = start(binary, configuration, settings)

    def forwarded(self):
        """What it forwarded, once it has ended: a request for each span, since the Collector sorts spans of a
        request by service and scope, those of one in no order."""
        assert self.program.stop() == 0, self.program.output()
        requests = self.sink.decoded()
        self.sink.stop()
        return [one_span(rs, ss, span) for request in requests for rs in request.resource_spans
                for ss in rs.scope_spans for span in ss.spans]


def one_span(resource, scope, span):
    """A request with this span alone."""
    made = ExportTraceServiceRequest()
    rs = made.resource_spans.add(resource=resource.resource)
    rs.scope_spans.add(scope=scope.scope).spans.append(span)
    return made


@pytest.fixture
def sides(start, tmp_path):
    """sides(parse) -> the Collector and tamis, with the same configuration."""
    path = tmp_path / "zipkin.yaml"
    path.write_text(json.dumps({
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}, "zipkin": {"endpoint": "127.0.0.1:0"}},
        "exporters": {"otlp": {"endpoint": "127.0.0.1:1", "tls": {"insecure": True}}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp", "zipkin"], "exporters": ["otlp"]}}}}))
    return lambda parse="false": [Side(start, binary, path, parse) for binary in (programs.collector(), programs.subject())]


def send_all(side, bodies, path, content_type, compression=None):
    for body in bodies:
        status, _, answer = post(side.port, body, content_type, compression, path)
        assert (status, answer) == (202, b""), (answer, body)


@pytest.mark.parametrize("parse", ["false", "true"])
@pytest.mark.parametrize("form", ["json", "protobuf", "v1"])
def test_spans_become_what_the_collector_makes_of_them(sides, form, parse):
    both = sides(parse)
    for side in both:
        spans = Spans(7)
        if form == "v1":
            send_all(side, [as_json([spans.span_v1() for _ in range(5)]) for _ in range(40)], "/api/v1/spans", JSON)
        elif form == "json":
            send_all(side, [as_json([spans.span() for _ in range(5)]) for _ in range(40)], "/api/v2/spans", JSON, "gzip")
        else:
            send_all(side, [as_protobuf([spans.span() for _ in range(5)]) for _ in range(40)], "/", PROTOBUF)
    want, got = (side.forwarded() for side in both)
    assert len(want) > 100
    found = difference(want, got)
    assert found is None, found


def ask(side, body, content_type, path):
    """The status of an answer. The Collector's handler ends without one for some bodies (a nil pointer), which then
    are what no program can take: 400."""
    try:
        return post(side.port, body, content_type, None, path)[0]
    except http.client.RemoteDisconnected:
        assert side.program.name == "otelcol", body
        return 400


SPAN = {"traceId": "1", "id": "1"}


def with_member(**members):
    """A list of one span that has these members, too."""
    return as_json([{**SPAN, **members}])


BODIES = [b"", b"[]", b"null", b"{}", b"[", b"x", b"[] []", b"[{}]", b"[null]", as_json(SPAN), as_json([SPAN]), as_json([SPAN, {}]),
          b"[" * 5000, b'[{"a":' * 5000, b'[{"traceId":"1","id":"1","id":"0"}]', b'[{"traceId":"1","id":"x","id":"1"}]',
          b'[{"id":"1"}]', b'[{"TRACEID":"1","Id":"1"}]', b'[{"traceId":"1","id":"1","tags":{"a":"1","a":"2"},"tags":{"b":"3"}}]',
          b'[{"traceId":"1","id":"1","name":"\xff\xfe"}]', b'[{"traceId":"1","id":"1","name":"\\ud800"}]',
          b'\xef\xbb\xbf[]', b"[{}," * 3, b"[" + b",".join([b"{}"] * 100000) + b"]",
          with_member(traceId=""), with_member(traceId=1.5), with_member(traceId="g"), with_member(traceId="1" * 33),
          with_member(traceId="0" * 20 + "1" * 32), with_member(traceId=None), with_member(id=None), with_member(id=""),
          with_member(id="1" * 17), with_member(id="0" * 30 + "1"), with_member(parentId=None), with_member(parentId=""),
          with_member(parentId="x"), with_member(name=1), with_member(name=None), with_member(kind=1), with_member(kind="?"),
          with_member(timestamp=-1), with_member(timestamp=1.5), with_member(timestamp="1"), with_member(timestamp=None),
          with_member(timestamp=2**64), with_member(timestamp=2**64 - 1), with_member(timestamp=1, duration=2**63),
          with_member(duration=1e3), with_member(tags=[]), with_member(tags=None), with_member(tags={"a": None}),
          with_member(tags={"a": 1}), with_member(tags={"a": {}}), with_member(annotations={}), with_member(annotations=[None]),
          with_member(annotations=[{}]), with_member(annotations=[{"timestamp": 0, "value": "a"}]),
          with_member(annotations=[{"timestamp": 1}]), with_member(annotations=[{"timestamp": 1, "value": 1}]),
          with_member(annotations=[{"timestamp": 1, "value": "a|b|c"}]), with_member(annotations=[{"timestamp": 1, "value": "a|{}|x"}]),
          with_member(annotations=[{"timestamp": 1, "value": "a|{}|4294967296"}]),
          with_member(tags={"otlp.link.0": "1|2|3|4|5"}), with_member(tags={"otlp.link.0": "|||{}|0"}),
          with_member(localEndpoint=None), with_member(localEndpoint=[]), with_member(localEndpoint={"port": 65536}),
          with_member(localEndpoint={"port": -1}), with_member(localEndpoint={"port": "1"}), with_member(localEndpoint={"port": None}),
          with_member(localEndpoint={"ipv4": "1.2.3"}), with_member(localEndpoint={"ipv4": "01.2.3.4"}),
          with_member(localEndpoint={"ipv6": "fe80::1%eth0"}), with_member(localEndpoint={"ipv4": 1}),
          with_member(localEndpoint={"ipv4": "1.2.3.4\0x"}), with_member(debug="x"), with_member(shared=1), with_member(debug=None)]
MESSAGES = [b"", b"\xff", field(1, b""), field(1, b"") * 1000, field(1, field(1, b"1" * 16)), field(1, field(1, b"1" * 9) + field(3, b"1" * 8)),
            field(1, field(1, b"1" * 16) + field(3, b"1" * 8)), field(1, field(1, b"1" * 16) + field(3, b"1" * 8) + field(2, b"1")),
            field(1, field(1, b"1" * 16) + field(3, b"1" * 8) + field(5, b"\xff")),
            field(1, field(1, b"1" * 16) + field(3, b"1" * 8) + field(11, field(1, b"\xff"))),
            field(1, field(1, b"1" * 16) + field(3, b"1" * 8) + field(8, field(2, b"12345") + field(4, 65536 + 80))),
            field(1, field(1, b"1" * 16) + field(3, b"\0" * 8)), field(1, field(1, b"1" * 16) + field(3, b"1" * 8) + field(4, 9)),
            field(2, b"unknown"), field(1, 7)]
V1 = [b"", b"[]", b"null", b"{}", b"[{}]", as_json([SPAN]), as_json([{"traceId": "1" * 16, "id": "1" * 16}]),
      as_json([{"traceId": "0" * 16, "id": "1" * 16}]), as_json([{"traceId": "1" * 17, "id": "1" * 16}]),
      as_json([{"traceId": "1" * 32, "id": "0" * 16}]), as_json([{"traceId": "1" * 32, "id": "1" * 16, "parentId": "1"}]),
      as_json([{"traceId": "1" * 32, "id": "1" * 16, "timestamp": -5, "binaryAnnotations": [{"key": "a", "value": "b"}]}]),
      as_json([{"traceId": "1" * 32, "id": "1" * 16, "binaryAnnotations": [{"key": "a", "value": 1}]}]),
      as_json([{"traceId": "1" * 32, "id": "1" * 16, "annotations": [None, {"timestamp": "1"}]}])]


@pytest.mark.parametrize("path,content_type,bodies", [
    ("/api/v2/spans", JSON, BODIES), ("/api/v2/spans", PROTOBUF, MESSAGES), ("/api/v1/spans", JSON, V1),
    ("/", "text/plain", [b"[]", as_json([SPAN]), b"x"])], ids=["json", "protobuf", "v1", "other"])
def test_good_and_bad_bodies_get_the_same_status(sides, path, content_type, bodies):
    asked = {}
    for side in sides():
        asked[side.program.name] = [ask(side, body, content_type, path) for body in bodies]
        side.sink.stop()
    want, got = asked.values()
    differ = [(body[:200], theirs, ours) for body, theirs, ours in zip(bodies, want, got) if theirs != ours]
    assert not differ


@pytest.mark.parametrize("parse", ["false", "true"])
def test_odd_but_good_bodies_become_the_same(sides, parse):
    both = sides(parse)
    for side in both:
        for body in BODIES:
            ask(side, body, JSON, "/api/v2/spans")
        for body in MESSAGES:
            ask(side, body, PROTOBUF, "/api/v2/spans")
    want, got = (side.forwarded() for side in both)
    assert want
    found = difference(want, got)
    assert found is None, found
