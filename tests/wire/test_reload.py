"""Rules change while tamis runs: by SIGHUP and by POST /-/reload, whole requests at a time, and never to wrong ones.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import signal
import socket
import threading

import pytest

from otlp_peers import EXPORT
from programs import PATIENCE, eventually, free_port
from reloading import (DROP_EVEN, DROP_ODD, WRONG, ask, ask_json, attempts, generation, hang_up, numbered, passed,
                       ready, replace, rules_settings, write_settings)
from subject import configuration, ids

@pytest.fixture
def ruled(daemons, backends, tmp_path):
    """(daemon, backend, rule file): it drops even spans."""
    rules = tmp_path / "rules.ottl"
    rules.write_text(DROP_EVEN)
    backend = backends()
    return ready(daemons(rules_settings(backend, rules, queue={"block_on_overflow": True}))), backend, rules


@pytest.mark.parametrize("way", ["SIGHUP", "POST"])
def test_rules_change_without_a_restart(ruled, way):
    daemon, backend, rules = ruled
    assert passed(daemon, backend) == [1, 3]
    with daemon.channel() as channel:  # and the connections stay
        export = channel.unary_unary(EXPORT)
        export(numbered(2).SerializeToString(), timeout=PATIENCE)
        for number, text, left in ((2, DROP_ODD, [0, 2]), (3, DROP_EVEN, [1, 3])):
            rules.write_text(text)
            if way == "POST":
                answer = ask(daemon)
                assert (answer.status, answer.text) == (200, f"reloaded: generation {number}\n")
            else:
                hang_up(daemon)
            assert generation(daemon) == number
            backend.forget()
            export(numbered(4).SerializeToString(), timeout=PATIENCE)
            assert sorted(ids(backend.wait_for_spans(2))) == left
    assert len(backend.links) == 1
    assert daemon.metric("tamis_config_last_reload_successful") == 1
    assert daemon.metric("tamis_config_reloads", result="success") == 2
    # Each worker and the home loop stood still once a round.
    pauses = int(daemon.metric("tamis_config_reload_pause_seconds_count", thread="home"))
    assert pauses == 2 and daemon.metric("tamis_config_reload_pause_seconds_count", thread="worker") >= 2


def test_the_yaml_is_read_again_too(daemons, backends):
    backend = backends()

    def settings(even):
        condition = f'attributes["even"] == {"true" if even else "false"}'
        return configuration(backend, processors={"filter": {"traces": {"span": [condition]}}},
                             service={"reload": {"watch": False}})

    daemon = ready(daemons(settings(True)))
    assert passed(daemon, backend) == [1, 3]
    write_settings(daemon, settings(False))
    assert ask_json(daemon) == (200, {"reloaded": True, "generation": 2, "diagnostics": []})
    assert passed(daemon, backend) == [0, 2]


def spoil(how, daemon, rules):
    """Makes the configuration unusable."""
    if how == "a rule that is none":
        rules.write_text(WRONG)
    elif how == "no YAML":
        daemon.configuration.write_text("receivers: [")
    elif how == "half a YAML":
        text = daemon.configuration.read_text()
        daemon.configuration.write_text(text[:len(text) // 2])
    elif how == "no file":
        rules.unlink()
    elif how == "a directory":
        rules.unlink()
        rules.mkdir()
    elif how == "no configuration":
        daemon.configuration.unlink()
    elif how == "imports that are not there":
        rules.write_text('import "other"\n' + DROP_ODD)
    elif how == "rubbish":
        rules.write_bytes(bytes(range(256)))
    elif how == "empty":
        daemon.configuration.write_text("")


SPOILT = {"a rule that is none": ("E0101", "rules.ottl"), "no YAML": ("E0501", "tamis.yaml"),
          "half a YAML": ("E0501", "tamis.yaml"), "no file": ("E0500", "tamis.yaml"),
          "a directory": ("E0500", "tamis.yaml"), "no configuration": ("E0500", None),
          "imports that are not there": ("E0320", "rules.ottl"), "rubbish": (None, "rules.ottl"), "empty": ("E0523", None)}


@pytest.mark.parametrize("how", SPOILT)
def test_what_is_wrong_changes_nothing_and_is_told(ruled, how):
    daemon, backend, rules = ruled
    before = daemon.configuration.read_text()
    spoil(how, daemon, rules)
    status, said = ask_json(daemon)
    assert status == 400 and said["reloaded"] is False and said["generation"] == 1
    errors = [d for d in said["diagnostics"] if d["severity"] == "error"]
    code, file = SPOILT[how]
    assert errors and (code is None or errors[0]["code"] == code), said
    if file:
        assert errors[0]["file"].endswith(file) and errors[0]["line"] > 0 and errors[0]["column"] > 0
    answer = ask(daemon)
    assert answer.status == 400 and f"error[{errors[0]['code']}]" in answer.text
    assert answer.text.endswith("not reloaded: generation 1 stays in force\n")
    assert daemon.metric("tamis_config_last_reload_successful") == 0
    assert daemon.metric("tamis_config_last_reload_errors") == len(errors)
    assert daemon.metric("tamis_config_reloads", result="refused") == 2
    assert errors[0]["code"] in daemon.output()
    assert passed(daemon, backend) == [1, 3]
    if rules.is_dir():
        rules.rmdir()
    daemon.configuration.write_text(before)
    rules.write_text(DROP_ODD)
    assert ask(daemon).status == 200
    assert passed(daemon, backend) == [0, 2]
    assert daemon.metric("tamis_config_last_reload_successful") == 1
    assert daemon.metric("tamis_config_last_reload_errors") == 0


def test_what_an_import_brings_is_read_again(ruled):
    daemon, backend, rules = ruled
    other = rules.with_name("other.ottl")
    other.write_text('def Even() = attributes["even"] == false\n')
    rules.write_text('import "other"\ndrop where Even()\n')
    assert ask(daemon).status == 200 and passed(daemon, backend) == [0, 2]
    other.write_text('import "rules"\ndef Even() = attributes["even"] == true\n')  # a circle, which is none
    assert ask(daemon).status == 200 and passed(daemon, backend) == [1, 3]


def test_browsers_and_other_methods_may_not(ruled):
    daemon = ruled[0]
    assert ask(daemon, {"Origin": "http://localhost:8888"}).status == 403
    assert ask(daemon, method="GET").status == 405
    assert ask(daemon, body=b"x" * 5000).status == 413
    assert attempts(daemon) == 0 and generation(daemon) == 1


def own_address():
    """An IPv4 address of this machine that is none of 127.0.0.0/8, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: the route tells the address
        except OSError:
            return None
        return None if probe.getsockname()[0].startswith("127.") else probe.getsockname()[0]


