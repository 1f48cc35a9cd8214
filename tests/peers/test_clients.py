"""The clients and neighbours of the example configuration, all real: Envoy, an SDK, telemetrygen, a Collector before and behind.

SPDX-License-Identifier: Apache-2.0
"""
import json
import urllib.request

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression as HttpCompression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind
import grpc

import ingress
import programs
from otlp_peers import as_json, send_grpc
from programs import EXAMPLE, PATIENCE, PEERS, Program, eventually
from span_difference import difference
from test_example import spans_of
from traffic import Traffic

CLUSTER = ("cluster", "tap-sandbox")


def texts(span):
    """The string attributes of a span."""
    return {a.key: a.value.string_value for a in span.attributes if a.value.HasField("string_value")}


@pytest.fixture
def tamis(start, sink):
    """tamis with the example configuration in front of a sink, with a short batch so that spans can be waited for."""
    return start(programs.subject(), EXAMPLE,
                 {"exporters.otlp/tempo.endpoint": sink.endpoint, "exporters.otlp/tempo.timeout": "10m",
                  "processors.batch.timeout": "100ms"})


@pytest.fixture
def envoy(tamis, tmp_path):
    """The port of a real Envoy that traces to tamis."""
    with ingress.envoy(tamis.grpc, {"extensionService": "tracing/otel-collector", "includePodDetail": False}, tmp_path) as port:
        yield port


def test_envoys_grafana_span_vanishes_and_the_other_stays(envoy, sink):
    for path in ("/grafana/api", "/entries/1", "/grafana/live", "/entries/2"):
        assert urllib.request.urlopen(f"http://127.0.0.1:{envoy}{path}", timeout=PATIENCE).read() == b"hello"
    spans = sink.wait_for_spans(2)
    assert len(spans) == 2
    for span in spans:
        assert texts(span)["upstream_cluster"] == "apps/rest-service-00004/80"
        assert CLUSTER in texts(span).items()


@pytest.mark.parametrize("cluster", ["extension/tracing/otel-collector", "outbound|4317||otel-collector.tracing.svc.cluster.local"])
def test_an_envoy_that_sends_its_clusters_name_as_authority_is_traced(tamis, sink, tmp_path, cluster):
    with ingress.envoy(tamis.grpc, {"includePodDetail": False}, tmp_path, cluster=cluster) as port:
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/entries/1", timeout=PATIENCE).read() == b"hello"
        span, = sink.wait_for_spans(1)
    assert texts(span)["upstream_cluster"] == "apps/rest-service-00004/80"
    assert "a request was refused" not in tamis.output()


def grpc_exporter(program, gzip):
    return GrpcExporter(endpoint=f"http://127.0.0.1:{program.grpc}", insecure=True, timeout=PATIENCE,
                        compression=grpc.Compression.Gzip if gzip else grpc.Compression.NoCompression)


def http_exporter(program, gzip):
    return HttpExporter(endpoint=f"http://127.0.0.1:{program.http}/v1/traces", timeout=PATIENCE,
                        compression=HttpCompression.Gzip if gzip else HttpCompression.NoCompression)


def trace_with_sdk(exporter):
    """Seven spans by the SDK: four to keep, three to drop."""
    provider = TracerProvider(resource=Resource.create({"service.name": "blog-api", "numbers": [1, 2, 3]}))
    provider.add_span_processor(BatchSpanProcessor(exporter, export_timeout_millis=1000 * PATIENCE))
    tracer = provider.get_tracer("tests.peers", "1.0", attributes={"scope.is": True})
    with tracer.start_as_current_span("GET /entries/{id}", kind=SpanKind.SERVER) as parent:
        parent.set_attributes({"http.route": "/entries/{id}", "n": 2**40, "f": 0.5, "many": ["ä", "b"]})
        parent.add_event("cache miss", {"key": "entry"})
        with tracer.start_as_current_span("SELECT entry", kind=SpanKind.CLIENT,
                                          links=[Link(parent.get_span_context(), {"why": "test"})]):
            tracer.start_span("OperationHandler.handle").end()
        try:
            with tracer.start_as_current_span("fails"):
                raise ValueError("on purpose")
        except ValueError:
            pass
        tracer.start_span("GET /livez", attributes={"http.route": "/livez"}).end()
        tracer.start_span("GET /readyz", attributes={"http.route": "/readyz"}).end()
        tracer.start_span("GET /readyz2", attributes={"http.route": "/readyz2"}).end()
    assert provider.force_flush(1000 * PATIENCE)
    provider.shutdown()


