"""The shadow of the rules: it judges beside them and changes nothing, until it is made live.

SPDX-License-Identifier: Apache-2.0
"""
import json
import threading

import grpc
import pytest

from programs import PATIENCE
from subject import configuration, ids, spans_of

LIVE = """health: drop where name == "/livez"
old: drop where name == "old"
keep_errors: keep where name == "mine"
late: drop where attributes["late"] == true
mark: set(attributes["cluster"], "blue") where name == "edited" or name == "alike"
"""
SHADOW = """health: drop where name == "/livez" or name == "/readyz"
new: drop where name == "new"
old_kept: keep where name == "old"
everything_old: drop where name == "old" or attributes["late"] == true
mark: set(attributes["cluster"], "green") where name == "edited"
mark_alike: set(attributes["cluster"], "blue") where name == "alike"
"""


def page(daemon):
    """What /debug/shadow says of the one pipeline."""
    status, text = daemon.page("/debug/shadow?format=json")
    assert status == 200
    return json.loads(text)[0]


def with_rules(backend, tmp_path, live, shadow, **more):
    """A configuration with a tamis processor; rules as texts."""
    (tmp_path / "live.ottl").write_text(live)
    processor = {"rules": [str(tmp_path / "live.ottl")]}
    if shadow:
        (tmp_path / "shadow.ottl").write_text(shadow)
        processor["shadow"] = str(tmp_path / "shadow.ottl")
    return configuration(backend, processors={"tamis": processor}, **more)


def named(*names, first=0):
    """A request of spans with these names, numbered."""
    request = spans_of(len(names), first=first)
    for span, name in zip(request.resource_spans[0].scope_spans[0].spans, names):
        span.name = name
    return request


def disagreements(daemon):
    """By kind and the rule that they are told of."""
    return {(d["kind"], d["rule"]["name"]): d["spans"] for d in page(daemon)["disagreements"]}


def test_disagreements_are_counted_exactly_and_nothing_else_changes(daemons, backends, tmp_path):
    backend = backends()
    daemon = daemons(with_rules(backend, tmp_path, LIVE, SHADOW))
    names = ["/livez", "/readyz", "old", "new", "edited", "alike", "plain"]
    for _ in range(3):
        daemon.send(named(*names))
    daemon.post(named("/readyz", "old", "old").SerializeToString())
    spans = backend.wait_for_spans(5 * 3 + 1)
    assert sorted(s.name for s in spans) == sorted(["/readyz", "new", "edited", "alike", "plain"] * 3 + ["/readyz"])
    assert {a.value.string_value for s in spans if s.name == "edited" for a in s.attributes} == {"blue"}
    want = {("shadow_dropped", "health"): 4, ("live_dropped", "old"): 5, ("shadow_dropped", "new"): 3,
            ("edits_differ", "mark"): 3}
    assert disagreements(daemon) == want
    for (kind, rule), count in want.items():
        assert daemon.metric("tamis_shadow_disagreements", kind=kind, rule=rule, pipeline="traces") == count
    assert daemon.metric("tamis_shadow_disagreements") == sum(want.values())
    assert daemon.metric("tamis_shadow_spans", result="compared") == 24
    assert daemon.metric("tamis_shadow_spans", result="skipped") == 0
    assert daemon.metric("tamis_shadow_requests", result="compared") == 4
    assert daemon.metric("tamis_rule_dropped_spans") == 3 + 5


def test_samples_are_few_and_name_both_rules(daemons, backends, tmp_path):
    daemon = daemons(with_rules(backends(), tmp_path, LIVE, SHADOW))
    for i in range(9):
        daemon.send(named("old", "plain", "old", first=10 * i))
    found = next(d for d in page(daemon)["disagreements"] if d["rule"]["name"] == "old")
    assert found["spans"] == 18 and found["rule"]["text"] == 'drop where name == "old"'
    assert found["rule"]["file"].endswith("live.ottl:2")
    samples = found["samples"]
    assert [int(s["span_id"], 16) - 1 for s in samples] == [80, 70, 60, 50]  # the first of each request, latest first
    for sample in samples:
        assert sample["trace_id"] == "01" * 16 and sample["name"] == "old"
        assert sample["live"]["name"] == "old" and sample["shadow"]["name"] == "old_kept"
    text = daemon.page("/debug/shadow")[1]
    assert "18 spans dropped, the shadow keeps them: old (" in text and text.count("live: old (") == 4
    assert daemon.page("/debug/shadow", headers={"Accept": "application/json"})[1].startswith("[{")


def test_without_a_shadow_there_is_nothing_to_see_or_promote(daemons, backends, tmp_path):
    daemon = daemons(with_rules(backends(), tmp_path, LIVE, None))
    daemon.send(named("old", "plain"))
    assert daemon.page("/debug/shadow") == (200, "no pipeline has a shadow\n")
    assert daemon.page("/debug/shadow?format=json") == (200, "[]\n")
    assert daemon.page("/-/promote", "POST") == (409, "no pipeline has a shadow\n")
    assert "tamis_shadow" not in daemon.page("/metrics")[1]


def test_browsers_and_other_methods_do_not_promote(daemons, backends, tmp_path):
    daemon = daemons(with_rules(backends(), tmp_path, LIVE, SHADOW))
    assert daemon.page("/-/promote", "POST", {"Origin": "http://localhost"})[0] == 403
    assert daemon.page("/-/promote")[0] == 405
    daemon.send(named("old"))
    assert disagreements(daemon) == {("live_dropped", "old"): 1}


