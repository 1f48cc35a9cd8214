"""Asks `accepts` about every expression of the conformance vectors.

    accepts.py ACCEPTS VECTORS.jsonl...

What builds must be accepted, what the grammar refuses must be refused; the rest (names, types) is not
the parser's business.
SPDX-License-Identifier: Apache-2.0
"""
import collections
import json
import re
import subprocess
import sys

SYNTAX = re.compile(r"has invalid syntax|invalid quoted string|lexer:|failed to conform|even number of hex|"
                    r"names must start with|may be indexed, not editors|"
                    r"lambda body cannot")


def ask(accepts, cases):
    """Answers for (kind, text bytes) pairs, in order: None when accepted, else the message."""
    records = b"".join(b"%s %d\n%s\n" % (kind.encode(), len(text), text) for kind, text in cases)
    out = subprocess.run([accepts], input=records, stdout=subprocess.PIPE, check=True).stdout
    answers = out.decode(errors="replace").split("\n")[:-1]
    assert len(answers) == len(cases), f"{len(answers)} answers to {len(cases)} cases"
    return [None if a == "ok" else a for a in answers]


def main():
    accepts, *files = sys.argv[1:]
    rows = [row for name in files for row in map(json.loads, open(name)) if row["kind"] != "processor"]
    answers = ask(accepts, [(row["kind"], row["expr"].encode(errors="surrogatepass")) for row in rows])
    count = collections.Counter()
    wrong = 0
    for row, answer in zip(rows, answers):
        refused = row["expected"].get("parse_error")
        syntax = refused and SYNTAX.search(row["expected"]["message"])
        group = "syntax" if syntax else "meaning" if refused else "builds"
        count[row["area"], group] += 1
        if group == "builds" and answer or group == "syntax" and not answer:
            wrong += 1
            print(f"{row['id']} {row['kind']} {row['expr']!r}: {row['expected'].get('message')} -- {answer}")
        elif group == "meaning" and answer and "-v" in files:
            print(row["id"], row["expr"], answer)
        if group == "meaning" and answer:
            print(f"early: {row['id']} {row['expr']!r}: {row['expected']['message']} -- {answer}")
    for (area, group), n in sorted(count.items()):
        print(f"{area:12} {group:8} {n:5}")
    print("wrong:", wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
