"""Bodies on their way in: whose window is wide, and that they arrive whole however they are cut.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import random

import pytest

from frames import DATA, END_STREAM, PING, RST, SETTINGS, WINDOW_UPDATE, Peer, frame, message
from subject import eventually, ids, spans_of

NARROW = 65535
PADDED = 8


class Sender:
    """The bodies of several streams, sent as far as their windows allow."""

    def __init__(self, peer):
        self.peer, self.seen = peer, 0
        self.link, self.windows = NARROW, {}

    def look(self):
        """Takes what came in since the last look into account."""
        for kind, _, stream, payload in self.peer.frames[self.seen:]:
            if kind == WINDOW_UPDATE and stream == 0:
                self.link += int.from_bytes(payload, "big")
            elif kind == WINDOW_UPDATE:
                self.windows[stream] = self.windows.get(stream, NARROW) + int.from_bytes(payload, "big")
        self.seen = len(self.peer.frames)

    def room(self, stream):
        """Bytes that may be sent now."""
        self.look()
        return min(self.link, self.windows.setdefault(stream, NARROW))

    def spend(self, stream, n):
        self.link -= n
        self.windows[stream] -= n

    def send(self, stream, body, flags=0):
        """All of it, waiting for the windows."""
        while True:
            while not (room := self.room(stream)) and body:
                self.peer.read(lambda kind, *_: kind == WINDOW_UPDATE)
                assert not self.peer.closed, self.peer.frames[-3:]
            part, body = body[:min(room, 16384)], body[min(room, 16384):]
            self.spend(stream, len(part))
            self.peer.send(frame(DATA, flags if not body else 0, stream, part))
            if not body:
                return


def grown(peer, stream):
    return [f for f in peer.frames if f[0] == WINDOW_UPDATE and f[2] == stream]


def begin(peer, streams):
    peer.read(lambda kind, *_: kind == SETTINGS)
    for stream in streams:
        peer.send(peer.head(stream))
    return Sender(peer)


def test_one_large_body_after_the_other_gets_a_wide_window(tamis, arrived):
    bodies = {s: message(spans_of(1, size=200000, first=s).SerializeToString()) for s in (1, 3, 5)}
    with Peer(tamis.grpc) as peer:
        sender = begin(peer, bodies)
        for stream, body in bodies.items():
            sender.send(stream, body[:NARROW])
        peer.round_trip()
        assert grown(peer, 1) and not grown(peer, 3) and not grown(peer, 5)
        sender.send(1, bodies[1][NARROW:], END_STREAM)
        assert peer.answer(1).get("grpc-status") == "0"  # by which PINGs are forgiven
        peer.round_trip()
        assert grown(peer, 3)
        sender.send(3, bodies[3][NARROW:], END_STREAM)
        sender.send(5, bodies[5][NARROW:], END_STREAM)
        assert all(peer.answer(s).get("grpc-status") == "0" for s in bodies)
    assert sorted(ids(arrived.wait_for_spans(3))) == [1, 3, 5]


@pytest.mark.parametrize("end", ["reset", "refusal"])
def test_a_body_that_is_given_up_passes_its_turn_on(tamis, end):
    body = message(spans_of(1, size=200000).SerializeToString())
    with Peer(tamis.grpc) as peer:
        sender = begin(peer, (1, 3))
        for stream in (1, 3):
            sender.send(stream, body[:NARROW])
        peer.round_trip()
        assert grown(peer, 1) and not grown(peer, 3)
        if end == "reset":
            peer.send(frame(RST, 0, 1, (8).to_bytes(4, "big")))
        else:
            sender.send(1, body[NARROW:] + message(b"a second one"))
        peer.round_trip()
        assert grown(peer, 3)


def test_who_does_not_use_its_turn_holds_nobody_up(tamis, arrived):
    bodies = {s: message(spans_of(1, size=200000, first=s).SerializeToString()) for s in (1, 3, 5)}
    with Peer(tamis.grpc) as peer:
        sender = begin(peer, (1, 3))
        for stream in (1, 3):
            sender.send(stream, bodies[stream][:NARROW])
        sender.send(3, bodies[3][NARROW:], END_STREAM)  # waits for a window while 1 stands still
        peer.send(peer.head(5))
        sender.send(5, bodies[5], END_STREAM)
        assert all(peer.answer(s).get("grpc-status") == "0" for s in (3, 5))
        sender.send(1, bodies[1][NARROW:], END_STREAM)
        assert peer.answer(1).get("grpc-status") == "0"
    assert sorted(ids(arrived.wait_for_spans(3))) == [1, 3, 5]


def random_frame(r, stream, body, room):
    """(frame, what it takes of the body, what it takes of the window): any size, some padded."""
    padding = r.choice([None, None, None, 0, 7, 255])
    most = min(room, 16384) - (0 if padding is None else 1 + padding)
    if most <= 0:
        return b"", 0, 0
    n = min(len(body), most, r.choice([16384, 16384, 16384, 16383, 16375, 9, 1, 0, r.randrange(16385)]))
    flags = END_STREAM if n == len(body) else 0
    if padding is None:
        return frame(DATA, flags, stream, body[:n]), n, n
    payload = bytes([padding]) + body[:n] + bytes(padding)
    return frame(DATA, flags | PADDED, stream, payload), n, len(payload)


@pytest.mark.parametrize("seed", range(8))
def test_bodies_arrive_whole_however_they_are_cut(tamis, arrived, seed):
    r = random.Random(seed)
    requests = {2 * i + 1: spans_of(r.randrange(1, 30), size=r.choice([10, 3000, 12000]), first=100 * i)
                for i in range(6)}
    for request in requests.values():  # other bytes everywhere, so that nothing can take another's place
        for span in request.resource_spans[0].scope_spans[0].spans:
            span.attributes[0].value.string_value = "".join(r.choices("abcdefghij", k=len(
                span.attributes[0].value.string_value)))
    want = sorted(s.SerializeToString() for q in requests.values() for s in q.resource_spans[0].scope_spans[0].spans)
    with Peer(tamis.grpc) as peer:
        peer.read(lambda kind, *_: kind == SETTINGS)
        sender, left = Sender(peer), {}
        for stream, request in requests.items():
            packed = r.random() < 0.3
            body = request.SerializeToString()
            left[stream] = message(gzip.compress(body) if packed else body, int(packed))
            peer.send(peer.head(stream, grpc_encoding="gzip" if packed else None))
        out = b""
        while left:
            stream = r.choice(list(left)[:r.choice([1, 1, 1, 6])])
            made, took, spent = random_frame(r, stream, left[stream], sender.room(stream))
            out += made
            sender.spend(stream, spent)
            left[stream] = left[stream][took:]
            if not left[stream]:
                del left[stream]
            if r.random() < 0.03:
                out += frame(PING, 1, 0, bytes(8))  # an answer to nothing: allowed anywhere
            if len(out) > 200000 or not made:
                cut = r.randrange(len(out) + 1) if made else len(out)
                peer.send(out[:cut])
                out = out[cut:]
                peer.listen(None, 0.01 if made else 0.2)
        peer.send(out)
        assert all(peer.answer(s).get("grpc-status") == "0" for s in requests), peer.frames[-5:]
    eventually(lambda: len(arrived.taken) == len(want))
    assert sorted(s.SerializeToString() for s in arrived.taken) == want
