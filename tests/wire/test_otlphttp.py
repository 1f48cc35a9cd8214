"""The exporter otlphttp: what it sends, to whom and how, and what it does about answers good and bad. docs/protocol.md 1.4.

SPDX-License-Identifier: Apache-2.0
"""
import email.utils
import socketserver
import ssl
import threading
import time

import pytest

import backend as b
import http_backend as hb
import programs
from certificates import DAY, Authority
from subject import QUICK, configuration, eventually, ids, spans_of
from test_tls import server_context


def to(backend, exporter=None, retry=None, queue=None, extensions=None, url=None):
    """otlp in, otlphttp out to the backend (or port); retries are quick, a request has time."""
    port = getattr(backend, "port", backend)
    http = {"endpoint": url or f"http://127.0.0.1:{port}", "timeout": "10m", "retry_on_failure": {**QUICK, **(retry or {})},
            **(exporter or {})}
    if queue:
        http["sending_queue"] = queue
    settings = {
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
        "exporters": {"otlphttp": http},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["otlphttp"]}}},
    }
    if extensions:
        settings["extensions"] = extensions
        settings["service"]["extensions"] = list(extensions)
    return settings


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def over_tls(backend, authority, exporter=None, **more):
    """The same over TLS, to localhost."""
    tls = {"ca_file": str(authority.cert), **more.pop("tls", {})}
    return to(backend, {"tls": tls, **(exporter or {})}, url=f"https://localhost:{backend.port}", **more)


# ---- what it sends ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("encoding", ["proto", "json"])
def test_spans_arrive_in_each_encoding_and_compression(daemons, http_backends, encoding, compression):
    backend = http_backends()
    daemon = daemons(to(backend, {"encoding": encoding, "compression": compression}))
    sent = [spans_of(2, first=0), spans_of(3000, size=200, first=2)]
    for request in sent:
        daemon.send(request)
    taken = {s.span_id: s for s in backend.wait_for_spans(3002)}
    wanted = {s.span_id: s for r in sent for s in r.resource_spans[0].scope_spans[0].spans}
    assert taken == wanted
    for call in backend.calls:
        assert call.method == "POST" and call.path == "/v1/traces"
        assert call.headers["content-type"] == (hb.JSON if encoding == "json" else hb.PROTO)
        assert call.headers.get("content-encoding", "none") == compression
        assert call.headers["user-agent"].startswith("tamis/")
        assert "expect" not in call.headers and "transfer-encoding" not in call.headers
        assert compression == "none" or len(call.packed) < len(call.message) or len(call.spans()) < 3


@pytest.mark.parametrize("level, mark", [(1, 4), (9, 2)])
def test_a_level_of_compression_is_used(daemons, http_backends, level, mark):
    backend = http_backends()
    daemons(to(backend, {"compression_params": {"level": level}})).send(spans_of(2000, size=50))
    assert len(backend.wait_for_spans(2000)) == 2000
    assert {call.packed[8] for call in backend.calls} == {mark}  # what gzip's header says of fastest and best


@pytest.mark.parametrize("url, path", [("{}/", "/v1/traces"), ("{}/otlp", "/otlp/v1/traces"), ("{}/a/b/", "/a/b/v1/traces")])
def test_the_path_of_the_endpoint_stays_before_ours(daemons, http_backends, url, path):
    backend = http_backends()
    daemons(to(backend, url=url.format(f"http://127.0.0.1:{backend.port}"))).send(spans_of(1))
    assert [call.path for call in backend.wait_for_calls(1)] == [path]


def test_the_traces_endpoint_is_the_whole_url_and_wins(daemons, http_backends):
    backend = http_backends()
    url = f"http://127.0.0.1:{backend.port}/ingest?key=1"
    daemons(to(backend, {"traces_endpoint": url}, url="https://other.example")).send(spans_of(1))
    assert [call.path for call in backend.wait_for_calls(1)] == ["/ingest?key=1"]


def test_headers_are_sent_and_never_shown(daemons, http_backends):
    backend = http_backends()
    headers = {"X-Scope-OrgID": "tenant", "Authorization": "Bearer ${env:SECRET}", "X-Empty": "", "Content-Type": "text/html",
               "User-Agent": "mine/1", "Host": "there.example"}
    daemon = daemons(to(backend, {"headers": headers}), env={"SECRET": "swordfish"})
    daemon.send(spans_of(1))
    (call,) = backend.wait_for_calls(1)
    assert call.headers["x-scope-orgid"] == "tenant" and call.headers["authorization"] == "Bearer swordfish"
    assert call.headers["x-empty"] == "" and call.headers["content-type"] == hb.PROTO
    assert call.headers["user-agent"] == "mine/1" and call.headers["host"] == "there.example"
    assert "swordfish" not in daemon.output()


