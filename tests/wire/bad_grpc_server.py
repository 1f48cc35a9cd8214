"""A gRPC server on hyper-h2 that misbehaves in one chosen way, for tests of the client.

    bad_grpc_server.py BEHAVIOUR        prints its port; serves until its stdin ends; then prints what it saw, when
                                        those who connected have left

The first six behaviours are those of gRPC's negative HTTP/2 interoperability tests.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import contextlib
import gzip
import json
import os
import socket
import struct
import sys
import threading
import time

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings

PATIENCE = 300
HEADERS = [(":status", "200"), ("content-type", "application/grpc")]
OK = [("grpc-status", "0")]


def frame(message, flag=0):
    """A gRPC message with its head."""
    return struct.pack(">BI", flag, len(message)) + message


def retry_info(code, seconds, nanos=0):
    """google.rpc.Status with a RetryInfo, written by hand."""
    def part(number, body):
        return bytes([number << 3 | 2, len(body)]) + body
    duration = (b"\x08" + bytes([seconds]) if seconds else b"")
    if nanos:
        digits = []
        while nanos > 127:
            digits.append(nanos & 127 | 128)
            nanos >>= 7
        duration += b"\x10" + bytes(digits + [nanos])
    any_ = part(1, b"type.googleapis.com/google.rpc.RetryInfo") + part(2, part(1, duration))
    return b"\x08" + bytes([code]) + part(2, b"slow") + part(3, any_)


class Connection:
    """One client; `server` chooses what to do at each event."""

    def __init__(self, server, sock, number):
        self.server, self.sock, self.number = server, sock, number
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.bodies, self.headers, self.calls, self.open, self.most_open = {}, {}, 0, 0, 0

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.sock.sendall(data)

    def answer(self, stream, message=b"", trailers=OK, headers=HEADERS, flag=0):
        """A whole answer, sent as the flow-control windows allow."""
        self.h2.send_headers(stream, headers)
        data = frame(message, flag)
        while data:
            size = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(data))
            if size == 0:
                self.flush()
                self.pump(once=True)
                continue
            self.h2.send_data(stream, data[:size])
            data = data[size:]
        self.h2.send_headers(stream, trailers, end_stream=True)

    def status(self, stream, *fields):
        """A trailers-only answer."""
        self.h2.send_headers(stream, HEADERS + list(fields), end_stream=True)

    def reset(self, stream, code):
        self.h2.reset_stream(stream, code)

    def pump(self, once=False):
        """Reads and dispatches until the client leaves."""
        while True:
            data = self.sock.recv(65536)
            if not data and once:
                raise ConnectionError
            if not data:
                return
            for event in self.h2.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self.headers[event.stream_id] = dict(event.headers)
                    self.bodies[event.stream_id] = 0
                    self.open += 1
                    self.most_open = max(self.most_open, self.open)
                    self.server.seen["requests"] += 1
                    self.server.on_headers(self, event.stream_id)
                elif isinstance(event, h2.events.DataReceived):
                    self.bodies[event.stream_id] += len(event.data)
                    if self.server.reads_on:
                        self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    self.server.on_data(self, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    self.open -= 1
                    self.server.on_end(self, event.stream_id)
                elif isinstance(event, h2.events.PingReceived):
                    self.server.seen["pings"] += 1
                    self.server.on_ping(self)
                elif isinstance(event, h2.events.PingAckReceived):
                    self.server.seen["ping_acks"] += 1
                elif isinstance(event, h2.events.StreamReset):
                    self.open -= 1
                    self.server.seen["resets"] += 1
                elif isinstance(event, h2.events.ConnectionTerminated):
                    self.server.seen["goaways"] += 1
            self.flush()
            if once:
                return

    def run(self):
        try:
            self.server.on_connection(self)
            self.flush()
            self.pump()
        except (OSError, h2.exceptions.ProtocolError) as error:
            self.server.seen["errors"].append(type(error).__name__)
        finally:
            self.server.seen["most_open"] = max(self.server.seen["most_open"], self.most_open)
            self.sock.close()


class Server:
    """Answers well; behaviours override."""

    reads_on = True

    def __init__(self, port=0):
        self.seen = {"connections": 0, "requests": 0, "resets": 0, "goaways": 0, "ping_acks": 0, "pings": 0, "most_open": 0,
                     "errors": [], "headers": {}, "bytes": []}
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.threads, self.over = [], threading.Event()

    def serve(self):
        while True:
            sock, _ = self.listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.seen["connections"] += 1
            connection = Connection(self, sock, self.seen["connections"])
            thread = threading.Thread(target=connection.run, daemon=True)
            self.threads.append(thread)
            thread.start()

    def wait_for_the_end(self):
        """Returns when every client has left and all that it sent was read."""
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE)

    def greet(self, c, settings):
        """The first SETTINGS."""
        c.h2.local_settings = h2.settings.Settings(client=False, initial_values=settings)
        c.h2.initiate_connection()

    def on_connection(self, c):
        c.h2.initiate_connection()

    def on_headers(self, c, stream):
        pass

    def on_data(self, c, stream):
        pass

    def on_ping(self, c):
        pass

    def on_end(self, c, stream):
        c.calls += 1
        self.seen["headers"] = c.headers[stream]
        self.seen["bytes"].append(c.bodies[stream])
        self.reply(c, stream)

    def reply(self, c, stream):
        c.answer(stream)


class Ok(Server):
    """No fault at all."""


class Goaway(Server):
    """A GOAWAY after the answer; the next call needs a new connection."""

    def reply(self, c, stream):
        c.answer(stream)
        c.flush()
        c.h2.close_connection(last_stream_id=stream)


class RstAfterHeader(Server):
    def reply(self, c, stream):
        c.h2.send_headers(stream, HEADERS)
        c.reset(stream, 0)


class RstDuringData(Server):
    def reply(self, c, stream):
        c.h2.send_headers(stream, HEADERS)
        c.h2.send_data(stream, frame(b"x" * 100)[:50])
        c.reset(stream, 0)


class RstAfterData(Server):
    def reply(self, c, stream):
        c.h2.send_headers(stream, HEADERS)
        c.h2.send_data(stream, frame(b"x" * 100))
        c.reset(stream, 0)


class Ping(Server):
    """PINGs round every answer."""

    def on_headers(self, c, stream):
        c.h2.ping(b"12345678")

    def reply(self, c, stream):
        c.h2.ping(b"abcdefgh")
        c.answer(stream)
        c.h2.ping(b"87654321")


class MaxStreams(Server):
    """One stream at a time."""

    def on_connection(self, c):
        self.greet(c, {h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 1})

    def reply(self, c, stream):
        time.sleep(0.01)
        c.answer(stream)


class GoawayBefore(Server):
    """The first connection says that it has processed nothing."""

    def on_headers(self, c, stream):
        if c.number == 1:
            c.flush()
            c.h2.close_connection(last_stream_id=0)

    def reply(self, c, stream):
        if c.number > 1:
            c.answer(stream)


class GoawayDuring(Server):
    """A graceful shutdown: the call under way is finished after the GOAWAY."""

    def reply(self, c, stream):
        c.flush()
        c.sock.sendall(struct.pack(">I", 8)[1:] + b"\x07\x00\x00\x00\x00\x00\x7f\xff\xff\xff\x00\x00\x00\x00")
        time.sleep(0.1)
        c.sock.sendall(struct.pack(">I", 8)[1:] + b"\x07\x00\x00\x00\x00\x00" + struct.pack(">II", stream, 0))
        c.answer(stream)


class RefuseOnce(Server):
    """Every connection's first stream is refused."""

    def on_end(self, c, stream):
        if stream == 1:
            c.reset(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
        else:
            c.answer(stream)


class RefuseAll(Server):
    def reply(self, c, stream):
        c.reset(stream, h2.errors.ErrorCodes.REFUSED_STREAM)


class Calm(Server):
    def reply(self, c, stream):
        c.reset(stream, h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)


class Cancel(Server):
    def reply(self, c, stream):
        c.reset(stream, h2.errors.ErrorCodes.CANCEL)


class RetryLater(Server):
    """RESOURCE_EXHAUSTED with a RetryInfo in padded and unpadded base64, in turn."""

    def reply(self, c, stream):
        details = base64.b64encode(retry_info(8, 3, 250000000)).decode()
        c.status(stream, ("grpc-status", "8"), ("grpc-message", "50%25 full%2C %C3%A9t%C3"),
                 ("grpc-status-details-bin", details if c.calls % 2 else details.rstrip("=")))


class Exhausted(Server):
    def reply(self, c, stream):
        c.status(stream, ("grpc-status", "8"), ("grpc-message", "too large"))


class Invalid(Server):
    def reply(self, c, stream):
        c.status(stream, ("grpc-status", "3"), ("grpc-message", "bad%zz data"))


class Strange(Server):
    def reply(self, c, stream):
        c.status(stream, ("grpc-status", "x7"))


class Http(Server):
    """A proxy's answer; the status is the behaviour's number: http503."""

    http_status = "503"

    def reply(self, c, stream):
        c.h2.send_headers(stream, [(":status", self.http_status), ("content-type", "text/plain")])
        c.h2.send_data(stream, b"no such service here", end_stream=True)


class NoStatus(Server):
    def reply(self, c, stream):
        c.h2.send_headers(stream, HEADERS)
        c.h2.send_data(stream, frame(b""), end_stream=True)


class NoMessage(Server):
    def reply(self, c, stream):
        c.h2.send_headers(stream, HEADERS)
        c.h2.send_headers(stream, OK, end_stream=True)


class TwoMessages(Server):
    def reply(self, c, stream):
        c.h2.send_headers(stream, HEADERS)
        c.h2.send_data(stream, frame(b"a") + frame(b"b"))
        c.h2.send_headers(stream, OK, end_stream=True)


class Partial(Server):
    """A message of which each byte has a frame of its own."""

    def reply(self, c, stream):
        c.h2.send_headers(stream, HEADERS)
        for byte in frame(b"partial success"):
            c.h2.send_data(stream, bytes([byte]))
        c.h2.send_headers(stream, OK, end_stream=True)


class Large(Server):
    def reply(self, c, stream):
        c.answer(stream, b"x" * ((4 << 20) + 1))


class JustFits(Server):
    def reply(self, c, stream):
        c.answer(stream, b"x" * (4 << 20))


class Gzip(Server):
    def reply(self, c, stream):
        c.answer(stream, gzip.compress(b"x" * 1000), headers=HEADERS + [("grpc-encoding", "gzip")], flag=1)


class Bomb(Server):
    def reply(self, c, stream):
        c.answer(stream, gzip.compress(b"x" * (64 << 20)), headers=HEADERS + [("grpc-encoding", "gzip")], flag=1)


class Early(Server):
    """Answers as soon as the first bytes are there, and reads no more of them."""

    reads_on = False

    def on_data(self, c, stream):
        if c.bodies[stream] and stream not in c.server.seen["headers"]:
            c.server.seen["headers"][stream] = True
            c.status(stream, ("grpc-status", "8"), ("grpc-message", "too large"))

    def on_end(self, c, stream):
        pass


class ManyHeaders(Server):
    def reply(self, c, stream):
        c.status(stream, *[(f"x-{i}", "y") for i in range(400)], ("grpc-status", "0"))


class Die(Server):
    """The connection ends in the middle of every call."""

    def reply(self, c, stream):
        c.h2.send_headers(stream, HEADERS)
        c.flush()
        c.sock.shutdown(socket.SHUT_RDWR)


class DieEarly(Server):
    """The first connection ends before it has read the whole request."""

    def on_data(self, c, stream):
        if c.number == 1:
            c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise OSError


class Mute(Server):
    """Takes calls and never answers."""

    def reply(self, c, stream):
        pass


class ThirdPing(Server):
    """Answers a call when three PINGs have come."""

    def reply(self, c, stream):
        pass

    def on_ping(self, c):
        if self.seen["pings"] == 3:
            for stream in c.headers:
                c.answer(stream)


class DiesThird(Server):
    """Answers two calls; the third is the end of the process."""

    def reply(self, c, stream):
        if self.seen["requests"] == 3:
            os._exit(1)
        c.answer(stream)


class BlackHole(Server):
    """Accepts and says nothing."""

    def on_connection(self, c):
        while c.sock.recv(65536):
            pass


class Deaf(Server):
    """Says SETTINGS and never reads again: the request does not fit the socket."""

    def on_connection(self, c):
        self.greet(c, {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 30})
        c.h2.increment_flow_control_window(1 << 30)
        c.flush()
        self.over.wait()


class Web(Server):
    """Speaks HTTP/1.1."""

    def on_connection(self, c):
        c.sock.recv(65536)
        c.sock.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        c.sock.shutdown(socket.SHUT_WR)


class Slow(Server):
    """Answers after a while."""

    def reply(self, c, stream):
        time.sleep(0.3)
        c.answer(stream)


class Shrink(Server):
    """Lets no call begin any more after the first answer, for a while."""

    def reply(self, c, stream):
        if c.calls == 1:
            c.h2.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 0})
            c.answer(stream)
            c.flush()
            c.sock.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                c.pump()
            c.sock.settimeout(None)
            self.seen["shrunk"] = self.seen["requests"]
            c.h2.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 100})
        else:
            c.answer(stream)


def behaviours():
    """All of them by name: RstAfterHeader is rst_after_header."""
    names = {}
    for kind in Server.__subclasses__():
        name = "".join("_" + ch.lower() if ch.isupper() else ch for ch in kind.__name__)[1:]
        names[name] = kind
    return names


def main():
    name, port = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    if name.startswith("http"):
        server = Http(port)
        server.http_status = name[4:]
    else:
        server = behaviours()[name](port)
    print(server.port, flush=True)
    threading.Thread(target=server.serve, daemon=True).start()
    sys.stdin.read()
    server.wait_for_the_end()
    print(json.dumps(server.seen), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
