"""Keys of receivers and exporters: what tamis answers and prints is what the Collector does.

Where tamis goes by the specification instead (the bodies of errors, an empty answer), only the rest is compared.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
from collections.abc import MutableSequence

import grpc
import pytest

import programs
from otlp_peers import EXPORT, PATIENT, as_bytes, send_grpc
from programs import PATIENCE
from traffic import Traffic

ORIGIN = {"Origin": "https://shop.example"}
JSON = {"Content-Type": "application/json"}
CORS = {"allowed_origins": ["https://*.example", "http://b"], "allowed_headers": ["X-Tenant"], "max_age": 600,
        "exposed_headers": ["x-one", "X-Two"]}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-tenant"}
COMPARED = ("access-control", "vary", "x-where")


@pytest.fixture
def both(start, tmp_path):
    """both(receiver's grpc, its http, exporter, ask) -> what ask(program) gives with the Collector, and with tamis."""
    def run(grpc_keys, http_keys, exporter, ask):
        (name,) = exporter
        path = tmp_path / "configuration.yaml"
        path.write_text(json.dumps({
            "receivers": {"otlp": {"protocols": {"grpc": grpc_keys, "http": http_keys}}}, "exporters": exporter,
            "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": [name]}}}}))
        return [ask(start(binary, path)) for binary in (programs.collector(), programs.subject())]
    return run


def request(program, method="POST", headers=None, body=None, path="/v1/traces"):
    """Status and the compared headers of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", program.http, timeout=PATIENCE)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, sorted((k, v) for k, v in answer.getheaders() if k.lower().startswith(COMPARED))


@pytest.mark.parametrize("allowed", [{}, {"allowed_origins": ["*"]}, {"allowed_headers": ["*"], "max_age": -1},
                                     {"allowed_headers": [], "max_age": 0, "exposed_headers": []}])
def test_cors_is_answered_alike(both, allowed):
    asked = [("OPTIONS", {**ORIGIN, **PREFLIGHT}), ("OPTIONS", {"Origin": "HTTP://B", **PREFLIGHT}),
             ("OPTIONS", {"Origin": "https://evil", **PREFLIGHT}), ("OPTIONS", PREFLIGHT), ("OPTIONS", ORIGIN),
             ("OPTIONS", {**ORIGIN, **PREFLIGHT, "Access-Control-Request-Method": "PUT"}), ("GET", ORIGIN)]
    asked += [("OPTIONS", {**ORIGIN, **PREFLIGHT, "Access-Control-Request-Headers": names})
              for names in ("content-type", "x-tenant,x-z", "X-Tenant", "accept, content-type", "x-tenant,,", "")]
    asked += [("POST", {**JSON, **headers}) for headers in (ORIGIN, {}, {"Origin": "http://c"})]

    def ask(program):
        return [request(program, method, headers, "{}" if method == "POST" else None, path)
                for method, headers in asked for path in ("/v1/traces", "/nowhere")]
    want, got = both({}, {"cors": {**CORS, **allowed}, "response_headers": {"X-Where": "here"}}, {"nop": {}}, ask)
    assert got == want


def test_codings_are_taken_and_refused_alike(both):
    def ask(program):
        return [request(program, headers={**JSON, "Content-Encoding": coding}, body="{}")[0]
                for coding in ("zstd", "br", "gzip")] + [request(program, headers=JSON, body="{}")[0]]
    for names in (["gzip"], ["", "gzip"], ["zstd"]):
        want, got = both({}, {"compression_algorithms": names}, {"nop": {}}, ask)
        assert got == want, names


def tame(message):
    """Leaves printable ASCII in all its texts: tamis escapes what could harm a terminal, the Collector does not."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for each in value if isinstance(value, MutableSequence) else [value]:
                tame(each)
        elif field.type == field.TYPE_STRING:
            setattr(message, field.name, "".join(c for c in value if " " <= c <= "~" and c != "\\"))


def test_debug_tells_everything_alike(both):
    requests = Traffic(31).requests(8)
    for each in requests:
        tame(each)

    def ask(program):
        send_grpc(program.grpc, requests)
        assert program.stop() == 0, program.output()
        lines = program.output().splitlines()
        first = next(i for i, line in enumerate(lines) if line.startswith("ResourceSpans #0"))
        kept = ("ResourceSpans #", "ScopeSpans ", "Resource ", "InstrumentationScope", "Span", "    ", "Attributes:",
                "Events:", "Links:")
        return [line.rstrip() for line in lines[first:] if line.startswith(kept)]
    want, got = both({}, {}, {"debug": {"verbosity": "detailed", "use_internal_logger": False,
                                        "sampling_initial": 100}}, ask)
    assert len(got) > 500
    different = [(a, b) for a, b in zip(want, got) if a != b]
    assert not different, different[:3]
    assert len(got) == len(want)


def test_connections_age_and_clients_do_not_notice(both):
    def ask(program):
        parted = Traffic(32).requests(30)
        with grpc.insecure_channel(f"127.0.0.1:{program.grpc}", options=PATIENT) as channel:
            for each in parted:
                channel.unary_unary(EXPORT)(as_bytes(each), timeout=PATIENCE, wait_for_ready=True)
        return "fine"
    parameters = {"max_connection_age": "50ms", "max_connection_age_grace": "10s"}
    assert both({"keepalive": {"server_parameters": parameters}}, {}, {"nop": {}}, ask) == ["fine"] * 2
