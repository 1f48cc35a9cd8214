"""The table of attacks: what bounds each, and what a well-behaved client saw of it. `make attack` writes it.

Times and sizes stand in the table alone, since they say something of the machine, too; the tests assert counts and causes.

SPDX-License-Identifier: Apache-2.0
"""
import collections
import json
import os
import pathlib

import grpc

REFUSED = '`tamis_receiver_refused_requests{{reason="{}"}}`'.format
SIZES = "`protocols.grpc.max_recv_msg_size_mib`, `protocols.http.max_request_body_size`"

# id in docs/protocol.md: (limit, keys, metric)
BOUNDS = {
    "A01": ("200 resets of streams, 20 a second", "", ""),
    "A02": ("100 resets that the server is made to send, 10 a second", "", ""),
    "A03": ("8 CONTINUATION frames; a head within 10 s", "`protocols.http.read_header_timeout`", ""),
    "A04": ("128 KiB and 1,000 fields a head", "", REFUSED("headers")),
    "A05": ("100 unsent answers; nothing is read while 64 KiB are unsent", "", ""),
    "A06": ("behind the first MiB an eighth has to be payload; a write within 10 s", "`protocols.http.write_timeout`", ""),
    "A07": ("4,096 connections, 512 of one address; 1 KiB a second", "`protocols.http.read_timeout` and its like", ""),
    "A08": ("the limit of a request, unpacked; 200 bytes for each that came", SIZES, REFUSED("size")),
    "A09": ("the limit of a request, before anything is allocated", SIZES, REFUSED("size") + ", " + REFUSED("data")),
    "A25": ("stream ids go up", "", ""),
    "A29": ("10 s a handshake; 1,024 of them a worker, then the oldest ends; two steps of them, then others' turn",
            "`tls.handshake_timeout`", ", ".join(map(REFUSED, ("tls", "slow", "busy")))),
}


def _note(**row):
    """One row more, where a table is wanted."""
    path = os.environ.get("TAMIS_ATTACKS")
    if path:
        with open(path, "a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")


def note_protocol(test, waits, grown):
    """An attack on the protocol was stood: the name of the test, and by how many bytes the daemon has grown."""
    number, _, title = test.removeprefix("test_").partition("[")[0].partition("_")
    _note(kind="protocol", number=number, title=title.replace("_", " "), waits=waits, grown=grown)


def note_family(family, size, answers, waits):
    """A request that is dear to judge was sent again and again; `answers` are (status, rejected spans or reason)."""
    counts = collections.Counter()
    for code, what in answers:
        counts["refused" if code != grpc.StatusCode.OK else "taken but for spans" if what else "taken"] += 1
    _note(kind="cost", title=f"{family} ({size / (1 << 20):.1f} MiB)", waits=waits,
          fate=", ".join(f"{n} {what}" for what, n in counts.items()))


def note_overload(**figures):
    """A backend took a tenth of what came to it, as test_overload.py counts."""
    _note(kind="overload", **figures)


INTRODUCTION = """# Reliability under attack

Written by `make attack`, which plays each attack (tests/wire) with a client beside it that behaves well, and fails where that
client is not served, where memory is not given back or where an attack is not answered as it should be. Times and sizes are
those of one run: no test asserts a time.
"""
PROTOCOL = """## Attacks on the protocol

The numbers are those of docs/protocol.md. A limit without a key is fixed. The metric counts what met the limit.

| attack | limit | key | metric | resident memory afterwards | the client beside it |
| --- | --- | --- | --- | --- | --- |
"""
COST = """## Requests that are dear to judge

One rule and one request each, as dear as its data can make it, sent over and over on four connections to a daemon of one
worker, which serves the client beside them, too. "Taken" is judged; "taken but for spans": a span took more than its share
and was told so in partial_success; "refused" is INVALID_ARGUMENT, which nobody sends again.

| limit of a request | key | metric |
| --- | --- | --- |
| 500 ms of a thread | `service.judge.time` | `tamis_receiver_costly_requests` |
| 64 MiB, or 32 times its bytes | `service.judge.memory_mib`, `memory_factor` | `tamis_receiver_costly_requests` |
| a share of both for each span | `service.judge.span_percent` | `tamis_rule_rejected_spans` |
| what leaves: 1 MiB, or 16 times its bytes | `service.judge.output_mib`, `output_factor` | `tamis_receiver_costly_requests` |

| rule and request | answers to the attack | the client beside it |
| --- | --- | --- |
"""


def _client(rows):
    """How the well-behaved client fared: all of its requests were answered, or the test has failed."""
    waits = [wait for row in rows for wait in row["waits"]]
    return f"{len(waits)} of {len(waits)} answered, the slowest in {1000 * max(waits):.0f} ms"


def _line(*cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def page(rows):
    """The page of docs/ from the rows that the tests noted; variants of an attack are one row."""
    attacks, costs = collections.defaultdict(list), ""
    for row in rows:
        if row["kind"] == "protocol":
            attacks[row["number"], row["title"]].append(row)
        else:
            costs += _line(row["title"], row["fate"], _client([row]))
    text = INTRODUCTION + "\n" + PROTOCOL
    for (number, title), of_title in attacks.items():
        grown = max(0, *(row["grown"] for row in of_title)) if of_title else 0
        text += _line(f"{number} {title}", *BOUNDS[number], f"{grown / (1 << 20):.1f} MiB more", _client(of_title))
    return text + "\n" + COST + costs


def write_page(noted, target):
    """Reads what was noted, one JSON object a line, and writes the page."""
    lines = pathlib.Path(noted).read_text(encoding="utf-8").splitlines()
    pathlib.Path(target).write_text(page([json.loads(line) for line in lines]), encoding="utf-8")
