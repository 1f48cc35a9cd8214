"""Exporters, receivers and pipelines change while tamis runs: the new ones come before the old ones go, what is the
same stays, and no span is lost on the way.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import threading

import grpc
import pytest

import backend as acts
from otlp_peers import EXPORT
from programs import PATIENCE, accepts, eventually, free_port
from reloading import ask, ask_json, generation, ready, write_settings
from subject import configuration, ids, spans_of

UNWATCHED = {"reload": {"watch": False}}


def settings_of(daemon):
    """What its file says now."""
    return json.loads(daemon.configuration.read_text())


def reload(daemon, settings):
    """Other settings in force, or an assertion that quotes what is wrong with them."""
    write_settings(daemon, settings)
    answer = ask(daemon)
    assert answer.status == 200, answer.text


@pytest.fixture
def running(daemons, backends):
    """(daemon, backend): one pipeline from otlp to otlp."""
    backend = backends()
    return ready(daemons(configuration(backend, service=UNWATCHED))), backend


# ---- exporters -------------------------------------------------------------------------------------------------


def test_an_exporter_sends_elsewhere(running, backends):
    daemon, first = running
    second = backends()
    daemon.send(spans_of(3))
    first.wait_for_spans(3)
    settings = settings_of(daemon)
    settings["exporters"]["otlp"]["endpoint"] = f"127.0.0.1:{second.port}"
    reload(daemon, settings)
    daemon.send(spans_of(4, first=3))
    assert sorted(ids(second.wait_for_spans(4))) == [3, 4, 5, 6]
    assert len(first.taken) == 3
    eventually(lambda: "an exporter has left" in daemon.output())
    assert daemon.metric("otelcol_exporter_sent_spans") == 4  # the series of the other server went with it
    assert daemon.metric("otelcol_exporter_queue_size") == 0 and "otelcol_exporter_queue_capacity" in page(daemon)


def page(daemon):
    """The metrics as they are."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.metrics_port, timeout=PATIENCE)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def test_what_is_in_the_queue_of_an_exporter_that_leaves_is_sent(daemons, backends):
    held = acts.Gate()
    first, second = backends(held), backends()
    daemon = ready(daemons(configuration(first, queue={"num_consumers": 1}, service=UNWATCHED)))
    for i in range(5):
        daemon.send(spans_of(1, first=i))
    eventually(lambda: first.calls)
    settings = settings_of(daemon)
    settings["exporters"]["otlp"]["endpoint"] = f"127.0.0.1:{second.port}"
    reload(daemon, settings)
    daemon.send(spans_of(1, first=5))
    assert ids(second.wait_for_spans(1)) == [5]
    held.open()
    assert sorted(ids(first.wait_for_spans(5))) == [0, 1, 2, 3, 4]
    eventually(lambda: "an exporter has left" in daemon.output())
    assert daemon.stop() == 0 and "no span was lost" in daemon.output()


def test_what_is_the_same_keeps_its_connection_and_queue(running):
    daemon, backend = running
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    settings = settings_of(daemon)
    settings["exporters"]["otlp"]["sending_queue"] = {"enabled": True}  # as by default
    settings["processors"] = {"batch": {"timeout": "1ms", "send_batch_size": 3}}
    settings["service"]["pipelines"]["traces"]["processors"] = ["batch"]
    settings["exporters"]["debug"] = {}
    settings["service"]["pipelines"]["traces"]["exporters"].append("debug")
    reload(daemon, settings)
    daemon.send(spans_of(4, first=1))
    backend.wait_for_spans(5)
    assert len(backend.links) == 1
    assert daemon.metric("otelcol_exporter_sent_spans", exporter="otlp") == 5
    counted = daemon.metric("otelcol_processor_batch_batch_send_size_count")
    assert counted > 0
    del settings["exporters"]["debug"]
    settings["service"]["pipelines"]["traces"]["exporters"] = ["otlp"]
    reload(daemon, settings)
    eventually(lambda: "an exporter has left" in daemon.output())
    daemon.send(spans_of(1, first=5))
    backend.wait_for_spans(6)
    assert len(backend.links) == 1
    assert daemon.metric("otelcol_processor_batch_batch_send_size_count") == counted + 1  # the series goes on


