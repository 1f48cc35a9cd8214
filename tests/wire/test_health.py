"""The extension health_check: whether tamis lives, and whether spans can flow.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json

import pytest

from backend import Backend
from programs import PATIENCE, eventually, free_port
from reloading import ready
from subject import configuration, ids, spans_of


def watched(backend, **settings):
    """A configuration with the extension: (it, its port)."""
    port = free_port()
    out = configuration(backend, queue={"queue_size": 2}, service={"extensions": ["health_check"]})
    out["extensions"] = {"health_check": {"endpoint": f"127.0.0.1:{port}", **settings}}
    return out, port


def get(port, path):
    """(status, content type, body)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()
    finally:
        connection.close()


def test_a_running_daemon_is_available(daemons, backends):
    settings, port = watched(backends())
    ready(daemons(settings))
    status, kind, body = get(port, "/")
    said = json.loads(body)
    assert (status, kind, said["status"]) == (200, "application/json", "Server available")
    assert said["upSince"].endswith("Z") and said["uptime"].endswith("s")
    assert json.loads(get(port, "/ready")[2]) == {"status": "ready"}


def test_a_path_that_ends_in_a_slash_is_that_of_all_below_it_as_in_the_collector(daemons, backends):
    settings, port = watched(backends())
    other, other_port = watched(backends(), path="/live/")
    ready(daemons(settings))
    ready(daemons(other))
    for path in ("/health", "/health/status?verbose", "/ready/not"):
        assert json.loads(get(port, path)[2])["status"] == "Server available"
    assert [get(other_port, path)[0] for path in ("/live/", "/live/x", "/live", "/", "/ready")] == [200, 200, 404, 404, 200]


def test_the_body_and_the_path_can_be_chosen(daemons, backends):
    settings, port = watched(backends(), path="/live", response_body={"healthy": "fine", "unhealthy": "ill"})
    ready(daemons(settings))
    assert get(port, "/live") == (200, "text/plain", "fine")
    assert get(port, "/")[0] == 404


@pytest.mark.parametrize("waiting", [1, 12])
def test_it_is_not_ready_while_spans_cannot_flow(daemons, waiting):
    there = free_port()
    settings, port = watched(there)
    settings["exporters"]["otlp"]["sending_queue"]["num_consumers"] = 1
    daemon = ready(daemons(settings))
    assert get(port, "/ready")[0] == 200  # nothing waits yet
    taken = 0
    for i in range(waiting):
        try:
            daemon.send(spans_of(1, first=i))
            taken += 1
        except Exception:  # the queue is full  # pylint: disable=broad-exception-caught
            break
    eventually(lambda: get(port, "/ready")[0] == 503)
    why = "exporter otlp: " + ("its queue is full" if waiting > taken else "spans wait and it is not connected")
    eventually(lambda: json.loads(get(port, "/ready")[2]) == {"status": "not ready", "reason": why})
    assert get(port, "/")[0] == 200  # that is no reason to be restarted
    backend = Backend(port=there)
    try:
        assert sorted(ids(backend.wait_for_spans(taken))) == list(range(taken))
        eventually(lambda: get(port, "/ready")[0] == 200)
    finally:
        daemon.stop()
        backend.stop()
