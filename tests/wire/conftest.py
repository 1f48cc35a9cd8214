"""Fixtures of the wire tests: daemons, backends, and a shared pair for tests that only ask questions.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "peers"))

# pylint: disable=wrong-import-position
import measuring
from backend import Backend
from http_backend import HttpBackend
from programs import eventually
from subject import Daemon, configuration
from witness import Witness


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):  # pylint: disable=unused-argument
    """A skip is a failure when the peers are required."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("TAMIS_PEERS") == "required":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped though TAMIS_PEERS=required: {report.longrepr}"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Attacks are played several times where their effect is measured."""
    witness = next((value for value in pyfuncitem.funcargs.values() if isinstance(value, Witness)), None)
    if not measuring.MEASURED or not witness:
        return None
    measuring.play(pyfuncitem, witness)
    return True


@pytest.fixture
def backends():
    """backends(script, ...) starts one scripted OTLP/gRPC backend; all end with the test."""
    running = []

    def start(*script, **options):
        running.append(Backend(*script, **options))
        return running[-1]

    yield start
    for backend in running:
        backend.stop()


@pytest.fixture
def http_backends():
    """The same for OTLP/HTTP."""
    running = []

    def start(*script, **options):
        running.append(HttpBackend(*script, **options))
        return running[-1]

    yield start
    for backend in running:
        backend.stop()


@pytest.fixture
def daemons(tmp_path, backends, http_backends):  # pylint: disable=unused-argument
    """daemons(configuration) starts tamis with it. Every one has to end well: exit code 0, no sanitizer's word.

    They end before the backends do, so that a test need not wait for answers.
    """
    running = []

    def start(settings, *arguments, **options):
        running.append(Daemon(settings, tmp_path / f"{len(running)}", arguments, **options))
        return running[-1]

    yield start
    for daemon in running:
        daemon.finish()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A daemon and its backend, one pair for all the questions of a module: (daemon, backend)."""
    backend = Backend()
    daemon = Daemon(configuration(backend), tmp_path_factory.mktemp("shared"))
    yield daemon, backend
    daemon.finish()
    backend.stop()


@pytest.fixture
def tamis(shared):
    """The shared daemon, which must be alive and well after each test."""
    daemon = shared[0]
    yield daemon
    daemon.serves()


@pytest.fixture
def arrived(shared):
    """The shared backend, without what earlier tests have sent: not even what is still under way to it."""
    daemon, backend = shared
    eventually(lambda: all(spans["queued"] == 0 for spans in daemon.balance().values()))
    backend.forget()
    return backend
