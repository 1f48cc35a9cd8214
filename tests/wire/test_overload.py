"""A backend that takes a tenth of what comes to it: memory stays below its limit, whoever is refused is told when to come
again, and every span that was acknowledged arrives. Scaled by counts; TAMIS_OVERLOAD_SECONDS makes it last (`make overload`).

SPDX-License-Identifier: Apache-2.0
"""
import base64
import concurrent.futures
import gzip
import os
import pathlib
import random
import re
import threading
import time

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import attacks
from otlp_peers import EXPORT, UNLIMITED
from programs import PATIENCE
from subject import configuration, eventually, ids, spans_of

MIB = 1 << 20
LIMIT = 40 * MIB
SIZE = 150000  # of a span
CLIENTS = 8
SECONDS = float(os.environ.get("TAMIS_OVERLOAD_SECONDS", "0"))
LIMITER = {"memory_limiter": {"check_interval": "100ms", "limit_mib": LIMIT // MIB}}


def retry_info(seconds):
    """The trailer of a status that says when to come again."""
    info, packed = error_details_pb2.RetryInfo(), any_pb2.Any()
    info.retry_delay.FromNanoseconds(int(seconds * 1e9))
    packed.Pack(info)
    status = status_pb2.Status(code=8, message="busy", details=[packed])
    return (("grpc-status-details-bin", status.SerializeToString()),)


class Tenth(grpc.GenericRpcHandler):
    """A gRPC server that takes every tenth request, until it is opened."""

    def __init__(self):
        self.lock, self.came, self.taken, self.open = threading.Lock(), 0, set(), False
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(4), handlers=[self], options=UNLIMITED)
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def service(self, handler_call_details):
        assert handler_call_details.method == EXPORT
        return grpc.unary_unary_rpc_method_handler(self.export)

    def export(self, message, context):
        """Takes it, or says when to come again."""
        with self.lock:
            self.came += 1
            takes = self.open or self.came % 10 == 0
        if not takes:
            context.set_trailing_metadata(retry_info(0.02))
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "busy")
        request = ExportTraceServiceRequest.FromString(message)
        numbers = ids(s for rs in request.resource_spans for ss in rs.scope_spans for s in ss.spans)
        with self.lock:
            self.taken.update(numbers)
        return b""

    def stop(self):
        self.server.stop(None)


class Clients:
    """They send as fast as they can, half of them over gRPC and half over HTTP in gzip, and note what was acknowledged."""

    def __init__(self, daemon):
        self.daemon, self.lock, self.enough = daemon, threading.Lock(), threading.Event()
        self.acknowledged, self.refused, self.first, self.errors = [], 0, 0, []
        self.threads = [threading.Thread(target=self.run, args=(i % 2,)) for i in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self, http):
        """One client."""
        filling = random.Random(0).randbytes(SIZE // 2).hex()
        try:
            with self.daemon.channel() as channel:
                export = channel.unary_unary(EXPORT)
                while not self.enough.is_set():
                    with self.lock:
                        number, self.first = self.first, self.first + 1
                    request = spans_of(1, first=number)
                    request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="x").value.string_value = filling
                    taken = self.post(request) if http else self.call(export, request)
                    with self.lock:
                        if taken:
                            self.acknowledged.append(number)
                        else:
                            self.refused += 1
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(error)

    def post(self, request):
        """Over HTTP. False: it is to come again."""
        try:
            answer = self.daemon.post(gzip.compress(request.SerializeToString(), 1), headers={"Content-Encoding": "gzip"})
        except (BrokenPipeError, ConnectionResetError):
            return False
        assert answer.status == 200 or answer.status == 503 and answer.headers["Retry-After"] == "1", answer.body
        return answer.status == 200

    @staticmethod
    def call(export, request):
        """Over gRPC. False: it is to come again."""
        try:
            export(request.SerializeToString(), timeout=PATIENCE)
            return True
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE, error
            details = dict(error.trailing_metadata()).get("grpc-status-details-bin")
            status = status_pb2.Status.FromString(details)
            info = error_details_pb2.RetryInfo()
            assert status.details[0].Unpack(info) and info.retry_delay.seconds == 1
            return False

    def stop(self):
        """They stop. What has been acknowledged stays."""
        self.enough.set()
        for thread in self.threads:
            thread.join()
        assert not self.errors, self.errors


def most_resident(daemon):
    """Bytes: the high-water mark of the process."""
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10


