#!/usr/bin/env python3
"""Asks the real OTTL and tamis about the same fresh random expressions, and shrinks what they answer differently.

    tests/peers/differential.py [--cases=N] [--seed=N] [--answers=build/release/tests/answers]
                                [--only=REGEX of function names] [--case=N] [--shrink=N]
    tests/peers/differential.py --expect=CASES.jsonl >>tests/vectors/differential.jsonl

The seed and the number of a case make it again (--case). What was found is kept as a vector: --expect adds the
reference's answers to cases. Differences that tests/peers/KNOWN.md explains do not count;
nor do answers that the reference itself does not repeat (unordered maps, internal addresses) and calls that crash it.
The last line is "N passed, N failed". SPDX-License-Identifier: Apache-2.0
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "vectors")]

import compare  # noqa: E402
import differential_cases as cases  # noqa: E402
import differential_shrink as shrink  # noqa: E402
import differential_spans as spans  # noqa: E402

BATCH = 2000
SHARE = 10  # so many cases see the same data
REPEATS = 24
MEMORY = 2 << 30  # a process that wants more is stopped; Go reserves much that it does not use
SECONDS = 12  # for one answer


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


class Side:
    """One program that answers cases."""

    def __init__(self, command, reference):
        self.command = command
        self.word = "panic" if reference else "crash"

    def wait(self, process, out):
        """Waits for the end. A program that answers nothing for so long is stopped: False then."""
        seen, since = 0, time.monotonic()
        while True:
            try:
                process.wait(0.05)
                return True
            except subprocess.TimeoutExpired:
                size = os.fstat(out.fileno()).st_size
                if size != seen:
                    seen, since = size, time.monotonic()
                elif time.monotonic() - since > SECONDS:
                    process.kill()
                    process.wait()
                    return False

    def run(self, pool_file, asked):
        """Answers by id, and why the program died, if it did."""
        with tempfile.TemporaryFile() as lines, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            lines.write("".join(json.dumps(c) + "\n" for c in asked).encode())
            lines.seek(0)
            process = subprocess.Popen([self.command, pool_file], stdin=lines, stdout=out, stderr=errors, preexec_fn=None if "/asan/" in self.command else limits)
            stuck = not self.wait(process, out)
            out.seek(0)
            errors.seek(0)
            answered, why = out.read(), errors.read()
        why += b"took too long" if stuck else b""
        found = {}
        for line in answered.decode(errors="replace").split("\n")[:-1]:
            answer = json.loads(line)
            found[answer["id"]] = answer
        return found, why.decode(errors="replace")[:1000] + " " if process.returncode else None

    def ask(self, pool_file, asked):
        """Answers by id. The program answers in order: when it dies, it is asked about the first case that it left open alone,
        and then about those behind it."""
        answers, rest = {}, asked
        while rest:
            found, died = self.run(pool_file, rest)
            if not found and len(rest) == 1:
                found = {rest[0]["id"]: {"id": rest[0]["id"], self.word: died or "no answer"}}
            answers.update(found)
            left = [c for c in rest if c["id"] not in found]
            if left and len(rest) > 1:
                answers.update(self.ask(pool_file, left[:1]))
                left = left[1:]
            rest = left
        return answers


class Peers:
    def __init__(self, ours, reference):
        self.sides = [Side(ours, False), Side(reference, True)]

    def ask(self, pool, asked):
        """For each case the pair (ours, reference)."""
        with tempfile.TemporaryDirectory() as directory:
            pool_file = os.path.join(directory, "spans.json")
            with open(pool_file, "w", encoding="utf-8") as out:
                out.write(json.dumps(pool))
            with concurrent.futures.ThreadPoolExecutor() as threads:
                ours, reference = threads.map(lambda side: side.ask(pool_file, asked), self.sides)
        return [(ours[c["id"]], reference[c["id"]]) for c in asked]


CALL = re.compile(r"\b([A-Za-z_]\w*) *\(")
ZEROS = re.compile(r'"(traceId|spanId|parentSpanId)": ?"0*"')


def tidy(answer):
    """An id of zeros is as good as none."""
    text = json.dumps(answer)
    return json.loads(ZEROS.sub(r'"\1":""', text)) if "spanId" in text or "traceId" in text else answer


def where(want, got, place=""):
    """The first place at which two documents differ, for the reader."""
    if isinstance(want, dict) and isinstance(got, dict):
        for k in sorted(set(want) | set(got)):
            if not compare.otlp_equal({k: want[k]} if k in want else {}, {k: got[k]} if k in got else {}):
                return where(want.get(k), got.get(k), f"{place}.{k}")
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        if want and all(isinstance(x, dict) and "key" in x for x in want + got):
            want, got = (sorted(side, key=lambda x: (x["key"], json.dumps(x, sort_keys=True).replace('"', ""))) for side in (want, got))
        for i, (a, b) in enumerate(zip(want, got)):
            if not compare.otlp_equal(a, b):
                return where(a, b, f"{place}[{i}]")
    return f"at {place}: want {json.dumps(want, ensure_ascii=False)}, got {json.dumps(got, ensure_ascii=False)}"


def difference(case, ours, reference, pool):
    """What differs, or None. Cases that crash the reference have no answer to compare with."""
    if "panic" in reference:
        return None
    if "crash" in ours:
        return "crash: " + ours["crash"]
    if "broken" in ours:
        return "broken: " + ours["broken"]
    if reference.get("changed") and "after" not in ours:
        ours = dict(ours, after=pool[case["spans"]] if isinstance(case["spans"], str) else case["spans"])
    if ours == reference:
        return None
    ours, reference = tidy(ours), tidy(reference)
    found = compare.difference(reference, ours)
    if found == "should have left the batch alone":
        before = tidy(dict(ours, after=pool.get(case["spans"]) if isinstance(case["spans"], str) else case["spans"]))["after"]
        found = None if compare.otlp_equal(before, ours["after"]) else found
    if found == "should not parse":
        found += ": " + str(reference.get("message"))
    if found == "the batch differs afterwards":
        found += " " + where(reference["after"], ours.get("after") or {})
    return found


def sort_of(found):
    """Which kind of difference it is: shrinking must not end at another one."""
    if found is None:
        return None
    found = re.sub(r"^[\d/]+: ", "", found)
    if found.startswith("want {") and '"error"' in found.replace("'", '"'):
        ours_failed = "'error'" in found[found.rindex(", got {"):]
        return "we fail" if ours_failed else "we do not fail"
    return " ".join(found.split()[:2])


def known_differences():
    """Rows of KNOWN.md's table under "Live differences": expression, difference (both regular expressions), reason."""
    section = (HERE / "KNOWN.md").read_text(encoding="utf-8").partition("## Live differences")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(.+?)` \| `(.*?)` \|", section, re.M)
    return [(re.compile(expression, re.S), re.compile(found, re.S)) for expression, found in rows]


def shows_address(case, found):
    """Format shows how and where maps and lists lie in the memory of the reference."""
    return "Format" in case["expr"] and re.search(r"0[xX][0-9a-fA-F]{9,}|\{(0X)?[0-9a-fA-F]{9,} (0X)?[0-9a-fA-F]{9,}\}|\binternal\.[A-Z]|time\.Location=&", found)


class Session:
    def __init__(self, options):
        self.options = options
        self.language = cases.Language(options.answers, options.only)
        self.peers = Peers(options.answers, str(ROOT / "build/peers/ottl"))
        self.known = known_differences()
        self.counts = dict.fromkeys(["passed", "failed", "known", "crashed", "unsteady", "refused"], 0)
        self.values = {}

    def count(self, case, reference):
        """The functions that an expression calls, when the reference evaluated it to the end for an item."""
        if any("error" not in result for result in reference.get("results", ())):
            for name in set(CALL.findall(case["expr"])):
                self.values[name] = self.values.get(name, 0) + 1

    def print_values(self):
        for count, name in sorted((self.values.get(f.name, 0), f.name) for f in self.language.functions):
            print(f"{count:7} {name}")

    def make(self, number):
        case = {"id": str(number)}
        case.update(cases.make(random.Random(f"{self.options.seed}:{number}"), self.language))
        case["spans"] = f"d{number // SHARE}"
        return case

    def pool_of(self, asked):
        return {name: spans.traces(random.Random(f"{self.options.seed}:{name}")) for name in {c["spans"] for c in asked}}

    def steady(self, case, pool, ours, found):
        """Whether the reference repeats its answer, and ours is none of those it gives."""
        if shows_address(case, found):
            return False
        again = [dict(case, id=str(i)) for i in range(REPEATS)]
        answers = [b for _, b in self.peers.ask({k: v for k, v in pool.items() if k == case["spans"]}, again)]
        if any("panic" in b or difference(case, ours, b, pool) is None for b in answers):
            return False
        return all(compare.difference(answers[0], b) is None for b in answers[1:])

    def is_known(self, case, found):
        return any(e.search(case["expr"]) and d.search(found) for e, d in self.known)

    def judge(self, asked, pool):
        for case, (ours, reference) in zip(asked, self.peers.ask(pool, asked)):
            found = difference(case, ours, reference, pool)
            self.count(case, reference)
            self.counts["refused"] += bool(reference.get("parse_error"))
            if "panic" in reference:
                self.counts["crashed"] += 1
                if self.options.verbose:
                    print(f"crashes the reference: {case['expr']}: {reference['panic'][:300]}")
            elif found is None:
                self.counts["passed"] += 1
            elif self.is_known(case, found):
                self.counts["known"] += 1
            elif not self.steady(case, pool, ours, found):
                self.counts["unsteady"] += 1
                if self.options.verbose:
                    print(f"answered differently each time: {case['expr']}: {found[:300]}")
            else:
                self.counts["failed"] += 1
                self.report(case, pool, found)

    def report(self, case, pool, found):
        number = case["id"]
        if self.counts["failed"] <= self.options.shrink:
            whole = dict(case, spans=pool[case["spans"]])
            case, found = shrink.shrink(whole, found, self.differences)
        print(f"--- case {number}: {case['kind']} in {case['context']}, {case['paths']}\n    {case['expr']}\n    {found[:2000]}")
        if isinstance(case["spans"], dict):
            print("    on " + json.dumps(case["spans"], ensure_ascii=False))
        sys.stdout.flush()

    def differences(self, candidates):
        """For each candidate of the shrinker what differs, or None."""
        pool = {str(id(c["spans"])): c["spans"] for c in candidates}
        asked = [dict(c, id=str(i), spans=str(id(c["spans"]))) for i, c in enumerate(candidates)]
        answers = self.peers.ask(pool, asked)
        return [(sort_of(d), d) for d in (self.unknown(c, difference(c, a, b, pool)) for c, (a, b) in zip(asked, answers))]

    def unknown(self, case, found):
        return None if found is None or self.is_known(case, found) or shows_address(case, found) else found

    def run(self):
        started = time.monotonic()
        numbers = [self.options.case] if self.options.case is not None else range(self.options.cases)
        for first in range(0, len(numbers), BATCH):
            asked = [self.make(n) for n in numbers[first:first + BATCH]]
            self.judge(asked, self.pool_of(asked))
            if self.options.progress:
                print(f"{first + len(asked)} cases, {self.counts['failed']} failed", file=sys.stderr, flush=True)
        c = self.counts
        if self.options.values:
            self.print_values()
        print(f"seed {self.options.seed}: {len(self.language.functions)} functions, {c['refused']} cases that do not build, {time.monotonic() - started:.0f} s")
        print(f"not counted: {c['crashed']} that crash the reference, {c['unsteady']} that it answers differently each time, {c['known']} known differences")
        print(f"{c['passed']} passed, {c['failed']} failed")
        return c["failed"] > 0


def expect(answers, name):
    """The cases of a file as rows of vectors."""
    asked = [json.loads(line) for line in open(name, encoding="utf-8")]
    for case, (_, reference) in zip(asked, Peers(answers, str(ROOT / "build/peers/ottl")).ask({}, asked)):
        expected = {k: v for k, v in reference.items() if k != "id"}
        print(json.dumps(dict(case, area="differential", expected=expected), ensure_ascii=False))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--answers", default=str(ROOT / "build/release/tests/answers"))
    parser.add_argument("--only", help="functions whose names this regular expression finds")
    parser.add_argument("--case", type=int, help="this one case of the seed")
    parser.add_argument("--shrink", type=int, default=20, help="so many differences are shrunk")
    parser.add_argument("--values", action="store_true", help="also prints in how many cases each function gave a value")
    parser.add_argument("--progress", action="store_true", help="says now and then how far it is")
    parser.add_argument("--verbose", action="store_true", help="also prints what is not counted")
    parser.add_argument("--expect", metavar="CASES", help="prints these cases as vectors")
    options = parser.parse_args()
    if options.expect:
        return expect(options.answers, options.expect)
    return Session(options).run()


if __name__ == "__main__":
    sys.exit(main())
