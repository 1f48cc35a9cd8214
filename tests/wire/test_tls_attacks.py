"""Attacks on TLS itself: handshakes that never end, floods of them, and bytes that are none; a good client is served all
the while. docs/protocol.md 3, A07.

SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import os
import resource
import socket
import ssl
import threading
import time

import grpc
import pytest

import measuring
from backend import Backend
from certificates import Authority
from otlp_peers import PATIENT
from programs import PATIENCE
from subject import Daemon, configuration, eventually, spans_of
from witness import Witness

MOST_SHAKING = 1024  # a worker; TM_WORKER_SHAKING
MIB = 1 << 20


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def settings_of(authority, backend, timeout):
    """One worker that gives handshakes so long, and wants certificates."""
    tls = authority.server().settings(client_ca_file=str(authority.cert), handshake_timeout=timeout)
    return configuration(backend, receiver={"protocols": {"grpc": {"tls": tls}, "http": {"tls": tls}}},
                         **{"service": {"workers": 1}, **measuring.SETTINGS})


@contextlib.contextmanager
def started(authority, timeout, directory, **options):
    """A daemon whose client has a certificate."""
    def make(directory):
        daemon = Daemon(settings_of(authority, backend, timeout), directory, **options)
        daemon.authority, daemon.client = authority, authority.client()
        return daemon

    backend = Backend()
    with measuring.attacked(make, directory) as daemon:
        yield daemon
    backend.stop()


@pytest.fixture(scope="module")
def target(authority, tmp_path_factory):
    """A daemon that gives handshakes a second."""
    with started(authority, "1s", tmp_path_factory.mktemp("target")) as daemon:
        yield daemon


@pytest.fixture
def patient(authority, tmp_path):
    """One that gives them more than a test takes."""
    with started(authority, "10m", tmp_path / "patient") as daemon:
        yield daemon


class Bystander(Witness):
    """A good client: one on a connection of its own from before, and one that comes anew each time."""

    def open(self):
        """A channel that shares its connection with no other."""
        client = self.daemon.client
        credentials = grpc.ssl_channel_credentials(self.daemon.authority.cert.read_bytes(), client.key.read_bytes(),
                                                   client.cert.read_bytes())
        channel = grpc.secure_channel(f"localhost:{self.daemon.grpc}", credentials,
                                      [*PATIENT, ("grpc.use_local_subchannel_pool", 1)])
        self.ask(channel)
        return channel

    def is_served(self):
        """On both."""
        self.ask()
        self.open().close()

    def swears(self, most=48 * MIB):
        """As a Witness does, and a new connection is served, too."""
        super().swears(most)
        self.open().close()


@pytest.fixture
def bystander(target):
    with contextlib.closing(Bystander(target)) as client:
        yield client


@pytest.fixture
def patient_bystander(patient):
    with contextlib.closing(Bystander(patient)) as client:
        yield client


def hello():
    """What a client says first."""
    out = ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
    return out.read()


def connect(port, source="127.0.0.1"):
    """A socket."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(source, 0))


def ended(sock):
    """Reads until the server closes the connection."""
    try:
        while sock.recv(1 << 16):
            pass
    except ConnectionError:
        pass
    sock.close()
    return True


def counted(daemon, reason):
    """Connections over gRPC that were refused for that reason."""
    return daemon.metric("tamis_receiver_refused_requests", transport="grpc", reason=reason)


# What clients say before they fall silent: nothing, half of what is due, all of it and nothing more.
BEGINNINGS = [("nothing", lambda: b""), ("a-byte", lambda: hello()[:1]), ("half", lambda: hello()[:100]), ("hello", hello)]


@pytest.mark.parametrize("name,make", BEGINNINGS, ids=[b[0] for b in BEGINNINGS])
def test_A29_handshakes_that_never_end_are_given_up(target, bystander, name, make):
    del name
    before, said = counted(target, "slow"), make()
    socks = [connect(target.grpc) for _ in range(200)]
    for sock in socks:
        sock.sendall(said)
    bystander.is_served()
    assert all(ended(sock) for sock in socks)
    assert counted(target, "slow") == before + 200
    bystander.swears()


def test_A29_a_hello_that_drips_has_no_more_time(target, bystander):
    before, said = counted(target, "slow"), hello()
    sock = connect(target.grpc)
    try:
        for byte in said[:-1]:
            sock.sendall(bytes([byte]))
            threading.Event().wait(0.01)
    except ConnectionError:
        pass
    assert ended(sock) and counted(target, "slow") == before + 1
    bystander.swears()