def test_others_than_this_machine_may_not_reload_nor_promote(daemons, backends, tmp_path):
    rules = tmp_path / "rules.ottl"
    rules.write_text(DROP_EVEN)
    settings = rules_settings(backends(), rules)
    port = free_port("")
    settings["service"]["telemetry"] = {"metrics": {"address": f":{port}"}}  # IPv4 and IPv6, for everybody
    daemon = ready(daemons(settings))

    def status(host, path):
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
        try:
            connection.request("POST", path)
            return connection.getresponse().status
        finally:
            connection.close()
    assert [status("127.0.0.1", path) for path in ("/-/reload", "/-/promote")] == [200, 409]
    other = own_address()  # where there is none the unit test of the addresses has to do
    if other:
        assert [status(other, path) for path in ("/-/reload", "/-/promote")] == [403, 403]
    assert daemon.output().count("the configuration was read again") == 1


def test_many_ask_at_once_and_each_is_answered(ruled):
    daemon, backend, rules = ruled
    rules.write_text(DROP_ODD)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask(daemon))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status for a in answers] == [200] * 20
    assert passed(daemon, backend) == [0, 2]
    assert 2 <= generation(daemon) <= 21


def test_an_end_in_the_middle_of_it_is_an_end(ruled):
    daemon, _, rules = ruled
    rules.write_text("\n".join(f'drop where IsMatch(name, "^x{i}[a-z]+.*y{i}$")' for i in range(2000)))
    daemon.process.send_signal(signal.SIGHUP)
    assert daemon.stop() == 0


