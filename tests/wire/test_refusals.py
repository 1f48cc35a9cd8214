"""Requests that are refused: what the client is told, what the log says, and how they are counted.

SPDX-License-Identifier: Apache-2.0
"""
import json
import re
import socket

import grpc
import pytest

import packing
from frames import PROTOCOL_ERROR, RST, Peer
from programs import PATIENCE
from subject import configuration, eventually, spans_of
from test_otlp_http import error_of

PROTO = "application/x-protobuf"


@pytest.fixture
def small(daemons, backends):
    """A daemon that takes 1000 bytes by HTTP."""
    http = {"max_request_body_size": 1000}
    return daemons(configuration(backends(), receiver={"protocols": {"http": http, "grpc": {}}}))


def refusals(daemon, reason, transport="http"):
    return daemon.metric("tamis_receiver_refused_requests", receiver="otlp", transport=transport, reason=reason)


HTTP = [
    ("content_type", 415, {"content_type": "text/plain"},
     'unsupported Content-Type "text/plain": application/json and application/x-protobuf are taken'),
    ("content_type", 415, {"content_type": "x/" + 200 * "y"},
     f'unsupported Content-Type "x/{62 * "y"}": application/json and application/x-protobuf are taken'),
    ("compression", 415, {"headers": {"Content-Encoding": "br"}},
     f'unsupported Content-Encoding "br": {", ".join(packing.HTTP)} are taken'),
    ("path", 404, {"path": "/nothing?a=b"}, "there is nothing at /nothing: requests are taken at /v1/traces"),
    ("path", 404, {"path": "/v1/metrics"}, "metrics are not taken: tamis carries traces only"),
    ("path", 404, {"path": "/v1/logs", "method": "GET"}, "log records are not taken: tamis carries traces only"),
    ("path", 404, {"path": "/v1development/profiles"}, "profiles are not taken: tamis carries traces only"),
    ("method", 405, {"method": "GET"}, "GET is not allowed here: the method must be POST"),
    ("size", 413, {"body": bytes(1001)}, "the body of 1001 bytes is over the limit of 1000"),
    ("size", 413, {"body": packing.zstd(bytes(1001)), "headers": {"Content-Encoding": "zstd"}},
     "the body is over the limit of 1000 bytes"),
    ("malformed", 400, {"body": b"x", "headers": {"Content-Encoding": "gzip"}}, "the body cannot be decompressed"),
    ("headers", 431, {"headers": {f"x-{i}": "y" for i in range(1000)}}, "more than 1000 header fields"),
    ("data", 400, {"body": b"x"}, None),
    ("data", 400, {"body": b"{", "content_type": "application/json"}, None),
]


@pytest.mark.parametrize("reason, status, request_, told", HTTP)
def test_refusals_over_http_say_why_and_are_logged_and_counted(small, reason, status, request_, told):
    answer = small.post(**{"body": b"", **request_})
    text = error_of(answer).message
    assert answer.status == status and told in (None, text), text
    assert refusals(small, reason) == 1
    line, = (l for l in small.output().splitlines() if "a request was refused" in l)
    shown = json.dumps(text)[1:-1][:100]
    assert re.search(r"peer=127\.0\.0\.1:[0-9]+", line) and f"status={status}" in line and f"reason={reason}" in line
    assert shown.split('\\"', maxsplit=1)[0] in line, line


