"""Under a supervisor as systemd is one: what it is told, sockets that it has opened, and SIGUSR1.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import re
import signal
import socket
import sys
import time

import pytest

from programs import PATIENCE, eventually, free_port
from reloading import hang_up, ready
from subject import configuration, spans_of

# Opens sockets at NAME=ADDRESS:PORT, hands them over as systemd does and becomes the command behind "--".
ACTIVATE = """
import os, socket, sys
at = sys.argv.index("--")
names, kept = [], []
for word in sys.argv[1:at]:
    name, where = word.split("=")
    host, port = where.rsplit(":", 1)
    kept.append(socket.socket())
    kept[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept[-1].bind((host, int(port)))
    kept[-1].listen()
    names.append(name)
for i, s in enumerate([os.dup2(s.fileno(), 100 + i) for i, s in enumerate(kept)]):
    os.dup2(s, 3 + i)
    os.close(s)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(kept)), LISTEN_FDNAMES=":".join(names))
os.execv(sys.argv[at + 1], sys.argv[at + 1:])
"""


class Supervisor:
    """The socket that NOTIFY_SOCKET names, and what came to it."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(PATIENCE)

    def next(self, *without):
        """The next message that is none of those: {name: value}."""
        while True:
            said = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))
            if not set(without) & said.keys():
                return said


@pytest.fixture
def supervised(daemons, backends, tmp_path):
    """supervised(environment) -> (daemon, supervisor)."""
    def start(abstract=False, **environment):
        name = f"@tamis-{free_port()}" if abstract else str(tmp_path / "notify")
        supervisor = Supervisor(name.replace("@", "\0"))
        return daemons(configuration(backends()), env={"NOTIFY_SOCKET": name, **environment}), supervisor
    return start