def test_batches_are_formed_as_the_new_settings_say(running):
    daemon, backend = running
    settings = settings_of(daemon)
    settings["processors"] = {"batch": {"timeout": "10m", "send_batch_size": 4}}
    settings["service"]["pipelines"]["traces"]["processors"] = ["batch"]
    reload(daemon, settings)
    for i in range(3):
        daemon.send(spans_of(1, first=i))
    assert not backend.taken
    settings["processors"]["batch"]["timeout"] = "1ms"  # and those that wait do so no longer
    reload(daemon, settings)
    assert sorted(ids(backend.wait_for_spans(3))) == [0, 1, 2]


def test_an_exporter_that_cannot_be_opened_changes_nothing(running, tmp_path):
    daemon, backend = running
    settings = settings_of(daemon)
    settings["exporters"] = {"file": {"path": str(tmp_path / "none" / "out")}, **settings["exporters"]}
    settings["exporters"]["otlp"]["timeout"] = "3s"
    settings["service"]["pipelines"]["traces"]["exporters"] = ["otlp", "file"]
    write_settings(daemon, settings)
    status, said = ask_json(daemon)
    told = said["diagnostics"][-1]
    assert status == 400 and told["code"] == "E0549" and str(tmp_path / "none" / "out") in told["message"]
    assert '"file"' in daemon.configuration.read_text().splitlines()[told["line"] - 1]
    daemon.send(spans_of(2))
    backend.wait_for_spans(2)
    assert generation(daemon) == 1 and "otelcol_exporter_queue_capacity" in page(daemon)
    assert len(backend.links) == 1


def test_clients_that_wait_for_an_exporter_that_leaves_are_answered(daemons, backends):
    held = acts.Gate()
    first, second = backends(held), backends()
    queue = {"wait_for_result": True}
    daemon = ready(daemons(configuration(first, queue=queue, service=UNWATCHED)))
    done = []
    with daemon.channel() as channel:
        call = channel.unary_unary(EXPORT).future(spans_of(1).SerializeToString(), timeout=PATIENCE)
        call.add_done_callback(done.append)
        eventually(lambda: first.calls)
        settings = settings_of(daemon)
        settings["exporters"]["otlp"]["endpoint"] = f"127.0.0.1:{second.port}"
        reload(daemon, settings)
        assert not done
        held.open()
        call.result()
    daemon.send(spans_of(1, first=1))
    assert ids(second.wait_for_spans(1)) == [1] and ids(first.taken) == [0]


def test_under_load_exporters_change_and_no_span_is_lost(daemons, backends):
    both = [backends(), backends()]
    queue = {"block_on_overflow": True}
    daemon = ready(daemons(configuration(both[0], queue=queue, service=UNWATCHED)))
    sent, failures, over = [0], [], threading.Event()

    def client():
        with daemon.channel() as channel:
            export = channel.unary_unary(EXPORT)
            while not over.is_set():
                try:
                    export(spans_of(5, first=5 * sent[0]).SerializeToString(), timeout=PATIENCE)
                except Exception as error:  # pylint: disable=broad-except
                    failures.append(error)
                    return
                sent[0] += 1

    thread = threading.Thread(target=client)
    thread.start()
    settings = settings_of(daemon)
    for i in range(100):
        settings["exporters"]["otlp"]["endpoint"] = f"127.0.0.1:{both[(i + 1) % 2].port}"
        reload(daemon, settings)
    over.set()
    thread.join()
    assert not failures, failures[0]
    assert daemon.stop() == 0
    arrived = sorted(ids(both[0].taken) + ids(both[1].taken))
    assert arrived == list(range(5 * sent[0]))
    assert both[0].taken and both[1].taken


# ---- receivers -------------------------------------------------------------------------------------------------


