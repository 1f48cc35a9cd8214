"""What the exporters debug and file leave behind.

SPDX-License-Identifier: Apache-2.0
"""
import json
import re
import struct
import subprocess

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import programs
from backend import unzstd
from subject import eventually, ids, spans_of


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
    for _ in range(40):
        daemon.send(spans_of(1))
    assert daemon.stop() == 0
    shown = out.read_text().count("debug: 1 spans")
    assert 3 <= shown < 40 and shown % 3 == 0, "3 in each second"


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
        done = subprocess.run([programs.subject(), f"--config={configuration}"], capture_output=True, timeout=30,
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