def test_A29_a_flood_of_handshakes_leaves_others_their_turn(target, authority, bystander):
    context = ssl.create_default_context(cafile=str(authority.cert))
    context.set_alpn_protocols(["h2"])
    done, shaken = threading.Event(), [0] * 4

    def flood(number):
        while not done.is_set():
            with contextlib.suppress(OSError), connect(target.grpc) as plain:
                with context.wrap_socket(plain, server_hostname="localhost"):
                    pass
            shaken[number] += 1

    threads = [threading.Thread(target=flood, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            bystander.is_served()
        eventually(lambda: all(n > 20 for n in shaken))
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert counted(target, "tls") >= 80  # nobody came in without a certificate
    bystander.swears()


def test_A29_handshakes_under_way_have_a_most(patient, patient_bystander):
    said, more, socks = hello()[:100], 60, []
    before = counted(patient, "busy")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    try:
        for i in range(MOST_SHAKING + more):
            socks.append(connect(patient.grpc, f"127.0.0.{2 + i // 300}"))
            socks[-1].sendall(said)
        assert all(ended(sock) for sock in socks[:more])  # the oldest, and only to make room
        assert counted(patient, "busy") == before + more and counted(patient, "slow") == 0
        patient_bystander.is_served()
    finally:
        for sock in socks[more:]:
            sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    patient_bystander.swears(96 * MIB)


# Bytes that are no handshake, and whether they are told as such: (name, bytes).
NONSENSE = [
    ("zeros", bytes(4096)),
    ("http2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("http1", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("long-record", b"\x16\x03\x01\xff\xff" + bytes(70000)),
    ("huge-hello", b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + bytes(16380)),
    ("alert", b"\x15\x03\x01\x00\x02\x02\x28"),
    ("data", b"\x17\x03\x03\x00\x10" + bytes(16)),
    ("empty-records", b"\x16\x03\x01\x00\x00" * 1000),
    ("warnings", b"\x15\x03\x01\x00\x02\x01\x00" * 1000),
]


@pytest.mark.parametrize("name,data", NONSENSE, ids=[n[0] for n in NONSENSE])
def test_A29_nonsense_ends_the_connection(target, bystander, name, data):
    del name
    before = counted(target, "tls")
    for _ in range(20):
        sock = connect(target.grpc)
        with contextlib.suppress(ConnectionError):
            sock.sendall(data)
        assert ended(sock)
    eventually(lambda: counted(target, "tls") == before + 20)
    bystander.swears()


def test_A29_records_after_the_handshake_have_to_be_whole(target, authority, bystander):
    context = ssl.create_default_context(cafile=str(authority.cert))
    context.load_cert_chain(target.client.cert, target.client.key)
    context.set_alpn_protocols(["h2"])
    for _ in range(20):
        plain = connect(target.grpc)
        with contextlib.suppress(OSError), context.wrap_socket(plain, server_hostname="localhost") as sock:
            raw = socket.socket(fileno=os.dup(sock.fileno()))
            raw.sendall(b"\x17\x03\x03\x01\x00" + bytes(256))
            assert ended(raw)
    bystander.swears()


def test_a_large_body_in_half_records_does_not_spin(target, authority):
    """A record that is there in part is waited for, without looking again and again."""
    context = ssl.create_default_context(cafile=str(authority.cert))
    context.load_cert_chain(target.client.cert, target.client.key)
    context.set_alpn_protocols(["http/1.1"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with connect(target.http) as plain:
        def pump(step):
            while True:
                try:
                    result = step()
                    plain.sendall(outgoing.read())
                    return result
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    incoming.write(plain.recv(1 << 16))
        pump(tls.do_handshake)
        body = spans_of(100, size=1000).SerializeToString()
        tls.write(b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
                  b"Content-Length: %d\r\n\r\n" % len(body) + body)
        sealed = outgoing.read()
        plain.sendall(sealed[:30000])
        spent = cpu(target)
        threading.Event().wait(2)
        assert cpu(target) - spent < 100  # of 200 ticks: it waits
        plain.sendall(sealed[30000:])
        assert pump(lambda: tls.read(1 << 16)).startswith(b"HTTP/1.1 200 ")


def cpu(daemon):
    """Ticks of processor time that it has taken."""
    with open(f"/proc/{daemon.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
