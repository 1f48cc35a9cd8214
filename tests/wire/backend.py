"""An OTLP/gRPC backend on hyper-h2 that follows a script: one act for each request, then all goes well.

An act is a function act(call) that answers, or does not. The acts below make such functions.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import ctypes
import gzip
import socket
import struct
import threading
import time

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (ExportTraceServiceRequest,
                                                                      ExportTraceServiceResponse)

from programs import PATIENCE

HEAD = [(":status", "200"), ("content-type", "application/grpc")]


def framed(message, flag=0):
    """A gRPC message with its five bytes before it."""
    return struct.pack(">BI", flag, len(message)) + message


def unzstd(data):
    """zstd by the C library: Python has none of its own."""
    lib = ctypes.CDLL("libzstd.so.1")
    lib.ZSTD_decompress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(64 << 20)
    n = lib.ZSTD_decompress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)))
    assert n <= len(out), "not zstd"
    return out.raw[:n]


PLAIN = {None: bytes, "identity": bytes, "gzip": gzip.decompress, "zstd": unzstd}


class Call:
    """One request that has come in whole."""

    def __init__(self, link, stream, headers, body):
        self.link, self.stream, self.headers, self.at = link, stream, headers, time.monotonic()
        flag, length = struct.unpack(">BI", body[:5])
        assert len(body) == 5 + length, "not exactly one message"
        self.packed = body[5:]
        self.message = PLAIN[headers.get("grpc-encoding") if flag else None](self.packed)

    def spans(self):
        """The spans in it."""
        request = ExportTraceServiceRequest.FromString(self.message)
        return [s for rs in request.resource_spans for ss in rs.scope_spans for s in ss.spans]

    def answer(self, message=b"", code=0, text=None, flag=0, head=(), details=None):
        """An answer by the book; without a message it is trailers only."""
        trailers = [("grpc-status", str(code))]
        if text is not None:
            trailers.append(("grpc-message", text))
        if details is not None:
            trailers.append(("grpc-status-details-bin", details))
        if message is None:
            self.link.headers(self.stream, [*HEAD, *head, *trailers], end=True)
            return
        self.link.headers(self.stream, [*HEAD, *head])
        self.link.data(self.stream, framed(message, flag))
        self.link.headers(self.stream, trailers, end=True)


class Link:
    """One connection."""

    def __init__(self, backend, sock):
        self.backend, self.sock = backend, sock
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        if backend.settings:
            self.h2.local_settings = h2.settings.Settings(client=False, initial_values=backend.settings)
        self.lock = threading.RLock()
        self.bodies, self.heads, self.blocked = {}, {}, {}

    def flush(self):
        """Sends what hyper-h2 has written."""
        with self.lock:
            data = self.h2.data_to_send()
            try:
                self.sock.sendall(data)
            except OSError as error:
                self.backend.errors.append(error)

    def headers(self, stream, fields, end=False):
        """A HEADERS frame."""
        with self.lock:
            if stream in self.blocked:
                self.blocked[stream].append(("headers", fields, end))
                return
            self.h2.send_headers(stream, fields, end_stream=end)
            self.flush()

    def data(self, stream, data, end=False):
        """DATA frames, as the windows allow; the rest waits."""
        with self.lock:
            while data and stream not in self.blocked:
                n = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(data))
                if n <= 0:
                    self.blocked[stream] = []
                    break
                self.h2.send_data(stream, data[:n], end_stream=end and n == len(data))
                data = data[n:]
            if data:
                self.blocked[stream].append(("data", data, end))
            self.flush()

    def unblock(self):
        """Windows have opened: sends what waits."""
        for stream in list(self.blocked):
            for what, *rest in self.blocked.pop(stream):
                getattr(self, what)(stream, *rest)

    def reset(self, stream, code):
        """An RST_STREAM."""
        with self.lock:
            self.h2.reset_stream(stream, code)
            self.flush()

    def goaway(self, last, code=0):
        """A GOAWAY; the connection goes on."""
        with self.lock:
            self.flush()
            self.sock.sendall(b"\0\0\x08\x07\0\0\0\0\0" + struct.pack(">II", last, code))

    def close(self):
        """The connection is gone."""
        for end in (lambda: self.sock.shutdown(socket.SHUT_RDWR), self.sock.close):
            try:
                end()
            except OSError:
                pass

    def shake(self):
        """TLS, if the backend speaks it (an ssl.SSLContext): False when the client does not come in."""
        try:
            self.sock = self.backend.tls.wrap_socket(self.sock, server_side=True)
            return True
        except OSError as error:
            with self.backend.changed:
                self.backend.unshaken.append(error)
                self.backend.changed.notify_all()
            self.close()
            return False

    def run(self):
        """Reads until the client leaves."""
        if not self.backend.tls or self.shake():
            self.speak()

    def speak(self):
        """HTTP/2, until the client leaves."""
        try:
            with self.lock:
                self.h2.initiate_connection()
                self.h2.increment_flow_control_window(1 << 24)
                self.flush()
            while data := self.sock.recv(1 << 16):
                with self.lock:
                    for event in self.h2.receive_data(data):
                        self.take(event)
                    self.flush()
        except (OSError, AssertionError, h2.exceptions.ProtocolError) as error:
            self.backend.errors.append(error)
        finally:
            self.close()

    def take(self, event):
        """One event of hyper-h2."""
        if isinstance(event, h2.events.RequestReceived):
            self.heads[event.stream_id] = event.headers
            self.bodies[event.stream_id] = bytearray()
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            fields = self.heads.pop(event.stream_id)
            body = bytes(self.bodies.pop(event.stream_id))
            self.backend.took(Call(self, event.stream_id, dict(fields), body), fields)
        elif isinstance(event, h2.events.StreamReset):
            self.backend.resets += 1
        elif isinstance(event, h2.events.WindowUpdated):
            self.unblock()


class Backend:
    """Listens on a free port, or on the one given; at another address, or at a path or an abstract name (b"\\0...")."""

    link = Link

    def __init__(self, *script, port=0, host="127.0.0.1", path=None, settings=None, tls=None):
        self.script, self.settings = list(script), settings
        self.tls, self.unshaken = tls, []
        self.calls, self.fields, self.taken, self.links, self.errors = [], [], [], [], []
        self.resets = 0
        self.changed = threading.Condition()
        if path:
            self.listener, self.port = socket.socket(socket.AF_UNIX), None
            self.listener.bind(path)
            self.listener.listen()
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self.listener = socket.create_server((host, port), family=family)
            self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        """Accepts."""
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.links.append(self.link(self, sock))
            threading.Thread(target=self.links[-1].run, daemon=True).start()

    def took(self, call, fields):
        """A request is there: the next act of the script, or a success, whose spans then count as taken."""
        with self.changed:
            self.calls.append(call)
            self.fields.append(fields)
            act = self.script.pop(0) if self.script else ok
            if getattr(act, "takes", False):
                self.taken += call.spans()
            act(call)
            self.changed.notify_all()

    def wait_for_calls(self, count):
        """Waits for so many requests in all, good or bad, and returns them."""
        with self.changed:
            self.wait_for(lambda: len(self.calls) >= count, lambda: f"{len(self.calls)} requests came, not {count}")
            return list(self.calls)

    def wait_for_spans(self, count, among=lambda span: True):
        """Waits until so many spans of the kind asked for have been taken, and returns them."""
        def taken():
            return [span for span in self.taken if among(span)]

        with self.changed:
            self.wait_for(lambda: len(taken()) >= count, lambda: f"{len(taken())} spans came, not {count}")
            return taken()

    def wait_for(self, condition, what):
        """Waits, with `changed` held, as long as it may take."""
        assert any(self.changed.wait_for(condition, 1) for _ in range(PATIENCE)), what()

    def forget(self):
        """Forgets what has come."""
        with self.changed:
            self.calls, self.fields, self.taken = [], [], []

    def stop(self):
        """Ends it, connections too."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for link in self.links:
            link.close()


