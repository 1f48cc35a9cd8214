"""HTTP/1.1 heads and bodies that two servers could read in two ways: tamis reads none of them. docs/protocol.md A16, A17.

A request that could hide another one is refused, the connection ends, and the hidden request is never served.

SPDX-License-Identifier: Apache-2.0
"""
import pytest

from subject import ids, spans_of
from witness import kind_of_port, shared, witness  # pylint: disable=unused-import

BODY = spans_of(1, first=7).SerializeToString()  # what must never arrive
SECRET = b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY), BODY)
START = b"POST /v1/traces HTTP/1.1\r\n"
HOST = b"Host: a\r\n"
TYPE = b"Content-Type: application/x-protobuf\r\n"
HEAD = START + HOST + TYPE
N = len(SECRET)
EMPTY_CHUNKS = b"0\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

SHAPES = {
    # Content-Length against Transfer-Encoding
    "length and chunked": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "chunked and length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n" % (5 + N) + EMPTY_CHUNKS + SECRET,
    "chunked and length 0": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + SECRET,
    # Content-Length in several readings
    "two lengths": HEAD + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % N + SECRET,
    "two equal lengths": HEAD + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "a list of lengths": HEAD + b"Content-Length: 0, %d\r\n\r\n" % N + SECRET,
    "a list of equal lengths": HEAD + b"Content-Length: 0, 0\r\n\r\n" + SECRET,
    "a length with a plus": HEAD + b"Content-Length: +0\r\n\r\n" + SECRET,
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n" + SECRET,
    "a length in hex": HEAD + b"Content-Length: 0x0\r\n\r\n" + SECRET,
    "a length with a blank within": HEAD + b"Content-Length: 0 0\r\n\r\n" + SECRET,
    "a length with an underscore": HEAD + b"Content-Length: 0_0\r\n\r\n" + SECRET,
    "a length with a point": HEAD + b"Content-Length: 0.0\r\n\r\n" + SECRET,
    "no length in the length": HEAD + b"Content-Length: \r\n\r\n" + SECRET,
    "a length with an arabic digit": HEAD + "Content-Length: \u0660\r\n\r\n".encode() + SECRET,
    "a length of 2^64": HEAD + b"Content-Length: 18446744073709551616\r\n\r\n" + SECRET,
    "a length of 2^63 (A09)": HEAD + b"Content-Length: 9223372036854775808\r\n\r\n" + SECRET,
    "a length of 40 digits": HEAD + b"Content-Length: " + b"1" * 40 + b"\r\n\r\n" + SECRET,
    # Transfer-Encoding in disguise
    "gzip, chunked": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "chunked, identity": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "identity": HEAD + b"Transfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "chunked twice": HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "chunked in two lines": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "chunked and another": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "xchunked": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "quoted chunked": HEAD + b'Transfer-Encoding: "chunked"\r\n\r\n' + EMPTY_CHUNKS + SECRET,
    "chunked with a parameter": HEAD + b"Transfer-Encoding: chunked;q=1\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "chunked behind a VT": HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "chunked and a NUL": HEAD + b"Transfer-Encoding: chunked\x00\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "no transfer encoding in it": HEAD + b"Transfer-Encoding:\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "chunked in HTTP/1.0": b"POST /v1/traces HTTP/1.0\r\n" + HOST + TYPE + b"Transfer-Encoding: chunked\r\n\r\n" + EMPTY_CHUNKS
                           + SECRET,
    # names and lines
    "a blank before the colon": HEAD + b"Content-Length : 0\r\n\r\n" + SECRET,
    "a tab before the colon": HEAD + b"Transfer-Encoding\t: chunked\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "a blank before the name": START + HOST + b" Content-Length: 0\r\n" + TYPE + b"\r\n" + SECRET,
    "a folded line": HEAD + b"X-A: b\r\n Content-Length: 0\r\n\r\n" + SECRET,
    "a folded value": HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + EMPTY_CHUNKS + SECRET,
    "a line without a colon": HEAD + b"Content-Length 0\r\n\r\n" + SECRET,
    "a line without a name": HEAD + b": 0\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "bare LF between lines": HEAD + b"X-A: b\nContent-Length: 0\r\n\r\n" + SECRET,
    "bare LF at the end": HEAD + b"Content-Length: 0\n\n" + SECRET,
    "bare CR between lines": HEAD + b"X-A: b\rContent-Length: 0\r\n\r\n" + SECRET,
    "CR CR LF": HEAD + b"Content-Length: 0\r\r\n\r\n" + SECRET,
    "a NUL in a value": HEAD + b"X-A: b\x00c\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "a NUL in a name": HEAD + b"X\x00A: b\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "a control character in a value": HEAD + b"X-A: b\x01c\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "DEL in a value": HEAD + b"X-A: b\x7fc\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "eight bits in a name": HEAD + b"X-\xc3\x84: b\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "a parenthesis in a name": HEAD + b"X(A): b\r\nContent-Length: 0\r\n\r\n" + SECRET,
    # request lines
    "no host": START + TYPE + b"Content-Length: 0\r\n\r\n" + SECRET,
    "two hosts": HEAD + b"Host: b\r\nContent-Length: 0\r\n\r\n" + SECRET,
    "a bad host": START + b"Host: a b\r\n" + TYPE + b"Content-Length: 0\r\n\r\n" + SECRET,
    "two blanks in the request line": b"POST  /v1/traces HTTP/1.1\r\n" + HOST + TYPE + b"Content-Length: 0\r\n\r\n" + SECRET,
    "a tab in the request line": b"POST\t/v1/traces HTTP/1.1\r\n" + HOST + TYPE + b"Content-Length: 0\r\n\r\n" + SECRET,
    "a blank behind the version": b"POST /v1/traces HTTP/1.1 \r\n" + HOST + TYPE + b"Content-Length: 0\r\n\r\n" + SECRET,
    "HTTP/1.2": b"POST /v1/traces HTTP/1.2\r\n" + HOST + TYPE + b"Content-Length: 0\r\n\r\n" + SECRET,
    "HTTP/0.9": b"POST /v1/traces\r\n\r\n" + SECRET,
    "http in lower case": b"POST /v1/traces http/1.1\r\n" + HOST + TYPE + b"Content-Length: 0\r\n\r\n" + SECRET,
    "a bad method": b"PO(ST /v1/traces HTTP/1.1\r\n" + HOST + TYPE + b"Content-Length: 0\r\n\r\n" + SECRET,
    "a control character in the path": b"POST /v1/\x01traces HTTP/1.1\r\n" + HOST + TYPE + b"Content-Length: 0\r\n\r\n" + SECRET,
    "a broken escape in the path": b"POST /v1/%zz HTTP/1.1\r\n" + HOST + TYPE + b"Content-Length: 0\r\n\r\n" + SECRET,
    # chunks
    "a chunk size with a plus": CHUNKED + b"+0\r\n\r\n" + SECRET,
    "a chunk size with 0x": CHUNKED + b"0x0\r\n\r\n" + SECRET,
    "a negative chunk size": CHUNKED + b"-1\r\n\r\n" + SECRET,
    "no chunk size": CHUNKED + b"\r\n\r\n" + SECRET,
    "a chunk size with a blank within": CHUNKED + b"0 0\r\n\r\n" + SECRET,
    "a chunk size of 17 digits": CHUNKED + b"00000000000000001\r\nx\r\n0\r\n\r\n" + SECRET,
    "a chunk size that overflows": CHUNKED + b"10000000000000000\r\n\r\n" + SECRET,
    "a chunk size of 2^63": CHUNKED + b"8000000000000000\r\nx\r\n" + SECRET,
    "a chunk that is longer than its size": CHUNKED + b"1\r\nxx\r\n0\r\n\r\n" + SECRET,
    "bare LF behind a chunk size": CHUNKED + b"0\n\r\n" + SECRET,
    "bare LF behind a chunk": CHUNKED + b"1\r\nx\n0\r\n\r\n" + SECRET,
    "bare LF at the end of chunks": CHUNKED + b"0\r\n\n" + SECRET,
    "bare CR in a chunk extension": CHUNKED + b"0;a=\rb\r\n\r\n" + SECRET,
    "bare LF in a chunk extension": CHUNKED + b"0;a=\nb\r\n\r\n" + SECRET,
    "a chunk extension of 1 KiB": CHUNKED + b"0;a=" + b"b" * 1024 + b"\r\n\r\n" + SECRET,
    "trailers of 8 KiB": CHUNKED + b"0\r\n" + b"X-A: b\r\n" * 1024 + b"\r\n" + SECRET,
    "a malformed trailer": CHUNKED + b"0\r\nX A\r\n\r\n" + SECRET,
    "a folded trailer": CHUNKED + b"0\r\nX: a\r\n b\r\n\r\n" + SECRET,
}
assert len(SHAPES) >= 40


