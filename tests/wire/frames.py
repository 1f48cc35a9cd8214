"""HTTP/2 by hand: frames to send that no library would, and those that come back.

SPDX-License-Identifier: Apache-2.0
"""
import socket
import struct
import time

import hpack

from programs import PATIENCE

DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NO_ERROR, PROTOCOL_ERROR, CANCEL, ENHANCE_YOUR_CALM = 0, 1, 8, 11
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def message(body, flag=0):
    return bytes([flag]) + struct.pack(">I", len(body)) + body


class Peer:
    """A client's end of a connection; what came in is a list of (kind, flags, stream, payload)."""

    def __init__(self, port, settings=b"", greet=True):
        """`port`, or a socket that is connected to it already."""
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE) if isinstance(port, int) else port
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.buffer, self.frames, self.closed = b"", [], False
        self.fields = {}  # of each stream, headers and trailers together
        if greet:
            self.send(PREFACE + frame(SETTINGS, 0, 0, settings))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def send(self, data):
        """Sends; a peer that has closed is no error, one that reads nothing is."""
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.sendall(data)
            return True
        except TimeoutError:
            raise
        except OSError:
            return False

    def head(self, stream, flags=END_HEADERS, path=EXPORT, method="POST", authority="a", **extra):
        fields = [(k, v) for k, v in ((":method", method), (":scheme", "http"), (":path", path), (":authority", authority))
                  if v is not None]
        extra = {"content_type": "application/grpc", "te": "trailers", **extra}
        fields += [(k.replace("_", "-"), v) for k, v in extra.items() if v is not None]
        return frame(HEADERS, flags, stream, self.encoder.encode(fields))

    def long_call(self, stream, body=b"", **extra):
        """A whole request whose headers may need several frames."""
        block = self.head(stream, **extra)[9:]
        self.send(frame(HEADERS, 0, stream, block[:16384]))
        for at in range(16384, len(block), 16384):
            self.send(frame(CONTINUATION, 0, stream, block[at:at + 16384]))
        self.send(frame(CONTINUATION, END_HEADERS, stream) + frame(DATA, END_STREAM, stream, message(body)))

    def call(self, stream, body=b"", **extra):
        """A whole request."""
        self.send(self.head(stream, **extra) + frame(DATA, END_STREAM, stream, message(body)))

    def read(self, until=None):
        """Reads frames until `until` holds for one of them, which is returned, or to the end."""
        for _ in range(PATIENCE):
            found = self.listen(until, 1)
            if found or self.closed:
                return found
        raise AssertionError(f"nothing of the kind came: {self.frames}")

    def round_trip(self):
        """A PING and its answer, twice: the server has read all that was sent before, and what it said to it is in frames.

        Twice, because the answer to a PING may overtake what else is to be sent.
        """
        for n in range(2):
            payload = struct.pack(">II", n, len(self.frames))
            self.send(frame(PING, 0, 0, payload))
            self.read(lambda kind, flags, _, data, want=payload: kind == PING and flags & ACK and data == want)

    def listen(self, until, seconds):
        """Reads frames until `until` holds for one of them, which is returned, the end, or the time is up."""
        deadline = time.monotonic() + seconds
        while not self.closed and time.monotonic() < deadline:
            while len(self.buffer) >= 9:
                size = int.from_bytes(self.buffer[:3], "big")
                if len(self.buffer) < 9 + size:
                    break
                kind, flags = self.buffer[3:5]
                stream = int.from_bytes(self.buffer[5:9], "big")
                found = (kind, flags, stream, self.buffer[9:9 + size])
                self.buffer = self.buffer[9 + size:]
                self.frames.append(found)
                if kind == SETTINGS and not flags & ACK:
                    self.send(frame(SETTINGS, ACK, 0))
                if kind == HEADERS:
                    self.fields.setdefault(stream, {}).update(self.decoder.decode(found[3]))
                if until and until(*found):
                    return found
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                break
            except OSError:
                data = b""
            self.closed = not data
            self.buffer += data
        return None

    def goaway(self):
        """(code, debug data) of the first GOAWAY, or None; reads on to the end of the connection."""
        self.read()
        for kind, _, _, payload in self.frames:
            if kind == GOAWAY:
                return int.from_bytes(payload[4:8], "big"), payload[8:]
        return None

    def kinds(self, stream):
        return [kind for kind, _, s, _ in self.frames if s == stream]

    def answer(self, stream):
        """The fields of a stream, headers and trailers together, when it has ended."""
        def ends(kind, flags, s, _=None):
            return s == stream and (kind == RST or (kind in (DATA, HEADERS) and flags & END_STREAM))
        if not any(ends(*f) for f in self.frames):
            self.read(ends)
        return self.fields.get(stream, {})
