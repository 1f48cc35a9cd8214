"""`tamis export`: what rule files forward in tamis, their plain form forwards in the Collector, span by span.

SPDX-License-Identifier: Apache-2.0
"""
import collections
import json
import subprocess

import pytest

import otlp_peers
import programs
from otlp_peers import send_grpc
from programs import TOP
from rule_files import Finite, RuleFile
from span_difference import difference

FILES = 60  # of one seed, which one Collector runs as so many pipelines


def tamis(*arguments, **options):
    return subprocess.run([programs.subject(), *arguments], capture_output=True, text=True, check=False, **options)


def definitions():
    """The names that the rule files brought along define."""
    return {d["name"] for f in json.loads(tamis("rules", "--format=json").stdout) for d in f["definitions"]}


def base(sink, names, processors):
    """A configuration with a pipeline for each name; what it sends carries its name. JSON is YAML."""
    return json.dumps({
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
        "processors": {p: c for name in names for p, c in processors(name).items()},
        "exporters": {f"otlp/{name}": {"endpoint": sink.endpoint, "tls": {"insecure": True}, "timeout": "10m",
                                       "headers": {"x-rules": name}} for name in names},
        "service": {"pipelines": {f"traces/{name}": {
            "receivers": ["otlp"], "processors": list(processors(name)), "exporters": [f"otlp/{name}"]}
            for name in names}}})


def forwarded(start, binary, configurations, sink, requests):
    """What each pipeline sends: name -> requests."""
    program = start(binary, configurations)
    send_grpc(program.grpc, requests)
    assert program.stop() == 0, program.output()
    sent = collections.defaultdict(list)
    for metadata, request in zip(sink.metadata, sink.decoded()):
        sent[metadata["x-rules"]].append(request)
    sink.requests, sink.metadata = [], []
    return sent


def export(path, name):
    """Exports one file; the path of the YAML, or None where it was refused with a place or is empty."""
    done = tamis("export", "--to=collector", f"--pipeline=traces/{name}", path.name, cwd=path.parent)
    if done.returncode == 4:  # there are only keeps
        return None
    if done.returncode == 3:
        assert f"{path.name}:" in done.stderr and "E0330" in done.stderr, done.stderr
        return None
    assert done.returncode == 0, done.stderr
    exported = path.with_suffix(".yaml")
    exported.write_text(done.stdout)
    return exported


def compare(start, sink, folder, files, requests):
    """files: name -> text of a rule file. How many could be exported; each of them has to forward alike."""
    exported = {}
    for name, text in files.items():
        path = folder / f"{name}.ottl"
        path.write_text(text)
        yaml = export(path, name)
        if yaml:
            exported[name] = yaml
    plain, ours = folder / "plain.yaml", folder / "ours.yaml"
    plain.write_text(base(sink, exported, lambda name: {}))
    ours.write_text(base(sink, exported, lambda name: {f"tamis/{name}": {"rules": [str(folder / f"{name}.ottl")]}}))
    want = forwarded(start, programs.subject(), [ours], sink, requests)
    got = forwarded(start, programs.collector(), [plain, *exported.values()], sink, requests)
    for name, yaml in exported.items():
        found = difference(want[name], got[name], "tamis", "the Collector")
        assert found is None, f"{files[name]}\n{yaml.read_text()}\n{found}"
    kept = {name: sum(len(ss.spans) for r in want[name] for rs in r.resource_spans for ss in rs.scope_spans)
            for name in exported}
    return kept


@pytest.mark.parametrize("seed", range(4))
def test_generated_files_decide_in_the_collector_as_here(start, sink, tmp_path, seed):
    known = definitions()
    files, number = {}, 0
    while len(files) < FILES:
        text = RuleFile(f"{seed}/{number}", known).text
        number += 1
        path = tmp_path / "candidate.ottl"
        path.write_text(text)
        if tamis("check", path).returncode == 0:
            files[f"f{number}"] = text
    requests = Finite(seed).requests(20)
    kept = compare(start, sink, tmp_path, files, requests)
    sent = sum(len(ss.spans) for r in requests for rs in r.resource_spans for ss in rs.scope_spans)
    some = [n for n in kept.values() if 0 < n < sent]
    print(f"seed {seed}: {len(kept)} of {FILES} files exported, {len(some)} of them drop some of {sent} spans")
    assert len(kept) > FILES / 2 and len(some) > FILES / 6


def test_the_files_of_examples_and_library_decide_in_the_collector_as_here(start, sink, tmp_path):
    """Of the library, each definition that is a condition as a rule of its own."""
    files = {p.stem: p.read_text() for p in (TOP / "examples" / "rules").glob("*.ottl")}
    asked = 0
    for library in json.loads(tamis("rules", "--format=json").stdout):
        for d in library["definitions"]:
            name = library["file"].removesuffix(".ottl")
            text = f'import "{name}"\ndrop where {d["name"]}()\n'
            path = tmp_path / "candidate.ottl"
            path.write_text(text)
            if d["text"].startswith(f"def {d['name']}()") and tamis("check", path).returncode == 0:
                files[d["name"]] = text
                asked += 1
    kept = compare(start, sink, tmp_path, files, Finite(77).requests(20))
    assert "ingress" in kept and asked > 30 and len(kept) > asked - 4
