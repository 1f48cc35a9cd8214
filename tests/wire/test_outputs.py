"""What the exporters debug and file leave behind.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import re
import resource
import struct
import subprocess
import time

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import programs
from backend import unzstd
from otlp_peers import EXPORT
from programs import PATIENCE
from subject import configuration, eventually, ids, spans_of


def printing(exporter, settings, processors=None):
    """otlp in, one exporter out."""
    pipeline = {"receivers": ["otlp"], "exporters": [exporter]}
    if processors:
        pipeline["processors"] = list(processors)
    return {"receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}}, "processors": processors or {},
            "exporters": {exporter: settings}, "service": {"pipelines": {"traces": pipeline}}}


def ids_in_json(text):
    """The numbers of the spans of a request in OTLP/JSON, where ids are hex digits."""
    return [int(s["spanId"], 16) - 1 for rs in json.loads(text)["resourceSpans"] for ss in rs["scopeSpans"]
            for s in ss["spans"]]


def ids_in_proto(message):
    """The same of a request in protobuf."""
    request = ExportTraceServiceRequest.FromString(message)
    return ids([s for rs in request.resource_spans for ss in rs.scope_spans for s in ss.spans])


# ---- debug -----------------------------------------------------------------------------------------------------


def test_debug_prints_to_all_its_paths(daemons, tmp_path):
    paths = [str(tmp_path / "one"), str(tmp_path / "two"), "stderr"]
    (tmp_path / "one").write_text("before\n")
    daemon = daemons(printing("debug", {"verbosity": "normal", "output_paths": paths}))
    daemon.send(spans_of(2))
    eventually(lambda: (tmp_path / "two").read_text().count("span kept ") == 2)
    assert (tmp_path / "one").read_text().startswith("before\nspan kept ")
    assert daemon.stop() == 0 and daemon.output().count("span kept ") == 2


def test_debug_speaks_through_the_log(daemons):
    settings = printing("debug", {"verbosity": "normal", "use_internal_logger": True})
    settings["service"]["telemetry"] = {"logs": {"encoding": "json"}}
    daemon = daemons(settings)
    daemon.send(spans_of(2))
    assert daemon.stop() == 0
    lines = [json.loads(line) for line in daemon.output().splitlines() if line.startswith("{")]
    assert [line["spans"] for line in lines if line["msg"] == "Traces"] == [2]
    assert all(line["text"].startswith("span kept ") for line in lines if line["msg"] == "span")
    assert len([line for line in lines if line["msg"] == "span"]) == 2


def test_debug_shows_a_sample(daemons, tmp_path):
    out = tmp_path / "out"
    settings = {"sampling_initial": 3, "sampling_thereafter": 0, "output_paths": [str(out)]}
    daemon = daemons(printing("debug", settings))
    with daemon.channel() as channel:
        for _ in range(300):
            channel.unary_unary(EXPORT)(spans_of(1).SerializeToString(), timeout=PATIENCE)
    assert daemon.stop() == 0
    assert 3 <= out.read_text().count("debug: 1 spans") < 300, "3 in each second"


def everything():
    """A request with two resources, every field set somewhere."""
    request = ExportTraceServiceRequest()
    rs = request.resource_spans.add(schema_url="https://schema/1")
    rs.resource.attributes.add(key="service.name").value.string_value = "shop\nevil"
    ss = rs.scope_spans.add(schema_url="https://schema/2")
    ss.scope.name, ss.scope.version = "lib", "1.2"
    ss.scope.attributes.add(key="a").value.bool_value = True
    span = ss.spans.add(trace_id=bytes(range(1, 17)), span_id=b"\2" * 8, parent_span_id=b"\3" * 8, name="GET /", kind=2,
                        trace_state="ot=th:0", start_time_unix_nano=1581452772000000321,
                        end_time_unix_nano=1581452773000000000, dropped_attributes_count=1, dropped_events_count=2,
                        dropped_links_count=3)
    span.status.code, span.status.message = 2, "broken"
    for key, kind, value in (("i", "int_value", -7), ("d", "double_value", 0.5), ("s", "string_value", "x")):
        setattr(span.attributes.add(key=key).value, kind, value)
    span.attributes.add(key="l").value.array_value.values.add().int_value = 1
    span.attributes.add(key="e").value.SetInParent()
    event = span.events.add(name="oops", time_unix_nano=1581452772500000000, dropped_attributes_count=4)
    event.attributes.add(key="why").value.string_value = "because"
    span.events.add()
    link = span.links.add(trace_id=b"\4" * 16, span_id=b"\5" * 8, trace_state="a=b", dropped_attributes_count=5)
    link.attributes.add(key="far").value.string_value = "away"
    span.links.add(trace_id=b"\6" * 16, span_id=b"\7" * 8)
    request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"\1" * 16, span_id=b"\1" * 8)
    return request


DETAILS = """\
ResourceSpans #0
Resource SchemaURL: https://schema/1
Resource attributes:
     -> service.name: Str(shop\\nevil)
