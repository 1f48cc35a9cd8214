"""TLS with the real Collector, as the client of tamis and as its server, with certificates on both sides.

SPDX-License-Identifier: Apache-2.0
"""
import json

import pytest

import programs
from certificates import Authority
from otlp_peers import send_grpc
from programs import eventually
from test_example import spans_of
from traffic import Traffic


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def written(folder, name, exporter, tls=None):
    """The file of a configuration: otlp in, perhaps over TLS, that exporter out."""
    kind, settings = exporter
    protocol = {"tls": tls} if tls else {}
    batch = {"sending_queue": {"batch": {"flush_timeout": "100ms", "sizer": "items", "min_size": 1}}}
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps({
        "receivers": {"otlp": {"protocols": {"grpc": protocol, "http": protocol}}},
        "exporters": {kind: {"timeout": "1m", **batch, **settings}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": [kind]}}}}))
    return file


def ids(spans):
    """What tells them apart, in some order."""
    return sorted((s.trace_id, s.span_id) for s in spans)


@pytest.mark.parametrize("kind", ["otlp", "otlp_http"])
@pytest.mark.parametrize("mutual", [False, True], ids=["server", "mutual"])
def test_the_collector_sends_to_tamis_over_tls(authority, start, sink, tmp_path, kind, mutual):
    client = authority.client() if mutual else None
    tls = authority.server().settings(**({"client_ca_file": str(authority.cert)} if mutual else {}))
    tamis = start(programs.subject(), written(tmp_path, "tamis", ("otlp", {"endpoint": sink.endpoint,
                                                                          "tls": {"insecure": True}}), tls))
    endpoint = f"localhost:{tamis.grpc}" if kind == "otlp" else f"https://localhost:{tamis.http}"
    trust = {"ca_file": str(authority.cert), **(client.settings() if client else {})}
    collector = start(programs.collector(), written(tmp_path, "collector", (kind, {"endpoint": endpoint, "tls": trust})))
    requests = Traffic(7).requests(20)
    send_grpc(collector.grpc, requests)
    assert ids(sink.wait_for_spans(len(spans_of(requests)))) == ids(spans_of(requests))


@pytest.mark.parametrize("mutual", [False, True], ids=["server", "mutual"])
def test_tamis_sends_to_the_collector_over_tls(authority, start, sink, tmp_path, mutual):
    client = authority.client() if mutual else None
    tls = authority.server().settings(**({"client_ca_file": str(authority.cert)} if mutual else {}))
    collector = start(programs.collector(), written(tmp_path, "collector", ("otlp", {"endpoint": sink.endpoint,
                                                                                   "tls": {"insecure": True}}), tls))
    trust = {"ca_file": str(authority.cert), **(client.settings() if client else {})}
    tamis = start(programs.subject(), written(tmp_path, "tamis", ("otlp", {"endpoint": f"localhost:{collector.grpc}",
                                                                          "tls": trust})))
    requests = Traffic(7).requests(20)
    send_grpc(tamis.grpc, requests)
    assert ids(sink.wait_for_spans(len(spans_of(requests)))) == ids(spans_of(requests))


@pytest.mark.parametrize("who", ["tamis", "collector"])
def test_both_turn_a_stranger_away(authority, start, sink, tmp_path, who):
    stranger = Authority(tmp_path, "stranger").client()
    tls = authority.server().settings(client_ca_file=str(authority.cert))
    server, client = (programs.subject(), programs.collector())[::1 if who == "tamis" else -1]
    behind = start(server, written(tmp_path, "server", ("otlp", {"endpoint": sink.endpoint, "tls": {"insecure": True}}), tls))
    trust = {"ca_file": str(authority.cert), **stranger.settings()}
    front = start(client, written(tmp_path, "client", ("otlp", {
        "endpoint": f"localhost:{behind.grpc}", "tls": trust, "timeout": "200ms",
        "retry_on_failure": {"initial_interval": "20ms", "max_interval": "50ms", "max_elapsed_time": "300ms"}})))
    send_grpc(front.grpc, Traffic(8).requests(1))
    eventually(lambda: "dropp" in front.output().lower())
    assert not sink.requests
