"""What `tamis migrate` writes of real configurations: tamis takes it, and so does the real Collector where it has the
components.

configs/ holds structures of public configurations, whose names and values were replaced by neutral ones.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import re
import subprocess

import pytest

import programs

GIVEN = sorted((programs.TOP / "tests/peers/configs").glob("*.yaml"))
OURS = [programs.EXAMPLE, programs.TOP / "examples/backend.yaml", programs.TOP / "examples/quickstart.yaml"]
KINDS = {"URL": "https://backend.example:4317", "ADDRESS": "backend.example:4317", "HOST": "backend.example",
         "IP": "127.0.0.1", "PORT": "4317", "TOKEN": "token", "NUMBER": "100", "BOOL": "true", "LEVEL": "info",
         "DURATION": "5s", "NAME": "value"}
VALUES = {f"{kind}{i}": value for kind, value in KINDS.items() for i in range(1, 10)}
SECTIONS = ("receivers", "processors", "exporters")


def run(*command):
    return subprocess.run([str(word) for word in command], env={**os.environ, **VALUES}, text=True,
                          capture_output=True, timeout=programs.PATIENCE)


def collectors_types():
    listed = run(programs.collector(), "components").stdout
    return set(re.findall(r"- name: (\w+)", listed)) | {"otlp", "otlphttp"}  # their old names


def types_of(report):
    ids = [i for pipeline in report["pipelines"] for section in SECTIONS for i in pipeline[section]]
    return {i.split("/")[0] for i in ids + report["extensions"]}


@pytest.mark.parametrize("path", GIVEN + OURS, ids=lambda path: path.stem)
def test_what_migrate_writes_is_taken(path, tmp_path):
    out = tmp_path / "out.yaml"
    done = run(programs.subject(), "migrate", path, "-o", out, "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["pipelines"]
    for pipeline in report["pipelines"]:
        assert pipeline["receivers"] and pipeline["exporters"]
    checked = run(programs.subject(), "validate", "--strict", f"--config={out}")
    assert checked.returncode == 0, checked.stderr
    if types_of(report) <= collectors_types():
        checked = run(programs.collector(), "validate", f"--config={out}")
        assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_what_runs_already_stays_as_it_is(path, tmp_path):
    out = tmp_path / "out.yaml"
    assert run(programs.subject(), "migrate", path, "-o", out).returncode == 0
    assert out.read_text() == path.read_text()


@pytest.mark.parametrize("path", GIVEN, ids=lambda path: path.stem)
def test_what_was_migrated_stays_as_it_is(path, tmp_path):
    once, twice = tmp_path / "once.yaml", tmp_path / "twice.yaml"
    assert run(programs.subject(), "migrate", path, "-o", once).returncode == 0
    assert run(programs.subject(), "migrate", once, "-o", twice).returncode == 0
    assert twice.read_text() == once.read_text()
