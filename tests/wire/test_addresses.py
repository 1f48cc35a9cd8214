"""Names with several addresses, the targets of gRPC, and what is told of connections. docs/protocol.md 2.4 (GC-06, GC-08).

SPDX-License-Identifier: Apache-2.0
"""
import os
import socket
import tempfile
import threading
import time

import pytest

import backend as b
import programs
from nameserver import NameServer
from subject import configuration, eventually, ids, spans_of
from test_client import calls, driver  # pylint: disable=unused-import

LOOPBACK = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]


@pytest.fixture
def nameserver():
    """A name server; its names are the test's."""
    server = NameServer()
    yield server
    server.stop()


@pytest.fixture
def hosts(backends):
    """hosts(n, script, ...): a backend at each of n loopback addresses, all at the same port."""
    def start(count, *script, first=0):
        for _ in range(100):
            one = backends(*script, host=LOOPBACK[first])
            try:
                return [one] + [backends(*script, host=host, port=one.port) for host in LOOPBACK[first + 1:count]]
            except OSError:
                one.stop()
        raise AssertionError("no port is free at all addresses")
    return start


def tempo(nameserver, port, *addresses, **exporter):
    """An exporter to tempo.test, which has these addresses."""
    nameserver.names["tempo.test"] = list(addresses)
    return configuration(port, {"endpoint": nameserver.target("tempo.test", port), **exporter})


def connections(daemon):
    """What /metrics says of them."""
    return daemon.metric("tamis_exporter_connections", exporter="otlp")


def counts(servers):
    """How many spans each backend has taken."""
    return [len(s.taken) for s in servers]


def send_each(daemon, servers, spans):
    """Sends one span after the other; the next when one has arrived."""
    for i in spans:
        daemon.send(spans_of(1, first=i))
        eventually(lambda: any(i in ids(s.taken) for s in servers))  # pylint: disable=cell-var-from-loop


# ---- balancing -------------------------------------------------------------------------------------------------


def test_round_robin_has_a_connection_to_each_address_and_takes_turns(daemons, hosts, nameserver):
    servers = hosts(3)
    daemon = daemons(tempo(nameserver, servers[0].port, *LOOPBACK))
    assert connections(daemon) == 0
    daemon.send(spans_of(1))
    eventually(lambda: connections(daemon) == 3)
    eventually(lambda: sum(counts(servers)) == 1)
    for server in servers:
        server.forget()
    send_each(daemon, servers, range(1, 31))
    assert counts(servers) == [10, 10, 10]
    assert [len(s.links) for s in servers] == [1, 1, 1]


def test_pick_first_has_one_connection(daemons, hosts, nameserver):
    servers = hosts(3)
    daemon = daemons(tempo(nameserver, servers[0].port, *LOOPBACK, balancer_name="pick_first"))
    send_each(daemon, servers, range(10))
    assert sorted(counts(servers)) == [0, 0, 10] and connections(daemon) == 1
    assert sum(len(s.links) for s in servers) == 1


@pytest.mark.parametrize("balancer", ["round_robin", "pick_first"])
def test_addresses_that_refuse_are_left_out_and_named(daemons, hosts, nameserver, balancer):
    servers = hosts(1)
    daemon = daemons(tempo(nameserver, servers[0].port, "127.0.0.3", "127.0.0.2", "127.0.0.1", balancer_name=balancer))
    send_each(daemon, servers, range(5))
    assert connections(daemon) == 1
    if balancer == "round_robin":
        eventually(lambda: f"127.0.0.2:{servers[0].port}: Connection refused" in daemon.output())
        eventually(lambda: f"127.0.0.3:{servers[0].port}: Connection refused" in daemon.output())


def test_both_families_of_a_name_get_requests(daemons, backends, hosts, nameserver):
    one = hosts(1)[0]
    try:
        other = backends(host="::1", port=one.port)
    except OSError:
        pytest.skip("no IPv6 here, or not this port")
    daemon = daemons(tempo(nameserver, one.port, "127.0.0.1", "::1"))
    daemon.send(spans_of(1))
    eventually(lambda: connections(daemon) == 2)
    send_each(daemon, [one, other], range(1, 21))
    assert min(counts([one, other])) >= 10


