"""Extensions that only exporters authenticate by: oauth2client and headers_setter, of otlp and of otlphttp.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import http.server
import json
import threading
import time
import urllib.parse

import pytest

import backend as b
from certificates import Authority
from programs import free_port
from subject import configuration, eventually, ids, spans_of
from test_otlphttp import over_tls, to
from test_tls import server_context


class Issuer:
    """Gives tokens t1, t2, ...: answer(issuer, form, headers) says how; asked are the questions so far."""

    def __init__(self, answer=None, tls=None, port=0):
        self.asked, self.answer = [], answer or Issuer.token
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One question."""

            def do_POST(self):  # pylint: disable=invalid-name
                """Answers it."""
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                form = urllib.parse.parse_qs(body, strict_parsing=True)
                issuer.asked.append((self.path, form, dict(self.headers)))
                status, told = issuer.answer(issuer, form, self.headers)
                told = told if isinstance(told, bytes) else json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                """Says nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}/token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, *_, expires=3600, **more):
        """A fresh one."""
        return 200, {"access_token": f"t{len(self.asked)}", "token_type": "bearer", "expires_in": expires, **more}

    def stop(self):
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def issuers():
    """issuers(answer) starts one; all end with the test."""
    running = []

    def start(*arguments, **options):
        running.append(Issuer(*arguments, **options))
        return running[-1]

    yield start
    for issuer in running:
        issuer.stop()


def client_of(issuer, **more):
    """The extension that asks it."""
    return {"oauth2client": {"token_url": issuer.url, "client_id": "my id", "client_secret": "s&cret:",
                             "tls": {"insecure": True}, **more}}


AUTH = {"auth": {"authenticator": "oauth2client"}, "tls": {"insecure": True}}


def by_grpc(backend, extensions, exporter, **more):
    """otlp out, with that extension."""
    settings = configuration(backend, exporter, **more)
    settings["extensions"] = extensions
    settings["service"]["extensions"] = list(extensions)
    return settings


def tokens(backend):
    """What requests came with."""
    return [call.headers.get("authorization") for call in backend.calls]


# ---- oauth2client ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_one_token_serves_many_requests(daemons, backends, http_backends, issuers, protocol):
    issuer = issuers()
    extension = client_of(issuer, scopes=["write", "read all"], endpoint_params={"audience": "a/b"})
    backend = backends() if protocol == "grpc" else http_backends()
    daemon = daemons((by_grpc if protocol == "grpc" else lambda b, e, x: to(b, x, extensions=e))(backend, extension, AUTH))
    for i in range(5):
        daemon.send(spans_of(1, first=i))
        backend.wait_for_spans(i + 1)
    assert tokens(backend) == ["Bearer t1"] * 5
    ((path, form, headers),) = issuer.asked
    assert path == "/token" and headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form == {"grant_type": ["client_credentials"], "scope": ["write read all"], "audience": ["a/b"]}
    assert base64.b64decode(headers["Authorization"].split()[1]) == b"my+id:s%26cret%3A"
    for secret in ("s&cret", "s%26cret", "t1", headers["Authorization"]):
        assert secret not in daemon.output()


def test_many_requests_at_once_wait_for_one_token(daemons, http_backends, issuers):
    go = threading.Event()

    def slowly(issuer, *_):
        go.wait()
        return issuer.token()

    issuer, backend = issuers(slowly), http_backends()
    daemon = daemons(to(backend, AUTH, extensions=client_of(issuer)))
    for i in range(8):
        daemon.send(spans_of(1, first=i))
    eventually(lambda: issuer.asked)
    assert not backend.calls
    go.set()
    assert sorted(ids(backend.wait_for_spans(8))) == list(range(8))
    assert set(tokens(backend)) == {"Bearer t1"} and len(issuer.asked) == 1


def test_a_server_may_want_id_and_secret_in_the_body(daemons, http_backends, issuers):
    def in_body(issuer, form, headers):
        if "Authorization" in headers or form.get("client_secret") != ["s&cret:"] or form["client_id"] != ["my id"]:
            return 401, {"error": "invalid_client"}
        return issuer.token(expires=1)

    issuer, backend = issuers(in_body), http_backends()
    daemon = daemons(to(backend, AUTH, extensions=client_of(issuer)))
    for i in range(2):
        daemon.send(spans_of(1, first=i))
        backend.wait_for_spans(i + 1)
        time.sleep(1.2)
    assert tokens(backend) == ["Bearer t2", "Bearer t3"]  # the first question was in vain; then it is known
    assert daemon.metric("otelcol_exporter_send_failed_spans") == 0


def test_a_token_is_fetched_anew_before_it_ends_while_the_old_one_serves(daemons, http_backends, issuers):
    go = threading.Event()

    def slowly(issuer, *_):
        if len(issuer.asked) > 1:
            go.wait()
        return issuer.token(expires=600)

    issuer, backend = issuers(slowly), http_backends()
    daemon = daemons(to(backend, AUTH, extensions=client_of(issuer, expiry_buffer="599s")))
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    time.sleep(1.2)
    for i in range(1, 4):  # the next token is on its way, and nobody waits for it
        daemon.send(spans_of(1, first=i))
        backend.wait_for_spans(i + 1)
    assert tokens(backend) == ["Bearer t1"] * 4
    eventually(lambda: len(issuer.asked) == 2)
    go.set()

    def has_come_with_the_next():
        daemon.send(spans_of(1))
        time.sleep(0.1)
        return tokens(backend)[-1] == "Bearer t2"

    eventually(has_come_with_the_next)


@pytest.mark.parametrize("told, why", [
    ((400, {"error": "invalid_scope", "error_description": "no such"}), "the server answered 400: invalid_scope, no such"),
    ((500, b"<h1>no</h1>"), "the server answered 500"),
    ((200, {"token_type": "bearer"}), "the answer holds none"),
    ((200, {"access_token": "a\nb: c"}), "the answer holds none"),
    ((200, b"[[["), "the answer holds none"),
    ((307, b""), "the server answered 307"),
], ids=["refused", "broken", "empty", "smuggled", "no json", "redirect"])
def test_without_a_token_spans_wait_until_there_is_one(daemons, http_backends, issuers, told, why):
    issuer, backend = issuers(lambda *_: told), http_backends()
    daemon = daemons(to(backend, AUTH, extensions=client_of(issuer)))
    daemon.send(spans_of(3))
    eventually(lambda: why in daemon.output())
    assert not backend.calls
    issuer.answer = Issuer.token
    assert sorted(ids(backend.wait_for_spans(3))) == [0, 1, 2]


def test_a_server_for_tokens_that_is_not_there_is_tried_again(daemons, http_backends, issuers):
    port, backend = free_port(), http_backends()
    extension = {"oauth2client": {"token_url": f"http://127.0.0.1:{port}/", "client_id": "a", "client_secret": "b",
                                  "tls": {"insecure": True}}}
    daemon = daemons(to(backend, AUTH, extensions=extension))
    daemon.send(spans_of(3))
    eventually(lambda: "no token came" in daemon.output())
    issuers(port=port)
    assert sorted(ids(backend.wait_for_spans(3))) == [0, 1, 2]


def test_a_server_for_tokens_that_hangs_holds_up_no_other_exporter(daemons, http_backends, issuers):
    issuer, backend, other = issuers(lambda *_: time.sleep(3600)), http_backends(), http_backends()
    settings = to(backend, AUTH, extensions=client_of(issuer), queue={"num_consumers": 1})
    settings["exporters"]["otlphttp/other"] = {"endpoint": f"http://127.0.0.1:{other.port}"}
    settings["service"]["pipelines"]["traces"]["exporters"].append("otlphttp/other")
    settings["service"]["shutdown_timeout"] = "300ms"
    daemon = daemons(settings)
    daemon.send(spans_of(3))
    assert sorted(ids(other.wait_for_spans(3))) == [0, 1, 2]
    eventually(lambda: issuer.asked)
    assert not backend.calls
    assert daemon.stop() == 1


def test_id_and_secret_come_from_files_over_tls(daemons, http_backends, issuers, tmp_path):
    authority = Authority(tmp_path)
    issuer = issuers(lambda i, *_: i.token(expires=1), tls=server_context(authority.server(), protocols=("http/1.1",)))
    who, secret = tmp_path / "id", tmp_path / "secret"
    who.write_text("me\n")
    secret.write_text("first\n")
    extension = {"oauth2client": {"token_url": issuer.url, "client_id_file": str(who), "client_secret_file": str(secret),
                                  "tls": {"ca_file": str(authority.cert)}}}
    backend = http_backends(tls=server_context(authority.server("b"), protocols=("h2",)))
    daemon = daemons(over_tls(backend, authority, {"auth": {"authenticator": "oauth2client"}}, extensions=extension))
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    secret.write_text("second\n")
    time.sleep(1.2)
    daemon.send(spans_of(1, first=1))
    backend.wait_for_spans(2)
    came = [base64.b64decode(headers["Authorization"].split()[1]) for _, _, headers in issuer.asked]
    assert came[0] == b"me:first" and came[-1] == b"me:second"


# ---- headers_setter --------------------------------------------------------------------------------------------

SETTER = {"headers_setter": {"headers": [
    {"key": "X-Scope-OrgID", "from_context": "Tenant", "default_value": "nobody"},
    {"key": "x-static", "value": "one", "action": "insert"},
    {"key": "x-static", "value": "two", "action": "insert"},
    {"key": "x-static", "value": "three", "action": "update"},
    {"key": "x-absent", "value": "x", "action": "update"},
    {"key": "x-gone", "value": "x"},
    {"key": "x-gone", "action": "delete"},
    {"key": "x-unsent", "from_context": "unsent"}]}}
BY_SETTER = {"auth": {"authenticator": "headers_setter"}, "tls": {"insecure": True}}


def with_setter(protocol, backend, processors=None):
    """otlp in, which keeps headers, and out by that protocol with the extension."""
    settings = by_grpc(backend, SETTER, BY_SETTER) if protocol == "grpc" else to(backend, BY_SETTER, extensions=SETTER)
    settings["receivers"] = {"otlp": {"protocols": {"grpc": {"include_metadata": True}, "http": {"include_metadata": True}}}}
    settings["processors"] = processors or {}
    settings["service"]["pipelines"]["traces"]["processors"] = list(settings["processors"])
    return settings


def send_as(daemon, request, *tenants):
    """Sends as these tenants, by gRPC."""
    with daemon.channel() as channel:
        channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")(
            request.SerializeToString(), metadata=[("tenant", t) for t in tenants], timeout=300)


def who_sent_what(backend):
    """{tenant: numbers of spans}"""
    out = {}
    for call in backend.calls:
        out.setdefault(call.headers["x-scope-orgid"], []).extend(ids(call.spans()))
    return {tenant: sorted(numbers) for tenant, numbers in out.items()}


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_headers_of_clients_are_sent_on(daemons, backends, http_backends, protocol):
    backend = (backends if protocol == "grpc" else http_backends)()
    daemon = daemons(with_setter(protocol, backend))
    for i, tenants in enumerate([["blue"], ["red"], [], ["green", "other"], ["blue"]]):
        send_as(daemon, spans_of(1, first=i), *tenants)
    backend.wait_for_spans(5)
    assert who_sent_what(backend) == {"blue": [0, 4], "red": [1], "nobody": [2], "green": [3]}
    for call in backend.calls:
        assert call.headers["x-static"] == "three"
        assert not {"x-absent", "x-gone", "x-unsent"} & set(call.headers)


def test_the_value_of_a_header_may_stand_in_a_file_that_changes(daemons, backends, tmp_path):
    file, backend = tmp_path / "value", backends()
    file.write_text("  first \n")
    settings = by_grpc(backend, {"headers_setter": {"headers": [{"key": "x-key", "value_file": str(file)}]}}, BY_SETTER)
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    file.write_text("second")

    def changed():
        daemon.send(spans_of(1))
        return backend.calls[-1].headers["x-key"] == "second"
    eventually(changed)
    file.write_text("bad\nvalue")  # the last good one stays

    def told():
        daemon.send(spans_of(1))
        return "the credential stays as it was" in daemon.output()
    eventually(told)
    assert {call.headers["x-key"] for call in backend.calls} == {"first", "second"}


@pytest.mark.parametrize("keys", [["tenant"], ["other", "TENANT"], []], ids=["tenant", "two", "none"])
def test_requests_that_are_joined_have_the_header_when_it_parts_them(daemons, http_backends, keys):
    backend = http_backends()
    daemon = daemons(with_setter("http", backend, {"batch": {"timeout": "1s", "metadata_keys": keys}}))
    for i in range(12):
        send_as(daemon, spans_of(1, first=i), ["blue", "red"][i % 2])
    backend.wait_for_spans(12)
    wanted = {"blue": list(range(0, 12, 2)), "red": list(range(1, 12, 2))} if keys else {"nobody": list(range(12))}
    assert who_sent_what(backend) == wanted
    assert len(backend.calls) < 12


def test_the_headers_of_the_exporter_win(daemons, http_backends):
    backend = http_backends()
    settings = with_setter("http", backend)
    settings["exporters"]["otlphttp"]["headers"] = {"X-Scope-OrgID": "fixed"}
    send_as(daemons(settings), spans_of(1), "blue")
    (call,) = backend.wait_for_calls(1)
    assert call.headers["x-scope-orgid"] == "fixed"
    assert b.PLAIN[call.headers["content-encoding"]](call.packed) == call.message


# ---- additional_auth -------------------------------------------------------------------------------------------

PLUS = [{"key": "Authorization", "value": "mine"}, {"key": "x-one", "value": "1"}]


@pytest.mark.parametrize("protocol, wins", [("grpc", "mine"), ("http", "Bearer secret-token")])
def test_other_credentials_are_sent_too(daemons, backends, http_backends, tmp_path, protocol, wins):
    backend, tokens_file = (backends if protocol == "grpc" else http_backends)(), tmp_path / "tokens"
    tokens_file.write_text("early-token\n")
    extensions = {"headers_setter": {"additional_auth": "headers_setter/more", "headers": PLUS},
                  "headers_setter/more": {"additional_auth": "bearertokenauth/key", "headers": [{"key": "x-two", "value": "2"}]},
                  "bearertokenauth/key": {"header": "X-Key", "filename": str(tokens_file)},
                  "headers_setter/other": {"additional_auth": "bearertokenauth", "headers": PLUS},
                  "bearertokenauth": {"token": "secret-token"}}
    settings = by_grpc(backend, extensions, BY_SETTER) if protocol == "grpc" else to(backend, BY_SETTER, extensions=extensions)
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    (call,) = backend.wait_for_calls(1)
    assert [call.headers.get(name) for name in ("authorization", "x-one", "x-two", "x-key")] == ["mine", "1", "2", "Bearer early-token"]
    tokens_file.write_text("late-token\n")

    def changed():
        daemon.send(spans_of(1))
        return backend.calls[-1].headers["x-key"] == "Bearer late-token"
    eventually(changed)
    assert "y-token" not in daemon.output() and "e-token" not in daemon.output()
    assert daemon.stop() == 0  # what it has sent until now is there
    (exporter,) = settings["exporters"].values()
    exporter["auth"] = {"authenticator": "headers_setter/other"}
    backend.forget()
    daemons(settings).send(spans_of(1))
    (call,) = backend.wait_for_calls(1)
    assert (call.headers["authorization"], call.headers["x-one"]) == (wins, "1")


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_a_token_that_has_to_be_fetched_goes_with_headers_of_each_client(daemons, backends, http_backends, issuers, protocol):
    go = threading.Event()

    def slowly(issuer, *_):
        go.wait()
        return issuer.token()

    backend, issuer = (backends if protocol == "grpc" else http_backends)(), issuers(slowly)
    settings = with_setter(protocol, backend)
    settings["extensions"] = {**client_of(issuer), "headers_setter": {**SETTER["headers_setter"], "additional_auth": "oauth2client"}}
    settings["service"]["extensions"] = list(settings["extensions"])
    daemon = daemons(settings)
    for i, tenant in enumerate(["blue", "red", "blue", "green"]):
        send_as(daemon, spans_of(1, first=i), tenant)
    eventually(lambda: issuer.asked)
    assert not backend.calls
    go.set()
    backend.wait_for_spans(4)
    assert who_sent_what(backend) == {"blue": [0, 2], "red": [1], "green": [3]}
    assert set(tokens(backend)) == {"Bearer t1"} and len(issuer.asked) == 1


# ---- from_attribute --------------------------------------------------------------------------------------------

def pair(name, password="pw-secret"):
    """What a client sends for the name."""
    return base64.b64encode(f"{name}:{password}".encode()).decode()


def with_attributes(protocol, backend, processors=None):
    """otlp in, over gRPC for those who have a name, and out by that protocol with what is told of them."""
    settings = with_setter(protocol, backend, processors)
    headers = [{"key": "X-Scope-OrgID", "from_attribute": "username", "default_value": "nobody"},
               {"key": "x-pair", "from_attribute": "raw"}, {"key": "x-subject", "from_attribute": "subject"}]
    settings["extensions"] = {"headers_setter": {"headers": headers},
                              "basicauth": {"htpasswd": {"inline": "blue:pw-secret\nred:pw-secret\n"}}}
    settings["service"]["extensions"] = list(settings["extensions"])
    settings["receivers"] = {"otlp": {"protocols": {"grpc": {"auth": {"authenticator": "basicauth"}}, "http": {}}}}
    return settings


def send_by(daemon, request, name, **more):
    """Sends under that name, by gRPC."""
    with daemon.channel() as channel:
        channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")(
            request.SerializeToString(), metadata=[("authorization", f"Basic {pair(name)}"), *more.items()], timeout=300)


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_what_authenticates_clients_is_sent_on(daemons, backends, http_backends, protocol):
    backend = (backends if protocol == "grpc" else http_backends)()
    settings = with_attributes(protocol, backend)
    settings["service"]["telemetry"] = {"logs": {"level": "debug"}}
    daemon = daemons(settings)
    send_by(daemon, spans_of(1), "blue", username="mallory", raw="forged")
    send_by(daemon, spans_of(1, first=1), "red")
    assert daemon.post(spans_of(1, first=2).SerializeToString(), headers={"Authorization": f"Basic {pair('red')}"}).status == 200
    send_by(daemon, spans_of(1, first=3), "blue")
    backend.wait_for_spans(4)
    assert who_sent_what(backend) == {"blue": [0, 3], "red": [1], "nobody": [2]}
    for call in backend.calls:
        who = call.headers["x-scope-orgid"]
        assert call.headers.get("x-pair") == (None if who == "nobody" else pair(who)) and "x-subject" not in call.headers
    for secret in ("pw-secret", pair("blue"), pair("red")):
        assert secret not in daemon.output()


def test_requests_that_are_joined_have_no_attributes_of_their_clients(daemons, http_backends):
    """As in the Collector; metadata_keys name headers alone."""
    backend = http_backends()
    daemon = daemons(with_attributes("http", backend, {"batch": {"timeout": "1s", "metadata_keys": ["username"]}}))
    for i in range(6):
        send_by(daemon, spans_of(1, first=i), ["blue", "red"][i % 2])
    backend.wait_for_spans(6)
    assert who_sent_what(backend) == {"nobody": list(range(6))}
    assert len(backend.calls) < 6


def test_rules_know_what_authenticates_clients(daemons, backends):
    backend = backends()
    settings = configuration(backend, processors={
        "attributes": {"actions": [{"key": "user", "from_context": "auth.username", "action": "insert"},
                                   {"key": "subject", "from_context": "auth.subject", "action": "insert"}]},
        "transform": {"trace_statements": ['set(span.attributes["all"], otelcol.client.auth.attributes)',
                                           'set(span.attributes["raw"], otelcol.client.auth.attributes["raw"])']}})
    attributes = with_attributes("grpc", backend)
    settings["extensions"] = {"basicauth": attributes["extensions"]["basicauth"]}
    settings["service"]["extensions"] = ["basicauth"]
    settings["receivers"] = attributes["receivers"]
    daemon = daemons(settings)

    def told(send):
        backend.forget()
        send()
        return {a.key: a.value for a in backend.wait_for_spans(1)[0].attributes}
    found = told(lambda: send_by(daemon, spans_of(1), "blue"))
    assert found["user"].string_value == "blue" and found["raw"].string_value == pair("blue") and "subject" not in found
    assert {e.key: e.value.string_value for e in found["all"].kvlist_value.values} == {"username": "blue", "raw": pair("blue")}
    found = told(lambda: daemon.post(spans_of(1).SerializeToString()))
    assert not {"user", "subject"} & set(found) and not found["raw"].WhichOneof("value") and not found["all"].kvlist_value.values
