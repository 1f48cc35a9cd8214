"""The daemon under test: its configuration, its ports, its memory, and how it ends.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import pathlib
import re
import signal
import socket

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import programs
from frames import Peer
from otlp_peers import EXPORT, PATIENT, full_success
from programs import PATIENCE, eventually  # pylint: disable=unused-import

QUICK = {"initial_interval": "20ms", "max_interval": "100ms", "max_elapsed_time": "10m"}


def configuration(backend, exporter=None, retry=None, queue=None, processors=None, service=None, receiver=None):
    """otlp in, otlp out to the backend (or port); retries are quick, a request has time. The rest are the defaults."""
    port = getattr(backend, "port", backend)
    otlp = {"endpoint": f"127.0.0.1:{port}", "tls": {"insecure": True}, "compression": "none", "timeout": "10m",
            "retry_on_failure": {**QUICK, **(retry or {})}, **(exporter or {})}
    if queue:
        otlp["sending_queue"] = queue
    processors = processors or {}
    pipeline = {"receivers": ["otlp"], "processors": list(processors), "exporters": ["otlp"]}
    return {
        "receivers": {"otlp": receiver or {"protocols": {"grpc": {}, "http": {}}}},
        "processors": processors,
        "exporters": {"otlp": otlp},
        "service": {"pipelines": {"traces": pipeline}, **(service or {})},
    }


def spans_of(count, name="kept", size=0, first=0):
    """A request of so many spans, numbered by their span ids; `size` bytes of filling in each."""
    request = ExportTraceServiceRequest()
    rs = request.resource_spans.add()
    rs.resource.attributes.add(key="service.name").value.string_value = "wire"
    spans = rs.scope_spans.add().spans
    for i in range(first, first + count):
        span = spans.add(trace_id=b"\1" * 16, span_id=(i + 1).to_bytes(8, "big"), name=name, start_time_unix_nano=1,
                         end_time_unix_nano=2)
        if size:
            span.attributes.add(key="filling").value.string_value = "x" * size
    return request


def ids(spans):
    """The numbers that spans_of gave them."""
    return [int.from_bytes(s.span_id, "big") - 1 for s in spans]


def read_series(text):
    """A page of metrics: {(name, labels): value}."""
    series = {}
    for line in text.splitlines():
        parts = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if parts:
            labels = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', parts[2] or "")
            series[(parts[1], tuple(labels))] = float(parts[3])
    return series


def total(series, name, **labels):
    """The sum of a metric's series that have these labels."""
    return sum(value for (metric, its), value in series.items()
               if metric in (name, f"{name}_total") and labels.items() <= dict(its).items())


