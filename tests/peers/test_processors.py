"""Other configurations of the processors: what tamis forwards is what the Collector forwards.

A row of CONFIGURATIONS is a name and the `processors` of one pipeline, in order. Where the two may differ, because
the Collector here is older than the reference, the row is missing and KNOWN.md says why.

SPDX-License-Identifier: Apache-2.0
"""
import json

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import programs
from otlp_peers import as_bytes, post, send_grpc
from traffic import Traffic

UPSERT = {"actions": [{"key": "cluster", "value": "tap-sandbox", "action": "upsert"}]}


def spans(*conditions, mode="ignore"):
    return {"filter": {"error_mode": mode, "traces": {"span": list(conditions)}}}


def actions(*rows, **selection):
    return {"attributes": {"actions": list(rows), **selection}}


def transform(context, *statements, mode="ignore", **more):
    return {"transform": {"error_mode": mode, "trace_statements": [
        {"context": context, "statements": list(statements), **more}]}}


CONFIGURATIONS = {
    # filter, the older style
    "filter span by several fields": spans(
        'kind == SPAN_KIND_SERVER and status.code == STATUS_CODE_ERROR',
        'end_time_unix_nano - start_time_unix_nano > 900000000',
        'IsMatch(name, "^SELECT") or attributes["component"] == nil and attributes["n"] != nil'),
    "filter span by resource and scope": spans(
        'resource.attributes["service.name"] == "checkout"', 'instrumentation_scope.name == "lib.alpha"',
        'resource.attributes["zone"] != nil and dropped_attributes_count == 3'),
    "filter span by types": spans('IsMap(attributes["map"])', 'IsInt(attributes["n"]) and attributes["n"] > 40',
                                  'attributes["thread.id"] < 1.5', 'Len(attributes["list"]) == 2'),
    "filter silent": spans('attributes["n"] + 1 > 40', 'ParseJSON(attributes["component"])["a"] == 1', mode="silent"),
    "filter root spans": spans('IsRootSpan()'),
    "filter span events": {"filter": {"error_mode": "ignore", "traces": {
        "spanevent": ['name == "exception"', 'attributes["zone"] != nil']}}},
    "filter span events by their span": {"filter": {"error_mode": "ignore", "traces": {
        "spanevent": ['span.kind == SPAN_KIND_CLIENT', 'IsMatch(span.name, "^GET") and name == ""']}}},
    "filter spans and events": {"filter": {"error_mode": "ignore", "traces": {
        "span": ['attributes["zone"] != nil'], "spanevent": ['dropped_attributes_count == 1']}}},
    "filter resources": {"filter": {"error_mode": "ignore", "traces": {
        "resource": ['attributes["service.name"] == "contour"', 'attributes["a.b.c"] != nil']}}},
    "filter resources and spans": {"filter": {"error_mode": "ignore", "traces": {
        "resource": ['IsMatch(attributes["service.name"], "^blog")'], "span": ['name == "ingress"']}}},
    # filter, the newer style
    "trace_conditions flat": {"filter": {"error_mode": "ignore", "trace_conditions": [
        'span.attributes["zone"] != nil', 'spanevent.name == "exception"',
        'resource.attributes["service.name"] == "checkout"', 'scope.name == "lib.alpha"']}},
    "trace_conditions without a context": {"filter": {"error_mode": "ignore", "trace_conditions": [
        {"conditions": ['span.attributes["zone"] != nil', 'resource.attributes["service.name"] == "checkout"',
                        'spanevent.name == "exception"']}, {"conditions": ['scope.name == "lib.alpha"']}]}},
    "trace_conditions by context": {"filter": {"error_mode": "ignore", "trace_conditions": [
        {"context": "span", "conditions": ['attributes["zone"] != nil', 'name == "ingress"']},
        {"context": "spanevent", "conditions": ['name == "exception"']}]}},
    # attributes
    "insert update upsert": actions(
        {"key": "zone", "value": "eu", "action": "insert"}, {"key": "n", "value": 7, "action": "update"},
        {"key": "component", "value": True, "action": "upsert"}, {"key": "ratio", "value": 0.25, "action": "insert"}),
    "from_attribute": actions({"key": "copy", "from_attribute": "n", "action": "insert"},
                              {"key": "zone", "from_attribute": "component", "action": "update"},
                              {"key": "a.b.c", "from_attribute": "absent", "action": "upsert"}),
    "delete by key": actions({"key": "zone", "action": "delete"}),
    "delete by pattern": actions({"pattern": "^(http|net)\\.", "action": "delete"}),
    "hash": actions({"key": "zone", "action": "hash"}, {"pattern": "^http", "action": "hash"}),
    "extract": actions({"key": "upstream_cluster", "pattern": "^(?P<ns>[^/]+)/(?P<svc>[^/]+)", "action": "extract"}),
    "convert": actions({"key": "n", "action": "convert", "converted_type": "string"},
                       {"key": "thread.id", "action": "convert", "converted_type": "int"},
                       {"key": "zone", "action": "convert", "converted_type": "double"}),
    "include strict": actions({"key": "x", "value": 1, "action": "insert"}, include={
        "match_type": "strict", "services": ["contour", "blog-api"], "span_names": ["ingress", "GET"]}),
    "exclude by an expression on values of every kind": {"filter": {"spans": {"exclude": {
        "match_type": "regexp", "attributes": [{"key": "n", "value": ".*"}]}}}},
    "include by an expression on doubles": {"filter": {"spans": {"include": {
        "match_type": "regexp", "attributes": [{"key": "n", "value": "^-?[0-9.]{1,400}$|Inf|NaN"}]}}}},
    "exclude resources without a name": {"filter": {"spans": {"exclude": {
        "match_type": "regexp", "services": ["^<nil"]}}}},
    "include by several libraries": {"filter": {"spans": {"include": {
        "match_type": "regexp", "libraries": [{"name": "lib"}, {"name": "alpha"}]}}}},
    "exclude regexp": actions({"key": "x", "value": 1, "action": "insert"}, exclude={
        "match_type": "regexp", "span_names": ["^SELECT", "entries"]}),
    "include and exclude": actions(
        {"key": "x", "value": 1, "action": "insert"},
        include={"match_type": "regexp", "services": [".*o.*"]},
        exclude={"match_type": "strict", "attributes": [{"key": "http.route", "value": "/livez"}]}),
    "include by resource and library": actions(
        {"key": "x", "value": 1, "action": "insert"}, include={
            "match_type": "strict", "resources": [{"key": "service.name", "value": "checkout"}],
            "libraries": [{"name": "lib.alpha"}]}),
    # resource
    "resource": {"resource": {"attributes": [
        {"key": "service.name", "value": "renamed", "action": "update"}, {"key": "zone", "action": "delete"},
        {"key": "k8s.cluster.name", "from_attribute": "service.name", "action": "insert"}]}},
    # transform
    "transform span": transform(
        "span", 'set(name, Concat([name, attributes["http.route"]], " ")) where attributes["http.route"] != nil',
        'set(attributes["is.client"], true) where kind == SPAN_KIND_CLIENT', 'delete_key(attributes, "zone")',
        'set(status.code, STATUS_CODE_OK) where status.code == STATUS_CODE_UNSET', 'truncate_all(attributes, 40)'),
    "transform keys": transform("span", 'delete_matching_keys(attributes, "^http")', 'limit(attributes, 4, ["n"])'),
    "transform text": transform("span", 'replace_pattern(name, "entries/(.*)", "e/$$1")',
                                'replace_all_patterns(attributes, "value", "https?", "scheme")',
                                'set(attributes["upper"], ToUpperCase(name)) where Len(name) > 3'),
    "transform cache": transform("span", 'set(cache["n"], attributes["n"])', 'set(attributes["m"], cache["n"])'),
    "transform conditions": transform("span", 'set(attributes["hit"], true)', conditions=['name == "ingress"']),
    "transform resource": transform("resource", 'set(attributes["env"], "test")', 'keep_keys(attributes, ["env", "n"])'),
    "transform scope": transform("scope", 'set(name, "renamed") where name == ""', 'set(version, "2")'),
    "transform events": transform("spanevent", 'set(attributes["of"], span.name)', 'set(name, "x") where name == ""'),
    "transform flat statements": {"transform": {"error_mode": "ignore", "trace_statements": [
        'set(span.attributes["a"], resource.attributes["service.name"])', 'set(resource.attributes["seen"], true)']}},
    # several in a row
    "edit then filter": {**actions({"key": "zone", "value": "eu", "action": "upsert"}),
                         **spans('attributes["zone"] == "eu" and kind == SPAN_KIND_SERVER')},
    "filter then transform": {**spans('name == "ingress"'), **transform("span", 'set(attributes["kept"], true)')},
}


