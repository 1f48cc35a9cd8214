"""h2spec, somebody else's conformance tests of HTTP/2, against both ports. docs/protocol.md 2.

SPDX-License-Identifier: Apache-2.0
"""
import re
import subprocess

import pytest

import programs
from backend import Backend
from certificates import Authority
from subject import Daemon, configuration

CASES = 146  # of h2spec 2.2.1 with -S (145 without): none is left out; `--dryrun -S` lists them. docs/reliability.md says so, too


def h2spec(port, *arguments):
    """(cases, names of those that failed, output)."""
    program = programs.present(programs.PEERS / "h2spec")
    done = subprocess.run([program, "-h", "127.0.0.1", "-p", str(port), "-o", "30", *arguments], capture_output=True, text=True,
                          timeout=600, check=False)
    tests, _, skipped, failed = map(int, re.search(
        r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed", done.stdout).groups())
    names = re.findall(r"\u00d7 \d+: (.*)", done.stdout.partition("Failures:")[2])
    assert skipped == 0 and len(names) == failed, done.stdout
    return tests, set(names), done.stdout


def test_G01_h2spec_passes_on_the_grpc_port(tamis):
    tests, failed, output = h2spec(tamis.grpc, "-S")
    assert tests == CASES and not failed, output


# Of the whole, only this part: the port answers as soon as it knows the answer, as RFC 9113, 8.1 allows, and what is
# wrong with the rest of such a request is not looked at; and what is no HTTP/2 may be HTTP/1.1 there.
def test_h2spec_generic_passes_on_the_http_port(tamis):
    tests, failed, output = h2spec(tamis.http, "generic", "-P", "/v1/traces")
    assert tests == 44 and not failed, output


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """A daemon whose ports speak TLS."""
    folder = tmp_path_factory.mktemp("secure")
    tls = {"tls": Authority(folder).server().settings()}
    backend = Backend()
    daemon = Daemon(configuration(backend, receiver={"protocols": {"grpc": tls, "http": tls}}), folder / "daemon")
    yield daemon
    daemon.finish()
    backend.stop()


def test_G01_h2spec_passes_on_the_grpc_port_over_tls(secure):
    tests, failed, output = h2spec(secure.grpc, "-S", "-t", "-k")
    assert tests == CASES and not failed, output


def test_h2spec_generic_passes_on_the_http_port_over_tls(secure):
    tests, failed, output = h2spec(secure.http, "generic", "-P", "/v1/traces", "-t", "-k")
    assert tests == 44 and not failed, output