class Daemon(programs.Program):
    """tamis, running. The directory gets its configuration and its log."""

    def __init__(self, settings, directory, arguments=(), ports=None, env=None, before=()):
        directory = pathlib.Path(directory)
        directory.mkdir(exist_ok=True)
        settings = json.loads(json.dumps(settings))
        self.grpc, self.http, self.metrics_port = (programs.free_port() for _ in range(3))
        for receiver, protocols in ((k, v.get("protocols")) for k, v in settings["receivers"].items()):
            if receiver != "otlp":
                continue
            for protocol, port in (("grpc", self.grpc), ("http", self.http)):
                if protocols.get(protocol) is not None:
                    protocols[protocol].setdefault("endpoint", f"127.0.0.1:{port}")
        telemetry = settings["service"].setdefault("telemetry", {})
        telemetry.setdefault("metrics", {"address": f"127.0.0.1:{self.metrics_port}"})
        self.configuration = directory / "tamis.yaml"
        self.configuration.write_text(json.dumps(settings, indent=1))
        listening = [self.grpc, self.http] if ports is None else ports
        command = [*before, programs.subject(), f"--config={self.configuration}", *arguments]
        logs = telemetry.get("logs", {})
        # What stands before it may wait for the test.
        self.tells = logs.get("level", "info").lower() in ("debug", "info") and not logs.get("output_paths") and not before
        super().__init__(command, listening, directory / "log", env)

    def wait_for(self, ports):
        super().wait_for(ports)
        if self.tells:
            self.wait_until_ready()

    asked = False

    def terminate(self, number=signal.SIGTERM):
        """Asks it to end and does not wait; a second time it would not drain."""
        self.asked = True
        self.process.send_signal(number)

    def page(self, path, method="GET", headers=None):
        """One request to the port of the metrics: (status, text)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def balance(self):
        """The ledger of the metrics, which must be even: {(pipeline, exporter): {state: spans}}."""
        series = read_series(self.page("/metrics")[1])
        ledger = {}
        for (name, labels), value in series.items():
            state = re.fullmatch(r"tamis_ledger_(\w+?)_spans(_total)?", name)
            if state:
                way = dict(labels)
                ledger.setdefault((way["pipeline"], way["exporter"]), {})[state[1]] = int(value)
        for way, spans in ledger.items():
            states = {k: v for k, v in spans.items() if k != "received"}
            assert len(states) == 5 and min(states.values()) >= 0, (way, spans)
            assert spans["received"] == sum(states.values()), (way, spans)
        left = "an exporter has left" in self.output()  # and took its own series with it
        for exporter in {exporter for _, exporter in ledger if not left}:
            ways = [spans for (_, e), spans in ledger.items() if e == exporter]
            for state, metric in (("kept", "sent"), ("failed", "send_failed")):
                counted = total(series, f"otelcol_exporter_{metric}_spans", exporter=exporter)
                assert sum(w[state] for w in ways) == counted, (exporter, state, ways, counted)
        if not re.search(r"is live now|was read again", self.output()):  # series of former rules are gone then
            dropped = {pipeline: spans["dropped"] for (pipeline, _), spans in ledger.items()}
            assert sum(dropped.values()) == total(series, "tamis_rule_dropped_spans"), dropped
        return ledger

    def finish(self):
        """Stops it if it runs. It must end well whatever was done to it, and have lost count of no span."""
        if not self.asked and self.process.poll() is None:
            try:
                self.balance()
            except ConnectionRefusedError:
                pass  # its metrics are elsewhere, or nowhere
        if self.asked:
            self.process.wait(PATIENCE)
        elif self.process.returncode is None:
            self.stop()
        text = self.output()
        assert "ERROR: AddressSanitizer" not in text and "runtime error:" not in text, text
        assert "LeakSanitizer" not in text and "ThreadSanitizer" not in text, text
        codes = (1,) if "stopped, but spans were lost" in text else (0, -9)
        assert self.process.returncode in codes, f"exit code {self.process.returncode}\n{text}"

    def rss(self):
        """Resident bytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) << 10

    def descriptors(self):
        """How many files and sockets it has open."""
        return len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def channel(self, **options):
        """A grpcio channel to the gRPC port."""
        return grpc.insecure_channel(f"127.0.0.1:{self.grpc}", options=PATIENT, **options)

    def connect(self, port):
        """A connection to one of the ports."""
        return socket.create_connection(("127.0.0.1", port), PATIENCE)

    def peer(self, **options):
        """HTTP/2 by hand, to the gRPC port."""
        return Peer(self.connect(self.grpc), **options)

    def http_client(self):
        """A connection of http.client's to the HTTP port."""
        return http.client.HTTPConnection("127.0.0.1", self.http, timeout=PATIENCE)

    def send(self, request, timeout=PATIENCE):
        """One request by grpcio on a connection of its own; the answer must be a full success."""
        with self.channel() as channel:
            answer = channel.unary_unary(EXPORT)(request.SerializeToString(), timeout=timeout)
        assert full_success(answer), answer

    def refusal(self, request, timeout=PATIENCE, **options):
        """The same where a refusal is due: the grpc.RpcError."""
        with self.channel() as channel:
            try:
                channel.unary_unary(EXPORT)(request if isinstance(request, bytes) else request.SerializeToString(),
                                            timeout=timeout, **options)
            except grpc.RpcError as error:
                return error
        raise AssertionError("the request was taken")

    def serves(self):
        """A good client gets its answer from both ports."""
        assert self.process.poll() is None, self.output()
        self.send(ExportTraceServiceRequest())
        assert self.post(b"").status == 200

    def post(self, body, content_type="application/x-protobuf", path="/v1/traces", headers=None, method="POST"):
        """One HTTP/1.1 request by http.client; the answer has .status, .headers and .body."""
        connection = self.http_client()
        try:
            connection.request(method, path, body, {"Content-Type": content_type, **(headers or {})})
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer
        finally:
            connection.close()

    def metric(self, name, **labels):
        """The sum of a metric's series that have these labels."""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=PATIENCE)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        total = 0.0
        for line in text.splitlines():
            if re.match(rf"{name}(_total)?[ {{]", line) and all(f'{k}="{v}"' in line for k, v in labels.items()):
                total += float(line.rpartition(" ")[2])
        return total