ScopeSpans #0
ScopeSpans SchemaURL: https://schema/2
InstrumentationScope lib 1.2
InstrumentationScope attributes:
     -> a: Bool(true)
Span #0
    Trace ID       : 0102030405060708090a0b0c0d0e0f10
    Parent ID      : 0303030303030303
    ID             : 0202020202020202
    Name           : GET /
    Kind           : Server
    TraceState     : ot=th:0
    Start time     : 2020-02-11 20:26:12.000000321 +0000 UTC
    End time       : 2020-02-11 20:26:13 +0000 UTC
    Status code    : Error
    Status message : broken
    DroppedAttributesCount: 1
    DroppedEventsCount: 2
    DroppedLinksCount: 3
Attributes:
     -> i: Int(-7)
     -> d: Double(0.5)
     -> s: Str(x)
     -> l: Slice([1])
     -> e: Empty()
Events:
SpanEvent #0
     -> Name: oops
     -> Timestamp: 2020-02-11 20:26:12.5 +0000 UTC
     -> DroppedAttributesCount: 4
     -> Attributes::
          -> why: Str(because)
SpanEvent #1
     -> Name:
     -> Timestamp: 1970-01-01 00:00:00 +0000 UTC
     -> DroppedAttributesCount: 0
Links:
SpanLink #0
     -> Trace ID: 04040404040404040404040404040404
     -> ID: 0505050505050505
     -> TraceState: a=b
     -> DroppedAttributesCount: 5
     -> Attributes::
          -> far: Str(away)
SpanLink #1
     -> Trace ID: 06060606060606060606060606060606
     -> ID: 0707070707070707
     -> TraceState:
     -> DroppedAttributesCount: 0
ResourceSpans #1
Resource SchemaURL:
ScopeSpans #0
ScopeSpans SchemaURL:
InstrumentationScope
Span #0
    Trace ID       : 01010101010101010101010101010101
    Parent ID      :
    ID             : 0101010101010101
    Name           :
    Kind           : Unspecified
    Start time     : 1970-01-01 00:00:00 +0000 UTC
    End time       : 1970-01-01 00:00:00 +0000 UTC
    Status code    : Unset
    Status message :
    DroppedAttributesCount: 0
    DroppedEventsCount: 0
    DroppedLinksCount: 0
