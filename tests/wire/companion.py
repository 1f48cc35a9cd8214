"""A well-behaved client in a process of its own, so that no attacker's thread takes its time: it sends a small request every
few milliseconds and prints when each began and how long it took. Arguments: PORT [AUTHORITY [KEY CERTIFICATE]]

SPDX-License-Identifier: Apache-2.0
"""
import sys
import time

import grpc

from otlp_peers import EXPORT, PATIENT
from programs import PATIENCE
from subject import spans_of

PAUSE = 0.003


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


def main():
    """Until it is killed."""
    export, body = open_channel(*sys.argv[1:]).unary_unary(EXPORT), spans_of(1).SerializeToString()
    export(body, timeout=PATIENCE)
    while True:
        began = time.monotonic()
        export(body, timeout=PATIENCE)
        print(began, time.monotonic() - began, flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
