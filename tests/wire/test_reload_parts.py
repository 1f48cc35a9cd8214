"""Exporters, receivers and pipelines change while tamis runs: the new ones come before the old ones go, what is the
same stays, and no span is lost on the way.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import threading

import pytest

import backend as acts
from otlp_peers import EXPORT
from programs import PATIENCE, eventually
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
    assert daemon.metric("otelcol_processor_batch_batch_send_size_count") > 0
    del settings["exporters"]["debug"]
    settings["service"]["pipelines"]["traces"]["exporters"] = ["otlp"]
    reload(daemon, settings)
    eventually(lambda: "an exporter has left" in daemon.output())
    daemon.send(spans_of(1, first=5))
    backend.wait_for_spans(6)
    assert len(backend.links) == 1


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
    assert status == 400 and told["code"] == "E0541" and str(tmp_path / "none" / "out") in told["message"]
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