def talk(tamis, data):
    """Sends bytes and returns what comes back before the end: (answer, whether the server closed)."""
    with tamis.connect(tamis.http) as sock:
        out = b""
        try:
            sock.sendall(data)
            while part := sock.recv(1 << 16):
                out += part
        except TimeoutError:
            return out, False
        except OSError:
            pass
        return out, True


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.replace(" ", "_"))
def test_A16_an_ambiguous_request_is_refused_and_hides_no_other(tamis, arrived, witness, shape):
    out, closed = talk(tamis, SHAPES[shape])
    assert out.count(b"HTTP/1.1 ") == 1, out
    assert 400 <= int(out[9:12]) <= 505 and out[9:12] != b"404", out
    assert closed, "the connection goes on"
    witness.swears(1 << 20)
    assert 7 not in ids(arrived.taken)


GOOD = {
    "plain": HEAD + b"Content-Length: 0\r\n\r\n",
    "leading zeros in the length": HEAD + b"Content-Length: 000\r\n\r\n",
    "blanks round the length": HEAD + b"Content-Length: \t 0 \t\r\n\r\n",
    "chunked": CHUNKED + EMPTY_CHUNKS,
    "chunked in capitals": HEAD + b"TRANSFER-ENCODING: Chunked\r\n\r\n" + EMPTY_CHUNKS,
    "chunks with an extension and a trailer": CHUNKED + b"00;a=b;c=\"d\"\r\nX-A: b\r\n\r\n",
    "the absolute form": b"POST http://a/v1/traces HTTP/1.1\r\n" + HOST + TYPE + b"Content-Length: 0\r\n\r\n",
    "an empty line first": b"\r\n" + HEAD + b"Content-Length: 0\r\n\r\n",
    "eight bits in a value": HEAD + b"X-A: \xc3\xa4\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("shape", GOOD, ids=lambda s: s.replace(" ", "_"))
def test_A16_what_is_unusual_but_clear_is_served_and_so_is_the_next(tamis, arrived, shape):
    last = SECRET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
    out, closed = talk(tamis, GOOD[shape] + last)
    assert out.count(b"HTTP/1.1 200 ") == 2 and closed, out
    assert ids(arrived.wait_for_spans(1)) == [7]


@pytest.mark.parametrize("fields", [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n", b"Upgrade: h2c\r\n"], ids=["h2c", "websocket", "alone"])
def test_A17_no_upgrade_is_taken(tamis, witness, fields):
    out, _ = talk(tamis, HEAD + fields + b"Content-Length: 0\r\n\r\n" + HEAD + b"Connection: close\r\n"
                  b"Content-Length: 0\r\n\r\n")
    assert b" 101 " not in out and out.count(b"HTTP/1.1 200 ") in (1, 2), out
    witness.swears(1 << 20)
