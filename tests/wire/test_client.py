"""The gRPC client against servers that misbehave, each in one way, and against ones that do not.

TAMIS_BUILD names the build whose client is under test (default build/release).

SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import pytest

import programs
from otlp_peers import Sink
from programs import PATIENCE, free_port, in_some_try

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
PEERS = TOP / "tests" / "peers"
BUILD = TOP / os.environ.get("TAMIS_BUILD", "build/release")
LINE = re.compile(r"(?P<n>\d+) (?P<code>\w+) transport=(?P<transport>\d) unprocessed=(?P<unprocessed>\d) "
                  r"again=(?P<again>\d) delay=(?P<delay>-?\d+) body=(?P<body>\d+) ms=(?P<ms>\d+) "
                  r"message=(?P<message>.*)")


class Call:
    """One line of the driver."""

    def __init__(self, line):
        fields = LINE.match(line).groupdict()
        self.code, self.message = fields["code"], fields["message"]
        self.transport, self.unprocessed, self.again = (fields[k] == "1" for k in ("transport", "unprocessed", "again"))
        self.delay, self.body, self.ms = (int(fields[k]) for k in ("delay", "body", "ms"))


def libraries():
    """What the Makefile links, of which the driver needs some."""
    found = subprocess.run(["make", "-s", "--eval", "libraries: ; @echo $(LIBS)", "libraries"], cwd=TOP, check=True,
                           capture_output=True, text=True)
    return ["-Wl,--as-needed", *found.stdout.split(), "-pthread"]


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    """The driver, linked with the modules of the build; CLIENT_DRIVER names one that is built already."""
    if "CLIENT_DRIVER" in os.environ:
        return os.environ["CLIENT_DRIVER"]
    modules = [BUILD / "modules" / f"{module}.a" for module in ("net", "io", "base")]
    program = tmp_path_factory.mktemp("wire") / "client_driver"
    flags = ["-fsanitize=address,undefined"] if BUILD.name.startswith("asan") else []
    subprocess.run(["cc", "-std=gnu11", "-g", *flags, "-I", TOP / "src", "-o", program, HERE / "client_driver.c",
                    *modules, *libraries()], check=True)
    return program


@pytest.fixture
def calls(driver):
    """calls(endpoint, key=value ...): the lines of the driver as Call objects."""
    def run(endpoint, **options):
        arguments = [f"{k}={v}" for k, v in options.items()]
        done = subprocess.run([driver, str(endpoint), *arguments], capture_output=True, text=True,
                              timeout=2000, errors="surrogateescape", check=False)
        assert done.stderr == "" and done.returncode in (0, 3), done
        return [Call(line) for line in done.stdout.splitlines() if " transport=" in line]
    return run


class Peer:
    """A server with one behaviour."""

    def __init__(self, behaviour, port=0):
        self.process = subprocess.Popen([sys.executable, HERE / "bad_grpc_server.py", behaviour, str(port)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.endpoint = f"127.0.0.1:{self.process.stdout.readline().strip()}"
        self.seen = None

    def end(self):
        """What it saw."""
        if self.seen is None:
            out, _ = self.process.communicate()
            self.seen = json.loads(out)
        return self.seen


@contextlib.contextmanager
def serving(behaviour, port=0):
    peer = Peer(behaviour, port)
    try:
        yield peer
    finally:
        peer.process.stdin.close() if peer.seen is None else None
        peer.process.wait()


# Between two attempts to connect the client pauses longer than a call may take: it tells the call at once.
TELL = {"timeout": 600000, "rest": 6000000}


# ---- gRPC's six ------------------------------------------------------------------------------------------------------

def test_after_a_goaway_the_next_call_gets_a_new_connection(calls):
    with serving("goaway") as peer:
        assert [c.code for c in calls(peer.endpoint, calls=3)] == ["OK"] * 3
        assert peer.end()["connections"] == 3


@pytest.mark.parametrize("behaviour", ["rst_after_header", "rst_during_data", "rst_after_data"])
def test_a_reset_stream_is_a_transport_failure_without_a_body(calls, behaviour):
    with serving(behaviour) as peer:
        for call in calls(peer.endpoint, calls=2):
            assert (call.code, call.transport, call.again, call.unprocessed, call.body) == \
                ("INTERNAL", True, True, False, 0)
        assert peer.end()["requests"] == 2


def test_every_ping_is_answered(calls):
    with serving("ping") as peer:
        assert [c.code for c in calls(peer.endpoint, calls=4)] == ["OK"] * 4
        assert peer.end()["ping_acks"] >= 11


def test_calls_wait_for_one_of_the_servers_streams(calls):
    with serving("max_streams") as peer:
        assert [c.code for c in calls(peer.endpoint, calls=20, parallel=10)] == ["OK"] * 20
        seen = peer.end()
        assert seen["most_open"] == 1 and seen["connections"] == 1


# ---- what was not processed is sent again ----------------------------------------------------------------------------

@pytest.mark.parametrize("behaviour, requests", [("goaway_before", 2), ("refuse_once", 2), ("die_early", 2)])
def test_what_no_server_has_processed_is_sent_again_by_itself(calls, behaviour, requests):
    with serving(behaviour) as peer:
        (call,) = calls(peer.endpoint, size=3000000)
        assert call.code == "OK"
        assert peer.end()["requests"] == requests


def test_a_stream_refused_twice_is_reported_as_unprocessed(calls):
    with serving("refuse_all") as peer:
        (call,) = calls(peer.endpoint)
        assert (call.code, call.transport, call.unprocessed, call.again) == ("UNAVAILABLE", True, True, True)
        assert peer.end()["requests"] == 2


def test_a_call_under_way_survives_a_graceful_goaway(calls):
    with serving("goaway_during") as peer:
        assert [c.code for c in calls(peer.endpoint, calls=2)] == ["OK"] * 2
        assert peer.end()["requests"] == 2


def test_a_connection_that_dies_mid_call_is_a_transport_failure(calls):
    with serving("die") as peer:
        for call in calls(peer.endpoint, calls=3):
            assert (call.code, call.transport, call.unprocessed) == ("UNAVAILABLE", True, False)
        assert peer.end()["connections"] == 3


def test_a_server_may_forbid_new_streams_for_a_while(calls):
    with serving("shrink") as peer:
        assert [c.code for c in calls(peer.endpoint, calls=3)] == ["OK"] * 3
        assert peer.end()["shrunk"] == 1


# ---- statuses --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("behaviour, code, transport, again", [
    ("calm", "RESOURCE_EXHAUSTED", True, True),
    ("cancel", "CANCELLED", True, True),
    ("exhausted", "RESOURCE_EXHAUSTED", False, False),
    ("invalid", "INVALID_ARGUMENT", False, False),
    ("strange", "UNKNOWN", False, False),
    ("http400", "INTERNAL", False, False),
    ("http401", "UNAUTHENTICATED", False, False),
    ("http403", "PERMISSION_DENIED", False, False),
    ("http404", "UNIMPLEMENTED", False, False),
    ("http429", "UNAVAILABLE", False, True),
    ("http431", "INTERNAL", False, False),
    ("http500", "UNKNOWN", False, False),
    ("http502", "UNAVAILABLE", False, True),
    ("http503", "UNAVAILABLE", False, True),
    ("http504", "UNAVAILABLE", False, True),
    ("http200", "UNKNOWN", False, False),
    ("no_status", "UNAVAILABLE", True, True),
    ("no_message", "OK", False, False),
    ("two_messages", "INTERNAL", False, False),
    ("many_headers", "INTERNAL", False, False),
    ("large", "RESOURCE_EXHAUSTED", False, False),
    ("bomb", "RESOURCE_EXHAUSTED", False, False),
])
def test_statuses_follow_the_tables_of_grpc(calls, behaviour, code, transport, again):
    with serving(behaviour) as peer:
        for call in calls(peer.endpoint, calls=2):
            assert (call.code, call.transport, call.again, call.body) == (code, transport, again, 0)


def test_retry_info_is_read_padded_or_not_and_messages_are_decoded(calls):
    with serving("retry_later") as peer:
        for call in calls(peer.endpoint, calls=2):
            assert (call.code, call.again, call.delay) == ("RESOURCE_EXHAUSTED", True, 3250)
            assert call.message.startswith("50% full, é")


@pytest.mark.parametrize("behaviour, body", [("partial", 15), ("just_fits", 4 << 20), ("gzip", 1000)])
def test_bodies_arrive_whole_and_decompressed(calls, behaviour, body):
    with serving(behaviour) as peer:
        assert [(c.code, c.body) for c in calls(peer.endpoint, calls=2)] == [("OK", body)] * 2


def test_an_early_answer_ends_the_sending(calls):
    with serving("early") as peer:
        (call,) = calls(peer.endpoint, size=4000000)
        assert (call.code, call.message) == ("RESOURCE_EXHAUSTED", "too large")
        assert peer.end()["resets"] == 1


# ---- no answer -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("behaviour, size", [("mute", 100), ("deaf", 50000000), ("black_hole", 100)])
def test_a_deadline_ends_a_call_that_gets_no_answer(calls, behaviour, size):
    with serving(behaviour) as peer:
        (call,) = calls(peer.endpoint, timeout=400, size=size)
        assert (call.code, call.transport, call.again) == ("DEADLINE_EXCEEDED", True, True)
        assert call.ms >= 390


def test_a_passed_deadline_resets_the_stream_only(calls):
    def five_calls():
        with serving("mute") as peer:
            assert [c.code for c in calls(peer.endpoint, calls=5, timeout=500)] == ["DEADLINE_EXCEEDED"] * 5
            seen = peer.end()
            assert seen["connections"] == 1 and seen["resets"] == seen["requests"] > 0

    in_some_try(five_calls)


def test_a_server_without_settings_is_given_up(calls):
    with serving("black_hole") as peer:
        (call,) = calls(peer.endpoint, connect=300, **TELL)
        assert call.code == "UNAVAILABLE" and "no answer within 300 ms" in call.message


def test_a_web_server_is_no_grpc_server(calls):
    with serving("web") as peer:
        (call,) = calls(peer.endpoint, **TELL)
        assert (call.code, call.transport) == ("UNAVAILABLE", True)


def test_a_dead_port_says_so_at_once(calls):
    (call,) = calls(f"127.0.0.1:{free_port()}", **TELL)
    assert (call.code, call.transport, call.unprocessed) == ("UNAVAILABLE", True, True)
    assert "Connection refused" in call.message


def test_a_pause_tells_new_calls_why_it_is(calls):
    result = calls(f"127.0.0.1:{free_port()}", calls=5, **TELL)
    assert [c.code for c in result] == ["UNAVAILABLE"] * 5
    assert all("Connection refused" in c.message for c in result)


def test_a_call_that_outlives_the_pause_waits_for_the_next_attempt(calls):
    (call,) = calls(f"127.0.0.1:{free_port()}", timeout=2500, rest=1000)
    assert call.code in ("UNAVAILABLE", "DEADLINE_EXCEEDED") and "Connection refused" in call.message
    assert call.ms >= 790  # a pause of 1000 ms is between 800 and 1200


def test_a_call_waits_for_a_server_that_comes_up_later(calls):
    port, box = free_port(), []
    thread = threading.Thread(target=lambda: box.append(calls(f"127.0.0.1:{port}", timeout=600000, rest=100)))
    thread.start()
    time.sleep(0.8)
    with serving("ok", port):
        thread.join()
    assert box[0][0].code == "OK"


def test_keepalive_leaves_a_slow_peer_alone(calls):
    """No PING is sent before the one before was answered: the third means that two answers were understood."""
    with serving("third_ping") as peer:
        (call,) = calls(peer.endpoint, timeout=600000, keepalive=100, kwait=30000)
        assert call.code == "OK"
        seen = peer.end()
        assert seen["connections"] == 1 and seen["pings"] >= 3


def test_keepalive_finds_a_dead_peer(calls):
    with serving("deaf") as peer:
        (call,) = calls(peer.endpoint, timeout=600000, keepalive=100, kwait=200)
        assert (call.code, call.transport) == ("UNAVAILABLE", True)
        assert "no answer to a PING" in call.message


@pytest.mark.parametrize("idle", [0, 1])
def test_keepalive_pings_without_calls_only_where_it_may(calls, idle):
    with serving("ok") as peer:
        calls(peer.endpoint, calls=2, gap=1500, keepalive=100, kwait=20000, kidle=idle)
        seen = peer.end()
        assert seen["connections"] == 1 and (seen["pings"] > 0) == bool(idle)


def test_a_call_that_waits_for_readiness_is_not_told_of_refusals(calls):
    (call,) = calls(f"127.0.0.1:{free_port()}", timeout=1500, ready=1, rest=60000)
    assert call.code == "DEADLINE_EXCEEDED" and "no connection to" in call.message
    assert "Connection refused" in call.message


def test_a_name_is_as_good_as_an_address(calls):
    with serving("ok") as peer:
        (call,) = calls(peer.endpoint.replace("127.0.0.1", "localhost"))
        assert call.code == "OK"


# ---- what is sent ----------------------------------------------------------------------------------------------------

def test_headers_are_those_of_grpc_and_of_the_options(calls):
    with serving("ok") as peer:
        calls(f"http://{peer.endpoint}/", header="X-Scope-OrgID:me")
        headers = peer.end()["headers"]
        assert list(headers) == [":method", ":scheme", ":path", ":authority", "grpc-timeout", "te", "content-type",
                                 "grpc-accept-encoding", "user-agent", "x-scope-orgid"]
        assert headers[":authority"] == peer.endpoint and headers["x-scope-orgid"] == "me"
        assert headers["user-agent"] == "tamis/0.0.0 OTel-OTLP-Exporter-C/0.0.0"
        assert re.fullmatch(r"\d+m", headers["grpc-timeout"])


@pytest.mark.parametrize("size, pieces", [(0, 1), (1, 1), (1000000, 1), (1000000, 4000), (4000, 4000), (3, 9)])
def test_pieces_arrive_as_one_message(calls, size, pieces):
    with serving("ok") as peer:
        assert [c.code for c in calls(peer.endpoint, size=size, pieces=pieces, calls=2)] == ["OK"] * 2
        assert peer.end()["bytes"] == [size + 5] * 2


def test_many_large_calls_share_a_connection(calls):
    with serving("ok") as peer:
        result = calls(peer.endpoint, size=1000000, pieces=100, calls=24, parallel=8)
        assert [c.code for c in result] == ["OK"] * 24
        seen = peer.end()
        assert seen["connections"] == 1 and seen["bytes"] == [1000005] * 24


def test_closing_waits_for_the_answer_and_says_goodbye(calls):
    with serving("slow") as peer:
        assert [c.code for c in calls(peer.endpoint)] == ["OK"]
        assert peer.end()["goaways"] == 1


# ---- real servers: grpcio and the Collector --------------------------------------------------------------------------

@pytest.fixture(scope="session")
def requests_file(tmp_path_factory):
    """One request of 512 spans, as ingress, Java and database spans are."""
    path = tmp_path_factory.mktemp("spans") / "spans"
    subprocess.run([sys.executable, PEERS / "make_spans.py", "--requests", "1", "--spans", "512", "--format", "grpc",
                    path], check=True, capture_output=True)
    path.write_bytes(path.read_bytes()[5:])
    return path


@pytest.mark.parametrize("gzip", [0, 1])
def test_grpcio_gets_every_byte(calls, requests_file, gzip):
    sink = Sink()
    try:
        result = calls(sink.endpoint, file=requests_file, calls=20, parallel=5, pieces=100, gzip=gzip)
        assert [c.code for c in result] == ["OK"] * 20
        assert sink.requests == [requests_file.read_bytes()] * 20
    finally:
        sink.stop()


@pytest.mark.parametrize("gzip", [0, 1])
def test_the_collector_takes_requests_and_hands_them_on(calls, requests_file, tmp_path, gzip):
    sink = Sink()
    configuration = tmp_path / "collector.yaml"
    configuration.write_text(f"""