# ---- acts ------------------------------------------------------------------------------------------------------


def takes(act):
    """Marks an act after which the spans count as delivered."""
    act.takes = True
    return act


@takes
def ok(call):
    """A plain success."""
    call.answer()


def status(code, text=None, delay_s=None):
    """Another status, by trailers only; with a RetryInfo when a delay is given."""
    def act(call):
        details = None
        if delay_s is not None:
            info = error_details_pb2.RetryInfo()
            info.retry_delay.FromNanoseconds(int(delay_s * 1e9))
            packed = any_pb2.Any()
            packed.Pack(info)
            whole = status_pb2.Status(code=code, message=text or "", details=[packed]).SerializeToString()
            details = base64.b64encode(whole).rstrip(b"=").decode()
        call.answer(None, code, text, details=details)
    return act


def partial(rejected, text):
    """Success, but for some spans."""
    def act(call):
        response = ExportTraceServiceResponse()
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = text
        call.answer(response.SerializeToString())
    return takes(act)


def http(code):
    """A proxy's answer that is no gRPC."""
    def act(call):
        call.link.headers(call.stream, [(":status", str(code)), ("content-type", "text/html")])
        call.link.data(call.stream, b"<h1>no</h1>", end=True)
    return act


def reset(code):
    """The stream is reset."""
    def act(call):
        call.link.reset(call.stream, code)
    return act


def hang(call):
    """No answer, ever."""


def drop_connection(call):
    """The connection ends instead of an answer."""
    call.link.close()


def no_status(call):
    """200, a message and the end, without a grpc-status."""
    call.link.headers(call.stream, HEAD)
    call.link.data(call.stream, framed(b""), end=True)


def goaway_before(call):
    """The server says that it has not looked at the request."""
    call.link.goaway(call.stream - 2 if call.stream > 2 else 0)


def large(size, coding=None):
    """A success whose message is too large to be one; compressed it is small."""
    def act(call):
        if coding:
            call.answer(gzip.compress(bytes(size)), flag=1, head=[("grpc-encoding", coding)])
        else:
            call.answer(bytes(size))
    return takes(act)


class Gate:
    """An act that keeps its calls waiting until it is opened; their spans count as delivered then."""

    def __init__(self):
        self.held, self.then, self.lock = [], None, threading.Lock()

    def __call__(self, call):
        with self.lock:
            if not self.then:
                self.held.append(call)
                return
        self.pass_on(call)

    def pass_on(self, call):
        """Acts on a call at last."""
        backend = call.link.backend
        with backend.changed:
            if getattr(self.then, "takes", False):
                backend.taken += call.spans()
            self.then(call)
            backend.changed.notify_all()

    def open(self, then=ok):
        """Does `then` with what it holds and with what comes later."""
        with self.lock:
            self.then = then
        for call in self.held:
            self.pass_on(call)


def slow(seconds, then=ok):
    """The answer comes later, and others are not kept waiting."""
    def act(call):
        threading.Timer(seconds, then, (call,)).start()
    return takes(act) if getattr(then, "takes", False) else act
