"""Starts the programs of the tests (tamis, the Collector, Envoy) on free ports, waits for them and stops them.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
PEERS = TOP / "build" / "peers"
SEED = TOP / "examples" / "collector.yaml"
START_SECONDS = 20
STOP_SECONDS = 20


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


def free_port():
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def accepts(port):
    """True when something listens on the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


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
        end = time.monotonic() + START_SECONDS
        while not all(accepts(p) for p in ports):
            assert self.process.poll() is None, f"{self.name} ended at once:\n{self.output()}"
            assert time.monotonic() < end, f"{self.name} does not listen:\n{self.output()}"
            time.sleep(0.02)

    def stop(self):
        """Asks it to end (SIGTERM) and returns its exit code; it delivers what it holds first."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
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
    """tamis or a Collector with an OTLP receiver: the same configuration, flags and ports for either."""

    def __init__(self, binary, configuration, log, settings=None, receiver="otlp"):
        self.grpc = free_port()
        self.http = free_port()
        protocols = f"receivers.{receiver}.protocols"
        settings = {
            f"{protocols}.grpc.endpoint": f"127.0.0.1:{self.grpc}",
            f"{protocols}.http.endpoint": f"127.0.0.1:{self.http}",
            "service.telemetry.metrics.level": "none",
            **(settings or {}),
        }
        command = [binary, f"--config={configuration}"]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        super().__init__(command, [self.grpc, self.http], log)
