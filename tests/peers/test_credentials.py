"""Authentication: what exporters send and whom pages serve is what the Collector does.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import concurrent.futures
import http.client
import http.server
import json
import threading

import grpc
import pytest

import programs
from certificates import Authority
from otlp_peers import EXPORT, PATIENT
from programs import PATIENCE, eventually
from traffic import Traffic

COMPARED = ("authorization", "x-")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


class Backend:
    """OTLP over gRPC with TLS, without which the Collector sends no tokens, and over HTTP. Keeps the compared headers."""

    def __init__(self, identity):
        self.calls = []
        backend = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One request."""

            def do_POST(self):  # pylint: disable=invalid-name
                """Takes it."""
                self.rfile.read(int(self.headers["content-length"]))
                backend.take(self.headers.items())
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                """Says nothing."""

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.grpc = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        service, method = EXPORT[1:].split("/")
        handler = grpc.unary_unary_rpc_method_handler(self.export)
        self.grpc.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
        with open(identity.key, "rb") as key, open(identity.cert, "rb") as cert:
            credentials = grpc.ssl_server_credentials([(key.read(), cert.read())])
        self.grpc_port = self.grpc.add_secure_port("127.0.0.1:0", credentials)
        self.grpc.start()

    def take(self, headers):
        """Keeps those that are compared."""
        self.calls.append(sorted((k.lower(), v) for k, v in headers if k.lower().startswith(COMPARED)))

    def export(self, _, context):
        """Answers one call."""
        self.take(context.invocation_metadata())
        return b""

    def stop(self):
        """Ends both servers."""
        self.grpc.stop(0).wait()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def backend(authority):
    made = Backend(authority.server())
    yield made
    made.stop()


@pytest.fixture
def both(start, tmp_path, authority, backend):
    """both(protocol, extensions, send) -> the headers of each request to the backend, of the Collector and of tamis."""
    def run(protocol, extensions, send, server=None):
        exporter = ({"otlp": {"endpoint": f"localhost:{backend.grpc_port}", "tls": {"ca_file": str(authority.cert)}}}
                    if protocol == "grpc" else
                    {"otlp_http": {"endpoint": f"http://localhost:{backend.http.server_address[1]}", "tls": {"insecure": True}}})
        ((name, settings),) = exporter.items()
        settings.update({"auth": {"authenticator": "headers_setter"}, "compression": "none", "sending_queue": {"num_consumers": 1}})
        path = tmp_path / "configuration.yaml"
        path.write_text(json.dumps({
            "receivers": {"otlp": {"protocols": {"grpc": {"include_metadata": True, **(server or {})}, "http": {}}}},
            "extensions": extensions, "exporters": exporter,
            "service": {"extensions": list(extensions),
                        "pipelines": {"traces": {"receivers": ["otlp"], "exporters": [name]}}}}))
        seen = []
        for binary in (programs.collector(), programs.subject()):
            backend.calls.clear()
            program = start(binary, path)
            send(program)
            assert program.stop() == 0, program.output()
            seen.append(list(backend.calls))
        return seen
    return run


def send_as(program, *lists):
    """One request for each list of headers, one after the other."""
    with grpc.insecure_channel(f"127.0.0.1:{program.grpc}", options=PATIENT) as channel:
        for request, headers in zip(Traffic(11).requests(len(lists)), lists):
            channel.unary_unary(EXPORT)(request.SerializeToString(), timeout=PATIENCE, metadata=headers)


def basic(pair):
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_what_authenticated_a_client_is_sent_on_alike(both, protocol):
    headers = [{"key": "X-User", "from_attribute": "username", "action": "upsert"},
               {"key": "x-raw", "from_attribute": "raw", "action": "insert"},
               {"key": "x-tenant", "from_context": "x-tenant", "action": "upsert", "default_value": "none"}]
    extensions = {"basicauth": {"htpasswd": {"inline": "blue:pw\nred:p:w\n"}}, "headers_setter": {"headers": headers}}

    def send(program):
        send_as(program, [("authorization", basic("blue:pw"))], [("authorization", basic("red:p:w")), ("x-tenant", "t")],
                [("authorization", basic("blue:pw")), ("username", "mallory")])
    want, got = both(protocol, extensions, send, {"auth": {"authenticator": "basicauth"}})
    assert got == want and len(got) == 3
    assert dict(got[1]) == {"x-user": "red", "x-raw": basic("red:p:w").split()[1], "x-tenant": "t"}


