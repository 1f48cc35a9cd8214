"""A real Envoy that traces as Contour tells its own to, in front of an application.

SPDX-License-Identifier: Apache-2.0
"""
import contextlib
import http.server
import json
import threading

import programs

POD = {"HOSTNAME": "envoy-x7k2p", "CONTOUR_NAMESPACE": "projectcontour"}


class Hello(http.server.BaseHTTPRequestHandler):
    """The application."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        pass


def tags(tracing):
    """The attributes that Contour adds: of the pod, and its `customTags`."""
    if tracing.get("includePodDetail", True):
        for name, variable in zip(("podName", "podNamespace"), POD):
            yield {"tag": name, "environment": {"name": variable}}
    for one in tracing.get("customTags", []):
        if "literal" in one:
            yield {"tag": one["tagName"], "literal": {"value": one["literal"]}}
        else:
            yield {"tag": one["tagName"], "request_header": {"name": one["requestHeaderName"]}}


def listener_tracing(tracing, grpc, upstream_spans):
    """What Contour makes of the part `tracing` of its configuration. Since 1.29 it asks for spans of upstream requests, too.

    The timeout is no ExtensionService's: a test does not depend on the machine's speed.
    """
    return {
        "overall_sampling": {"value": float(tracing.get("overallSampling", "100"))},
        "max_path_tag_length": tracing.get("maxPathTagLength", 256),
        "custom_tags": list(tags(tracing)),
        "spawn_upstream_span": upstream_spans,
        "provider": {
            "name": "envoy.tracers.opentelemetry",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
                "service_name": tracing.get("serviceName", "contour"),
                "grpc_service": {"envoy_grpc": grpc, "timeout": f"{programs.PATIENCE}s"}}}}


@contextlib.contextmanager
def envoy(collector, tracing, folder, upstream_spans=False, cluster=None):
    """The port of an Envoy that traces to the port `collector`; `tracing` is as in Contour's configuration file.

    Contour tells it an :authority. Who names a `cluster` alone has Envoy send that name.
    """
    binary = programs.present(programs.PEERS / "venv" / "bin" / "envoy")
    application = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    threading.Thread(target=application.serve_forever, daemon=True).start()
    port = programs.free_port()
    grpc = {"cluster_name": cluster}
    if not cluster:
        cluster = f"extension/{tracing['extensionService']}"
        grpc = {"cluster_name": cluster, "authority": cluster.replace("/", ".")}
    text = (programs.TOP / "tests" / "peers" / "envoy.yaml").read_text()
    for name, value in (("LISTENER", port), ("COLLECTOR", collector), ("BACKEND", application.server_port),
                        ("EXTENSION", cluster), ("TRACING", json.dumps(listener_tracing(tracing, grpc, upstream_spans)))):
        text = text.replace(f"@{name}@", str(value))
    configuration = folder / "envoy.yaml"
    configuration.write_text(text)
    program = programs.Program([binary, "-c", configuration, "--concurrency", "1", "--use-dynamic-base-id", "-l", "warning"],
                               [port], folder / "envoy.log", POD)
    try:
        yield port
    finally:
        program.stop()
        application.shutdown()