def test_large_requests_are_cut_by_bytes(daemons, http_backends):
    backend = http_backends()
    daemon = daemons(to(backend, {"compression": "none"}, queue={"max_request_bytes": 100000}))
    daemon.send(spans_of(2000, size=200))
    assert sorted(ids(backend.wait_for_spans(2000))) == list(range(2000))
    assert max(len(call.packed) for call in backend.calls) <= 100000 and len(backend.calls) > 4


# ---- connections -----------------------------------------------------------------------------------------------


def test_connections_are_used_again_and_there_are_several(daemons, http_backends):
    gate = b.Gate()
    backend = http_backends(*[gate] * 4)
    daemon = daemons(to(backend))
    for i in range(4):
        daemon.send(spans_of(1, first=i))
    backend.wait_for_calls(4)
    gate.open()
    backend.wait_for_spans(4)
    assert len(backend.links) == 4
    for i in range(4, 20):
        daemon.send(spans_of(1, first=i))
        backend.wait_for_spans(i + 1)
    assert len(backend.links) == 4


def test_no_more_connections_are_opened_than_are_allowed(daemons, http_backends):
    gate = b.Gate()
    backend = http_backends(*[gate] * 2)
    daemon = daemons(to(backend, {"max_conns_per_host": 2}))
    for i in range(6):
        daemon.send(spans_of(1, first=i))
    backend.wait_for_calls(2)
    time.sleep(0.3)
    assert len(backend.calls) == 2 and len(backend.links) == 2
    gate.open()
    assert sorted(ids(backend.wait_for_spans(6))) == list(range(6))
    assert len(backend.links) == 2


def test_without_keep_alives_each_request_has_a_connection(daemons, http_backends):
    backend = http_backends()
    daemon = daemons(to(backend, {"disable_keep_alives": True}))
    for i in range(3):
        daemon.send(spans_of(1, first=i))
        backend.wait_for_spans(i + 1)
    assert len(backend.links) == 3


def test_connections_that_the_server_closes_between_requests_lose_nothing(daemons, http_backends):
    backend = http_backends(*[hb.ok_and_close] * 10)
    daemon = daemons(to(backend))
    for i in range(12):
        daemon.send(spans_of(5, first=5 * i))
        backend.wait_for_spans(5 * (i + 1))
    assert sorted(ids(backend.taken)) == list(range(60))
    assert daemon.metric("otelcol_exporter_send_failed_spans") == 0


# ---- answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_OC_05_these_statuses_are_sent_again(daemons, http_backends, code):
    backend = http_backends(hb.status(code, "later"))
    daemon = daemons(to(backend))
    daemon.send(spans_of(3))
    assert ids(backend.wait_for_spans(3)) == [0, 1, 2]
    assert len(backend.calls) == 2 and backend.calls[0].message == backend.calls[1].message
    assert f"the server answered {code}: later" in daemon.output()


@pytest.mark.parametrize("code", [301, 307, 400, 401, 403, 404, 405, 408, 413, 415, 500, 501, 505])
def test_OC_05_OC_07_others_drop_and_count(daemons, http_backends, code):
    kind = {400: hb.JSON, 404: "text/plain; charset=utf-8"}.get(code, hb.PROTO)
    backend = http_backends(hb.status(code, "never", kind, location="/elsewhere"))
    daemon = daemons(to(backend))
    daemon.send(spans_of(3))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans", exporter="otlphttp") == 3)
    daemon.send(spans_of(1, first=3))
    assert ids(backend.wait_for_spans(1)) == [3]
    assert len(backend.calls) == 2
    assert f"the server answered {code}" in daemon.output() and ": never" in daemon.output()


def test_OC_05_retry_after_in_seconds_is_waited_for(daemons, http_backends):
    backend = http_backends(hb.status(503, retry_after="1"))
    daemons(to(backend)).send(spans_of(1))
    backend.wait_for_spans(1)
    assert backend.calls[1].at - backend.calls[0].at >= 0.99


