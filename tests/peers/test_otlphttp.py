"""tamis sends OTLP/HTTP to the real Collector: each encoding and compression, cleartext, TLS with HTTP/2, both certificates.

SPDX-License-Identifier: Apache-2.0
"""
import json

import pytest

import programs
from certificates import Authority
from otlp_peers import send_grpc
from programs import Program, eventually
from span_difference import difference
from test_example import spans_of
from test_tls import ids, written
from traffic import Traffic


ONE_AT_A_TIME = {"num_consumers": 1}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def front(folder, collector, exporter, secure=False):
    """tamis in front of the Collector: the file of its configuration."""
    scheme = "https" if secure else "http"
    file = folder / "front.yaml"
    file.write_text(json.dumps({
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
        "exporters": {"otlp_http": {"endpoint": f"{scheme}://localhost:{collector.http}", "timeout": "10m",
                                    "retry_on_failure": {"initial_interval": "100ms", "max_interval": "1s"}, **exporter}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["otlp_http"]}}}}))
    return file


def behind(start, folder, sink, tls=None):
    """The Collector, which passes everything on to the sink, in order."""
    return start(programs.collector(), written(folder, "behind", ("otlp", {
        "endpoint": sink.endpoint, "tls": {"insecure": True}, "sending_queue": ONE_AT_A_TIME}), tls))


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("encoding", ["proto", "json"])
def test_the_collector_reads_each_encoding_and_compression(start, sink, tmp_path, encoding, compression):
    collector = behind(start, tmp_path, sink)
    tamis = start(programs.subject(), front(tmp_path, collector, {
        "encoding": encoding, "compression": compression, "sending_queue": ONE_AT_A_TIME}))
    requests = Traffic(11).requests(40)
    send_grpc(collector.grpc, requests)
    sink.wait_for_spans(len(spans_of(requests)))
    direct = sink.decoded()
    send_grpc(tamis.grpc, requests)
    sink.wait_for_spans(2 * len(spans_of(requests)))
    found = difference(direct, sink.decoded()[len(direct):])
    assert found is None, found
    assert tamis.stop() == 0


@pytest.mark.parametrize("http2", [True, False], ids=["h2", "http1"])
@pytest.mark.parametrize("mutual", [False, True], ids=["server", "mutual"])
def test_the_collector_is_reached_over_tls(authority, start, sink, tmp_path, mutual, http2):
    tls = authority.server().settings(**({"client_ca_file": str(authority.cert)} if mutual else {}))
    collector = behind(start, tmp_path, sink, tls)
    trust = {"ca_file": str(authority.cert), **(authority.client().settings() if mutual else {})}
    tamis = start(programs.subject(), front(tmp_path, collector, {"tls": trust, "force_attempt_http2": http2}, True))
    requests = Traffic(12).requests(60)
    send_grpc(tamis.grpc, requests)
    assert ids(sink.wait_for_spans(len(spans_of(requests)))) == ids(spans_of(requests))
    assert tamis.stop() == 0


def test_a_stranger_is_turned_away(authority, start, sink, tmp_path):
    collector = behind(start, tmp_path, sink, authority.server().settings(client_ca_file=str(authority.cert)))
    stranger = Authority(tmp_path, "stranger").client()
    tamis = start(programs.subject(), front(tmp_path, collector, {
        "tls": {"ca_file": str(authority.cert), **stranger.settings()},
        "retry_on_failure": {"initial_interval": "20ms", "max_interval": "50ms", "max_elapsed_time": "300ms"}}, True))
    send_grpc(tamis.grpc, Traffic(13).requests(1))
    eventually(lambda: "spans are dropped" in tamis.output())
    assert not sink.requests


def test_acknowledged_spans_wait_for_a_collector_that_restarts(start, sink, tmp_path):
    collector = behind(start, tmp_path, sink)
    tamis = start(programs.subject(), front(tmp_path, collector, {}))
    requests = Traffic(14).requests(60)
    send_grpc(tamis.grpc, requests[:20])
    sink.wait_for_spans(len(spans_of(requests[:20])))
    collector.stop()
    send_grpc(tamis.grpc, requests[20:40])
    eventually(lambda: "will retry" in tamis.output())
    again = Program([programs.collector(), f"--config={tmp_path / 'behind.yaml'}", "--set=service.telemetry.metrics.level=none",
                     *(f"--set=receivers.otlp.protocols.{protocol}.endpoint=127.0.0.1:{port}"
                       for protocol, port in (("grpc", collector.grpc), ("http", collector.http)))],
                    [collector.http], tmp_path / "again.log")
    send_grpc(tamis.grpc, requests[40:])
    assert set(ids(sink.wait_for_spans(len(spans_of(requests))))) == set(ids(spans_of(requests)))
    assert tamis.stop() == 0
    again.stop()
