"""The exporter: what it sends, what it sends again, what it drops. docs/protocol.md 1.4 (OC) and 2.4 (GC).

SPDX-License-Identifier: Apache-2.0
"""
import itertools
import socket
import threading
import time

import h2.errors
import h2.settings
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import backend as b
import programs
from subject import configuration, eventually, ids, spans_of

CODES = {1: "CANCELLED", 2: "UNKNOWN", 3: "INVALID_ARGUMENT", 4: "DEADLINE_EXCEEDED", 5: "NOT_FOUND", 6: "ALREADY_EXISTS",
         7: "PERMISSION_DENIED", 8: "RESOURCE_EXHAUSTED", 9: "FAILED_PRECONDITION", 10: "ABORTED", 11: "OUT_OF_RANGE",
         12: "UNIMPLEMENTED", 13: "INTERNAL", 14: "UNAVAILABLE", 15: "DATA_LOSS", 16: "UNAUTHENTICATED"}
RETRYABLE = {1, 4, 10, 11, 14, 15}


def one_then_next(daemon, backend, attempts):
    """Sends a span, which makes so many requests in all, and then another, which shows that the way is free."""
    daemon.send(spans_of(1, first=100))
    backend.wait_for_calls(attempts)
    daemon.send(spans_of(1, first=101))
    eventually(lambda: 101 in ids(backend.taken))
    assert len(backend.calls) == attempts + 1


# ---- what comes back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["plain", "gzip"])
def test_OC_01_an_answer_above_4_mib_is_an_error_that_is_not_repeated(daemons, backends, limit):
    backend = backends(b.large((4 << 20) + 100, "gzip" if limit == "gzip" else None))
    daemon = daemons(configuration(backend))
    daemon.send(spans_of(1))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 1)
    daemon.send(spans_of(1, first=1))
    eventually(lambda: 1 in ids(backend.taken))
    assert len(backend.calls) == 2 and "4 MiB" in daemon.output()
    assert daemon.rss() < 200 << 20


@pytest.mark.parametrize("code", sorted(RETRYABLE))
def test_OC_03_a_retryable_status_is_sent_again(daemons, backends, code):
    backend = backends(b.status(code, "later"))
    daemon = daemons(configuration(backend))
    daemon.send(spans_of(3))
    assert ids(backend.wait_for_spans(3)) == [0, 1, 2]
    assert len(backend.calls) == 2 and backend.calls[0].message == backend.calls[1].message
    assert CODES[code] in daemon.output()


@pytest.mark.parametrize("code", sorted(set(CODES) - RETRYABLE))
def test_OC_03_OC_07_any_other_status_drops_and_counts(daemons, backends, code):
    backend = backends(b.status(code, "never"))
    daemon = daemons(configuration(backend))
    daemon.send(spans_of(3))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans", exporter="otlp") == 3)
    daemon.send(spans_of(1, first=3))
    assert ids(backend.wait_for_spans(1)) == [3]
    assert len(backend.calls) == 2
    assert CODES[code] in daemon.output() and "never" in daemon.output()
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans", exporter="otlp") == 1)


def test_OC_03_OC_04_resource_exhausted_with_retry_info_waits_as_long_as_it_says(daemons, backends):
    backend = backends(b.status(8, "full", delay_s=0.7))
    daemons(configuration(backend)).send(spans_of(1))
    backend.wait_for_spans(1)
    first, second = backend.calls
    assert second.at - first.at >= 0.7


def test_OC_04_after_a_retry_info_the_backoff_starts_from_it(daemons, backends):
    backend = backends(b.status(14, "full", delay_s=0.4), b.status(14), b.status(14))
    daemons(configuration(backend, retry={"max_interval": "10s", "randomization_factor": 0})).send(spans_of(1))
    backend.wait_for_spans(1)
    at = [call.at for call in backend.calls]
    # 400 ms, and half as much again each time; a timer may ring within the milliseconds before.
    assert at[1] - at[0] >= 0.4 and at[2] - at[1] >= 0.59 and at[3] - at[2] >= 0.89


