"""The extension zpages: pages for a browser about the running process.

SPDX-License-Identifier: Apache-2.0
"""
import html.parser
import http.client
import json

import pytest

from programs import PATIENCE, eventually, free_port
from reloading import hang_up, ready
from subject import configuration, spans_of

PAGES = ("servicez", "pipelinez", "extensionz", "featurez", "rulez")


class Page(html.parser.HTMLParser):
    """Rows of tables (name, value), links, and all text; each tag is closed by its own."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.links, self.text, self.open = [], [], "", []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append(["", ""])
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if "th" in self.open or "td" in self.open:
            self.rows[-1]["td" in self.open] += data


def get(port, path):
    """(status, content type, body)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()
    finally:
        connection.close()


def page(port, name):
    status, kind, body = get(port, f"/debug/{name}")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    return Page(body)


@pytest.fixture
def watched(daemons, backends):
    """watched(processors) -> (daemon, port of the pages)."""
    def start(processors=None):
        port = free_port()
        settings = configuration(backends(), processors=processors, service={"extensions": ["zpages", "health_check"]})
        settings["extensions"] = {"zpages": {"endpoint": f"127.0.0.1:{port}"},
                                  "health_check": {"endpoint": "127.0.0.1:0"}}
        return ready(daemons(settings)), port
    return start


def test_each_page_is_there_and_leads_to_the_others(watched):
    _, port = watched()
    for name in PAGES:
        assert page(port, name).links == [f"/debug/{other}" for other in PAGES]
    assert get(port, "/debug/other")[0] == 404


def test_the_service_tells_version_and_uptime(watched):
    _, port = watched()
    rows = dict(page(port, "servicez").rows)
    assert rows["Command"] == "tamis" and rows["Version"].count(".") == 2
    assert rows["StartTimestamp"].endswith("Z") and rows["Uptime"].endswith("s")


def test_pipelines_and_extensions_are_those_that_run(watched):
    _, port = watched({"filter/a": {"traces": {"span": ['name == "noise"']}}, "batch": {}})
    assert page(port, "pipelinez").rows == [
        ["FullName", "traces"], ["InputType", "traces"], ["Receivers", "otlp"],
        ["Processors", "filter/a, batch"], ["Exporters", "otlp"]]
    assert page(port, "extensionz").rows == [["FullName", "zpages"], ["FullName", "health_check"]]


def test_a_reload_shows(watched):
    daemon, port = watched()
    settings = json.loads(daemon.configuration.read_text())
    settings["processors"] = {"batch/new": {}}
    settings["service"]["pipelines"]["traces"]["processors"] = ["batch/new"]
    daemon.configuration.write_text(json.dumps(settings))
    hang_up(daemon)
    assert ["Processors", "batch/new"] in page(port, "pipelinez").rows


def test_rules_cannot_write_the_page(watched):
    daemon, port = watched({"filter": {"traces": {"span": ['name == "<script>alert(1)</script>&amp;"']}}})
    daemon.send(spans_of(2))
    shown = page(port, "rulez")
    assert '<script>alert(1)</script>&amp;' in shown.text
    assert "script" not in shown.open
    eventually(lambda: "2 received = 2 kept" in page(port, "rulez").text)


def test_there_are_no_traces_of_tamis_itself(watched):
    _, port = watched()
    status, kind, body = get(port, "/debug/tracez")
    assert status == 404 and kind.startswith("text/plain") and "tracez is not there" in body
