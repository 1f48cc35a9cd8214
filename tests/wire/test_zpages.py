"""The extension zpages: pages for a browser about the running process.

SPDX-License-Identifier: Apache-2.0
"""
import base64
import html.parser
import http.client
import json
import socket
import ssl

import pytest

from certificates import Authority
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


def get(port, path, context=None):
    """(status, content type, body); with a context over TLS."""
    connection = (http.client.HTTPSConnection("localhost", port, timeout=PATIENCE, context=context) if context
                  else http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE))
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


def test_pages_are_served_over_tls_to_whom_they_are_meant_for(daemons, backends, tmp_path):
    ours, theirs = Authority(tmp_path), Authority(tmp_path, "stranger")
    server, client, stranger = ours.server(), ours.client(), theirs.client()
    port, other = free_port(), free_port()
    settings = configuration(backends(), service={"extensions": ["zpages", "health_check"]})
    settings["extensions"] = {
        "zpages": {"endpoint": f"127.0.0.1:{port}", "tls": server.settings(client_ca_file=str(ours.cert))},
        "health_check": {"endpoint": f"127.0.0.1:{other}", "tls": server.settings()}}
    ready(daemons(settings))

    def context(identity=None):
        made = ssl.create_default_context(cafile=str(ours.cert))
        if identity:
            made.load_cert_chain(identity.cert, identity.key)
        return made

    status, kind, body = get(port, "/debug/servicez", context(client))
    assert (status, kind) == (200, "text/html; charset=utf-8") and "Uptime" in body
    for nobody in (None, stranger):
        with pytest.raises(OSError):
            get(port, "/debug/servicez", context(nobody))
    assert get(other, "/", context())[0] == 200 and get(other, "/ready", context())[0] == 200
    assert get(other, "/")[0] == 400  # told that TLS is spoken here


# ---- keys of the server of HTTP --------------------------------------------------------------------------------

def ask(port, path="/debug/servicez", method="GET", **headers):
    """(status, headers by small names, body)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def served(daemons, backends):
    """served(extensions) -> (daemon, port of zpages, port of health_check); these two with the keys given."""
    def start(extensions):
        ports = [free_port(), free_port()]
        settings = configuration(backends(), service={"extensions": list(extensions)})
        settings["extensions"] = extensions
        for name, port in zip(("zpages", "health_check"), ports):
            if name in extensions:
                extensions[name]["endpoint"] = f"127.0.0.1:{port}"
        return (ready(daemons(settings)), *ports)
    return start


def basic(pair):
    return "Basic " + base64.b64encode(pair.encode()).decode()


def test_pages_are_for_those_who_may_see_them(served, tmp_path):
    users = tmp_path / "users"
    users.write_text("me:pw-one\n")
    daemon, port, health = served({"zpages": {"auth": {"authenticator": "basicauth"},
                                              "response_headers": {"WWW-Authenticate": 'Basic realm="tamis"'}},
                                   "health_check": {"auth": {"authenticator": "bearertokenauth"}},
                                   "basicauth": {"htpasswd": {"file": str(users)}}, "bearertokenauth": {"token": "key"}})
    assert ask(port)[0] == ask(port, Authorization=basic("me:other"))[0] == ask(port, "/nowhere")[0] == 401
    assert ask(port)[1]["www-authenticate"] == 'Basic realm="tamis"'
    status, _, body = ask(port, Authorization=basic("me:pw-one"))
    assert status == 200 and "Uptime" in body
    assert ask(port, "/nowhere", Authorization=basic("me:pw-one"))[0] == 404
    assert [ask(health, "/ready", Authorization=value)[0] for value in ("Bearer key", "Bearer kez")] == [200, 401]
    users.write_text("me:pw-two\n")
    eventually(lambda: ask(port, Authorization=basic("me:pw-two"))[0] == 200, 0.3)
    assert ask(port, Authorization=basic("me:pw-one"))[0] == 401
    settings = json.loads(daemon.configuration.read_text())
    settings["extensions"]["bearertokenauth"]["token"] = "other"
    daemon.configuration.write_text(json.dumps(settings))
    hang_up(daemon)
    eventually(lambda: "which pages extensions serve cannot be changed" in daemon.output())  # nor who may see them
    assert ask(health, "/", Authorization="Bearer key")[0] == 200
    assert "pw-" not in daemon.output()


def test_pages_answer_other_origins_and_with_headers_of_the_configuration(served):
    _, port, health = served({"zpages": {"cors": {"allowed_origins": ["https://*.example"], "max_age": 7},
                                         "response_headers": {"X-Where": "here"}},
                              "health_check": {"response_headers": {"Cache-Control": "no-store"}, "keep_alives_enabled": False}})
    status, headers, _ = ask(port, Origin="https://a.example")
    assert (status, headers["access-control-allow-origin"], headers["x-where"]) == (200, "https://a.example", "here")
    status, headers, _ = ask(port, Origin="https://evil.test")
    assert status == 200 and "access-control-allow-origin" not in headers
    status, headers, _ = ask(port, method="OPTIONS", Origin="https://a.example", Access_Control_Request_Method="GET")
    assert (status, headers["access-control-max-age"], headers["access-control-allow-methods"]) == (204, "7", "GET")
    status, headers, _ = ask(health, "/")
    assert (status, headers["cache-control"], headers["connection"]) == (200, "no-store", "close")
    assert "connection" not in ask(port)[1]


def test_slow_clients_of_pages_have_as_long_as_the_configuration_says(served):
    _, port, health = served({"zpages": {"read_header_timeout": "300ms"}, "health_check": {"idle_timeout": "300ms"}})
    for at, begun in ((port, b"GET /debug/servicez HTTP/1.1\r\n"), (health, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")):
        with socket.create_connection(("127.0.0.1", at), timeout=PATIENCE) as connection:
            connection.sendall(begun)
            while connection.recv(65536):
                pass
