"""`tamis lsp` and what no client should send: frames, JSON, order, sizes.

SPDX-License-Identifier: Apache-2.0
"""
import json
import random

import pytest

from lsp_client import Client, Gone, frame

HOVER = "textDocument/hover"


@pytest.fixture
def fresh(tmp_path):
    """A server that nobody has initialized."""
    running = Client(tmp_path)
    yield running
    running.end()


@pytest.fixture
def client(tmp_path):
    """One that is, and answers well after each test."""
    running = Client(tmp_path).start()
    yield running
    running.open("after.ottl", 'drop where name == "a"\n')
    assert running.get(HOVER, running.at("after.ottl", "name"))["contents"]["value"]
    assert running.stop() == 0, running.errors


def error_of(client, data):
    """The code of the error that raw bytes get."""
    client.write(data)
    return client.answer(None)["error"]["code"]


# ---- the life of a server --------------------------------------------------------------------------

def test_the_exit_code_says_whether_shutdown_came(tmp_path):
    assert Client(tmp_path).start().stop() == 0
    client = Client(tmp_path).start()
    client.send("exit")
    assert client.end() == 1
    client = Client(tmp_path).start()
    assert client.end() == 1
    client = Client(tmp_path)
    client.send("exit")
    assert client.end() == 1


def test_requests_before_initialize_are_refused(fresh):
    assert fresh.refused(HOVER, {})["code"] == -32002
    assert fresh.refused("shutdown")["code"] == -32002
    fresh.send("textDocument/didOpen", {"textDocument": {"uri": "file:///a.ottl", "text": "nme == 1", "version": 1}})
    fresh.start()
    assert fresh.refused(HOVER, {"textDocument": {"uri": "file:///a.ottl"}})["code"] == -32602
    assert fresh.refused("initialize", {})["code"] == -32600


def test_requests_after_shutdown_are_refused(fresh):
    fresh.start()
    assert fresh.ask("shutdown")["result"] is None
    assert fresh.refused(HOVER, {})["code"] == -32600
    assert fresh.refused("initialize", {})["code"] == -32600
    assert fresh.refused("shutdown")["code"] == -32600


def test_what_is_not_known_is_refused_or_ignored(client):
    assert client.refused("textDocument/none", {})["code"] == -32601
    assert client.refused("$/none", {})["code"] == -32601
    assert client.refused("textDocument/didOpen", {})["code"] == -32601
    client.send("textDocument/none", {})
    client.send("$/none")
    client.write(frame({"jsonrpc": "2.0", "id": 77, "result": None}))
    client.write(frame({"jsonrpc": "2.0", "id": 78, "error": {"code": 1, "message": "x"}}))


def test_ids_come_back_as_they_were(client):
    for number in (0, -1, 2 ** 40, "a", "\u00e9\"\\\U0001f600", ""):
        client.send("$/none", {}, number)
        assert client.answer(number)["error"]["code"] == -32601


def test_cancelled_requests_are_answered_so(client):
    # in one write, so that all of them have come before the first is looked at
    client.write(frame({"jsonrpc": "2.0", "id": 1001, "method": HOVER, "params": {}})
                 + frame({"jsonrpc": "2.0", "id": "1001", "method": HOVER, "params": {}})
                 + frame({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1001}}))
    assert client.answer(1001)["error"]["code"] == -32800
    assert client.answer("1001")["error"]["code"] == -32602
    for params in ({"id": 5000}, {}, [], None, {"id": None}, {"id": {}}):
        client.send("$/cancelRequest", params)


def test_nobody_reading_is_the_end(tmp_path):
    client = Client(tmp_path).start()
    client.program.stdout.close()
    client.send("$/none", {}, 5)
    assert client.program.wait(120) == 1
    client.program.stdin.close()
    client.program.stderr.close()


# ---- frames ----------------------------------------------------------------------------------------

def test_frames_may_come_in_pieces_and_together(client):
    data = frame({"jsonrpc": "2.0", "id": 900, "method": "$/a"})
    for byte in data:
        client.write(bytes([byte]))
    assert client.answer(900)["error"]["code"] == -32601
    client.write(b"".join(frame({"jsonrpc": "2.0", "id": 1000 + i, "method": "$/a"}) for i in range(600)))
    for i in range(600):
        client.answer(1000 + i)


def test_heads_are_read_as_http_reads_them(client):
    body = json.dumps({"jsonrpc": "2.0", "id": 9, "method": "$/a"}).encode()
    for head in (b"content-length:%d\r\n\r\n", b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
                 b"Content-Length: %d\n\n", b"CONTENT-LENGTH:   %d  \r\nX: y\r\n\r\n"):
        client.write(head % len(body) + body)
        assert client.answer(9)["error"]["code"] == -32601


