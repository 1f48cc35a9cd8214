"""TLS on both sides: who gets in, who does not, and what is told of it. docs/protocol.md 3, A19 and A20.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import socket
import ssl
import subprocess

import grpc
import pytest

from backend import Backend
from certificates import DAY, HOUR, Authority
from otlp_peers import EXPORT, PATIENT, full_success
from programs import PATIENCE
from subject import configuration, eventually, ids, spans_of


class Papers:
    """Authorities, and those whom they have signed."""

    def __init__(self, folder):
        self.ours, self.theirs = Authority(folder), Authority(folder, "stranger")
        self.between = Authority(folder, "between", self.ours)
        self.server, self.client = self.ours.server(), self.ours.client()
        self.made = {}

    def get(self, name, make):
        """One that is made when it is needed first."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    return Papers(tmp_path_factory.mktemp("papers"))


def secure_receiver(identity, **more):
    """Both protocols of otlp over TLS."""
    tls = identity.settings(**more)
    return {"protocols": {"grpc": {"tls": tls}, "http": {"tls": tls}}}


def server_context(identity, client_authority=None, protocols=("h2",)):
    """What a backend in Python needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.cert, identity.key)
    context.set_alpn_protocols(list(protocols))
    if client_authority:
        context.load_verify_locations(client_authority.cert)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(authority, identity=None, protocols=("h2",)):
    """What a client in Python needs."""
    context = ssl.create_default_context(cafile=str(authority.cert))
    if identity:
        context.load_cert_chain(identity.cert, identity.key)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def credentials(authority, identity=None):
    """The same for grpcio."""
    pair = [f.read_bytes() for f in (identity.key, identity.cert)] if identity else [None, None]
    return grpc.ssl_channel_credentials(authority.cert.read_bytes(), *pair)


def send_grpc(daemon, request, authority, identity=None, name="localhost"):
    """A request by grpcio over TLS; its answer, or the grpc.RpcError."""
    with grpc.secure_channel(f"{name}:{daemon.grpc}", credentials(authority, identity), PATIENT) as channel:
        try:
            return channel.unary_unary(EXPORT)(request.SerializeToString(), timeout=PATIENCE)
        except grpc.RpcError as error:
            return error


def send_http(daemon, body, authority, identity=None):
    """The same over HTTP/1.1; the status, or the OSError."""
    connection = http.client.HTTPSConnection("localhost", daemon.http, timeout=PATIENCE,
                                             context=client_context(authority, identity, ["http/1.1"]))
    try:
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
        return connection.getresponse().status
    except OSError as error:
        return error
    finally:
        connection.close()


def refusals(daemon, transport, reason="tls"):
    """How many the receiver has counted."""
    return daemon.metric("tamis_receiver_refused_requests", transport=transport, reason=reason)


# ---- servers -----------------------------------------------------------------------------------------------------


def test_both_ports_speak_tls(papers, backends, daemons):
    backend = backends()
    daemon = daemons(configuration(backend, receiver=secure_receiver(papers.server)))
    assert full_success(send_grpc(daemon, spans_of(3), papers.ours))
    assert send_http(daemon, spans_of(2, first=3).SerializeToString(), papers.ours) == 200
    assert sorted(ids(backend.wait_for_spans(5))) == [0, 1, 2, 3, 4]
    assert refusals(daemon, "grpc") == refusals(daemon, "http") == 0  # nobody is told of those who only looked


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_large_requests_come_in_whole(papers, backends, daemons, version):
    backend = backends()
    daemon = daemons(configuration(backend, receiver=secure_receiver(papers.server)))
    context = client_context(papers.ours, protocols=["http/1.1"])
    context.minimum_version = context.maximum_version = version
    connection = http.client.HTTPSConnection("localhost", daemon.http, timeout=PATIENCE, context=context)
    for turn in range(4):
        body = spans_of(1000, size=1500, first=1000 * turn).SerializeToString()
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
    connection.close()
    assert sorted(ids(backend.wait_for_spans(4000))) == list(range(4000))


# Whom a port with client_ca_file lets in: a name, how to make the certificate, and whether it is good.
CLIENTS = [
    ("good", lambda p: p.client, True),
    ("for-everything", lambda p: p.ours.client("for-everything", eku=None), True),
    ("for-both", lambda p: p.ours.client("for-both", eku="serverAuth,clientAuth"), True),
    ("rsa", lambda p: p.ours.client("rsa", key="rsa:2048"), True),
    ("none", lambda p: None, False),
    ("foreign", lambda p: p.theirs.client("foreign"), False),
    ("expired", lambda p: p.ours.client("expired", start=-2 * DAY, end=-DAY), False),
    ("early", lambda p: p.ours.client("early", start=DAY, end=2 * DAY), False),
    ("for-servers", lambda p: p.ours.client("for-servers", eku="serverAuth"), False),
    ("by-itself", lambda p: Authority(p.ours.folder, "by-itself"), False),
    ("by-a-client", lambda p: by_a_client(p), False),
    ("without-its-issuer", lambda p: p.between.client("without-its-issuer"), False),
    ("short-key", lambda p: p.ours.client("short-key", key="rsa:1024"), False),
    ("old-digest", lambda p: p.ours.client("old-digest", digest="sha1"), False),
]


def by_a_client(papers):
    """Signed by somebody who is signed, but is no authority."""
    signer = papers.ours.client("signer")
    out = papers.ours.client("by-a-client")
    papers.ours.sign(out, Signer(papers.ours.folder, signer), eku="clientAuth")
    out.cert.write_bytes(out.cert.read_bytes() + signer.cert.read_bytes())
    return out


class Signer:  # pylint: disable=too-few-public-methods
    """Signs with the certificate of somebody else."""

    def __init__(self, folder, identity):
        self.folder, self.cert, self.key = folder, identity.cert, identity.key


@pytest.fixture(scope="module")
def guarded(papers, tmp_path_factory):
    """A daemon that wants to know its clients, and its backend."""
    from subject import Daemon  # pylint: disable=import-outside-toplevel
    backend = Backend()
    receiver = secure_receiver(papers.server, client_ca_file=str(papers.ours.cert))
    daemon = Daemon(configuration(backend, receiver=receiver), tmp_path_factory.mktemp("guarded"))
    yield daemon, backend
    daemon.finish()
    backend.stop()


def lenient(context):
    """A client that would show any certificate."""
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("name,make,good", CLIENTS, ids=[c[0] for c in CLIENTS])
def test_A20_only_good_clients_get_in(papers, guarded, name, make, good, version):
    daemon, backend = guarded
    identity = papers.get(name, lambda: make(papers))
    backend.forget()
    before = refusals(daemon, "http")
    context = lenient(client_context(papers.ours, protocols=["http/1.1"]))
    context.minimum_version = context.maximum_version = version
    if identity:
        context.load_cert_chain(identity.cert, identity.key)
    connection = http.client.HTTPSConnection("localhost", daemon.http, timeout=PATIENCE, context=context)
    try:
        connection.request("POST", "/v1/traces", spans_of(1).SerializeToString(), {"Content-Type": "application/x-protobuf"})
        status = connection.getresponse().status
    except OSError as error:
        status = error
    connection.close()
    if good:
        assert status == 200
        assert ids(backend.wait_for_spans(1)) == [0]
    else:
        assert isinstance(status, OSError), status
        eventually(lambda: refusals(daemon, "http") == before + 1)
        assert not backend.taken
    assert send_http(daemon, b"", papers.ours, papers.client) == 200


@pytest.mark.parametrize("name", ["none", "foreign", "expired"])
def test_A20_nor_over_grpc(papers, guarded, name):
    daemon, backend = guarded
    identity = papers.get(name, lambda: {c[0]: c[1] for c in CLIENTS}[name](papers))
    backend.forget()
    error = send_grpc(daemon, spans_of(1), papers.ours, identity)
    assert isinstance(error, grpc.RpcError) and error.code() == grpc.StatusCode.UNAVAILABLE
    assert full_success(send_grpc(daemon, spans_of(1, first=7), papers.ours, papers.client))
    assert ids(backend.wait_for_spans(1)) == [7]


def test_A20_no_session_is_taken_up_again(papers, guarded):
    daemon = guarded[0]
    for version in ("-tls1_2", "-tls1_3"):
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{daemon.http}", version, "-reconnect",
                               "-CAfile", papers.ours.cert, "-cert", papers.client.cert, "-key", papers.client.key],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert "New, " in done.stdout and "Reused, " not in done.stdout, done.stdout
        assert "NEW_SESSION_TICKET" not in done.stdout and "TLS session ticket:" not in done.stdout


def answer_of(port, *arguments, text=None):
    """What openssl s_client says of a port."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *arguments], input=text,
                          stdin=None if text else subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=PATIENCE,
                          check=False)
    return done.returncode, done.stdout + done.stderr


