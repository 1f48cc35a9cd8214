"""Requests that another thread judges than that of their connection: large ones, and those that take longer than a turn.

SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import gzip
import json

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from backend import status
from costly import FIRST, processors_of, request_of
from otlp_peers import EXPORT
from programs import PATIENCE
from reloading import ask
from subject import configuration, eventually, ids, spans_of
from test_zipkin import as_json, spans, zipkin

MIB = 1 << 20
WIDE = {"protocols": {"grpc": {"max_recv_msg_size_mib": 16}, "http": {}}}
DEAR = "a lambda in a lambda"
COUNT = "tamis_receiver_bulk_requests"
WAITING = "tamis_bulk_waiting_requests"


def large(first=0):
    """1.5 MiB in protobuf."""
    return spans_of(1500, size=1000, first=first)


def by_grpc(daemon, request, **options):
    with daemon.channel(**options) as channel:
        answer = channel.unary_unary(EXPORT)(request.SerializeToString(), timeout=PATIENCE)
    assert ExportTraceServiceResponse.FromString(answer) == ExportTraceServiceResponse()


def by_grpc_gzip(daemon, request):
    by_grpc(daemon, request, compression=grpc.Compression.Gzip)


def by_http(daemon, request):
    assert daemon.post(request.SerializeToString()).status == 200


def by_http_gzip(daemon, request):
    body = gzip.compress(request.SerializeToString())
    assert daemon.post(body, headers={"Content-Encoding": "gzip"}).status == 200


def by_json(daemon, request):
    as_json_spans = [{"traceId": s.trace_id.hex(), "spanId": s.span_id.hex(), "name": s.name}
                 for s in request.resource_spans[0].scope_spans[0].spans]
    filling = [{"key": "filling", "value": {"stringValue": "x" * MIB}}]
    body = {"resourceSpans": [{"resource": {"attributes": filling}, "scopeSpans": [{"spans": as_json_spans}]}]}
    answer = daemon.post(json.dumps(body).encode(), "application/json")
    assert (answer.status, answer.body) == (200, b"{}")


@pytest.mark.parametrize("send", [by_grpc, by_grpc_gzip, by_http, by_http_gzip, by_json])
def test_a_large_request_is_judged_in_bulk_and_arrives_whole(daemons, backends, send):
    backend = backends()
    drop = {"filter": {"traces": {"span": ['span_id.string == "0000000000000003"']}}}
    daemon = daemons(configuration(backend, processors=drop, receiver=WIDE, service={"workers": 1}))
    daemon.send(spans_of(1, first=5000))
    send(daemon, large())
    daemon.send(spans_of(1, first=5001))
    assert sorted(ids(backend.wait_for_spans(1501))) == [0, 1, *range(3, 1500), 5000, 5001]
    assert daemon.metric(COUNT) == 1
    assert daemon.metric("otelcol_receiver_accepted_spans") == 1502
    daemon.balance()


def test_a_large_document_of_zipkin_is_judged_in_bulk(daemons, backends):
    backend = backends()
    settings = zipkin(backend)
    daemon = daemons(settings)
    port = int(settings["receivers"]["zipkin"]["endpoint"].rpartition(":")[2])
    with contextlib.closing(daemon.http_client()) as connection:
        connection.port = port
        connection.request("POST", "/api/v2/spans", as_json(spans(2000, tags={"a": "x" * 200})),
                           {"Content-Type": "application/json"})
        assert connection.getresponse().status == 202
    assert len(backend.wait_for_spans(2000)) == 2000
    assert daemon.metric(COUNT, receiver="zipkin") == 1


def test_what_a_large_request_is_refused_for_is_told(daemons, backends):
    daemon = daemons(configuration(backends(), receiver=WIDE))
    error = daemon.refusal(large().SerializeToString() + b"\xff")
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and "not a protobuf field" in error.details()
    answer = daemon.post(b'{"resourceSpans":[' + b" " * MIB, "application/json")
    assert answer.status == 400
    assert daemon.metric(COUNT) == 1  # the other one could not even be read
    assert daemon.metric("tamis_receiver_refused_requests", reason="data") == 2


def test_a_large_request_waits_for_the_backend_where_clients_do(daemons, backends):
    backend = backends(status(3, "no"))
    daemon = daemons(configuration(backend, queue={"enabled": False}, receiver=WIDE))
    assert daemon.refusal(large()).code() == grpc.StatusCode.INVALID_ARGUMENT
    by_grpc(daemon, large())
    assert daemon.metric(COUNT) == 2
    daemon.balance()


@pytest.fixture(name="busy")
def busy_fixture(daemons, backends):
    """A daemon of one worker, so of one for bulk, that has dear requests to judge for seconds; their calls; the backend."""
    backend = backends()
    daemon = daemons(configuration(backend, processors=processors_of(DEAR), receiver=WIDE,
                                   service={"workers": 1, "reload": {"watch": False}}))
    body = request_of(DEAR).SerializeToString()
    with daemon.channel() as channel:
        calls = [channel.unary_unary(EXPORT).future(body, timeout=PATIENCE) for _ in range(8)]
        eventually(lambda: daemon.metric(COUNT) >= 1)
        yield daemon, calls, backend
        for call in calls:
            call.result()


def test_others_are_served_while_dear_requests_wait(busy):
    daemon, calls, backend = busy
    daemon.send(spans_of(1))
    assert not all(call.done() for call in calls)
    eventually(lambda: [i for i in ids(backend.wait_for_spans(1)) if i < FIRST] == [0])


def test_one_whose_client_has_gone_is_not_judged(busy):
    daemon, calls, backend = busy
    with daemon.channel() as channel:
        call = channel.unary_unary(EXPORT).future(large().SerializeToString(), timeout=PATIENCE)
        # The one that is judged counts as both.
        eventually(lambda: daemon.metric(COUNT) + daemon.metric(WAITING) > len(calls) + 1)
        call.cancel()
    for other in calls:
        other.result()
    daemon.send(spans_of(1, first=5000))
    assert [i for i in ids(backend.wait_for_spans(1)) if i < FIRST] == [5000]
    assert daemon.metric(COUNT) == len(calls)
    daemon.balance()


def test_a_reload_ends_when_the_dear_requests_have(busy):
    daemon, calls, _ = busy
    assert ask(daemon).status == 200
    assert all(call.done() or call.result() for call in calls)
    daemon.send(spans_of(1))
