"""A daemon whose configuration changes while it runs, and those who ask it to read it again.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import signal

from programs import PATIENCE, eventually
from subject import configuration, ids, spans_of


def rules_settings(backend, *paths, watch=None, **options):
    """One pipeline whose rules stand in files; `watch`: what service.reload says, or nothing is watched."""
    return configuration(backend, processors={"tamis": {"rules": [str(p) for p in paths]}},
                         service={"reload": watch or {"watch": False}}, **options)


def ready(daemon):
    """The daemon, once all its ports are open and its files are watched."""
    eventually(lambda: "Everything is ready" in daemon.output())
    return daemon


def ask(daemon, headers=None, body=None, method="POST"):
    """POST /-/reload; the answer has .status, .headers and .text."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.metrics_port, timeout=PATIENCE)
    try:
        connection.request(method, "/-/reload", body, headers or {})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        return answer
    finally:
        connection.close()


def ask_json(daemon):
    """The same by a program: (status, what the answer says)."""
    answer = ask(daemon, {"Accept": "application/json"})
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status, json.loads(answer.text)


def generation(daemon):
    """The number of the configuration that is in force."""
    return int(daemon.metric("tamis_config_generation"))


def attempts(daemon):
    """How many rounds of reading have ended."""
    return int(daemon.metric("tamis_config_reloads"))


def hang_up(daemon):
    """SIGHUP, and waits for the round to end."""
    before = attempts(daemon)
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: attempts(daemon) > before)


def write_settings(daemon, settings):
    """Other settings in the place of the daemon's own, with the ports that it has."""
    text = json.loads(daemon.configuration.read_text())
    settings = json.loads(json.dumps(settings))
    for name, receiver in settings["receivers"].items():
        if name == "otlp":
            for protocol, port in (("grpc", daemon.grpc), ("http", daemon.http)):
                if receiver["protocols"].get(protocol) is not None:
                    receiver["protocols"][protocol].setdefault("endpoint", f"127.0.0.1:{port}")
    settings["service"].setdefault("telemetry", text["service"]["telemetry"])
    replace(daemon.configuration, json.dumps(settings, indent=1))


def replace(path, text):
    """Writes the file as careful editors do: another one, which is moved over it."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.rename(path)


DROP_EVEN = 'drop where attributes["even"] == true\n'
DROP_ODD = 'drop where attributes["even"] == false\n'
WRONG = 'drop where name = "x"\n'


def numbered(count, first=0):
    """Spans that say whether their number is even."""
    request = spans_of(count, first=first)
    for i, span in enumerate(request.resource_spans[0].scope_spans[0].spans, first):
        span.attributes.add(key="even").value.bool_value = i % 2 == 0
    return request


def passed(daemon, backend, count=4):
    """Which of so many spans pass now."""
    backend.forget()
    daemon.send(numbered(count))
    return sorted(ids(backend.wait_for_spans(count // 2)))