def test_OC_05_retry_after_as_a_date_is_waited_for(daemons, http_backends):
    def in_three_seconds(call):
        call.until = time.time() + 3
        hb.status(429, retry_after=email.utils.formatdate(call.until, usegmt=True))(call)

    backend = http_backends(in_three_seconds)
    daemons(to(backend)).send(spans_of(1))
    backend.wait_for_spans(1)
    first, second = backend.calls
    assert second.at - first.at >= 1.9  # a date has whole seconds


@pytest.mark.parametrize("kind", [hb.PROTO, hb.JSON])
def test_OC_08_a_partial_success_is_counted_and_not_repeated(daemons, http_backends, kind):
    backend = http_backends(hb.partial(2, "two are bad", kind))
    daemon = daemons(to(backend))
    daemon.send(spans_of(5))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 2)
    assert daemon.metric("otelcol_exporter_sent_spans") == 3
    assert "two are bad" in daemon.output() and len(backend.calls) == 1


@pytest.mark.parametrize("kind, body", [(hb.PROTO, b"\xff\xff\xff"), (hb.JSON, b'{"partialSuccess":{"rejectedSpans":'),
                                        (hb.JSON, b"[" * 100000), (hb.JSON, b'{"partialSuccess":7}'), ("", b"hello"),
                                        (hb.JSON, b'{"partialSuccess":{"rejectedSpans":"-5"}}'), ("text/html", b"<h1>")])
def test_a_success_whose_body_makes_no_sense_is_one(daemons, http_backends, kind, body):
    backend = http_backends(lambda call: call.answer(200, body, kind))
    daemon = daemons(to(backend))
    daemon.send(spans_of(5))
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans") == 5)


ODD = {
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "100-continue": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
                    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "202": b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_successes_are_successes(daemons, http_backends, name):
    backend = http_backends(hb.raw(ODD[name]))
    daemon = daemons(to(backend))
    daemon.send(spans_of(2))
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans") == 2)
    daemon.send(spans_of(1, first=2))
    assert sorted(ids(backend.wait_for_spans(3))) == [0, 1, 2]
    assert len(backend.calls) == 2


def test_an_answer_up_to_the_end_of_the_connection_counts(daemons, http_backends):
    backend = http_backends(hb.raw(b"HTTP/1.0 200 OK\r\n\r\nabc", then_close=True))
    daemon = daemons(to(backend))
    daemon.send(spans_of(2))
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans") == 2)


@pytest.mark.parametrize("act", [hb.reset, b.drop_connection,
                                 hb.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", then_close=True),
                                 hb.raw(b"SSH-2.0-OpenSSH\r\n", then_close=True),
                                 hb.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", then_close=True)],
                         ids=["reset", "closed", "cut", "other", "bad chunk"])
def test_OC_06_broken_answers_are_sent_again(daemons, http_backends, act):
    backend = http_backends(lambda call: act(call), lambda call: act(call))
    daemon = daemons(to(backend))
    daemon.send(spans_of(3))
    assert ids(backend.wait_for_spans(3)) == [0, 1, 2]
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans") == 3)
    assert "will retry" in daemon.output()


def test_OC_01_an_answer_above_4_mib_is_an_error_that_is_not_repeated(daemons, http_backends):
    backend = http_backends(lambda call: call.answer(200, bytes(64 << 20)))
    daemon = daemons(to(backend))
    daemon.send(spans_of(1))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 1)
    daemon.send(spans_of(1, first=1))
    assert ids(backend.wait_for_spans(1)) == [1]
    assert len(backend.calls) == 2 and "too large" in daemon.output()
    assert daemon.rss() < 200 << 20


def test_endless_header_fields_are_an_error(daemons, http_backends):
    flood = b"HTTP/1.1 200 OK\r\n" + b"".join(b"x-%d: %s\r\n" % (i, b"y" * 1000) for i in range(200))
    backend = http_backends(lambda call: call.raw(flood))
    daemon = daemons(to(backend))
    daemon.send(spans_of(1))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 1)
    assert "too large" in daemon.output()


def test_a_refusal_before_the_body_was_read_is_one(daemons, http_backends):
    backend = http_backends(early=b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    daemon = daemons(to(backend, {"compression": "none"}))
    daemon.send(spans_of(1000, size=3000))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 1000)
    assert "the server answered 413" in daemon.output()


