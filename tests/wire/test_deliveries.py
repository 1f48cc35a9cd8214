"""Where the spans of a trace are that no rule dropped: sent, queued, failed, refused; asked of /debug/drops and tamis why.

SPDX-License-Identifier: Apache-2.0
"""
import json
import re

import grpc

from backend import Gate, partial, status
from subject import configuration, eventually
from test_drops import RULES, dropping, request_of, why

UNAVAILABLE, INVALID = (grpc.StatusCode[name].value[0] for name in ("UNAVAILABLE", "INVALID_ARGUMENT"))


def trace_id(trace):
    return trace.to_bytes(16, "big").hex()


def requests(daemon, trace):
    """What the page says of the trace, the latest request first."""
    code, text = daemon.page(f"/debug/drops?format=json&trace={trace_id(trace)}")
    assert code == 200, text
    return json.loads(text)["requests"]


def way(daemon, trace, exporter="otlp"):
    """Where the spans of the trace's only request are on their way to that exporter."""
    (request,) = requests(daemon, trace)
    (found,) = [w for w in request["exporters"] if w["exporter"] == exporter]
    return {k: v for k, v in found.items() if v and k != "exporter"}


def told(daemon, trace):
    """tamis why, times cut off."""
    code, out, said = why(daemon, trace_id(trace))
    assert (code, said) == (0, "")
    return re.sub(r"(?m)^\S+Z  ", "", out)


def test_what_was_sent_is_told_beside_what_was_dropped(daemons, backends):
    backend = backends()
    daemon = daemons(dropping(backend, keep=100))
    daemon.send(request_of(7, "kept", "gone", "kept"))
    daemon.send(request_of(8, "gone", first=10))
    eventually(lambda: way(daemon, 7) == {"sent": 2})
    (request,) = requests(daemon, 7)
    assert (request["pipeline"], request["spans"], request["received"], request["kept"], request["refused"]) == (
        "traces", 2, 3, 2, None)
    assert requests(daemon, 8) == []  # all of it was dropped
    assert told(daemon, 7).endswith("pipeline traces kept 2 spans of the trace (2 of the request's 3)\n"
                                    "    to otlp: 2 sent\n")
    code, out, _ = why(daemon, "99" * 16)
    assert code == 4 and out == ("no such span among the last 100 that were dropped, nor in the last 100 traces of "
                                 "requests\n")
    code, out, _ = why(daemon, "99" * 16, "--format", "json")
    assert code == 4 and json.loads(out) == {"drops": [], "requests": []}


def test_traces_of_one_request_are_told_apart(daemons, backends):
    daemon = daemons(dropping(backends(), keep=100))
    request = request_of(1, *["kept"] * 30)
    for i, span in enumerate(request.resource_spans[0].scope_spans[0].spans):
        span.trace_id = (1 + i % 3).to_bytes(16, "big")
    daemon.send(request)
    daemon.send(request_of(2, "kept", "kept"))
    eventually(lambda: sum(w["sent"] for r in requests(daemon, 2) for w in r["exporters"]) == 32)
    assert [(r["spans"], r["kept"]) for r in requests(daemon, 2)] == [(2, 2), (10, 30)]
    assert [(r["spans"], r["kept"]) for r in requests(daemon, 3)] == [(10, 30)]


def test_a_backend_that_is_down_leaves_spans_queued_with_its_reason(daemons, backends):
    backend = backends()
    backend.stop()
    daemon = daemons(configuration(backend, exporter={"timeout": "100ms"},
                                   service={"drops": {"keep": 100}, "shutdown_timeout": "1s"}))
    daemon.send(request_of(7, "kept"))
    eventually(lambda: way(daemon, 7).get("failed_tries", 0) > 1)
    there = way(daemon, 7)
    assert there["queued"] == 1 and there["code"] == "UNAVAILABLE" and "refused" in there["reason"].lower()
    assert re.search(r"    to otlp: 1 queued; \d+ tries failed, the last with UNAVAILABLE: .*[Rr]efused", told(daemon, 7))


def test_a_slow_backend_has_spans_queued_until_it_answers(daemons, backends):
    gate = Gate()
    daemon = daemons(dropping(backends(*[gate] * 4), keep=100))
    daemon.send(request_of(7, "kept"))
    assert way(daemon, 7) == {"queued": 1}
    assert told(daemon, 7).endswith("    to otlp: 1 queued\n")
    gate.open()
    eventually(lambda: way(daemon, 7) == {"sent": 1})


def test_a_backend_that_refuses_makes_spans_fail_with_its_words(daemons, backends):
    daemon = daemons(dropping(backends(status(UNAVAILABLE, "later"), status(INVALID, "never")), keep=100))
    daemon.send(request_of(7, "kept", "kept"))
    eventually(lambda: "failed" in way(daemon, 7))
    assert way(daemon, 7) == {"failed": 2, "failed_tries": 2, "code": "INVALID_ARGUMENT", "reason": "never"}
    assert told(daemon, 7).endswith(
        "    to otlp: 2 failed to send; 2 tries failed, the last with INVALID_ARGUMENT: never\n")