@pytest.mark.parametrize("abstract", [False, True])
def test_readiness_reloads_and_the_end_are_told(supervised, abstract):
    daemon, supervisor = supervised(abstract)
    said = supervisor.next()
    assert said["READY"] == "1" and said["STATUS"] == "3 listeners, generation 1"
    daemon.serves()
    daemon.configuration.write_text(daemon.configuration.read_text() + "\n")
    hang_up(daemon)
    said = supervisor.next()
    assert said["RELOADING"] == "1"
    assert 0 < int(said["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    said = supervisor.next()
    assert said["READY"] == "1" and said["STATUS"].endswith("generation 2")
    daemon.terminate()
    assert supervisor.next()["STOPPING"] == "1"


def test_a_refused_reload_is_ready_again(supervised):
    daemon, supervisor = supervised()
    supervisor.next()
    daemon.configuration.write_text("receivers: {}")
    hang_up(daemon)
    assert supervisor.next()["RELOADING"] == "1"
    assert supervisor.next()["STATUS"].endswith("generation 1")


def test_the_watchdog_is_fed_while_all_loops_turn(supervised):
    _, supervisor = supervised(WATCHDOG_USEC="300000")
    assert [supervisor.next("READY") for _ in range(5)] == [{"WATCHDOG": "1"}] * 5


def test_the_watchdog_is_not_fed_while_nothing_turns(supervised):
    daemon, supervisor = supervised(WATCHDOG_USEC="300000")
    assert supervisor.next("READY") == {"WATCHDOG": "1"}
    daemon.process.send_signal(signal.SIGSTOP)  # all of it
    supervisor.socket.settimeout(0.01)
    with pytest.raises(TimeoutError):
        while True:  # what was sent before
            supervisor.next()
    supervisor.socket.settimeout(PATIENCE)
    daemon.process.send_signal(signal.SIGCONT)
    assert supervisor.next() == {"WATCHDOG": "1"}


def test_the_watchdog_of_another_process_is_not_fed(supervised):
    daemon, supervisor = supervised(WATCHDOG_USEC="3000", WATCHDOG_PID="1")
    supervisor.next()
    daemon.terminate()
    assert "STOPPING" in supervisor.next()  # and nothing before


def test_a_socket_that_nobody_reads_is_no_reason_to_stop(daemons, backends, tmp_path):
    daemon = daemons(configuration(backends()), env={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    ready(daemon).serves()
    assert "the supervisor cannot be told" in daemon.output()


def activated(sockets):
    return [sys.executable, "-c", ACTIVATE, *[f"{name}={where}" for name, where in sockets], "--"]


def test_sockets_are_taken_by_name_and_by_address(daemons, backends):
    named, addressed, unused = (free_port() for _ in range(3))
    health = free_port("0.0.0.0")
    settings = configuration(backends(), service={"extensions": ["health_check"]})
    settings["receivers"]["otlp"]["protocols"] = {
        "grpc": {"endpoint": "localhost:1"},  # which nobody may bind; the name is enough
        "http": {"endpoint": f"127.0.0.1:{addressed}"}}
    settings["extensions"] = {"health_check": {"endpoint": f"0.0.0.0:{health}"}}
    sockets = [("otlp/grpc", f"127.0.0.1:{named}"), ("other", f"127.0.0.1:{addressed}"), ("", f"0.0.0.0:{health}"),
               ("nothing", f"127.0.0.1:{unused}")]
    daemon = ready(daemons(settings, ports=[named, addressed], before=activated(sockets)))
    daemon.grpc, daemon.http = named, addressed
    daemon.serves()
    connection = http.client.HTTPConnection("127.0.0.1", health, timeout=PATIENCE)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()
    assert re.search(rf"an inherited socket is closed.*name=nothing port={unused}", daemon.output())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", unused), PATIENCE)


def test_clients_that_came_before_tamis_are_served(daemons, backends, tmp_path):
    port = free_port()
    settings = configuration(backends())
    settings["receivers"]["otlp"]["protocols"] = {"http": {"endpoint": f"127.0.0.1:{port}"}}
    early = tmp_path / "early"
    wait = f"import os,time\nwhile not os.path.exists({str(early)!r}): time.sleep(.01)\n"
    command = [sys.executable, "-c", ACTIVATE.replace("os.execv", wait + "os.execv"), f"a=127.0.0.1:{port}", "--"]
    daemon = daemons(settings, ports=[port], before=command)
    daemon.http = port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("POST", "/v1/traces", b"", {"Content-Type": "application/x-protobuf"})
    early.touch()
    assert connection.getresponse().status == 200
    connection.close()


def test_sockets_of_another_process_are_left_alone(daemons, backends):
    settings = configuration(backends())
    ready(daemons(settings, env={"LISTEN_PID": "1", "LISTEN_FDS": "3"})).serves()


def test_sigusr1_tells_the_state(daemons, backends):
    settings = configuration(backends(), processors={"filter": {"traces": {"span": ['name == "noise"', 'name == "b"']}}},
                             service={"telemetry": {"logs": {"encoding": "json"}}})
    daemon = daemons(settings)
    eventually(lambda: "Everything is ready" in daemon.output())
    daemon.send(spans_of(3))
    daemon.send(spans_of(2, name="noise"))
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans") == 3)
    daemon.process.send_signal(signal.SIGUSR1)
    eventually(lambda: "state of all rules" in daemon.output())
    lines = {}
    for line in daemon.output().splitlines():
        said = json.loads(line)
        lines.setdefault(said["msg"], []).append(said)
    (process,), (exporter,), (rule,) = (lines[f"state of {of}"] for of in ("the process", "an exporter", "a rule"))
    assert process["rss_bytes"] > 1 << 20 and process["generation"] == 1
    assert (exporter["exporter"], exporter["sent_spans"], exporter["queue_size"]) == ("otlp", 3, 0)
    assert exporter["connections"] == 1 and exporter["queue_capacity"] == 1000
    assert (rule["rule"], rule["matched"], rule["dropped"]) == ("filter/traces.span[0]", 2, 2)
    assert {p["address"].split(":")[1] for p in lines["state of a port"]} == {str(daemon.grpc), str(daemon.http)}
    (pipeline,) = lines["state of a pipeline"]
    assert (pipeline["received"], pipeline["kept"], pipeline["dropped"]) == (5, 3, 2)
    assert lines["state of all rules"][0]["rules"] == 2
    daemon.serves()