def test_a_slow_answer_holds_up_nobody_else(daemons, http_backends):
    backend = http_backends(hb.in_drops(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"))
    daemon = daemons(to(backend))
    daemon.send(spans_of(1))
    backend.wait_for_calls(1)
    daemon.send(spans_of(1, first=1))
    backend.wait_for_calls(2)
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans") == 2)


def test_a_server_that_never_answers_is_left_after_the_timeout(daemons, http_backends):
    backend = http_backends(b.hang)
    daemon = daemons(to(backend, {"timeout": "500ms"}))
    daemon.send(spans_of(1))
    backend.wait_for_spans(1)
    assert backend.calls[1].at - backend.calls[0].at >= 0.49
    assert "timed out" in daemon.output()


def test_OC_06_a_dead_backend_is_tried_again_until_it_comes_up(daemons, http_backends):
    port = programs.free_port()
    daemon = daemons(to(port))
    daemon.send(spans_of(5))
    eventually(lambda: "will retry" in daemon.output())
    daemon.send(spans_of(5, first=5))
    backend = http_backends(port=port)
    assert sorted(ids(backend.wait_for_spans(10))) == list(range(10))
    assert daemon.metric("otelcol_exporter_send_failed_spans") == 0


def test_acknowledged_spans_survive_a_backend_that_restarts(daemons, http_backends):
    backend = http_backends()
    daemon = daemons(to(backend))
    taken = []
    for turn in range(5):
        for i in range(20):
            daemon.send(spans_of(5, first=100 * turn + 5 * i))
        backend.stop()
        taken += ids(backend.taken)
        time.sleep(0.2)
        backend = http_backends(port=backend.port)
    eventually(lambda: set(taken + ids(backend.taken)) == set(range(500)))
    assert daemon.metric("otelcol_exporter_send_failed_spans") == 0


def test_what_is_under_way_at_the_end_is_delivered(daemons, http_backends):
    backend = http_backends(b.slow(1), b.slow(1))
    daemon = daemons(to(backend))
    daemon.send(spans_of(3))
    backend.wait_for_calls(1)
    assert daemon.stop() == 0
    assert sorted(ids(backend.taken)) == [0, 1, 2]


def test_what_cannot_be_delivered_at_the_end_is_told(daemons, http_backends):
    backend = http_backends(*[b.hang] * 4)
    settings = to(backend)
    settings["service"]["shutdown_timeout"] = "300ms"
    daemon = daemons(settings)
    daemon.send(spans_of(3))
    backend.wait_for_calls(1)
    assert daemon.stop() == 1
    assert "stopped, but spans were lost" in daemon.output()


# ---- TLS -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocols", [("h2", "http/1.1"), ("http/1.1",), ()], ids=["h2", "http1", "no alpn"])
def test_over_tls_the_server_chooses_the_version_of_http(daemons, http_backends, authority, protocols):
    context = server_context(authority.server(), protocols=protocols)
    backend = http_backends(tls=context)
    daemon = daemons(over_tls(backend, authority))
    for i in range(5):
        daemon.send(spans_of(1000, size=500, first=1000 * i))
    assert sorted(ids(backend.wait_for_spans(5000))) == list(range(5000))
    assert {call.stream is not None for call in backend.calls} == {"h2" in protocols}
    assert daemon.metric("otelcol_exporter_send_failed_spans") == 0


def test_http_2_is_not_spoken_when_it_is_not_wanted(daemons, http_backends, authority):
    backend = http_backends(tls=server_context(authority.server(), protocols=("h2", "http/1.1")))
    daemon = daemons(over_tls(backend, authority, {"force_attempt_http2": False}))
    daemon.send(spans_of(3))
    backend.wait_for_spans(3)
    assert [call.stream for call in backend.calls] == [None]


def test_over_http_2_statuses_and_partial_successes_are_the_same(daemons, http_backends, authority):
    backend = http_backends(hb.status(503, "later", retry_after="1"), hb.partial(1, "one is bad"),
                            tls=server_context(authority.server(), protocols=("h2",)))
    daemon = daemons(over_tls(backend, authority))
    daemon.send(spans_of(4))
    eventually(lambda: daemon.metric("otelcol_exporter_sent_spans") == 3)
    assert backend.calls[1].at - backend.calls[0].at >= 0.99
    assert "the server answered 503: later" in daemon.output() and "one is bad" in daemon.output()


def test_client_certificates_open_doors(daemons, http_backends, authority):
    backend = http_backends(tls=server_context(authority.server(), authority, ("http/1.1",)))
    daemon = daemons(over_tls(backend, authority, tls=authority.client().settings()))
    daemon.send(spans_of(3))
    assert sorted(ids(backend.wait_for_spans(3))) == [0, 1, 2]


@pytest.mark.parametrize("who", ["stranger", "other name", "no name", "expired", "no client"])
def test_who_has_not_the_right_papers_gets_nothing(daemons, http_backends, authority, tmp_path, who):
    server = {"stranger": lambda: Authority(tmp_path).server(), "other name": lambda: authority.server("o", san="DNS:other"),
              "no name": lambda: authority.server("localhost", san=None),
              "expired": lambda: authority.server("e", start=-2 * DAY, end=-DAY),
              "no client": authority.server}[who]()
    context = server_context(server, authority if who == "no client" else None, ("http/1.1",))
    backend = http_backends(tls=context)
    daemon = daemons(over_tls(backend, authority, retry={"max_elapsed_time": "300ms"}))
    daemon.send(spans_of(3))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 3)
    assert not backend.calls


def test_a_server_may_be_known_by_another_name(daemons, http_backends, authority):
    asked = []
    context = server_context(authority.server("o", san="DNS:other.example"), protocols=("h2", "http/1.1"))
    context.sni_callback = lambda sock, name, context: asked.append(name)
    backend = http_backends(tls=context)
    daemon = daemons(over_tls(backend, authority, tls={"server_name_override": "other.example"}))
    daemon.send(spans_of(3))
    backend.wait_for_spans(3)
    assert set(asked) == {"other.example"}
    assert backend.calls[0].headers[":authority"] == f"localhost:{backend.port}"


@pytest.mark.parametrize("tls, speaks", [
    ({}, "ECDHE-ECDSA-AES256-GCM-SHA384"),  # the server's first
    ({"cipher_suites": ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]}, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ({"min_version": "1.3"}, None)], ids=["usual", "suite", "version"])
def test_versions_and_ciphers_are_those_of_the_settings(daemons, http_backends, authority, tls, speaks):
    context = server_context(authority.server(key="ec:prime256v1"), protocols=("http/1.1",))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    backend = http_backends(tls=context)
    daemon = daemons(over_tls(backend, authority, tls=tls, retry={} if speaks else {"max_elapsed_time": "300ms"}))
    daemon.send(spans_of(3))
    if speaks:
        backend.wait_for_spans(3)
        assert backend.calls[0].link.sock.cipher()[0] == speaks
    else:
        eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 3)
        assert not backend.calls


