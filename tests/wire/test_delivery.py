"""From the answer to the client to the backend: batches, queues, waiting, several ways, the end.

SPDX-License-Identifier: Apache-2.0
"""
import concurrent.futures
import json
import signal
import socket
import subprocess
import threading
import time
import zlib

import grpc
import pytest

import backend as b
import programs
from otlp_peers import EXPORT, PATIENT
from programs import PATIENCE
from subject import configuration, eventually, ids, spans_of

CUT = 4 << 20


def batched(backend, exporter=None, queue=None, service=None, receiver=None, **batch):
    """A configuration with a batch processor of these settings."""
    return configuration(backend, exporter, queue=queue, service=service, receiver=receiver,
                         processors={"batch": batch})


# ---- batches ---------------------------------------------------------------------------------------------------


def test_batches_close_by_count(daemons, backends):
    backend = backends()
    daemon = daemons(batched(backend, send_batch_size=10, timeout="60s"))
    for i in range(5):
        daemon.send(spans_of(4, first=4 * i))
    daemon.send(spans_of(1, first=20))
    calls = backend.wait_for_calls(1)
    time.sleep(0.1)
    assert [len(c.spans()) for c in backend.calls] == [12] and ids(calls[0].spans()) == list(range(12))
    assert daemon.metric("otelcol_processor_batch_batch_size_trigger_send") == 1
    assert daemon.stop() == 0
    assert sorted(ids(backend.taken)) == list(range(21))


def test_batches_are_cut_at_send_batch_max_size(daemons, backends):
    backend = backends()
    daemon = daemons(batched(backend, send_batch_size=10, send_batch_max_size=10, timeout="10m"))
    daemon.send(spans_of(7))
    daemon.send(spans_of(28, first=7))
    backend.wait_for_spans(30)
    assert daemon.stop() == 0
    assert [len(c.spans()) for c in backend.calls] == [10, 10, 10, 5]
    assert ids(backend.taken) == list(range(35))


def test_batches_close_by_time(daemons, backends):
    backend = backends()
    daemon = daemons(batched(backend, send_batch_size=1000, timeout="2500ms"))
    began = time.monotonic()
    for i in range(3):
        daemon.send(spans_of(1, first=i))
    call = backend.wait_for_calls(1)[0]
    assert call.at - began > 2.4 and ids(call.spans()) == [0, 1, 2]
    assert daemon.metric("otelcol_processor_batch_timeout_trigger_send") == 1
    daemon.send(spans_of(1, first=3))  # the clock runs again for the next
    assert ids(backend.wait_for_calls(2)[1].spans()) == [3]


def test_a_timeout_of_zero_sends_at_once(daemons, backends):
    backend = backends()
    daemon = daemons(batched(backend, send_batch_size=1000, timeout="0s"))
    daemon.send(spans_of(2))
    assert ids(backend.wait_for_spans(2)) == [0, 1]


@pytest.mark.parametrize("coding", ["none", "gzip"])
def test_batches_are_cut_by_bytes_ten_thousand_spans_of_570_bytes(daemons, backends, coding):
    backend = backends()
    daemon = daemons(batched(backend, {"compression": coding}, send_batch_size=10000, timeout="60s"))
    with daemon.channel() as channel:
        export = channel.unary_unary(EXPORT)
        for i in range(10):
            request = spans_of(1000, first=1000 * i, size=505)
            assert 560 < request.ByteSize() / 1000 < 580
            export(request.SerializeToString(), timeout=PATIENCE)
    daemon.terminate()
    assert sorted(ids(backend.wait_for_spans(10000))) == list(range(10000))
    sizes = [len(c.message) for c in backend.calls]
    assert len(sizes) == 2 and max(sizes) < CUT and max(sizes) > CUT * 3 // 4, sizes


def test_one_request_is_cut_by_bytes_and_a_huge_span_travels_alone(daemons, backends):
    backend = backends()
    receiver = {"protocols": {"grpc": {"max_recv_msg_size_mib": 32}, "http": {}}}
    daemon = daemons(batched(backend, receiver=receiver, send_batch_size=0))
    request = spans_of(5000, size=1000)
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[2500].attributes[0].value.string_value = "y" * (6 << 20)
    daemon.send(request)
    assert sorted(ids(backend.wait_for_spans(5000))) == list(range(5000))
    sizes = sorted((len(c.message), len(c.spans())) for c in backend.calls)
    assert sizes[-1][1] == 1 and sizes[-1][0] > 6 << 20
    assert all(size < CUT for size, _ in sizes[:-1]) and len(sizes) <= 5, sizes
    for call in backend.calls:
        assert call.message.startswith(b"\x0a")
    resources = {s for c in backend.calls for s in [c.message[:40]]}
    assert resources and all(b"wire" in r for r in resources), "each part has its resource"


def test_max_request_bytes_moves_the_cut(daemons, backends):
    backend = backends()
    daemon = daemons(configuration(backend, queue={"max_request_bytes": 20000}))
    daemon.send(spans_of(200, size=500))
    backend.wait_for_spans(200)
    assert all(len(c.message) <= 20000 for c in backend.calls) and 5 < len(backend.calls) < 9


