"""Keys of the otlp receiver: what real clients see of them.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import http.client
import socket
import subprocess
import time
import zlib

import pytest

import backend as b
import packing
from frames import ACK, ENHANCE_YOUR_CALM, GOAWAY, NO_ERROR, PING, RST, Peer, frame
from otlp_peers import EXPORT
from programs import PATIENCE, in_some_try
from subject import configuration, ids, spans_of

PROTOBUF = "application/x-protobuf"


def serving(backend, keepalive=None, http=None, queue=None):
    """A configuration whose receiver has these keys."""
    protocols = {"grpc": {"keepalive": keepalive or {}}, "http": http or {}}
    return configuration(backend, receiver={"protocols": protocols}, queue=queue)


def curl(*arguments):
    """What curl prints: the answer with its head."""
    done = subprocess.run(["curl", "-si", "--max-time", str(PATIENCE), *arguments], capture_output=True, timeout=PATIENCE, check=True)
    return done.stdout.decode()


# ---- HTTP ------------------------------------------------------------------------------------------------------


def test_a_page_may_send_after_a_preflight(daemons, backends):
    backend = backends()
    cors = {"allowed_origins": ["https://*.example"], "allowed_headers": ["X-Tenant"], "max_age": 600}
    daemon = daemons(serving(backend, http={"cors": cors}))
    origin = {"Origin": "https://shop.example"}
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-tenant"}
    answer = daemon.post(None, headers=asked, method="OPTIONS")
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, origin["Origin"])
    assert answer.headers["Access-Control-Allow-Headers"] == "x-tenant"
    assert answer.headers["Access-Control-Max-Age"] == "600"
    answer = daemon.post(spans_of(2).SerializeToString(), headers={**origin, "X-Tenant": "blue"})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, origin["Origin"])
    assert ids(backend.wait_for_spans(2)) == [0, 1]
    answer = daemon.post(None, headers={**asked, "Origin": "https://example"}, method="OPTIONS")
    assert answer.status == 204 and "Access-Control-Allow-Origin" not in answer.headers


def test_answers_have_the_configured_headers_over_both_versions_of_http(daemons, backends):
    headers = {"Strict-Transport-Security": "max-age=9", "X-Where": "here"}
    cors = {"allowed_origins": ["*"]}
    daemon = daemons(serving(backends(), http={"response_headers": headers, "cors": cors}))
    for version in ("--http1.1", "--http2-prior-knowledge"):
        url = f"http://127.0.0.1:{daemon.http}/v1/traces"
        text = curl(version, "-H", f"Content-Type: {PROTOBUF}", "-H", "Origin: http://a", "-d", "", url).lower()
        assert " 200" in text.splitlines()[0]
        for line in ("strict-transport-security: max-age=9", "x-where: here", "access-control-allow-origin: *",
                     "access-control-allow-credentials: true", "vary: origin"):
            assert f"\r\n{line}\r\n" in text, (version, line, text)
        text = curl(version, "-X", "OPTIONS", "-H", "Origin: http://a", "-H", "Access-Control-Request-Method: POST",
                    url).lower()
        assert " 204" in text.splitlines()[0] and "access-control-allow-methods: post" in text


def test_only_listed_codings_are_taken(daemons, backends):
    backend = backends()
    daemon = daemons(serving(backend, http={"compression_algorithms": ["gzip"]}))
    body = spans_of(1).SerializeToString()
    assert daemon.post(gzip.compress(body), headers={"Content-Encoding": "gzip"}).status == 200
    for coding in ("zstd", "identity", "br"):
        answer = daemon.post(body, headers={"Content-Encoding": coding})
        assert answer.status == 400 and f"unsupported Content-Encoding: {coding}".encode() in answer.body
    assert daemon.post(body).status == 400
    assert len(backend.wait_for_spans(1)) == 1
    daemon.stop()
    daemon = daemons(serving(backend, http={"compression_algorithms": ["deflate", "lz4"]}))
    assert daemon.post(packing.lz4(body), headers={"Content-Encoding": "lz4"}).status == 200
    assert daemon.post(zlib.compress(body), headers={"Content-Encoding": "deflate"}).status == 200
    assert daemon.post(zlib.compress(body), headers={"Content-Encoding": "zlib"}).status == 400


def test_without_keep_alives_a_connection_has_one_request(daemons, backends):
    daemon = daemons(serving(backends(), http={"keep_alives_enabled": False}))
    answer = daemon.post(b"")
    assert answer.status == 200 and answer.headers["Connection"] == "close"
    daemon.stop()
    daemon = daemons(serving(backends(), http={"keepalive": {"enabled": True}}))
    assert "Connection" not in daemon.post(b"").headers


def hears_end(connection):
    """What the server still sends before it closes."""
    connection.settimeout(PATIENCE)
    text = b""
    while piece := connection.recv(65536):
        text += piece
    return text


def test_slow_heads_idle_connections_and_slow_requests_are_shown_out(daemons, backends):
    times = {"read_header_timeout": "4s", "idle_timeout": "4s", "read_timeout": "5s"}
    daemon = daemons(serving(backends(), http=times))

    def three_connections():
        idle = http.client.HTTPConnection("127.0.0.1", daemon.http, timeout=PATIENCE)
        idle.request("POST", "/v1/traces", b"", {"Content-Type": PROTOBUF})
        assert idle.getresponse().read() == b""
        with socket.create_connection(("127.0.0.1", daemon.http)) as head, \
                socket.create_connection(("127.0.0.1", daemon.http)) as body:
            body.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                         b"Content-Length: 100\r\n\r\n{")
            head.sendall(b"POST /v1/tra")
            assert hears_end(head).startswith(b"HTTP/1.1 408 ")
            assert b"the request came too slowly" in hears_end(body)
        assert hears_end(idle.sock) == b""

    in_some_try(three_connections)


def test_a_time_of_zero_is_none(daemons, backends):
    times = {"read_header_timeout": "0s", "idle_timeout": "0s", "write_timeout": "0s", "read_timeout": "0s"}
    daemon = daemons(serving(backends(), http=times))
    with socket.create_connection(("127.0.0.1", daemon.http)) as connection:
        connection.settimeout(PATIENCE)
        connection.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: a\r\n")
        time.sleep(1)  # a default of 0 ms would be over
        connection.sendall(b"Content-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


# ---- gRPC ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [{"min_time": "1h"}, {"permit_without_stream": False}, {"min_time": 0}])
def test_pings_that_the_policy_forbids_end_the_connection(daemons, backends, policy):
    daemon = daemons(serving(backends(), {"enforcement_policy": policy}))
    with Peer(daemon.grpc) as peer:
        for _ in range(4):
            peer.send(frame(PING, 0, 0, b"12345678"))
            time.sleep(0.2)
        assert peer.goaway() == (ENHANCE_YOUR_CALM, b"too_many_pings")


def test_pings_that_the_policy_permits_do_not(daemons, backends):
    daemon = daemons(serving(backends(), {"enforcement_policy": {"min_time": "10ms"}}))
    with Peer(daemon.grpc) as peer:
        for _ in range(6):
            time.sleep(0.1)
            peer.send(frame(PING, 0, 0, b"12345678"))
            assert peer.read(lambda kind, flags, *_: kind == PING and flags & ACK)
        peer.call(1)
        assert peer.answer(1)["grpc-status"] == "0"


def test_an_idle_connection_is_told_so(daemons, backends):
    daemon = daemons(serving(backends(), {"server_parameters": {"max_connection_idle": "4s"}}))

    def one_call():
        with Peer(daemon.grpc) as peer:
            peer.call(1)
            assert peer.answer(1).get("grpc-status") == "0"
            assert peer.goaway() == (NO_ERROR, b"max_idle") and peer.closed

    in_some_try(one_call)


def test_an_old_connection_takes_no_more_requests(daemons, backends):
    daemon = daemons(serving(backends(), {"server_parameters": {"max_connection_age": "500ms"}}))
    with Peer(daemon.grpc) as peer:
        assert peer.goaway()[0] == NO_ERROR and peer.closed
        said = [f[3][8:] for f in peer.frames if f[0] == GOAWAY]
        assert said == [b"", b"max_age"]
    with daemon.channel() as channel:  # a real client opens another and does not notice
        for i in range(8):
            channel.unary_unary(EXPORT)(spans_of(1, first=i).SerializeToString(), timeout=PATIENCE, wait_for_ready=True)
            time.sleep(0.2)


def test_a_request_that_outlives_the_grace_is_cut_off(daemons, backends):
    parameters = {"max_connection_age": "2500ms", "max_connection_age_grace": "300ms"}
    settings = serving(backends(b.hang), {"server_parameters": parameters}, queue={"wait_for_result": True})
    settings["service"]["shutdown_timeout"] = "100ms"
    daemon = daemons(settings)

    def one_call():
        with Peer(daemon.grpc) as peer:
            peer.call(1, spans_of(1).SerializeToString())
            assert peer.goaway()[0] == NO_ERROR and peer.closed
            assert 1 not in peer.fields and RST not in peer.kinds(1)

    in_some_try(one_call)


def test_a_client_that_is_silent_is_pinged_and_given_up(daemons, backends):
    parameters = {"time": "1s", "timeout": "300ms"}
    daemon = daemons(serving(backends(), {"server_parameters": parameters}))
    with Peer(daemon.grpc) as peer:
        assert peer.read(lambda kind, flags, *_: kind == PING and not flags)
        peer.read()  # and answers nothing
        assert peer.closed and not [f for f in peer.frames if f[0] == GOAWAY]


def test_a_client_that_answers_pings_stays(daemons, backends):
    parameters = {"time": "1s", "timeout": "10m"}
    daemon = daemons(serving(backends(), {"server_parameters": parameters}))
    with Peer(daemon.grpc) as peer:
        for _ in range(2):
            ping = peer.read(lambda kind, flags, *_: kind == PING and not flags)
            assert ping, "no second ping: it was given up"
            peer.send(frame(PING, ACK, 0, ping[3]))
        peer.call(1)
        assert peer.answer(1)["grpc-status"] == "0"
