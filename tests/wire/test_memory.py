"""Bytes that come in are bounded for all clients together, and whoever behaves is served meanwhile.

SPDX-License-Identifier: Apache-2.0
"""
import gzip
import os
import selectors
import socket
import struct
import threading

import grpc
import pytest

from frames import DATA, SETTINGS, Peer, frame
from programs import PATIENCE
from subject import configuration, eventually, ids, spans_of

MIB = 1 << 20
LIMIT = 64 * MIB
SANITIZED = "asan" in os.environ.get("TAMIS", "") or "tsan" in os.environ.get("TAMIS", "")
HEAD = (b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n" % (18 * MIB))


@pytest.fixture
def small(daemons, backends):
    """(daemon, backend) that may receive 64 MiB, on two workers."""
    backend = backends()
    return daemons(configuration(backend, service={"receive_memory": LIMIT, "workers": 2})), backend


class Crowd:
    """Connections that each send a head and so many bytes of zeros as fast as they can, and then no more."""

    def __init__(self, port, count, head, size):
        self.zeros, self.size = memoryview(bytes(MIB)), len(head) + size
        self.head, self.selector = head, selectors.DefaultSelector()
        self.sent, self.heard, self.sockets = {}, {}, []
        for _ in range(count):
            sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
            sock.setblocking(False)
            self.sockets.append(sock)
            self.sent[sock], self.heard[sock] = 0, b""
            self.selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def push(self):
        """Each sends what it can for now; what comes back is kept."""
        for key, events in self.selector.select(0.05):
            sock = key.fileobj
            if events & selectors.EVENT_READ:
                self.listen(sock)
            if sock in self.sent and events & selectors.EVENT_WRITE:
                self.speak(sock)

    def listen(self, sock):
        try:
            data = sock.recv(65536)
        except OSError:
            data = b""
        self.heard[sock] += data
        if not data:
            self.selector.unregister(sock)
            del self.sent[sock]

    def speak(self, sock):
        at = self.sent[sock]
        data = self.head[at:] if at < len(self.head) else self.zeros[:self.size - at]
        try:
            self.sent[sock] += sock.send(data)
        except BlockingIOError:
            pass
        except OSError:
            return
        if self.sent[sock] == self.size:
            self.selector.modify(sock, selectors.EVENT_READ)

    def ended(self):
        return len(self.sockets) - len(self.sent)

    def close(self):
        for sock in self.sockets:
            sock.close()


def post_until_taken(daemon, request):
    """As a client does that is told to come again, or whose connection ends because it does not stop sending to hear so."""
    while True:
        try:
            answer = daemon.post(request.SerializeToString())
        except (BrokenPipeError, ConnectionResetError):
            continue
        if answer.status == 200:
            return
        assert answer.status == 503 and answer.headers["Retry-After"] == "1", answer.body


def send_until_taken(daemon, request):
    while True:
        try:
            daemon.send(request)
            return
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE, error


class Bystander(threading.Thread):
    """A good client on both ports, small requests and large, until it is told to stop. All are served, small ones at once."""

    def __init__(self, daemon):
        super().__init__()
        self.daemon_, self.enough, self.rounds, self.error, self.most = daemon, threading.Event(), 0, None, 0

    def run(self):
        try:
            while not self.enough.is_set() or self.rounds < 3:
                self.round()
                self.rounds += 1
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def round(self):
        tamis, body = self.daemon_, spans_of(3, size=1000).SerializeToString()
        answer = tamis.post(body)
        assert answer.status == 200, answer.body
        assert tamis.post(gzip.compress(body), headers={"Content-Encoding": "gzip"}).status == 200
        tamis.send(spans_of(3, size=1000))
        large = spans_of(2, size=MIB)
        post_until_taken(tamis, large)
        send_until_taken(tamis, large)
        self.most = max(self.most, tamis.metric("tamis_receiver_held_bytes"))

    def finish(self):
        self.enough.set()
        self.join()
        if self.error:
            raise self.error


def swears(daemon, before, bystander):
    """The good client was served, the budget held, and the memory with it. Besides the budget there are blocks that are kept
    for the next requests, the queue, and what the allocator does not give back."""
    bystander.finish()
    assert bystander.most <= LIMIT + 2 * 20 * MIB, "decompressed bodies, one a worker, come above it"
    assert daemon.metric("tamis_receiver_held_bytes_limit") == LIMIT
    grown = daemon.rss() - before
    assert SANITIZED or grown < LIMIT * 5 // 2, f"grown by {grown >> 20} MiB"


def test_150_connections_that_send_17_of_18_MiB_and_stop(small):
    daemon, _ = small
    daemon.serves()
    before = daemon.rss()
    crowd, bystander = Crowd(daemon.http, 150, HEAD, 17 * MIB), Bystander(daemon)
    bystander.start()
    try:
        while crowd.ended() < 147:  # three have room and may stay
            crowd.push()
        swears(daemon, before, bystander)
        refused = [h for h in crowd.heard.values() if h]
        assert len(refused) >= 100 and all(h.startswith(b"HTTP/1.1 503 ") and b"Retry-After: 1\r\n" in h for h in refused)
        assert daemon.metric("tamis_receiver_memory_refused_requests") >= 147
    finally:
        crowd.close()
    eventually(lambda: daemon.metric("tamis_receiver_held_bytes") == 0)
    daemon.serves()


def test_streams_that_fill_their_windows_and_stop(small):
    """60 connections of 100 calls, each of which has 4 MB announced and sends all that its window allows."""
    daemon, _ = small
    daemon.serves()
    before, peers, bystander = daemon.rss(), [], Bystander(daemon)
    bystander.start()
    try:
        for _ in range(60):
            peers.append(Peer(daemon.grpc))
            peers[-1].read(lambda kind, flags, *_: kind == SETTINGS and not flags)
            for stream in range(1, 200, 2):
                begun = b"\0" + struct.pack(">I", 4000000) + bytes(10000)
                peers[-1].send(peers[-1].head(stream) + frame(DATA, 0, stream, begun) + 3 * frame(DATA, 0, stream, bytes(16384)))
        eventually(lambda: daemon.metric("tamis_receiver_memory_refused_requests") > 1000)
        swears(daemon, before, bystander)
        for peer in peers[:3]:
            peer.round_trip()
            answers = [fields for fields in peer.fields.values() if "grpc-status" in fields]
            assert all(fields["grpc-status"] == "14" for fields in answers), answers
            assert not peer.closed
    finally:
        for peer in peers:
            peer.socket.close()
    eventually(lambda: daemon.metric("tamis_receiver_held_bytes") == 0)
    daemon.serves()


def test_large_requests_side_by_side_all_come_through(small):
    """40 clients on both ports with 3 MB each, twice what there is room for, which wait or try again as they are told."""
    daemon, backend = small

    def send(i):
        request = spans_of(1, size=3000000, first=i)
        (post_until_taken if i % 2 else send_until_taken)(daemon, request)

    threads = [threading.Thread(target=send, args=(i,)) for i in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(backend.wait_for_spans(40))) == list(range(40))


def test_a_body_above_the_budget_is_refused_and_others_go_on(daemons, backends):
    daemon = daemons(configuration(backends(), service={"receive_memory": 8 * MIB}))
    large = Crowd(daemon.http, 1, HEAD, 18 * MIB)
    while not large.ended():
        large.push()
    answer = large.heard[large.sockets[0]]
    large.close()
    assert answer.startswith(b"HTTP/1.1 503 ") and b"Retry-After: 1\r\n" in answer, answer
    assert b"too many bytes are being received" in answer
    assert daemon.metric("tamis_receiver_memory_refused_requests") == 1
    daemon.send(spans_of(1, size=3 * MIB))