class Load:
    """Clients that send requests of marked spans as fast as they are answered, until told to stop."""

    def __init__(self, daemon, clients=4, size=20):
        self.daemon, self.size, self.over, self.sent, self.failures = daemon, size, False, [0] * clients, []
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, client):
        """One client, on one connection."""
        with self.daemon.channel() as channel:
            export = channel.unary_unary(EXPORT)
            while not self.over:
                request = numbered(self.size)
                trace = bytes([client]) + self.sent[client].to_bytes(15, "big")
                for span in request.resource_spans[0].scope_spans[0].spans:
                    span.trace_id = trace
                try:
                    export(request.SerializeToString(), timeout=PATIENCE)
                except Exception as error:  # pylint: disable=broad-except
                    self.failures.append(error)
                    return
                self.sent[client] += 1

    def stop(self):
        """Waits for the last answers; how many requests there were."""
        self.over = True
        for thread in self.threads:
            thread.join()
        assert not self.failures, self.failures[0]
        return sum(self.sent)


def whole_requests(spans, size):
    """By request: which ruleset judged it. Fails where a request is judged by two, or not whole."""
    by_trace = {}
    for span in spans:
        by_trace.setdefault(span.trace_id, []).append(span)
    seen = {"A": 0, "B": 0}
    for trace in by_trace.values():
        marks = {a.value.string_value for s in trace for a in s.attributes if a.key == "mark"}
        assert len(marks) == 1, marks
        mark = marks.pop()
        seen[mark] += 1
        assert sorted(ids(trace)) == list(range(1 if mark == "A" else 0, size, 2))
    return seen