def pipeline(processors):
    """A whole configuration. JSON is YAML."""
    return json.dumps({
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
        "processors": {**processors, "batch": {}},
        "exporters": {"otlp": {"tls": {"insecure": True}}},
        "service": {"pipelines": {"traces": {
            "receivers": ["otlp"], "processors": [*processors, "batch"], "exporters": ["otlp"]}}},
    })


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_processors_forward_what_the_collectors_forward(agree, tmp_path, name):
    configuration = tmp_path / "configuration.yaml"
    configuration.write_text(pipeline(CONFIGURATIONS[name]))
    requests = Traffic(31).requests(30)
    assert agree(configuration, lambda program: send_grpc(program.grpc, requests), exporter="otlp")


FAILS, HOLDS = 'Int(attributes["n"]) > 100', 'name == "held"'
PROPAGATING = {
    "by levels": {"traces": {"span": [FAILS, HOLDS]}},
    "after one that holds": {"traces": {"span": [HOLDS, FAILS]}},
    "from resources to spans": {"traces": {"resource": ['Int(attributes["s"]) > 1'], "span": [HOLDS]}},
    "from spans to events": {"traces": {"span": [FAILS], "spanevent": ['name == "held"']}},
    "of resources": {"traces": {"resource": ['Int(attributes["s"]) > 1', 'attributes["s"] == "x"']}},
    "of scopes": {"trace_conditions": [
        {"context": "scope", "conditions": ['Int(resource.attributes["s"]) > 1', 'name == ""']}]},
    "a group": {"trace_conditions": [{"context": "span", "conditions": [FAILS, HOLDS]}]},
    "a group that drops all behind one that fails": {"trace_conditions": [
        {"context": "span", "conditions": [FAILS]}, {"context": "span", "conditions": [HOLDS]}]},
    "a group that drops nothing behind one that fails": {"trace_conditions": [
        {"context": "span", "conditions": [FAILS]}, {"context": "span", "conditions": ['name == "other"']}]},
    "a group that drops the resource behind one that fails": {"trace_conditions": [
        {"context": "span", "conditions": [FAILS]}, {"context": "resource", "conditions": ['attributes["s"] == "x"']}]},
    "a list from level to level": {"trace_conditions": [f"span.{HOLDS}", 'Int(resource.attributes["s"]) > 1']},
    "a list from scopes to spans": {"trace_conditions": [f"span.{HOLDS}", 'Int(scope.name) > 1']},
    "a group without a context": {"trace_conditions": [
        {"conditions": [f"span.{HOLDS}", 'Int(resource.attributes["s"]) > 1']}]},
    "two groups without a context": {"trace_conditions": [
        {"conditions": ['Int(resource.attributes["s"]) > 1']}, {"conditions": [f"span.{HOLDS}"]}]},
    "conditions one by one": {"trace_conditions": ['Int(span.attributes["n"]) > 100', f"span.{HOLDS}"]},
}


def failing():
    """A request that FAILS fails on and HOLDS holds for."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="s").value.string_value = "x"
    span = resource.scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, name="held")
    span.attributes.add(key="n").value.string_value = "several"
    span.events.add(name="held")
    return request


@pytest.mark.parametrize("name", PROPAGATING)
@pytest.mark.parametrize("mode", ["propagate", "ignore"])
def test_a_failing_condition_is_answered_as_by_the_collector(start, sink, tmp_path, name, mode):
    configuration = tmp_path / "configuration.yaml"
    configuration.write_text(pipeline({"filter": {"error_mode": mode, **PROPAGATING[name]}}))
    statuses = []
    for binary in (programs.collector(), programs.subject()):
        program = start(binary, configuration, {"exporters.otlp.endpoint": sink.endpoint})
        statuses.append(post(program.http, as_bytes(failing()), "application/x-protobuf")[0])
    assert statuses[0] == statuses[1]
