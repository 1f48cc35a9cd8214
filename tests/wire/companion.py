"""A well-behaved client in a process of its own, so that no attacker's thread takes its time. While it is told to go, a small
request is due every few milliseconds, over OTLP/HTTP on a connection that it keeps. It sends one after the other and prints
when each was due and how much later its answer was there, so that what waits for a slow answer counts as slow, too; and
"rests" when all is answered.

Told by lines on stdin: "go" or "rest". It ends with its stdin, which the kernel closes whatever way the test ends.
Arguments: PROCESS PORT [AUTHORITY [KEY CERTIFICATE]]; PROCESS is tamis, with one worker.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import os
import pathlib
import signal
import ssl
import sys
import threading
import time

from programs import PATIENCE
from subject import spans_of

PACE = 0.003  # seconds


class Clock:
    """Stands still while tamis' worker or this thread could run and waits for a processor, as Linux counts it: other
    processes may take those as they like."""

    def __init__(self, process):
        workers = [task for task in pathlib.Path(f"/proc/{process}/task").iterdir() if (task / "comm").read_text() == "worker\n"]
        assert len(workers) == 1, workers
        self.files = [os.open(task / "schedstat", os.O_RDONLY) for task in (workers[0], pathlib.Path("/proc/thread-self"))]

    def now(self):
        """Seconds."""
        waited = sum(int(os.pread(file, 100, 0).split()[1]) for file in self.files)
        return time.monotonic() - waited / 1e9


def connect(port, authority=None, key=None, certificate=None):
    """Over TLS where there are files."""
    if not authority:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    context = ssl.create_default_context(cafile=authority)
    if key:
        context.load_cert_chain(certificate, key)
    return http.client.HTTPSConnection("localhost", port, timeout=PATIENCE, context=context)


def ask(connection, body):
    """One request."""
    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status


def obey(going):
    """Takes what it is told; a request that never ends does not keep it."""
    for line in sys.stdin:
        if line == "go\n":
            going.set()
        else:
            going.clear()
    os._exit(0)


def main():
    """Until there is nobody who could tell it anything."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for the tests, which still ask while they end
    going = threading.Event()
    threading.Thread(target=obey, args=(going,), daemon=True).start()
    process, *address = sys.argv[1:]
    clock, body = Clock(process), spans_of(1).SerializeToString()
    while going.wait():
        connection = connect(*address)  # the last one may be gone: it has rested
        ask(connection, body)
        due = clock.now()
        while going.is_set():
            time.sleep(max(0, due - clock.now()))
            late, at = clock.now() - due, time.monotonic()
            ask(connection, body)
            print(at - late, max(0, clock.now() - due), flush=True)
            due += PACE
        connection.close()
        print("rests", flush=True)


if __name__ == "__main__":
    main()
