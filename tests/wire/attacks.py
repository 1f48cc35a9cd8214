"""The table of attacks: what bounds each, and what a well-behaved client saw of it. `make attack` writes it.

Times and sizes stand in the table alone, since they say something of the machine, too; the tests assert counts and causes.

SPDX-License-Identifier: Apache-2.0
"""
import collections
import json
import os
import pathlib
import statistics
import sys

import grpc

REFUSED = '`tamis_receiver_refused_requests{{reason="{}"}}`'.format
SIZES = "`protocols.grpc.max_recv_msg_size_mib`, `protocols.http.max_request_body_size`"

# id in docs/protocol.md: (limit, keys, metric)
BOUNDS = {
    "A01": ("200 resets of streams, 20 a second", "", ""),
    "A02": ("100 resets that the server is made to send, 10 a second", "", ""),
    "A03": ("64 CONTINUATION frames; a head within 10 s", "`protocols.http.read_header_timeout`", ""),
    "A04": ("1 MiB and 1,000 fields a head; twice that ends the connection", "", REFUSED("headers")),
    "A05": ("100 unsent answers; nothing is read while 64 KiB are unsent", "", ""),
    "A06": ("behind the first MiB an eighth has to be payload; 64 KiB, then others' turn; a write within 10 s", "`protocols.http.write_timeout`", ""),
    "A07": ("4,096 connections, 512 of one address; 1 KiB a second", "`protocols.http.read_timeout` and its like", ""),
    "A08": ("the limit of a request, unpacked; 200 bytes for each that came; 256 KiB, then others' turn", SIZES, REFUSED("size")),
    "A09": ("the limit of a request, before anything is allocated", SIZES, REFUSED("size") + ", " + REFUSED("data")),
    "A10": ("32 arrays or maps in each other", "", REFUSED("data")),
    "A11": ("the limit of a request: what is not asked for is not decoded", SIZES, REFUSED("size")),
    "A12": ("tables are keyed with a secret", "", "`tamis_receiver_costly_requests`"),
    "A14": ("varints of 10 bytes, no groups, right wire types", "", REFUSED("data")),
    "A15": ("U+FFFD for each bad byte", "`utf8`", "`tamis_receiver_mended_requests`"),
    "A16": ("RFC 9112 to the letter", "", REFUSED("malformed")),
    "A17": ("no upgrade is taken", "", ""),
    "A25": ("stream ids go up", "", ""),
    "A29": ("10 s a handshake; 1,024 of them a worker, then the oldest ends; two steps of them, then others' turn",
            "`tls.handshake_timeout`", ", ".join(map(REFUSED, ("tls", "slow", "busy")))),
}


PORTS = ["cleartext", "tls"]
OF_TLS = ["A29"]

WANTED = {"before": 300, "control": 500, "beside": 500}  # requests of the client
MOST_SECONDS = 60  # for a row of the table


def note(**row):
    """One row more, where a table is wanted."""
    path = os.environ.get("TAMIS_ATTACKS")
    if path:
        with open(path, "a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")


def percentile(seconds):
    """The 99th of them."""
    return statistics.quantiles(seconds, n=100)[98]


def note_family(family, size, answers, waits):
    """A request that is dear to judge was sent again and again; `answers` are (status, rejected spans or reason)."""
    counts = collections.Counter()
    for code, what in answers:
        counts["refused" if code != grpc.StatusCode.OK else "taken but for spans" if what else "taken"] += 1
    note(kind="cost", title=f"{family} ({size / (1 << 20):.1f} MiB)", waits=waits,
          fate=", ".join(f"{n} {what}" for what, n in counts.items()))


def note_overload(**figures):
    """A backend took a tenth of what came to it, as test_overload.py counts."""
    note(kind="overload", **figures)


INTRODUCTION = """# Reliability under attack

Written by `make attack`, which plays each attack (tests/wire) with a client beside it that behaves well, and fails where that
client is not served, where memory is not given back or where an attack is not answered as it should be. Times and sizes are
those of one run: no test asserts a time.

h2spec 2.2.1, somebody else's tests of HTTP/2 and the newest of them that is a Go module, has 145 cases, 146 with the one that
`-S` adds. The gRPC port passes 146 of 146, in cleartext and over TLS; the HTTP port, which may answer before it has looked at
all of a request and speaks HTTP/1.1, too, passes the 44 of `generic` on both (tests/wire/test_h2spec.py).
"""
PROTOCOL = """## Attacks on the protocol

The numbers are those of docs/protocol.md. A limit without a key is fixed. The metric counts what met the limit.

Beside each attack a client that behaves well, in a process of its own, asks over OTLP/HTTP on a connection that it keeps:
every 3 ms a small request is due. The times are 99th percentiles of how long after it was due a request had its answer, so
that those that wait behind a slow one are slow, too:

- **before** the attack, while nothing else goes on;
- in the **control**, while the attack is played on another process of tamis with the same configuration;
- **beside** it, while it is played on the process that serves the client.

The last column is what the attack does to the other clients of its victim. Control and attack take turns, since the machine
is not equally fast all the time, and are played again and again until each has met REQUESTS requests, or until a line of the
table has taken MOST s: then the number of requests stands beside the time. Each daemon has one worker (`service.workers: 1`),
which the client shares with the attacker: with several, most clients have another one. The attacker (in Python), both
daemons and the client share PROCESSORS processors with whatever else the machine does; so the clock stands still while the worker or
the client could run and waits for one, as Linux counts it (/proc/PID/task/TID/schedstat).

| attack | ports | limit | key | metric | resident memory afterwards | before | control | beside | beside / control |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""
# The others of docs/protocol.md: (what is bounded, key, metric, the test of it).
ELSEWHERE = {
    "A13": ("10,000 steps back of PCRE2, then linear time", "`service.judge.time`", "`tamis_rule_rejected_spans`", "below"),
    "A18": ("100 aliases, expansions 8 deep, 16 MiB", "", "", "tests/unit/config/sessions.c"),
    "A19": ("TLS 1.2 and 1.3, no renegotiation", "`tls.min_version`, `tls.cipher_suites`", REFUSED("tls"),
            "tests/wire/test_tls.py"),
    "A20": ("no session is resumed", "`tls.client_ca_file`", REFUSED("tls"), "tests/wire/test_tls.py"),
    "A21": ("texts of 256 bytes, 10 lines of a kind a second", "", "`tamis_dropped_lines`",
            "tests/wire/test_attacks.py, tests/unit/base/log.c"),
    "A22": ("no name of a file comes from telemetry", "", "", "tests/unit/pipe/send_file.c"),
    "A23": ("a file is read twice before it counts", "`service.reload`", "`tamis_config_last_reload_successful`",
            "tests/wire/test_reload_watch.py"),
    "A24": ("GET alone, small heads, no body", "`service.telemetry.metrics`", "", "tests/wire/test_attacks.py"),
    "A26": ("neither `\\C` nor callouts", "", "", "tests/unit/vm/regex.c"),
    "A27": ("digests compared in constant time", "`auth`", REFUSED("auth"), "tests/wire/test_auth.py"),
    "A28": ("a spare descriptor", "", "", "tests/wire/test_attacks.py"),
}
OTHERS = """
Attacks that no client beside them could feel, or that are tested elsewhere:

