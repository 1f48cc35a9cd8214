"""The server against clients that no library would write: attacks, edges of gRPC, shutdown.

TAMIS_BUILD names the build whose server is under test (default build/release); SERVER_DRIVER a
driver that is built already.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import struct
import subprocess
import time

import pytest

from frames import (ACK, CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, EXPORT, GOAWAY,
                    HEADERS, NO_ERROR, PING, PREFACE, PRIORITY, PROTOCOL_ERROR, RST, SETTINGS, WINDOW_UPDATE, Peer,
                    frame, message)

from programs import PATIENCE, in_some_try
from subject import eventually

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
BUILD = TOP / os.environ.get("TAMIS_BUILD", "build/release")
LIBRARIES = ["-levent", "-lnghttp2", "-lprotobuf-c", "-lz", "-lzstd", "-lsnappy", "-llz4", "-lisal", "-lm", "-pthread"]


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    if "SERVER_DRIVER" in os.environ:
        return os.environ["SERVER_DRIVER"]
    modules = [BUILD / "modules" / f"{module}.a" for module in ("net", "io", "base")]
    built = tmp_path_factory.mktemp("wire") / "server_driver"
    flags = ["-fsanitize=address,undefined"] if BUILD.name.startswith("asan") else []
    subprocess.run(["cc", "-std=gnu11", "-g", *flags, "-I", TOP / "src", "-o", built, HERE / "server_driver.c",
                    *modules, *LIBRARIES], check=True)
    return built


class Server:
    def __init__(self, program, **environment):
        self.process = subprocess.Popen([program, "127.0.0.1:0", "127.0.0.1:0", "2"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "KEEP_HEADERS": "1", **environment})
        _, grpc, _, http = self.process.stdout.readline().split()
        self.grpc, self.http = int(grpc), int(http)

    def counts(self):
        """The counts of the gRPC port."""
        self.process.stdin.write("c\n")
        self.process.stdin.flush()
        line, _ = self.process.stdout.readline(), self.process.stdout.readline()
        return {k: int(v) for k, v in (pair.split("=") for pair in line.split()[1:])}

    def rss(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def close(self):
        self.process.stdin.close()

    def healthy(self):
        with Peer(self.grpc) as peer:
            peer.call(1)
            return peer.answer(1).get("grpc-status") == "0"


@pytest.fixture
def server(program):
    s = Server(program)
    yield s
    assert s.healthy()
    s.close()
    assert s.process.wait(PATIENCE) == 0


@pytest.fixture
def hurried(program):
    s = Server(program, HURRY="1")
    yield s
    s.close()
    assert s.process.wait(PATIENCE) == 0


@pytest.fixture
def peer(server):
    with Peer(server.grpc) as p:
        yield p


def status(p, stream):
    return int(p.answer(stream)["grpc-status"])


# ---- gRPC ----------------------------------------------------------------------------------------


def test_one_message_is_answered_with_ok(peer):
    peer.call(1, b"hello")
    assert peer.answer(1) == {":status": "200", "content-type": "application/grpc", "grpc-status": "0"}
    assert [payload for kind, _, _, payload in peer.frames if kind == DATA] == [b"\0\0\0\0\0"]


@pytest.mark.parametrize("cut", range(1, 11))
def test_a_message_may_be_split_anywhere(peer, cut):
    whole = message(b"hello")
    peer.send(peer.head(1) + frame(DATA, 0, 1, whole[:cut]) + frame(DATA, END_STREAM, 1, whole[cut:]))
    assert status(peer, 1) == 0


@pytest.mark.parametrize("data, code", [
    (b"", 13),
    (b"\0\0\0", 13),
    (b"\0\0\0\0\5hell", 13),
    (message(b"a") + message(b"b"), 13),
    (message(b"a", flag=2), 13),
    (message(b"a", flag=1), 13),
    (b"\0\xff\xff\xff\xff", 8),
    (b"\0\0\x40\0\1", 8),
])
def test_what_is_not_one_message_is_refused(peer, data, code):
    peer.send(peer.head(1) + frame(DATA, END_STREAM, 1, data))
    assert status(peer, 1) == code


@pytest.mark.parametrize("fields, code", [
    ({"path": "/x/Y"}, 12),
    ({"path": EXPORT.lower()}, 12),
    ({"grpc_encoding": "deflate"}, 12),
    ({"grpc_timeout": "1"}, 13),
    ({"grpc_timeout": "123456789S"}, 13),
    ({"content_type": "application/grpc+json"}, 12),
    ({"content_type": "application/grpc+proto"}, 0),
    ({"te": None}, 0),
    ({"grpc_encoding": "identity"}, 0),
    ({"grpc_timeout": "99999999H"}, 0),
])
def test_headers_decide(peer, fields, code):
    peer.call(1, **fields)
    answer = peer.answer(1)
    assert int(answer["grpc-status"]) == code
    if "grpc_encoding" in fields and code:
        assert answer["grpc-accept-encoding"] == "identity,gzip,zstd,snappy"


@pytest.mark.parametrize("kind", ["application/grpc-web", "application/json", "text/html", None])
def test_other_languages_get_415(peer, kind):
    peer.call(1, content_type=kind)
    assert peer.answer(1)[":status"] == "415"


def test_corrupt_gzip_is_internal(peer):
    peer.send(peer.head(1, grpc_encoding="gzip") + frame(DATA, END_STREAM, 1, message(b"no gzip", flag=1)))
    assert status(peer, 1) == 13


def test_too_many_headers_are_refused_and_the_connection_lives(peer):
    peer.long_call(1, **{f"x{i}": "y" for i in range(1000)})
    assert status(peer, 1) == 8
    peer.long_call(3, **{f"x{i}": "a" * 60000 for i in range(18)})
    assert status(peer, 3) == 8
    peer.long_call(5, **{f"x{i}": "a" * 60000 for i in range(17)})
    assert status(peer, 5) == 0
    peer.long_call(7, **{f"x{i}": "y" for i in range(900)})
    assert status(peer, 7) == 0
    peer.call(9)
    assert status(peer, 9) == 0


def test_an_early_answer_is_followed_by_a_reset_without_error(peer):
    """GS-23, and the connection's window goes on being kept for what still comes."""
    peer.read(lambda kind, flags, *_: kind == SETTINGS and flags & ACK)
    for stream in range(1, 401, 2):  # more than 8 MiB: that is no flood either
        peer.send(peer.head(stream, path="/x/Y"))
        peer.send(b"".join(frame(DATA, 0, stream, bytes(16384)) for _ in range(3)))
        assert status(peer, stream) == 12
        peer.read(lambda kind, *_: kind == RST)
        assert peer.frames[-1] == (RST, 0, stream, struct.pack(">I", NO_ERROR))
    peer.call(401, bytes(100))
    assert status(peer, 401) == 0