@pytest.mark.parametrize("exporter", [grpc_exporter, http_exporter])
@pytest.mark.parametrize("gzip", [False, True])
def test_an_sdks_spans_arrive_but_for_the_noise(tamis, sink, exporter, gzip):
    trace_with_sdk(exporter(tamis, gzip))
    spans = sink.wait_for_spans(4)
    assert {s.name for s in spans} == {"GET /entries/{id}", "SELECT entry", "fails", "GET /readyz2"}
    assert all(CLUSTER in texts(s).items() for s in spans)
    failed = next(s for s in spans if s.name == "fails")
    assert failed.events[0].name == "exception" and failed.status.code == 2
    root = next(s for s in spans if s.name == "GET /entries/{id}")
    assert next(a for a in root.attributes if a.key == "n").value.int_value == 2**40
    assert sink.decoded()[0].resource_spans[0].scope_spans[0].scope.name == "tests.peers"


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_telemetrygens_spans_arrive(tamis, sink, tmp_path, transport):
    binary = programs.present(PEERS / "telemetrygen")
    port = tamis.grpc if transport == "grpc" else tamis.http
    command = [binary, "traces", "--otlp-insecure", "--otlp-endpoint", f"127.0.0.1:{port}", "--traces", "20",
               "--rate", "0", "--child-spans", "2", "--telemetry-attributes", 'upstream_cluster="apps/a/80"']
    program = Program(command + (["--otlp-http"] if transport == "http" else []), [], tmp_path / "telemetrygen.log")
    assert program.process.wait(PATIENCE) == 0, program.output()
    eventually(lambda: len({s.span_id for s in sink.spans()}) == 60)  # telemetrygen may send some again
    spans = sink.spans()
    assert all(CLUSTER in texts(s).items() for s in spans)


def test_telemetrygens_noise_is_dropped(tamis, sink, tmp_path):
    binary = programs.present(PEERS / "telemetrygen")
    for cluster in ("grafana/grafana/3000", "apps/a/80"):
        program = Program([binary, "traces", "--otlp-insecure", "--otlp-endpoint", f"127.0.0.1:{tamis.grpc}", "--traces",
                           "5", "--rate", "0", "--telemetry-attributes", f'upstream_cluster="{cluster}"'],
                          [], tmp_path / "telemetrygen.log")
        assert program.process.wait(PATIENCE) == 0, program.output()
    assert {texts(s)["upstream_cluster"] for s in sink.wait_for_spans(10)} == {"apps/a/80"}


RELAY = """
receivers: {otlp: {protocols: {grpc: {}, http: {}}}}
exporters:
  EXPORTER
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [NAME]}
"""


@pytest.fixture
def relay(start, tmp_path):
    """A Collector that changes nothing: relay(name of an exporter, its configuration)."""
    def make(name, exporter):
        configuration = tmp_path / "relay.yaml"
        configuration.write_text(RELAY.replace("EXPORTER", f"{name}: {json.dumps(exporter)}").replace("NAME", name))
        return start(programs.collector(), configuration)
    return make


@pytest.mark.parametrize("exporter,port", [("otlp_grpc", "grpc"), ("otlp_http", "http")])
def test_a_collector_in_front_changes_nothing(tamis, sink, relay, forwarded, exporter, port):
    """A Collector writes the fields of every message from the last to the first."""
    requests = Traffic(21).requests(20)
    want = forwarded(programs.collector(), EXAMPLE, lambda program: send_grpc(program.grpc, requests))
    front = relay(exporter, {"endpoint": f"http://127.0.0.1:{getattr(tamis, port)}", "tls": {"insecure": True},
                             "sending_queue": {"num_consumers": 1}})
    send_grpc(front.grpc, requests)
    assert front.stop() == 0, front.output()
    assert tamis.stop() == 0, tamis.output()
    found = difference(want, sink.decoded())
    assert found is None, found


def test_a_collector_behind_understands_everything(start, relay, forwarded, tmp_path):
    requests = Traffic(22).requests(20)
    want = forwarded(programs.collector(), EXAMPLE, lambda program: send_grpc(program.grpc, requests))
    written = tmp_path / "traces.bin"
    behind = relay("file", {"path": str(written), "format": "proto"})
    program = start(programs.subject(), EXAMPLE, {"exporters.otlp/tempo.endpoint": f"http://127.0.0.1:{behind.grpc}"})
    send_grpc(program.grpc, requests)
    assert program.stop() == 0, program.output()
    assert behind.stop() == 0, behind.output()
    found = difference(want, framed(written.read_bytes()))
    assert found is None, found


def framed(data):
    """The messages of a file with a 4-byte big-endian length before each."""
    messages = []
    while data:
        size = int.from_bytes(data[:4], "big")
        messages.append(ExportTraceServiceRequest.FromString(data[4:4 + size]))
        data = data[4 + size:]
    return messages


def test_json_and_protobuf_of_one_request_leave_alike(forwarded):
    from otlp_peers import post
    requests = Traffic(23).requests(10)

    def send_json(program):
        for request in requests:
            status, _, answer = post(program.http, as_json(request), "application/json; charset=utf-8")
            assert status == 200, answer

    want = forwarded(programs.subject(), EXAMPLE, lambda program: send_grpc(program.grpc, requests))
    got = forwarded(programs.subject(), EXAMPLE, send_json)
    assert spans_of(want)
    found = difference(want, got, "protobuf", "JSON")
    assert found is None, found
