"""The metrics page: every series that the Collector shows is there, with its name, labels, kind and value.

What tamis does not have stands in KNOWN.md under "Metrics", with the reason. tamis may show more.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import re

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import otlp_peers
import programs
from otlp_peers import EXPORT, PATIENT, as_bytes
from traffic import Traffic

# Depend on the process or the moment: their values are not compared.
VALUES_DIFFER = ("otelcol_process_", "target_info")
# The Collector is otelcol, tamis is tamis, and each instance has an id of its own.
LABELS_DIFFER = {"service_instance_id", "service_name", "service_version"}
SERIES = re.compile(r'([a-z_]+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def known_to_be_missing():
    """The names of KNOWN.md's table; a star stands for any rest."""
    text = (programs.TOP / "tests" / "peers" / "KNOWN.md").read_text()
    section = re.search(r"^## Metrics\n(.*?)(?=^## |\Z)", text, re.S | re.M)[1]
    names = re.findall(r"^\| `([a-z_]+\*?)` \|", section, re.M)
    assert names
    return re.compile("|".join(name.replace("*", ".*") for name in names))


MISSING = known_to_be_missing()


class Page:
    """What a program shows: .series maps (name, labels) to a value, .kinds a name to its type."""

    def __init__(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=programs.PATIENCE)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        self.kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        self.series = {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = SERIES.fullmatch(line).groups()
            labels = frozenset((k, None if k in LABELS_DIFFER else v) for k, v in LABEL.findall(labels or ""))
            assert (name, labels) not in self.series, line
            self.series[name, labels] = float(value)

    def lacks(self, other):
        """What the other page has and this one has not, or otherwise."""
        found = [f"{name} is a {self.kinds.get(name)}, not a {kind}" for name, kind in other.kinds.items()
                 if not MISSING.fullmatch(name) and self.kinds.get(name) != kind]
        for (name, labels), value in other.series.items():
            if MISSING.fullmatch(re.sub("_(bucket|sum|count)$", "", name)) or MISSING.fullmatch(name):
                continue
            mine = self.series.get((name, labels))
            if mine is None or (mine != value and not name.startswith(VALUES_DIFFER)):
                found.append(f"{name} {dict(labels)}: {value} wanted, {mine} found")
        return found


@pytest.fixture
def alike(start, tmp_path):
    """alike(configuration, send, settled): both programs get what `send` sends, and settled(page) tells that it is
    through; then tamis' page has all that the Collector's has. `prometheus` are further keys of the page."""
    def run(configuration, send, settled, prometheus=None):
        pages = []
        path = tmp_path / "configuration.yaml"
        for binary in (programs.collector(), programs.subject()):
            port = programs.free_port()
            exporter = {"prometheus": {"host": "127.0.0.1", "port": port, **(prometheus or {})}}
            configuration["service"]["telemetry"] = {"metrics": {"readers": [{"pull": {"exporter": exporter}}]}}
            path.write_text(json.dumps(configuration))
            program = start(binary, path, {"service.telemetry.metrics.level": "normal"})
            send(program)
            programs.eventually(lambda port=port: settled(Page(port)))
            pages.append(Page(port))
        want, got = pages
        found = got.lacks(want)
        assert not found, "\n".join(found)
        return got
    return run


def total(page, name, **labels):
    """The sum of the series that have these labels."""
    return sum(v for (n, l), v in page.series.items() if n == name and labels.items() <= dict(l).items())


def send_some(program):
    """Ten requests over gRPC and ten over HTTP, of two tenants."""
    requests = Traffic(77).requests(20)
    with grpc.insecure_channel(f"127.0.0.1:{program.grpc}", options=PATIENT) as channel:
        for i, request in enumerate(requests[:10]):
            channel.unary_unary(EXPORT)(as_bytes(request), timeout=programs.PATIENCE, wait_for_ready=True,
                                        metadata=[("x-tenant", "ab"[i % 2])])
    for i, request in enumerate(requests[10:]):
        assert post(program, as_bytes(request), {"x-tenant": "ab"[i % 2]}) == 200
    return requests


def spans_of(count):
    """A request of so many spans."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for i in range(count):
        spans.add(trace_id=bytes([1] * 16), span_id=(i + 1).to_bytes(8, "big"), name="kept")
    return request


def post(program, body, headers):
    """The status of the answer to one request."""
    connection = http.client.HTTPConnection("127.0.0.1", program.http, timeout=programs.PATIENCE)
    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf", **headers})
    status = connection.getresponse().status
    connection.close()
    return status


def receiver(**protocol):
    """An OTLP receiver for both protocols."""
    return {"otlp": {"protocols": {"grpc": {**protocol}, "http": {**protocol}}}}


def to(endpoint):
    """An exporter that nobody answers and that does not try again."""
    return {"endpoint": endpoint, "tls": {"insecure": True}, "retry_on_failure": {"enabled": False}}


def test_every_series_of_a_whole_pipeline(alike, tmp_path):
    backend = otlp_peers.Sink()
    nobody = programs.free_port()
    exporters = {"otlp/good": {"endpoint": backend.endpoint, "tls": {"insecure": True}, "timeout": "10m"},
                 "otlp/bad": to(f"127.0.0.1:{nobody}"), "otlp/six": to(f"[::1]:{nobody}"),
                 "otlp/name": to(f"localhost:{nobody}"),
                 "debug/shown": {}, "file": {"path": str(tmp_path / "out")}, "nop": {}}
    processors = {
        "memory_limiter": {"check_interval": "1s", "limit_mib": 4000},
        "filter/by_resource": {"error_mode": "ignore", "traces": {
            "resource": ['attributes["service.name"] == "checkout"'], "spanevent": ['name == "exception"']}},
        "filter/noise": {"error_mode": "ignore", "traces": {"span": ['name == "ingress"', 'attributes["n"] != nil']}},
        "attributes": {"actions": [{"key": "cluster", "value": "x", "action": "upsert"}]},
        "resource": {"attributes": [{"key": "cluster", "value": "x", "action": "upsert"}]},
        "transform": {"error_mode": "ignore", "trace_statements": ['set(span.attributes["a"], 1)']},
        "probabilistic_sampler": {"sampling_percentage": 60},
        # Every request is a batch: how many close by time depends on the moment.
        "batch": {"timeout": "10m", "send_batch_size": 1},
        "batch/tenants": {"timeout": "0s", "metadata_keys": ["x-tenant"]}}
    configuration = {
        "receivers": receiver(include_metadata=True), "processors": processors, "exporters": exporters,
        "service": {"pipelines": {
            "traces": {"receivers": ["otlp"], "processors": [p for p in processors if p != "batch/tenants"],
                       "exporters": [e for e in exporters if e != "file"]},
            "traces/tenants": {"receivers": ["otlp"], "processors": ["filter/noise", "batch/tenants"],
                               "exporters": ["file", "otlp/good"]}}}}

    def settled(page):
        """Each exporter has seen what the last processor before the batches let through."""
        kept = total(page, "otelcol_processor_outgoing_items", processor="probabilistic_sampler")
        noise = total(page, "otelcol_processor_outgoing_items", processor="filter/noise")
        first = total(page, "otelcol_processor_incoming_items", processor="attributes")
        sent = {e: total(page, "otelcol_exporter_sent_spans", exporter=e) for e in exporters}
        return (sent["debug/shown"] == kept > 0 and sent["file"] == noise - first and
                sent["otlp/good"] == sent["file"] + kept and
                all(total(page, "otelcol_exporter_send_failed_spans", exporter=e) == kept
                    for e in ("otlp/bad", "otlp/six", "otlp/name")) and
                not total(page, "otelcol_exporter_queue_size") and
                not total(page, "otelcol_exporter_in_flight_requests"))

    page = alike(configuration, send_some, settled)
    assert total(page, "otelcol_processor_batch_metadata_cardinality", processor="batch/tenants") == 2
    backend.stop()


def test_a_file_that_cannot_be_written(alike):
    configuration = {"receivers": receiver(), "exporters": {"file": {"path": "/dev/full"}},
                     "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["file"]}}}}
    requests = Traffic(78).requests(3)

    def send(program):
        assert [post(program, as_bytes(each), {}) for each in requests] == [503] * 3

    spans = sum(len(ss.spans) for r in requests for rs in r.resource_spans for ss in rs.scope_spans)
    alike(configuration, send, lambda page: total(page, "otelcol_exporter_send_failed_spans") == spans and
          sum(total(page, f"otelcol_receiver_{what}_spans") for what in ("accepted", "refused", "failed")) == spans)


def test_memory_that_is_short(alike):
    """Both programs alone take more than that."""
    configuration = {"receivers": receiver(), "exporters": {"nop": {}},
                     "processors": {"memory_limiter": {"check_interval": "100ms", "limit_mib": 2}},
                     "service": {"pipelines": {"traces": {"receivers": ["otlp"], "processors": ["memory_limiter"],
                                                          "exporters": ["nop"]}}}}
    requests = Traffic(80).requests(3)

    def send(program):
        programs.eventually(lambda: re.search("above (the )?soft limit", program.output()))
        assert [post(program, as_bytes(each), {}) for each in requests] == [503] * 3
        with grpc.insecure_channel(f"127.0.0.1:{program.grpc}", options=PATIENT) as channel, pytest.raises(grpc.RpcError) as error:
            channel.unary_unary(EXPORT)(as_bytes(requests[0]), timeout=programs.PATIENCE, wait_for_ready=True)
        assert error.value.code() == grpc.StatusCode.UNAVAILABLE
        assert error.value.details() == "data refused due to high memory usage"

    page = alike(configuration, send, lambda page: total(page, "otelcol_processor_memory_limiter_refused_spans") > 0)
    assert total(page, "otelcol_processor_memory_limiter_accepted_spans") == 0


def test_a_queue_that_is_full(alike):
    queue = {"queue_size": 3, "num_consumers": 1}
    exporter = {"endpoint": f"127.0.0.1:{programs.free_port()}", "tls": {"insecure": True}, "sending_queue": queue,
                "retry_on_failure": {"initial_interval": "10m", "max_interval": "10m", "max_elapsed_time": "0s"}}
    configuration = {"receivers": receiver(), "exporters": {"otlp": exporter},
                     "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["otlp"]}}}}
    requests = Traffic(79).requests(5)

    def send(program):
        assert [post(program, as_bytes(each), {}) for each in requests] == [200] * 3 + [503] * 2

    alike(configuration, send, lambda page: total(page, "otelcol_exporter_in_flight_requests") == 1)


def test_a_queue_holds_no_more_than_its_size(alike):
    """The same requests find room, by spans: a small one does behind one that was refused."""
    exporter = {"endpoint": f"127.0.0.1:{programs.free_port()}", "tls": {"insecure": True},
                "sending_queue": {"queue_size": 30, "num_consumers": 1, "sizer": "items"},
                "retry_on_failure": {"initial_interval": "10m", "max_interval": "10m", "max_elapsed_time": "0s"}}
    configuration = {"receivers": receiver(), "exporters": {"otlp": exporter},
                     "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["otlp"]}}}}

    def send(program):
        answers = [post(program, as_bytes(spans_of(n)), {}) for n in (20, 11, 9, 2, 1, 1)]
        assert answers == [200, 503, 200, 503, 200, 503]

    page = alike(configuration, send, lambda page: total(page, "otelcol_exporter_in_flight_requests") == 1)
    assert total(page, "otelcol_exporter_queue_size") == 30


@pytest.mark.parametrize("given", [{"without_type_suffix": False}, {"without_units": False},
                                   {"without_type_suffix": False, "without_units": True},
                                   {"without_type_suffix": True, "without_units": False}])
def test_one_suffix_brings_both(alike, given):
    configuration = {"receivers": receiver(), "exporters": {"nop": {}},
                     "processors": {"batch": {"timeout": "10ms"}},
                     "service": {"pipelines": {"traces": {"receivers": ["otlp"], "processors": ["batch"],
                                                          "exporters": ["nop"]}}}}
    page = alike(configuration, send_some,
                 lambda page: total(page, "otelcol_processor_batch_timeout_trigger_send_total"), given)
    assert total(page, "otelcol_process_uptime_seconds_total") > 0