def test_OC_06_a_dead_backend_is_tried_again_until_it_comes_up(daemons, backends):
    port = programs.free_port()
    daemon = daemons(configuration(port, {"timeout": "2s"}))
    daemon.send(spans_of(5))
    eventually(lambda: "will retry" in daemon.output())
    daemon.send(spans_of(5, first=5))
    backend = backends(port=port)
    assert sorted(ids(backend.wait_for_spans(10))) == list(range(10))
    assert daemon.metric("otelcol_exporter_send_failed_spans") == 0


def test_OC_06_a_dead_backend_is_given_up_after_max_elapsed_time(daemons):
    daemon = daemons(configuration(programs.free_port(), {"timeout": "1s"}, retry={"max_elapsed_time": "500ms"}))
    daemon.send(spans_of(5))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 5)
    assert "spans are dropped" in daemon.output()
    assert daemon.stop() == 0
    assert "stopped, no span was lost at the end, but before\tspans=5" in daemon.output()


def test_OC_06_OC_09_intervals_grow_and_jitter(daemons, backends):
    at = {i: [] for i in range(8)}

    def four_times_not(call):
        (i,) = ids(call.spans())
        at[i].append(call.at)
        (b.status(14) if len(at[i]) < 5 else b.ok)(call)

    backend = backends(*[four_times_not] * 40)
    retry = {"initial_interval": "60ms", "max_interval": "300ms", "multiplier": 2}
    daemon = daemons(configuration(backend, retry=retry))
    for i in range(8):
        daemon.send(spans_of(1, first=i))
    backend.wait_for_calls(40)
    waits = [[later - earlier for earlier, later in zip(times, times[1:])] for times in at.values()]
    for wait in waits:
        # Half of the interval at least; a timer may ring within the milliseconds before, and as late as it likes.
        assert all(w >= least / 2 - 0.005 for w, least in zip(wait, (0.06, 0.12, 0.24, 0.3)))
    first = [wait[0] for wait in waits]
    assert max(first) - min(first) > 0.004, "no jitter"


@pytest.mark.parametrize("zeros", [{"initial_interval": "0s"}, {"initial_interval": "1ns", "max_interval": "0s"},
                                   {"initial_interval": "1ms", "multiplier": 0, "randomization_factor": 1}],
                         ids=["initial", "max", "multiplier"])
def test_OC_06_intervals_of_zero_are_no_busy_loop(daemons, backends, zeros):
    backend = backends(*[b.status(14)] * 100000)
    retry = {"multiplier": 1, "randomization_factor": 0, "max_interval": "1ms", "max_elapsed_time": "1s", **zeros}
    daemon = daemons(configuration(backend, retry=retry))
    daemon.send(spans_of(1))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 1)
    assert len(backend.calls) <= 1 + 1000 // 10


@pytest.mark.parametrize("act", [b.drop_connection, b.no_status], ids=["closed", "no_status"])
def test_OC_06_OC_17_a_connection_lost_or_ended_without_a_status_is_tried_again(daemons, backends, act):
    backend = backends(act, act)
    daemons(configuration(backend)).send(spans_of(2))
    assert ids(backend.wait_for_spans(2)) == [0, 1]
    assert len(backend.calls) == 3


def test_OC_08_a_partial_success_is_not_repeated_but_counted_and_logged(daemons, backends):
    backend = backends(b.partial(2, "two were too old"), b.partial(0, "a word of warning"))
    daemon = daemons(configuration(backend))
    daemon.send(spans_of(5))
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans") == 3)
    assert daemon.metric("otelcol_exporter_send_failed_spans") == 2
    assert "two were too old" in daemon.output()
    one_then_next(daemon, backend, 2)


def test_OC_09_one_connection_carries_many_requests(daemons, backends):
    backend = backends()
    daemon = daemons(configuration(backend))
    for i in range(20):
        daemon.send(spans_of(1, first=i))
    backend.wait_for_spans(20)
    assert len(backend.links) == 1


