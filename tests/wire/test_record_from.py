"""tamis record --from: copies of what passes through a running tamis, which goes on as if nobody looked.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import signal
import subprocess

import pytest

import programs
from programs import PATIENCE
from subject import configuration, ids, spans_of

FILTER = {"filter": {"traces": {"span": ['name == "dropped"']}}}


class Recorder:
    """tamis record --from the daemon, once it has begun."""

    def __init__(self, daemon, file, *arguments):
        self.file = file
        command = [programs.subject(), "record", f"--from=127.0.0.1:{daemon.metrics_port}", "-o", str(file), *arguments]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.said = self.process.stderr.readline()
        assert self.said.startswith("tamis: recording from"), self.said

    def wait(self):
        """(exit code, what it said) once it has ended."""
        rest = self.process.communicate(timeout=PATIENCE)[1]
        return self.process.returncode, rest

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def names(self):
        """The names of the spans in the file."""
        return [span["name"] for line in self.file.read_text().splitlines() for rs in json.loads(line)["resourceSpans"]
                for ss in rs["scopeSpans"] for span in ss["spans"]]


def ask(daemon, query, headers=None):
    """(status, body) of the page that recorders read."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.metrics_port, timeout=PATIENCE)
    try:
        connection.request("GET", f"/debug/spans{query}", headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def tally(body):
    """(spans, dropped) of an answer's first line."""
    words = body.partition(b"\n")[0].split()
    return int(words[1]), int(words[3])


@pytest.fixture
def pair(daemons, backends):
    """A daemon that drops the spans called dropped, and its backend."""
    backend = backends()
    return daemons(configuration(backend, processors=FILTER)), backend


def test_what_is_kept_is_copied_and_still_arrives(pair, tmp_path):
    daemon, backend = pair
    recorder = Recorder(daemon, tmp_path / "kept.json", "--max", "5")
    daemon.send(spans_of(2, name="dropped"))
    daemon.send(spans_of(3, name="kept"))
    daemon.send(spans_of(2, name="more", first=3))
    assert recorder.wait() == (0, "5 spans in 2 requests\n")
    assert sorted(recorder.names()) == ["kept"] * 3 + ["more"] * 2
    assert sorted(ids(backend.wait_for_spans(5))) == [0, 1, 2, 3, 4]


def test_all_are_copied_as_they_came(pair, tmp_path):
    daemon, _ = pair
    recorder = Recorder(daemon, tmp_path / "all.json", "--of", "all", "--max", "3")
    daemon.send(spans_of(2, name="dropped"))
    daemon.send(spans_of(1, name="kept"))
    assert recorder.wait()[0] == 0
    assert sorted(recorder.names()) == ["dropped", "dropped", "kept"]


def test_one_pipeline_of_two_is_copied(daemons, backends, tmp_path):
    settings = configuration(backends(), processors=FILTER)
    settings["service"]["pipelines"]["traces/all"] = {"receivers": ["otlp"], "exporters": ["otlp"]}
    daemon = daemons(settings)
    recorder = Recorder(daemon, tmp_path / "one.json", "--pipeline", "traces/all", "--max", "3")
    request = spans_of(2, name="dropped")
    request.resource_spans[0].scope_spans[0].spans.add(trace_id=b"\1" * 16, span_id=b"\2" * 8, name="kept")
    daemon.send(request)
    assert recorder.wait()[0] == 0
    assert sorted(recorder.names()) == ["dropped", "dropped", "kept"]


def test_it_ends_when_it_is_interrupted_and_leaves_room_for_the_next(pair, tmp_path):
    daemon, _ = pair
    assert Recorder(daemon, tmp_path / "none.json").interrupt() == (4, "0 spans in 0 requests\n")
    recorder = Recorder(daemon, tmp_path / "one.json", "--max", "1")
    daemon.send(spans_of(1))
    assert recorder.wait()[0] == 0


def test_one_reads_at_a_time(pair, tmp_path):
    daemon, _ = pair
    recorder = Recorder(daemon, tmp_path / "one.json")
    command = [programs.subject(), "record", f"--from=127.0.0.1:{daemon.metrics_port}", "-o", "/dev/null"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert second.returncode == 2
    assert "somebody else reads spans at present" in second.stderr
    assert recorder.interrupt()[0] == 4


def test_a_reader_that_does_not_come_back_costs_a_bounded_room(pair):
    daemon, backend = pair
    assert tally(ask(daemon, "?reader=7")[1]) == (0, 0)
    size, most = 1 << 20, 16
    for i in range(most + 8):  # a MiB each, and a few bytes
        daemon.send(spans_of(1, size=size, first=i))
    status, body = ask(daemon, "?reader=7")
    assert status == 200
    spans, dropped = tally(body)
    assert spans + dropped == most + 8 and spans == most - 1
    assert len(body) < most * size
    assert tally(ask(daemon, "?reader=7")[1]) == (0, 0)
    assert ask(daemon, "?reader=7&end=1") == (200, b"ended\n")
    assert len(backend.wait_for_spans(most + 8)) == most + 8


def test_nothing_is_copied_while_nobody_reads(pair):
    daemon, _ = pair
    daemon.send(spans_of(3))
    assert tally(ask(daemon, "?reader=7")[1]) == (0, 0)
    daemon.send(spans_of(3))
    assert ask(daemon, "?reader=7&end=1")[0] == 200
    daemon.send(spans_of(3))
    assert tally(ask(daemon, "?reader=8")[1]) == (0, 0)


@pytest.mark.parametrize("query", ["", "?reader=0", "?reader=x", "?reader=1&of=none"])
def test_questions_that_make_no_sense_are_refused(pair, query):
    assert ask(pair[0], query)[0] == 400


def test_browsers_are_refused(pair):
    assert ask(pair[0], "?reader=1", {"Origin": "http://example.org"})[0] == 403
    assert ask(pair[0], "?reader=1", {"Sec-Fetch-Site": "cross-site"})[0] == 403
