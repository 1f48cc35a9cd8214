#!/usr/bin/env python3
"""What `tamis run` does with a recording: tests/bench/recording.py [--megabytes N] TAMIS >fragment.md

Records spans as SDKs send them, repeats them to a file of so many megabytes, and judges it by examples/collector.yaml in
each form. Processor time is that of the process, user and system, of all threads; medians of three runs. In turn with
them `cat` copies the same file to /dev/null: what reading it costs, on this machine and in this minute.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import os
import pathlib
import random
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(TOP / "tests" / "peers"))
from protobuf_writer import field, fixed64, varint  # pylint: disable=wrong-import-position

SPANS = 512
MESSAGES = 40
ROUNDS = 3


def text(key, value):
    return field(1, key) + field(2, field(1, value))


def number(key, value):
    return field(1, key) + field(2, field(3, value))


def span(draw, n):
    """One as an SDK sends it, of about 570 bytes."""
    start = 1700000000000000000 + n
    body = field(1, draw.randbytes(16)) + field(2, draw.randbytes(8)) + field(4, draw.randbytes(8))
    body += field(5, b"GET /entries/{id}") + field(6, 2)
    body += fixed64(7, start) + fixed64(8, start + 5000000)
    for key, value in (("http.request.method", "GET"), ("url.path", f"/entries/{n}"),
                       ("http.route", draw.choice(["/entries/{id}", "/livez", "/entries"])),
                       ("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
                       ("server.address", "blog-api.apps.example.com"), ("network.peer.address", f"10.0.{n % 256}.{n % 13}"),
                       ("upstream_cluster", draw.choice(["apps/blog/8080", "grafana/x", "shop/8080"])),
                       ("http.url", f"https://blog.example.com/entries/{n}"), ("thread.name", f"http-nio-8080-exec-{n % 10}")):
        body += field(9, text(key, value))
    return body + field(9, number("http.response.status_code", 200)) + field(9, number("thread.id", n % 50))


def requests():
    draw = random.Random(1)
    names = (("service.name", "blog-api"), ("service.version", "1.2"), ("telemetry.sdk.language", "java"))
    head = field(1, b"".join(field(1, text(*pair)) for pair in names))
    scope = field(1, field(1, b"io.opentelemetry.tomcat-10.0"))
    for m in range(MESSAGES):
        spans = b"".join(field(2, span(draw, m * SPANS + k)) for k in range(SPANS))
        yield field(1, head + field(2, scope + spans))


def measure(*command):
    """Wall and processor seconds of one run."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with open(os.devnull, "wb") as nothing:
        subprocess.run([str(c) for c in command], check=True, stdout=nothing)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_turn(commands):
    """The medians of each command's wall and processor seconds, the commands run one after the other in each round."""
    runs = [[measure(*c) for c in commands] for _ in range(ROUNDS)]
    return [[statistics.median(r[c][i] for r in runs) for i in (0, 1)] for c in range(len(commands))]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--megabytes", type=int, default=1000)
    arguments.add_argument("tamis")
    a = arguments.parse_args()
    one = b"".join(varint(len(r)) + r for r in requests())
    print(f"`tamis run` with the rules of `examples/collector.yaml` over recordings of spans of {len(one) // (MESSAGES * SPANS)} bytes; "
          f"medians of {ROUNDS} runs, {os.cpu_count()} processors.\n")
    print("| recording | written as | MB read | wall, s | processor, s | of `cat` | MB a second and core |\n"
          "|---|---|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        plain = folder / "spans.pb"
        with plain.open("wb") as f:
            for _ in range(a.megabytes * 1000000 // len(one)):
                f.write(one)
        small = folder / "small.pb"
        small.write_bytes(one * max(1, a.megabytes * 100000 // len(one)))
        for form in ("json", "pb.gz", "pb.zst"):
            subprocess.run([a.tamis, "run", "-q", "-f", str(TOP / "tests" / "bench" / "nothing.yaml"), "-i", str(small),
                            "-o", str(folder / f"small.{form}")], check=True)
        (folder / "null.pb").symlink_to("/dev/null")
        (folder / "null.json").symlink_to("/dev/null")
        for recording, output in ((plain, "pb"), (folder / "small.pb.zst", "pb"), (folder / "small.pb.gz", "pb"), (folder / "small.json", "json")):
            judging = [a.tamis, "run", "-q", "-f", TOP / "examples" / "collector.yaml", "-i", recording,
                       "-o", folder / f"null.{output}"]
            (wall, cpu), (_, reading) = in_turn([judging, ["cat", recording]])
            size = (plain if recording == plain else small if output == "pb" else recording).stat().st_size
            print(f"| {recording.name.split('.', 1)[1]} | {output} | {size / 1e6:.0f} | {wall:.2f} | {cpu:.2f} | {reading:.2f} | {size / 1e6 / cpu:.0f} |")


if __name__ == "__main__":
    main()
