"""The ledger: received = kept + dropped + refused + failed + queued, whenever somebody looks.

Every other test looks once more at its end (subject.py).

SPDX-License-Identifier: Apache-2.0
"""
import json
import threading

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from backend import hang, ok, partial, status
from otlp_peers import EXPORT
from programs import PATIENCE
from subject import configuration, eventually, spans_of

DROPS = {"filter": {"traces": {"span": ['name == "gone"', 'attributes["probe"] == true']}}}
WAY = ("traces", "otlp")
REFUSES = status(grpc.StatusCode.INVALID_ARGUMENT.value[0], "no")


def mixed(first=0):
    """Ten spans, three of them to be dropped by the first rule and one by the second."""
    request = spans_of(10, first=first)
    spans = request.resource_spans[0].scope_spans[0].spans
    for i in (0, 4, 8):
        spans[i].name = "gone"
    spans[5].attributes.add(key="probe").value.bool_value = True
    return request


def rules_page(daemon):
    status, text = daemon.page("/debug/rules?format=json")
    assert status == 200
    return json.loads(text)


def states(**known):
    return {"received": 0, "kept": 0, "dropped": 0, "refused": 0, "failed": 0, "queued": 0, **known}


def test_each_span_is_in_one_state(daemons, backends):
    backend = backends()
    daemon = daemons(configuration(backend, processors=DROPS))
    assert daemon.balance() == {WAY: states()}
    for i in range(5):
        daemon.send(mixed(10 * i))
    backend.wait_for_spans(30)
    eventually(lambda: daemon.balance()[WAY]["queued"] == 0)
    assert daemon.balance() == {WAY: states(received=50, dropped=20, kept=30)}
    daemon.refusal(b"\x0a\x05garbage")  # no span is known of what is no OTLP
    assert daemon.balance()[WAY]["received"] == 50


def test_a_backend_that_does_not_answer_leaves_spans_queued(daemons, backends):
    backend = backends()
    backend.stop()
    daemon = daemons(configuration(backend, queue={"queue_size": 2, "num_consumers": 1}, processors=DROPS,
                                   service={"shutdown_timeout": "1s"}))
    refused = 0
    with daemon.channel() as channel:
        export = channel.unary_unary(EXPORT)
        for i in range(8):
            try:
                export(mixed(10 * i).SerializeToString(), timeout=PATIENCE)
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE
                refused += 1
            daemon.balance()
    assert refused
    ledger = daemon.balance()[WAY]
    assert ledger == states(received=80, dropped=32, refused=6 * refused, queued=6 * (8 - refused))


def test_what_is_given_up_has_failed(daemons, backends):
    backend = backends(REFUSES)
    daemon = daemons(configuration(backend, processors=DROPS))
    daemon.send(mixed())
    eventually(lambda: daemon.balance()[WAY]["queued"] == 0)
    daemon.send(mixed())
    backend.wait_for_spans(6)
    eventually(lambda: daemon.balance()[WAY]["queued"] == 0)
    assert daemon.balance() == {WAY: states(received=20, dropped=8, failed=6, kept=6)}


def test_what_a_backend_rejects_of_a_batch_has_failed(daemons, backends):
    daemon = daemons(configuration(backends(partial(2, "two")), processors=DROPS))
    daemon.send(mixed())
    eventually(lambda: daemon.balance()[WAY]["queued"] == 0)
    assert daemon.balance() == {WAY: states(received=10, dropped=4, failed=2, kept=4)}


def test_clients_that_wait_for_room_have_spans_queued(daemons, backends):
    backend = backends(*[hang] * 2)
    daemon = daemons(configuration(backend, queue={"queue_size": 1, "num_consumers": 1, "block_on_overflow": True},
                                   exporter={"retry_on_failure": {"enabled": False}}, processors=DROPS,
                                   service={"shutdown_timeout": "1s"}))
    with daemon.channel() as channel:
        calls = [channel.unary_unary(EXPORT).future(mixed(10 * i).SerializeToString(), timeout=PATIENCE)
                 for i in range(4)]
        eventually(lambda: daemon.balance()[WAY]["received"] == 40)
        assert daemon.balance() == {WAY: states(received=40, dropped=16, queued=24)}
        for call in calls:  # those that wait go, and what they wait with
            call.cancel()
        eventually(lambda: daemon.balance()[WAY]["refused"] > 0)
        ledger = daemon.balance()[WAY]
        assert ledger["queued"] + ledger["refused"] == 24 and ledger["dropped"] == 16


def test_what_a_rule_refuses_is_not_dropped_by_another(daemons, backends):
    rules = {"filter": DROPS["filter"],
             "transform": {"error_mode": "propagate", "trace_statements": ['set(span.name, Int(span.name) / 0)']}}
    daemon = daemons(configuration(backends(), processors=rules))
    daemon.refusal(mixed())
    assert daemon.balance() == {WAY: states(received=10, refused=10)}
    assert daemon.metric("tamis_rule_dropped_spans") == 0


def test_each_way_of_a_fan_out_has_its_own(daemons, backends):
    good, bad = backends(), backends(*[REFUSES] * 9)
    settings = configuration(good, processors=DROPS)
    settings["exporters"]["otlp/bad"] = {**settings["exporters"]["otlp"], "endpoint": f"127.0.0.1:{bad.port}"}
    settings["exporters"]["nop"] = {}
    settings["service"]["pipelines"]["traces"]["exporters"] += ["otlp/bad", "nop"]
    settings["service"]["pipelines"]["traces/all"] = {"receivers": ["otlp"], "exporters": ["nop"]}
    daemon = daemons(settings)
    daemon.send(mixed())
    eventually(lambda: not any(way["queued"] for way in daemon.balance().values()))
    assert daemon.balance() == {
        WAY: states(received=10, dropped=4, kept=6), ("traces", "nop"): states(received=10, dropped=4, kept=6),
        ("traces", "otlp/bad"): states(received=10, dropped=4, failed=6),
        ("traces/all", "nop"): states(received=10, kept=10)}