def test_a_deadline_ends_in_a_reset(peer):
    peer.call(1, path="/test/Behave", x_behave="never", grpc_timeout="300m")
    assert peer.read(lambda kind, *_: kind == RST) == (RST, 0, 1, struct.pack(">I", CANCEL))


def test_a_reset_request_is_forgotten(server):
    with Peer(server.grpc) as peer:
        peer.call(1, path="/test/Behave", x_behave="never")
        peer.send(frame(RST, 0, 1, struct.pack(">I", CANCEL)))
        eventually(lambda: server.counts()["cancelled"] == 1)
        peer.round_trip()
        assert peer.kinds(1) == []


def test_streams_above_the_limit_are_refused(peer):
    peer.send(b"".join(peer.head(2 * i + 1) for i in range(120)))
    peer.round_trip()
    assert len([1 for kind, _, _, payload in peer.frames if kind == RST and payload[-1] == 7]) == 20


def test_streams_above_a_limit_that_was_agreed_on_end_the_connection(peer):
    peer.read(lambda kind, flags, *_: kind == SETTINGS and flags & ACK)
    peer.send(b"".join(peer.head(2 * i + 1) for i in range(120)))
    assert peer.goaway()[0] == PROTOCOL_ERROR


def test_pings_come_back(peer):
    peer.send(frame(PING, 0, 0, b"12345678"))
    assert peer.read(lambda kind, *_: kind == PING) == (PING, ACK, 0, b"12345678")


# ---- attacks -------------------------------------------------------------------------------------


def flood(peer, pieces):
    """Sends until the server has enough, or all."""
    for n, piece in enumerate(pieces, 1):
        if not peer.send(piece):
            break
        if n % 1000 == 0:
            peer.listen(None, 0.001)
            if peer.closed or any(f[0] == GOAWAY for f in peer.frames):
                break


def test_a01_rapid_reset_ends_the_connection(server):
    with Peer(server.grpc) as peer:
        cancel = struct.pack(">I", CANCEL)
        flood(peer, (peer.head(s) + frame(RST, 0, s, cancel) for s in range(1, 100001, 2)))
        assert peer.goaway()[0] in (ENHANCE_YOUR_CALM, 2)


