"""A daemon on both kinds of ports, and a good client that is served before, beside and after an attack.

SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import functools
import os
import time

import pytest

import measuring
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
    settings = configuration(backend, **measuring.SETTINGS)
    with measuring.attacked(functools.partial(KINDS[kind_of_port], settings), tmp_path_factory.mktemp("shared")) as daemon:
        yield daemon, backend
    backend.stop()


class Witness:
    """A good client on a connection of its own, and the memory of the daemon, before and after an attack."""

    def __init__(self, daemon):
        self.daemon = self.channel = self.ended = None
        self.before = self.grown = 0
        self.channels = {}
        self.begin(daemon)

    def begin(self, daemon):
        """Before an attack on this daemon."""
        self.daemon = daemon
        if daemon not in self.channels:
            self.channels[daemon] = self.open()
        self.channel = self.channels[daemon]
        self.before = daemon.rss()

    def open(self):
        """A channel that serves."""
        channel = self.daemon.channel()
        self.ask(channel)
        return channel

    def ask(self, channel=None):
        """One small request."""
        export = (channel or self.channel).unary_unary(EXPORT)
        export(spans_of(1).SerializeToString(), timeout=PATIENCE, wait_for_ready=True)

    def swears(self, most):
        """The daemon serves, and does not stay larger by more than this: what is still under way takes memory, too."""
        self.ended = time.monotonic()
        self.ask()
        for _ in range(PATIENCE):
            self.grown = self.daemon.rss() - self.before
            if SANITIZED or self.grown < most:
                break
            time.sleep(1)
        assert SANITIZED or self.grown < most, f"grown by {self.grown >> 10} KiB"

    def close(self):
        """Ends its connections."""
        for channel in self.channels.values():
            channel.close()


@pytest.fixture
def witness(tamis):
    with contextlib.closing(Witness(tamis)) as client:
        yield client
