"""Requests over HTTP/2, many of them malformed, to the real Collector and to tamis: who takes which. docs/protocol.md, GS-14.

SPDX-License-Identifier: Apache-2.0
"""
import json
import socket
import ssl

import pytest

import programs
from certificates import Authority
from frames import DATA, END_HEADERS, END_STREAM, EXPORT, GOAWAY, HEADERS, RST, Peer, frame, message
from programs import PATIENCE
from test_example import one_span

BODY = one_span().SerializeToString()
GRPC = {":method": "POST", ":scheme": "http", ":path": EXPORT, ":authority": "a", "content-type": "application/grpc",
        "te": "trailers"}
HTTP = {":method": "POST", ":scheme": "https", ":path": "/v1/traces", ":authority": "a", "content-type": "application/x-protobuf"}
BODIES = {"grpc": message(BODY), "http": BODY}
ANY = ("extension/ns/otel", "outbound|4317||otel.svc", "", "a b", " a", "[::1]:1", "[::1", "\u00e9", "a\tb", "%zz", "a?b", "a#b",
       "a\"b", "a\\b", "a<b>", "{a}", "`", "^", "*", "a:b:c", "http://a/", "a@b", "a\x01b", "a\nb", "a\0", "a\x7f")
PSEUDO = [":method", ":scheme", ":path", ":authority"]

# Fields instead of those of the same name, or more of them where the name begins with "+"; None: none. Else of trailers.
CHANGES = [
    *({":authority": a} for a in ANY), *({":authority": None, "host": a} for a in ANY),
    *({name: None} for name in PSEUDO), *({"+" + name: "a"} for name in (*PSEUDO, ":status", ":x", ":", "")),
    *({":scheme": s} for s in ("", "a", "HTTP", "1", "h t", "+", "ht_tp", "\x01")),
    *({":method": m} for m in ("", "GET", "post", "PO ST", "P\x01", "CONNECT")),
    *({":path": p} for p in ("", "*", "/x y", "/\x01", "v1/traces", EXPORT[1:])),
    *({n: "1"} for n in ("X-Up", "a b", "a:b", "a(b", "\u00e9", "a\0", "a\n", "a\x7f", "a/b", "a\"", "a,b", "a_b", "!#$%&'*+-.^_`|~")),
    *({"x": v} for v in ("a\nb", "a\rb", "a\0b", "\x01", "\x7f", "a\tb", "\t", "\u00e9", "\x80", "\xff", " a", "a ", "", 5000 * "a")),
    *({"te": v} for v in ("gzip", "", "Trailers", "trailers, gzip", " trailers")), {"te": "trailers", "+te": "trailers"},
    {"host": "a"}, {"host": "b"}, {"host": "a", "+host": "a"}, {"cookie": "a", "+cookie": "b"}, {"expect": "100-continue"},
    *({n: "x"} for n in ("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade")),
    *({"content-length": v} for v in ("#", "0#", "#0", "1", "0", "x", "", "-1", "+#", " #", "#,#", 23 * "9", "0x10")),
    {"content-length": "#", "+content-length": "#"},
]
TRAILERS = [{"x": "1"}, {}, {"X": "1"}, {":path": "/x"}, {"connection": "close"}, {"content-length": "1"}, {"x": "\n"}]

# Whether the Collector takes it, in those cases where tamis does the opposite, on purpose.
RFC_9113 = "8.2.2, 8.3.1 and 8.1.1 forbid it"
LAX = "nothing hangs on it"
OTHERWISE = {
    "grpc": {
        True: {RFC_9113: [{":scheme": None}, *({":scheme": s} for s in ("", "1", "h t", "+", "ht_tp")),
                          *({"te": v} for v in ("gzip", "", "trailers, gzip")),
                          *({n: "x"} for n in ("keep-alive", "proxy-connection", "transfer-encoding", "upgrade")),
                          *({"content-length": v} for v in ("#0", "1", "0", "x", "", "-1", "+#", "#,#", 23 * "9", "0x10")),
                          {"content-length": "#", "+content-length": "#"}]},
        False: {"trailers end the connection": [("trailers", {"x": "1"}), ("trailers", {})]}},
    "http": {
        True: {RFC_9113: [{"te": ""}, {"host": "a", "+host": "a"}, {"content-length": "#", "+content-length": "#"},
                          ("trailers", {"connection": "close"}), ("trailers", {"content-length": "1"})],
               "gRPC's servers ask for it": [{":authority": None}]},
        False: {LAX: [{":authority": "a@b"}, {":authority": None, "host": "a@b"}, {":scheme": "a"}, {":scheme": "HTTP"},
                      {"te": "Trailers"}, {"te": " trailers"}, {"te": "trailers", "+te": "trailers"}, {"content-length": " #"}]}},
}