# What a port agrees to: arguments of openssl s_client, and what it then says; None: there is no handshake.
MANNERS = [
    (["-tls1_2"], "TLSv1.2"), (["-tls1_3"], "TLSv1.3"),
    (["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], None), (["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"], None),
    (["-tls1_2", "-cipher", "AES128-GCM-SHA256"], None), (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"], None),
    (["-tls1_2", "-cipher", "aNULL@SECLEVEL=0"], None), (["-tls1_3", "-curves", "P-521"], None),
    (["-tls1_3", "-curves", "P-384"], "TLSv1.3"),
    (["-alpn", "h2,http/1.1"], "ALPN protocol: h2"), (["-alpn", "http/1.1,h2"], "ALPN protocol: h2"),
    (["-alpn", "http/1.1"], "ALPN protocol: http/1.1"), (["-alpn", "http/1.0"], None), ([], "No ALPN negotiated"),
]


@pytest.fixture(scope="module")
def open_to_all(papers, tmp_path_factory):
    """A daemon with TLS that asks nobody who it is."""
    from subject import Daemon  # pylint: disable=import-outside-toplevel
    backend = Backend()
    daemon = Daemon(configuration(backend, receiver=secure_receiver(papers.server)), tmp_path_factory.mktemp("open"))
    yield daemon
    daemon.finish()
    backend.stop()


@pytest.mark.parametrize("arguments,says", MANNERS, ids=[" ".join(m[0]) or "plain" for m in MANNERS])
def test_A19_what_the_http_port_agrees_to(open_to_all, arguments, says):
    code, output = answer_of(open_to_all.http, *arguments)
    assert (code == 0 and says in output and "Compression: NONE" in output) if says else code != 0, output


@pytest.mark.parametrize("arguments,good", [(["-alpn", "h2"], True), (["-alpn", "http/1.1"], False)])
def test_A19_the_grpc_port_speaks_http2_alone(open_to_all, arguments, good):
    code, output = answer_of(open_to_all.grpc, *arguments)
    assert (code == 0) == good, output


def test_A19_the_grpc_port_wants_it_agreed_on(open_to_all, papers):
    context = client_context(papers.ours, protocols=None)
    with socket.create_connection(("127.0.0.1", open_to_all.grpc), timeout=PATIENCE) as plain:
        try:
            with context.wrap_socket(plain, server_hostname="localhost") as sock:
                sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
                assert sock.recv(1) == b""
        except ConnectionError:
            pass


def test_renegotiation_is_refused(open_to_all):
    _, output = answer_of(open_to_all.http, "-tls1_2", text="R\n")
    assert "RENEGOTIATING" in output and "no renegotiation" in output, output


def test_http_without_tls_is_told_so(open_to_all):
    connection = http.client.HTTPConnection("127.0.0.1", open_to_all.http, timeout=PATIENCE)
    connection.request("POST", "/v1/traces", b"{}", {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (400, b"this port speaks TLS: https://\n")
    connection.close()


def test_curl_gets_in_over_both_versions_of_http(open_to_all, papers):
    for version, number in (("--http1.1", "1.1"), ("--http2", "2"), ("--http2-prior-knowledge", "2")):
        done = subprocess.run(["curl", "-sS", version, "--cacert", papers.ours.cert, "-H", "Content-Type: application/json",
                               "-d", "{}", "-w", " %{http_code} %{http_version}",
                               f"https://localhost:{open_to_all.http}/v1/traces"],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert (done.stdout, done.stderr) == (f"{{}} 200 {number}", ""), done


@pytest.mark.parametrize("keys,good,bad", [
    ({"min_version": "1.3"}, ["-tls1_3"], ["-tls1_2"]),
    ({"max_version": "1.2"}, ["-tls1_2"], ["-tls1_3"]),
    ({"cipher_suites": ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"]}, ["-tls1_2"],
     ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]),
    ({"cipher_suites": ["TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"]}, ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
     ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]),
    ({"cipher_suites": ["TLS_AES_128_GCM_SHA256"]}, ["-tls1_3"], ["-tls1_2"]),
    ({"curve_preferences": ["P521", "P384"]}, ["-curves", "P-521"], ["-curves", "X25519"]),
], ids=["min", "max", "suite", "old-suite", "suite-of-1.3", "curves"])
def test_the_keys_bound_what_is_spoken(papers, backends, daemons, keys, good, bad):
    daemon = daemons(configuration(backends(), receiver=secure_receiver(papers.server, **keys)))
    assert answer_of(daemon.http, *good)[0] == 0
    assert answer_of(daemon.http, *bad)[0] != 0


def test_certificates_may_stand_in_the_configuration(papers, backends, daemons):
    tls = {"cert_pem": papers.server.cert.read_text(), "key_pem": papers.server.key.read_text()}
    daemon = daemons(configuration(backends(), receiver={"protocols": {"grpc": {"tls": tls}, "http": {"tls": tls}}}))
    assert full_success(send_grpc(daemon, spans_of(1), papers.ours))
    assert "PRIVATE KEY" not in daemon.output()


# ---- exporters ---------------------------------------------------------------------------------------------------


def exporter(backend, authority, **tls):
    """An exporter that speaks TLS to one address, whose name is localhost unless another is wanted."""
    return {"endpoint": f"127.0.0.1:{backend.port}",
            "tls": {"ca_file": str(authority.cert), "server_name_override": "localhost", **tls}}


def test_an_exporter_speaks_tls(papers, backends, daemons):
    backend = backends(tls=server_context(papers.server, papers.ours))
    settings = exporter(backend, papers.ours, server_name_override="", **papers.client.settings())
    daemon = daemons(configuration(backend, {**settings, "endpoint": f"localhost:{backend.port}"}))
    for turn in range(3):
        daemon.send(spans_of(700, size=1500, first=700 * turn))
    assert sorted(ids(backend.wait_for_spans(2100))) == list(range(2100))
    fields = dict(backend.fields[0])
    assert (fields[":scheme"], fields[":authority"]) == ("https", f"localhost:{backend.port}")


IN_VAIN = {"max_elapsed_time": "300ms"}  # what never succeeds is given up


def hasty(settings):
    """The same where no try succeeds: each ends soon."""
    return {**settings, "timeout": "200ms"}


# Which servers an exporter trusts: a name, how to make the certificate, more keys, whether it is good, and what is told.
SERVERS = [
    ("good", lambda p: p.server, {}, None),
    ("by-its-address", lambda p: p.server, {"server_name_override": ""}, None),
    ("wildcard", lambda p: p.ours.server("wildcard", san="DNS:*.tempo.test"), {"server_name_override": "a.tempo.test"}, None),
    ("for-everything", lambda p: p.ours.server("for-everything", eku=None), {}, None),
    ("foreign", lambda p: p.theirs.server("foreign"), {}, "unable to get local issuer certificate"),
    ("expired", lambda p: p.ours.server("expired", start=-2 * DAY, end=-DAY), {}, "certificate has expired"),
    ("early", lambda p: p.ours.server("early", start=HOUR, end=DAY), {}, "certificate is not yet valid"),
    ("other-host", lambda p: p.ours.server("other-host", san="DNS:elsewhere"), {}, "hostname mismatch"),
    ("other-address", lambda p: p.ours.server("other-address", san="IP:127.0.0.2"), {"server_name_override": ""}, "IP address mismatch"),
    ("common-name", lambda p: p.ours.server("localhost", san=None), {}, "hostname mismatch"),
    ("deep-wildcard", lambda p: p.ours.server("deep-wildcard", san="DNS:*.tempo.test"), {"server_name_override": "a.b.tempo.test"},
     "hostname mismatch"),
    ("for-clients", lambda p: p.ours.server("for-clients", eku="clientAuth"), {}, "unsuitable certificate purpose"),
    ("override", lambda p: p.server, {"server_name_override": "elsewhere"}, "hostname mismatch"),
]


@pytest.mark.parametrize("name,make,keys,told", SERVERS, ids=[s[0] for s in SERVERS])
def test_an_exporter_trusts_good_servers_alone(papers, backends, daemons, name, make, keys, told):
    identity = papers.get(f"server-{name}", lambda: make(papers))
    backend = backends(tls=server_context(identity))
    settings = exporter(backend, papers.ours, **keys)
    daemon = daemons(configuration(backend, hasty(settings) if told else settings, IN_VAIN if told else None))
    daemon.send(spans_of(5))
    if not told:
        assert sorted(ids(backend.wait_for_spans(5))) == [0, 1, 2, 3, 4]
        return
    eventually(lambda: told in daemon.output())
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 5)
    assert not backend.calls


def test_an_exporter_is_not_taken_without_its_certificate(papers, backends, daemons):
    backend = backends(tls=server_context(papers.server, papers.ours))
    daemon = daemons(configuration(backend, hasty(exporter(backend, papers.ours)), IN_VAIN))
    daemon.send(spans_of(5))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 5)
    assert "alert certificate required" in daemon.output() and not backend.calls


def test_whoever_answers_is_taken_only_when_asked_for(papers, backends, daemons):
    backend = backends(tls=server_context(papers.get("server-foreign", lambda: papers.theirs.server("foreign"))))
    daemon = daemons(configuration(backend, {"tls": {"insecure": False, "insecure_skip_verify": True}}))
    daemon.send(spans_of(5))
    backend.wait_for_spans(5)
    assert "W0542" in daemon.output()


def test_the_systems_authorities_are_trusted_by_default(papers, backends, daemons):
    good, bad = backends(tls=server_context(papers.server)), backends(tls=server_context(papers.server))
    system = {"SSL_CERT_FILE": str(papers.ours.cert), "SSL_CERT_DIR": "/nowhere"}
    for keys, backend in (({"tls": {}}, good), ({"tls": {"ca_file": str(papers.theirs.cert)}}, bad),
                          ({"tls": {"ca_file": str(papers.theirs.cert), "include_system_ca_certs_pool": True}}, good)):
        settings = {"endpoint": f"https://127.0.0.1:{backend.port}", **keys}
        daemon = daemons(configuration(backend, hasty(settings) if backend is bad else settings,
                                       IN_VAIN if backend is bad else None), env=system)
        backend.forget()
        daemon.send(spans_of(5))
        if backend is good:
            backend.wait_for_spans(5)
        else:
            eventually(lambda d=daemon: d.metric("otelcol_exporter_send_failed_spans") == 5)
            assert not bad.calls


def test_the_override_is_sent_as_authority(papers, backends, daemons):
    identity = papers.get("tempo", lambda: papers.ours.server("tempo", san="DNS:tempo.test"))
    context = server_context(identity)
    asked = []
    context.sni_callback = lambda sock, name, ctx: asked.append(name)
    backend = backends(tls=context)
    daemon = daemons(configuration(backend, exporter(backend, papers.ours, server_name_override="tempo.test")))
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    assert asked[0] == "tempo.test" and dict(backend.fields[0])[":authority"] == "tempo.test"


def test_https_wins_over_insecure(papers, backends, daemons):
    backend = backends(tls=server_context(papers.server))
    daemon = daemons(configuration(backend, {"endpoint": f"https://localhost:{backend.port}", "tls": {"insecure": True}}),
                     env={"SSL_CERT_FILE": str(papers.ours.cert)})
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)


def test_a_server_that_speaks_no_http2_is_left(papers, backends, daemons):
    backend = backends(tls=server_context(papers.server, protocols=["http/1.1"]))
    daemon = daemons(configuration(backend, hasty(exporter(backend, papers.ours)), IN_VAIN))
    daemon.send(spans_of(1))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 1)
    assert not backend.calls


def test_a_server_without_tls_is_told(papers, backends, daemons):
    backend = backends()
    daemon = daemons(configuration(backend, hasty(exporter(backend, papers.ours)), IN_VAIN))
    daemon.send(spans_of(1))
    eventually(lambda: "does not speak TLS" in daemon.output())
    assert not backend.calls


# ---- files that change -------------------------------------------------------------------------------------------


def test_certificates_change_without_a_restart_or_a_lost_span(papers, backends, daemons, tmp_path):
    authority, other = Authority(tmp_path, "first"), Authority(tmp_path, "second")
    live, next_one = authority.server("live"), other.server("next")
    backend = backends()
    daemon = daemons(configuration(backend, receiver=secure_receiver(live, reload_interval="1s")))
    with grpc.secure_channel(f"localhost:{daemon.grpc}", credentials(authority), PATIENT) as channel:
        export = channel.unary_unary(EXPORT)
        assert full_success(export(spans_of(1).SerializeToString(), timeout=PATIENCE))
        live.key.write_bytes(next_one.key.read_bytes())  # half of a change is none
        eventually(lambda: "certificates stay as they were" in daemon.output())
        assert send_http(daemon, b"", authority) == 200
        next_one.copy_to(live)
        eventually(lambda: send_http(daemon, b"", other) == 200)
        assert isinstance(send_http(daemon, b"", authority), ssl.SSLCertVerificationError)
        assert full_success(export(spans_of(1, first=1).SerializeToString(), timeout=PATIENCE))  # on its connection
    assert sorted(ids(backend.wait_for_spans(2))) == [0, 1]


def test_client_authorities_change_without_a_restart(papers, backends, daemons, tmp_path):
    authorities = tmp_path / "clients.crt"
    authorities.write_bytes(papers.ours.cert.read_bytes())
    foreign = papers.get("foreign", lambda: papers.theirs.client("foreign"))
    daemon = daemons(configuration(backends(), receiver=secure_receiver(
        papers.server, client_ca_file=str(authorities), client_ca_file_reload=True, reload_interval="1s")))
    assert send_http(daemon, b"", papers.ours, papers.client) == 200
    assert isinstance(send_http(daemon, b"", papers.ours, foreign), OSError)
    authorities.write_bytes(papers.theirs.cert.read_bytes())
    eventually(lambda: send_http(daemon, b"", papers.ours, foreign) == 200)
    assert isinstance(send_http(daemon, b"", papers.ours, papers.client), OSError)


def test_an_exporter_shows_its_new_certificate(papers, backends, daemons, tmp_path):
    live = papers.theirs.client("renewed")
    backend = backends(tls=server_context(papers.server, papers.ours))
    daemon = daemons(configuration(backend, exporter(backend, papers.ours, reload_interval="1s", **live.settings())))
    daemon.send(spans_of(5))
    eventually(lambda: backend.unshaken)
    papers.client.copy_to(live)
    assert sorted(ids(backend.wait_for_spans(5))) == [0, 1, 2, 3, 4]  # tried again until it was let in


# ---- before anything listens -------------------------------------------------------------------------------------


def test_what_cannot_be_used_is_told_before_anything_listens(papers, tmp_path):
    from programs import free_port, subject  # pylint: disable=import-outside-toplevel
    port = free_port()
    settings = {"receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{port}", "tls": {
        "cert_file": str(papers.server.cert), "key_file": str(papers.client.key)}}}}},
        "exporters": {"nop": {}}, "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["nop"]}}}}
    file = tmp_path / "tamis.yaml"
    file.write_text(json.dumps(settings))
    for arguments in (["validate"], []):
        done = subprocess.run([subject(), *arguments, f"--config={file}"], capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        assert done.returncode == 3 and "E0541" in done.stderr and "key_file" in done.stderr, done
        assert "listening" not in done.stderr