@pytest.mark.parametrize("sizes", [[400], [400, 300, 500], [2, 400, 1, 1, 300, 3], [1, 2, 3]])
def test_a_compressed_batch_is_one_member_whatever_its_requests_were(daemons, backends, sizes):
    """Large requests are compressed as they come, small ones together when the batch is full."""
    backend = backends(b.status(14))  # the second try sends the same
    daemon = daemons(batched(backend, {"compression": "gzip"}, send_batch_size=sum(sizes), timeout="60s"))
    first = 0
    for size in sizes:
        daemon.send(spans_of(size, size=300, first=first))
        first += size
    assert ids(backend.wait_for_spans(first)) == list(range(first))
    again, call = backend.calls
    assert call.packed == again.packed and zlib.decompressobj(31).decompress(call.packed) == call.message


def test_without_a_batch_processor_each_request_goes_by_itself(daemons, backends):
    backend = backends()
    daemon = daemons(configuration(backend))
    for i in range(5):
        daemon.send(spans_of(2, first=2 * i))
    backend.wait_for_spans(10)
    assert [len(c.spans()) for c in backend.calls] == [2] * 5


def test_the_queue_batches_by_count_and_by_time(daemons, backends):
    backend = backends()
    daemon = daemons(configuration(backend, queue={"batch": {"min_size": 10, "max_size": 10, "flush_timeout": "10m"}}))
    daemon.send(spans_of(7))
    daemon.send(spans_of(28, first=7))
    backend.wait_for_spans(30)
    assert daemon.stop() == 0
    assert [len(c.spans()) for c in backend.calls] == [10, 10, 10, 5]
    assert ids(backend.taken) == list(range(35))
    backend.forget()
    daemon = daemons(configuration(backend, queue={"batch": {"min_size": 10, "max_size": 10, "flush_timeout": "300ms"}}))
    daemon.send(spans_of(5))
    assert ids(backend.wait_for_spans(5)) == list(range(5))


def test_the_queue_batches_by_bytes(daemons, backends):
    backend = backends()
    batch = {"sizer": "bytes", "min_size": 9000, "max_size": 10000, "flush_timeout": "60s"}
    daemon = daemons(configuration(backend, queue={"batch": batch}))
    for i in range(100):
        daemon.send(spans_of(1, first=i, size=500))
    daemon.terminate()
    backend.wait_for_spans(100)
    sizes = [len(c.message) for c in backend.calls]
    assert all(9000 <= size <= 10000 for size in sizes[:-1]) and len(sizes) > 4, sizes


def test_the_batching_of_the_queue_goes_before_that_of_the_processor(daemons, backends):
    backend = backends()
    daemon = daemons(batched(backend, queue={"batch": {"min_size": 4, "flush_timeout": "60s"}}, send_batch_size=1000,
                             send_batch_max_size=1000, timeout="60s"))
    for i in range(8):
        daemon.send(spans_of(1, first=i))
    assert ids(backend.wait_for_spans(8)) == list(range(8))
    assert [len(c.spans()) for c in backend.calls] == [4, 4]


def test_a_queue_that_batches_counts_the_requests_of_clients(daemons, backends):
    backend = backends()
    queue = {"queue_size": 5, "batch": {"min_size": 100, "flush_timeout": "60s"}}
    daemon = daemons(configuration(backend, queue=queue))
    for i in range(5):
        daemon.send(spans_of(1, first=i))
    assert daemon.refusal(spans_of(1, first=5)).code() == grpc.StatusCode.UNAVAILABLE
    daemon.terminate()
    assert sorted(ids(backend.wait_for_spans(5))) == list(range(5))


KEPT = {"protocols": {"grpc": {"include_metadata": True}, "http": {"include_metadata": True}}}


def send_as(daemon, tenant, request):
    """One request with (or without) a tenant in its metadata."""
    with daemon.channel() as channel:
        metadata = [("x-tenant", tenant)] if tenant is not None else []
        channel.unary_unary(EXPORT)(request.SerializeToString(), timeout=PATIENCE, metadata=metadata)


def test_each_combination_of_metadata_has_its_own_batch(daemons, backends):
    backend = backends()
    daemon = daemons(batched(backend, receiver=KEPT, send_batch_size=4, timeout="60s", metadata_keys=["X-Tenant"]))
    for i in range(4):
        send_as(daemon, "blue", spans_of(1, first=i))
        send_as(daemon, "red", spans_of(1, first=10 + i))
        send_as(daemon, None, spans_of(1, first=20 + i))
    backend.wait_for_spans(12)
    assert sorted(ids(c.spans()) for c in backend.calls) == [[0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23]]


