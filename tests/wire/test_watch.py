"""tamis test --watch: runs again whenever one of its files changes, whatever way editors and clusters change files.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import re
import shutil
import subprocess
import threading

import pytest

from programs import PATIENCE, eventually, subject

GOOD = '#> drop {name: a}\n#> keep {name: b}\na: drop where name == "a"\n'
BAD = GOOD.replace("drop {name: a}", "keep {name: a}")
ENDED = re.compile(r"^-- \d+ ms; (\d+) (?:files are|file is) watched$")


class Watch:
    """A tamis that watches, and what it has printed."""

    def __init__(self, folder, *arguments, env=None):
        self.lines, self.errors = [], []
        self.process = subprocess.Popen([subject(), "test", "--watch", *arguments], cwd=folder, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env={**os.environ, **(env or {})})
        for stream, lines in ((self.process.stdout, self.lines), (self.process.stderr, self.errors)):
            threading.Thread(target=self.read, args=(stream, lines), daemon=True).start()

    @staticmethod
    def read(stream, lines):
        """All of it, line by line."""
        for line in stream:
            lines.append(line.rstrip("\n"))

    def last(self):
        """What the latest run that has ended printed."""
        lines = list(self.lines)
        ends = [i for i, line in enumerate(lines) if ENDED.match(line)]
        if not ends:
            return []
        start = max([i for i in range(ends[-1]) if lines[i].startswith("-- ")], default=-1)
        return lines[start + 1:ends[-1]]

    def says(self, *words):
        """Waits for a run whose output has all these words."""
        assert eventually(lambda: all(word in "\n".join(self.last()) for word in words)), self.lines + self.errors

    def told(self, word):
        """Waits for a word on stderr."""
        assert eventually(lambda: any(word in line for line in self.errors)), self.errors

    def runs(self):
        """How many have ended."""
        return sum(bool(ENDED.match(line)) for line in self.lines)

    def stop(self):
        """It is ended by a signal, and by nothing else."""
        assert self.process.poll() is None, self.errors
        self.process.terminate()
        self.process.wait(PATIENCE)


@pytest.fixture
def watches(tmp_path):
    """watches(operands...) watches in tmp_path."""
    running = []

    def start(*arguments, **options):
        running.append(Watch(tmp_path, *arguments, **options))
        return running[-1]

    yield start
    for watch in running:
        watch.stop()


def rename_over(path, text):
    """As editors save: beside it, then in its place."""
    beside = path.with_name(path.name + "~")
    beside.write_text(text)
    beside.rename(path)


@pytest.mark.parametrize("save", [pathlib.Path.write_text, rename_over])
def test_it_runs_again_on_every_save(watches, tmp_path, save):
    rules = tmp_path / "rules.ottl"
    rules.write_text(GOOD)
    watch = watches("rules.ottl")
    watch.says("2 passed, 0 failed")
    for _ in range(3):
        save(rules, BAD)
        watch.says("1 passed, 1 failed", "rules.ottl:1: a: keep {name: a}")
        save(rules, GOOD)
        watch.says("2 passed, 0 failed")
    assert any(line == "-- rules.ottl has changed" for line in watch.lines)


def test_whatever_a_run_has_read_is_watched(watches, tmp_path):
    (tmp_path / "sub").mkdir()
    rules, lib, spans = tmp_path / "sub" / "rules.ottl", tmp_path / "sub" / "lib.ottl", tmp_path / "spans.json"
    tests = tmp_path / "rules_test.yaml"
    rules.write_text('import "lib"\na: drop where IsA()\n')
    lib.write_text('def IsA() = name == "a"\n')
    spans.write_text('{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}')
    tests.write_text("rules: sub/*.ottl\ntests:\n- {name: t, input: spans.json, expect: {dropped: 1}}\n")
    watch = watches("rules_test.yaml")
    watch.says("1 passed, 0 failed")
    lib.write_text('def IsA() = name == "b"\n')
    watch.says("0 passed, 1 failed")
    spans.write_text('{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"b"}]}]}]}')
    watch.says("1 passed, 0 failed")
    tests.write_text("rules: sub/*.ottl\ntests:\n- {name: t, input: spans.json, expect: {dropped: 1, kept: 1}}\n")
    watch.says("0 passed, 1 failed", "0 spans were kept")
    (tmp_path / "sub" / "more.ottl").write_text("all: drop where\n")  # a glob names it, too
    watch.told("sub/more.ottl:1")


def test_files_come_and_go(watches, tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.ottl").write_text(GOOD)
    watch = watches("rules")
    watch.says("2 passed, 0 failed")
    (folder / "b.ottl").write_text(GOOD.replace("a:", "b:"))
    watch.says("4 passed, 0 failed")
    (folder / "a.ottl").unlink()
    watch.says("2 passed, 0 failed")
    shutil.rmtree(folder)
    watch.told("cannot read rules")
    watch.says("0 passed, 0 failed")
    folder.mkdir()
    (folder / "c.ottl").write_text(BAD)
    watch.says("1 passed, 1 failed")
    (folder / "c.ottl").unlink()
    (folder / "c.ottl").mkdir()  # a directory of that name is no rule file
    watch.says("0 passed, 0 failed")


def test_what_is_half_written_is_told_and_the_rest_waited_for(watches, tmp_path):
    rules = tmp_path / "rules.ottl"
    rules.write_text(GOOD)
    watch = watches("rules.ottl")
    watch.says("2 passed, 0 failed")
    with rules.open("w") as file:
        file.write(GOOD[:-6])
        file.flush()
        watch.says("FAIL  rules.ottl: it cannot be run")
        watch.told("rules.ottl:3:")
        file.write(GOOD[-6:])
        file.flush()
        watch.says("2 passed, 0 failed")
    rules.write_bytes(b"\xff\xfe\x00rubbish")
    watch.says("FAIL  rules.ottl")
    rules.write_text(GOOD)
    watch.says("2 passed, 0 failed")


def test_the_symlinks_of_a_config_map_are_swapped(watches, tmp_path):
    mount = tmp_path / "mount"
    for version, text in (("..1", GOOD), ("..2", BAD)):
        (mount / version).mkdir(parents=True)
        (mount / version / "rules.ottl").write_text(text)
    (mount / "..data").symlink_to("..1")
    (mount / "rules.ottl").symlink_to("..data/rules.ottl")
    watch = watches("mount")
    watch.says("2 passed, 0 failed")
    (mount / "..new").symlink_to("..2")
    (mount / "..new").rename(mount / "..data")
    shutil.rmtree(mount / "..1")
    watch.says("1 passed, 1 failed")


NO_INOTIFY = """
#include <errno.h>
int inotify_init1(int flags) { (void)flags; errno = EMFILE; return -1; }
"""
NO_WATCHES = """
#include <errno.h>
#include <stdint.h>
int inotify_add_watch(int fd, const char *path, uint32_t mask)
{ (void)fd; (void)path; (void)mask; errno = ENOSPC; return -1; }
"""


@pytest.mark.parametrize("source, why", [(NO_INOTIFY, "Too many open files"), (NO_WATCHES, "No space left on device")])
def test_files_are_looked_at_where_inotify_is_used_up(watches, tmp_path, source, why):
    (tmp_path / "no.c").write_text(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "no.so", tmp_path / "no.c"], check=True)
    rules = tmp_path / "rules.ottl"
    rules.write_text(GOOD)
    watch = watches("rules.ottl", env={"LD_PRELOAD": str(tmp_path / "no.so"),
                                       "ASAN_OPTIONS": "verify_asan_link_order=0"})
    watch.says("2 passed, 0 failed")
    watch.told(f"inotify is not to be had ({why}): files are looked at twice a second")
    for text, words in ((BAD, "1 passed, 1 failed"), (GOOD, "2 passed, 0 failed")):
        rules.write_text(text)
        watch.says(words)
    assert len(watch.errors) == 1


def test_what_does_not_concern_it_runs_nothing(watches, tmp_path):
    (tmp_path / "rules.ottl").write_text(GOOD)
    watch = watches(".")
    watch.says("2 passed, 0 failed")
    runs = watch.runs()
    for i in range(20):
        (tmp_path / f"note{i}.txt").write_text("x")
        (tmp_path / f".rules.ottl.{i}.swp").write_text("x")
    (tmp_path / "rules.ottl").write_text(BAD)
    watch.says("1 passed, 1 failed")
    changes = [line for line in watch.lines if line.endswith(" has changed")]
    assert set(changes) <= {"-- rules.ottl has changed"}, watch.lines  # none, if it came while the first run ended
    assert watch.runs() > runs


def test_a_hundred_rules_with_their_examples(watches, tmp_path):
    """How long a run takes is printed by it; here only that all of them run."""
    rules = tmp_path / "rules.ottl"
    text = 'import "probes"\n' + "".join(
        f'#> drop {{attributes: {{user_agent: agent-{i}}}}}\n#> keep {{attributes: {{user_agent: curl/8.1}}}}\n'
        f'r{i}: drop where IsMatch(attributes["user_agent"], "^agent-{i}$") or name == "n{i}"\n' for i in range(100))
    rules.write_text(text)
    watch = watches("rules.ottl")
    watch.says("200 passed, 0 failed")
    rules.write_text(text.replace('"^agent-7$"', '"^agent-07$"'))
    watch.says("199 passed, 1 failed", "r7: drop")