def test_what_a_dying_address_has_not_answered_goes_to_the_others(daemons, hosts, nameserver):
    one, other = hosts(2)
    daemon = daemons(tempo(nameserver, one.port, *LOOPBACK[:2]))
    daemon.send(spans_of(1, first=1000))
    eventually(lambda: connections(daemon) == 2)
    gate = b.Gate()
    one.script += [gate] * 1000
    threads = [threading.Thread(target=daemon.send, args=(spans_of(1, first=i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(gate.held) >= 3)
    one.stop()
    for thread in threads:
        thread.join()
    eventually(lambda: set(range(8)) <= set(ids(other.taken)))
    assert connections(daemon) == 1 and daemon.metric("otelcol_exporter_send_failed_spans") == 0
    send_each(daemon, [other], range(8, 12))


def test_all_down_and_up_again_loses_nothing_and_is_told(daemons, hosts, backends, nameserver):
    servers = hosts(2)
    port = servers[0].port
    daemon = daemons(tempo(nameserver, port, *LOOPBACK[:2]))
    daemon.send(spans_of(1, first=0))
    eventually(lambda: connections(daemon) == 2)
    for server in servers:
        server.stop()
    eventually(lambda: connections(daemon) == 0)
    eventually(lambda: all(f"{host}:{port}: Connection refused" in daemon.output() for host in LOOPBACK[:2]))
    for i in range(1, 9):
        daemon.send(spans_of(1, first=i))
    assert "connected again" not in daemon.output()
    servers = [backends(host=host, port=port) for host in LOOPBACK[:2]]
    eventually(lambda: connections(daemon) == 2)
    eventually(lambda: set(range(1, 9)) <= set(ids(servers[0].taken + servers[1].taken)))
    assert daemon.output().count("connected again") == 2
    assert daemon.metric("otelcol_exporter_send_failed_spans") == 0


def test_addresses_come_and_go_without_losing_a_request(calls, hosts, nameserver):  # pylint: disable=redefined-outer-name
    servers = hosts(3)
    nameserver.names["tempo.test"] = LOOPBACK[:2]
    target = nameserver.target("tempo.test", servers[0].port)
    gate = b.Gate()
    servers[0].script.append(gate)
    ended = []
    thread = threading.Thread(target=lambda: ended.extend(calls(target, calls=3000, parallel=4, gap=10, size=0, lookup=50)))
    thread.start()
    eventually(lambda: gate.held and len(servers[1].calls) > 20)
    assert not servers[2].calls
    nameserver.names["tempo.test"] = LOOPBACK[1:3]
    servers[1].links[0].goaway(2**31 - 1)  # an orderly loss: nothing is unanswered, and the name is asked for anew
    eventually(lambda: len(servers[2].calls) > 20)
    before = len(servers[0].calls)
    gate.open()  # its connection is still there for this answer
    eventually(lambda: len(servers[2].calls) > 100)
    assert len(servers[0].calls) == before
    thread.join()
    assert len(ended) == 3000 and all(call.code == "OK" for call in ended)


def test_the_name_is_asked_for_no_more_often_than_told(calls, hosts, nameserver):  # pylint: disable=redefined-outer-name
    server = hosts(1, *[b.drop_connection] * 20)[0]
    nameserver.names["tempo.test"] = ["127.0.0.1"]
    target = nameserver.target("tempo.test", server.port)
    assert all(call.code in ("OK", "UNAVAILABLE") for call in calls(target, calls=20, size=0, retry=50, rest=10))
    assert len([asked for asked in nameserver.asked if asked[1] == 1]) == 1 and len(server.links) > 10


def test_more_addresses_than_fit_a_datagram_are_found(daemons, hosts, nameserver):
    servers = hosts(1)
    many = [f"127.0.1.{i}" for i in range(1, 60)]
    daemon = daemons(tempo(nameserver, servers[0].port, *many, "127.0.0.1"))
    send_each(daemon, servers, range(3))
    eventually(lambda: "more" in daemon.output())


# ---- targets ---------------------------------------------------------------------------------------------------


def test_a_name_server_that_knows_no_such_name_is_an_error_that_is_told(daemons, backends, nameserver):
    backend = backends()
    settings = tempo(nameserver, backend.port)
    del nameserver.names["tempo.test"]
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    eventually(lambda: "cannot connect" in daemon.output() and "tempo.test: Domain name not found" in daemon.output())
    nameserver.names["tempo.test"] = ["127.0.0.1"]
    backend.wait_for_spans(1)
    eventually(lambda: "connected again" in daemon.output())


@pytest.mark.parametrize("endpoint", ["dns:///127.0.0.1:{port}", "dns:///localhost:{port}", "passthrough:///127.0.0.1:{port}",
                                      "passthrough:///localhost:{port}", ":{port}", "http://:{port}", "dns:///:{port}"])
def test_targets_of_grpc_reach_the_backend(daemons, backends, endpoint):
    backend = backends()
    daemon = daemons(configuration(backend, {"endpoint": endpoint.format(port=backend.port)}))
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    written = endpoint.format(port=backend.port).rsplit("/", 1)[-1]
    assert dict(backend.fields[0])[":authority"] == ("localhost" if written[0] == ":" else "") + written
    assert "\twarn\t" not in daemon.output()


@pytest.mark.parametrize("form", ["unix:{path}", "unix://{path}", "unix-abstract:{name}"])
def test_sockets_of_unix_reach_the_backend(daemons, backends, form):
    with tempfile.TemporaryDirectory() as directory:
        path, name = f"{directory}/backend", f"tamis-{os.getpid()}-{id(form)}"
        backend = backends(path=b"\0" + name.encode() if "abstract" in form else path)
        daemon = daemons(configuration(0, {"endpoint": form.format(path=path, name=name)}))
        daemon.send(spans_of(1))
        backend.wait_for_spans(1)
        assert dict(backend.fields[0])[":authority"] == "localhost" and connections(daemon) == 1


def test_a_socket_that_is_not_there_is_named(daemons):
    daemon = daemons(configuration(0, {"endpoint": "unix:/nowhere/tempo", "timeout": "100ms"}, {"enabled": False}))
    daemon.send(spans_of(1))
    eventually(lambda: "unix:/nowhere/tempo: No such file or directory" in daemon.output())


# ---- listening -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", ""])
def test_every_listener_takes_both_families(daemons, backends, host):
    ports = [programs.free_port(host) for _ in range(3)]
    grpc, http, metrics = (f"{host}:{port}" for port in ports)
    settings = configuration(backends(), receiver={"protocols": {"grpc": {"endpoint": grpc}, "http": {"endpoint": http}}},
                             service={"telemetry": {"metrics": {"address": metrics}}})
    daemons(settings, ports=ports)
    for port in ports:
        for address in ("127.0.0.1", "::1"):
            try:
                socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET).close()
            except OSError:
                continue  # a machine without it
            socket.create_connection((address, port), timeout=programs.PATIENCE).close()


# ---- what is told ----------------------------------------------------------------------------------------------


def test_the_first_refused_connection_is_told_at_once_with_every_address(daemons, backends):
    port = programs.free_port()
    daemon = daemons(configuration(port, {"endpoint": f"localhost:{port}"}))
    daemon.send(spans_of(1))
    line = eventually(lambda: [line for line in daemon.output().splitlines() if "cannot connect" in line])[0]
    assert "\twarn\t" in line and f"127.0.0.1:{port}: Connection refused" in line and f"[::1]:{port}: " in line
    assert "will retry" not in daemon.output()  # ten minutes from now
    assert connections(daemon) == 0
    backend = backends(port=port)
    backend.wait_for_spans(1)
    eventually(lambda: "connected again" in daemon.output())
    assert connections(daemon) == 1


def test_a_refusal_is_told_while_another_address_keeps_silent(daemons, hosts, nameserver):
    server = hosts(1)[0]
    with socket.socket() as silent:
        silent.bind(("127.0.0.2", server.port))
        silent.listen(0)
        fill = [socket.socket() for _ in range(4)]  # from then on the kernel drops every SYN
        for client in fill:
            client.setblocking(False)
            client.connect_ex(("127.0.0.2", server.port))
        daemon = daemons(tempo(nameserver, server.port, *LOOPBACK))
        send_each(daemon, [server], range(3))
        line = eventually(lambda: [line for line in daemon.output().splitlines() if "cannot connect" in line])[0]
        assert f"127.0.0.3:{server.port}: Connection refused" in line and "127.0.0.2" not in line
        for client in fill:
            client.close()


def test_a_server_that_hangs_up_before_any_answer_is_no_busy_loop(daemons):
    accepted = []

    def greet_and_leave():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            accepted.append(client)
            with client:
                client.recv(24)
                client.sendall(b"\0\0\6\4\0\0\0\0\0" + b"\0\3\0\0\0\0")  # MAX_CONCURRENT_STREAMS 0
                client.shutdown(socket.SHUT_WR)
                while client.recv(4096):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=greet_and_leave, daemon=True).start()
        settings = configuration(listener.getsockname()[1], retry={"enabled": False}, service={"shutdown_timeout": "100ms"})
        daemon = daemons(settings)
        began = time.monotonic()
        daemon.send(spans_of(1))
        eventually(lambda: len(accepted) >= 4)
        # Two at once, then one a second, or a fifth less.
        assert len(accepted) <= 3 + (time.monotonic() - began) / 0.79
        listener.shutdown(socket.SHUT_RDWR)