def test_too_many_combinations_of_metadata_are_refused_as_in_the_collector(daemons, backends):
    backend = backends()
    daemon = daemons(batched(backend, receiver=KEPT, timeout="0s", metadata_keys=["x-tenant"],
                             metadata_cardinality_limit=2))
    for tenant in ("blue", None, "blue"):
        send_as(daemon, tenant, spans_of(1))
    refusal = daemon.refusal(spans_of(1), metadata=[("x-tenant", "red")])
    assert refusal.code() == grpc.StatusCode.INTERNAL
    assert refusal.details() == "too many batcher metadata-value combinations"
    answer = daemon.post(spans_of(1).SerializeToString(), headers={"X-Tenant": "green"})
    assert answer.status == 500 and b"too many batcher" in answer.body
    assert daemon.post(spans_of(1).SerializeToString(), headers={"X-Tenant": "blue"}).status == 200
    assert len(backend.wait_for_spans(4)) == 4


def test_the_queue_parts_its_batches_too(daemons, backends):
    backend = backends()
    batch = {"min_size": 2, "flush_timeout": "60s", "partition": {"metadata_keys": ["x-tenant"]}}
    daemon = daemons(configuration(backend, receiver=KEPT, queue={"batch": batch}))
    for i, tenant in enumerate(["blue", "red", "blue", "red"]):
        send_as(daemon, tenant, spans_of(1, first=i))
    backend.wait_for_spans(4)
    assert sorted(ids(c.spans()) for c in backend.calls) == [[0, 2], [1, 3]]


# ---- queues ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizer, size, taken", [("requests", 5, 5), ("items", 10, 5), ("bytes", 1000, None)])
def test_a_full_queue_refuses_and_what_it_took_arrives(daemons, backends, sizer, size, taken):
    gate = b.Gate()
    backend = backends(gate)
    queue = {"queue_size": size, "num_consumers": 1, "sizer": sizer}
    daemon = daemons(configuration(backend, {"timeout": "10m"}, queue=queue))
    accepted = []
    for i in range(20):
        try:
            daemon.send(spans_of(2, first=2 * i))
            accepted += [2 * i, 2 * i + 1]
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE
    assert 0 < len(accepted) < 40
    if taken:
        assert len(accepted) == 2 * taken
    assert daemon.metric("otelcol_exporter_enqueue_failed_spans") == 40 - len(accepted)
    assert daemon.metric("otelcol_exporter_queue_capacity") == size
    gate.open()
    assert ids(backend.wait_for_spans(len(accepted))) == accepted
    daemon.send(spans_of(1, first=100))  # there is room again
    eventually(lambda: 100 in ids(backend.taken))


def blocking(backend, **more):
    """A queue of one request, for whose place clients wait."""
    queue = {"queue_size": 1, "num_consumers": 1, "block_on_overflow": True}
    return configuration(backend, {"timeout": "10m"}, queue=queue, **more)


def blocked(daemon):
    """How many requests wait for room, each counted for each of its pipelines."""
    return daemon.metric("tamis_exporter_blocked_requests")


def leave_while_blocked(daemon, request, ways=1):
    """Sends the request, and gives it up once it waits for room."""
    with daemon.channel() as channel:
        call = channel.unary_unary(EXPORT).future(request.SerializeToString(), timeout=PATIENCE)
        eventually(lambda: blocked(daemon) == ways)
        assert call.cancel()


def test_block_on_overflow_lets_clients_wait_for_room(daemons, backends):
    """One has its place at once; each of the others gets its answer after one more of the backend's."""
    gates = [b.Gate() for _ in range(4)]
    backend = backends(*gates)
    daemon = daemons(blocking(backend))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(daemon.send, spans_of(1, first=i)) for i in range(4)]
        for answered, gate in enumerate(gates):
            backend.wait_for_calls(answered + 1)
            eventually(lambda: sum(call.done() for call in sent) >= answered + 1)
            time.sleep(0.2)
            assert sum(call.done() for call in sent) == answered + 1
            gate.open()
        assert [call.result() for call in sent] == [None] * 4
    assert sorted(ids(backend.wait_for_spans(4))) == [0, 1, 2, 3]
    assert daemon.metric("otelcol_exporter_enqueue_failed_spans") == 0


def test_block_on_overflow_forgets_a_client_that_leaves(daemons, backends):
    gate = b.Gate()
    backend = backends(gate)
    daemon = daemons(blocking(backend))
    daemon.send(spans_of(1))
    leave_while_blocked(daemon, spans_of(2, first=1))
    eventually(lambda: daemon.metric("otelcol_exporter_enqueue_failed_spans") == 2)
    assert blocked(daemon) == 0
    gate.open()
    daemon.send(spans_of(1, first=3))
    assert ids(backend.wait_for_spans(2)) == [0, 3]


