"""Header fields and DATA over HTTP/2: which make a request, on both ports. docs/protocol.md 2.1 (GS-14).

SPDX-License-Identifier: Apache-2.0
"""
import time

import pytest

from frames import (CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, HEADERS, PROTOCOL_ERROR, RST, Peer, frame,
                    message)
from subject import configuration, eventually, ids, spans_of

PORTS = pytest.mark.parametrize("port", ["grpc", "http"])

ENVOYS = ["extension/tracing/otel-collector", "outbound|4317||otel-collector.observability.svc.cluster.local", "a b", "",
          "\u00e9<>\"\\^`{}"]


def refused(daemon):
    return daemon.metric("tamis_receiver_refused_requests", receiver="otlp", transport="grpc", reason="malformed")


def body_of(number):
    return message(spans_of(1, first=number).SerializeToString())


def served(peer, stream, arrived, number):
    """The connection takes the next request."""
    peer.call(stream, spans_of(1, first=number).SerializeToString())
    assert peer.answer(stream)["grpc-status"] == "0", peer.frames
    eventually(lambda: number in ids(arrived.taken))


@PORTS
@pytest.mark.parametrize("authority", ENVOYS)
def test_GS_14_any_authority_is_taken(tamis, arrived, port, authority):
    with Peer(getattr(tamis, port)) as peer:
        peer.call(1, body_of(1)[5:], authority=authority)
        assert peer.answer(1)["grpc-status"] == "0"
        peer.call(3, body_of(2)[5:], authority=None, host=authority)
        assert peer.answer(3)["grpc-status"] == "0"
    assert sorted(ids(arrived.wait_for_spans(2))) == [1, 2]


@PORTS
def test_GS_14_blanks_at_the_ends_are_no_part_of_a_value(tamis, arrived, port):
    with Peer(getattr(tamis, port)) as peer:
        peer.call(1, body_of(1)[5:], content_type="application/grpc ", te=" trailers", grpc_encoding="\tidentity", x=" ")
        assert peer.answer(1)["grpc-status"] == "0"
    assert ids(arrived.wait_for_spans(1)) == [1]


BAD_FIELDS = [{"x": "a\nb"}, {"x": "a\rb"}, {"x": "a\0b"}, {"x": "\x7f"}, {"authority": "a\x01"}, {"path": "/a b"}, {"a b": "1"},
              {"host": "a\n"}, {"te": "gzip"}, {"upgrade": "h2c"}, {"keep_alive": "1"}, {"proxy_connection": "close"},
              {"transfer_encoding": "chunked"}, {"content_length": "x"}, {":status": "200"}]


@PORTS
@pytest.mark.parametrize("fields", BAD_FIELDS)
def test_GS_14_a_malformed_field_ends_the_request_and_no_other(tamis, arrived, port, fields):
    with Peer(getattr(tamis, port)) as peer:
        before = refused(tamis)
        peer.send(peer.head(1) + frame(DATA, 0, 1, body_of(1)[:3]))
        peer.call(3, body_of(2)[5:], **fields)
        peer.send(frame(DATA, END_STREAM, 1, body_of(1)[3:]))
        assert peer.answer(1)["grpc-status"] == "0"
        assert (RST, 0, 3, PROTOCOL_ERROR.to_bytes(4, "big")) in peer.frames and peer.kinds(3) == [RST]
        assert refused(tamis) == before + 1
        served(peer, 5, arrived, 3)
    assert sorted(ids(arrived.taken)) == [1, 3]