@pytest.mark.parametrize("consumers", [1, 3])
def test_OC_10_so_many_requests_are_under_way_as_consumers(daemons, backends, consumers):
    gates = [b.Gate() for _ in range(9)]
    backend = backends(*gates)
    daemon = daemons(configuration(backend, queue={"num_consumers": consumers}))
    for i in range(9):
        daemon.send(spans_of(1, first=i))
    for answered in range(9):
        under_way = min(9, answered + consumers)
        backend.wait_for_calls(under_way)
        time.sleep(0.1)
        assert len(backend.calls) == under_way
        gates[answered].open()
    assert sorted(ids(backend.wait_for_spans(9))) == list(range(9))


def test_OC_11_shutdown_waits_for_answers_and_retries(daemons, backends):
    backend = backends(b.status(14), b.slow(0.5))
    daemon = daemons(configuration(backend, retry={"initial_interval": "300ms"}))
    daemon.send(spans_of(4))
    backend.wait_for_calls(1)
    assert daemon.stop() == 0
    assert ids(backend.taken) == [0, 1, 2, 3]


def test_OC_11_shutdown_timeout_ends_the_waiting_and_says_what_is_lost(daemons, backends):
    backend = backends(*[b.hang] * 3)
    daemon = daemons(configuration(backend, service={"shutdown_timeout": "1s"}, exporter={"timeout": "10m"}))
    daemon.send(spans_of(7))
    backend.wait_for_calls(1)
    began = time.monotonic()
    assert daemon.stop() == 1
    assert time.monotonic() - began > 0.9
    assert "shutdown_timeout is over" in daemon.output() and "spans=7" in daemon.output()


def test_OC_12_destinations_have_queues_of_their_own(daemons, backends):
    good, bad = backends(), backends(*[b.hang] * 50)
    settings = configuration(good)
    settings["exporters"]["otlp/bad"] = configuration(bad)["exporters"]["otlp"]
    settings["service"]["pipelines"]["traces"]["exporters"].append("otlp/bad")
    settings["service"]["shutdown_timeout"] = "500ms"
    daemon = daemons(settings)
    for i in range(10):
        daemon.send(spans_of(1, first=i))
    assert ids(good.wait_for_spans(10)) == list(range(10))
    assert good.calls[0].message == bad.wait_for_calls(1)[0].message


def test_OC_13_a_lost_answer_means_a_second_copy_rather_than_none(daemons, backends):
    backend = backends(b.takes(b.drop_connection))
    daemons(configuration(backend)).send(spans_of(1))
    assert ids(backend.wait_for_spans(2)) == [0, 0]


def test_OC_15_GC_01_headers_are_those_of_grpc_in_its_order(daemons, backends):
    backend = backends()
    exporter = {"headers": {"X-Scope-OrgID": "team-7"}, "timeout": "300s"}
    daemons(configuration(backend, exporter)).send(spans_of(1))
    backend.wait_for_spans(1)
    fields = [(str(name), str(value)) for name, value in backend.fields[0]]
    names = [name for name, _ in fields]
    assert sorted(names[:4]) == [":authority", ":method", ":path", ":scheme"]
    order = [n for n in names if n in ("grpc-timeout", "te", "content-type", "user-agent", "x-scope-orgid")]
    assert order == ["grpc-timeout", "te", "content-type", "user-agent", "x-scope-orgid"]
    head = dict(fields)
    assert head[":method"] == "POST" and head[":scheme"] == "http"
    assert head[":path"] == "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    assert head["te"] == "trailers" and head["content-type"] in ("application/grpc", "application/grpc+proto")
    assert head["user-agent"].startswith("tamis/") and "OTel-OTLP-Exporter-C/" in head["user-agent"]
    assert head["grpc-timeout"][-1] == "m" and 200000 < int(head["grpc-timeout"][:-1]) <= 300000
    assert head["x-scope-orgid"] == "team-7"


