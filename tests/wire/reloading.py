"""A daemon whose configuration changes while it runs, and those who ask it to read it again.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import signal

from programs import PATIENCE, eventually
from subject import configuration


def rules_settings(backend, path, **options):
    """One pipeline whose rules stand in a file."""
    return configuration(backend, processors={"tamis": {"rules": [str(path)]}}, **options)


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