def parts(peer, name):
    """The frames of a request of stream 1 that are wrong together, and what the log says."""
    body = body_of(1)

    def trailers(*fields, flags=END_HEADERS | END_STREAM):
        return frame(HEADERS, flags, 1, peer.encoder.encode(fields))

    length, request = "its body is not as long as its Content-Length says", "its header fields are not those of a request"
    more, fewer = ({"content_length": str(len(body) + d)} for d in (1, -1))
    return {
        "fewer bytes": lambda: (peer.head(1, **more) + frame(DATA, END_STREAM, 1, body), length),
        "more bytes": lambda: (peer.head(1, **fewer) + frame(DATA, END_STREAM, 1, body), length),
        "more bytes, in pieces": lambda: (peer.head(1, **fewer) + b"".join(frame(DATA, 0, 1, body[i:i + 1])
                                                                           for i in range(len(body))), length),
        "no bytes": lambda: (peer.head(1, flags=END_HEADERS | END_STREAM, **more), length),
        "fewer bytes and trailers": lambda: (peer.head(1, **more) + frame(DATA, 0, 1, body) +
                                             trailers(("x", "1")), length),
        "trailers that end nothing": lambda: (peer.head(1) + frame(DATA, 0, 1, body) +
                                              trailers(("x", "1"), flags=END_HEADERS), request),
        "no scheme": lambda: (frame(HEADERS, END_HEADERS, 1, peer.encoder.encode(
            [(":method", "POST"), (":path", "/x"), (":authority", "a")])) + frame(DATA, END_STREAM, 1, body), request),
        "neither authority nor host": lambda: (peer.head(1, authority=None) + frame(DATA, END_STREAM, 1, body), request),
        "a pseudo-header in trailers": lambda: (peer.head(1) + frame(DATA, 0, 1, body) + trailers((":path", "/x")), 'the header field \\":path\\"'),
    }[name]()


@PORTS
@pytest.mark.parametrize("name", ["fewer bytes", "more bytes", "more bytes, in pieces", "no bytes", "fewer bytes and trailers",
                                  "trailers that end nothing", "no scheme", "neither authority nor host",
                                  "a pseudo-header in trailers"])
def test_GS_14_parts_that_make_no_request_together_end_it(daemons, backends, port, name):
    arrived = backends()
    daemon = daemons(configuration(arrived))
    with Peer(getattr(daemon, port)) as peer:
        sent, told = parts(peer, name)
        peer.send(sent)
        peer.round_trip()
        assert peer.kinds(1) == [RST] and (RST, 0, 1, PROTOCOL_ERROR.to_bytes(4, "big")) in peer.frames
        served(peer, 3, arrived, 2)
    line, = (l for l in daemon.output().splitlines() if "a request was refused" in l)
    assert told in line and refused(daemon) == 1
    assert ids(arrived.taken) == [2]


@PORTS
def test_GS_14_trailers_may_follow_a_body(tamis, arrived, port):
    with Peer(getattr(tamis, port)) as peer:
        body = body_of(1)
        peer.send(peer.head(1, content_length=str(len(body))) + frame(DATA, 0, 1, body) +
                  frame(HEADERS, END_HEADERS | END_STREAM, 1, peer.encoder.encode([("grpc-x", "1"), ("y", "")])))
        assert peer.answer(1)["grpc-status"] == "0"
    assert ids(arrived.wait_for_spans(1)) == [1]


def test_GS_14_a_connection_outlives_a_malformed_head_but_not_one_without_end(daemons, backends):
    """read_header_timeout is that of a head that has not ended."""
    daemon = daemons(configuration(backends(), receiver={"protocols": {"http": {"read_header_timeout": "1s"}, "grpc": {}}}))
    with Peer(daemon.http) as peer:
        peer.call(1, x="\n")
        time.sleep(3)
        peer.round_trip()
        peer.call(3)
        assert peer.answer(3)["grpc-status"] == "0"
        block = peer.head(5, x="\n")[9:]
        peer.send(frame(HEADERS, 0, 5, block[:-1]) + frame(CONTINUATION, 0, 5, block[-1:]))
        peer.read()
        assert peer.closed


@PORTS
def test_GS_14_malformed_heads_without_end_are_abuse(tamis, port):
    with Peer(getattr(tamis, port)) as peer:
        for stream in range(1, 1001, 2):
            peer.send(peer.head(stream, flags=END_HEADERS | END_STREAM, x="\n"))
        assert peer.goaway()[0] == ENHANCE_YOUR_CALM  # for its resets, or for streams above the limit


@PORTS
def test_GS_14_fields_behind_a_malformed_one_are_counted(tamis, port):
    with Peer(getattr(tamis, port)) as peer:
        block = peer.encoder.encode([(":method", "\n"), *(("a", "") for _ in range(3000))])
        peer.send(frame(HEADERS, END_HEADERS, 1, block))
        assert peer.goaway() == (ENHANCE_YOUR_CALM, b"too many header fields")