def test_authority_and_user_agent_are_what_the_configuration_says(daemons, backends):
    backend = backends()
    exporter = {"authority": "tempo.example:443", "user_agent": "my agent/1", "wait_for_ready": True,
                "balancer_name": "pick_first", "keepalive": {"time": "30s", "permit_without_stream": True}}
    daemons(configuration(backend, exporter)).send(spans_of(1))
    backend.wait_for_spans(1)
    head = {str(name): str(value) for name, value in backend.fields[0]}
    assert (head[":authority"], head["user-agent"]) == ("tempo.example:443", "my agent/1")


def test_OC_16_a_timeout_is_tried_again(daemons, backends):
    backend = backends(b.hang)
    daemon = daemons(configuration(backend, {"timeout": "2500ms"}))
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    assert len(backend.calls) >= 2 and backend.resets >= 1
    assert "DEADLINE_EXCEEDED" in daemon.output()


def test_OC_18_a_long_retry_info_does_not_drop_the_batch(daemons, backends):
    asked, taken = set(), set()

    def not_at_first(call):
        number, = ids(call.spans())
        (b.ok if number in asked else b.status(14, "later", delay_s=4))(call)
        (taken if number in asked else asked).add(number)

    backend = backends(*[not_at_first] * 100)
    daemon = daemons(configuration(backend, retry={"max_elapsed_time": "3s"}))
    numbers = itertools.count()

    def one_span():  # a try whose first answer takes 3 s fails
        number, failed = next(numbers), daemon.metric("otelcol_exporter_send_failed_spans")
        daemon.send(spans_of(1, first=number))
        eventually(lambda: number in taken or daemon.metric("otelcol_exporter_send_failed_spans") > failed)
        assert number in taken

    programs.in_some_try(one_span)


@pytest.mark.parametrize("coding", ["none", "gzip", "zstd"])
def test_OC_compression_is_what_the_configuration_says(daemons, backends, coding):
    backend = backends()
    daemons(configuration(backend, {"compression": coding})).send(spans_of(50, size=300))
    assert ids(backend.wait_for_spans(50)) == list(range(50))
    call = backend.calls[0]
    assert call.headers.get("grpc-encoding") == (None if coding == "none" else coding)
    assert len(call.packed) < (1 << 20 if coding == "none" else len(call.message) // 4)


# ---- HTTP/2 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status, code, again", [
    (400, "INTERNAL", False), (401, "UNAUTHENTICATED", False), (403, "PERMISSION_DENIED", False),
    (404, "UNIMPLEMENTED", False), (429, "UNAVAILABLE", True), (431, "INTERNAL", False), (502, "UNAVAILABLE", True),
    (503, "UNAVAILABLE", True), (504, "UNAVAILABLE", True), (500, "UNKNOWN", False), (302, "UNKNOWN", False)])
def test_GC_02_an_http_status_without_grpc_status_is_mapped(daemons, backends, status, code, again):
    backend = backends(b.http(status))
    daemon = daemons(configuration(backend))
    daemon.send(spans_of(1))
    if again:
        backend.wait_for_spans(1)
    else:
        eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 1)
    assert code in daemon.output() and str(status) in daemon.output()


@pytest.mark.parametrize("code", [h2.errors.ErrorCodes.REFUSED_STREAM, h2.errors.ErrorCodes.CANCEL,
                                  h2.errors.ErrorCodes.ENHANCE_YOUR_CALM, h2.errors.ErrorCodes.INTERNAL_ERROR,
                                  h2.errors.ErrorCodes.NO_ERROR])
def test_GC_03_a_reset_stream_is_tried_again(daemons, backends, code):
    backend = backends(b.reset(code), b.reset(code))
    daemons(configuration(backend)).send(spans_of(2))
    assert ids(backend.wait_for_spans(2)) == [0, 1]
    assert len(backend.calls) == 3


def test_GC_03_a_stream_refused_for_ever_is_given_up_and_is_no_busy_loop(daemons, backends):
    backend = backends(*[b.reset(h2.errors.ErrorCodes.REFUSED_STREAM)] * 1000)
    daemon = daemons(configuration(backend, retry={"max_elapsed_time": "4s", "initial_interval": "200ms",
                                                     "max_interval": "200ms"}))
    daemon.send(spans_of(2))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 2)
    assert len(backend.calls) < 80
    daemon = daemons(configuration(backend, service={"shutdown_timeout": "100ms"}))
    daemon.send(spans_of(2))
    backend.wait_for_calls(len(backend.calls) + 5)