OWN = {"upsert": {"value": "mine"}, "insert": {"value": "mine"}, "update": {"value": "mine"}, "delete": {"value": "which the Collector needs"}}


@pytest.mark.parametrize("protocol", ["grpc", "http"])
@pytest.mark.parametrize("action", OWN)
def test_other_credentials_are_sent_alike(both, protocol, action):
    headers = [{"key": "authorization", "action": action, **OWN[action]}, {"key": "x-one", "value": "1", "action": "insert"}]
    between = [{"key": "x-one", "value": "2", "action": "insert"}, {"key": "x-two", "value": "2", "action": "upsert"}]
    extensions = {"headers_setter": {"additional_auth": "headers_setter/between", "headers": headers},
                  "headers_setter/between": {"additional_auth": "bearertokenauth", "headers": between},
                  "bearertokenauth": {"token": "secret"}}
    want, got = both(protocol, extensions, lambda program: send_as(program, []))
    assert got == want and len(got) == 1


def test_credentials_that_lead_back_to_themselves_are_refused_by_both(tmp_path, start):
    path = tmp_path / "configuration.yaml"
    path.write_text(json.dumps({
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}}, "exporters": {"nop": {}},
        "extensions": {"headers_setter": {"additional_auth": "headers_setter/b", "headers": [{"key": "a", "value": "b"}]},
                       "headers_setter/b": {"additional_auth": "headers_setter", "headers": [{"key": "a", "value": "b"}]}},
        "service": {"extensions": ["headers_setter", "headers_setter/b"],
                    "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["nop"]}}}}))
    for binary in (programs.collector(), programs.subject()):
        with pytest.raises(AssertionError, match="ended at once"):
            start(binary, path)


def ask(port, method="GET", headers=None):
    """Status and the compared headers of /debug/servicez."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request(method, "/debug/servicez", headers=headers or {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    compared = ("access-control", "vary", "x-where", "connection")
    return answer.status, sorted((k.lower(), v) for k, v in answer.getheaders() if k.lower().startswith(compared))


def test_zpages_are_served_alike(start, tmp_path):
    origin = {"Origin": "https://a.example"}
    asked = [("GET", {}), ("GET", {"Authorization": basic("me:pw")}), ("GET", {"Authorization": basic("me:no")}),
             ("GET", {"Authorization": basic("me:pw"), **origin}), ("GET", origin),
             ("GET", {"Authorization": basic("me:pw"), "Origin": "https://evil.test"}),
             ("OPTIONS", {"Access-Control-Request-Method": "GET", **origin}),
             ("OPTIONS", {"Access-Control-Request-Method": "GET", "Origin": "https://evil.test"})]

    def run(binary, keys):
        port = programs.free_port()
        path = tmp_path / f"{binary.name}.yaml"
        path.write_text(json.dumps({
            "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}}, "exporters": {"nop": {}},
            "extensions": {"basicauth": {"htpasswd": {"inline": "me:pw"}}, "zpages": {"endpoint": f"127.0.0.1:{port}", **keys}},
            "service": {"extensions": ["basicauth", "zpages"],
                        "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["nop"]}}}}))
        program = start(binary, path)
        eventually(lambda: programs.accepts(port))
        answers = [ask(port, method, headers) for method, headers in asked if method == "GET" or "cors" in keys]
        assert program.stop() == 0, program.output()
        return answers
    for keys in ({"auth": {"authenticator": "basicauth"}, "response_headers": {"X-Where": "here"},
                  "cors": {"allowed_origins": ["https://*.example"], "max_age": 9}},
                 {"keep_alives_enabled": False}, {"include_metadata": True, "max_request_body_size": 1}):
        want, got = (run(binary, keys) for binary in (programs.collector(), programs.subject()))
        assert got == want, keys