@pytest.mark.parametrize("queue", ["block_on_overflow", "wait_for_result"])
def test_clients_that_wait_when_the_end_comes_do_not_hold_it_up(daemons, backends, queue):
    backend = backends(*[b.hang] * 9)
    service = {"shutdown_timeout": "500ms"}
    settings = blocking(backend, service=service) if queue == "block_on_overflow" else configuration(
        backend, {"timeout": "10m"}, queue={"wait_for_result": True}, service=service)
    daemon = daemons(settings)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        sent = [pool.submit(daemon.send, spans_of(1, first=i)) for i in range(3)]
        backend.wait_for_calls(1)
        time.sleep(0.2)
        # Whose span was in the queue thinks it safe: it is lost. Those that waited for the result were told.
        assert daemon.stop() == (1 if queue == "block_on_overflow" else 0)
        refused = [call.exception() for call in sent]
    assert sum(error is not None for error in refused) >= 2


def test_a_backend_that_hangs_stops_nobody_from_filling_the_queue(daemons, backends):
    """Senders feel the pace of a backend that answers; of one that does not, only that the queue is full."""
    backend = backends(*[b.hang] * 50)
    daemon = daemons(configuration(backend, {"timeout": "500ms"}, service={"shutdown_timeout": "200ms"}))
    for i in range(3):
        daemon.send(spans_of(1, first=i, size=3 << 20))
    backend.wait_for_calls(3)
    time.sleep(0.7)
    for i in range(20):
        daemon.send(spans_of(1, first=i, size=100000))


def test_shutdown_while_senders_are_held_back(daemons, backends):
    backend = backends(*[b.slow(0.5)] * 4)
    daemon = daemons(configuration(backend))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(daemon.send, spans_of(1, first=i, size=3 << 20)) for i in range(4)]
        backend.wait_for_calls(1)
        daemon.terminate()
        acknowledged = [i for i, call in enumerate(sent) if call.exception() is None]
    assert daemon.process.wait(PATIENCE) == 0
    assert set(acknowledged) <= set(ids(backend.taken))


def test_a_backend_that_is_down_at_start_gets_everything_when_it_comes_up(daemons, backends):
    port = programs.free_port()
    daemon = daemons(batched(port, send_batch_size=10, timeout="50ms"))
    for i in range(30):
        daemon.send(spans_of(5, first=5 * i))
    time.sleep(0.3)
    backend = backends(port=port)
    assert sorted(ids(backend.wait_for_spans(150))) == list(range(150))
    assert len(backend.taken) == 150


# ---- waiting for the backend -----------------------------------------------------------------------------------


def test_wait_for_result_answers_after_the_backend(daemons, backends):
    gate = b.Gate()
    backend = backends(gate)
    daemon = daemons(configuration(backend, queue={"wait_for_result": True}))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(daemon.send, spans_of(1))
        backend.wait_for_calls(1)
        time.sleep(0.2)
        assert not sent.done()
        gate.open()
        assert sent.result() is None and ids(backend.taken) == [0]


@pytest.mark.parametrize("kind", ["grpc", "proto", "json"])
def test_wait_for_result_hands_the_backends_refusal_on(daemons, backends, kind):
    backend = backends(b.status(3, "no such tenant"))
    daemon = daemons(configuration(backend, queue={"wait_for_result": True}))
    if kind == "grpc":
        error = daemon.refusal(spans_of(1))
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and error.details()
    elif kind == "proto":
        assert daemon.post(spans_of(1).SerializeToString()).status == 400
    else:
        body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"x"}]}]}]}'
        assert daemon.post(body, "application/json").status == 400
    daemon.send(spans_of(1))


def test_wait_for_result_still_tells_why_a_request_is_malformed(daemons, backends):
    daemon = daemons(configuration(backends(), queue={"wait_for_result": True}))
    plain = daemons(configuration(backends()))
    assert daemon.refusal(b"\xff").details() == plain.refusal(b"\xff").details()
    assert daemon.post(b"\xff").body == plain.post(b"\xff").body


def test_wait_for_result_of_a_full_queue_carries_a_retry_info(daemons, backends):
    gate = b.Gate()
    backend = backends(gate)
    daemon = daemons(configuration(backend, queue={"wait_for_result": True, "queue_size": 1}, retry={"enabled": False}))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(daemon.refusal, spans_of(1))
        backend.wait_for_calls(1)
        error = daemon.refusal(spans_of(1))
        assert error.code() == grpc.StatusCode.UNAVAILABLE and "queue" in error.details()
        assert "grpc-status-details-bin" in dict(error.trailing_metadata())
        gate.open(b.status(4, "too late"))
        assert first.result().code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_wait_for_result_of_one_request_in_several_batches_is_the_worst(daemons, backends):
    backend = backends(b.ok, b.status(13, "no"), b.ok)
    daemon = daemons(configuration(backend, queue={"wait_for_result": True, "max_request_bytes": 10000}))
    assert daemon.refusal(spans_of(40, size=500)).code() == grpc.StatusCode.INTERNAL
    assert len(backend.calls) == 3


def test_wait_for_result_and_a_client_that_leaves(daemons, backends):
    gate = b.Gate()
    backend = backends(gate)
    daemon = daemons(configuration(backend, queue={"wait_for_result": True}))
    with daemon.channel() as channel:
        call = channel.unary_unary(EXPORT).future(spans_of(1).SerializeToString())
        backend.wait_for_calls(1)
        call.cancel()
    gate.open()
    daemon.send(spans_of(1, first=1))
    assert sorted(ids(backend.taken)) == [0, 1]


