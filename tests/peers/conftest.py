"""Fixtures, and the rule that with TAMIS_PEERS=required nothing is skipped.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import sys

import pytest

import otlp_peers
import programs

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "wire"))  # frames


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Turns a skip into a failure when the peers are required."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("TAMIS_PEERS") == "required":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped though TAMIS_PEERS=required: {report.longrepr}"


@pytest.fixture
def sink():
    """An OTLP backend."""
    s = otlp_peers.Sink()
    yield s
    s.stop()


@pytest.fixture
def start(tmp_path):
    """Starts programs that end with the test: start(binary, configuration, settings) -> Receiver."""
    running = []

    def start_one(binary, configuration, settings=None):
        log = tmp_path / f"{len(running)}-{binary.name}.log"
        running.append(programs.Receiver(binary, configuration, log, settings))
        return running[-1]

    yield start_one
    for program in running:
        if program.process.poll() is None:
            program.kill()


@pytest.fixture
def forwarded(start):
    """What a program forwards: forwarded(binary, configuration, send) -> requests as messages.

    send(program) sends something; then the program is asked to stop, so that batches leave without a wait.
    """
    sinks = []

    def forward(binary, configuration, send, exporter="otlp/tempo"):
        backend = otlp_peers.Sink()
        sinks.append(backend)
        program = start(binary, configuration, {f"exporters.{exporter}.endpoint": backend.endpoint,
                                                f"exporters.{exporter}.timeout": "10m"})
        send(program)
        assert program.stop() == 0, program.output()
        return backend.decoded()

    yield forward
    for backend in sinks:
        backend.stop()


@pytest.fixture
def agree(forwarded):
    """Asserts that tamis forwards what the Collector forwards: agree(configuration, send) -> what that was."""
    from span_difference import difference

    def compare(configuration, send, exporter="otlp/tempo"):
        want = forwarded(programs.collector(), configuration, send, exporter)
        got = forwarded(programs.subject(), configuration, send, exporter)
        found = difference(want, got)
        assert found is None, found
        return got

    return compare
