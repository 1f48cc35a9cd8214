"""An OTLP/gRPC backend and OTLP clients on grpcio and urllib: stacks that share no code with tamis.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import concurrent.futures
import gzip
import json
import threading
import urllib.error
import urllib.request

import grpc
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (ExportTraceServiceRequest,
                                                                      ExportTraceServiceResponse)

from programs import PATIENCE

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
# Of a channel: gRPC gives up what is not connected after 20 s, and a busy machine may stand still for longer.
PATIENT = [*UNLIMITED, ("grpc.min_reconnect_backoff_ms", PATIENCE * 1000)]


class Sink:
    """Accepts every ExportTraceServiceRequest and keeps its bytes, in order of arrival."""

    def __init__(self):
        self.requests = []
        self.metadata = []
        self.arrived = threading.Condition()
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(4), options=UNLIMITED)
        handler = grpc.unary_unary_rpc_method_handler(self.export)
        service, method = EXPORT[1:].split("/")
        self.server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def export(self, request, context):
        """Answers one call."""
        with self.arrived:
            self.requests.append(request)
            self.metadata.append(dict(context.invocation_metadata()))
            self.arrived.notify_all()
        return b""

    @property
    def endpoint(self):
        """For exporters, with the scheme that the example configuration has."""
        return f"http://127.0.0.1:{self.port}"

    def decoded(self):
        """All requests so far as messages."""
        with self.arrived:
            return [ExportTraceServiceRequest.FromString(r) for r in self.requests]

    def spans(self):
        """All spans so far."""
        return [s for r in self.decoded() for rs in r.resource_spans for ss in rs.scope_spans for s in ss.spans]

    def wait_for_spans(self, count):
        """Waits until so many spans have come, and returns them all."""
        with self.arrived:
            any(self.arrived.wait_for(lambda: len(self.spans()) >= count, 1) for _ in range(PATIENCE))
        spans = self.spans()
        assert len(spans) >= count, f"{len(spans)} spans came, {count} were expected"
        return spans

    def stop(self):
        """Ends the server."""
        self.server.stop(0).wait()


def send_grpc(port, requests, compression=grpc.Compression.NoCompression):
    """Sends the requests one after another on one connection; every answer must be a full success."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=PATIENT, compression=compression) as channel:
        export = channel.unary_unary(EXPORT)
        for request in requests:
            answer = export(as_bytes(request), timeout=PATIENCE)
            assert full_success(answer), answer


def send_http(port, requests, content_type="application/x-protobuf", compression=None):
    """Sends the requests by HTTP/1.1 as protobuf or JSON; every answer must be 200 and a full success."""
    for request in requests:
        body = as_json(request) if content_type == "application/json" else as_bytes(request)
        status, headers, answer = post(port, body, content_type, compression)
        assert status == 200, answer
        assert headers["Content-Type"].split(";")[0] == content_type
        if content_type == "application/json":
            assert json.loads(answer) in ({}, {"partialSuccess": {}})
        else:
            assert full_success(answer), answer


def full_success(answer):
    """Nothing was rejected. The Collector sets an empty partial_success, which means the same as none."""
    partial = ExportTraceServiceResponse.FromString(answer).partial_success
    return partial.rejected_spans == 0 and not partial.error_message


def post(port, body, content_type, compression=None, path="/v1/traces"):
    """One POST: (status, headers, body)."""
    headers = {"Content-Type": content_type}
    if compression == "gzip":
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read()


def as_bytes(request):
    """The request on the wire."""
    return request if isinstance(request, bytes) else request.SerializeToString()


def as_json(request):
    """The request in OTLP/JSON: proto3 JSON but for ids in hex and enums as numbers."""
    tree = json_format.MessageToDict(request, use_integers_for_enums=True)
    for key in ("traceId", "spanId", "parentSpanId"):
        hex_ids(tree, key)
    return json.dumps(tree).encode()


def hex_ids(tree, key):
    """Turns every member of that name from base64 to hex; AnyValue has none of these names."""
    if isinstance(tree, list):
        for item in tree:
            hex_ids(item, key)
    elif isinstance(tree, dict):
        for name, item in tree.items():
            if name == key and isinstance(item, str):
                tree[name] = base64.b64decode(item).hex()
            else:
                hex_ids(item, key)
