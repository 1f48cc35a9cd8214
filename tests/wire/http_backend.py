"""An OTLP/HTTP backend that follows a script, over HTTP/1.1 on bare sockets, or HTTP/2 where it offers that over TLS.

An act is a function act(call), as in backend.py, whose Backend this one is but for what it speaks. It is also a proxy
for those who ask it to be one (CONNECT, or a whole URL), and then notes whom it was asked for.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import json
import socket
import threading
import time

import h2.events
from google.protobuf import json_format
from google.rpc import status_pb2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (ExportTraceServiceRequest,
                                                                      ExportTraceServiceResponse)

import backend as b

PROTO, JSON = "application/x-protobuf", "application/json"


def from_json(text):
    """The request that OTLP/JSON stands for: ids are in hex, where proto3's JSON has base64."""
    def to_base64(tree):
        for name, item in (tree.items() if isinstance(tree, dict) else enumerate(tree)):
            if name in ("traceId", "spanId", "parentSpanId"):
                tree[name] = base64.b64encode(bytes.fromhex(item)).decode()
            elif isinstance(item, (dict, list)):
                to_base64(item)

    tree = json.loads(text)
    to_base64(tree)
    return json_format.ParseDict(tree, ExportTraceServiceRequest())


class HttpCall:
    """One request that has come in whole."""

    def __init__(self, link, stream, method, path, headers, body):
        self.link, self.stream, self.method, self.path = link, stream, method, path
        self.headers, self.packed, self.at = headers, body, time.monotonic()
        self.message = b.PLAIN[headers.get("content-encoding")](body)

    def spans(self):
        """The spans in it."""
        request = from_json(self.message) if self.headers["content-type"] == JSON else \
            ExportTraceServiceRequest.FromString(self.message)
        return [s for rs in request.resource_spans for ss in rs.scope_spans for s in ss.spans]

    def answer(self, status=200, body=b"", kind=PROTO, headers=()):
        """An answer with its length."""
        fields = [("content-type", kind), ("content-length", str(len(body))), *headers]
        if self.stream is not None:
            self.link.headers(self.stream, [(":status", str(status)), *fields], end=not body)
            if body:
                self.link.data(self.stream, body, end=True)
            return
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        self.raw(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body)

    def raw(self, data):
        """Bytes as they are, for HTTP/1.1."""
        try:
            self.link.sock.sendall(data)
        except OSError as error:
            self.link.backend.errors.append(error)


class HttpLink(b.Link):
    """One connection."""

    def run(self):
        """Reads requests until the client leaves."""
        if self.backend.tls and not self.shake():
            return
        if self.backend.tls and self.sock.selected_alpn_protocol() == "h2":
            self.speak()
            self.sock.close()
            return
        try:
            self.file = self.sock.makefile("rb")
            while self.read_request():
                pass
        except (OSError, ValueError, AssertionError) as error:
            self.backend.errors.append(error)
        self.give_back()

    def close(self):
        """The connection ends. Its own thread gives the descriptor back, which TLS might still write to else."""
        try:
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
        except OSError:
            pass

    def give_back(self):
        """The descriptor, too."""
        self.file.close()
        self.sock.close()

    def read_request(self):
        """One request of HTTP/1.1; false at the end."""
        line = self.file.readline().decode().split()
        if not line:
            return False
        method, target, version = line
        assert version == "HTTP/1.1", line
        headers = {}
        while (field := self.file.readline().decode().rstrip("\r\n")):
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()
        if method == "CONNECT":
            self.backend.asked_for.append((target, headers))
            return self.tunnel(target)
        if not target.startswith("/"):
            self.backend.asked_for.append((target, headers))
        self.sock.sendall(self.backend.early)
        body = self.file.read(int(headers.get("content-length", 0)))
        if self.backend.early:
            return False
        self.backend.took(HttpCall(self, None, method, target, headers, body), list(headers.items()))
        return True

    def tunnel(self, target):
        """Both ways until one end is there."""
        host, _, port = target.rpartition(":")
        there = socket.create_connection((host.strip("[]"), int(port)))
        self.sock.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")

        def pump(source, sink):
            try:
                while data := source.recv(1 << 16):
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        back = threading.Thread(target=pump, args=(there, self.sock), daemon=True)
        back.start()
        pump(self.sock, there)
        back.join()
        there.close()
        return False

    def take(self, event):
        """One event of HTTP/2."""
        if not isinstance(event, h2.events.StreamEnded):
            super().take(event)
            return
        fields = self.heads.pop(event.stream_id)
        headers = dict(fields)
        self.backend.took(HttpCall(self, event.stream_id, headers[":method"], headers[":path"], headers,
                                   bytes(self.bodies.pop(event.stream_id))), fields)


class HttpBackend(b.Backend):
    """Listens on a free port of 127.0.0.1, or on the one given."""

    link = HttpLink

    def __init__(self, *script, early=b"", **options):
        self.asked_for, self.early = [], early  # bytes that answer before the body is read
        super().__init__(*script, **options)


# ---- acts ------------------------------------------------------------------------------------------------------


def status(code, text=None, kind=PROTO, **fields):
    """Another status, with a google.rpc.Status or a text in its body; fields are headers (retry_after="1")."""
    def act(call):
        body = text.encode() if text else b""
        if text and kind == PROTO:
            body = status_pb2.Status(code=14, message=text).SerializeToString()
        elif text and kind == JSON:
            body = json.dumps({"code": 14, "message": text}).encode()
        call.answer(code, body, kind, [(name.replace("_", "-"), value) for name, value in fields.items()])
    return act


def partial(rejected, text, kind=PROTO):
    """Success, but for some spans."""
    def act(call):
        response = ExportTraceServiceResponse()
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = text
        body = response.SerializeToString() if kind == PROTO else json_format.MessageToJson(response).encode()
        call.answer(200, body, kind)
    return b.takes(act)


def raw(data, then_close=False):
    """Bytes for an answer."""
    def act(call):
        call.raw(data)
        if then_close:
            call.link.close()
    return b.takes(act)


def in_drops(data, pause=0.05):
    """An answer that comes byte by byte."""
    def act(call):
        def drip():
            for i in range(len(data)):
                call.raw(data[i:i + 1])
                time.sleep(pause)
        threading.Thread(target=drip, daemon=True).start()
    return b.takes(act)


@b.takes
def ok_and_close(call):
    """A success after which the connection ends without a word."""
    call.answer()
    call.link.close()


def reset(call):
    """The connection is torn down instead of an answer."""
    call.link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    call.link.give_back()
