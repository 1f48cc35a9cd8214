"""`tamis export`: what rule files forward in tamis, their plain form forwards in the Collector, span by span.

SPDX-License-Identifier: Apache-2.0
"""
import collections
import json
import subprocess

import pytest

import programs
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otlp_peers import send_grpc
from programs import TOP
from rule_files import Finite, RuleFile, Scalar
from span_difference import difference
from test_processors import CONFIGURATIONS

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
        path = folder / name / f"{name}.ottl"  # apart from the others, which it may import from the library
        path.parent.mkdir()
        path.write_text(text)
        yaml = export(path, name)
        if yaml:
            exported[name] = yaml
    plain, ours = folder / "plain.yaml", folder / "ours.yaml"
    plain.write_text(base(sink, exported, lambda name: {}))
    ours.write_text(base(sink, exported, lambda name: {
        f"tamis/{name}": {"rules": [str(folder / name / f"{name}.ottl")]}}))
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


# --- from a configuration to a rule file, and back ---

def delimited(requests):
    """Protobuf, each message behind its length as a varint."""
    out = bytearray()
    for request in requests:
        body = request.SerializeToString()
        size = len(body)
        while size > 127:
            out.append(size & 127 | 128)
            size >>= 7
        out.append(size)
        out += body
    return bytes(out)


def undelimited(data):
    requests, at = [], 0
    while at < len(data):
        size = shift = 0
        while data[at] & 128:
            size |= (data[at] & 127) << shift
            shift += 7
            at += 1
        size |= data[at] << shift
        at += 1
        requests.append(ExportTraceServiceRequest.FromString(data[at:at + size]))
        at += size
    return requests


def kept(folder, rules, spans):
    """What `tamis run` leaves of a recording; None when a rule refused it."""
    done = tamis("run", *(f"--rules={r}" for r in rules), f"--input={spans}", "--output=kept.pb", "--quiet", cwd=folder)
    assert done.returncode in (0, 5), done.stderr
    return (folder / "kept.pb").read_bytes(), done.returncode


def differs(want, got):
    """None, or how two recordings differ; a rule may cut a text within a letter, and then no message can be read."""
    try:
        return difference(undelimited(want), undelimited(got), "the processors", "the rules")
    except DecodeError:
        return None if want == got else f"{want}\n{got}"


def configurations():
    """name -> the processors of a pipeline: those of test_processors.py, and of the conformance vectors."""
    rows = dict(CONFIGURATIONS)
    with open(TOP / "tests" / "vectors" / "processors.jsonl", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line.replace("$", "$$"))
            rows[row["id"]] = {row["processor"]: row["config"]}
    return rows


def whole(processors):
    """A configuration around them. JSON is YAML."""
    return json.dumps({"receivers": {"otlp": {"protocols": {"grpc": {}}}}, "processors": processors,
                       "exporters": {"nop": {}}, "service": {"pipelines": {"traces": {
                           "receivers": ["otlp"], "processors": list(processors), "exporters": ["nop"]}}}})


# What a rule file cannot say, and why.
REFUSED = {"hash": "hash", "from_context": "from_context", "shared_cache": "shared_cache", "conditions": "conditions of a group",
           "error_mode": "error_mode", "list": "a list or map that an attribute equals"}


def test_configurations_decide_as_rule_files_and_back(tmp_path):
    """Each processor configuration, its rule file, and the processors of that file leave the same of all spans."""
    spans = {}
    for name, kind in (("any", Finite), ("scalar", Scalar)):
        spans[name] = tmp_path / f"{name}.pb"
        spans[name].write_bytes(delimited(kind(5).requests(12)))
    told, back, compiled = collections.Counter(), 0, 0
    for name, processors in configurations().items():
        config, rules, again = tmp_path / "config.yaml", tmp_path / "rules.ottl", tmp_path / "again.yaml"
        config.write_text(whole(processors))
        if tamis("validate", f"--config={config}").returncode:
            continue  # the vectors hold mistakes, too
        compiled += 1
        done = tamis("export", "--to=ottl", config)
        if done.returncode == 3:
            assert "E0331" in done.stderr and f"{config}:" in done.stderr, done.stderr
            why = [r for r, text in REFUSED.items() if text in done.stderr]
            assert why, f"{name}: {done.stderr}"
            told[why[0]] += 1
            continue
        if done.returncode == 4:
            continue  # no rule
        assert done.returncode == 0, f"{name}: {done.stderr}"
        rules.write_text(done.stdout)
        checked = tamis("check", rules)
        assert checked.returncode == 0, f"{done.stdout}\n{checked.stderr}"
        data = spans["scalar" if "W0331" in done.stderr else "any"]
        want, code = kept(tmp_path, [config], data)
        got, got_code = kept(tmp_path, [rules], data)
        found = differs(want, got)
        assert found is None and code == got_code, f"{name}: {processors}\n{done.stdout}\n{found}"
        plain = tamis("export", "--to=collector", rules)
        if plain.returncode:
            assert "E0330" in plain.stderr, plain.stderr
            continue
        again.write_text(plain.stdout)
        config.write_text(whole({}))
        got, got_code = kept(tmp_path, [config, again], data)
        found = differs(want, got)
        assert found is None and code == got_code, f"{name}: {processors}\n{plain.stdout}\n{found}"
        back += 1
    print(f"{compiled} configurations, {back} there and back, refused: {dict(told)}")
    assert back > 100
