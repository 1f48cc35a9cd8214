"""The receiver zipkin as its clients meet it: what is taken, what is refused and how that is told and counted.

What spans become is for tests/peers/test_zipkin.py. docs/protocol.md 4.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import zlib

import pytest

import packing
from programs import PATIENCE, accepts, free_port
from subject import configuration, eventually, read_series, total
from zipkin_spans import as_protobuf, field

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
V2, V1 = "/api/v2/spans", "/api/v1/spans"


def spans(count, **members):
    """So many spans as their JSON says."""
    return [{"traceId": "1", "id": f"{i + 1:016x}", "name": "get", "timestamp": 1, "duration": 1,
             "localEndpoint": {"serviceName": "shop"}, **members} for i in range(count)]


def as_json(tree):
    return json.dumps(tree).encode()


def zipkin(backend, keys=None, **parts):
    """zipkin beside otlp, which the daemon's other ports are."""
    made = configuration(backend, **parts)
    made["receivers"]["zipkin"] = {"endpoint": f"127.0.0.1:{free_port()}", **(keys or {})}
    made["service"]["pipelines"]["traces"]["receivers"].append("zipkin")
    return made


def port_of(settings):
    return int(settings["receivers"]["zipkin"]["endpoint"].rpartition(":")[2])


class Client:
    """Asks the zipkin port of a daemon."""

    def __init__(self, daemon, settings):
        self.daemon, self.port = daemon, port_of(settings)
        eventually(lambda: accepts(self.port))

    def ask(self, body=b"[]", content_type=JSON, path=V2, headers=None, method="POST"):
        """One request; the answer has .status, .headers and .body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            typed = {"Content-Type": content_type} if content_type else {}
            connection.request(method, path, body, {**typed, **(headers or {})})
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer
        finally:
            connection.close()

    def count(self, name, **labels):
        series = read_series(self.daemon.page("/metrics")[1])
        return total(series, name, receiver="zipkin", transport="http", **labels)


@pytest.fixture
def clients(daemons):
    """clients(settings) -> a client of the daemon that runs with them."""
    return lambda settings: Client(daemons(settings), settings)


# ---- what is taken ---------------------------------------------------------------------------------------------


def test_every_form_is_taken_at_its_path_and_counted(clients, backends):
    backend = backends()
    client = clients(zipkin(backend))
    v1 = as_json([{"traceId": "1" * 16, "id": "2" * 16, "timestamp": 1}])
    for path, content_type, body in ((V2, JSON, as_json(spans(2))), ("/", None, as_json(spans(1))), (V1, JSON, v1),
                                     (V2, PROTOBUF, as_protobuf(spans(3))), ("/", "text/plain", b"[]"),
                                     (V2 + "?a=b", JSON, b" null "), (V2, PROTOBUF, b"")):
        answer = client.ask(body, content_type, path)
        assert (answer.status, answer.body) == (202, b""), (path, content_type)
    assert len(backend.wait_for_spans(7)) == 7
    eventually(lambda: client.count("otelcol_receiver_accepted_spans") == 7)
    assert client.count("otelcol_receiver_refused_spans") == 0
    assert sum(way["received"] for way in client.daemon.balance().values()) == 7


@pytest.mark.parametrize("coding", packing.HTTP)
def test_every_coding_of_the_otlp_port_is_taken(clients, backends, coding):
    backend = backends()
    client = clients(zipkin(backend))
    body = packing.HTTP[coding](as_json(spans(5)))
    assert client.ask(body, headers={"Content-Encoding": coding}).status == 202
    assert len(backend.wait_for_spans(5)) == 5


def test_rules_see_what_zipkin_brought(clients, backends):
    backend = backends()
    drop = {"filter": {"traces": {"span": ['attributes["http.path"] == "/health"', 'attributes["n"] == 7',
                                           'resource.attributes["service.name"] == "noise"']}}}
    client = clients(zipkin(backend, {"parse_string_tags": True}, processors=drop))
    sent = [*spans(1, tags={"http.path": "/health"}), *spans(1, tags={"n": "7"}), *spans(1, tags={"n": "8"}),
            *spans(1, localEndpoint={"serviceName": "noise"})]
    assert client.ask(as_json(sent)).status == 202
    span, = backend.wait_for_spans(1)
    assert [a.value.int_value for a in span.attributes if a.key == "n"] == [8]


def test_metadata_is_there_when_it_is_asked_for(clients, backends):
    backend = backends()
    keep = {"filter": {"error_mode": "propagate", "traces": {
        "span": ['otelcol.client.metadata["x-tenant"][0] != "blue"']}}}
    client = clients(zipkin(backend, {"include_metadata": True}, processors=keep))
    assert client.ask(as_json(spans(1)), headers={"X-Tenant": "red"}).status == 202
    assert client.ask(as_json(spans(2)), headers={"X-Tenant": "blue"}).status == 202
    assert len(backend.wait_for_spans(2)) == 2


# ---- what is refused -------------------------------------------------------------------------------------------

REFUSED = [
    ("path", 404, {"path": "/v1/traces"}, "there is nothing at /v1/traces: requests are taken at /api/v2/spans"),
    ("method", 405, {"method": "GET"}, "GET is not allowed here: the method must be POST"),
    ("content_type", 415, {"path": V1, "content_type": "application/x-thrift"},
     "thrift is not taken: send v1 as application/json, or v2"),
    ("compression", 415, {"headers": {"Content-Encoding": "br"}}, "unsupported Content-Encoding"),
    ("size", 413, {"body": bytes(1001)}, "the body of 1001 bytes is over the limit of 1000"),
    ("size", 413, {"body": zlib.compress(b"[" + 1000 * b" " + b"]"), "headers": {"Content-Encoding": "deflate"}},
     "the body is over the limit of 1000 bytes"),
    ("malformed", 400, {"body": b"x", "headers": {"Content-Encoding": "gzip"}}, "the body cannot be decompressed"),
    ("data", 400, {"body": b""}, "the JSON is bad at byte 0: it ends too early"),
    ("data", 400, {"body": b"{}"}, "the document is no list of spans"),
    ("data", 400, {"body": b'[{"id":"1"},{}]'}, "span 2: it has no id"),
    ("data", 400, {"body": b"[]", "content_type": PROTOBUF}, "span 1: the protobuf is malformed"),
]


@pytest.mark.parametrize("reason, status, request_, told", REFUSED)
def test_refusals_say_why_and_are_logged_and_counted(clients, backends, reason, status, request_, told):
    client = clients(zipkin(backends(), {"max_request_body_size": 1000}))
    answer = client.ask(**request_)
    assert (answer.status, told.encode() in answer.body) == (status, True), answer.body
    assert client.count("tamis_receiver_refused_requests", reason=reason) == 1
    line, = (l for l in client.daemon.output().splitlines() if "a request was refused" in l)
    assert f"status={status}" in line and f"reason={reason}" in line and "receiver=zipkin" in line


def test_a_full_queue_is_told_with_a_time(clients, backends):
    queue = {"queue_size": 5, "batch": {"min_size": 100, "flush_timeout": "60s"}}
    client = clients(zipkin(backends(), queue=queue))
    answers = [client.ask(as_json(spans(1))) for _ in range(7)]
    assert [a.status for a in answers] == 5 * [202] + 2 * [503]
    assert int(answers[-1].headers["Retry-After"]) >= 1 and b"the sending queue is full" in answers[-1].body
    assert client.count("otelcol_receiver_accepted_spans") == 5
    assert client.count("otelcol_receiver_refused_spans") == 2


HOSTILE = [
    (400, JSON, b"[" + b",".join([b"{}"] * 10**6) + b"]"), (202, JSON, b"[" + b",".join([b"null"] * 10**6) + b"]"),
    (400, PROTOBUF, field(1, b"") * 10**6), (400, JSON, b"[" * 10**7), (400, JSON, b'[{"a":' * 10**6),
    (400, JSON, b'[{"id":"1","annotations":[{"timestamp":1,"value":"' + b"|" * 10**7 + b'"}]}]'),
    (202, JSON, b'[{"id":"1","x":[' + b",".join([b"{}"] * 10**6) + b"]}]"),
    (202, JSON, b'[{"id":"1","tags":{' + b",".join([b'"a":"b"'] * 10**6) + b"}}]"),
    (202, JSON, b'[{"id":"1","tags":{' + b",".join(b'"%d":""' % i for i in range(3 * 10**5)) + b"}}]"),
    (202, JSON, b"[" + b",".join(b'{"id":"1","localEndpoint":{"serviceName":"%d"}}' % i for i in range(10**5)) + b"]"),
    (202, JSON, b'[{"id":"1","name":"' + b"\xff" * 10**6 + b'"}]'), (400, PROTOBUF, field(1, field(5, b"\xff" * 10**6))),
    (400, PROTOBUF, b"\x0a\xff\xff\xff\xff\x0f"),
]


def test_hostile_documents_get_their_status_and_others_are_served(clients, backends):
    client = clients(zipkin(backends()))
    for status, content_type, body in HOSTILE:
        answer = client.ask(body, content_type)
        assert answer.status == status, (body[:100], answer.body)
        assert client.ask(as_json(spans(1))).status == 202
    eventually(lambda: client.daemon.rss() < 300 << 20)


# ---- keys ------------------------------------------------------------------------------------------------------


def test_pages_may_send_and_answers_have_their_headers(clients, backends):
    keys = {"cors": {"allowed_origins": ["https://shop.example"]}, "response_headers": {"X-Where": "here"}}
    client = clients(zipkin(backends(), keys))
    origin = {"Origin": "https://shop.example"}
    answer = client.ask(None, method="OPTIONS", headers={**origin, "Access-Control-Request-Method": "POST"})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, origin["Origin"])
    answer = client.ask(headers=origin)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"], answer.headers["X-Where"]) == \
        (202, origin["Origin"], "here")


def test_who_may_not_send_gets_401(clients, backends):
    settings = zipkin(backends(), {"auth": {"authenticator": "bearertokenauth"}},
                      service={"extensions": ["bearertokenauth"]})
    settings["extensions"] = {"bearertokenauth": {"token": "secret"}}
    client = clients(settings)
    assert client.ask().status == 401
    assert client.ask(headers={"Authorization": "Bearer secret"}).status == 202
    assert client.count("tamis_receiver_refused_requests", reason="auth") == 1


def test_only_listed_codings_are_taken(clients, backends):
    client = clients(zipkin(backends(), {"compression_algorithms": ["", "gzip"]}))
    assert client.ask().status == 202
    assert client.ask(packing.HTTP["gzip"](b"[]"), headers={"Content-Encoding": "gzip"}).status == 202
    answer = client.ask(packing.HTTP["zstd"](b"[]"), headers={"Content-Encoding": "zstd"})
    assert answer.status == 400 and b"unsupported Content-Encoding: zstd" in answer.body


def test_without_keep_alives_a_connection_has_one_request(clients, backends):
    client = clients(zipkin(backends(), {"keep_alives_enabled": False}))
    assert client.ask().headers["Connection"] == "close"


def test_its_spans_are_found_by_trace_as_those_of_otlp(clients, backends):
    settings = zipkin(backends(), processors={"filter": {"traces": {"span": ['name == "gone"']}}},
                      service={"drops": {"keep": 10}, "profile": 1})
    client = clients(settings)
    assert client.ask(as_json(spans(2) + spans(1, name="gone", id="00000000000000ff"))).status == 202

    def answer():
        code, text = client.daemon.page(f"/debug/drops?format=json&trace={1:032x}")
        return json.loads(text) if code == 200 else {"drops": [], "requests": []}

    eventually(lambda: answer()["requests"] and answer()["requests"][0]["exporters"][0]["sent"] == 2)
    assert [drop["name"] for drop in answer()["drops"]] == ["gone"]
    assert "measured" in client.daemon.page("/debug/rules")[1]