def test_wait_for_result_and_shutdown_do_not_wait_for_the_batch_to_fill(daemons, backends):
    backend = backends()
    queue = {"wait_for_result": True, "sizer": "items"}
    daemon = daemons(batched(backend, queue=queue, send_batch_size=1000, timeout="10m"))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sent = pool.submit(daemon.send, spans_of(3))
        eventually(lambda: daemon.metric("otelcol_exporter_queue_size") == 3)
        time.sleep(0.2)
        assert not sent.done()
        daemon.terminate()
        assert sent.result() is None
    assert ids(backend.taken) == [0, 1, 2]


# ---- several ways ----------------------------------------------------------------------------------------------


def test_fan_out_to_two_exporters(daemons, backends, tmp_path):
    one, two = backends(), backends()
    settings = configuration(one)
    settings["exporters"]["otlp_grpc/two"] = configuration(two, {"compression": "gzip"})["exporters"]["otlp"]
    settings["exporters"]["file"] = {"path": str(tmp_path / "out.json")}
    settings["exporters"]["nop"] = None
    settings["service"]["pipelines"]["traces"]["exporters"] = ["otlp", "otlp_grpc/two", "file", "nop"]
    daemon = daemons(settings)
    daemon.send(spans_of(3))
    assert ids(one.wait_for_spans(3)) == ids(two.wait_for_spans(3)) == [0, 1, 2]
    eventually(lambda: (tmp_path / "out.json").read_text().endswith("\n"))
    assert len(json.loads((tmp_path / "out.json").read_text())["resourceSpans"]) == 1
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans") == 12)


def test_fan_out_where_one_queue_is_full_is_refused_and_loses_nothing(daemons, backends):
    good, bad = backends(), backends(*[b.hang] * 9)
    settings = configuration(good)
    settings["exporters"]["otlp/bad"] = configuration(bad, queue={"queue_size": 1})["exporters"]["otlp"]
    settings["service"]["pipelines"]["traces"]["exporters"].append("otlp/bad")
    settings["service"]["shutdown_timeout"] = "500ms"
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    assert daemon.refusal(spans_of(1, first=1)).code() == grpc.StatusCode.UNAVAILABLE


def two_pipelines(one, two):
    """A receiver that two pipelines share, each with a filter of its own."""
    settings = configuration(one, processors={"filter/noise": {"traces": {"span": ['name == "noise"']}}})
    settings["processors"]["filter/music"] = {"traces": {"span": ['name == "music"']}}
    settings["exporters"]["otlp/two"] = configuration(two)["exporters"]["otlp"]
    settings["service"]["pipelines"]["traces/two"] = {"receivers": ["otlp"], "processors": ["filter/music"],
                                                      "exporters": ["otlp/two"]}
    return settings


def test_two_pipelines_share_a_receiver_and_filter_apart(daemons, backends):
    one, two = backends(), backends()
    daemon = daemons(two_pipelines(one, two))
    daemon.send(spans_of(2, name="noise"))
    daemon.send(spans_of(2, name="music", first=2))
    daemon.send(spans_of(1, name="else", first=4))
    assert ids(one.wait_for_spans(3)) == [2, 3, 4] and ids(two.wait_for_spans(3)) == [0, 1, 4]
    assert daemon.metric("otelcol_receiver_accepted_spans") == 5


@pytest.mark.parametrize("full", ["otlp", "otlp/two"])
def test_a_full_queue_of_one_pipeline_keeps_nothing_from_the_other(daemons, backends, full):
    """The request is refused, whichever of the two is full, and counted once; the other pipeline has it."""
    gate = b.Gate()
    stuck, free = backends(gate), backends()
    settings = two_pipelines(*((stuck, free) if full == "otlp" else (free, stuck)))
    settings["exporters"][full]["sending_queue"] = {"queue_size": 1, "num_consumers": 1}
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    stuck.wait_for_calls(1)
    error = daemon.refusal(spans_of(2, first=1))
    assert error.code() == grpc.StatusCode.UNAVAILABLE and "queue is full" in error.details()
    assert ids(free.wait_for_spans(3)) == [0, 1, 2]
    assert daemon.metric("otelcol_receiver_accepted_spans") == 1
    assert daemon.metric("otelcol_receiver_refused_spans") == 2
    assert daemon.metric("otelcol_exporter_enqueue_failed_spans", exporter=full) == 2
    gate.open()
    assert ids(stuck.wait_for_spans(1)) == [0]


