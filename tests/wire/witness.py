"""A daemon on both kinds of ports, and a good client that is served before, beside and after an attack.

SPDX-License-Identifier: Apache-2.0
"""
import os
import time

import pytest

import attacks
from backend import Backend
from otlp_peers import EXPORT
from programs import PATIENCE
from secured import SecureDaemon
from subject import Daemon, configuration, spans_of

# Freed memory stays in a sanitizer's quarantine: its growth says nothing.
SANITIZED = "asan" in os.environ.get("TAMIS", "") or "tsan" in os.environ.get("TAMIS", "")
KINDS = {"cleartext": Daemon, "tls": SecureDaemon}


@pytest.fixture(scope="module", params=KINDS)
def kind_of_port(request):
    """Every attack is played on ports that speak in cleartext and on ports that speak TLS."""
    return request.param


@pytest.fixture(scope="module")
def shared(tmp_path_factory, kind_of_port):
    """A daemon and its backend, one pair for each kind of port."""
    backend = Backend()
    daemon = KINDS[kind_of_port](configuration(backend), tmp_path_factory.mktemp("shared"))
    yield daemon, backend
    daemon.finish()
    backend.stop()


class Witness:
    """A good client on a connection of its own, and the memory of the daemon, before and after an attack."""

    def __init__(self, daemon, test, kind):
        self.daemon, self.channel, self.test, self.kind, self.waits = daemon, daemon.channel(), test, kind, []
        self.export = self.channel.unary_unary(EXPORT)
        self.ask()
        self.watch = attacks.Watch(daemon)
        self.before = daemon.rss()

    def ask(self):
        """One small request."""
        began = time.monotonic()
        self.export(spans_of(1).SerializeToString(), timeout=PATIENCE)
        self.waits.append(time.monotonic() - began)

    def swears(self, most):
        """The daemon serves, and does not stay larger by more than this: what is still under way takes memory, too."""
        self.ask()
        for _ in range(PATIENCE):
            grown = self.daemon.rss() - self.before
            if SANITIZED or grown < most:
                break
            time.sleep(1)
        self.channel.close()
        assert SANITIZED or grown < most, f"grown by {grown >> 10} KiB"
        attacks.note_protocol(self.test, self.kind, self.waits, grown, self.watch.leave())


@pytest.fixture
def witness(tamis, request, kind_of_port):
    return Witness(tamis, request.node.name, kind_of_port)
