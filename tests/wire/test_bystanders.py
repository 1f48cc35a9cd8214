"""Requests that are as dear as data can make them, again and again, and a client beside them that is served all the while.

One worker serves both. What a time is: a number in the table that `make attack` writes, never what a test asserts.

SPDX-License-Identifier: Apache-2.0
"""
import threading
import time

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

import attacks
from costly import FAMILIES, FIRST, processors_of, request_of
from otlp_peers import EXPORT
from programs import PATIENCE
from subject import configuration, eventually, ids, spans_of

WIDE = {"protocols": {"grpc": {"max_recv_msg_size_mib": 16}, "http": {}}}
REQUESTS = 10


class Attacker:
    """Sends one request over and over, four at a time, until it is told to stop; counts what it is answered."""

    def __init__(self, daemon, body):
        self.daemon, self.body = daemon, body
        self.answers, self.rejected, self.going = [], 0, True
        self.threads = [threading.Thread(target=self.send) for _ in range(4)]
        for thread in self.threads:
            thread.start()

    def send(self):
        """On a connection of its own. At least one request is answered."""
        with self.daemon.channel() as channel:
            export = channel.unary_unary(EXPORT)
            while True:
                try:
                    answer = ExportTraceServiceResponse.FromString(export(self.body, timeout=PATIENCE))
                    self.answers.append((grpc.StatusCode.OK, answer.partial_success.rejected_spans))
                except grpc.RpcError as error:
                    self.answers.append((error.code(), error.details()))
                if not self.going:
                    return

    def stop(self):
        """Waits for the last answers."""
        self.going = False
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_bystander_is_served(daemons, backends, family):
    backend = backends()
    daemon = daemons(configuration(backend, processors=processors_of(family), receiver=WIDE, service={"workers": 1}))
    body = request_of(family).SerializeToString()
    attacker, waits = Attacker(daemon, body), []
    try:
        for i in range(REQUESTS):  # ends: each is answered, however many attacks come meanwhile
            began = time.monotonic()
            daemon.send(spans_of(1, first=i))
            waits.append(time.monotonic() - began)
    finally:
        attacker.stop()
    refused = [details for code, details in attacker.answers if code != grpc.StatusCode.OK]
    rejected = sum(spans for code, spans in attacker.answers if code == grpc.StatusCode.OK)
    # Judged, rejected or refused: but answered, and none to be sent again.
    assert {code for code, _ in attacker.answers} <= {grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT}, refused
    assert daemon.metric("tamis_receiver_costly_requests") == len(refused)
    assert daemon.metric("tamis_rule_rejected_spans") == rejected
    eventually(lambda: sorted(i for i in ids(backend.wait_for_spans(REQUESTS)) if i < FIRST) == list(range(REQUESTS)))
    attacks.note_family(family, len(body), attacker.answers, waits)