@pytest.mark.parametrize("first", [True, False])
def test_what_no_client_may_send_again_is_the_worst_of_two_answers(daemons, backends, first):
    """One pipeline's queue is full, which is retryable; in the other the combinations of metadata are too many."""
    gate = b.Gate()
    stuck, free = backends(gate), backends()
    settings = two_pipelines(*((stuck, free) if first else (free, stuck)))
    settings["receivers"] = {"otlp": KEPT}
    settings["exporters"]["otlp" if first else "otlp/two"]["sending_queue"] = {"queue_size": 1, "num_consumers": 1}
    settings["processors"]["batch"] = {"timeout": "10ms", "metadata_keys": ["x-tenant"], "metadata_cardinality_limit": 1}
    settings["service"]["pipelines"]["traces/two" if first else "traces"]["processors"].append("batch")
    daemon = daemons(settings)
    send_as(daemon, "blue", spans_of(1))
    stuck.wait_for_calls(1)
    with daemon.channel() as channel, pytest.raises(grpc.RpcError) as error:
        channel.unary_unary(EXPORT)(spans_of(1, first=1).SerializeToString(), timeout=PATIENCE, metadata=[("x-tenant", "red")])
    assert error.value.code() == grpc.StatusCode.INTERNAL, error.value.details()
    assert daemon.metric("otelcol_receiver_refused_spans") == 1
    gate.open()


def test_a_client_waits_for_room_in_one_pipeline_though_the_other_refuses(daemons, backends):
    """Both get what they have room for, and the answer is the refusal."""
    gates = [b.Gate(), b.Gate()]
    late, full = backends(gates[0]), backends(gates[1])
    settings = two_pipelines(late, full)
    settings["exporters"]["otlp"]["sending_queue"] = {"queue_size": 1, "num_consumers": 1, "block_on_overflow": True}
    settings["exporters"]["otlp/two"]["sending_queue"] = {"queue_size": 1, "num_consumers": 1}
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    late.wait_for_calls(1)
    full.wait_for_calls(1)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        refusal = pool.submit(daemon.refusal, spans_of(1, first=1))
        eventually(lambda: daemon.metric("otelcol_exporter_enqueue_failed_spans", exporter="otlp/two") == 1)
        gates[0].open()
        assert refusal.result().code() == grpc.StatusCode.UNAVAILABLE
    assert ids(late.wait_for_spans(2)) == [0, 1]
    gates[1].open()


def test_two_pipelines_share_an_exporter(daemons, backends, tmp_path):
    one = backends()
    settings = two_pipelines(one, one)
    settings["exporters"] = {"otlp": settings["exporters"]["otlp"], "file": {"path": str(tmp_path / "out.json")}}
    for pipeline in settings["service"]["pipelines"].values():
        pipeline["exporters"] = ["otlp", "file"]
    daemon = daemons(settings)
    for i in range(10):
        daemon.send(spans_of(1, name="x" * (i + 1), first=i))
    assert sorted(ids(one.wait_for_spans(20))) == sorted(2 * list(range(10)))
    assert daemon.stop() == 0
    lines = (tmp_path / "out.json").read_text().splitlines()
    assert len([json.loads(line) for line in lines]) == 20