def test_insecure_skip_verify_takes_any_server(daemons, http_backends, authority, tmp_path):
    backend = http_backends(tls=server_context(Authority(tmp_path).server("x", san="DNS:other")))
    daemon = daemons(over_tls(backend, authority, tls={"insecure_skip_verify": True}))
    daemon.send(spans_of(3))
    assert sorted(ids(backend.wait_for_spans(3))) == [0, 1, 2]


def test_certificates_that_change_are_used_for_new_connections(daemons, http_backends, authority):
    good, bad = authority.client("good"), Authority(authority.folder, "elsewhere").client("bad")
    mine = authority.client("mine")
    bad.copy_to(mine)
    backend = http_backends(tls=server_context(authority.server(), authority, ("http/1.1",)))
    daemon = daemons(over_tls(backend, authority, {"disable_keep_alives": True},
                              tls=mine.settings(reload_interval="1s")))
    daemon.send(spans_of(3))
    eventually(lambda: "will retry" in daemon.output())
    good.copy_to(mine)
    assert sorted(ids(backend.wait_for_spans(3))) == [0, 1, 2]
    assert "certificates were read again" in daemon.output()


# ---- proxies ---------------------------------------------------------------------------------------------------


def test_requests_go_through_the_proxy_that_is_named(daemons, http_backends):
    proxy = http_backends()
    daemon = daemons(to(1, {"proxy_url": f"http://user:pass@127.0.0.1:{proxy.port}"}, url="http://backend.example:4318"))
    daemon.send(spans_of(3))
    proxy.wait_for_spans(3)
    (target, headers), *_ = proxy.asked_for
    assert target == "http://backend.example:4318/v1/traces" and headers["host"] == "backend.example:4318"
    assert headers["proxy-authorization"] == "Basic dXNlcjpwYXNz"
    assert "user:pass" not in daemon.output()


