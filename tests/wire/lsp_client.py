"""A scripted client of `tamis lsp`: frames, requests, notifications, and what an editor does with edits.

SPDX-License-Identifier: Apache-2.0
"""
import collections
import json
import os
import pathlib
import select
import subprocess

import programs

PATIENCE = 120


class Gone(Exception):
    """The server has ended its output."""


def frame(body):
    """The bytes of a message."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


class Client:
    """A running server. Answers and notifications are kept until somebody asks for them."""

    def __init__(self, folder, *arguments):
        self.folder = pathlib.Path(folder)
        self.program = subprocess.Popen(  # pylint: disable=consider-using-with
            [str(programs.subject()), "lsp", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=folder)
        self.buffer = b""
        self.number = 0
        self.answers = {}
        self.notices = collections.deque()
        self.capabilities = None
        self.texts = {}
        self.errors = b""

    # ---- messages ------------------------------------------------------------------------------

    def write(self, data):
        """Raw bytes."""
        self.program.stdin.write(data)
        self.program.stdin.flush()

    def read(self):
        """The next message."""
        output = self.program.stdout
        while True:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if end:
                length = int(head.split(b":")[1])
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    return json.loads(rest[:length])
            assert select.select([output], [], [], PATIENCE)[0], "the server says nothing"
            more = os.read(output.fileno(), 65536)
            if not more:
                raise Gone
            self.buffer += more

    def take(self):
        """Reads one message and puts it where it belongs."""
        message = self.read()
        assert message["jsonrpc"] == "2.0"
        if "method" in message:
            self.notices.append(message)
        else:
            self.answers[message["id"]] = message
        return message

    def send(self, method, params=None, number=None):
        """A request with a number, else a notification."""
        message = {"jsonrpc": "2.0", "method": method}
        if params is not None:
            message["params"] = params
        if number is not None:
            message["id"] = number
        self.write(frame(message))

    def answer(self, number):
        """The answer of that number, which may be an error."""
        while number not in self.answers:
            self.take()
        return self.answers.pop(number)

    def ask(self, method, params=None):
        """The answer of a request."""
        self.number += 1
        self.send(method, params, self.number)
        return self.answer(self.number)

    def get(self, method, params=None):
        """The result of a request that has to go well."""
        answer = self.ask(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def refused(self, method, params=None):
        """The error of a request that has to fail."""
        answer = self.ask(method, params)
        assert "error" in answer, answer
        return answer["error"]

    # ---- life ----------------------------------------------------------------------------------

    def start(self, encodings=None, options=None, folders=True, capabilities=None):
        """initialize, initialized."""
        params = {"processId": os.getpid(), "capabilities": capabilities or {}, "rootUri": None}
        if folders:
            params["workspaceFolders"] = [{"uri": self.folder.as_uri(), "name": "here"}]
        if encodings:
            params["capabilities"] = {"general": {"positionEncodings": encodings}}
        if options:
            params["initializationOptions"] = options
        self.capabilities = self.get("initialize", params)["capabilities"]
        self.send("initialized", {})
        return self

    def stop(self):
        """shutdown, exit; the exit code."""
        assert self.ask("shutdown")["result"] is None
        self.send("exit")
        return self.end()

    def end(self):
        """Closes its input and waits; the exit code."""
        self.program.stdin.close()
        self.program.stdout.read()
        self.errors = self.program.stderr.read()
        code = self.program.wait(PATIENCE)
        assert b"Sanitizer" not in self.errors, self.errors.decode()
        return code

    # ---- documents -----------------------------------------------------------------------------

    def uri(self, name):
        """Of a file in the folder."""
        return (self.folder / name).as_uri()

    def open(self, name, text, language="ottl"):
        """didOpen; the diagnostics that come of it."""
        self.texts[name] = text
        self.send("textDocument/didOpen", {"textDocument": {
            "uri": self.uri(name), "languageId": language, "version": 1, "text": text}})
        return self.diagnostics(name, 1)

    def change(self, name, version, *changes):
        """didChange; the diagnostics that come of it."""
        self.send("textDocument/didChange", {"textDocument": {"uri": self.uri(name), "version": version},
                                             "contentChanges": list(changes)})
        return self.diagnostics(name, version)

    def diagnostics(self, name, version=None):
        """The next that are published of a file (and a version of it)."""
        while True:
            for notice in list(self.notices):
                params = notice["params"]
                if notice["method"] == "textDocument/publishDiagnostics" and params["uri"] == self.uri(name):
                    self.notices.remove(notice)
                    if version is None or params.get("version") == version:
                        return params["diagnostics"]
            self.take()

    def at(self, name, needle, within=0):
        """textDocument and position of a text in an open document; all of it ASCII up to there in its line."""
        text = self.texts[name]
        offset = text.index(needle) + within
        line = text.count("\n", 0, offset)
        return {"textDocument": {"uri": self.uri(name)},
                "position": {"line": line, "character": offset - (text.rfind("\n", 0, offset) + 1)}}

    def document(self, name):
        """textDocument alone."""
        return {"textDocument": {"uri": self.uri(name)}}


def offset_of(text, position):
    """The index of a position in UTF-16 units."""
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[:position["line"]])
    line = lines[position["line"]]
    units = line.encode("utf-16-le")[:2 * position["character"]]
    return before + len(units.decode("utf-16-le"))


def chosen(text, extent):
    """What a range covers."""
    return text[offset_of(text, extent["start"]):offset_of(text, extent["end"])]


def edited(text, edits):
    """The text with TextEdits made, as an editor makes them: from the end."""
    for edit in sorted(edits, key=lambda e: offset_of(text, e["range"]["start"]), reverse=True):
        begin, end = offset_of(text, edit["range"]["start"]), offset_of(text, edit["range"]["end"])
        text = text[:begin] + edit["newText"] + text[end:]
    return text