receivers: {{otlp: {{protocols: {{grpc: , http: }}}}}}
exporters: {{otlp: {{endpoint: "{sink.endpoint}", tls: {{insecure: true}}}}}}
service: {{pipelines: {{traces: {{receivers: [otlp], exporters: [otlp]}}}}}}
""")
    collector = programs.Receiver(programs.collector(), configuration, tmp_path / "log")
    try:
        result = calls(f"127.0.0.1:{collector.grpc}", file=requests_file, calls=8, parallel=4, gzip=gzip)
        assert [c.code for c in result] == ["OK"] * 8
        assert len(sink.wait_for_spans(8 * 512)) == 8 * 512
        (refused,) = calls(f"127.0.0.1:{collector.grpc}", size=1000)
        assert (refused.code, refused.again, refused.transport) == ("INTERNAL", False, False), refused.message
        (unknown,) = calls(f"127.0.0.1:{collector.grpc}", path="/a.B/C")
        assert (unknown.code, unknown.again) == ("UNIMPLEMENTED", False)
        (large,) = calls(f"127.0.0.1:{collector.grpc}", size=6000000)
        assert (large.code, large.again, large.transport) == ("RESOURCE_EXHAUSTED", False, False), large.message
    finally:
        collector.kill()
        sink.stop()


def test_a_server_that_is_killed_and_comes_back_loses_no_retried_call(calls):
    port, box = free_port(), []
    with serving("dies_third", port) as first:
        thread = threading.Thread(target=lambda: box.extend(
            calls(f"127.0.0.1:{port}", calls=6, timeout=600000, rest=50, retry=50)))
        thread.start()
        first.process.wait(PATIENCE)
    with serving("ok", port):
        thread.join()
    codes = [c.code for c in box]
    assert codes.count("OK") == 6 and "UNAVAILABLE" in codes
