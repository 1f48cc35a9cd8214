"""Requests that are sound as HTTP and gRPC, but whose data is an attack; a good client is served all the while.
docs/protocol.md 3.

SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import functools
import itertools
import struct

import grpc
import pytest

import measuring
from otlp_peers import EXPORT
from programs import PATIENCE
from protobuf_writer import field, varint
from subject import configuration, eventually, spans_of
from witness import KINDS, Witness, kind_of_port, shared, witness  # pylint: disable=unused-import

MIB = 1 << 20
TIMES = 20


def request_of(span):
    """A request with this as its only span."""
    return field(1, field(2, field(2, span)))


def answers(tamis, body):
    """(status of gRPC, status of HTTP)."""
    with tamis.channel() as channel:
        try:
            channel.unary_unary(EXPORT)(body, timeout=PATIENCE)
            code = grpc.StatusCode.OK
        except grpc.RpcError as error:
            code = error.code()
    return code, tamis.post(body).status


REFUSED = (grpc.StatusCode.INVALID_ARGUMENT, 400)
TAKEN = (grpc.StatusCode.OK, 200)


def nested(levels):
    """A span whose attribute is a list in a list in a list ..."""
    value = field(1, b"x")
    for _ in range(levels):
        value = field(5, field(1, value))
    return field(9, field(1, b"k") + field(2, value))


@pytest.mark.parametrize("levels, answer", [(32, TAKEN), (33, REFUSED), (5000, REFUSED)])
def test_A10_deep_nesting(tamis, witness, levels, answer):
    body = request_of(nested(levels))
    for _ in range(TIMES):
        assert answers(tamis, body) == answer
    witness.swears(8 * MIB)


@pytest.fixture(scope="module")
def idle(tmp_path_factory, kind_of_port):
    """A daemon that sends to nobody: no backend in Python has to read what the attacker made."""
    settings = configuration(1, **measuring.SETTINGS)
    settings["exporters"] = {"nop": {}}
    settings["service"]["pipelines"]["traces"]["exporters"] = ["nop"]
    with measuring.attacked(functools.partial(KINDS[kind_of_port], settings), tmp_path_factory.mktemp("idle")) as daemon:
        yield daemon


@pytest.fixture
def witness_of_idle(idle):
    with contextlib.closing(Witness(idle)) as client:
        yield client


@pytest.mark.parametrize("number", [9, 11, 13], ids=["attributes", "events", "links"])
def test_A11_millions_of_empty_elements(idle, witness_of_idle, number):
    """3.8 MB in pieces of two bytes: they are read where they lie, and go on as they are."""
    body = request_of(field(number, b"") * 1900000)
    for _ in range(3):
        assert answers(idle, body) == TAKEN
        witness_of_idle.ask()
    witness_of_idle.swears(64 * MIB)
    eventually(lambda: idle.metric("tamis_memory_bytes", part="queued") == 0)


@functools.lru_cache
def colliding(count):
    """A request whose keys an unkeyed hash of the usual kind (31 * h + c) does not tell apart: of a map, and beside it."""
    pieces = itertools.product(("Aa", "BB"), repeat=count.bit_length() - 1)
    hostile = spans_of(1)
    span = hostile.resource_spans[0].scope_spans[0].spans[0]
    entries = span.attributes.add(key="x").value.kvlist_value.values
    for key in map("".join, itertools.islice(pieces, count)):
        entries.add(key=key).value.string_value = "v"
        span.attributes.add(key=key).value.string_value = "w"
    return hostile.SerializeToString()


@pytest.fixture
def merging(tmp_path, backends, kind_of_port):
    """A daemon that merges a map into the attributes: without a secret each key would be compared with all others."""
    rules = {"transform": {"error_mode": "ignore", "trace_statements": [
        {"context": "span", "statements": ['merge_maps(attributes, attributes["x"], "upsert")']}]}}
    settings = configuration(backends(), processors=rules, **measuring.SETTINGS)
    with measuring.attacked(functools.partial(KINDS[kind_of_port], settings), tmp_path / "merging") as daemon:
        yield daemon


@pytest.fixture
def witness_of_merging(merging):
    with contextlib.closing(Witness(merging)) as client:
        yield client


def test_A12_keys_chosen_to_collide(merging, witness_of_merging):
    for _ in range(5):
        assert answers(merging, colliding(1 << 15)) == TAKEN
        witness_of_merging.ask()
    assert merging.metric("tamis_rule_rejected_spans") == 0
    witness_of_merging.swears(96 * MIB)


MALFORMED = {
    "a varint of eleven bytes": b"\x0a" + b"\x80" * 10 + b"\x01",
    "a varint above 2^64": b"\x30" + b"\xff" * 9 + b"\x02",
    "field number 0": b"\x02\x00",
    "a field number above 2^29": varint(1 << 32 | 2) + b"\x00",
    "a group": b"\x0b\x0c",
    "groups in groups": b"\x0b" * 100000,
    "cut short": b"\x0a\x10abc",
    "a length above all": b"\x0a" + varint(2**64 - 1),
    "the wrong wire type": request_of(b"\x08\x01"),
    "a trace id of 15 bytes": request_of(field(1, b"x" * 15)),
    "a fixed64 of 4 bytes": request_of(b"\x39" + struct.pack("<I", 1)),
}


@pytest.mark.parametrize("what", MALFORMED, ids=lambda s: s.replace(" ", "_"))
def test_A14_malformed_protobuf(tamis, witness, what):
    for _ in range(TIMES):
        assert answers(tamis, MALFORMED[what]) == REFUSED
    witness.swears(8 * MIB)


def test_A15_strings_that_are_not_utf8(tamis, arrived, witness, numbers=itertools.count(1000)):
    """They arrive as text that every reader takes."""
    bad = [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\xe2\x82"]
    own = set()
    for text, number in zip(bad, numbers):
        own.add(number)
        span = field(1, b"\1" * 16) + field(2, number.to_bytes(8, "big")) + field(5, text) \
            + field(9, field(1, text) + field(2, field(1, text)))
        assert answers(tamis, request_of(span)) == TAKEN
    witness.swears(2 * MIB)
    found = arrived.wait_for_spans(2 * len(bad), lambda span: int.from_bytes(span.span_id, "big") in own)
    names = [s.name for s in found]  # the backend has read them, beside those of the good client
    assert len(names) == 2 * len(bad) and all("\ufffd" in name for name in names)
