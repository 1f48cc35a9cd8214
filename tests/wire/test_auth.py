"""Who may send: bearertokenauth and basicauth, with real clients on both ports, and what exporters add.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import json
import select
import socket
import subprocess

import grpc
import pytest

import programs
from otlp_peers import EXPORT
from programs import PATIENCE
from reloading import ask, ready
from subject import configuration, eventually, ids, spans_of

HTPASSWD = "plain:secret\nbcrypt:$2y$05$abcdefghijklmnopqrstuuHIrMEWpUCQe2YqFR3sXwQ75u4od..9q\n"


def guarded(backend, name, extension, both=True):
    """A receiver whose ports (or only HTTP) ask that extension."""
    auth = {"auth": {"authenticator": name}}
    settings = configuration(backend, receiver={"protocols": {"grpc": dict(auth) if both else {}, "http": dict(auth)}})
    settings["extensions"] = {name: extension}
    settings["service"]["extensions"] = [name]
    return settings


def basic(pair):
    """The value of the header."""
    return "Basic " + base64.b64encode(pair.encode()).decode()


def send(daemon, **metadata):
    """One span over gRPC; the refusal, or None."""
    with daemon.channel() as channel:
        try:
            channel.unary_unary(EXPORT)(spans_of(1).SerializeToString(), timeout=PATIENCE, metadata=list(metadata.items()))
        except grpc.RpcError as error:
            return error.code(), error.details()
    return None


def test_bearer_tokens_open_both_ports(daemons, backends):
    backend = backends()
    daemon = daemons(guarded(backend, "bearertokenauth", {"tokens": ["one", "two"]}))
    body = spans_of(1).SerializeToString()
    for token in ("one", "two"):
        assert send(daemon, authorization=f"Bearer {token}") is None
        assert daemon.post(body, headers={"Authorization": f"Bearer {token}"}).status == 200
    assert len(backend.wait_for_spans(4)) == 4
    missing = "missing or empty authorization header: Authorization"
    assert send(daemon) == (grpc.StatusCode.UNAUTHENTICATED, missing)
    refused = send(daemon, authorization="Bearer three")
    assert refused == (grpc.StatusCode.UNAUTHENTICATED, "scheme or token does not match")
    answer = daemon.post(b"{}", "application/json")
    assert answer.status == 401 and json.loads(answer.body) == {"code": 16, "message": missing}
    answer = daemon.post(body, headers={"Authorization": "Bearer three"})
    assert answer.status == 401 and b"three" not in answer.body
    assert daemon.post(body, path="/nowhere").status == 401
    assert daemon.metric("otelcol_receiver_accepted_spans") == 4


def test_probes_need_no_token_and_unknown_methods_are_unknown(daemons, backends):
    daemon = daemons(guarded(backends(), "bearertokenauth", {"token": "one"}))
    with daemon.channel() as channel:
        assert channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=PATIENCE) == b"\x08\x01"
        with pytest.raises(grpc.RpcError) as refusal:
            channel.unary_unary("/opentelemetry.proto.collector.logs.v1.LogsService/Export")(b"", timeout=PATIENCE)
        assert refusal.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_tokens_come_from_a_file_under_another_name(daemons, backends, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("first\n  second  \n\n")
    backend = backends()
    extension = {"header": "X-Api-Key", "scheme": "", "filename": str(tokens)}
    daemon = daemons(guarded(backend, "bearertokenauth/file", extension))
    assert send(daemon, **{"x-api-key": "second"}) is None
    assert send(daemon, **{"x-api-key": ""})[0] == grpc.StatusCode.UNAUTHENTICATED
    assert len(backend.wait_for_spans(1)) == 1


def test_tokens_that_change_in_their_files_are_found(daemons, backends, tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.write_text("old\n")
    outside.write_text("early\n")
    backend = backends()
    settings = guarded(backend, "bearertokenauth/in", {"filename": str(inside)})
    settings["extensions"]["bearertokenauth/out"] = {"filename": str(outside)}
    settings["service"]["extensions"].append("bearertokenauth/out")
    settings["exporters"]["otlp"]["auth"] = {"authenticator": "bearertokenauth/out"}
    daemon = daemons(settings)

    def has_come_as(value):
        return any(("authorization", value) in [(str(k), str(v)) for k, v in fields] for fields in list(backend.fields))
    assert send(daemon, authorization="Bearer old") is None
    eventually(lambda: has_come_as("Bearer early"))
    inside.write_text("new\n")
    outside.write_text("late\n")
    eventually(lambda: send(daemon, authorization="Bearer new") is None, 0.3)
    assert send(daemon, authorization="Bearer old")[0] == grpc.StatusCode.UNAUTHENTICATED
    inside.unlink()  # what was read stays

    def arrives_as(value):
        send(daemon, authorization="Bearer new")
        return has_come_as(value)
    eventually(lambda: arrives_as("Bearer late"), 0.3)
    eventually(lambda: "tokens stay as they were" in daemon.output())


def test_names_and_passwords_open_a_port(daemons, backends, tmp_path):
    users = tmp_path / "htpasswd"
    users.write_text("plain:overruled\nfile:there\n")
    backend = backends()
    daemon = daemons(guarded(backend, "basicauth/server", {"htpasswd": {"file": str(users), "inline": HTPASSWD}}))
    for pair in ("plain:secret", "bcrypt:pw", "file:there", "bcrypt:pw"):
        assert send(daemon, authorization=basic(pair)) is None
    for value, why in ((basic("plain:overruled"), "invalid credentials"), (basic("x"), "invalid authorization format"),
                       ("Bearer x", "invalid authorization scheme prefix")):
        assert send(daemon, authorization=value) == (grpc.StatusCode.UNAUTHENTICATED, why)
        assert daemon.post(b"", headers={"Authorization": value}).status == 401
    assert daemon.post(b"").status == 401
    assert len(backend.wait_for_spans(4)) == 4


@pytest.mark.parametrize("how", ["time", "reload"])
def test_passwords_that_change_in_their_file_are_found(daemons, backends, tmp_path, how):
    users = tmp_path / "htpasswd"
    users.write_text(HTPASSWD)
    settings = guarded(backends(), "basicauth", {"htpasswd": {"file": str(users)}})
    settings["service"]["reload"] = {"watch": False}
    daemon = ready(daemons(settings))
    assert send(daemon, authorization=basic("bcrypt:pw")) is None
    users.write_text("bcrypt:other\nnew:one\n")
    if how == "reload":
        assert ask(daemon).status == 200  # and not a moment later
        assert send(daemon, authorization=basic("new:one")) is None
    else:
        eventually(lambda: send(daemon, authorization=basic("new:one")) is None, 0.3)
    assert send(daemon, authorization=basic("bcrypt:other")) is None
    for gone in ("bcrypt:pw", "plain:secret"):
        assert send(daemon, authorization=basic(gone)) == (grpc.StatusCode.UNAUTHENTICATED, "invalid credentials")
    assert "a receiver has left" not in daemon.output()  # nobody had to connect again
    users.write_text("no colon\n")
    if how == "reload":
        answer = ask(daemon)
        assert answer.status == 400 and "line 1: it is not USER:HASH" in answer.text
    else:
        eventually(lambda: "passwords stay as they were" in daemon.output())
    assert send(daemon, authorization=basic("new:one")) is None


def test_a_port_without_auth_stays_open_beside_one_that_has_it(daemons, backends):
    daemon = daemons(guarded(backends(), "bearertokenauth", {"token": "one"}, both=False))
    assert send(daemon) is None
    assert daemon.post(b"").status == 401


def test_a_preflight_has_no_credentials_and_is_answered(daemons, backends):
    settings = guarded(backends(), "bearertokenauth", {"token": "one"})
    settings["receivers"]["otlp"]["protocols"]["http"]["cors"] = {"allowed_origins": ["http://a"]}
    daemon = daemons(settings)
    asked = {"Origin": "http://a", "Access-Control-Request-Method": "POST"}
    assert daemon.post(None, headers=asked, method="OPTIONS").status == 204
    answer = daemon.post(b"", headers={"Origin": "http://a"})
    assert answer.status == 401 and answer.headers["Access-Control-Allow-Origin"] == "http://a"


@pytest.mark.parametrize("extension, value", [
    ({"bearertokenauth": {"token": "one"}}, "Bearer one"),
    ({"bearertokenauth": {"tokens": ["two", "three"], "scheme": "Token"}}, "Token two"),
    ({"basicauth": {"client_auth": {"username": "me", "password": "secret"}}}, basic("me:secret")),
])
def test_an_exporter_adds_its_credentials(daemons, backends, extension, value):
    backend = backends()
    (name,) = extension
    settings = configuration(backend, {"auth": {"authenticator": name}})
    settings["extensions"] = extension
    settings["service"]["extensions"] = [name]
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    assert {str(name): str(v) for name, v in backend.fields[0]}["authorization"] == value
    assert daemon.stop() == 0
    secrets = ("one", "two", "three", "secret")
    assert not any(f'"{secret}"' in daemon.output() or f" {secret}" in daemon.output() for secret in secrets)


def test_one_tamis_lets_another_in(daemons, backends, tmp_path):
    backend = backends()
    first = daemons(guarded(backend, "basicauth", {"htpasswd": {"inline": "me:secret"}}))
    password = tmp_path / "password"
    password.write_text("secret\n")
    settings = configuration(first.grpc, {"auth": {"authenticator": "basicauth"}})
    settings["extensions"] = {"basicauth": {"client_auth": {"username": "me", "password_file": str(password)}}}
    settings["service"]["extensions"] = ["basicauth"]
    daemons(settings).send(spans_of(3))
    assert ids(backend.wait_for_spans(3)) == [0, 1, 2]


def test_files_that_cannot_be_used_are_told_at_start(backends, tmp_path):
    bad, empty, path = tmp_path / "bad", tmp_path / "empty", tmp_path / "tamis.yaml"
    bad.write_text("fine:x\nbroken\n")
    empty.write_text("\n")
    cases = (({"htpasswd": {"file": str(bad)}}, "line 2: it is not USER:HASH"),
             ({"htpasswd": {"file": str(tmp_path / "none")}}, "cannot read"),
             ({"filename": str(empty)}, "has no token"))
    for extension, reason in cases:
        name = "basicauth" if "htpasswd" in extension else "bearertokenauth"
        settings = guarded(backends(), name, extension)
        for protocol in settings["receivers"]["otlp"]["protocols"].values():
            protocol["endpoint"] = "127.0.0.1:0"
        path.write_text(json.dumps(settings))
        done = subprocess.run([programs.subject(), f"--config={path}"], capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == 2 and reason.encode() in done.stderr, done.stderr


# ---- passwords whose hashes take long ----------------------------------------------------------------------------


SALTED = "abcdefghijklmnopqrstuuHIrMEWpUCQe2YqFR3sXwQ75u4od..9q"
ENDLESS = HTPASSWD + f"endless:$2y$31${SALTED}\n"  # one comparison takes days


def test_passwords_that_take_for_ever_keep_nobody_else_waiting(daemons, backends):
    """Both threads are at work for ever and the queue is full: others are told to come again; who is known is served."""
    backend = backends()
    daemon = daemons(guarded(backend, "basicauth", {"htpasswd": {"inline": ENDLESS}}))
    known, plain = basic("bcrypt:pw"), basic("plain:secret")
    body = spans_of(1).SerializeToString()
    assert send(daemon, authorization=known) is None
    flood = []

    def wrong(count):
        for i in range(count):
            flood.append(socket.create_connection(("127.0.0.1", daemon.http), PATIENCE))
            head = (f"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: {len(body)}\r\n"
                    f"Authorization: {basic(f'endless:wrong {len(flood)}')}\r\n\r\n")
            flood[-1].sendall(head.encode() + body)

    def answered():
        return [s for s in flood if select.select([s], [], [], 0)[0]]

    try:
        wrong(200)
        eventually(lambda: len(answered()) >= 134)  # 64 wait, two are being compared
        assert len(answered()) <= 136
        for sock in answered():
            answer = sock.recv(65536, socket.MSG_PEEK)
            assert answer.startswith(b"HTTP/1.1 503 ") and b"Retry-After: 1\r\n" in answer, answer
        with daemon.channel() as channel:
            calls = [channel.unary_unary(EXPORT).future(body, metadata=[("authorization", basic(f"endless:{i}"))]) for i in range(5)]
            eventually(lambda: sum(call.done() for call in calls) >= 3)
            for call in calls:
                if call.done():
                    assert call.code() == grpc.StatusCode.UNAVAILABLE
                    assert call.details() == "too many passwords are being checked"
                call.cancel()
        for authorization in 10 * (known, plain):
            assert send(daemon, authorization=authorization) is None
            assert daemon.post(body, headers={"Authorization": authorization}).status == 200
        assert send(daemon, authorization=basic("plain:wrong"))[0] == grpc.StatusCode.UNAUTHENTICATED
        assert len(flood) - len(answered()) >= 64
    finally:
        for sock in flood:
            sock.close()
    assert len(backend.wait_for_spans(41)) == 41
    assert daemon.stop() == 0


def test_a_client_may_leave_before_it_is_known(daemons, backends):
    daemon = daemons(guarded(backends(), "basicauth", {"htpasswd": {"inline": ENDLESS}}))
    with daemon.channel() as channel:
        call = channel.unary_unary(EXPORT).future(spans_of(1, size=3 << 20).SerializeToString(), timeout=PATIENCE,
                                                  metadata=[("authorization", basic("endless:x"))])
        eventually(lambda: daemon.metric("tamis_receiver_held_bytes") > 0)
        assert call.cancel()
    assert send(daemon, authorization=basic("plain:secret")) is None
    eventually(lambda: daemon.metric("tamis_receiver_held_bytes") == 0)


@pytest.mark.parametrize("user", ["bcrypt:pw", "plain:secret"])
def test_large_bodies_of_those_who_are_not_known_yet_arrive_whole(daemons, backends, user):
    """What comes while the hash is made is kept: in one piece, in chunks, over a window that stays narrow until then."""
    backend = backends()
    daemon = daemons(guarded(backend, "basicauth", {"htpasswd": {"inline": ENDLESS}}))
    large, headers = spans_of(3, size=1000000), {"Authorization": basic(user)}
    assert send(daemon, authorization=basic(user + "x"))[0] == grpc.StatusCode.UNAUTHENTICATED
    assert daemon.post(b"", path="/nowhere", headers={"Authorization": basic(user + "x")}).status == 401
    with daemon.channel() as channel:
        channel.unary_unary(EXPORT)(large.SerializeToString(), timeout=PATIENCE, metadata=[("authorization", basic(user))])
    assert ids(backend.wait_for_spans(3)) == [0, 1, 2]
    daemon = daemons(guarded(backend, "basicauth", {"htpasswd": {"inline": ENDLESS}}))
    assert daemon.post(large.SerializeToString(), headers=headers).status == 200
    daemon = daemons(guarded(backend, "basicauth", {"htpasswd": {"inline": ENDLESS}}))
    assert daemon.post(iter([large.SerializeToString()]), headers=headers).status == 200
    assert len(backend.wait_for_spans(9)) == 9
    daemon = daemons(guarded(backend, "basicauth", {"htpasswd": {"inline": ENDLESS}}))
    assert daemon.post(b"", path="/nowhere", headers=headers).status == 404