@pytest.mark.parametrize("reloads", [1000])
def test_under_load_no_span_is_lost_or_judged_by_two_rulesets(ruled, reloads):
    daemon, backend, rules = ruled
    texts = {"A": DROP_EVEN + 'set(attributes["mark"], "A")\n', "B": DROP_ODD + 'set(attributes["mark"], "B")\n'}
    rules.write_text(texts["A"])
    assert ask(daemon).status == 200
    backend.forget()
    load = Load(daemon)
    memory = []
    for i in range(reloads):
        good = i % 2 == 0
        replace(rules, texts["AB"[i // 2 % 2]] if good else texts["A"] + WRONG)
        assert ask(daemon).status == (200 if good else 400)
        if i % 100 == 99:
            memory.append(daemon.rss())
    requests = load.stop()
    spans = backend.wait_for_spans(requests * load.size // 2)
    assert len(spans) == requests * load.size // 2
    seen = whole_requests(spans, load.size)
    assert sum(seen.values()) == requests and min(seen.values()) > 0, seen
    assert generation(daemon) == 2 + reloads // 2 and attempts(daemon) == 1 + reloads
    print(f"{requests} requests, {seen}; RSS {[m >> 20 for m in memory]} MiB; pause p99 <= {p99(daemon)} s")


def marked(word):
    """A configuration of two pipelines: the first one lets odd spans through, the second one even ones."""
    def rules(kept):
        return {"error_mode": "propagate", "trace_statements": [f'set(span.attributes["mark"], "{word}{kept}")']}

    def filtered(even):
        return {"traces": {"span": [f'attributes["even"] == {even}']}}
    return {"filter/1": filtered("true"), "filter/2": filtered("false"), "transform/1": rules(1), "transform/2": rules(2)}


def two_pipelines(backend, word, names=("traces/1", "traces/2")):
    """Settings whose receiver gives requests to pipelines of these names; the last one has the even spans."""
    settings = configuration(backend, processors=marked(word), queue={"block_on_overflow": True},
                             service={"reload": {"watch": False}})
    settings["service"]["pipelines"] = {
        name: {"receivers": ["otlp"], "processors": [f"filter/{i}", f"transform/{i}"], "exporters": ["otlp"]}
        for i, name in enumerate(names, 1)}
    return settings


@pytest.mark.parametrize("how", ["rules", "pipelines"])
def test_under_load_all_pipelines_of_a_request_are_of_one_configuration(daemons, backends, how):
    backend = backends()
    other = {"rules": ("traces/1", "traces/2"), "pipelines": ("traces/1", "traces/3")}[how]
    texts = [two_pipelines(backend, "A"), two_pipelines(backend, "B", other)]
    daemon = ready(daemons(texts[0]))
    load = Load(daemon, clients=2)
    for i in range(200 if how == "rules" else 20):  # a receiver of other pipelines is another one
        write_settings(daemon, texts[(i + 1) % 2])
        assert ask(daemon).status == 200
    requests = load.stop()
    seen = {"A": 0, "B": 0}
    by_trace = {}
    for span in backend.wait_for_spans(requests * load.size):
        by_trace.setdefault(span.trace_id, []).append(span)
    for trace in by_trace.values():
        marks = {a.value.string_value for s in trace for a in s.attributes if a.key == "mark"}
        words = {m[0] for m in marks}
        assert len(words) == 1 and len(marks) == 2 and sorted(ids(trace)) == list(range(load.size)), marks
        seen[words.pop()] += 1
    assert sum(seen.values()) == requests and min(seen.values()) > 0, seen


def p99(daemon):
    """The bound of the histogram below which 99 of 100 pauses are; for people."""
    name, bounds = "tamis_config_reload_pause_seconds", (1e-05, 2e-05, 5e-05, 1e-04, 2e-04, 5e-04, 1e-03, 2e-03, 5e-03)
    count = daemon.metric(f"{name}_count")
    for bound in bounds:
        if daemon.metric(f"{name}_bucket", le=f"{bound:g}") >= 0.99 * count:
            return bound
    return float("inf")


def test_an_idle_worker_lets_go_of_what_was(ruled):
    daemon, backend, rules = ruled
    assert passed(daemon, backend) == [1, 3]
    rules.write_text('odd: drop where attributes["even"] == false\n')
    assert daemon.metric("tamis_rule_dropped_spans") == 2
    assert ask(daemon).status == 200
    # Nothing has come since: the series of the old rule are gone with the ruleset.
    assert daemon.metric("tamis_rule_dropped_spans") == 0


FIXED = {"service.workers": lambda s: s["service"].update(workers=7),
         "service.telemetry.logs": lambda s: s["service"].update(
             telemetry={**s["service"]["telemetry"], "logs": {"encoding": "json"}}),
         "service.telemetry.metrics": lambda s: s["service"]["telemetry"]["metrics"].update(level="detailed")}


@pytest.mark.parametrize("key", FIXED)
def test_what_cannot_be_changed_is_told_with_its_place(ruled, key):
    daemon, backend, rules = ruled
    settings = json.loads(daemon.configuration.read_text())
    FIXED[key](settings)
    rules.write_text(DROP_ODD)
    write_settings(daemon, settings)
    status, said = ask_json(daemon)
    assert status == 400
    told = said["diagnostics"][-1]
    assert told["code"] == "E0540" and told["message"].startswith(key)
    lines = daemon.configuration.read_text().splitlines()
    assert key.rpartition(".")[2] in lines[told["line"] - 1]
    assert passed(daemon, backend) == [1, 3]


def test_the_level_of_the_log_changes(ruled):
    daemon = ruled[0]
    settings = json.loads(daemon.configuration.read_text())
    settings["service"]["telemetry"]["logs"] = {"level": "debug"}
    write_settings(daemon, settings)
    assert ask(daemon).status == 200
    daemon.send(numbered(2))
    eventually(lambda: "a request was judged" in daemon.output())
