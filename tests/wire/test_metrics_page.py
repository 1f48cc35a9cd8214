"""The page of metrics: which names are there, in Prometheus' text format and as OpenMetrics.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import re

import pytest

from programs import PATIENCE, eventually, free_port
from reloading import ready
from subject import configuration, read_series, spans_of, total

# The Collector's names that dashboards and alerts know.
NAMES = """
otelcol_receiver_accepted_spans otelcol_receiver_refused_spans otelcol_receiver_failed_spans
otelcol_processor_incoming_items otelcol_processor_outgoing_items otelcol_processor_filter_spans_filtered
otelcol_processor_batch_batch_send_size_bucket otelcol_processor_batch_batch_send_size_sum
otelcol_processor_batch_batch_send_size_count otelcol_processor_batch_batch_size_trigger_send
otelcol_processor_batch_timeout_trigger_send
otelcol_processor_memory_limiter_accepted_spans otelcol_processor_memory_limiter_refused_spans
otelcol_exporter_sent_spans otelcol_exporter_send_failed_spans otelcol_exporter_enqueue_failed_spans
otelcol_exporter_queue_size otelcol_exporter_queue_capacity otelcol_exporter_in_flight_requests
otelcol_process_uptime otelcol_process_cpu_seconds otelcol_process_memory_rss
tamis_rule_matched_spans tamis_rule_dropped_spans tamis_rule_dropped_bytes tamis_rule_errors_spans
tamis_rule_type_mismatch_spans tamis_config_last_reload_successful tamis_config_last_reload_timestamp_seconds
tamis_receiver_request_seconds_bucket tamis_exporter_send_seconds_bucket
""".split()
OPEN = "application/openmetrics-text"
PROMETHEUS = (OPEN + ";version=1.0.0;escaping=allow-utf-8;q=0.6," + OPEN +
              ";version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2")
SAMPLE = re.compile(r'([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? ([0-9.e+-]+|[+-]Inf)')
ENDS = {"counter": ("_total",), "gauge": ("",), "info": ("_info",), "histogram": ("_bucket", "_sum", "_count")}


def asked(daemon, accept=None):
    """(content type, page)."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.metrics_port, timeout=PATIENCE)
    try:
        connection.request("GET", "/metrics", headers={"Accept": accept} if accept else {})
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.headers["Content-Type"], answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def busy(daemons, backends):
    """busy(service) -> a daemon through which spans went."""
    def start(prometheus=None):
        settings = configuration(
            backends(), queue={"queue_size": 10},
            processors={"memory_limiter": {"check_interval": "1s", "limit_percentage": 90},
                        "filter": {"traces": {"span": ['name == "noise"']}},
                        "batch": {"timeout": "10ms"}})
        port = free_port()
        if prometheus:
            settings["service"]["telemetry"] = {"metrics": {"readers": [{"pull": {"exporter": {"prometheus": {
                "host": "127.0.0.1", "port": port, **prometheus}}}}]}}
        daemon = ready(daemons(settings))
        daemon.metrics_port = port if prometheus else daemon.metrics_port
        daemon.send(spans_of(3))
        daemon.send(spans_of(2, name="noise"))
        eventually(lambda: total(read_series(asked(daemon)[1]), "otelcol_exporter_sent_spans") == 3)
        return daemon
    return start


def test_every_name_is_there(busy):
    names = {name for name, _ in read_series(asked(busy())[1])}
    assert not [name for name in NAMES if name not in names]


def test_times_are_counted(busy):
    series = read_series(asked(busy())[1])
    assert total(series, "tamis_receiver_request_seconds_count", transport="grpc") == 2
    assert total(series, "tamis_exporter_send_seconds_count", exporter="otlp") == 1
    assert 0 < total(series, "tamis_exporter_send_seconds_sum") < PATIENCE


def families(page):
    """Reads OpenMetrics strictly: {family: (type, unit, samples)}."""
    lines = page.split("\n")
    assert lines[-2:] == ["# EOF", ""], lines[-2:]
    found, name = {}, None
    for line in lines[:-2]:
        if line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            assert name not in found and not name.endswith("_total")
            found[name] = [kind, None, []]
        elif line.startswith("# UNIT "):
            _, _, of, found[name][1] = line.split(" ")
            assert of == name and name.endswith("_" + found[name][1])
        elif line.startswith("# HELP "):
            assert line.split(" ")[2] == name
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line  # no exemplar, no time
            assert sample[1] in [name + end for end in ENDS[found[name][0]]], line
            bound = re.search(r'[{,]le="([^"]*)"', sample[2] or "")
            assert not bound or bound[1] == "+Inf" or repr(float(bound[1])) == bound[1]
            found[name][2].append(line)
    return found


def test_openmetrics_is_for_those_who_ask_for_it(busy):
    daemon = busy()
    kind, page = asked(daemon, OPEN)
    assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    found = families(page)
    assert found["otelcol_receiver_accepted_spans"][0] == "counter"
    assert any(s.startswith("otelcol_receiver_accepted_spans_total{") for s in
               found["otelcol_receiver_accepted_spans"][2])
    assert found["otelcol_process_cpu_seconds"][:2] == ["counter", "seconds"]
    assert found["tamis_exporter_send_seconds"][:2] == ["histogram", "seconds"]
    assert found["target"][0] == "info"
    for accept in (None, "*/*", "text/plain", OPEN + ";q=0, */*"):
        assert asked(daemon, accept)[0] == "text/plain; version=0.0.4"


def test_prometheus_meets_the_names_that_the_configuration_wants(busy):
    kind, page = asked(busy(), PROMETHEUS)
    assert kind == "text/plain; version=0.0.4" and "otelcol_exporter_sent_spans{" in page
    kind, page = asked(busy({"without_type_suffix": False}), PROMETHEUS)
    assert kind.startswith(OPEN) and "otelcol_exporter_sent_spans_total{" in page
    families(page)
