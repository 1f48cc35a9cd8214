"""A well-behaved client in a process of its own, so that no attacker's thread takes its time. While it is told to go, a small
request is due every few milliseconds. It sends one after the other and prints when each was due and how much later its answer
was there, so that what waits for a slow answer counts as slow, too. Arguments: PORT [AUTHORITY [KEY CERTIFICATE]]

Told by lines on stdin: "go" or "rest". It ends with its stdin, which the kernel closes whatever way the test ends.

SPDX-License-Identifier: Apache-2.0
"""
import os
import signal
import sys
import threading
import time

import grpc

from otlp_peers import EXPORT, PATIENT
from programs import PATIENCE
from subject import spans_of

PACE = 0.005


def open_channel(port, *files):
    """Over TLS where there are files."""
    options = [*PATIENT, ("grpc.use_local_subchannel_pool", 1)]
    if not files:
        return grpc.insecure_channel(f"127.0.0.1:{port}", options)
    read = []
    for name in files:
        with open(name, "rb") as file:
            read.append(file.read())
    return grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(*read), options)


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
    export, body = open_channel(*sys.argv[1:]).unary_unary(EXPORT), spans_of(1).SerializeToString()
    while going.wait():
        due = time.monotonic()
        while going.is_set():
            time.sleep(max(0, due - time.monotonic()))
            export(body, timeout=PATIENCE)
            print(due, time.monotonic() - due, flush=True)
            due += PACE


if __name__ == "__main__":
    main()