@pytest.mark.parametrize("provoke", [
    lambda p, s: p.head(s) + frame(WINDOW_UPDATE, 0, s, bytes(4)),
    lambda p, s: p.head(s) + frame(WINDOW_UPDATE, 0, s, b"\x7f\xff\xff\xff") * 2,
    lambda p, s: p.head(s, content_length="3") + frame(DATA, END_STREAM, s, b"1234567"),
    lambda p, s: p.head(s, content_length="9") + frame(DATA, END_STREAM, s, b"1234567"),
    lambda p, s: p.head(s, END_HEADERS | END_STREAM, path="/test/Behave", x_behave="later", x_y="z")
    + frame(DATA, 0, s, b"x"),
    lambda p, s: p.head(s, connection="close"),
], ids=["zero window update", "window overflow", "short length", "long length", "half closed", "bad header"])
def test_a02_made_resets_end_the_connection(server, provoke):
    began = time.monotonic()
    with Peer(server.grpc) as peer:
        flood(peer, (provoke(peer, s) for s in range(1, 4001, 2)))
        assert peer.goaway() is not None
        # 100 at once and 10 a second, and what one read brought; each stream may be reset twice.
        assert sum(kind == RST for kind, *_ in peer.frames) <= 1000 + 20 * (time.monotonic() - began)


def test_a03_endless_continuations_end_the_connection(server):
    with Peer(server.grpc) as peer:
        peer.send(peer.head(1, 0))
        flood(peer, (frame(CONTINUATION, 0, 1, b"\0\1a\1b") for _ in range(100000)))
        peer.goaway()
        assert peer.closed


def test_a04_a_header_bomb_costs_nothing(server):
    assert server.healthy()
    before = server.rss()
    with Peer(server.grpc) as peer:
        block = peer.encoder.encode([(":method", "POST"), (":scheme", "http"), (":path", "/x"), (":authority", "a"),
                                     ("x", "y" * 3900)])
        peer.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, block + b"\xbe" * 400))
        assert peer.answer(1)[":status"] == "415"
        peer.send(frame(HEADERS, END_HEADERS | END_STREAM, 3, b"\x83\x86\x84\x41\x01a" + b"\xbf" * 16000))
        assert peer.goaway()[0] == ENHANCE_YOUR_CALM
    with Peer(server.grpc) as peer:
        block = peer.encoder.encode([(":method", "POST"), ("x", "y" * 3900)])
        peer.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, block + b"\xbe" * 900))
        assert peer.goaway()[0] == ENHANCE_YOUR_CALM
    assert server.rss() - before < 4 << 20  # a head of 1 MiB, in a block that has grown