def test_tls_goes_through_a_proxy_by_a_tunnel(daemons, http_backends, authority):
    proxy, backend = http_backends(), http_backends(tls=server_context(authority.server(), protocols=("h2",)))
    daemon = daemons(over_tls(backend, authority, {"proxy_url": f"http://127.0.0.1:{proxy.port}",
                                                   "headers": {"X-Secret": "inside"}}))
    daemon.send(spans_of(3))
    backend.wait_for_spans(3)
    (target, headers), *_ = proxy.asked_for
    assert target == f"localhost:{backend.port}" and "x-secret" not in headers
    assert backend.calls[0].headers["x-secret"] == "inside" and not proxy.calls


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
def test_the_environment_names_a_proxy(daemons, http_backends, name):
    proxy = http_backends()
    daemon = daemons(to(1, url="http://backend.example:4318"), env={name: f"127.0.0.1:{proxy.port}"})
    daemon.send(spans_of(3))
    proxy.wait_for_spans(3)
    assert proxy.asked_for[0][0] == "http://backend.example:4318/v1/traces"


def test_this_machine_and_no_proxy_are_asked_without_one(daemons, http_backends):
    proxy, backend = http_backends(), http_backends()
    env = {"HTTP_PROXY": f"http://127.0.0.1:{proxy.port}"}
    daemons(to(backend), env=env).send(spans_of(3))
    assert sorted(ids(backend.wait_for_spans(3))) == [0, 1, 2]
    daemon = daemons(to(1, url="http://backend.example:4318", retry={"max_elapsed_time": "300ms"}),
                     env={**env, "NO_PROXY": "other, .example"})
    daemon.send(spans_of(3))
    eventually(lambda: daemon.metric("otelcol_exporter_send_failed_spans") == 3)
    assert not proxy.calls and not proxy.asked_for


# ---- credentials -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension, value", [
    ({"bearertokenauth": {"token": "abc"}}, "Bearer abc"),
    ({"basicauth": {"client_auth": {"username": "me", "password": "pw"}}}, "Basic bWU6cHc=")])
def test_extensions_authenticate_requests(daemons, http_backends, authority, extension, value):
    backend = http_backends(tls=server_context(authority.server(), protocols=("http/1.1",)))
    daemon = daemons(over_tls(backend, authority, {"auth": {"authenticator": list(extension)[0]}}, extensions=extension))
    daemon.send(spans_of(1))
    (call,) = backend.wait_for_calls(1)
    assert call.headers["authorization"] == value


def test_tokens_that_change_in_their_file_are_found(daemons, http_backends, authority, tmp_path):
    token = tmp_path / "token"
    token.write_text("first\n")
    backend = http_backends(tls=server_context(authority.server(), protocols=("http/1.1",)))
    daemon = daemons(over_tls(backend, authority, {"auth": {"authenticator": "bearertokenauth"}},
                              extensions={"bearertokenauth": {"filename": str(token)}}))
    daemon.send(spans_of(1))
    assert backend.wait_for_calls(1)[0].headers["authorization"] == "Bearer first"
    token.write_text("second\n")

    def comes_as_second():
        daemon.send(spans_of(1))
        time.sleep(0.5)
        return backend.calls[-1].headers["authorization"] == "Bearer second"

    eventually(comes_as_second, 0.1)


# ---- ports of another protocol ---------------------------------------------------------------------------------

H2_SETTINGS = bytes.fromhex("000000040000000000")
HTTP1_REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture
def speaker():
    """speaker(says) -> the port of a server that says so to whatever it is sent, and closes."""
    servers = []

    def start(says):
        class Answer(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.recv(1 << 16)
                self.request.sendall(says)
        servers.append(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return servers[-1].server_address[1]
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("scheme, says, reason", [
    ("http", H2_SETTINGS, "no HTTP/1.1: perhaps it is a port of gRPC"),
    ("https", HTTP1_REFUSAL, "the server does not speak TLS"),
    ("grpc", HTTP1_REFUSAL, "no HTTP/2: perhaps it is a port of OTLP/HTTP"),
    ("grpc", b"", "closed by the server before HTTP/2 began, perhaps it wants TLS")])
def test_a_port_of_another_protocol_is_told_for_what_it_is(daemons, speaker, scheme, says, reason):
    port = speaker(says)
    settings = configuration(port) if scheme == "grpc" else to(port, url=f"{scheme}://127.0.0.1:{port}")
    daemon = daemons(settings)
    daemon.send(spans_of(1))
    eventually(lambda: reason in daemon.output())
    daemon.kill()