def test_spans_that_the_backend_rejects_of_a_batch_are_told_of(daemons, backends):
    daemon = daemons(dropping(backends(partial(2, "two")), keep=100))
    daemon.send(request_of(7, "kept", "kept", "kept"))
    eventually(lambda: "sent" in way(daemon, 7))
    assert way(daemon, 7) == {"sent": 3, "rejected": 2, "reason": "two"}
    assert told(daemon, 7).endswith(
        "    to otlp: 3 sent; of the batches that held them the backend rejected 2 spans: two\n")


def test_a_full_queue_refuses(daemons, backends):
    gate = Gate()
    settings = configuration(backends(*[gate] * 9), queue={"queue_size": 1, "num_consumers": 1}, processors=RULES,
                             service={"drops": {"keep": 100}})
    daemon = daemons(settings)
    for trace in range(1, 9):  # one on its way, one waits, whatever else is refused
        with daemon.channel() as channel:
            try:
                channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")(
                    request_of(trace, "kept").SerializeToString(), timeout=60)
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE
    assert way(daemon, 1) == {"queued": 1} and way(daemon, 8) == {"refused": 1}
    assert requests(daemon, 8)[0]["refused"] == "the sending queue is full"
    assert told(daemon, 8).endswith("    to otlp: 1 refused\n    the request was refused: the sending queue is full\n")
    gate.open()
    eventually(lambda: way(daemon, 1) == {"sent": 1})


def test_what_rules_or_bounds_refuse_is_told_with_its_reason(daemons, backends):
    settings = dropping(backends(), keep=100)
    statement = 'set(span.name, Int(span.name) / 0) where span.name == "bad"'
    settings["processors"]["transform"] = {"error_mode": "propagate", "trace_statements": [statement]}
    settings["service"]["pipelines"]["traces"]["processors"].append("transform")
    daemon = daemons(settings)
    daemon.refusal(request_of(1, "gone", "bad", "kept"))
    (request,) = requests(daemon, 1)
    assert request["spans"] == 3 and request["exporters"] == [] and "transform" in request["refused"]
    assert told(daemon, 1).startswith("pipeline traces refused 3 spans of the trace (and the whole request of 3)\n"
                                      "    the request was refused: transform")
    malformed = request_of(2, "kept", "kept").SerializeToString() + b"\x0a\x05garbage"
    daemon.refusal(malformed)
    (request,) = requests(daemon, 2)
    assert request["spans"] == 2 and request["refused"]
    mended = request_of(3, "gone", "kept", "kept").SerializeToString().replace(b"kept", b"\xff\xfe\xfd.")
    assert daemon.post(mended).status == 200  # judged a second time, and counted once
    eventually(lambda: way(daemon, 3) == {"sent": 2})
    assert requests(daemon, 3)[0]["spans"] == 2


def two_exporters(first, second, **exporter):
    """A pipeline to both."""
    settings = configuration(first, processors=RULES, service={"drops": {"keep": 100}})
    settings["exporters"]["otlp/b"] = {**settings["exporters"]["otlp"], "endpoint": f"127.0.0.1:{second.port}",
                                       **exporter}
    settings["service"]["pipelines"]["traces"]["exporters"].append("otlp/b")
    return settings


def test_each_exporter_is_told_of(daemons, backends):
    good, bad = backends(), backends(status(INVALID, "no"))
    daemon = daemons(two_exporters(good, bad, compression="gzip"))
    daemon.send(request_of(7, "kept"))
    eventually(lambda: way(daemon, 7) == {"sent": 1} and "failed" in way(daemon, 7, "otlp/b"))
    assert way(daemon, 7, "otlp/b") == {"failed": 1, "failed_tries": 1, "code": "INVALID_ARGUMENT", "reason": "no"}


def test_compressed_and_cut_requests_are_followed_to_their_end(daemons, backends):
    settings = dropping(backends(), keep=100)
    settings["exporters"]["otlp"]["compression"] = "gzip"
    settings["exporters"]["otlp"]["sending_queue"] = {"batch": {"min_size": 10, "max_size": 10, "sizer": "items",
                                                                 "flush_timeout": "20ms"}}
    daemon = daemons(settings)
    daemon.send(request_of(7, *["kept"] * 25))
    daemon.send(request_of(8, *["kept"] * 3, first=30))
    eventually(lambda: way(daemon, 7) == {"sent": 25} and way(daemon, 8) == {"sent": 3})
    large = daemons(dropping(backends(), keep=100))
    request = request_of(9, *["kept"] * 2000)
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.attributes.add(key="filling").value.string_value = "x" * 40
    large.send(request)
    eventually(lambda: way(large, 9) == {"sent": 2000})


def test_memory_is_bounded_and_goes_back_so_many_traces(daemons, backends):
    daemon = daemons(dropping(backends(), keep=5))
    for trace in range(1, 9):
        daemon.send(request_of(trace, "kept"))
    assert [len(requests(daemon, trace)) for trace in range(1, 9)] == [0, 0, 0, 1, 1, 1, 1, 1]
    request = request_of(1, *["kept"] * 9)
    for i, span in enumerate(request.resource_spans[0].scope_spans[0].spans):
        span.trace_id = (20 + i).to_bytes(16, "big")
    daemon.send(request)
    assert [len(requests(daemon, trace)) for trace in range(20, 29)] == [1] * 5 + [0] * 4


def test_without_asking_nothing_is_noted(daemons, backends):
    daemon = daemons(dropping(backends()))
    daemon.send(request_of(7, "kept"))
    assert daemon.page("/debug/drops?trace=" + trace_id(7))[0] == 404