@pytest.mark.parametrize("data", [
    b"Content-Length: x\r\n\r\n{}", b"Content-Length: -5\r\n\r\n{}", b"Content-Length:\r\n\r\n{}", b"X: 1\r\n\r\n{}",
    b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", b"\r\n\r\n", b"{\"jsonrpc\":\"2.0\"}\r\n\r\n",
    b"Content-Length: 1 2\r\n\r\n{}", b"Content-Length: 0x2\r\n\r\n{}", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\0" * 20000, b"a" * 8192, b"Content-Length: 5" * 3000 + b"x\r\n\r\n"])
def test_what_is_no_frame_is_told_and_the_next_one_found(client, data):
    assert error_of(client, data) == -32700
    client.write(frame({"jsonrpc": "2.0", "id": 9, "method": "$/a"}))
    assert client.answer(9)["error"]["code"] == -32601


def test_a_length_of_a_gigabyte_is_refused_at_once_and_passed_over(client):
    assert error_of(client, b"Content-Length: 1073741824\r\n\r\n") == -32600
    piece = b" " * (1 << 20)
    for _ in range(1024):
        client.write(piece)
    client.write(frame({"jsonrpc": "2.0", "id": 9, "method": "$/a"}))
    assert client.answer(9)["error"]["code"] == -32601
    with open(f"/proc/{client.program.pid}/status", encoding="utf-8") as status:
        peak, = [int(line.split()[1]) for line in status if line.startswith("VmHWM")]
    assert peak < 700 << 10 or b"asan" in open(f"/proc/{client.program.pid}/maps", "rb").read(), peak


def test_a_length_without_end_is_none(fresh):
    assert error_of(fresh, b"Content-Length: 99999999999999999999999999\r\n\r\n") == -32600
    fresh.program.stdin.close()
    with pytest.raises(Gone):
        fresh.read()


def test_an_input_may_end_anywhere(tmp_path):
    data = frame({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}})
    for end in range(0, len(data), 3):
        client = Client(tmp_path)
        client.write(data[:end])
        assert client.end() == 1


# ---- JSON ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"{\"a\":1,}", b"\xff\xfe", b"[" * 1000, b"{}{}", b"{\"a\":\"\xc3\"}"])
def test_broken_json_is_a_parse_error(client, body):
    assert error_of(client, frame(body)) == -32700


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b"\"a\"", b"{}", b"{\"method\":1}", b"{\"id\":[],\"method\":\"x\"}",
                                  b"{\"id\":1.5,\"method\":\"x\"}", b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}]"])
def test_json_that_is_no_message_is_an_invalid_request(client, body):
    assert error_of(client, frame(body)) == -32600


def test_json_of_too_many_parts_is_refused(client):
    assert error_of(client, frame(b"[" + b"1," * 300000 + b"1]")) == -32700


METHODS = ["textDocument/" + name for name in (
    "hover", "signatureHelp", "completion", "definition", "references", "documentHighlight", "prepareRename", "rename",
    "documentSymbol", "semanticTokens/full", "formatting", "codeAction", "codeLens", "didOpen", "didChange", "didClose",
    "didSave")] + ["workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles", "initialized"]


def strange(rng, depth=0):
    """Any JSON."""
    kind = rng.randrange(9 if depth < 4 else 6)
    if kind >= 7:
        return {rng.choice(("textDocument", "uri", "position", "line", "character", "range", "start", "end", "text", "x",
                            "contentChanges", "newName", "context", "settings", "recordings", "include", "version")):
                strange(rng, depth + 1) for _ in range(rng.randrange(5))}
    if kind == 6:
        return [strange(rng, depth + 1) for _ in range(rng.randrange(4))]
    return rng.choice((None, True, 0, 1, -1, 2 ** 31, 2 ** 63 - 1, -2 ** 63, 1e300, 0.5, "", "a", "\0", "file:///", "file://%",
                       "file:///%00x.ottl", "untitled:1", "\U0001f600"))


def test_strange_parameters_never_end_the_server(client):
    rng = random.Random(5)
    client.open("a.ottl", "drop where nme == 1\n")
    for number in range(1500):
        method = rng.choice(METHODS)
        params = strange(rng)
        if isinstance(params, dict) and rng.random() < 0.7:
            params["textDocument"] = {"uri": client.uri("a.ottl"), "version": 1, "text": rng.choice(("a", 1))}
        if "didClose" in method or "didChange" in method and rng.random() < 0.5:
            params = strange(rng)
        client.send(method, params, 5000 + number)
        if method.rpartition("/")[2].startswith("did") or method == "initialized":
            assert client.answer(5000 + number)["error"]["code"] == -32601
            client.send(method, params)
        else:
            client.answer(5000 + number)


def test_positions_anywhere_are_answered(client):
    text = 'import "probes"\nlet a = "\u00e9\U0001f600"\ndef F(x) = x == a\nl: drop where F(attributes["k\n\r\n\rset(name, '
    client.open("a.ottl", text)
    number = 0
    for line in range(9):
        for character in (*range(40), 2 ** 31 - 1, 2 ** 40):
            for method in METHODS[:8]:
                number += 1
                client.send(method, {**client.document("a.ottl"), "newName": "b",
                                     "position": {"line": line, "character": character}}, 10000 + number)
            while client.number < number:
                client.number += 1
                client.answer(10000 + client.number)


def test_documents_have_a_most_of_bytes(client):
    client.send("textDocument/didOpen", {"textDocument": {
        "uri": client.uri("big.ottl"), "languageId": "ottl", "version": 1, "text": "#" * ((16 << 20) + 1)}})
    assert client.refused(HOVER, {**client.document("big.ottl"), "position": {"line": 0, "character": 0}})["code"] == -32602
    client.open("a.ottl", "# " + "x" * (8 << 20) + "\n")
    half = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "#" * (9 << 20)}
    client.send("textDocument/didChange", {"textDocument": {"uri": client.uri("a.ottl"), "version": 2},
                                            "contentChanges": [half]})
    assert client.get("textDocument/codeLens", client.document("a.ottl")) == []


def test_a_thousand_documents_are_the_most(client):
    for i in range(1001):
        client.send("textDocument/didOpen", {"textDocument": {
            "uri": client.uri(f"n{i}.txt"), "languageId": "plain", "version": 1, "text": ""}})
    first, last = client.document("n999.txt"), client.document("n1000.txt")
    assert client.get("textDocument/codeLens", first) == []
    assert client.refused("textDocument/codeLens", last)["code"] == -32602
    client.send("textDocument/didClose", first)
