"""The examples and what README.md says of them: every rule drops what it is there for.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import re
import shutil
import subprocess

import pytest

import programs
from certificates import Authority
from otlp_peers import Sink
from test_tls import server_context

EXAMPLES = programs.TOP / "examples"
SPANS = (EXAMPLES / "spans.json").read_text()
BY_RULE = re.compile(r'tamis_rule_dropped_spans\{rule="filter/traces\.span\[(\d)\]".*\} (\d+)')


class Example(programs.Receiver):
    """tamis with a file of examples/ on free ports."""

    def __init__(self, name, log, settings=None, env=None):
        self.metrics = programs.free_port()
        super().__init__(programs.subject(), EXAMPLES / name, log, {
            "service.telemetry.metrics.level": "normal",
            "service.telemetry.metrics.address": f"127.0.0.1:{self.metrics}", **(settings or {})}, env=env)

    def ask(self, port, method, path, body=None):
        """The text of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=programs.PATIENCE)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, text
        return text

    def send(self, text):
        """One request in OTLP/JSON."""
        self.ask(self.http, "POST", "/v1/traces", text)

    def dropped(self):
        """Spans by the number of the rule that dropped them, those above 0."""
        rows = BY_RULE.findall(self.ask(self.metrics, "GET", "/metrics"))
        assert len(rows) == 9
        return {int(rule): int(n) for rule, n in rows if n != "0"}


@pytest.fixture
def example(tmp_path):
    """example(file, settings) -> a running Example; it is stopped, and ends well."""
    running = []

    def start(name, settings=None):
        running.append(Example(name, tmp_path / f"log-{len(running)}", settings))
        return running[-1]

    yield start
    for program in running:
        assert program.stop() == 0, program.output()


def span(name="x", **attributes):
    """A request with one span."""
    values = [{"key": k.replace("_agent_", "_agent."), "value": {"stringValue": v}} for k, v in attributes.items()]
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{
        "traceId": "1" * 32, "spanId": "2" * 16, "name": name, "attributes": values}]}]}]})


def readme():
    """README.md."""
    return (programs.TOP / "README.md").read_text()


def test_the_quickstart_prints_what_the_readme_says(example):
    program = example("quickstart.yaml")
    program.send(SPANS)
    assert program.stop() == 0
    said, = re.findall(r"^ +(dropped \d+ spans so far: .*)$", readme(), re.M)
    assert said in program.output().splitlines()
    assert program.output().count("cluster=tap-sandbox") == 4


def test_every_rule_of_the_quickstart_drops_something(example):
    program = example("quickstart.yaml")
    program.send(SPANS)
    for cluster in ("tap-gui/server/7000", "appsso/auth-server/8080"):
        program.send(span(upstream_cluster=cluster))
    program.send(span(**{"http.url": "https://grafana.example.com/"}))
    program.send(span(**{"http.route": "/readyz"}))
    for version in ("1.29", "1.29+"):
        program.send(span(user_agent_original=f"kube-probe/{version}"))
    assert program.dropped() == {0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 3, 7: 1, 8: 1}


def test_the_rule_beside_the_one_that_never_matches_does(example, tmp_path):
    sink = Sink()
    settings = {"exporters.otlp/tempo.endpoint": sink.endpoint, "processors.batch.timeout": "1ms"}
    program = example("collector.yaml", settings)
    program.send(SPANS)
    assert program.dropped() == {0: 1, 4: 1, 7: 1, 8: 1}
    text = (EXAMPLES / "collector.yaml").read_text()
    better, = re.findall(r"^ +#   (IsMatch.*)$", text, re.M)
    mended = tmp_path / "mended.yaml"
    mended.write_text(text.replace('attributes["user_agent.original"] == "kube-probe//"', better))
    program = example(mended, settings)
    program.send(SPANS)
    assert program.dropped() == {0: 1, 4: 1, 6: 1, 7: 1, 8: 1}
    sink.wait_for_spans(5 + 4)
    sink.stop()


def test_the_example_of_otlphttp_sends_its_token_over_tls(tmp_path, http_backends):
    authority = Authority(tmp_path)
    backend = http_backends(tls=server_context(authority.server(), protocols=("h2", "http/1.1")))
    program = Example("otlphttp.yaml", tmp_path / "log", {"exporters.otlphttp.tls.ca_file": authority.cert},
                      {"BACKEND_URL": f"https://localhost:{backend.port}", "API_TOKEN": "swordfish"})
    program.send(SPANS)
    assert len(backend.wait_for_spans(9)) == 9
    (call,) = backend.calls
    assert call.headers["authorization"] == "Bearer swordfish" and call.headers["content-encoding"] == "zstd"
    assert program.stop() == 0 and "swordfish" not in program.output()


def test_the_rules_in_a_file_do_what_the_file_says(example):
    rules = f'["{EXAMPLES}/rules/*.ottl"]'
    program = example("rules.yaml", {"processors.tamis.rules": rules})
    program.send(SPANS)
    rows = re.findall(r'tamis_rule_dropped_spans\{rule="(\w+)",file="[^"]*/ingress\.ottl:\d+".*\} (\d+)',
                      program.ask(program.metrics, "GET", "/metrics"))
    assert dict(rows) == {"probes": "3", "own": "1"}
    assert program.stop() == 0
    assert program.output().count("cluster=tap-sandbox") == 5


def test_the_readme_shows_rules_of_the_file():
    text = (EXAMPLES / "rules" / "ingress.ottl").read_text()
    shown = re.findall(r"^    (\w+: +(?:keep|drop|set).*)$", readme(), re.M)
    shown = [rule for rule in shown if not rule.startswith("entries:")]  # which the reader writes
    assert len(shown) == 3
    for rule in shown:
        assert rule in text


def test_the_readme_shows_how_a_rule_is_tested(tmp_path):
    shown = readme().partition("## Write a rule")[2].partition("\n## ")[0]
    blocks = ["\n".join(line[4:] for line in block.splitlines()) for block in re.findall(r"(?:^    .*\n)+", shown, re.M)]
    rule, = (block for block in blocks if block.startswith("#> "))
    wrong, = (block for block in blocks if block.startswith("FAIL "))
    passed, = re.findall(r"`(\d+ passed, 0 failed)`", shown)
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    file = tmp_path / "examples" / "rules" / "entries.ottl"
    for text, said in ((rule, wrong), (rule.replace("code ==", "code !="), passed)):
        file.write_text(text + "\n")
        done = subprocess.run([programs.subject(), "test", "examples/rules"], cwd=tmp_path, capture_output=True,
                              text=True, check=False)
        assert said in done.stdout
        assert done.returncode == (said is wrong)


def test_zipkins_spans_leave_as_otlp_but_for_health_checks(example):
    sink, port = Sink(), programs.free_port()
    tamis = example("zipkin.yaml", {"receivers.zipkin.endpoint": f"127.0.0.1:{port}", "exporters.otlp.endpoint": sink.endpoint})
    programs.eventually(lambda: programs.accepts(port))
    spans = [{"traceId": "1", "id": str(i + 1), "name": path, "tags": {"http.path": path}}
             for i, path in enumerate(("/actuator/health", "/entries"))]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=programs.PATIENCE)
    connection.request("POST", "/api/v2/spans", json.dumps(spans), {"Content-Type": "application/json"})
    assert connection.getresponse().status == 202
    connection.close()
    assert tamis.stop() == 0, tamis.output()
    assert [s.name for s in sink.spans()] == ["/entries"]
    sink.stop()
