"""What rules and the judge leave of requests, over every transport: where tamis once differed from the Collector.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import re

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otlp_peers import as_json
from programs import PATIENCE
from subject import configuration, ids, spans_of

WAYS = ["gRPC", "protobuf", "JSON"]


def hand(daemon, request, way):
    """Sends it; the status as HTTP tells it."""
    if way == "gRPC":
        daemon.send(request)
        return 200
    body, kind = (as_json(request), "application/json") if way == "JSON" else (request.SerializeToString(),
                                                                               "application/x-protobuf")
    return daemon.post(body, kind).status


def span_of(request):
    return request.resource_spans[0].scope_spans[0].spans[0]


# ---- match_type: regexp ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_an_expression_matches_texts_bools_and_numbers_alone(daemons, backends, way):
    backend = backends()
    exclude = {"match_type": "regexp", "attributes": [{"key": "k", "value": ".*"}]}
    daemon = daemons(configuration(backend, processors={"filter": {"spans": {"exclude": exclude}}}))
    kept, dropped = spans_of(5), spans_of(4, first=5)
    spans = list(kept.resource_spans[0].scope_spans[0].spans)
    spans[0].attributes.add(key="k").value.array_value.values.add().string_value = "tea"
    spans[1].attributes.add(key="k").value.kvlist_value.values.add(key="tea").value.int_value = 1
    spans[2].attributes.add(key="k").value.bytes_value = b"tea"
    spans[3].attributes.add(key="k").value.SetInParent()
    for span, (kind, value) in zip(dropped.resource_spans[0].scope_spans[0].spans, [
            ("string_value", "tea"), ("bool_value", False), ("int_value", 7), ("double_value", 1e21)]):
        setattr(span.attributes.add(key="k").value, kind, value)
    assert hand(daemon, dropped, way) == 200
    assert hand(daemon, kept, way) == 200
    assert ids(backend.wait_for_spans(5)) == [0, 1, 2, 3, 4]


# ---- error_mode: propagate -------------------------------------------------------------------------------------

FAILS, HOLDS = 'Int(attributes["items"]) > 100', 'name == "kept"'
ENDING = {
    "by levels": {"traces": {"span": [FAILS, HOLDS]}},
    "from level to level": {"traces": {"resource": ['Int(attributes["service.name"]) > 1'], "span": [HOLDS]}},
    "of resources": {"traces": {"resource": ['Int(attributes["service.name"]) > 1',
                                             'attributes["service.name"] != nil']}},
    "a list from level to level": {"trace_conditions": [f"span.{HOLDS}",
                                                        'Int(resource.attributes["service.name"]) > 1']},
    "a group": {"trace_conditions": [{"context": "span", "conditions": [FAILS, HOLDS]}]},
    "of scopes": {"trace_conditions": [
        {"context": "scope", "conditions": ['Int(resource.attributes["service.name"]) > 1', 'name == ""']}]},
}


def failing():
    request = spans_of(1)
    span_of(request).attributes.add(key="items").value.string_value = "several"
    return request


@pytest.mark.parametrize("rules", ENDING)
def test_the_first_condition_that_fails_ends_it_under_propagate(daemons, backends, rules):
    backend = backends()
    daemon = daemons(configuration(backend, processors={"filter": {"error_mode": "propagate", **ENDING[rules]}}))
    assert daemon.refusal(failing()).code() == grpc.StatusCode.UNAVAILABLE
    assert hand(daemon, failing(), "protobuf") == hand(daemon, failing(), "JSON") == 503
    assert not backend.calls
    assert daemon.metric("tamis_rule_errors_spans") == 3 and daemon.metric("tamis_rule_matched_spans") == 0


@pytest.mark.parametrize("mode", ["ignore", "silent"])
@pytest.mark.parametrize("rules", ENDING)
def test_otherwise_the_next_condition_is_tried(daemons, backends, rules, mode):
    daemon = daemons(configuration(backends(), processors={"filter": {"error_mode": mode, **ENDING[rules]}}))
    assert [hand(daemon, failing(), way) for way in WAYS] == [200] * 3
    assert daemon.metric("tamis_rule_dropped_spans") == 3


def test_a_condition_that_holds_before_the_failing_one_drops(daemons, backends):
    rules = {"error_mode": "propagate", "traces": {"span": [HOLDS, FAILS]}}
    daemon = daemons(configuration(backends(), processors={"filter": rules}))
    assert [hand(daemon, failing(), way) for way in WAYS] == [200] * 3
    assert daemon.metric("tamis_rule_dropped_spans") == 3 and daemon.metric("tamis_rule_errors_spans") == 0


# ---- ids of zeros only -----------------------------------------------------------------------------------------

EDITS = {
    "none": {},
    "attributes": {"attributes": {"actions": [{"key": "new", "action": "insert", "value": "v"}]}},
    "statements": {"transform": {"trace_statements": ['set(span.name, "other")']}},
}


def with_zeros():
    """A root whose parent and link have ids of zeros, and a child whose ids are ids."""
    request = spans_of(2)
    root, child = request.resource_spans[0].scope_spans[0].spans
    root.parent_span_id = bytes(8)
    root.links.add(trace_id=bytes(16), span_id=bytes(8), trace_state="a=b")
    root.links.add(trace_id=b"\5" * 16, span_id=bytes(8))
    child.parent_span_id = b"\1" + bytes(7)
    child.links.add(trace_id=bytes(15) + b"\1", span_id=bytes(7) + b"\1")
    return request


def zeros_left_out(spans):
    root, child = sorted(spans, key=lambda s: s.span_id)
    assert root.parent_span_id == b"" and child.parent_span_id == b"\1" + bytes(7)
    assert [(link.trace_id, link.span_id, link.trace_state) for link in root.links] == [
        (b"", b"", "a=b"), (b"\5" * 16, b"", "")]
    assert [(link.trace_id, link.span_id) for link in child.links] == [(bytes(15) + b"\1", bytes(7) + b"\1")]


@pytest.mark.parametrize("edits", EDITS)
@pytest.mark.parametrize("way", WAYS)
def test_ids_of_zeros_only_are_left_out(daemons, backends, way, edits):
    backend = backends()
    daemon = daemons(configuration(backend, processors=EDITS[edits]))
    assert hand(daemon, with_zeros(), way) == 200
    zeros_left_out(backend.wait_for_spans(2))


@pytest.mark.parametrize("form", ["json", "proto"])
def test_ids_of_zeros_only_are_left_out_of_files(daemons, backends, tmp_path, form):
    out = tmp_path / "out"
    settings = configuration(backends())
    settings["exporters"] = {"file": {"path": str(out), "format": form}}
    settings["service"]["pipelines"]["traces"]["exporters"] = ["file"]
    daemon = daemons(settings)
    assert hand(daemon, with_zeros(), "JSON") == 200
    assert daemon.stop() == 0
    if form == "proto":
        request = ExportTraceServiceRequest.FromString(out.read_bytes()[4:])
        zeros_left_out(request.resource_spans[0].scope_spans[0].spans)
        return
    root, child = json.loads(out.read_text())["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert not root.get("parentSpanId") and child["parentSpanId"] == "01" + "00" * 7
    assert [(link.get("traceId", ""), link.get("spanId", "")) for link in root["links"]] == [("", ""), ("05" * 16, "")]


def test_an_id_that_a_rule_sets_to_zeros_is_left_out(daemons, backends):
    backend = backends()
    statements = ["set(span.parent_span_id, SpanID(0x0000000000000000))"]
    daemon = daemons(configuration(backend, processors={"transform": {"trace_statements": statements}}))
    request = spans_of(1)
    span_of(request).parent_span_id = b"\1" * 8
    assert hand(daemon, request, "gRPC") == 200
    assert backend.wait_for_spans(1)[0].parent_span_id == b""


# ---- what metrics and the log say of rules ---------------------------------------------------------------------


def page(daemon):
    connection = http.client.HTTPConnection("127.0.0.1", daemon.metrics_port, timeout=PATIENCE)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return [line for line in text.splitlines() if line.startswith("tamis_rule_")]


def test_series_carry_the_text_of_their_rule_and_only_what_can_drop_has_dropped(daemons, backends):
    conditions = ['name ==\n  "with \\"quotes\\""', " or ".join(f'name == "{i}"' for i in range(100))]
    rules = {"filter": {"traces": {"span": conditions, "spanevent": ['name == "e"']}},
             "transform": {"trace_statements": ['set(span.attributes["k"], 1)']},
             "attributes": {"actions": [{"key": "cluster", "action": "upsert", "value": "v"}]}}
    daemon = daemons(configuration(backends(), processors=rules))
    daemon.send(spans_of(1))
    lines = page(daemon)
    texts = {re.search(r'text="((?:[^"\\]|\\.)*)"', line)[1] for line in lines}
    assert all(len(text) <= 160 for text in texts)
    assert r'name == \"with \\\"quotes\\\"\"' in texts and r'set(span.attributes[\"k\"], 1)' in texts
    dropping = {re.search('rule="([^"]*)"', line)[1] for line in lines if line.startswith("tamis_rule_dropped_spans")}
    assert dropping == {"filter/traces.span[0]", "filter/traces.span[1]"}
    assert len([line for line in lines if line.startswith("tamis_rule_matched")]) == 5


@pytest.mark.parametrize("level", ["debug", "info"])
def test_a_type_mismatch_is_counted_and_the_first_one_told_at_level_debug(daemons, backends, level):
    rules = {"filter": {"traces": {"span": ['attributes["http.status_code"] < 500', 'name == "other"']}}}
    settings = configuration(backends(), processors=rules)
    settings["service"]["telemetry"] = {"logs": {"level": level}}
    daemon = daemons(settings)
    request = spans_of(3)
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.attributes.add(key="http.status_code").value.string_value = "200"
    for way in WAYS:
        assert hand(daemon, request, way) == 200
    assert daemon.metric("tamis_rule_type_mismatch_spans", rule="filter/traces.span[0]") == 9
    assert daemon.metric("tamis_rule_type_mismatch_spans", rule="filter/traces.span[1]") == 0
    assert daemon.stop() == 0
    told = [line for line in daemon.output().splitlines() if "types do not compare" in line]
    assert len(told) == (level == "debug")
    assert all('filter/traces.span[0]' in line and "200" in line and "500" in line for line in told)