| attack | limit | key | metric | test |
| --- | --- | --- | --- | --- |
"""
OVERLOAD = """
## A backend that takes a tenth

`make overload` (tests/wire/test_overload.py): clients send as fast as they can, half of them over gRPC and half over HTTP in
gzip; a real gRPC server takes every tenth request that comes to it, and answers RESOURCE_EXHAUSTED to the others. Then it takes
everything, and each span that was acknowledged has to be there. "Limit" is that of all resident memory: the processor
`memory_limiter`, or without it four fifths of a cgroup; "most" is the high-water mark that Linux kept (VmHWM).

| lasted | offered | acknowledged | refused, with a time to come again | taken meanwhile | limit | most |
| --- | --- | --- | --- | --- | --- | --- |
"""
COST = """
## Requests that are dear to judge

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


def _client(waits):
    """How the well-behaved client fared: all of its requests were answered, or the test has failed."""
    return f"{len(waits)} of {len(waits)} answered, the slowest in {1000 * max(waits):.0f} ms"


def _line(*cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _measured(row):
    """The four cells of it."""
    cells = []
    for when, seconds in row["seconds"].items():
        few = "" if len(seconds) >= WANTED[when] else f" of {len(seconds)}"
        cells.append(f"{1000 * percentile(seconds):.1f} ms{few}")
    return *cells, f"{percentile(row['seconds']['beside']) / percentile(row['seconds']['control']):.1f}"


def _overload(row):
    """One line of that table."""
    mib = row["size"] / (1 << 20)
    return _line(f"{row['lasted']:.0f} s", f"{row['offered'] * mib:.0f} MiB", f"{row['acknowledged'] * mib:.0f} MiB",
                 f"{row['refused']} requests", f"{row['took'] * mib:.0f} MiB", f"{row['limit'] >> 20} MiB",
                 f"{row['most'] / (1 << 20):.1f} MiB")


def page(rows):
    """The page of docs/ from the rows that the tests noted."""
    attacks, costs, overloads = "", "", ""
    for row in sorted(rows, key=lambda row: (row.get("number", ""), row.get("title", ""), row.get("port", ""))):
        if row["kind"] == "protocol":
            attacks += _line(f"{row['number']} {row['title']}", row["port"], *BOUNDS[row["number"]],
                             f"{max(0, row['grown']) / (1 << 20):.1f} MiB more", *_measured(row))
    for row in rows:
        if row["kind"] == "overload":
            overloads += _overload(row)
        elif row["kind"] == "cost":
            costs += _line(row["title"], row["fate"], _client(row["waits"]))
    protocol = PROTOCOL
    for word, text in (("REQUESTS", f"{WANTED['beside']:,}"), ("MOST", str(MOST_SECONDS)), ("PROCESSORS", str(os.cpu_count()))):
        protocol = protocol.replace(word, text)
    text = INTRODUCTION + "\n" + protocol + attacks
    text += OTHERS + "".join(_line(number, *cells) for number, cells in ELSEWHERE.items())
    return text + OVERLOAD + overloads + COST + costs


def missing(rows):
    """What the table would lack: attacks, and kinds of ports that an attack was not played on."""
    played = {(row["number"], row["title"], row["port"]) for row in rows if row["kind"] == "protocol"}
    numbers = {number for number, _, _ in played}
    return [f"{number} on no port" for number in sorted(BOUNDS) if number not in numbers] + [
        f"{number} {title} on ports of {port}" for number, title in sorted({attack[:2] for attack in played})
        for port in (PORTS if number not in OF_TLS else ["tls"]) if (number, title, port) not in played]


def write_page(noted, target, whole=True):
    """Reads what was noted, one JSON object a line, and writes the page, if nothing was left out of what is to be whole."""
    lines = pathlib.Path(noted).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    lacks = missing(rows) if whole else []
    if lacks:
        sys.exit(f"{target} stays as it was; not played: " + ", ".join(lacks))
    pathlib.Path(target).write_text(page(rows), encoding="utf-8")
