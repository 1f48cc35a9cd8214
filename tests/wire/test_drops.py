"""The last spans that rules dropped: which are kept, and who is told of them.

SPDX-License-Identifier: Apache-2.0
"""
import json
import subprocess

import programs
from programs import PATIENCE
from subject import configuration, spans_of

RULES = {"filter": {"traces": {"span": ['name == "gone"', 'attributes["probe"] == true']}}}


def dropping(backend, **drops):
    """A configuration that keeps drops so."""
    return configuration(backend, processors={**RULES}, service={"drops": drops} if drops else None)


def request_of(trace, *names, first=0):
    """Spans with these names in one trace; what is called probe has attributes."""
    request = spans_of(len(names), first=first)
    for span, name in zip(request.resource_spans[0].scope_spans[0].spans, names):
        span.trace_id = trace.to_bytes(16, "big")
        span.name = name
        if name == "probe":
            span.attributes.add(key="probe").value.bool_value = True
            span.attributes.add(key="http.route").value.string_value = "/livez"
            span.attributes.add(key="n").value.int_value = -7
    return request


def drops(daemon, query=""):
    """What the page shows."""
    status, text = daemon.page(f"/debug/drops?format=json{query}")
    assert status == 200, text
    return json.loads(text)["drops"]


def why(daemon, *arguments):
    """tamis why: (exit code, stdout, stderr)."""
    command = [programs.subject(), "why", "--at", f"127.0.0.1:{daemon.metrics_port}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr


def number(drop):
    return int(drop["span_id"], 16) - 1


def test_without_asking_none_are_kept(daemons, backends):
    daemon = daemons(dropping(backends()))
    daemon.send(request_of(7, "gone"))
    assert daemon.page("/debug/drops") == (404, "drops are not kept: service.drops.keep is 0\n")
    code, out, said = why(daemon, "00" * 15 + "07")
    assert (code, out) == (2, "") and said.endswith("drops are not kept: service.drops.keep is 0\n")


def test_a_dropped_span_is_found_by_its_trace(daemons, backends):
    daemon = daemons(dropping(backends(), keep=100))
    daemon.send(request_of(7, "kept", "gone", "probe"))
    daemon.send(request_of(8, "gone", first=10))
    second, first = drops(daemon, "&trace=" + "00" * 15 + "07")
    assert (number(first), number(second)) == (1, 2)
    assert first["name"] == "gone" and first["service"] == "wire" and first["trace_id"] == "00" * 15 + "07"
    assert first["rule"]["name"] == "filter/traces.span[0]" and first["rule"]["text"] == 'name == "gone"'
    assert "tamis.yaml:" in first["rule"]["file"] and first["time"].endswith("Z")
    assert second["rule"]["name"] == "filter/traces.span[1]" and "attributes" not in second
    code, out, _ = why(daemon, "00" * 15 + "07")
    assert code == 0 and out.count("dropped by filter/traces.span[") == 2 and '"probe" of wire' in out
    code, out, _ = why(daemon, "--rule", "filter/traces.span[1]", "--format", "json")
    assert code == 0 and [number(d) for d in json.loads(out)["drops"]] == [2]
    code, out, _ = why(daemon, "99" * 16)
    assert code == 4 and out.startswith("no such span among the last 100")
    assert why(daemon, "99")[0] == 2 and daemon.page("/debug/drops?trace=99")[0] == 400


def test_the_latest_are_kept(daemons, backends):
    daemon = daemons(dropping(backends(), keep=5))
    daemon.send(request_of(1, *["gone"] * 3))
    assert [number(d) for d in drops(daemon)] == [2, 1, 0]
    daemon.send(request_of(2, *["gone"] * 3, first=3))
    assert [number(d) for d in drops(daemon)] == [5, 4, 3, 2, 1]
    daemon.send(request_of(3, *["probe"] * 20, first=6))
    assert [number(d) for d in drops(daemon)] == [25, 24, 23, 22, 21]


def test_values_only_where_they_are_asked_for(daemons, backends):
    daemon = daemons(dropping(backends(), keep=5, values=True))
    daemon.send(request_of(1, "probe", "gone"))
    plain, probe = drops(daemon)
    assert probe["attributes"] == "probe=true http.route=/livez n=-7" and plain["attributes"] == ""
    assert "    probe=true http.route=/livez n=-7\n" in daemon.page("/debug/drops")[1]


def test_of_a_trace_all_or_none_is_sampled(daemons, backends):
    daemon = daemons(dropping(backends(), keep=1000, sample=0.25))
    ids = [i << 50 | 1 for i in range(64)]  # evenly over the last 56 bits
    for i, trace in enumerate(ids):
        daemon.send(request_of(trace, "gone", "gone", first=2 * i))
    found = [int(d["trace_id"], 16) for d in drops(daemon)]
    assert sorted(set(found)) == ids[48:] and len(found) == 2 * 16


def test_what_was_refused_or_judged_again_is_told_once(daemons, backends):
    settings = dropping(backends(), keep=100)
    statement = 'set(span.name, Int(span.name) / 0) where span.name == "bad"'
    settings["processors"]["transform"] = {"error_mode": "propagate", "trace_statements": [statement]}
    settings["service"]["pipelines"]["traces"]["processors"].append("transform")
    daemon = daemons(settings)
    daemon.refusal(request_of(1, "gone", "bad"))
    assert not drops(daemon)
    request = request_of(2, "gone", "kept").SerializeToString().replace(b"kept", b"\xff\xfe\xfd.")
    assert daemon.post(request).status == 200  # judged a second time, mended
    assert [number(d) for d in drops(daemon)] == [0]
