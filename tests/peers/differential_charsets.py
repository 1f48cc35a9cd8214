#!/usr/bin/env python3
"""Asks the real OTTL and tamis about every character set that Decode knows: names, single bytes, pairs, longer runs.

    tests/peers/differential_charsets.py [--answers=build/release/tests/answers] [--seed=N] [--show=N]

Where they differ, the bytes are printed with both answers. The last line is "N passed, N failed".
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import collections
import encodings.aliases
import random
import sys

import differential

SPANS = {"x": {"resourceSpans": [{"scopeSpans": []}]}}
SINGLE = """ibm037 ibm1047 ibm01140 ibm437 ibm850 ibm852 ibm855 ibm00858 ibm860 ibm862 ibm863 ibm865 ibm866 iso-8859-1 iso-8859-2 iso-8859-3
    iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-6-e iso-8859-6-i iso-8859-7 iso-8859-8 iso-8859-8-e iso-8859-8-i iso-8859-9 iso-8859-10 iso-8859-13
    iso-8859-14 iso-8859-15 iso-8859-16 koi8-r koi8-u macintosh windows-874 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254
    windows-1255 windows-1256 windows-1257 windows-1258 us iso646-us csutf8 utf-8 ascii""".split()
DOUBLE = "big5 euc-jp euc-kr gb18030 gbk shift_jis utf-8 utf-16 utf-16le utf-16be csutf16".split()
STATEFUL = {"iso-2022-jp": ["1b2842", "1b284a", "1b2440", "1b2442", "1b2849", "1b24", "1b", "0e", "0f"], "hz-gb-2312": ["7e7b", "7e7d", "7e7e", "7e0a", "7e", "7e41"]}
BREAK = b"\n\n\n\n"  # ends whatever a pair left open


def names(r):
    """Names that might be known: what IANA, Python and ICU call character sets, and what people write."""
    known = set(SINGLE + DOUBLE + list(STATEFUL) + list(encodings.aliases.aliases) + list(encodings.aliases.aliases.values()))
    known |= {n.replace("_", "-") for n in known} | {n.replace("-", "_") for n in known} | {n.replace("-", "") for n in known}
    known |= {f"{head}{n}" for head in ("cp", "ibm", "IBM-", "ibm0", "windows-", "cs", "iso-ir-", "l", "latin", "latin-", "iso8859-", "csisolatin", "cp0", "") for n in list(range(0, 20)) + list(range(100, 230)) + [437, 850, 852, 858, 874, 932, 936, 949, 1250, 1252, 1258]}
    known |= {"iso_8859-%d:%d" % (n, y) for n in range(1, 17) for y in range(1986, 2004)}
    known |= set(open(differential.HERE / "charset_names.txt", encoding="utf-8").read().split())
    upper = {r.choice([n.upper(), n.title(), " " + n, n + "\t"]) for n in sorted(known)}
    return sorted(known | upper)


def case(number, data, name):
    return {"id": str(number), "context": "resource", "kind": "value", "paths": "bare", "spans": "x", "expr": 'Decode(0x%s, "%s")' % (data.hex(), name)}


def rows(r):
    """(name, bytes, whether the answers may be compared line by line)."""
    for name in names(r):
        yield name.replace("\t", "\\t"), b"A\xe9", False
    for name in SINGLE:
        yield name, bytes(range(256)), False
    for name in DOUBLE:
        for lead in range(256):
            yield name, b"".join(bytes([lead, trail]) + BREAK for trail in range(256) if trail != 10), lead != 10
        for _ in range(400):
            yield name, bytes(r.choice([r.randrange(256), r.randrange(0x80, 256), r.randrange(0x20, 0x7f)]) for _ in range(r.randint(1, 40))), False
    for second in range(0xa1, 0xff):  # the third plane of EUC-JP
        yield "euc-jp", b"".join(bytes([0x8f, second, trail]) + BREAK for trail in range(0x80, 256)), True
    for first in range(0x81, 0xff):  # four bytes
        for third in (0x81, 0x82, 0x90, 0xfe):
            yield "gb18030", b"".join(bytes([first, second, third, last]) + BREAK for second in range(0x30, 0x3a) for last in range(0x30, 0x3a)), True
    for name, escapes in STATEFUL.items():
        for escape in escapes:
            for lead in range(0x21, 0x7f):
                yield name, b"".join(bytes.fromhex(escape) + bytes([lead, trail]) + b"\n" for trail in range(0x20, 0x80)), True
        for _ in range(3000):
            yield name, b"".join(r.choice([bytes.fromhex(r.choice(escapes)), bytes([r.randrange(256)]), bytes([r.randrange(0x21, 0x7f), r.randrange(0x21, 0x7f)])]) for _ in range(r.randint(1, 12))), False


def text_of(answer):
    result = (answer.get("results") or [{}])[0]
    value = result.get("value") or {}
    if "hex" in value:
        return bytes.fromhex(value["hex"]).decode(errors="surrogateescape")
    return value.get("value", "refused" if answer.get("parse_error") else "error" if "error" in result else str(answer))


def differences(name, data, by_line, ours, reference):
    """(bytes, our text, the reference's) where they differ."""
    if ours == reference:
        return []
    if by_line and ours.count("\n") == reference.count("\n"):
        parts = [p for p in data.split(BREAK if BREAK in data else b"\n")]
        mine, theirs = (t.split("\n\n\n\n" if BREAK in data else "\n") for t in (ours, reference))
        if len(parts) == len(mine) == len(theirs):
            return [(p.hex(), a, b) for p, a, b in zip(parts, mine, theirs) if a != b]
    if len(data) == 256 and len(ours) == len(reference) == 256:
        return [("%02x" % i, a, b) for i, (a, b) in enumerate(zip(ours, reference)) if a != b]
    return [(data.hex(), ours, reference)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", default=str(differential.ROOT / "build/release/tests/answers"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=12)
    options = parser.parse_args()
    peers = differential.Peers(options.answers, str(differential.ROOT / "build/peers/ottl"))
    made = list(rows(random.Random(options.seed)))
    failed, shown, passed = collections.Counter(), collections.Counter(), 0
    for first in range(0, len(made), 500):
        group = made[first:first + 500]
        asked = [case(first + i, data, name) for i, (name, data, _) in enumerate(group)]
        for (name, data, by_line), (ours, reference) in zip(group, peers.ask(SPANS, asked)):
            found = differences(name, data, by_line, text_of(ours), text_of(reference))
            passed += not found
            for where, mine, theirs in found:
                failed[name] += 1
                if failed[name] <= options.show:
                    print(f"{name} {where}: want {theirs!r}, got {mine!r}")
    for name, count in sorted(failed.items()):
        print(f"{name}: {count} differences")
    print(f"{passed} passed, {sum(failed.values())} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