def two_ways_to_one_exporter(backend, batch, **more):
    """Two receivers, each with a pipeline of its own, the second through `batch`, to one exporter; and the second's port."""
    settings, port = configuration(backend, **more), programs.free_port()
    settings["receivers"]["otlp/b"] = {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{port}"}}}
    settings["processors"]["batch"] = batch
    settings["service"]["pipelines"] = {
        "traces/a": {"receivers": ["otlp"], "exporters": ["otlp"]},
        "traces/b": {"receivers": ["otlp/b"], "processors": ["batch"], "exporters": ["otlp"]}}
    return settings, port


def send_to(port, request):
    """One request to a port; the status of the answer."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=PATIENT) as channel:
        try:
            channel.unary_unary(EXPORT)(request.SerializeToString(), timeout=PATIENCE)
        except grpc.RpcError as error:
            return error.code()
    return grpc.StatusCode.OK


def test_pipelines_share_the_queue_the_connection_and_the_metrics_of_an_exporter(daemons, backends):
    gate = b.Gate()
    backend = backends(gate)
    settings, port = two_ways_to_one_exporter(backend, {"timeout": "0s"}, queue={"queue_size": 1, "num_consumers": 1})
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    backend.wait_for_calls(1)
    assert send_to(port, spans_of(2, first=1)) == grpc.StatusCode.UNAVAILABLE
    assert daemon.refusal(spans_of(1, first=3)).code() == grpc.StatusCode.UNAVAILABLE
    assert daemon.metric("otelcol_exporter_queue_size") == daemon.metric("otelcol_exporter_queue_capacity") == 1
    assert daemon.metric("otelcol_exporter_enqueue_failed_spans") == 3
    gate.open()
    eventually(lambda: daemon.metric("otelcol_exporter_queue_size") == 0)
    assert send_to(port, spans_of(1, first=4)) == grpc.StatusCode.OK
    assert ids(backend.wait_for_spans(2)) == [0, 4]
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans", exporter="otlp") == 2)
    assert len(backend.links) == 1


def test_pipelines_that_share_an_exporter_form_batches_each_by_its_own_settings(daemons, backends):
    backend = backends()
    settings, port = two_ways_to_one_exporter(backend, {"send_batch_size": 3, "timeout": "10m"})
    daemon = daemons(settings)
    assert send_to(port, spans_of(2)) == grpc.StatusCode.OK
    daemon.send(spans_of(1, first=10))
    backend.wait_for_calls(1)
    assert send_to(port, spans_of(1, first=2)) == grpc.StatusCode.OK
    backend.wait_for_calls(2)
    assert send_to(port, spans_of(1, first=3)) == grpc.StatusCode.OK
    assert daemon.stop() == 0
    assert [ids(call.spans()) for call in backend.calls] == [[10], [0, 1, 2], [3]]


def test_pipelines_that_share_a_full_queue_wait_for_room_and_may_leave(daemons, backends):
    gate = b.Gate()
    backend = backends(gate)
    settings, _ = two_ways_to_one_exporter(backend, {"timeout": "0s"}, queue={
        "queue_size": 1, "num_consumers": 1, "block_on_overflow": True})
    settings["service"]["pipelines"]["traces/b"]["receivers"] = ["otlp"]  # each request takes both ways
    del settings["receivers"]["otlp/b"]
    daemon = daemons(settings)
    leave_while_blocked(daemon, spans_of(1))
    eventually(lambda: daemon.metric("otelcol_exporter_enqueue_failed_spans") == 1)
    leave_while_blocked(daemon, spans_of(1, first=1), ways=2)
    eventually(lambda: daemon.metric("otelcol_exporter_enqueue_failed_spans") == 3)
    gate.open()
    daemon.send(spans_of(1, first=2))
    assert ids(backend.wait_for_spans(3)) == [0, 2, 2]


def test_two_receivers_feed_one_pipeline(daemons, backends):
    backend, port = backends(), programs.free_port()
    settings = configuration(backend)
    settings["receivers"]["otlp/two"] = {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{port}"}}}
    settings["service"]["pipelines"]["traces"]["receivers"].append("otlp/two")
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=PATIENT) as channel:
        channel.unary_unary(EXPORT)(spans_of(1, first=1).SerializeToString(), timeout=PATIENCE)
    assert sorted(ids(backend.wait_for_spans(2))) == [0, 1]


# ---- configuration and the end ---------------------------------------------------------------------------------


def test_configurations_merge_and_set_comes_last(daemons, backends, tmp_path):
    wrong, right = programs.free_port(), backends()
    more = tmp_path / "more.yaml"
    more.write_text(json.dumps({"exporters": {"otlp": {"endpoint": f"127.0.0.1:{wrong}", "compression": "gzip"}},
                                "processors": {"filter": {"traces": {"span": ['name == "noise"']}}},
                                "service": {"pipelines": {"traces": {"processors": ["filter"]}}}}))
    daemon = daemons(configuration(1), f"--config={more}", "--config=yaml:exporters::otlp::timeout: 300s",
                     "--set", f"exporters.otlp.endpoint=127.0.0.1:{right.port}", "--config=env:MORE",
                     env={"MORE": "exporters: {otlp: {headers: {x-from: env}}}"})
    daemon.send(spans_of(1, name="noise"))
    daemon.send(spans_of(1, name="music", first=1))
    assert ids(right.wait_for_spans(1)) == [1]
    head = right.calls[0].headers
    assert head["grpc-encoding"] == "gzip" and head["x-from"] == "env"
    assert 200000 < int(head["grpc-timeout"].removesuffix("m")) <= 300000


@pytest.mark.parametrize("which", ["grpc", "http"])
def test_an_endpoint_that_is_in_use_is_exit_code_2_and_says_so(daemons, backends, tmp_path, which):
    daemon = daemons(configuration(backends()))
    port = getattr(daemon, which)
    settings = configuration(1, receiver={"protocols": {which: {"endpoint": f"127.0.0.1:{port}"}}})
    settings["service"]["telemetry"] = {"metrics": {"level": "none"}}
    path = tmp_path / "second.yaml"
    path.write_text(json.dumps(settings))
    done = subprocess.run([programs.subject(), f"--config={path}"], capture_output=True, text=True, timeout=PATIENCE,
                          check=False)
    assert done.returncode == 2
    assert f"127.0.0.1:{port}" in done.stderr and "in use" in done.stderr.lower()
    daemon.serves()


def test_a_port_taken_by_another_program_is_exit_code_2(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = configuration(1, receiver={"protocols": {"grpc": {
            "endpoint": f"127.0.0.1:{other.getsockname()[1]}"}}})
        path = tmp_path / "c.yaml"
        path.write_text(json.dumps(settings))
        done = subprocess.run([programs.subject(), f"--config={path}"], capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        assert done.returncode == 2 and "in use" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_0(daemons, backends, number):
    daemon = daemons(configuration(backends()))
    daemon.send(spans_of(1))
    daemon.terminate(number)
    assert daemon.process.wait(PATIENCE) == 0
    assert not programs.accepts(daemon.grpc) and not programs.accepts(daemon.http)


def test_the_page_of_metrics_is_served_until_all_is_sent(daemons, backends):
    gate = b.Gate()
    backend = backends(gate)
    daemon = daemons(configuration(backend, service={"shutdown_timeout": "10m"}))
    daemon.send(spans_of(3))
    backend.wait_for_calls(1)
    daemon.terminate()
    eventually(lambda: not programs.accepts(daemon.grpc) and not programs.accepts(daemon.http))
    assert daemon.metric("otelcol_exporter_in_flight_requests", exporter="otlp") == 1
    gate.open()
    assert daemon.process.wait(PATIENCE) == 0
    assert "stopped, no span was lost" in daemon.output() and ids(backend.taken) == [0, 1, 2]


def test_spans_that_are_lost_at_the_end_are_counted_and_make_the_exit_code_1(daemons, backends):
    backend = backends(*[b.hang] * 9)
    settings = configuration(backend, {"timeout": "10m"}, queue={"num_consumers": 1},
                             service={"shutdown_timeout": "300ms"})
    settings["exporters"]["otlp/refused"] = configuration(programs.free_port())["exporters"]["otlp"]
    settings["service"]["pipelines"]["traces"]["exporters"].append("otlp/refused")
    daemon = daemons(settings)
    for i in range(4):
        daemon.send(spans_of(2, first=2 * i))
    backend.wait_for_calls(1)
    assert daemon.stop() == 1
    lost = [line for line in daemon.output().splitlines() if "lost" in line]
    assert len(lost) == 3, lost
    for exporter in ("otlp", "otlp/refused"):  # in no order
        assert any(f"spans were lost at the end\texporter={exporter} spans=8" in line for line in lost[:2]), lost
    assert "stopped, but spans were lost\tspans=16" in lost[2]


def test_a_second_signal_ends_it_at_once(daemons, backends):
    backend = backends(*[b.hang] * 9)
    daemon = daemons(configuration(backend, {"timeout": "10m"}, service={"shutdown_timeout": "10m"}))
    daemon.send(spans_of(1))
    backend.wait_for_calls(1)
    daemon.terminate()
    eventually(lambda: "stopping" in daemon.output())
    assert daemon.process.poll() is None
    daemon.terminate()
    assert daemon.process.wait(PATIENCE) == 128 + signal.SIGTERM
    daemon.process.returncode = 0


class Load:
    """Clients that send numbered spans over both protocols until they are told to stop or are refused."""

    def __init__(self, daemon, clients):
        self.daemon, self.acknowledged, self.over = daemon, [], threading.Event()
        self.lock, self.number = threading.Lock(), 0
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def next(self):
        with self.lock:
            self.number += 10
            return self.number - 10

    def run(self, client):
        """One client."""
        with self.daemon.channel() as channel:
            export = channel.unary_unary(EXPORT)
            while not self.over.is_set():
                first = self.next()
                body = spans_of(10, first=first, size=200).SerializeToString()
                try:
                    if client % 2:
                        export(body, timeout=PATIENCE)
                    elif self.daemon.post(body).status != 200:
                        continue
                except (grpc.RpcError, OSError, EOFError, socket.error, Exception):  # pylint: disable=broad-except
                    if self.daemon.process.poll() is not None or not programs.accepts(self.daemon.http):
                        return
                    continue
                with self.lock:
                    self.acknowledged += range(first, first + 10)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        return set(self.acknowledged)


@pytest.mark.parametrize("queue", [{}, {"wait_for_result": True}], ids=["memory", "wait_for_result"])
def test_sigterm_under_load_loses_nothing_that_was_acknowledged(daemons, backends, queue):
    backend = backends(*[b.slow(0.05)] * 20)
    daemon = daemons(batched(backend, {"compression": "gzip"}, queue=queue, send_batch_size=100, timeout="50ms"))
    load = Load(daemon, 4)
    eventually(lambda: len(load.acknowledged) > 200)
    daemon.terminate()
    assert daemon.process.wait(PATIENCE) == 0, daemon.output()
    acknowledged = load.stop()
    arrived = set(ids(backend.taken))
    assert acknowledged <= arrived, \
        f"{len(acknowledged - arrived)} of {len(acknowledged)} acknowledged spans are lost"


def test_a_restarting_backend_under_load_loses_nothing(daemons, backends):
    port = programs.free_port()
    first = backends(port=port)
    daemon = daemons(batched(first, send_batch_size=50, timeout="20ms"))
    load = Load(daemon, 2)
    eventually(lambda: len(load.acknowledged) > 50)
    first.stop()
    so_far = len(load.acknowledged)
    eventually(lambda: len(load.acknowledged) > so_far + 50)
    second = backends(port=port)
    eventually(lambda: second.taken)
    acknowledged = load.stop()
    assert daemon.stop() == 0
    arrived = set(ids(first.taken)) | set(ids(second.taken))
    assert acknowledged <= arrived
    assert daemon.output().count("spans are dropped") == 0
