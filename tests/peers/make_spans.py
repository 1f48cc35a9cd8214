#!/usr/bin/env python3
"""Writes benchmark requests: spans as an ingress (Envoy), a Java service and its database client make them.

    make_spans.py [--requests N] [--spans M] [--seed S] [--format grpc|lengths] FILE

grpc     one request after another, each as a gRPC message (flag 0 and a 4-byte big-endian length before it); with
         --requests 1 that is a body for `h2load -d`
lengths  a 4-byte little-endian length before each request, for the program's own benchmarks

Prints "SPANS BYTES KEPT": KEPT is how many of them the example's nine conditions leave. The same arguments always give
the same bytes. Needs nothing but Python.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import random
import struct

from protobuf_writer import field, fixed64, varint

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
SPANS_PER_RESOURCE = 64


def attribute(key, value):
    """A KeyValue: text or integer."""
    return field(1, key) + field(2, field(1, value) if isinstance(value, str) else field(3, value))


def dropped(name, attributes):
    """What the nine conditions of examples/collector.yaml say."""
    cluster = attributes.get("upstream_cluster", "")
    return (any(part in cluster for part in ("grafana/", "tap-gui/", "appsso/"))
            or "https://grafana" in attributes.get("http.url", "")
            or attributes.get("http.route") in ("/livez", "/readyz")
            or attributes.get("user_agent.original") == "kube-probe//"
            or attributes.get("user_agent") == "Knative-Ingress-Probe"
            or name == "OperationHandler.handle")


class Maker:
    """Draws spans. Each kind gives (name, kind number, attributes)."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def weighted(self, **weights):
        """A key, by weight."""
        return self.random.choices(list(weights), list(weights.values()))[0]

    def ingress(self):
        r = self.random
        cluster = {"rest": "apps/rest-service-00004/80", "blog": "apps/blog-api-00002/80", "cart": "apps/cart-00009/8080",
                   "grafana": "grafana/grafana/3000", "gui": "tap-gui/server/7000", "sso": "appsso/auth-server/8080",
                   }[self.weighted(rest=30, blog=30, cart=20, grafana=10, gui=5, sso=5)]
        host = "grafana" if cluster.startswith("grafana") else "blog-api-apps"
        agent = "Knative-Ingress-Probe" if r.random() < 0.02 else BROWSER
        return "ingress", 2, {
            "node_id": "envoy-7d9fkq", "zone": "", "guid:x-request-id": f"{r.getrandbits(128):032x}",
            "http.url": f"https://{host}.tap.example.com/entries/{r.randrange(1000)}?page={r.randrange(20)}",
            "http.method": "GET", "downstream_cluster": "-", "user_agent": agent, "http.protocol": "HTTP/2",
            "peer.address": f"10.0.{r.randrange(8)}.{r.randrange(255)}", "request_size": str(r.randrange(10**4)),
            "response_size": str(r.randrange(10**5)), "component": "proxy", "upstream_cluster": cluster,
            "upstream_cluster.name": cluster, "http.status_code": "200", "response_flags": "-",
            "contour.pod": f"contour-{r.getrandbits(32):x}",
        }

    def service(self):
        r = self.random
        route = {"entry": "/entries/{id}", "greet": "/greeting", "live": "/livez", "ready": "/readyz",
                 }[self.weighted(entry=60, greet=24, live=8, ready=8)]
        probe = route in ("/livez", "/readyz")
        return f"GET {route}", 2, {
            "thread.id": r.randrange(64), "thread.name": f"http-nio-8080-exec-{r.randrange(20)}",
            "http.request.method": "GET", "http.response.status_code": 200, "http.route": route,
            "url.path": route.replace("{id}", str(r.randrange(999))), "url.scheme": "http",
            "user_agent.original": "kube-probe/1.27" if probe else BROWSER, "network.protocol.version": "1.1",
            "server.address": "blog-api.apps", "server.port": 8080,
            "network.peer.address": f"10.0.0.{r.randrange(255)}", "network.peer.port": r.randrange(1024, 65536),
        }

    def database(self):
        r = self.random
        name = "OperationHandler.handle" if r.random() < 0.1 else "SELECT entry"
        return name, 3, {
            "db.system": "postgresql", "db.name": "blog", "db.user": "pgappuser", "db.operation": "SELECT",
            "db.statement": "SELECT e.id, e.title, e.content, e.categories, e.tags, e.author FROM entry AS e "
                            "WHERE e.id = ? AND e.tenant = ?",
            "db.sql.table": "entry", "server.address": "blog-db.demo",
            "thread.id": r.randrange(64), "thread.name": f"http-nio-8080-exec-{r.randrange(20)}",
        }

    def span(self, make):
        """(bytes of a Span, whether a condition drops it)"""
        r = self.random
        name, kind, attributes = make()
        start = 1_763_800_000_000_000_000 + r.randrange(10**12)
        out = (field(1, r.randbytes(16)) + field(2, r.randbytes(8)) + field(4, r.randbytes(8)) + field(5, name)
               + field(6, kind) + fixed64(7, start) + fixed64(8, start + r.randrange(10**8)))
        out += b"".join(field(9, attribute(k, v)) for k, v in attributes.items())
        out += field(15, b"") + varint(16 << 3 | 5) + struct.pack("<I", 0x101)
        return out, dropped(name, attributes)

    def resource(self, make):
        """A Resource as its SDK describes it."""
        service = "contour" if make == self.ingress else "blog-api"
        attributes = {"service.name": service, "service.namespace": "apps", "telemetry.sdk.language": "java",
                      "k8s.pod.name": f"{service}-{self.random.getrandbits(40):x}", "telemetry.sdk.name": "opentelemetry",
                      "telemetry.sdk.version": "1.45.0", "host.arch": "amd64"}
        return b"".join(field(1, attribute(k, v)) for k, v in attributes.items())

    def request(self, spans):
        """(bytes of an ExportTraceServiceRequest, how many spans stay)"""
        out, kept = b"", 0
        for start in range(0, spans, SPANS_PER_RESOURCE):
            make = self.random.choice([self.ingress, self.service, self.database])
            made = [self.span(make) for _ in range(min(SPANS_PER_RESOURCE, spans - start))]
            kept += sum(not gone for _, gone in made)
            scope = field(1, field(1, "io.opentelemetry.tomcat-10.0") + field(2, "2.10.0"))
            scope += b"".join(field(2, span) for span, _ in made)
            out += field(1, field(1, self.resource(make)) + field(2, scope))
        return out, kept


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--requests", type=int, default=1)
    arguments.add_argument("--spans", type=int, default=512)
    arguments.add_argument("--seed", type=int, default=12)
    arguments.add_argument("--format", choices=["grpc", "lengths"], default="grpc")
    arguments.add_argument("file")
    a = arguments.parse_args()
    maker = Maker(a.seed)
    size = kept = 0
    with open(a.file, "wb") as out:
        for _ in range(a.requests):
            request, stay = maker.request(a.spans)
            out.write(struct.pack(">BI", 0, len(request)) if a.format == "grpc" else struct.pack("<I", len(request)))
            out.write(request)
            size += len(request)
            kept += stay
    print(a.requests * a.spans, size, kept)


if __name__ == "__main__":
    main()
