"""Starts the programs of the tests (tamis, the Collector, Envoy) on free ports, waits for them and stops them.

The machine may stand still for seconds or minutes, so no test measures how fast something is. PATIENCE is how long
to wait for what must come; where it can be, it is counted in steps of one's own, of which a stall takes one. A time that
a test gives to the program under test either has to pass or is far longer than a stall.

SPDX-License-Identifier: Apache-2.0
"""
import collections
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
PEERS = TOP / "build" / "peers"
EXAMPLE = TOP / "examples" / "collector.yaml"
PATIENCE = 300


def subject():
    """The binary under test."""
    return present(pathlib.Path(os.environ.get("TAMIS", TOP / "build" / "release" / "tamis")))


def collector():
    """The real Collector."""
    return present(PEERS / "otelcol")


def present(path):
    """The path as given, or a skip where there is no such program."""
    if not path.exists():
        pytest.skip(f"no {path.name}")
    return path.absolute()


RESERVED = collections.deque(maxlen=200)


def free_port(host="127.0.0.1"):
    """A port of the host that nobody else gets: not listened at before a program under test does so. What listens at every
    address has to ask for "0.0.0.0" or "" (IPv6, too): a connection from another address than 127.0.0.1 may have the port.

    It stays bound by a socket that does not listen. The kernel then gives it to no other program that wants any port,
    nor to an outgoing connection, and refuses those who connect to it; a program that asks for it by number and sets
    SO_REUSEADDR, as servers do, gets it. Only the last 200 ports are kept.
    """
    both = host in ("", "[::]")
    reserved = socket.socket(socket.AF_INET6 if both and socket.has_dualstack_ipv6() else socket.AF_INET)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reserved.family == socket.AF_INET6:
        reserved.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    reserved.bind(("" if both else host, 0))
    RESERVED.append(reserved)
    return reserved.getsockname()[1]


def accepts(port):
    """True when something listens on the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        return True
    except OSError:
        return False


def eventually(condition, pause=0.02):
    """Waits until the condition holds, and returns what it said then."""
    for _ in range(int(PATIENCE / pause)):
        value = condition()
        if value:
            return value
        time.sleep(pause)
    raise AssertionError("it never came true")


def in_some_try(attempt, tries=10):
    """What holds only where nothing stands still for seconds meanwhile: a stall costs a try, a fault costs all."""
    for left in reversed(range(tries)):
        try:
            return attempt()
        except (AssertionError, OSError, http.client.HTTPException):
            if not left:
                raise


class Program:
    """A running program. Its stdout and stderr go to a file that a failed assertion can quote."""

    def __init__(self, command, ports, log, env=None):
        self.log = pathlib.Path(log)
        self.name = pathlib.Path(command[0]).name
        with self.log.open("wb") as out:
            self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out, env={**os.environ, **(env or {})})
        try:
            self.wait_for(ports)
        except BaseException:
            self.kill()
            raise

    def wait_for(self, ports):
        """Returns once every port accepts connections."""
        def all_listen():
            assert self.process.poll() is None, f"{self.name} ended at once:\n{self.output()}"
            return all(accepts(p) for p in ports)

        eventually(all_listen)

    def wait_until_ready(self):
        """Returns once tamis or the Collector has said that everything is ready: not all that listens does so first."""
        def is_ready():
            assert self.process.poll() is None, f"{self.name} ended at once:\n{self.output()}"
            return "Everything is ready" in self.output()

        eventually(is_ready)

    def stop(self):
        """Asks it to end (SIGTERM) and returns its exit code; it delivers what it holds first."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop on SIGTERM:\n{self.output()}") from None

    def kill(self):
        """Ends it without asking."""
        self.process.kill()
        self.process.wait()

    def output(self):
        """What it has written so far."""
        return self.log.read_text(errors="replace")


class Receiver(Program):
    """tamis or a Collector with an OTLP receiver: the same configuration (or several, of which later ones win), flags
    and ports for either."""

    def __init__(self, binary, configuration, log, settings=None, receiver="otlp", env=None):
        self.grpc = free_port()
        self.http = free_port()
        protocols = f"receivers.{receiver}.protocols"
        settings = {
            f"{protocols}.grpc.endpoint": f"127.0.0.1:{self.grpc}",
            f"{protocols}.http.endpoint": f"127.0.0.1:{self.http}",
            "service.telemetry.metrics.level": "none",
            **(settings or {}),
        }
        several = configuration if isinstance(configuration, list) else [configuration]
        command = [binary, *(f"--config={one}" for one in several)]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        super().__init__(command, [self.grpc, self.http], log, env)

    def wait_for(self, ports):
        super().wait_for(ports)
        self.wait_until_ready()