"""


def test_debug_tells_everything_as_the_collector_does(daemons, tmp_path):
    out = tmp_path / "out"
    daemon = daemons(printing("debug", {"verbosity": "detailed", "output_paths": [str(out)]}))
    request = everything()
    daemon.send(request)
    assert daemon.stop() == 0
    head, _, text = out.read_text().partition("\n")
    assert head == f"debug: 2 spans in {request.ByteSize()} bytes"
    assert [line.rstrip() for line in text.splitlines()] == DETAILS.splitlines()


def test_debug_may_have_a_queue_that_batches(daemons, tmp_path):
    out = tmp_path / "out"
    queue = {"batch": {"min_size": 4, "flush_timeout": "60s"}}
    daemon = daemons(printing("debug", {"sending_queue": queue, "output_paths": [str(out)]}))
    for i in range(8):
        daemon.send(spans_of(1, first=i))
    eventually(lambda: out.read_text().count("debug: 4 spans") == 2)
    assert daemon.metric("otelcol_exporter_queue_capacity") == 1000


def test_a_path_that_cannot_be_written_is_told_at_start(tmp_path):
    configuration = tmp_path / "tamis.yaml"
    for exporter, settings in (("debug", {"output_paths": [str(tmp_path / "no" / "out")]}),
                               ("file", {"path": str(tmp_path / "no" / "out")}),
                               ("file", {"path": str(configuration / "x" / "out"), "create_directory": True}),
                               ("nop", {"logs": {"output_paths": [str(tmp_path / "no" / "out")]}})):
        telemetry = settings.pop("logs", {})
        settings = printing(exporter, settings)
        settings["service"]["telemetry"] = {"logs": telemetry}
        configuration.write_text(json.dumps(settings))
        done = subprocess.run([programs.subject(), f"--config={configuration}"], capture_output=True, timeout=PATIENCE,
                              check=False)
        assert done.returncode == 2 and re.search(b"tamis: cannot (write|make)", done.stderr), done.stderr


# ---- file ------------------------------------------------------------------------------------------------------


def framed(data):
    """The messages of a file in which each stands behind its size."""
    while data:
        size, = struct.unpack(">I", data[:4])
        yield data[4:4 + size]
        data = data[4 + size:]


def test_a_file_is_begun_anew_or_appended_to(daemons, tmp_path):
    out = tmp_path / "deep" / "down" / "spans.json"
    for append, lines in ((False, 1), (True, 2), (False, 1)):
        settings = {"path": str(out), "append": append, "create_directory": True, "directory_permissions": "0700"}
        daemon = daemons(printing("file", settings))
        daemon.send(spans_of(3))
        assert daemon.stop() == 0
        assert [ids_in_json(line) for line in out.read_text().splitlines()] == [[0, 1, 2]] * lines
    assert out.parent.stat().st_mode & 0o777 == 0o700


def test_compressed_requests_stand_behind_their_sizes(daemons, tmp_path):
    for form, read in (("json", ids_in_json), ("proto", ids_in_proto)):
        out = tmp_path / form
        daemon = daemons(printing("file", {"path": str(out), "format": form, "compression": "zstd",
                                              "compression_params": {"level": 11}}))
        for i in range(3):
            daemon.send(spans_of(2, first=2 * i, size=1000))
        assert daemon.stop() == 0
        assert out.stat().st_size < 1000
        assert [read(unzstd(m)) for m in framed(out.read_bytes())] == [[0, 1], [2, 3], [4, 5]]


def test_full_files_are_renamed_and_the_oldest_deleted(daemons, tmp_path):
    out = tmp_path / "spans.json"
    rotation = {"max_megabytes": 1, "max_backups": 2}
    settings = printing("file", {"path": str(out), "rotation": rotation})
    daemon = daemons(settings)
    for i in range(10):
        daemon.send(spans_of(1, first=i, size=600000))
    assert daemon.stop() == 0
    renamed = sorted(p for p in tmp_path.iterdir() if p.is_file() and p.name.startswith("spans-"))
    assert len(renamed) == 2
    assert all(re.fullmatch(r"spans-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.json", p.name) for p in renamed)
    assert [ids_in_json(p.read_text()) for p in [*renamed, out]] == [[7], [8], [9]]
    daemon = daemons(settings)  # goes on with the file that is there
    daemon.send(spans_of(1, first=10))
    assert daemon.stop() == 0
    assert len(out.read_text().splitlines()) == 2


def limit_files(daemon, most):
    """As a disk that has no more room: no file may become larger."""
    limits = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (most, limits[1]))


@pytest.mark.parametrize("form", ["json", "proto"])
def test_a_request_that_does_not_fit_leaves_no_part_of_it(daemons, tmp_path, form):
    out = tmp_path / "out"
    daemon = daemons(printing("file", {"path": str(out), "format": form}))
    read = ids_in_json if form == "json" else ids_in_proto
    split = bytes.splitlines if form == "json" else framed
    daemon.send(spans_of(1, size=100000))
    limit_files(daemon, 150000)
    for i in (1, 2):
        refused = daemon.refusal(spans_of(1, first=i, size=100000))
        assert refused.code() == grpc.StatusCode.UNAVAILABLE
        assert [read(m) for m in split(out.read_bytes())] == [[0]]
    assert daemon.metric("otelcol_exporter_send_failed_spans", exporter="file") == 2
    limit_files(daemon, resource.RLIM_INFINITY)
    daemon.send(spans_of(1, first=3, size=100000))
    assert [read(m) for m in split(out.read_bytes())] == [[0], [3]]
    assert daemon.stop() == 0
    assert f"cannot write {out}: File too large" in daemon.output()


def test_clients_do_not_wait_for_a_file_behind_a_batch_and_the_loss_is_counted(daemons):
    daemon = daemons(printing("file", {"path": "/dev/full"}, {"batch": {"timeout": "1ms"}}))
    daemon.send(spans_of(3))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans", exporter="file") == 3)
    assert daemon.stop() == 0
    assert "No space left on device" in daemon.output()


def test_what_debug_cannot_print_is_told_and_goes_on(daemons, backends, tmp_path):
    backend = backends()
    settings = configuration(backend)
    settings["exporters"]["debug"] = {"verbosity": "detailed", "output_paths": [str(tmp_path / "out")]}
    settings["service"]["pipelines"]["traces"]["exporters"].append("debug")
    daemon = daemons(settings, before=["sh", "-c", 'ulimit -f 16; exec "$@"', "sh"])
    daemon.send(spans_of(100))
    backend.wait_for_spans(100)
    eventually(lambda: "spans were not printed" in daemon.output())
    assert 'exporter=debug reason="File too large"' in daemon.output() and daemon.stop() == 0


# ---- messages --------------------------------------------------------------------------------------------------


def test_messages_go_to_the_configured_paths_with_the_initial_fields(daemons, tmp_path):
    out = tmp_path / "messages"
    settings = printing("nop", {})
    settings["service"]["telemetry"] = {"logs": {"encoding": "json", "output_paths": [str(out)],
                                                 "initial_fields": {"zone": "a b", "shard": 7, "good": True}}}
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    assert daemon.stop() == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert any(line["msg"].startswith("Everything is ready") for line in lines)
    assert all((line["zone"], line["shard"], line["good"]) == ("a b", 7, True) for line in lines)
    assert daemon.output() == ""


def test_a_pipe_that_nobody_reads_stops_nothing(daemons, backends, tmp_path):
    """stdout and stderr are one pipe: spans go on, lines are dropped, and when somebody reads he hears how many."""
    path, backend = tmp_path / "pipe", backends()
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    settings = configuration(backend)
    settings["exporters"]["debug"] = {"verbosity": "detailed"}
    settings["service"]["pipelines"]["traces"]["exporters"].append("debug")
    daemon = daemons(settings, before=["sh", "-c", f'exec "$@" >{path} 2>&1', "sh"])
    sent = 0
    while not daemon.metric("tamis_dropped_lines"):
        assert daemon.post(spans_of(1000, size=3000, first=sent).SerializeToString()).status == 200
        sent += 1000
    for _ in range(3):  # both of the workers, and the loop that sends
        daemon.serves()
    assert len(backend.wait_for_spans(sent)) == sent
    text = b""
    while b" lines dropped: nobody read them" not in text:
        try:
            text = text[-200:] + os.read(reader, 1 << 16)
        except BlockingIOError:
            time.sleep(0.01)
    assert daemon.stop() == 0  # what is written at the end is not read by anybody
    os.close(reader)
