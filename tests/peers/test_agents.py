"""Agents and SDKs of applications: OpenTelemetry's agent in a servlet container, its instrumentations of Node, Brave,
Micrometer and Envoy with Zipkin, and what gRPC tools ask first.

SPDX-License-Identifier: Apache-2.0
"""
import json
import urllib.request

import grpc
import pytest

import programs
from otlp_peers import PATIENT
from programs import EXAMPLE, PATIENCE, PEERS, Program, eventually, free_port
from test_clients import CLUSTER, texts

JAVA = PEERS / "java"
NODE = PEERS / "node"
# What starts soonest: a test asks for a few spans.
RUN_JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{JAVA / 'classes'}:{JAVA / 'lib'}/*"]


def value_of(span, key):
    """An attribute's value, or None."""
    for attribute in span.attributes:
        if attribute.key == key:
            return getattr(attribute.value, attribute.value.WhichOneof("value"))
    return None


@pytest.fixture
def tamis(start, sink, tmp_path):
    """tamis with the example configuration and zipkin beside otlp, in front of a sink; .zipkin is its port."""
    port = free_port()
    more = tmp_path / "zipkin.yaml"
    more.write_text(json.dumps({"receivers": {"zipkin": {"endpoint": f"127.0.0.1:{port}"}},
                                "service": {"pipelines": {"traces": {"receivers": ["otlp", "zipkin"]}}}}))
    program = start(programs.subject(), [EXAMPLE, more],
                    {"exporters.otlp/tempo.endpoint": sink.endpoint, "exporters.otlp/tempo.timeout": "10m",
                     "processors.batch.timeout": "100ms"})
    program.zipkin = port
    return program


def exporting(tamis, protocol):
    """The environment of an SDK that sends so."""
    made = {"OTEL_SERVICE_NAME": "blog", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
            "OTEL_BSP_SCHEDULE_DELAY": "100"}
    if protocol == "zipkin":
        return {**made, "OTEL_TRACES_EXPORTER": "zipkin",
                "OTEL_EXPORTER_ZIPKIN_ENDPOINT": f"http://127.0.0.1:{tamis.zipkin}/api/v2/spans"}
    port = tamis.grpc if protocol == "grpc" else tamis.http
    return {**made, "OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}


def resources(sink):
    """The string attributes of all resources that came."""
    return [{a.key: a.value.string_value for a in rs.resource.attributes} for r in sink.decoded() for rs in r.resource_spans]


# ---- Java ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version, protocol", [("1.32.0", "grpc"), ("2.31.1", "grpc"), ("2.31.1", "http/protobuf")])
def test_the_agent_traces_a_servlet_application(tamis, sink, tmp_path, version, protocol):
    agent = programs.present(JAVA / "agents" / f"opentelemetry-javaagent-{version}.jar")
    port = free_port()
    shop = Program([*RUN_JAVA, f"-javaagent:{agent}", "Shop", port], [port], tmp_path / "shop.log",
                   exporting(tamis, protocol))
    for n in (1, 2):
        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/entries/{n}", timeout=PATIENCE).read()
        assert answer == f"hello from /{n}".encode()
    eventually(lambda: sum(s.kind == 2 for s in sink.spans()) >= 2)
    spans = [s for s in sink.spans() if s.kind == 2]
    assert shop.stop() == 143, shop.output()
    assert {s.name for s in spans} == {"GET /entries/*"} and len(spans) == 2
    assert all(value_of(s, "http.route") == "/entries/*" and CLUSTER in texts(s).items() for s in spans)
    assert all(len(s.trace_id) == 16 and s.end_time_unix_nano >= s.start_time_unix_nano > 0 for s in spans)
    assert {r["service.name"] for r in resources(sink)} == {"blog"}
    assert {r["telemetry.distro.version" if version > "2" else "telemetry.auto.version"] for r in resources(sink)} == {version}


@pytest.mark.parametrize("form, bits", [("JSON", 64), ("JSON", 128), ("PROTO3", 64), ("PROTO3", 128)])
def test_braves_spans_arrive(tamis, sink, tmp_path, form, bits):
    programs.present(JAVA / "classes")
    brave = Program([*RUN_JAVA, "Brave", f"http://127.0.0.1:{tamis.zipkin}/api/v2/spans", form, bits], [],
                    tmp_path / "brave.log")
    assert brave.process.wait(PATIENCE) == 0, brave.output()
    child, parent = sorted(sink.wait_for_spans(2), key=lambda s: -s.kind)
    assert (child.name, child.kind, parent.name, parent.kind) == ("select", 3, "GET /entries", 2)
    assert child.parent_span_id == parent.span_id and child.trace_id == parent.trace_id
    assert (child.trace_id[:8] == bytes(8)) == (bits == 64)
    assert child.status.code == 2 and [e.name for e in child.events] == ["cache.miss"]
    got = {key: value_of(child, key) for key in ("sql.query", "error", "service.peer.name", "network.peer.address",
                                                 "net.peer.port", "net.host.port", "cluster")}
    assert got == {"sql.query": "SELECT 'ä'", "error": "on purpose", "service.peer.name": "db", "net.host.port": 8080,
                   "network.peer.address": "2001:db8::c001", "net.peer.port": 5432, "cluster": CLUSTER[1]}
    assert {r["service.name"] for r in resources(sink)} == {"blog"}


@pytest.mark.parametrize("form", ["JSON", "PROTO3"])
def test_micrometers_observations_arrive(tamis, sink, tmp_path, form):
    """As a Spring Boot application makes them: with the caller's trace, and what the call to another service has seen."""
    programs.present(JAVA / "classes" / "Micrometer.class")
    program = Program([*RUN_JAVA, "Micrometer", f"http://127.0.0.1:{tamis.zipkin}/api/v2/spans", form], [],
                      tmp_path / "micrometer.log")
    assert program.process.wait(PATIENCE) == 0, program.output()
    call, served = sorted(sink.wait_for_spans(2), key=lambda s: -s.kind)
    assert (call.name, call.kind, served.name, served.kind) == ("http get", 3, "http get /entries/{id}", 2)
    assert {s.trace_id.hex() for s in (call, served)} == {"4bf92f3577b34da6a3ce929d0e0e4736"}
    assert (call.parent_span_id, served.parent_span_id.hex()) == (served.span_id, "00f067aa0ba902b7")
    assert call.status.code == 2 and [e.name for e in call.events] == ["retried"] and not served.events
    wanted = {"client.name": "accounts", "error": "on purpose", "service.peer.name": "accounts", "net.peer.port": 8081,
              "network.peer.address": "10.0.0.9"}
    assert {key: value_of(call, key) for key in wanted} == wanted
    wanted = {"method": "GET", "uri": "/entries/{id}", "status": "500", "http.url": "/entries/ä", "cluster": CLUSTER[1]}
    assert {key: value_of(served, key) for key in wanted} == wanted
    assert {r["service.name"] for r in resources(sink)} == {"blog"}


# ---- Node ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf", "http/json", "zipkin"])
def test_nodes_instrumentations_trace_an_application(tamis, sink, tmp_path, protocol):
    programs.present(NODE / "node_modules")
    environment = {**exporting(tamis, protocol), "OTEL_NODE_RESOURCE_DETECTORS": "env"}
    register = NODE / "node_modules" / "@opentelemetry" / "auto-instrumentations-node" / "build" / "src" / "register.js"
    node = Program(["node", "--require", register, NODE / "app.js"], [], tmp_path / "node.log", environment)
    assert node.process.wait(PATIENCE) in (0, -15), node.output()
    eventually(lambda: sum(s.kind > 1 for s in sink.spans()) >= 7)
    spans = [s for s in sink.spans() if s.kind > 1]  # connections are traced, too, and more of them by gRPC
    assert sorted(s.kind for s in spans) == [2, 2, 2, 3, 3, 3, 4], node.output()
    own, = (s for s in spans if s.kind == 4)
    asked, = (s for s in spans if s.parent_span_id == own.span_id)
    served, = (s for s in spans if s.parent_span_id == asked.span_id)
    assert own.name == "by hand" and (asked.kind, served.kind) == (3, 2)
    assert [e.name for e in own.events] == ["cache miss"] and CLUSTER in texts(own).items()
    n = value_of(own, "n")
    assert n == (str(2**40) if protocol == "zipkin" else 2**40)
    assert {r["service.name"] for r in resources(sink)} == {"blog"}


# ---- gRPC's tools ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_who_asks_for_reflection_gets_a_clear_answer(tamis, version):
    """As grpcurl asks, before it sends anything that no file of protobuf was given for."""
    method = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
    list_services = b"\x3a\x00"
    with grpc.insecure_channel(f"127.0.0.1:{tamis.grpc}", options=PATIENT) as channel:
        with pytest.raises(grpc.RpcError) as refused:
            list(channel.stream_stream(method)(iter([list_services]), timeout=PATIENCE))
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert refused.value.details() == f"unknown service or method {method}"