GRPC = [
    ("path", 12, {"path": "/x.Y/Z"}, "unknown service or method /x.Y/Z"),
    ("path", 12, {"path": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"},
     "metrics are not taken: tamis carries traces only"),
    ("path", 12, {"path": "/opentelemetry.proto.collector.logs.v1.LogsService/Export"},
     "log records are not taken: tamis carries traces only"),
    ("compression", 12, {"grpc_encoding": "br"},
     f'unsupported grpc-encoding "br": identity,{",".join(packing.GRPC)} are taken'),
    ("content_type", 12, {"content_type": "application/grpc+json"},
     'unsupported content-type "application/grpc+json": messages must be protobuf'),
    ("malformed", 13, {"grpc_timeout": "x"}, "malformed grpc-timeout"),
    ("data", 3, {"body": b"x"}, None),
]


@pytest.mark.parametrize("port", ["grpc", "http"])
@pytest.mark.parametrize("reason, code, request_, told", GRPC)
def test_refusals_over_grpc_say_why_and_are_logged_and_counted(small, port, reason, code, request_, told):
    with Peer(getattr(small, port)) as peer:
        peer.call(1, **request_)
        fields = peer.answer(1)
    assert fields["grpc-status"] == str(code)
    assert told in (None, fields["grpc-message"])
    assert refusals(small, reason, "grpc") == 1
    line, = (l for l in small.output().splitlines() if "a request was refused" in l)
    assert re.search(r"peer=127\.0\.0\.1:[0-9]+", line) and f"status={code}" in line and f"reason={reason}" in line


def test_heads_that_are_no_http_are_refusals_too(small):
    for data, status in ((b"GET / HTTP/1.1\nHost: a\n\n", b"400"), (b"GET / HTTP/1.1\r\n\r\n", b"400"),
                         (b"GET / HTTP/9.9\r\n\r\n", b"505")):
        with socket.create_connection(("127.0.0.1", small.http), PATIENCE) as sock:
            sock.sendall(data)
            assert sock.recv(1000).split()[1] == status
    assert refusals(small, "malformed") == 3
    with Peer(small.grpc) as peer:
        peer.call(1, content_type="text/html")
        assert peer.answer(1)[":status"] == "415"
    assert refusals(small, "content_type") == 1


FIELDS = [({"authority": "secret\n"}, 'HTTP/2 does not allow the header field ":authority" as it is'),
          ({"connection": "keep-alive"}, 'HTTP/2 does not allow the header field "connection" as it is'),
          ({"path": ""}, 'HTTP/2 does not allow the header field ":path" as it is'),
          ({"X-Up": "secret"}, 'HTTP/2 does not allow the header field "X-Up" as it is'),
          ({"method": None}, "its header fields are not those of a request over HTTP/2")]


@pytest.mark.parametrize("port", ["grpc", "http"])
@pytest.mark.parametrize("fields, told", FIELDS)
def test_header_fields_that_http_2_forbids_are_told_of(small, port, fields, told):
    with Peer(getattr(small, port)) as peer:
        peer.call(1, **fields)
        assert peer.read(lambda kind, _, stream, __: kind == RST and stream == 1)[3] == PROTOCOL_ERROR.to_bytes(4, "big")
        peer.call(3)
        assert peer.answer(3)["grpc-status"] == "0"
    assert refusals(small, "malformed", "grpc") == 1
    line, = (l for l in small.output().splitlines() if "a request was refused" in l)
    assert re.search(r"peer=127\.0\.0\.1:[0-9]+", line) and "reason=malformed" in line, line
    assert told.replace('"', '\\"') in line and "secret" not in line, line


HELLO = b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"  # TLS: a ClientHello begins
TLS = "the client speaks TLS, this port does not"
STRANGERS = [("http", HELLO, TLS), ("http", HELLO[:1], TLS), ("grpc", HELLO, TLS), ("grpc", HELLO[:1], TLS),
             ("grpc", b"POST /v1/traces HTTP/1.1\r\nHost: a\r\n\r\n",
              "this port speaks gRPC only, the client does not speak HTTP/2")]


@pytest.mark.parametrize("port, data, told", STRANGERS)
def test_clients_that_took_the_port_for_another_are_told_of(small, port, data, told):
    with socket.create_connection(("127.0.0.1", getattr(small, port)), PATIENCE) as sock:
        sock.sendall(data)
        answer = b"".join(iter(lambda: sock.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ") if port == "http" else b"HTTP/1.1" not in answer
    eventually(lambda: refusals(small, "malformed", port) == 1)
    line, = (l for l in small.output().splitlines() if "a request was refused" in l)
    assert f'reason=malformed error="{told}"' in line, line


def test_lines_are_limited_but_the_count_is_whole(small):
    for _ in range(100):
        assert small.post(b"", path="/x").status == 404
    assert refusals(small, "path") == 100
    lines = [l for l in small.output().splitlines() if "a request was refused" in l]
    assert 10 <= len(lines) <= 100 and small.post(spans_of(1).SerializeToString()).status == 200


def test_spans_that_are_known_are_counted(daemons, backends):
    """A rule that fails under propagate, and a full queue."""
    failing = {"transform": {"error_mode": "propagate",
                             "trace_statements": ['set(span.name, ParseJSON(span.name)["a"]) where span.name == "bad"']}}
    daemon = daemons(configuration(backends(), processors=failing))
    assert daemon.post(spans_of(3, name="bad").SerializeToString()).status == 503
    assert daemon.metric("otelcol_receiver_refused_spans", receiver="otlp", transport="http") == 3
    assert refusals(daemon, "rule") == 1
    daemon = daemons(configuration(1, queue={"queue_size": 1, "num_consumers": 1}))
    eventually(lambda: daemon.post(spans_of(2).SerializeToString()).status == 503)
    assert refusals(daemon, "queue") == 1
    assert daemon.metric("otelcol_receiver_refused_spans", receiver="otlp", transport="http") == 2
    assert daemon.metric("otelcol_receiver_failed_spans", receiver="otlp") == 0
    daemon.stop()


def test_who_may_not_send_is_a_refusal(daemons, backends):
    settings = configuration(backends(), receiver={"protocols": {
        p: {"auth": {"authenticator": "bearertokenauth"}} for p in ("grpc", "http")}})
    settings["extensions"] = {"bearertokenauth": {"token": "one"}}
    settings["service"]["extensions"] = ["bearertokenauth"]
    daemon = daemons(settings)
    assert daemon.post(b"").status == 401
    assert daemon.refusal(b"").code() == grpc.StatusCode.UNAUTHENTICATED
    assert refusals(daemon, "auth") == refusals(daemon, "auth", "grpc") == 1