def test_a_receiver_listens_elsewhere(running):
    daemon, backend = running
    daemon.send(spans_of(1))
    settings = settings_of(daemon)
    before, daemon.grpc = daemon.grpc, free_port()
    settings["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"] = f"127.0.0.1:{daemon.grpc}"
    reload(daemon, settings)
    daemon.send(spans_of(1, first=1))
    backend.wait_for_spans(2)
    eventually(lambda: not accepts(before))
    eventually(lambda: "a receiver has left" in daemon.output())
    assert daemon.metric("otelcol_receiver_accepted_spans") == 2  # its series go on


def test_settings_of_a_port_change_and_nobody_is_refused(running):
    """The socket goes from hand to hand; connections of before end when their requests have."""
    daemon, backend = running
    over, failures, sent = threading.Event(), [], [0]

    def client():
        while not over.is_set():
            try:
                daemon.send(spans_of(1, first=sent[0]))
                sent[0] += 1
            except Exception as error:  # pylint: disable=broad-except
                failures.append(error)
                return

    thread = threading.Thread(target=client)
    thread.start()
    settings = settings_of(daemon)
    for i in range(50):
        settings["receivers"]["otlp"]["protocols"]["grpc"]["max_recv_msg_size_mib"] = 5 + i
        reload(daemon, settings)
    over.set()
    thread.join()
    assert not failures, failures[0]
    backend.wait_for_spans(sent[0])
    eventually(lambda: daemon.output().count("a receiver has left") == 50)
    assert daemon.refusal(bytes(60 << 20)).code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_receiver_that_is_the_same_keeps_its_connections(running):
    daemon, backend = running
    with daemon.channel() as channel:
        export = channel.unary_unary(EXPORT)
        export(spans_of(1).SerializeToString(), timeout=PATIENCE)
        settings = settings_of(daemon)
        settings["receivers"]["otlp/second"] = {"protocols": {"http": {"endpoint": f"127.0.0.1:{free_port()}"}}}
        settings["service"]["pipelines"]["traces"]["receivers"].append("otlp/second")
        reload(daemon, settings)
        export(spans_of(1, first=1).SerializeToString(), timeout=PATIENCE)
        del settings["receivers"]["otlp/second"]
        settings["service"]["pipelines"]["traces"]["receivers"] = ["otlp"]
        reload(daemon, settings)
        eventually(lambda: "a receiver has left" in daemon.output())
        export(spans_of(1, first=2).SerializeToString(), timeout=PATIENCE)
    backend.wait_for_spans(3)
    assert daemon.output().count("listening") == 4