def test_GC_04_after_a_goaway_the_request_goes_to_a_new_connection(daemons, backends):
    backend = backends(b.ok, b.goaway_before)
    daemon = daemons(configuration(backend, retry={"enabled": False}))
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    daemon.send(spans_of(1, first=1))
    assert ids(backend.wait_for_spans(2)) == [0, 1]
    assert len(backend.calls) == 3 and len(backend.links) == 2


def test_GC_04_a_graceful_goaway_lets_the_request_finish(daemons, backends):
    def act(call):
        call.link.goaway(2**31 - 1)
        call.link.goaway(call.stream)
        call.answer()
    backend = backends(b.takes(act))
    daemon = daemons(configuration(backend, retry={"enabled": False}))
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    daemon.send(spans_of(1, first=1))
    assert ids(backend.wait_for_spans(2)) == [0, 1]
    assert len(backend.calls) == 2 and len(backend.links) == 2


def test_GC_05_no_more_streams_than_the_server_allows(daemons, backends):
    backend = backends(*[b.slow(0.05)] * 12, settings={h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 2})
    daemon = daemons(configuration(backend))
    for i in range(12):
        daemon.send(spans_of(1, first=i))
    assert sorted(ids(backend.wait_for_spans(12))) == list(range(12))
    assert not backend.errors and len(backend.links) == 1


def test_GC_06_a_dead_port_is_not_dialled_in_a_busy_loop(daemons):
    accepted = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        def refuse():
            while True:
                try:
                    sock, _ = server.accept()
                except OSError:
                    return
                accepted.append(sock)
                sock.close()
        threading.Thread(target=refuse, daemon=True).start()
        began = time.monotonic()
        daemon = daemons(configuration(server.getsockname()[1], retry={"initial_interval": "1ms", "max_interval": "5ms"},
                                       service={"shutdown_timeout": "100ms"}))
        for i in range(10):
            daemon.send(spans_of(1, first=i))
        eventually(lambda: accepted)
        time.sleep(2.5)
        count, seconds = len(accepted), time.monotonic() - began
        server.shutdown(socket.SHUT_RDWR)
    assert count <= 4 + seconds, f"{count} connections in {seconds} s"


def test_GC_08_a_name_with_several_addresses_finds_the_one_that_answers(daemons, backends):
    backend = backends()
    daemon = daemons(configuration(backend, {"endpoint": f"http://localhost:{backend.port}"}))
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)


def test_GC_09_pings_of_the_server_are_answered(daemons, backends):
    def act(call):
        call.link.h2.ping(b"12345678")
        call.link.flush()
        b.slow(0.1)(call)
    backend = backends(*[b.takes(act)] * 3)
    daemon = daemons(configuration(backend))
    for i in range(3):
        daemon.send(spans_of(1, first=i))
        backend.wait_for_spans(i + 1)
    assert len(backend.links) == 1


def test_OC_02_a_span_above_the_cut_travels_alone_and_only_the_backend_refuses_it(daemons, backends):
    backend = backends(b.ok, b.status(8, "too large"))
    receiver = {"protocols": {"grpc": {"max_recv_msg_size_mib": 16}}}
    daemon = daemons(configuration(backend, receiver=receiver), ports=[])
    daemon.wait_for([daemon.grpc])
    request = spans_of(1, size=100)
    request.resource_spans[0].scope_spans[0].spans.extend(
        spans_of(1, first=1, size=5 << 20).resource_spans[0].scope_spans[0].spans)
    request.resource_spans[0].scope_spans[0].spans.extend(
        spans_of(1, first=2, size=100).resource_spans[0].scope_spans[0].spans)
    assert isinstance(request, ExportTraceServiceRequest)
    daemon.send(request)
    calls = backend.wait_for_calls(3)
    assert sorted(ids(c.spans()) for c in calls) == [[0], [1], [2]]
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 1)
