"""The daemon under load, measured: a program between h2load and a sink, and the processor time that it takes.

CPU is the processor time of the process, user and system, over exactly the measured requests, after a warm-up, until
the last surviving span has reached the sink.

SPDX-License-Identifier: Apache-2.0
"""
import collections
import os
import pathlib
import platform
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
EXAMPLE = TOP / "examples" / "collector.yaml"
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
ARRIVE_SECONDS = 60

# Requests of a file: how many, of so many spans each, of which so many survive; over so many connections and streams.
Load = collections.namedtuple("Load", "body requests spans kept connections streams")
# A certificate that the sink and the ports of the program show, and its key.
Certificate = collections.namedtuple("Certificate", "cert key")


class Sink:
    """tests/bench/sink.c, running; it speaks TLS when it has a certificate."""

    def __init__(self, binary, certificate=None):
        self.process = subprocess.Popen([binary, *(certificate or ())], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def spans(self):
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline().split()[2])

    def wait(self, spans):
        """Waits for the last span."""
        end = time.monotonic() + ARRIVE_SECONDS
        while (arrived := self.spans()) < spans:
            if time.monotonic() > end:
                sys.exit(f"bench: {arrived} of {spans} spans arrived")
            time.sleep(0.01)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    except OSError:
        return False


def status(pid, name):
    """A line of /proc/PID/status, in MB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(name)


def cpu_seconds(pid):
    """Of the whole process, user and system, by the scheduler's clock (clock_getcpuclockid): utime and stime of
    /proc are samples of some milliseconds, too coarse for what is measured here."""
    return time.clock_gettime(~pid << 3 | 2)


def start(binary, port, sink, changes, certificate=None):
    """examples/collector.yaml with changes: (process, milliseconds from exec to the first accepted connection)"""
    settings = {
        "receivers.otlp.protocols.grpc.endpoint": f"127.0.0.1:{port}",
        "receivers.otlp.protocols.http.endpoint": f"127.0.0.1:{free_port()}",
        "exporters.otlp/tempo.endpoint": f"127.0.0.1:{sink.port}",
        "processors.batch.timeout": "1s",
        "service.telemetry.metrics.level": "none",
        **changes,
    }
    if certificate:
        settings |= {"receivers.otlp.protocols.grpc.tls.cert_file": certificate.cert,
                     "receivers.otlp.protocols.grpc.tls.key_file": certificate.key,
                     "exporters.otlp/tempo.tls.insecure": "false",
                     "exporters.otlp/tempo.tls.ca_file": certificate.cert,
                     "exporters.otlp/tempo.tls.server_name_override": "localhost"}
    command = [binary, f"--config={EXAMPLE}"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not accepts(port):
        if process.poll() is not None or time.monotonic() > began + 20:
            process.kill()
            sys.exit(f"bench: {binary} does not start: {' '.join(command)}")
        time.sleep(0.0005)
    return process, (time.monotonic() - began) * 1000


def send(port, load, requests, scheme="http"):
    """Sends the request so many times; returns the seconds that took."""
    began = time.monotonic()
    done = subprocess.run(
        ["h2load", "-n", str(requests), "-c", str(load.connections), "-m", str(load.streams), "-d", load.body,
         "-H", "content-type: application/grpc", "-H", "te: trailers", f"{scheme}://127.0.0.1:{port}{EXPORT}"],
        capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if f" {requests} succeeded" not in done.stdout:
        sys.exit(f"bench: not every request was answered:\n{done.stdout}{done.stderr}")
    return seconds


def measure(binary, sink_binary, load, changes, certificate=None, idle_seconds=0):
    """One run of one program."""
    sink = Sink(sink_binary, certificate)
    port = free_port()
    process, accept_ms = start(binary, port, sink, changes, certificate)
    scheme = "https" if certificate else "http"
    try:
        time.sleep(idle_seconds)
        idle = status(process.pid, "VmRSS")
        warm = max(load.connections, load.requests // 20)
        send(port, load, warm, scheme)
        sink.wait(warm * load.kept)
        before = cpu_seconds(process.pid)
        seconds = send(port, load, load.requests, scheme)
        sink.wait((warm + load.requests) * load.kept)
        spans = load.requests * load.spans
        return {"cpu": (cpu_seconds(process.pid) - before) / spans * 1e6, "rate": spans / seconds,
                "peak": status(process.pid, "VmHWM"), "idle": idle, "accept": accept_ms}
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        sink.stop()


def machine():
    """CPU, cores, kernel, compiler."""
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    compiler = subprocess.run([os.environ.get("CC", "cc"), "--version"], capture_output=True, text=True,
                              check=False).stdout.splitlines()
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, {compiler[0] if compiler else 'no compiler'}"


def version(binary):
    """What --version prints, or the name of the file."""
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[0]
    return said.strip() or pathlib.Path(binary).name


def build_sink(folder):
    """The sink's binary."""
    sink = folder / "sink"
    subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-O2", "-Wall", "-Wextra", "-o", sink, HERE / "sink.c",
                    "-lnghttp2", "-lz", "-lssl", "-lcrypto"], check=True)
    return sink


def make_load(folder, requests, spans, connections, streams):
    """(the load of one request over and over, bytes a span)"""
    body = folder / f"request{spans}.grpc"
    maker = TOP / "tests" / "peers" / "make_spans.py"
    said = subprocess.run([sys.executable, maker, "--spans", str(spans), body], capture_output=True, text=True,
                          check=True).stdout.split()
    return Load(body, requests, spans, int(said[2]), connections, streams), int(said[1]) / spans


def make_certificate(folder):
    """Of localhost, its own authority, as EC keys are common today."""
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", made.key, "-out", made.cert], check=True, capture_output=True)
    return made