def test_the_sum_holds_at_every_moment_under_load(daemons, backends):
    backend = backends(*([ok] * 20 + [REFUSES]) * 20)
    settings = configuration(backend, processors={**DROPS, "batch": {"send_batch_size": 64, "timeout": "5ms"}},
                             queue={"queue_size": 4, "num_consumers": 2}, service={"workers": 4})
    settings["exporters"]["nop"] = {}
    settings["service"]["pipelines"]["traces"]["exporters"] += ["nop"]
    daemon = daemons(settings)
    clients, rounds, done = 4, 300, threading.Event()
    answers = []

    def client():
        with daemon.channel() as channel:
            export = channel.unary_unary(EXPORT)
            for i in range(rounds):
                try:
                    export(mixed(10 * i).SerializeToString(), timeout=PATIENCE)
                    answers.append(True)
                except grpc.RpcError:
                    answers.append(False)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    threading.Thread(target=lambda: ([t.join() for t in threads], done.set())).start()
    looks = between = 0
    while not done.is_set() or looks < 20:
        ledger = daemon.balance()
        looks += 1
        between += 0 < ledger[WAY]["received"] < 10 * clients * rounds
        for pipeline in rules_page(daemon):
            for way in pipeline["spans"]:
                assert way["received"] == sum(way[k] for k in states() if k != "received")
                assert way["dropped"] == sum(r["since_reload"]["dropped"] for r in pipeline["rules"])
            assert pipeline["dropped_before_reload"] == 0
    assert between  # some looks were under load
    assert len(answers) == clients * rounds
    eventually(lambda: not any(way["queued"] for way in daemon.balance().values()))
    ledger = daemon.balance()
    assert ledger[WAY]["received"] == 10 * clients * rounds and ledger[WAY]["dropped"] == 4 * clients * rounds
    assert ledger[WAY]["refused"] + ledger["traces", "nop"]["refused"] == 6 * answers.count(False)


def test_the_page_of_rules_tells_each_rule(daemons, backends, tmp_path):
    (tmp_path / "a.ottl").write_text('# two rules\nprobes: drop where name == "gone"\nset(attributes["n"], Int(name))\n')
    daemon = daemons(configuration(backends(), processors={"tamis": {"rules": [str(tmp_path / "a.ottl")],
                                                                    "error_mode": "silent"}}))
    before = rules_page(daemon)[0]["rules"]
    assert [r["last_match"] for r in before] == [None, None]
    daemon.send(mixed())
    drop, edit = rules_page(daemon)[0]["rules"]
    assert (drop["name"], drop["text"]) == ("probes", 'drop where name == "gone"')
    assert drop["file"] == f"{tmp_path}/a.ottl:2"
    assert drop["since_start"] == drop["since_reload"] == {"matched": 3, "dropped": 3, "errors": 0}
    assert edit["since_reload"]["errors"] == 7 and edit["file"].endswith("a.ottl:3")
    assert drop["last_match"].endswith("Z") and len(drop["last_match"]) == len("2026-01-02T03:04:05.678Z")
    text = daemon.page("/debug/rules")[1]
    assert text.startswith("pipeline traces\n  to otlp: 10 received = ") and "+ 3 dropped +" in text
    assert f'  probes ({tmp_path}/a.ottl:2): drop where name == "gone"\n      matched 3, dropped 3, errors 0' in text
    assert daemon.page("/debug/rules", headers={"Accept": "application/json"})[1].startswith("[{")


def test_an_empty_request_changes_nothing(daemons, backends):
    daemon = daemons(configuration(backends()))
    daemon.send(ExportTraceServiceRequest())
    assert daemon.balance() == {WAY: states()}


def test_times_of_rules_are_shown_when_they_are_measured(daemons, backends):
    slow = 'IsMatch(attributes["text"], "(a|b|ab)*c(d|e)+$")'
    processors = {"filter": {"traces": {"span": ['name == "gone"', slow]}},
                  "transform": {"trace_statements": ['set(span.attributes["seen"], "yes")']}}
    daemon = daemons(configuration(backends(), processors=processors, service={"profile": 2, "workers": 1}))
    request = spans_of(100)
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.attributes.add(key="text").value.string_value = "abab" * 100
    daemon.send(request)
    (page,) = rules_page(daemon)
    assert page["measured_spans"] == 0 and "time_share" not in page["rules"][0]
    for _ in range(5):
        daemon.send(request)
    (page,) = rules_page(daemon)
    assert page["measured_spans"] == 300
    times = [rule["nanoseconds"] for rule in page["rules"]]  # which is the longest no test can know
    assert sum(times) == daemon.metric("tamis_rule_measured_nanoseconds") > 0
    for rule, ns in zip(page["rules"], times):
        assert abs(rule["time_share"] - ns / sum(times)) < 0.001
    text = daemon.page("/debug/rules")[1]
    assert " ns a span, of 300 that were measured\n" in text and text.count(" % of the time of rules\n") == 3


def test_without_asking_no_times_are_taken(daemons, backends):
    daemon = daemons(configuration(backends(), processors=DROPS))
    daemon.send(mixed())
    assert "tamis_rule_measured" not in daemon.page("/metrics")[1] and "time of rules" not in daemon.page(
        "/debug/rules")[1]