@pytest.fixture
def tenth():
    backend = Tenth()
    yield backend
    backend.stop()


@pytest.fixture
def group():
    """A memory cgroup of LIMIT * 5/4, whose four fifths are LIMIT, as arguments before the command; none where that is not
    to be had: then the limit is given by GOMEMLIMIT alone."""
    for mount, name in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        lines = pathlib.Path("/proc/self/cgroup").read_text(encoding="ascii")
        own = re.search(r"^\d+:(?:[\w,]*\bmemory\b[\w,]*):(.*)$" if mount.endswith("y") else r"^0::(.*)$", lines, re.M)
        folder = pathlib.Path(mount + (own[1] if own else "")) / f"tamis-{os.getpid()}"
        try:
            folder.mkdir()
            (folder / name).write_text(str(LIMIT // 4 * 5), encoding="ascii")
        except OSError:
            if folder.is_dir():
                folder.rmdir()
            continue
        yield {"before": ["sh", "-c", f'echo $$ > "{folder}/cgroup.procs" && exec "$@"', "sh"]}
        eventually(lambda: not (folder / "cgroup.procs").read_text(encoding="ascii"))
        folder.rmdir()
        return
    yield {"env": {**os.environ, "GOMEMLIMIT": f"{LIMIT}B"}}


def overload(daemon, backend):
    """Many times the limit is offered, and more refused than taken; then the backend takes everything."""
    began, clients, unready = time.monotonic(), Clients(daemon), 0
    try:
        # until more was acknowledged than memory holds, and much refused, and as long as it is told to last
        while len(clients.acknowledged) * SIZE < LIMIT * 5 // 4 or clients.refused < 100 or time.monotonic() - began < SECONDS:
            assert daemon.process.poll() is None and not clients.errors, (daemon.output(), clients.errors)
            unready = max(unready, daemon.metric("tamis_memory_bytes", part="queued"))
            time.sleep(0.1)
    finally:
        clients.stop()
    lasted, came, took = time.monotonic() - began, backend.came, len(backend.taken)
    backend.open = True
    missing = set(clients.acknowledged)
    eventually(lambda: missing <= backend.taken)
    most = most_resident(daemon)
    assert unready > LIMIT / 4, "the queue never filled"
    assert most <= LIMIT, f"{most / MIB:.1f} MiB were resident"
    print(f"{lasted:.0f} s: {clients.first} requests of {SIZE} bytes offered, {len(clients.acknowledged)} acknowledged, "
          f"{clients.refused} refused, {took} taken meanwhile and all in the end; {most / MIB:.1f} of {LIMIT / MIB:.0f} MiB resident")
    attacks.note_overload(lasted=lasted, offered=clients.first, acknowledged=len(clients.acknowledged),
                          refused=clients.refused, came=came, took=took, size=SIZE, limit=LIMIT, most=most)
    eventually(lambda: daemon.metric("tamis_memory_bytes", part="queued") == 0)
    daemon.serves()
    return clients


def test_a_backend_that_takes_a_tenth(daemons, tenth):
    """With the processor memory_limiter, which counts what it refused."""
    daemon = daemons(configuration(tenth, processors=LIMITER, service={"workers": 2}))
    clients = overload(daemon, tenth)
    refused = daemon.metric("otelcol_processor_memory_limiter_refused_spans", processor="memory_limiter")
    early = daemon.metric("tamis_receiver_memory_refused_requests")  # before they could be read
    assert 0 < refused <= clients.refused <= refused + early
    assert daemon.metric("tamis_receiver_refused_requests", reason="memory") == refused + early
    assert daemon.metric("otelcol_processor_memory_limiter_accepted_spans") == len(clients.acknowledged)
    assert daemon.metric("otelcol_receiver_accepted_spans") == len(clients.acknowledged)
    assert daemon.metric("tamis_memory_limit_bytes") == LIMIT
    assert "memory is above the soft limit, requests are refused" in daemon.output()
    eventually(lambda: "memory is below the soft limit again" in daemon.output())


def test_a_backend_that_takes_a_tenth_in_a_cgroup(group, daemons, tenth):
    """Without it: the limit comes from where the process runs."""
    daemon = daemons(configuration(tenth, service={"workers": 2}), **group)
    overload(daemon, tenth)
    assert abs(daemon.metric("tamis_memory_limit_bytes") - LIMIT) < MIB
