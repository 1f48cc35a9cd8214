"""The HTTP port: OTLP over HTTP/1.1 in protobuf and JSON. docs/protocol.md 1.1 (OS), 1.3 (OH), 1.5 (OJ).

SPDX-License-Identifier: Apache-2.0
"""
import base64
import gzip
import http.client
import json
import socket
import struct

import pytest
from google.protobuf import json_format
from google.rpc import status_pb2

import backend as b
import packing
from programs import PATIENCE
from subject import configuration, eventually, ids, spans_of

PROTO, JSON = "application/x-protobuf", "application/json"


def span_json(**fields):
    """An OTLP/JSON body with one span of these fields."""
    span = {"traceId": "0102030405060708090A0B0C0D0E0F10", "spanId": "00000000000000ff", "name": "j", **fields}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


def error_of(answer):
    """The Status in a refusal, in the form that its Content-Type says."""
    if answer.headers["Content-Type"] == PROTO:
        status = status_pb2.Status.FromString(answer.body)
    else:
        assert answer.headers["Content-Type"] == JSON
        status = json_format.Parse(answer.body, status_pb2.Status())
    assert status.message
    return status


def raw(port, data):
    """Sends bytes, of which the last ask for the end of the connection, and returns all that comes back."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as sock:
        out = b""
        try:
            sock.sendall(data)
            while part := sock.recv(1 << 16):
                out += part
        except ConnectionError:
            pass
        return out


def one_span(tamis, arrived, body):
    """Posts JSON and returns the span that arrives."""
    arrived.forget()
    answer = tamis.post(body, JSON)
    assert answer.status == 200, answer.body
    return arrived.wait_for_spans(1)[0]


# ---- requests and answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", [None, "gzip", "GZIP", "identity", "x-gzip"])
def test_OS_01_none_and_gzip_are_understood(tamis, arrived, coding):
    body = spans_of(9, size=100).SerializeToString()
    if coding and "gzip" in coding.lower():
        body = gzip.compress(body)
    answer = tamis.post(body, headers={"Content-Encoding": coding} if coding else {})
    assert (answer.status, answer.body) == (200, b"")
    assert ids(arrived.wait_for_spans(9)) == list(range(9))


@pytest.mark.parametrize("coding", packing.HTTP)
def test_every_coding_of_the_collector_is_understood(tamis, arrived, coding):
    pack = packing.HTTP[coding]
    answer = tamis.post(pack(spans_of(900, size=100).SerializeToString()), headers={"Content-Encoding": coding})
    assert answer.status == 200, answer.body
    assert ids(arrived.wait_for_spans(900)) == list(range(900))
    good = pack(spans_of(1, size=100).SerializeToString())
    for bad in (good[:-1], good + b"x", b"\0" + good, b"none"):
        answer = tamis.post(bad, headers={"Content-Encoding": coding})
        assert answer.status == 400 and error_of(answer).code == 3, (coding, bad)
    answer = tamis.post(pack(bytes(21 << 20)) if coding != "x-snappy-framed" else pack(bytes(1 << 16))
                        + pack(bytes(1 << 16))[10:] * 335, headers={"Content-Encoding": coding})
    assert answer.status == 413


@pytest.mark.parametrize("coding", ["gzip", "zstd", "lz4"])
def test_a_body_may_have_several_members(tamis, arrived, coding):
    pack = packing.HTTP[coding]
    body = spans_of(9, size=100).SerializeToString()
    cut = len(body) // 3
    parts = pack(b"") + pack(body[:cut]) + pack(b"") + pack(body[cut:]) + pack(b"")
    if coding != "gzip":
        parts += b"\x50\x2a\x4d\x18\4\0\0\0skip"
    assert tamis.post(parts, headers={"Content-Encoding": coding}).status == 200
    assert ids(arrived.wait_for_spans(9)) == list(range(9))
    for bad in (parts[:-1], parts + b"x", pack(body) + b"junk"):
        assert tamis.post(bad, headers={"Content-Encoding": coding}).status == 400
    assert tamis.post(pack(bytes(1 << 20)) * 21, headers={"Content-Encoding": coding}).status == 413


def test_OS_02_OH_07_a_body_over_the_limit_is_413_packed_or_not(daemons, backends):
    backend = backends()
    daemon = daemons(configuration(backend, receiver={"protocols": {"http": {"max_request_body_size": 100000},
                                                                    "grpc": {}}}))
    big = spans_of(1, size=200000).SerializeToString()
    for body, headers in ((big, {}), (gzip.compress(big), {"Content-Encoding": "gzip"})):
        for kind in (PROTO, JSON):
            answer = daemon.post(body, kind, headers=headers)
            assert answer.status == 413 and answer.headers["Content-Type"] == kind
            error_of(answer)
    assert not backend.calls
    daemon.post(spans_of(1, size=90000).SerializeToString())
    backend.wait_for_spans(1)


def test_OS_04_OS_05_empty_requests_are_a_success_in_their_own_form(tamis):
    answer = tamis.post(b"")
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"", PROTO)
    for body in (b"{}", b'{"resourceSpans":[]}', b'{"resourceSpans":null}'):
        answer = tamis.post(body, JSON)
        assert answer.status == 200 and json.loads(answer.body) in ({}, {"partialSuccess": {}})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_OH_01_OH_12_only_post_is_allowed(tamis, method):
    answer = tamis.post(b"" if method == "PUT" else None, method=method)
    assert answer.status == 405 and answer.headers["Allow"] == "POST"
    if method != "HEAD":
        error_of(answer)


@pytest.mark.parametrize("path", ["/", "/v1/logs", "/v1/metrics", "/v1/trace", "/v1/traces/", "/V1/traces", "//v1/traces"])
def test_OH_01_OH_12_another_path_is_404(tamis, path):
    for kind in (PROTO, JSON):
        answer = tamis.post(b"", kind, path)
        assert answer.status == 404
        error_of(answer)


def test_OH_01_the_path_can_be_changed_and_a_query_is_no_part_of_it(daemons, backends):
    backend = backends()
    daemon = daemons(configuration(backend, receiver={"protocols": {"http": {"traces_url_path": "/in"}}}), ports=[])
    daemon.wait_for([daemon.http])
    assert daemon.post(b"", path="/v1/traces").status == 404
    assert daemon.post(spans_of(1).SerializeToString(), path="/in?token=1").status == 200
    backend.wait_for_spans(1)


def test_OH_02_protobuf_json_and_grpc_share_the_port(tamis, arrived):
    from frames import DATA, END_STREAM, Peer, frame, message  # pylint: disable=import-outside-toplevel
    assert tamis.post(spans_of(1).SerializeToString()).status == 200
    assert tamis.post(span_json(), JSON).status == 200
    with Peer(tamis.http) as peer:
        peer.send(peer.head(1) + frame(DATA, END_STREAM, 1, message(spans_of(1, first=2).SerializeToString())))
        assert peer.answer(1)["grpc-status"] == "0"
        body = spans_of(1, first=3).SerializeToString()
        peer.send(peer.head(3, path="/v1/traces", content_type=PROTO, te=None) + frame(DATA, END_STREAM, 3, body))
        assert peer.answer(3)[":status"] == "200" and peer.fields[3]["content-type"] == PROTO
    assert sorted(ids(arrived.wait_for_spans(4))) == [0, 2, 3, 254]


@pytest.mark.parametrize("kind", [PROTO, JSON, JSON + "; charset=utf-8", "Application/JSON", PROTO + ";x=y",
                                  "APPLICATION/X-PROTOBUF ; q=1"])
def test_OH_03_the_answer_has_the_type_of_the_request(tamis, arrived, kind):
    is_json = "json" in kind.lower()
    answer = tamis.post(span_json() if is_json else spans_of(1).SerializeToString(), kind)
    assert answer.status == 200 and answer.headers["Content-Type"].split(";")[0] == (JSON if is_json else PROTO)
    arrived.wait_for_spans(1)


@pytest.mark.parametrize("kind", ["text/plain", "application/protobuf", "application/xml", "json", "application/jsonx",
                                  "application/x-www-form-urlencoded", "application/grpc", ""])
def test_OH_05_OH_12_another_content_type_is_415_with_a_json_status(tamis, kind):
    answer = tamis.post(b"{}", kind)
    assert answer.status == 415 and answer.headers["Content-Type"] == JSON
    error_of(answer)


def test_OH_05_OH_12_no_content_type_is_415(tamis):
    out = raw(tamis.http, b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    assert out.startswith(b"HTTP/1.1 415") and b'"message"' in out


@pytest.mark.parametrize("kind, body", [(PROTO, b"\xff"), (PROTO, b"\x0a\x7fab"), (JSON, b"{"), (JSON, b""), (JSON, b"[]"),
                                        (JSON, b'{"resourceSpans":7}'), (JSON, b"\xef\xbb\xbf{}"), (JSON, b"{} {}"),
                                        (JSON, span_json(traceId="xyz")), (JSON, span_json(traceId="01")),
                                        (PROTO, gzip.compress(b"x"))])
def test_OH_04_OH_05_OH_06_bad_data_is_400_with_the_reason_and_the_connection_goes_on(tamis, arrived, kind, body):
    connection = http.client.HTTPConnection("127.0.0.1", tamis.http, timeout=PATIENCE)
    connection.request("POST", "/v1/traces", body, {"Content-Type": kind})
    answer = connection.getresponse()
    answer.body = answer.read()
    assert answer.status == 400 and answer.headers["Content-Type"] == kind
    status = error_of(answer)
    assert len(status.message) > 5 and status.code in (0, 3)
    sock = connection.sock
    connection.request("POST", "/v1/traces", spans_of(1).SerializeToString(), {"Content-Type": PROTO})
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read() == b"" and connection.sock is sock
    connection.close()
    assert ids(arrived.wait_for_spans(1)) == [0]


def test_OH_05_a_reason_never_echoes_the_body(tamis):
    for body in (b'{"<script>alert(1)</script>": "\x01', b'{"a\\r\\nx: y": tru'):
        answer = tamis.post(body, JSON)
        assert answer.status == 400 and b"script" not in answer.body and b"x: y" not in answer.body


def test_OH_08_OH_09_overload_is_503_with_retry_after_in_whole_seconds(daemons, backends):
    backend = backends(*[b.hang] * 9)
    daemon = daemons(configuration(backend, queue={"queue_size": 1}, service={"shutdown_timeout": "100ms"}))
    daemon.post(spans_of(1).SerializeToString())
    backend.wait_for_calls(1)
    for kind, body in ((PROTO, spans_of(1).SerializeToString()), (JSON, span_json())):
        answer = daemon.post(body, kind)
        assert answer.status == 503 and 1 <= int(answer.headers["Retry-After"]) <= 60
        assert answer.headers["Content-Type"] == kind and error_of(answer).code in (0, 14)


def test_OH_10_a_small_answer_is_never_packed(tamis):
    answer = tamis.post(b"", headers={"Accept-Encoding": "gzip"})
    assert answer.status == 200 and answer.headers["Content-Encoding"] is None


@pytest.mark.parametrize("coding", ["br", "compress", "x-deflate", "gzip, gzip", "gzip, identity", "lz4, snappy"])
def test_OH_11_an_unknown_content_encoding_is_415_and_says_what_is_known(tamis, coding):
    answer = tamis.post(b"abc", headers={"Content-Encoding": coding})
    known = answer.headers["Accept-Encoding"].split(", ")
    assert answer.status == 415 and known == list(packing.HTTP)
    error_of(answer)


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b"\x0a" * 50)[:-4], gzip.compress(b"") + b"rest", b""])
def test_OH_06_a_corrupt_packed_body_is_400(tamis, body):
    answer = tamis.post(body, headers={"Content-Encoding": "gzip"})
    assert answer.status == 400
    error_of(answer)


def test_OH_12_expect_100_continue_is_answered(tamis, arrived):
    body = spans_of(1).SerializeToString()
    with socket.create_connection(("127.0.0.1", tamis.http), PATIENCE) as sock:
        sock.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n"
                     b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert sock.recv(100).startswith(b"HTTP/1.1 100")
        sock.sendall(body)
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
    arrived.wait_for_spans(1)


def test_OH_12_expect_is_refused_before_the_body_where_the_answer_is_known(tamis):
    out = raw(tamis.http, b"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                          b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 5\r\n\r\n")
    assert out.startswith(b"HTTP/1.1 404")


def test_OH_12_a_post_without_a_length_has_no_body(tamis):
    out = raw(tamis.http, b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n"
                          b"Connection: close\r\n\r\n")
    assert out[9:12] in (b"200", b"411", b"400")


def test_OH_12_chunked_bodies_and_keep_alive_and_pipelining(tamis, arrived):
    body = spans_of(1, size=50).SerializeToString()
    chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7]) for i in range(0, len(body), 7))
    head = b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nTrailer: x\r\n\r\n"
    plain = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    last = head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    out = raw(tamis.http, chunked + plain + chunked + last)
    assert out.count(b"HTTP/1.1 200 ") == 4
    arrived.wait_for_spans(4)


def test_OH_13_an_early_refusal_reaches_a_client_that_is_still_sending(tamis):
    with socket.create_connection(("127.0.0.1", tamis.http), PATIENCE) as sock:
        size = 300 << 20
        sock.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n" % size)
        sent = 0
        try:
            while sent < 2 << 20:
                sent += sock.send(bytes(1 << 16))
        except OSError:
            pass
        assert sock.recv(100).startswith(b"HTTP/1.1 413")


def test_OH_14_a_backends_answer_is_mapped_when_the_client_waits_for_it(daemons, backends):
    want = {1: 503, 3: 400, 7: 403, 12: 404, 13: 500, 16: 401}
    backend = backends(*[b.status(code, "no") for code in want])
    daemon = daemons(configuration(backend, queue={"wait_for_result": True}, retry={"enabled": False}))
    for code, status in want.items():
        assert daemon.post(spans_of(1).SerializeToString()).status == status, code
    assert daemon.post(spans_of(1).SerializeToString()).status == 200


# ---- JSON ------------------------------------------------------------------------------------------------------


def test_OJ_01_names_in_camel_case_and_in_snake_case(tamis, arrived):
    span = one_span(tamis, arrived, span_json(startTimeUnixNano="5", droppedAttributesCount=3))
    assert span.start_time_unix_nano == 5 and span.dropped_attributes_count == 3
    body = json.dumps({"resource_spans": [{"scope_spans": [{"spans": [
        {"trace_id": "00" * 16, "span_id": "00" * 8, "start_time_unix_nano": "6"}]}]}]}).encode()
    assert one_span(tamis, arrived, body).start_time_unix_nano == 6


def test_OJ_02_ids_are_hex_in_any_case_and_other_bytes_base64_of_any_kind(tamis, arrived):
    span = one_span(tamis, arrived, span_json(parentSpanId="abcdefABCDEF0123"))
    assert span.trace_id == bytes(range(1, 17)) and span.parent_span_id.hex() == "abcdefabcdef0123"
    for text in ("-_8=", "+/8=", "+/8", "-_8"):
        span = one_span(tamis, arrived, span_json(attributes=[{"key": "b", "value": {"bytesValue": text}}]))
        assert span.attributes[0].value.bytes_value == b"\xfb\xff"
    for text in ("a", "a=b=", "%%"):
        answer = tamis.post(span_json(attributes=[{"key": "b", "value": {"bytesValue": text}}]), JSON)
        assert answer.status == 400


def test_OJ_03_enums_are_numbers_and_unknown_ones_are_kept(tamis, arrived):
    assert one_span(tamis, arrived, span_json(kind=3)).kind == 3
    assert one_span(tamis, arrived, span_json(kind=77)).kind == 77
    assert one_span(tamis, arrived, span_json(status={"code": 2})).status.code == 2


@pytest.mark.parametrize("given, want", [("7", 7), (7, 7), ("1700000000000000001", 1700000000000000001),
                                         (1700000000000000001, 1700000000000000001),
                                         ("18446744073709551615", 2**64 - 1), (18446744073709551615, 2**64 - 1)])
def test_OJ_04_OJ_09_OJ_11_64_bits_as_a_string_or_a_number_are_exact(tamis, arrived, given, want):
    assert one_span(tamis, arrived, span_json(endTimeUnixNano=given)).end_time_unix_nano == want


@pytest.mark.parametrize("text, want", [("1e3", 1000), ("1.0", 1), ("-9223372036854775808", -2**63), ('"-5"', -5),
                                        ("9223372036854775807", 2**63 - 1), ("9007199254740993", 9007199254740993)])
def test_OJ_04_integral_numbers_are_integers(tamis, arrived, text, want):
    body = span_json(attributes=[{"key": "i", "value": {"intValue": "@"}}]).replace(b'"@"', text.encode())
    assert one_span(tamis, arrived, body).attributes[0].value.int_value == want


@pytest.mark.parametrize("text", ["1.5", "1e30", "9223372036854775808", '"x"', '"1.5"', '""', "true", "0x1", "01", "1e-1"])
def test_OJ_04_fractions_and_overflow_are_refused(tamis, text):
    body = span_json(attributes=[{"key": "i", "value": {"intValue": "@"}}]).replace(b'"@"', text.encode())
    assert tamis.post(body, JSON).status == 400


@pytest.mark.parametrize("text, want", [("1.5", "1.5"), ('"NaN"', "nan"), ('"Infinity"', "inf"), ('"-Infinity"', "-inf"),
                                        ('"2.5"', "2.5"), ("-0.0", "-0.0"), ("3", "3.0"), ("1e300", "1e+300")])
def test_OJ_05_doubles(tamis, arrived, text, want):
    body = span_json(attributes=[{"key": "d", "value": {"doubleValue": "@"}}]).replace(b'"@"', text.encode())
    assert str(one_span(tamis, arrived, body).attributes[0].value.double_value) == want


def test_OJ_06_null_is_absent_and_of_duplicate_keys_the_last_counts(tamis, arrived):
    span = one_span(tamis, arrived, span_json(kind=None, attributes=None, status=None, events=None))
    assert span.kind == 0 and not span.attributes and not span.events
    body = span_json(name="first").replace(b'"name"', b'"name":"zero","name"')
    assert one_span(tamis, arrived, body).name == "first"


def test_OJ_07_unknown_names_are_skipped_whatever_they_hold(tamis, arrived):
    extra = {"x": {"y": [1, "two", None, {"z": [[[]]]}], "name": "no"}, "w": "\ud83d\ude00", "v": -1.5e-7}
    assert one_span(tamis, arrived, span_json(unknown=extra, name="yes")).name == "yes"


def test_OJ_08_two_members_of_a_oneof_are_refused(tamis):
    answer = tamis.post(span_json(attributes=[{"key": "k", "value": {"stringValue": "a", "intValue": 1}}]), JSON)
    assert answer.status == 400
    assert error_of(answer).message


def test_OJ_10_text(tamis, arrived):
    assert one_span(tamis, arrived, span_json(name="a\0b")).name == "a\0b"
    body = span_json(name="@").replace(b"@", rb"x\ud800y\udc00z\ud83d\ude00")
    assert one_span(tamis, arrived, body).name == "x\ufffdy\ufffdz\U0001f600"
    for bad in (b"\xef\xbb\xbf" + span_json(), span_json() + b"x", span_json()[:-1], span_json(name="@").replace(b"@", b"\n")):
        assert tamis.post(bad, JSON).status == 400
    assert tamis.post(b" \n\t" + span_json() + b"\r\n ", JSON).status == 200


@pytest.mark.parametrize("policy, status, text", [(None, 200, "caf\ufffd".encode()), ("sanitize", 200, "caf\ufffd".encode()),
                                                  ("pass", 200, b"caf\xe9"), ("reject", 400, None)])
def test_OJ_10_the_key_utf8_holds_for_json_as_for_protobuf(daemons, backends, tmp_path, policy, status, text):
    out = tmp_path / "spans.json"
    settings = configuration(backends(), receiver={"protocols": {"grpc": {}, "http": {}}, **({"utf8": policy} if policy else {})})
    settings["exporters"] = {"file": {"path": str(out)}}
    settings["service"]["pipelines"]["traces"]["exporters"] = ["file"]
    daemon = daemons(settings)
    attributes = [{"key": "k@", "value": {"stringValue": "v@"}}, {"key": "a", "value": {"arrayValue": {"values": [{"stringValue": "i@"}]}}}]
    body = span_json(name="@", attributes=attributes, status={"message": "m@"}).replace(b"@", b"caf\xe9")
    answer = daemon.post(body, JSON)
    assert answer.status == status, answer.body
    protobuf = spans_of(1, size=1)
    protobuf.resource_spans[0].scope_spans[0].spans[0].name = "caf~"
    packed = protobuf.SerializeToString().replace(b"caf~", b"caf\xe9")
    assert daemon.post(packed).status == status
    if status == 200:
        lines = eventually(lambda: out.exists() and out.read_bytes().count(b"\n") == 2 and out.read_bytes())
        for part in (b'"name":"', b'"k', b'"v', b'"i', b'"m'):
            assert part + text + b'"' in lines.splitlines()[0]
        assert b'"name":"' + text + b'"' in lines.splitlines()[1]


def test_null_in_a_list_is_an_empty_item(tamis, arrived):
    span = one_span(tamis, arrived, span_json(attributes=[
        {"key": "items", "value": {"arrayValue": {"values": [{"stringValue": "tea"}, None]}}}], events=[None, {"name": "e"}]))
    items = span.attributes[0].value.array_value.values
    assert [item.WhichOneof("value") for item in items] == ["string_value", None]
    assert [event.name for event in span.events] == ["", "e"]
    for wrong in (1, "null", [], True):
        assert tamis.post(span_json(events=[wrong]), JSON).status == 400


def test_OJ_01_OJ_02_OJ_03_OJ_04_what_tamis_writes_is_by_the_book(daemons, backends, tmp_path):
    settings = configuration(backends())
    out = tmp_path / "spans.json"
    settings["exporters"] = {"file": {"path": str(out)}}
    settings["service"]["pipelines"]["traces"]["exporters"] = ["file"]
    daemon = daemons(settings)
    daemon.post(span_json(kind=2, startTimeUnixNano=1700000000000000001, flags=257, attributes=[
        {"key": "b", "value": {"bytesValue": "+/8="}}, {"key": "i", "value": {"intValue": 2**62}},
        {"key": "d", "value": {"doubleValue": "NaN"}}]), JSON)
    tree = json.loads(eventually(lambda: out.exists() and out.read_text().endswith("\n") and out.read_text()))
    span = tree["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    assert span["traceId"] == "0102030405060708090a0b0c0d0e0f10" and span["spanId"] == "00000000000000ff"
    assert span["kind"] == 2 and span["startTimeUnixNano"] == "1700000000000000001" and span["flags"] == 257
    values = {a["key"]: a["value"] for a in span["attributes"]}
    assert base64.b64decode(values["b"]["bytesValue"]) == b"\xfb\xff"
    assert values["i"] == {"intValue": str(2**62)} and values["d"] == {"doubleValue": "NaN"}


# ---- nesting (A10) ---------------------------------------------------------------------------------------------


def nested_proto(depth):
    """A request with an AnyValue of so many nested arrays."""
    def part(number, body):
        n, size = len(body), b""
        while n > 127:
            size += bytes([n & 127 | 128])
            n >>= 7
        return bytes([number << 3 | 2]) + size + bytes([n]) + body
    value = part(1, b"leaf")
    for _ in range(depth):
        value = part(5, part(1, value))
    span = part(1, bytes(16)) + part(2, bytes(8)) + part(9, part(1, b"k") + part(2, value))
    return part(1, part(2, part(2, span)))


def nested_json(depth):
    """The same in JSON."""
    value = b'{"arrayValue":{"values":[' * depth + b'{"stringValue":"leaf"}' + b"]}}" * depth
    return span_json(attributes=[{"key": "k", "value": "@"}]).replace(b'"@"', value)


@pytest.mark.parametrize("depth, fits", [(10, True), (30, True), (100, False), (5000, False)])
def test_A10_deep_nesting_is_refused_beyond_a_bound(tamis, arrived, depth, fits):
    arrived.forget()
    want = 200 if fits else 400
    assert tamis.post(nested_proto(depth)).status == want
    if depth < 1000 or not fits:
        assert tamis.post(nested_json(min(depth, 1000) if fits else depth), JSON).status == want
    if fits:
        arrived.wait_for_spans(2)


def test_A10_a_megabyte_of_brackets_costs_nothing(tamis):
    before = tamis.rss()
    for body in (b"[" * (1 << 20), b'{"a":' * (1 << 18), span_json(x="@").replace(b'"@"', b"[" * 100000 + b"]" * 100000)):
        assert tamis.post(body, JSON).status == 400
    packed = b"".join(struct.pack(">BB", 0x0a, 0x7f) for _ in range(1 << 18))
    assert tamis.post(packed).status == 400
    assert tamis.rss() - before < 32 << 20