def test_promoted_the_shadow_drops_and_the_rules_do_not(daemons, backends, tmp_path):
    backend = backends()
    daemon = daemons(with_rules(backend, tmp_path, LIVE, SHADOW))
    daemon.send(named("old", "new", "plain"))
    assert [s.name for s in backend.wait_for_spans(2)] == ["new", "plain"]
    backend.forget()
    assert daemon.page("/-/promote?format=json", "POST") == (200, '{"promoted":["traces"]}\n')
    daemon.send(named("old", "new", "plain"))
    assert [s.name for s in backend.wait_for_spans(2)] == ["old", "plain"]
    assert daemon.metric("tamis_rule_dropped_spans", rule="new") == 1
    assert daemon.page("/debug/shadow") == (200, "no pipeline has a shadow\n")
    assert daemon.page("/-/promote", "POST")[0] == 409
    assert "the shadow of the rules is live now" in daemon.output()


def test_reading_the_configuration_again_ends_a_promotion(daemons, backends, tmp_path):
    backend = backends()
    daemon = daemons(with_rules(backend, tmp_path, LIVE, SHADOW))
    assert daemon.page("/-/promote", "POST")[0] == 200
    (tmp_path / "shadow.ottl").write_text('never: drop where name == "never"\n')
    assert daemon.page("/-/reload", "POST")[0] == 200
    daemon.send(named("old", "new"))
    assert [s.name for s in backend.wait_for_spans(1)] == ["new"]
    assert disagreements(daemon) == {("live_dropped", "old"): 1}
    assert [r["name"] for r in page(daemon)["rules"]] == ["never"]


def test_each_request_is_judged_by_one_of_the_two(daemons, backends, tmp_path):
    backend = backends()
    settings = with_rules(backend, tmp_path, 'drop where name == "a"\n', 'drop where name == "b"\n',
                          service={"workers": 4})
    settings["exporters"]["otlp"]["sending_queue"] = {"queue_size": 100000}
    daemon = daemons(settings)
    each, clients, rounds = 40, 4, 60
    sent = threading.Semaphore(0)

    def client(number):
        with daemon.channel() as channel:
            export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
            for i in range(rounds):
                request = named(*["a", "b"] * (each // 2))
                for span in request.resource_spans[0].scope_spans[0].spans:
                    span.trace_id = (number * rounds + i + 1).to_bytes(16, "big")
                export(request.SerializeToString(), timeout=PATIENCE)
                sent.release()

    threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for _ in range(clients * rounds // 3):
        assert sent.acquire(timeout=PATIENCE)  # pylint: disable=consider-using-with
    assert daemon.page("/-/promote", "POST")[0] == 200
    for thread in threads:
        thread.join()
    kept = {}
    for span in backend.wait_for_spans(clients * rounds * each // 2):
        kept.setdefault(span.trace_id, []).append(span.name)
    assert len(kept) == clients * rounds
    whole = [set(names) for names in kept.values() if len(names) == each // 2]
    assert len(whole) == clients * rounds and all(len(names) == 1 for names in whole)
    assert {"b"} in whole and {"a"} in whole  # before, and after
    before = sum(names == {"b"} for names in whole)
    assert daemon.metric("tamis_rule_dropped_spans", rule="shadow.ottl:1") == (clients * rounds - before) * each // 2


@pytest.mark.parametrize("mode", ["ignore", "silent", "propagate"])
def test_errors_of_the_shadow_touch_no_span(daemons, backends, tmp_path, mode):
    backend = backends()
    failing = f'option error_mode {mode}\nfails: set(attributes["n"], Int(name) + 1) where Int(name) > 0\n'
    daemon = daemons(with_rules(backend, tmp_path, LIVE, failing))
    daemon.send(named("old", "plain", "7"))
    assert [s.name for s in backend.wait_for_spans(2)] == ["plain", "7"]
    refused = mode == "propagate"
    assert daemon.metric("tamis_shadow_requests", result="shadow_refused") == refused
    assert daemon.metric("tamis_shadow_spans", result="skipped") == (3 if refused else 0)
    assert daemon.metric("tamis_shadow_rule_errors", rule="fails") >= 1
    assert daemon.metric("tamis_rule_errors_spans") == 0
    assert ("a rule of the shadow failed" in daemon.output()) == (mode == "ignore")


def test_the_shadow_is_stopped_first_and_that_is_told(daemons, backends, tmp_path):
    backend = backends()
    judge = {"time": "0s", "memory_mib": 1, "memory_factor": 0, "span_percent": 100}
    grows = 'grows: replace_pattern(attributes["grows"], "a", "bbbbbbbbbbbbbbbb")\n'
    daemon = daemons(with_rules(backend, tmp_path, LIVE, grows, service={"judge": judge}))
    request = named("old", "plain")
    request.resource_spans[0].scope_spans[0].spans[1].attributes.add(key="grows").value.string_value = "a" * 400000
    daemon.send(request)
    assert ids(backend.wait_for_spans(1)) == [1]
    assert daemon.metric("tamis_shadow_requests", result="cost") == 1
    assert daemon.metric("tamis_shadow_spans", result="skipped") == 2
    assert daemon.metric("otelcol_receiver_accepted_spans") == 2
    assert "the shadow of the rules was stopped" in daemon.output()
    daemon.send(named("old", "plain"))
    assert daemon.metric("tamis_shadow_requests", result="compared") == 1


def test_what_the_live_rules_refuse_is_not_compared(daemons, backends, tmp_path):
    live = 'option error_mode propagate\nset(attributes["n"], Int(name) + 1)\n'
    daemon = daemons(with_rules(backends(), tmp_path, live, SHADOW))
    assert daemon.refusal(named("plain")).code() == grpc.StatusCode.UNAVAILABLE
    assert daemon.metric("tamis_shadow_requests", result="live_refused") == 1
    assert daemon.metric("tamis_shadow_spans", result="skipped") == 1
