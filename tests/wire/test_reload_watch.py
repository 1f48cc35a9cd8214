"""The files of a configuration are watched: whoever changes them, and however, tamis has what they say in the end.

Nothing here asks for a reload: what is waited for comes of the change alone. The times are of the settings: they
make tamis quick or keep it from looking by itself.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from programs import eventually
from reloading import (DROP_EVEN, DROP_ODD, WRONG, attempts, generation, passed, ready, replace, rules_settings,
                       write_settings)

TOLD = {"watch": True, "debounce": "20ms", "poll": "0"}  # by the kernel alone
POLLED = {"watch": True, "debounce": "20ms", "poll": "50ms"}


def becomes(daemon, backend, left):
    """Waits until the rules that leave these spans are in force."""
    eventually(lambda: passed(daemon, backend) == left)


@pytest.fixture
def ruled(daemons, backends, tmp_path):
    """start(settings of reload, ...) gives (daemon, backend, rule file) that drops even spans."""
    def start(watch, *patterns, **options):
        rules = tmp_path / "conf" / "rules.ottl"
        rules.parent.mkdir(exist_ok=True)
        rules.write_text(DROP_EVEN)
        backend = backends()
        daemon = daemons(rules_settings(backend, *(patterns or [rules]), watch=watch), **options)
        return ready(daemon), backend, rules

    return start


def in_place(path, text):
    """One write."""
    path.write_text(text)


def by_vim(path, text):
    """As vim does: the old file steps aside, the new one is written, the old one goes."""
    backup = path.with_name(path.name + "~")
    path.rename(backup)
    path.write_text(text)
    backup.unlink()


def by_link(path, text):
    """A hard link in its place."""
    other = path.with_name("other")
    other.write_text(text)
    path.unlink()
    os.link(other, path)
    other.unlink()


def in_pieces(path, text):
    """Slowly: it is empty, then half there, then whole, and one file all along."""
    with path.open("w", encoding="utf-8") as out:
        for c in text:
            out.write(c)
            out.flush()


@pytest.mark.parametrize("way", [in_place, replace, by_vim, by_link, in_pieces])
def test_a_rule_file_changes(ruled, way):
    daemon, backend, rules = ruled(TOLD)
    assert passed(daemon, backend) == [1, 3]
    way(rules, DROP_ODD)
    becomes(daemon, backend, [0, 2])
    way(rules, DROP_EVEN)
    becomes(daemon, backend, [1, 3])


@pytest.mark.parametrize("way", [in_place, replace])
def test_the_yaml_changes(ruled, way):
    daemon, backend, rules = ruled(TOLD)
    other = rules.with_name("other.ottl")
    other.write_text(DROP_ODD)
    way(daemon.configuration, daemon.configuration.read_text().replace("rules.ottl", "other.ottl"))
    becomes(daemon, backend, [0, 2])
    way(other, DROP_EVEN)
    becomes(daemon, backend, [1, 3])


def test_an_import_changes_and_one_that_is_missing_comes(ruled):
    daemon, backend, rules = ruled(TOLD)
    parts = rules.with_name("parts")
    rules.write_text('import "parts/even"\ndrop where Wanted()\n')
    eventually(lambda: daemon.metric("tamis_config_last_reload_successful") == 0)
    parts.mkdir()
    (parts / "even.ottl").write_text('def Wanted() = attributes["even"] == false\n')
    becomes(daemon, backend, [0, 2])
    (parts / "even.ottl").write_text('def Wanted() = attributes["even"] == true\n')
    becomes(daemon, backend, [1, 3])


def test_a_file_comes_to_a_pattern_and_goes(ruled, tmp_path):
    daemon, backend, rules = ruled(TOLD, tmp_path / "conf" / "*.ottl")
    assert passed(daemon, backend) == [1, 3]
    other = rules.with_name("another.ottl")
    other.write_text('drop where name == "nothing"\n')
    eventually(lambda: generation(daemon) == 2)
    rules.with_name("notes.txt").write_text("no rules")
    rules.write_text(DROP_ODD)
    becomes(daemon, backend, [0, 2])
    before = generation(daemon)
    other.unlink()
    eventually(lambda: generation(daemon) > before)
    assert "notes" not in daemon.output()


def config_map(volume, version, text):
    """Publishes files as the kubelet does: a new directory, to which a link of the name ..data is moved."""
    directory = volume / f"..{version}"
    directory.mkdir()
    (directory / "rules.ottl").write_text(text)
    link = volume / "..data_tmp"
    link.symlink_to(directory.name)
    old = (volume / "..data").resolve() if (volume / "..data").exists() else None
    link.rename(volume / "..data")
    if not (volume / "rules.ottl").is_symlink():
        (volume / "rules.ottl").symlink_to("..data/rules.ottl")
    if old:
        shutil.rmtree(old)


@pytest.mark.parametrize("pattern", [False, True])
def test_a_config_map_is_swapped(ruled, tmp_path, pattern):
    volume = tmp_path / "volume"
    volume.mkdir()
    config_map(volume, 1, DROP_EVEN)
    daemon, backend, _ = ruled(TOLD, volume / ("*.ottl" if pattern else "rules.ottl"))
    assert passed(daemon, backend) == [1, 3]
    for version, (text, left) in enumerate([(DROP_ODD, [0, 2]), (DROP_EVEN, [1, 3]), (DROP_ODD, [0, 2])], 2):
        config_map(volume, version, text)
        becomes(daemon, backend, left)


def test_a_directory_is_replaced(ruled, tmp_path):
    daemon, backend, rules = ruled(TOLD)
    beside = tmp_path / "next"
    beside.mkdir()
    (beside / "rules.ottl").write_text(DROP_ODD)
    rules.parent.rename(tmp_path / "old")
    beside.rename(rules.parent)
    becomes(daemon, backend, [0, 2])
    rules.write_text(DROP_EVEN)
    becomes(daemon, backend, [1, 3])


@pytest.mark.parametrize("how", ["gone", "directory", "wrong", "loop"])
def test_what_is_wrong_meanwhile_changes_nothing(ruled, how):
    daemon, backend, rules = ruled(TOLD)
    if how == "wrong":
        rules.write_text(WRONG)
    else:
        rules.unlink()
    if how == "directory":
        rules.mkdir()
    elif how == "loop":
        rules.symlink_to(rules.name)
    eventually(lambda: daemon.metric("tamis_config_last_reload_successful") == 0)
    assert passed(daemon, backend) == [1, 3] and generation(daemon) == 1
    if how == "directory":
        rules.rmdir()
    elif how == "loop":
        rules.unlink()
    rules.write_text(DROP_ODD)
    becomes(daemon, backend, [0, 2])
    assert daemon.metric("tamis_config_last_reload_successful") == 1


def test_files_beside_it_mean_nothing(ruled):
    daemon, _, rules = ruled(TOLD)
    for i in range(50):
        rules.with_name(f"{i}.txt").write_text("x")
    replace(rules, DROP_ODD)
    eventually(lambda: generation(daemon) == 2)
    assert attempts(daemon) == 1


def test_the_watch_is_switched_off_and_on(ruled):
    daemon, backend, rules = ruled(TOLD)
    settings = json.loads(daemon.configuration.read_text())
    settings["service"]["reload"]["watch"] = False
    write_settings(daemon, settings)
    eventually(lambda: generation(daemon) == 2)
    rules.write_text(DROP_ODD)
    assert passed(daemon, backend) == [1, 3]
    settings["service"]["reload"]["watch"] = True
    write_settings(daemon, settings)
    daemon.process.send_signal(1)
    becomes(daemon, backend, [0, 2])
    rules.write_text(DROP_EVEN)
    becomes(daemon, backend, [1, 3])


def without_inotify():
    """A command that runs another where the kernel gives no inotify, or a skip."""
    command = ["unshare", "--user", "--map-root-user", "sh", "-c",
               'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces")
    return command


def test_without_inotify_it_looks_by_itself_and_says_so(ruled):
    daemon, backend, rules = ruled(POLLED, before=without_inotify())
    eventually(lambda: daemon.metric("tamis_config_watch_polls") == 1)
    assert daemon.output().count("files cannot be watched") == 1
    for text, left in ((DROP_ODD, [0, 2]), (DROP_EVEN, [1, 3])):
        rules.write_text(text)
        becomes(daemon, backend, left)
    assert daemon.output().count("files cannot be watched") == 1


def test_changes_that_no_event_tells_of_are_found(ruled, tmp_path):
    """Some directory further up is replaced."""
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (deep / "rules.ottl").write_text(DROP_EVEN)
    daemon, backend, _ = ruled(POLLED, deep / "rules.ottl")
    shutil.copytree(tmp_path / "a", tmp_path / "a2")
    pathlib.Path(tmp_path / "a2" / "b" / "c" / "rules.ottl").write_text(DROP_ODD)
    (tmp_path / "a").rename(tmp_path / "old")
    (tmp_path / "a2").rename(tmp_path / "a")
    becomes(daemon, backend, [0, 2])