def test_a_port_that_is_taken_changes_nothing(running, backends):
    daemon, backend = running
    other = backends()
    settings = settings_of(daemon)
    settings["receivers"]["otlp/second"] = {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{other.port}"}}}
    settings["service"]["pipelines"]["traces"]["receivers"].append("otlp/second")
    settings["receivers"]["otlp"]["protocols"]["http"]["max_request_body_size"] = 1000
    write_settings(daemon, settings)
    status, said = ask_json(daemon)
    told = said["diagnostics"][-1]
    assert status == 400 and told["code"] == "E0549" and f":{other.port}" in told["message"]
    assert "otlp/second" in daemon.configuration.read_text().splitlines()[told["line"] - 1]
    daemon.send(spans_of(1))
    assert daemon.post(spans_of(1, size=2000).SerializeToString()).status == 200
    backend.wait_for_spans(2)
    assert generation(daemon) == 1
    assert daemon.stop() == 0 and "a receiver has left" not in daemon.output()  # it never was there


def test_rules_that_read_headers_get_them(daemons, backends):
    backend = backends()
    daemon = ready(daemons(configuration(backend, service=UNWATCHED)))
    settings = settings_of(daemon)
    condition = 'otelcol.grpc.metadata["tenant"][0] == "b"'
    settings["processors"] = {"filter": {"trace_conditions": [{"context": "span", "conditions": [condition]}]}}
    settings["service"]["pipelines"]["traces"]["processors"] = ["filter"]
    reload(daemon, settings)
    for i, tenant in enumerate("abc"):
        with daemon.channel() as channel:
            channel.unary_unary(EXPORT)(spans_of(1, first=i).SerializeToString(), timeout=PATIENCE,
                                        metadata=[("tenant", tenant)])
    assert sorted(ids(backend.wait_for_spans(2))) == [0, 2]


def test_clients_that_wait_in_a_receiver_that_leaves_are_answered(daemons, backends):
    held = acts.Gate()
    backend = backends(held)
    daemon = ready(daemons(configuration(backend, queue={"wait_for_result": True}, service=UNWATCHED)))
    with daemon.channel() as channel:
        call = channel.unary_unary(EXPORT).future(spans_of(1).SerializeToString(), timeout=PATIENCE)
        eventually(lambda: backend.calls)
        settings = settings_of(daemon)
        settings["receivers"]["otlp"]["protocols"]["grpc"]["max_recv_msg_size_mib"] = 7
        reload(daemon, settings)
        held.open()
        call.result()
    eventually(lambda: "a receiver has left" in daemon.output())


# ---- pipelines -------------------------------------------------------------------------------------------------


def test_a_pipeline_comes_and_goes(running, backends):
    daemon, first = running
    second = backends()
    before = settings_of(daemon)
    settings = settings_of(daemon)
    settings["exporters"]["otlp/second"] = {**settings["exporters"]["otlp"], "endpoint": f"127.0.0.1:{second.port}"}
    settings["processors"] = {"filter": {"traces": {"span": ['name == "dropped"']}}}
    settings["service"]["pipelines"]["traces/second"] = {"receivers": ["otlp"], "processors": ["filter"],
                                                         "exporters": ["otlp/second", "otlp"]}
    for i in range(3):
        first.forget()
        second.forget()
        reload(daemon, settings)
        daemon.send(spans_of(1, name="dropped", first=2 * i))
        daemon.send(spans_of(1, first=2 * i + 1))
        assert sorted(ids(first.wait_for_spans(3))) == [2 * i, 2 * i + 1, 2 * i + 1]
        assert ids(second.wait_for_spans(1)) == [2 * i + 1]
        assert daemon.metric("tamis_rule_dropped_spans") == 1
        reload(daemon, before)
        eventually(lambda: daemon.output().count("an exporter has left") == i + 1)  # pylint: disable=cell-var-from-loop
        assert "tamis_rule_dropped_spans" not in page(daemon)
    daemon.send(spans_of(1, first=9))
    first.wait_for_spans(4)
    assert len(first.links) == 1


def test_the_budget_of_memory_changes(running):
    daemon, _ = running
    settings = settings_of(daemon)
    settings["service"]["receive_memory"] = 123456789
    settings["service"]["judge"] = {"span_percent": 20}
    reload(daemon, settings)
    assert daemon.metric("tamis_receiver_held_bytes_limit") == 123456789
    daemon.send(spans_of(1))
    settings["processors"]["memory_limiter"] = {"check_interval": "100ms", "limit_mib": 1}
    settings["service"]["pipelines"]["traces"]["processors"].append("memory_limiter")
    reload(daemon, settings)
    assert daemon.metric("tamis_memory_limit_bytes") == 1 << 20
    error = daemon.refusal(spans_of(1))  # tamis itself takes more
    assert error.details() == "data refused due to high memory usage"
    settings["processors"]["memory_limiter"]["limit_mib"] = 500
    reload(daemon, settings)
    assert daemon.metric("tamis_memory_limit_bytes") == 500 << 20
    daemon.send(spans_of(1))


def test_an_end_while_others_leave_loses_nothing(daemons, backends):
    held = acts.Gate()
    first, second = backends(held), backends()
    daemon = ready(daemons(configuration(first, service=UNWATCHED)))
    daemon.send(spans_of(1))
    eventually(lambda: first.calls)
    settings = settings_of(daemon)
    settings["exporters"]["otlp"]["endpoint"] = f"127.0.0.1:{second.port}"
    settings["receivers"]["otlp"]["protocols"]["grpc"]["max_recv_msg_size_mib"] = 7
    with daemon.channel() as channel:
        channel.unary_unary(EXPORT)(spans_of(1, first=1).SerializeToString(), timeout=PATIENCE)
        reload(daemon, settings)
        daemon.terminate()
        held.open()
        assert daemon.process.wait(PATIENCE) == 0
    assert sorted(ids(first.taken)) == [0, 1] and "no span was lost" in daemon.output()
