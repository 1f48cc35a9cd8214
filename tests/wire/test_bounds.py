"""Spans and requests that take too much (service.judge): what is told to whom, and that nothing else suffers.

Memory and what leaves decide here, which no clock does.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os

import grpc
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (ExportTraceServiceRequest,
                                                                      ExportTraceServiceResponse)

from otlp_peers import EXPORT, as_json
from subject import configuration, eventually, ids, spans_of

GROWS = f'replace_pattern(attributes["grows"], "a", "{16 * "b"}")'
SANITIZED = "asan" in os.environ.get("TAMIS", "") or "tsan" in os.environ.get("TAMIS", "")
WIDE = {"protocols": {"grpc": {"max_recv_msg_size_mib": 16}, "http": {}}}
SHARE = {"time": "0s", "memory_mib": 16, "memory_factor": 0, "span_percent": 1}


def editing(backend, judge, *statements, waits=False):
    """One transform with these statements, silent about errors."""
    transform = {"error_mode": "silent", "trace_statements": [{"context": "span", "statements": list(statements)}]}
    queue = {"wait_for_result": True} if waits else None
    return configuration(backend, queue=queue, processors={"transform": transform}, service={"judge": judge})


def with_growing(count, growing, size=100000):
    """Spans of which some have an attribute that the statement makes large, a small part of the request."""
    request = spans_of(count)
    for i, span in enumerate(request.resource_spans[0].scope_spans[0].spans):
        span.attributes.add(key="grows" if i in growing else "filling").value.string_value = "a" * (
            size if i in growing else 12 * size)
    return request


def by_grpc(daemon, request):
    with daemon.channel() as channel:
        return ExportTraceServiceResponse.FromString(channel.unary_unary(EXPORT)(request.SerializeToString()))


def by_protobuf(daemon, request):
    answer = daemon.post(request.SerializeToString())
    assert answer.status == 200
    return ExportTraceServiceResponse.FromString(answer.body)


def by_json(daemon, request):
    answer = daemon.post(as_json(request), "application/json")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    return json_format.Parse(answer.body, ExportTraceServiceResponse())


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "waiting"])
@pytest.mark.parametrize("send", [by_grpc, by_protobuf, by_json])
def test_a_span_above_its_share_is_rejected_and_told(daemons, backends, send, waits):
    backend = backends()
    daemon = daemons(editing(backend, SHARE, GROWS, waits=waits))
    answer = send(daemon, with_growing(5, [1, 3]))
    assert answer.partial_success.rejected_spans == 2
    assert "transform" in answer.partial_success.error_message
    assert "replace_pattern" in answer.partial_success.error_message
    assert "takes too much memory" in answer.partial_success.error_message
    assert sorted(ids(backend.wait_for_spans(3))) == [0, 2, 4]
    assert send(daemon, with_growing(2, [])) == ExportTraceServiceResponse()
    assert daemon.metric("tamis_rule_rejected_spans") == 2
    assert daemon.metric("tamis_rule_errors_spans") == 0
    assert daemon.metric("otelcol_receiver_accepted_spans") == 5
    assert daemon.metric("otelcol_receiver_refused_spans") == 2
    assert daemon.stop() == 0
    lines = [line for line in daemon.output().splitlines() if "a rule failed" in line]
    assert len(lines) == 2 and all("replace_pattern" in line and "a span of 1000" in line for line in lines)


def test_a_request_above_its_memory_is_refused_for_good(daemons, backends):
    backend = backends()
    daemon = daemons(editing(backend, {"time": "0s", "memory_mib": 1, "memory_factor": 1, "span_percent": 100}, GROWS))
    request = with_growing(20, range(20))
    error = daemon.refusal(request)
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and "too much memory" in error.details()
    answer = daemon.post(request.SerializeToString())
    assert answer.status == 413 and b"too much memory" in answer.body
    assert answer.headers["retry-after"] is None
    answer = daemon.post(as_json(request), "application/json")
    assert answer.status == 413 and json.loads(answer.body)["code"] == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert daemon.metric("tamis_receiver_costly_requests") == 3
    daemon.send(spans_of(2))
    assert ids(backend.wait_for_spans(2)) == [0, 1]


def test_what_leaves_is_bounded(daemons, backends):
    backend = backends()
    judge = {"output_mib": 1, "output_factor": 2}
    daemon = daemons(editing(backend, judge, 'set(attributes["copy"], resource.attributes["long"])'))
    request = spans_of(50)
    request.resource_spans[0].resource.attributes.add(key="long").value.string_value = "x" * 100000
    error = daemon.refusal(request)
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and "what leaves would have" in error.details()
    del request.resource_spans[0].scope_spans[0].spans[8:]
    daemon.send(request)
    assert len(backend.wait_for_spans(8)) == 8


def test_long_blanks_do_not_escape_a_drop_rule(daemons, backends):
    backend = backends()
    drop = {"error_mode": "ignore", "traces": {"span": ['IsMatch(attributes["x"], "[ ]+$")']}}
    daemon = daemons(configuration(backend, processors={"filter": drop}))
    request = ExportTraceServiceRequest()
    request.MergeFrom(spans_of(3))
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[0].attributes.add(key="x").value.string_value = " " * 1000000
    spans[1].attributes.add(key="x").value.string_value = " " * 1000000 + "x"
    daemon.send(request)
    assert sorted(ids(backend.wait_for_spans(2))) == [1, 2]
    assert daemon.metric("tamis_rule_errors_spans") == 0
    assert daemon.metric("tamis_rule_dropped_spans") == 1


WORST = {
    # what the rule is asked of one request, and the request
    "conditions": ('IsMatch(Concat([attributes["x"], attributes["x"]], "-"), "(a|b)+c")', 1, 1500000),
    "many spans": ('IsMatch(Concat([attributes["x"], name], "-"), "(a|b)+c")', 3000, 500),
    "lists": ('Len(Split(attributes["x"], "a")) == 1', 1, 1500000),
    "lambdas": ('Len(Reduce(Split(attributes["x"], "a"), "", (acc, _, v) => Concat([acc, v], ""))) == 1', 1, 20000),
    "replacing": ('Len(attributes["x"]) == 1', 1, 1500000),
}


@pytest.mark.parametrize("worst", WORST)
def test_memory_returns_after_the_worst_request(daemons, backends, worst):
    condition, spans, size = WORST[worst]
    backend = backends()
    processors = {
        "filter": {"error_mode": "ignore", "traces": {"span": [condition]}},
        "transform": {"error_mode": "ignore", "trace_statements": [
            {"context": "span", "statements": ['replace_pattern(attributes["x"], "b", "$0", SHA256)']}]}}
    daemon = daemons(configuration(backend, processors=processors, receiver=WIDE))
    daemon.serves()
    before = daemon.rss()
    request = spans_of(spans)
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.attributes.add(key="x").value.string_value = "ab" * (size // 2)
    for _ in range(3):
        with daemon.channel() as channel:
            try:
                channel.unary_unary(EXPORT)(request.SerializeToString())
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
    eventually(lambda: SANITIZED or daemon.rss() < before + (32 << 20))  # the sanitizers keep what is freed
    daemon.serves()