@pytest.mark.parametrize("piece, code", [
    (frame(SETTINGS, 0, 0), ENHANCE_YOUR_CALM),
    (frame(PING, 0, 0, b"12345678"), ENHANCE_YOUR_CALM),
    (frame(PRIORITY, 0, 1, b"\0\0\0\3\7"), ENHANCE_YOUR_CALM),
    (frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1"), ENHANCE_YOUR_CALM),
    (frame(0x77, 0, 0, bytes(100)), ENHANCE_YOUR_CALM),
], ids=["SETTINGS", "PING", "PRIORITY", "WINDOW_UPDATE", "unknown"])
def test_a05_a06_floods_end_the_connection(server, piece, code):
    with Peer(server.grpc) as peer:
        flood(peer, (piece * 10 for _ in range(100000)))
        found = peer.goaway()
        assert found is None or found[0] == code
        assert peer.closed and server.counts()["floods"] == 1


def test_a06_empty_data_frames_end_the_connection(server):
    with Peer(server.grpc) as peer:
        peer.send(peer.head(1))
        flood(peer, (frame(DATA, 0, 1) * 100 for _ in range(100000)))
        peer.goaway()
        assert peer.closed


def test_a06_pings_that_nobody_reads_do_not_pile_up(server):
    before = server.rss()
    with Peer(server.grpc) as peer:
        flood(peer, (frame(PING, 0, 0, b"12345678") * 100 for _ in range(999)))
        assert server.rss() - before < 4 << 20


def test_a07_who_is_slow_is_shown_out(hurried):
    silent, half, body, stalled = (Peer(hurried.grpc, greet=False), Peer(hurried.grpc), Peer(hurried.grpc),
                                   Peer(hurried.grpc, settings=b"\0\4\0\0\0\0"))
    half.send(half.head(1, 0))
    body.send(body.head(1) + frame(DATA, 0, 1, b"\0\0\0"))
    stalled.call(1)
    assert status(body, 1) == 4
    assert stalled.read(lambda kind, *_: kind == RST) is not None
    for p in (silent, half, body, stalled):
        p.read()
        assert p.closed
        p.socket.close()


def test_a17_there_is_no_upgrade(server):
    with Peer(server.http, greet=False) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                  b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
        assert peer.socket.recv(100).startswith(b"HTTP/1.1 200")


def test_a25_stream_ids_never_go_backwards(peer):
    peer.call(5)
    assert status(peer, 5) == 0
    peer.call(3)
    assert peer.goaway()[0] == PROTOCOL_ERROR


def test_gs32_too_many_pings_is_what_grpc_says(server):
    with Peer(server.grpc) as peer:
        for _ in range(4):
            peer.send(frame(PING, 0, 0, b"12345678"))
        assert peer.goaway() == (ENHANCE_YOUR_CALM, b"too_many_pings")


def test_pings_between_answers_are_no_strikes(peer):
    for stream in range(1, 41, 2):
        peer.send(frame(PING, 0, 0, b"12345678"))
        peer.call(stream)
        assert status(peer, stream) == 0


# ---- the HTTP port, and the end --------------------------------------------------------------------


def test_the_http_port_speaks_http2_too(server):
    with Peer(server.http) as peer:
        peer.send(peer.head(1, path="/v1/traces", content_type="application/json") + frame(DATA, END_STREAM, 1, b"{}"))
        assert peer.answer(1) == {":status": "200", "content-type": "application/json", "content-length": "2"}
        peer.call(3)
        assert status(peer, 3) == 0
        peer.send(peer.head(5, path="/v1/traces", content_type="text/plain"))
        assert peer.answer(5)[":status"] == "415"


@pytest.mark.parametrize("cut", range(1, len(PREFACE)))
def test_the_preface_may_be_split_anywhere(server, cut):
    with Peer(server.http, greet=False) as peer:
        peer.send(PREFACE[:cut])
        time.sleep(0.01)
        peer.send(PREFACE[cut:] + frame(SETTINGS, 0, 0))
        peer.call(1)
        assert status(peer, 1) == 0


def test_gs30_a_new_connection_hears_no_goodbye_before_its_first_request(program):
    """Clients on gRPC's core that read it together with SETTINGS never leave that connection."""
    def attempt():
        server = Server(program)
        with Peer(server.grpc) as new:
            new.read(lambda kind, flags, *_: kind == SETTINGS and not flags & ACK)
            server.close()
            time.sleep(0.4)  # it is told within 0.25 s
            new.call(1)
            assert status(new, 1) == 0
            assert GOAWAY not in [kind for kind, *_ in new.frames]
            ping = new.read(lambda kind, flags, *_: kind == PING and not flags & ACK)
            new.send(frame(PING, ACK, 0, ping[3]))
            new.read()
            farewells = [payload[:8] for kind, _, _, payload in new.frames if kind == GOAWAY]
            assert farewells == [b"\x7f\xff\xff\xff\0\0\0\0", struct.pack(">II", 1, 0)] and new.closed
        assert server.process.wait(PATIENCE) == 0
    in_some_try(attempt)


def test_gs30_shutdown_says_goodbye_twice(program):
    server = Server(program)
    with Peer(server.grpc) as busy, Peer(server.grpc) as idle:
        busy.call(1, path="/test/Behave", x_behave="later")
        idle.call(1)
        assert status(idle, 1) == 0
        server.close()
        ping = busy.read(lambda kind, flags, *_: kind == PING and not flags & ACK)
        busy.call(3)  # between the two it is still welcome
        busy.send(frame(PING, ACK, 0, ping[3]))
        assert status(busy, 1) == 0 and status(busy, 3) == 0
        ping = idle.read(lambda kind, flags, *_: kind == PING and not flags & ACK)
        idle.send(frame(PING, ACK, 0, ping[3]))
        for p, last in ((busy, 3), (idle, 1)):
            p.read()
            farewells = [payload[:8] for kind, _, _, payload in p.frames if kind == GOAWAY]
            assert farewells == [b"\x7f\xff\xff\xff\0\0\0\0", struct.pack(">II", last, 0)]
            assert p.closed
    assert server.process.wait(PATIENCE) == 0
