"""The real Collector with examples/otelcol in it: `tamis` beside the processors `filter` and `transform`, in one binary.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import re
import shutil
import subprocess

import pytest

from otlp_peers import send_grpc
from programs import EXAMPLE, PEERS, TOP, present
from span_difference import difference
from traffic import Traffic

MODULE = TOP / "tests" / "peers" / "otelcol"
UPSERT = 'set(attributes["cluster"], "tap-sandbox")'
# Name: conditions by context, statements by context.
RULES = {
    "resources": ({"resource": ['attributes["service.name"] == nil']}, {}),
    "events": ({"spanevent": ['IsMatch(name, "a|e")'], "span": ["kind == SPAN_KIND_CLIENT"]}, {}),
    "edits of every level": ({}, {
        "resource": ['set(attributes["env"], "test") where attributes["service.name"] != nil'],
        "scope": ['set(attributes["scope"], Concat([name, version], "@"))'],
        "span": ['set(attributes["name"], name)', 'delete_matching_keys(attributes, "^http[.]")', 'set(status.message, "x")',
                 'replace_all_patterns(attributes, "value", "a", "b")', 'set(name, "other") where kind == SPAN_KIND_SERVER'],
        "spanevent": ['set(attributes["of"], span.name)'],
    }),
    "maps as a whole": ({"span": ['Len(attributes) > 6']}, {"span": ['keep_keys(attributes, ["http.method", "map", "list"])']}),
}


def configuration(processors):
    """A configuration in which the spans go through these processors, and then to otlp/tempo; JSON is YAML."""
    return json.dumps({
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
        "processors": {**processors, "batch": {"send_batch_size": 10000, "timeout": "10s"}},
        "exporters": {"otlp/tempo": {"endpoint": "127.0.0.1:1", "tls": {"insecure": True}}},
        "service": {"pipelines": {"traces": {
            "receivers": ["otlp"], "processors": [*processors, "batch"], "exporters": ["otlp/tempo"]}}}})


def example_conditions():
    """The nine conditions of the example."""
    found = re.findall(r"^      - (.*?)(?:  #.*)?$", EXAMPLE.read_text(encoding="utf-8"), re.M)
    assert len(found) == 9, found
    return found


def library():
    """Where libtamis.so.0 is."""
    build = TOP / os.environ.get("TAMIS_BUILD", "build/release")
    for folder in (build, build / "stage" / "usr" / "local" / "lib", TOP / "build" / "release"):
        if (folder / "libtamis.so.0").exists():
            return folder
    pytest.skip("no libtamis.so.0")


@pytest.fixture
def agreed(forwarded, monkeypatch, tmp_path):
    """Asserts that both ways forward the same: agreed(conditions, statements, send) -> what that was."""
    binary = present(PEERS / "otelcol-tamis")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library()))

    def forward(name, processors, send):
        path = tmp_path / f"{name}.yaml"
        path.write_text(configuration(processors), encoding="utf-8")
        return forwarded(binary, path, send)

    def compare(conditions, statements, send):
        theirs, ours = {}, {"tamis": {}}
        if conditions:
            theirs["filter"] = {"error_mode": "ignore", "traces": conditions}
            ours["tamis"]["conditions"] = [{"context": k, "conditions": conditions[k]} for k in ("resource", "span", "spanevent")
                                           if k in conditions]
        if statements:
            groups = [{"context": k, "statements": v} for k, v in statements.items()]
            theirs["transform"] = {"error_mode": "ignore", "trace_statements": groups}
            ours["tamis"]["statements"] = groups
        want, got = forward("theirs", theirs, send), forward("ours", ours, send)
        found = difference(want, got, "filter and transform")
        assert found is None, found
        return got

    return compare


def spans_of(requests):
    """All spans of the requests."""
    return [s for r in requests for rs in r.resource_spans for ss in rs.scope_spans for s in ss.spans]


@pytest.mark.parametrize("seed", [21, 22])
def test_the_example_leaves_as_from_filter_and_transform(agreed, seed):
    requests = Traffic(seed).requests(40)
    got = agreed({"span": example_conditions()}, {"span": [UPSERT]}, lambda program: send_grpc(program.grpc, requests))
    assert 0 < len(spans_of(got)) < len(spans_of(requests))


@pytest.mark.parametrize("name", RULES)
def test_rules_of_every_level_leave_as_from_filter_and_transform(agreed, name):
    requests = Traffic(31).requests(30)
    got = agreed(*RULES[name], lambda program: send_grpc(program.grpc, requests))
    assert got and difference(requests, got) is not None


def test_rules_that_do_not_compile_are_told_by_validate(monkeypatch, tmp_path):
    binary = present(PEERS / "otelcol-tamis")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library()))
    rules = tmp_path / "wrong.ottl"
    rules.write_text('drop where nmae == "x"\n', encoding="utf-8")
    path = tmp_path / "wrong.yaml"
    path.write_text(configuration({"tamis": {"rules": [str(rules)]}}), encoding="utf-8")
    done = subprocess.run([binary, "validate", f"--config={path}"], capture_output=True, text=True, check=False)
    assert done.returncode and "wrong.ottl:1:12: error[E0201]" in done.stderr + done.stdout, done


def test_vectors_leave_in_one_process_as_from_filter_and_transform():
    if not shutil.which("go") or not shutil.which("pkg-config"):
        pytest.skip("no go")
    stage = TOP / os.environ.get("TAMIS_BUILD", "build/release") / "stage"
    if not stage.exists():
        pytest.skip("nothing was staged")
    environment = {**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "1", "PKG_CONFIG_SYSROOT_DIR": str(stage),
                   "PKG_CONFIG_PATH": str(stage / "usr/local/lib/pkgconfig"), "LD_LIBRARY_PATH": str(library()),
                   "CGO_LDFLAGS": f"-L{stage / 'usr/local/lib'}",  # Go's cache knows this, but not what pkg-config said
                   "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false"}
    done = subprocess.run(["go", "test", "-count=1", "./..."], cwd=MODULE, env=environment, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
