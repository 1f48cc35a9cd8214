"""`make attack`: no attack, and no kind of port, is left out of the page that it writes, and it leaves no client behind.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import signal
import subprocess
import sys
import time

import pytest

import attacks
from measuring import Companion
from subject import Daemon, configuration, eventually


def noted(path, leaves_out=None):
    """All attacks on all ports, but for one pair."""
    seconds = {"before": [0.001] * 300, "control": [0.002] * 500, "beside": [0.003] * 499}
    rows = [{"kind": "protocol", "port": port, "number": number, "title": "a title", "grown": 0, "seconds": seconds}
            for number in attacks.BOUNDS for port in attacks.PORTS if number not in attacks.OF_TLS or port == "tls"]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if (row["number"], row["port"]) != leaves_out))
    return path


def test_a_whole_run_is_written(tmp_path):
    page = tmp_path / "page.md"
    attacks.write_page(noted(tmp_path / "noted"), page)
    text = page.read_text()
    assert text.count("| A11 a title |") == 2 and text.count("| A29 a title |") == 1
    assert text.count("| 1.0 ms | 2.0 ms | 3.0 ms of 499 | 1.5 |") == len(attacks.BOUNDS) * 2 - 1


@pytest.mark.parametrize("left_out, told", [(("A11", "tls"), "A11 a title on ports of tls"), (("A29", "tls"), "A29 on no port")])
def test_a_run_that_lacks_something_leaves_the_page_alone(tmp_path, left_out, told):
    page = tmp_path / "page.md"
    page.write_text("as before")
    with pytest.raises(SystemExit, match=told):
        attacks.write_page(noted(tmp_path / "noted", left_out), page)
    assert page.read_text() == "as before"


def test_some_attacks_alone_are_written_where_it_is_wanted(tmp_path):
    page = tmp_path / "page.md"
    attacks.write_page(noted(tmp_path / "noted", ("A11", "tls")), page, whole=False)
    assert page.read_text().count("| A11 a title |") == 1


@pytest.fixture(scope="module")
def lone_worker(tmp_path_factory):
    """A daemon of one, which sends to nobody."""
    settings = configuration(1, service={"workers": 1})
    settings["exporters"] = {"nop": {}}
    settings["service"]["pipelines"]["traces"]["exporters"] = ["nop"]
    daemon = Daemon(settings, tmp_path_factory.mktemp("daemon"))
    yield daemon
    daemon.finish()


def test_the_client_beside_an_attack_asks_when_it_is_told_to(lone_worker):
    companion = Companion(lone_worker)
    try:
        with companion.going():
            began = time.monotonic()
            waits = companion.take(began, began + 0.1)
        assert waits
        count = lone_worker.metric("otelcol_receiver_accepted_spans")
        time.sleep(0.1)
        assert lone_worker.metric("otelcol_receiver_accepted_spans") == count
    finally:
        companion.stop()
    assert companion.process.returncode == 0


# A test that has told a client to go, or to rest, and waits to be ended itself.
TEST = """
import signal, sys, time, types
import measuring
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background does not have
companion = measuring.Companion(types.SimpleNamespace(http=int(sys.argv[1]), process=types.SimpleNamespace(pid=int(sys.argv[2]))))
with companion.going():
    if sys.argv[3] == "goes":
        print(companion.process.pid, flush=True)
        time.sleep(1000)
print(companion.process.pid, flush=True)
time.sleep(1000)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("state", ["goes", "rests"])
def test_the_client_beside_an_attack_ends_with_the_test(lone_worker, number, state):
    arguments = map(str, (lone_worker.http, lone_worker.process.pid, state))
    with subprocess.Popen([sys.executable, "-c", TEST, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}) as test:
        client = int(test.stdout.readline())
        test.send_signal(number)
        test.wait()
        eventually(lambda: not runs(client))


def runs(process):
    """Whether there is a process of this number that has not ended."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
