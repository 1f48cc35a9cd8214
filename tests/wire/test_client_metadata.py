"""What rules see of a client: its address, and its headers. Clients are real ones, over IPv4 and IPv6.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import socket

import grpc
import pytest

import programs
from frames import Peer
from otlp_peers import EXPORT, PATIENT
from programs import PATIENCE
from subject import configuration, spans_of

SEEN = {
    "attributes/context": {"actions": [
        {"key": "sender", "from_context": "client.address", "action": "insert"},
        {"key": "tenant", "from_context": "metadata.x-tenant", "action": "insert"}]},
    "transform/client": {"error_mode": "ignore", "trace_statements": [
        'set(span.attributes["address"], otelcol.client.addr)',
        'set(span.attributes["local"], true) where IsInCIDR(otelcol.client.addr, ["127.0.0.0/8", "::1/128"])',
        'set(span.attributes["client"], otelcol.client.metadata)',
        'set(span.attributes["grpc"], otelcol.grpc.metadata)']},
}


@pytest.fixture
def seen(daemons, backends):
    """seen(include_metadata) starts a daemon on both families: (its ports, attributes(send) of the span that send() sent)."""
    def start(include):
        backend = backends()
        port = {"grpc": programs.free_port("[::]"), "http": programs.free_port("[::]")}
        protocols = {k: {"endpoint": f"[::]:{p}", "include_metadata": include} for k, p in port.items()}
        daemons(configuration(backend, processors=SEEN, receiver={"protocols": protocols}), ports=list(port.values()))

        def attributes(send):
            backend.forget()
            send()
            return {a.key: a.value for a in backend.wait_for_spans(1)[0].attributes}
        return port, attributes
    return start


def post(host, port, headers=None):
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    connection.request("POST", "/v1/traces", spans_of(1).SerializeToString(),
                       {"Content-Type": "application/x-protobuf", **(headers or {})})
    assert connection.getresponse().status == 200
    connection.close()


def export(host, port, metadata=(), timeout=PATIENCE, **options):
    with grpc.insecure_channel(f"{host}:{port}", options=[*PATIENT, ("grpc.enable_http_proxy", 0)]) as channel:
        channel.unary_unary(EXPORT)(spans_of(1).SerializeToString(), timeout=timeout, metadata=metadata, **options)


def lists(value):
    """A map of lists of strings."""
    return {e.key: [v.string_value for v in e.value.array_value.values] for e in value.kvlist_value.values}


def test_the_address_of_a_client_is_an_address(seen):
    port, attributes = seen(False)
    for host, address in (("127.0.0.1", "127.0.0.1"), ("::1", "::1")):
        for send in (lambda host=host: post(host, port["http"]),
                     lambda host=host: export(f"[{host}]" if ":" in host else host, port["grpc"]),
                     lambda host=host: export(f"[{host}]" if ":" in host else host, port["http"])):
            found = attributes(send)
            assert found["sender"].string_value == found["address"].string_value == address
            assert found["local"].bool_value


METADATA = [("x-tenant", "acme"), ("x-two", "1"), ("x-two", "2"), ("key-bin", b"\0bytes")]


@pytest.mark.parametrize("where", ["grpc", "http"])
def test_metadata_of_grpc_is_there_without_include_metadata(seen, where):
    port, attributes = seen(False)
    found = attributes(lambda: export("127.0.0.1", port[where], METADATA))
    assert "tenant" not in found and lists(found["client"]) == {}
    metadata = lists(found["grpc"])
    assert metadata["x-tenant"] == ["acme"] and metadata["x-two"] == ["1", "2"]
    assert metadata["key-bin"] == ["\0bytes"]
    assert metadata[":authority"] == [f"127.0.0.1:{port[where]}"] and metadata["content-type"] == ["application/grpc"]
    assert "user-agent" in metadata and not {"te", "grpc-timeout", ":path", ":method", "host"} & set(metadata)
    found = attributes(lambda: post("127.0.0.1", port["http"], {"x-tenant": "acme"}))
    assert "tenant" not in found and lists(found["client"]) == {} and lists(found["grpc"]) == {}


def test_metadata_with_include_metadata(seen):
    port, attributes = seen(True)
    found = attributes(lambda: export("127.0.0.1", port["grpc"], METADATA))
    assert found["tenant"].string_value == "acme"
    assert lists(found["client"]) == {**lists(found["grpc"]), "host": [f"127.0.0.1:{port['grpc']}"]} and lists(found["grpc"])["x-two"] == ["1", "2"]
    assert not {"te", "grpc-timeout"} & set(lists(found["client"]))
    found = attributes(lambda: post("127.0.0.1", port["http"], {"X-Tenant": "acme", "key-bin": "AP8"}))
    assert found["tenant"].string_value == "acme" and lists(found["grpc"]) == {}
    client = lists(found["client"])
    assert client["x-tenant"] == ["acme"] and client["key-bin"] == ["AP8"] and client["host"] == [f"127.0.0.1:{port['http']}"]


def test_binary_metadata_is_decoded(daemons, backends):
    """Padded or not, and lists of it; what is no base64 stays as it is."""
    backend = backends()
    rules = ['set(span.attributes["hex"], Hex(otelcol.grpc.metadata["key-bin"][0]))',
             'set(span.attributes["n"], Len(otelcol.grpc.metadata["key-bin"]))']
    daemon = daemons(configuration(backend, processors={"transform": {"trace_statements": rules}}))
    with daemon.channel() as channel:
        for value, count in ((b"\0\xff", 1), (b"abc", 1), (b"", 1)):
            backend.forget()
            channel.unary_unary(EXPORT)(spans_of(1).SerializeToString(), timeout=PATIENCE, metadata=[("key-bin", value)])
            found = {a.key: a.value for a in backend.wait_for_spans(1)[0].attributes}
            assert (found["hex"].string_value, found["n"].int_value) == (value.hex(), count)


LONG = {f"x-{i}": str(i) * 50 for i in range(500)} | {"cookie": "c" * 100000}


def test_long_and_many_headers_pass_and_are_kept_whole(seen):
    port, attributes = seen(True)
    assert {k: [v] for k, v in LONG.items()}.items() <= lists(attributes(lambda: post("127.0.0.1", port["http"], LONG))["client"]).items()
    long = {k: v[:60000] for k, v in LONG.items()}
    with Peer(port["grpc"]) as peer:
        def call():
            peer.long_call(1, body=spans_of(1).SerializeToString(), **long)
            assert peer.answer(1)["grpc-status"] == "0"
        assert {k: [v] for k, v in long.items()}.items() <= lists(attributes(call)["grpc"]).items()
    for size, answer in ((1 << 20, 431), ((1 << 20) - 1000, 200), (1 << 21, 431)):
        with socket.create_connection(("127.0.0.1", port["http"]), PATIENCE) as sock:
            try:
                sock.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n"
                             b"Content-Length: 0\r\nX: " + b"x" * size + b"\r\n\r\n")
            except ConnectionError:
                pass  # the answer is there
            assert sock.recv(100).split()[1] == b"%d" % answer
    post("127.0.0.1", port["http"])