def fields_of(kind, changes):
    size = str(len(BODIES[kind]))
    fields = {**(GRPC if kind == "grpc" else HTTP), **{k: v for k, v in changes.items() if not k.startswith("+")}}
    more = [(k[1:], v) for k, v in changes.items() if k.startswith("+")]
    pairs = [(k, v) for k, v in fields.items() if v is not None] + more
    return [(k, v.replace("#", size) if k == "content-length" else v)
            for k, v in sorted(pairs, key=lambda pair: not pair[0].startswith(":"))]


def takes(dial, kind, case):
    """Whether the request is answered as one that was taken."""
    trailers = case[1] if isinstance(case, tuple) else None
    with Peer(dial()) as peer:
        encode, last = peer.encoder.encode, END_STREAM if trailers is None else 0
        sent = frame(HEADERS, END_HEADERS, 1, encode(fields_of(kind, {} if trailers is not None else case)))
        sent += frame(DATA, last, 1, BODIES[kind])
        if trailers is not None:
            sent += frame(HEADERS, END_HEADERS | END_STREAM, 1, encode(list(trailers.items())))
        peer.send(sent)
        peer.read(lambda what, flags, stream, _: what == GOAWAY or
                  stream == 1 and (what == RST or what in (DATA, HEADERS) and flags & END_STREAM))
        answer = peer.fields.get(1, {})
    return answer.get(":status") == "200" and answer.get("grpc-status", "0") == "0"


@pytest.fixture(scope="module")
def dials(tmp_path_factory):
    """What connects to the ports: dials[program][kind]. That of HTTP speaks TLS: the Collector's has HTTP/2 only there."""
    folder = tmp_path_factory.mktemp("heads")
    authority = Authority(folder)
    context = ssl.create_default_context(cafile=str(authority.cert))
    context.set_alpn_protocols(["h2"])
    settings = {"receivers": {"otlp": {"protocols": {"grpc": {}, "http": {"tls": authority.server().settings()}}}},
                "processors": {"filter": {"traces": {"span": ["true"]}}},
                "exporters": {"otlp": {"endpoint": "127.0.0.1:1", "tls": {"insecure": True}}},
                "service": {"pipelines": {"traces": {"receivers": ["otlp"], "processors": ["filter"], "exporters": ["otlp"]}}}}
    (folder / "all.yaml").write_text(json.dumps(settings))
    running = [programs.Receiver(binary, folder / "all.yaml", folder / f"{binary.name}.log")
               for binary in (programs.collector(), programs.subject())]

    def secure(port):
        return context.wrap_socket(socket.create_connection(("127.0.0.1", port), PATIENCE), server_hostname="localhost")

    yield [{"grpc": lambda port=one.grpc: socket.create_connection(("127.0.0.1", port), PATIENCE),
            "http": lambda port=one.http: secure(port)} for one in running]
    for one in running:
        one.kill()


@pytest.mark.parametrize("kind", ["grpc", "http"])
def test_GS_14_the_heads_that_the_collector_takes_are_taken(dials, kind):
    collector, tamis = dials
    expected = {repr(case): theirs for theirs, reasons in OTHERWISE[kind].items() for cases in reasons.values() for case in cases}
    found, taken, cases = {}, 0, [*CHANGES, *(("trailers", t) for t in TRAILERS)]
    for case in cases:
        theirs = takes(collector[kind], kind, case)
        taken += theirs
        if takes(tamis[kind], kind, case) != theirs:
            found[repr(case)] = theirs
    assert found == expected and 40 < taken < len(cases) - 40
