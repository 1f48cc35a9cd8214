"""The example configuration, word for word, on generated requests: by gRPC and HTTP, protobuf and JSON.

SPDX-License-Identifier: Apache-2.0
"""
import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otlp_peers import send_grpc, send_http
from programs import EXAMPLE
from traffic import CONDITION_KEYS, DROPPED, Traffic


def spans_of(requests):
    return [s for r in requests for rs in r.resource_spans for ss in rs.scope_spans for s in ss.spans]


def one_span(**fields):
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, **fields)
    return request


@pytest.mark.parametrize("seed", range(4))
def test_generated_requests_leave_as_from_the_collector(agree, seed):
    requests = Traffic(seed).requests(40)
    got = agree(EXAMPLE, lambda program: send_grpc(program.grpc, requests))
    sent, kept = len(spans_of(requests)), len(spans_of(got))
    assert 0 < kept < sent
    for span in spans_of(got):
        # Of several equal keys the action updates the first, so "some" and not "each".
        assert "tap-sandbox" in [a.value.string_value for a in span.attributes if a.key == "cluster"]


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_compression_changes_nothing(agree, compression):
    requests = Traffic(11).requests(10)
    agree(EXAMPLE, lambda program: send_grpc(program.grpc, requests, compression))


@pytest.mark.parametrize("content_type", ["application/x-protobuf", "application/json"])
@pytest.mark.parametrize("compression", [None, "gzip"])
def test_http_bodies_leave_as_from_the_collector(agree, content_type, compression):
    requests = Traffic(12).requests(10)
    agree(EXAMPLE, lambda program: send_http(program.http, requests, content_type, compression))


@pytest.mark.parametrize("key,value", DROPPED)
def test_each_condition_drops_its_span(agree, key, value):
    request = one_span(name="x" if key else value)
    if key:
        request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key=key).value.string_value = value
    got = agree(EXAMPLE, lambda program: send_grpc(program.grpc, [request, one_span(name="kept")]))
    assert [s.name for s in spans_of(got)] == ["kept"]


@pytest.mark.parametrize("key", CONDITION_KEYS)
def test_of_equal_keys_the_one_that_the_collector_reads_is_read(agree, key):
    noise = next(value for k, value in DROPPED if k == key)
    requests = []
    for first, second in [(noise, "other"), ("other", noise)]:
        request = one_span(name=first)
        for value in (first, second):
            request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key=key).value.string_value = value
        requests.append(request)
    agree(EXAMPLE, lambda program: send_grpc(program.grpc, requests))


def test_a_request_without_a_survivor_is_not_forwarded(agree):
    got = agree(EXAMPLE, lambda program: send_grpc(program.grpc, [one_span(name="OperationHandler.handle"), b""]))
    assert got == []


def test_empty_envelopes_are_pruned(agree):
    request = one_span(name="OperationHandler.handle")
    request.resource_spans[0].scope_spans.add().scope.name = "empty"
    request.resource_spans.add().resource.attributes.add(key="service.name").value.string_value = "empty"
    kept = one_span(name="kept")
    got = agree(EXAMPLE, lambda program: send_grpc(program.grpc, [request, kept]))
    assert sum(len(r.resource_spans) for r in got) == 1
