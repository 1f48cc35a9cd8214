"""What an attack does to the other clients of a daemon, measured where `make attack` asks for it.

Each attack is played in turn on a daemon that serves a well-behaved client and on its twin, another process of the same
configuration, while that client goes on to ask the first: what an attacker takes of the machine is the same in both turns.
What still differs, how long who could run waits for a processor, the client does not count.

SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import math
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

import pytest

import attacks
import companion
from programs import PATIENCE

MEASURED = bool(os.environ.get("TAMIS_ATTACKS"))
# Of a configuration: one worker serves the attacker and the client beside it, and the backend, a thread beside that of the
# attacker, is not kept busy by the client's requests.
SETTINGS = {"service": {"workers": 1}, "queue": {"batch": {"flush_timeout": "50ms"}}} if MEASURED else {}


class Companion:
    """A well-behaved client of a daemon, in a process of its own: companion.py."""

    def __init__(self, daemon):
        client, authority = getattr(daemon, "client", None), getattr(daemon, "authority", None)
        files = [authority.cert] if authority else []
        files += [client.key, client.cert] if client else []
        here = pathlib.Path(__file__).resolve().parent
        path = os.pathsep.join(map(str, (here, here.parent / "peers")))
        self.rests = True
        self.waits, self.changed = [], threading.Condition()  # (when a request was due, how long until its answer)
        self.process = subprocess.Popen([sys.executable, here / "companion.py",
                                         *map(str, (daemon.process.pid, daemon.http, *files))],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "PYTHONPATH": path})
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        """Takes down what it prints."""
        for line in self.process.stdout:
            with self.changed:
                self.rests = line == "rests\n"
                if not self.rests:
                    self.waits.append(tuple(map(float, line.split())))
                self.changed.notify_all()

    @contextlib.contextmanager
    def going(self):
        """It asks meanwhile. It rests otherwise: tests look at what comes to the backend."""
        self.tell("go")
        self.take(time.monotonic(), time.monotonic())  # it is connected, and warm
        try:
            yield
        finally:
            self.tell("rest")
            self.wait_for(lambda: self.rests)

    def wait_for(self, condition):
        """Until it holds, after the next line perhaps."""
        with self.changed:
            while not condition():
                assert self.process.poll() is None, "the client beside the attack has failed"
                self.changed.wait(1)

    def tell(self, word):
        """One order."""
        print(word, file=self.process.stdin, flush=True)

    def take(self, began, ended):
        """How long requests took that were due then, and forgets all that were due before. Waits for the last of them."""
        self.wait_for(lambda: self.waits and self.waits[-1][0] >= ended)
        with self.changed:
            waits, self.waits = self.waits, []
        return [took for due, took in waits if began <= due < ended]

    def stop(self):
        """Ends it."""
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


@contextlib.contextmanager
def attacked(make, directory):
    """The daemon that make(directory) starts; where attacks are measured, its twin and its client, too. They end well."""
    daemon = make(directory)
    try:
        if not MEASURED:
            yield daemon
            return
        daemon.twin = make(directory / "twin")
        try:
            daemon.companion = Companion(daemon)
            try:
                yield daemon
            finally:
                daemon.companion.stop()
        finally:
            daemon.twin.finish()
    finally:
        daemon.finish()


class Row:
    """Of the table: an attack on one kind of ports, whose variants are tests of their own."""

    def __init__(self, number, title, port, variants):
        self.number, self.title, self.port, self.variants, self.played = number, title, port, variants, 0
        self.began, self.grown = time.monotonic(), 0
        self.seconds = {when: [] for when in attacks.WANTED}  # that requests took

    def lacks(self, when):
        """Whether it needs more requests of this kind, with so many of its variants still to come."""
        return len(self.seconds[when]) < math.ceil(attacks.WANTED[when] * (self.played + 1) / self.variants)

    def is_over(self):
        """Whether this variant has been played often enough, or for its share of the time."""
        late = time.monotonic() - self.began >= attacks.MOST_SECONDS * (self.played + 1) / self.variants
        return late or not (self.lacks("control") or self.lacks("beside"))

    def end(self, tell):
        """The last variant has been played."""
        attacks.note(kind="protocol", number=self.number, title=self.title, port=self.port, grown=self.grown,
                     seconds=self.seconds)
        numbers = ", ".join(f"{when} {1000 * attacks.percentile(seconds):.1f} ms of {len(seconds)}"
                            for when, seconds in self.seconds.items())
        tell(f"{self.number} {self.title} ({self.port}): {numbers}; {time.monotonic() - self.began:.0f} s")


ROWS = pytest.StashKey()


def kind_of(item):
    """(name of the test, kind of port): what the variants of an attack have in common."""
    return item.originalname, item.callspec.params.get("kind_of_port", "tls") if hasattr(item, "callspec") else "tls"


def row_of(item):
    """The row to which this test belongs."""
    rows = item.config.stash.setdefault(ROWS, {})
    name, port = key = kind_of(item)
    if key not in rows:
        number, _, title = name.removeprefix("test_").partition("_")
        rows[key] = Row(number, title.replace("_", " "), port, sum(kind_of(other) == key for other in item.session.items))
    return rows[key]


def rest(row, client):
    """The client has its daemon for itself for a while, if more is to be known of that."""
    if row.lacks("before"):
        began = time.monotonic()
        time.sleep(0.2)
        row.seconds["before"] += client.take(began, time.monotonic())


def play(item, witness):
    """Plays the attack of a test over and over, until the client beside it has been served often enough."""
    row, victim = row_of(item), witness.daemon
    arguments = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}  # pylint: disable=protected-access
    with victim.companion.going():
        over = False
        while not over:
            rest(row, victim.companion)
            for when, daemon in (("control", victim.twin), ("beside", victim)):
                witness.begin(daemon)
                time.sleep(random.uniform(0, companion.PACE))  # else short attacks would end before a request is due
                began = time.monotonic()
                item.obj(**{name: daemon if value is victim else value for name, value in arguments.items()})
                row.seconds[when] += victim.companion.take(began, witness.ended)
                row.grown = max(row.grown, witness.grown)
            over = row.is_over()
        while row.lacks("before"):
            rest(row, victim.companion)
    row.played += 1
    if row.played == row.variants:
        plugin = item.config.pluginmanager.get_plugin
        with plugin("capturemanager").global_and_fixture_disabled():
            plugin("terminalreporter").ensure_newline()
            row.end(plugin("terminalreporter").write_line)
