"""Spans of Zipkin: documents in its JSON of v1 and v2, and the protobuf of v2 from the same trees.

SPDX-License-Identifier: Apache-2.0
"""
import ipaddress
import json
import random

from protobuf_writer import field, fixed64

WORDS = ["", "a", "true", "false", "-7", "007", "1.5", "-0.25", "1.", ".5", "1e5", "+1", "99999999999999999999",
         "-99999999999999999999", "-", "[1]", '{"a":1}', "ä€𝄞", "x|y", "GET", "null", " 1", "1" * 400 + ".0"]
RESOURCE_TAGS = ["host.name", "service.version", "process.pid", "service.name", "faas.id", "opencensus.starttime"]
OTHER_TAGS = ["http.path", "http.status_code", "error", "otel.status_code", "otel.status_description", "span.kind",
              "w3c.tracestate", "otel.library.name", "otel.library.version", "otel.scope.name", "otel.scope.version",
              "net.host.ip", "num", "", "otlp.service.name.source"]
STATUS = ["OK", "ERROR", "Ok", "Error", "Unset", "STATUS_CODE_OK", "STATUS_CODE_ERROR", "STATUS_CODE_UNSET", "2", ""]
ADDRESSES4 = ["10.0.0.1", "127.0.0.1", "255.255.255.255", "::ffff:1.2.3.4", ""]
ADDRESSES6 = ["2001:DB8:0::c001", "::1", "::", "::1.2.3.4", "::ffff:1.2.3.4", "fe80::1:0:0:1", "1:0:0:2:0:0:0:3", "::1:0",
              "1:2:3:4:5:6:7::"]
ANNOTATIONS = ["ws", "", "a|b", 'ev|{"k":1,"s":"x|y","d":1.5,"b":true,"l":[1],"o":{"x":{}},"n":null,"k":2}|3',
               "ev|null|0", 'ev|{"big":1e300,"whole":2.0,"neg":-1e2}|4294967295']
LINK = '463ac35c9f6413ad48485a3953bb6124|a2fb4a1d1a96d312|a=b|{"a":"b|c","n":1.5}|2'


class Spans:
    """Seeded spans that use every field; each has a service and a scope of its own, so that their order is one."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0

    def maybe(self, chance=0.6):
        """True so often."""
        return self.random.random() < chance

    def endpoint(self, service=None):
        """An endpoint, some of it left out."""
        made = {"serviceName": service} if service else {}
        if self.maybe():
            made["ipv4"] = self.random.choice(ADDRESSES4)
        if self.maybe():
            made["ipv6"] = self.random.choice(ADDRESSES6)
        if self.maybe():
            made["port"] = self.random.choice([0, 1, 8080, 65535])
        return made

    def tags(self):
        """Tags of every kind."""
        made = {key: self.random.choice(WORDS) for key in RESOURCE_TAGS + OTHER_TAGS if self.maybe(0.4)}
        if "otel.status_code" in made:
            made["otel.status_code"] = self.random.choice(STATUS)
        if "span.kind" in made:
            made["span.kind"] = self.random.choice(["internal", "client"])
        if "error" in made:
            made["error"] = self.random.choice(["true", "false", "", "boom"])
        if self.maybe(0.3):
            made["otlp.link.0"] = LINK
            made["otlp.link.1"] = "too|few|parts"
            made["otlp.link.3"] = "no link, since there is no second"
        return made

    def span(self):
        """One span of v2."""
        self.count += 1
        made = {"traceId": f"{self.random.getrandbits(self.random.choice([4, 64, 127])) + 1:x}",
                "id": f"{self.count:016x}"}
        service = f"service-{self.count}" if self.maybe(0.8) else None
        options = {"parentId": lambda: f"{self.random.choice([self.count, 0, 77]):016x}", "name": lambda: "get /ä",
                   "kind": lambda: self.random.choice(["CLIENT", "SERVER", "PRODUCER", "CONSUMER", "client", ""]),
                   "timestamp": lambda: 1700000000123456 + self.count, "duration": lambda: self.random.choice([0, 1, 2500]),
                   "localEndpoint": lambda: self.endpoint(service),
                   "remoteEndpoint": lambda: self.endpoint(self.random.choice([None, "back"])),
                   "annotations": lambda: [{"timestamp": 1700000000123457 + i, "value": self.random.choice(ANNOTATIONS)}
                                           for i in range(self.random.choice([0, 1, 3]))],
                   "tags": self.tags, "debug": lambda: True, "shared": lambda: False, "unknown": lambda: {"a": [1, {}]}}
        made.update({key: make() for key, make in options.items() if self.maybe(0.75)})
        return made

    def span_v1(self):
        """One span of v1."""
        self.count += 1
        place = {"serviceName": f"service-{self.count}", **self.endpoint()}
        made = {"traceId": f"{self.random.getrandbits(100) + 1:032x}", "id": f"{self.count:016x}", "name": "post",
                "timestamp": 1700000000123456 + self.count}
        made["annotations"] = [{"timestamp": 1700000000000000 + i, "value": self.random.choice(["cs", "sr", "ss", "ms", "mr", "x", ""]),
                                "endpoint": self.random.choice([place, None, {}])} for i in range(self.random.randrange(4))]
        made["binaryAnnotations"] = [{"key": key, "value": self.random.choice(WORDS if "code" not in key else ["0", "2", "200", "+500", "x"]),
                                      "endpoint": place}
                                     for key in ("lc", "http.status_code", "census.status_code", "otel.status_code", "error",
                                                 "http.status_message", "otel.status_description", "census.status_description",
                                                 "num", "num") if self.maybe(0.3)]
        if self.maybe():
            made["duration"] = 99
        if self.maybe():
            made["parentId"] = f"{77:016x}"
        return made


def as_json(spans):
    """The document."""
    return json.dumps(spans).encode()


def endpoint_message(tree):
    """zipkin.proto3.Endpoint."""
    out = field(1, tree.get("serviceName", "").encode())
    for number, key, size in ((2, "ipv4", 4), (3, "ipv6", 16)):
        if tree.get(key):
            packed = ipaddress.ip_address(tree[key]).packed
            out += field(number, packed[-size:])
    return out + field(4, tree.get("port", 0))


def as_protobuf(spans):
    """zipkin.proto3.ListOfSpans of spans as in JSON."""
    kinds = ["", "CLIENT", "SERVER", "PRODUCER", "CONSUMER"]
    out = b""
    for span in spans:
        body = field(1, bytes.fromhex(span["traceId"].rjust(32, "0"))) + field(3, bytes.fromhex(span["id"]))
        if span.get("parentId"):
            body += field(2, bytes.fromhex(span["parentId"]))
        if span.get("kind") in kinds:
            body += field(4, kinds.index(span["kind"]))
        body += field(5, span.get("name", "").encode())
        body += fixed64(6, span.get("timestamp", 0)) + field(7, span.get("duration", 0))
        for number, key in ((8, "localEndpoint"), (9, "remoteEndpoint")):
            if key in span:
                body += field(number, endpoint_message(span[key]))
        for annotation in span.get("annotations", []):
            body += field(10, fixed64(1, annotation["timestamp"]) + field(2, annotation["value"].encode()))
        for key, value in span.get("tags", {}).items():
            body += field(11, field(1, key.encode()) + field(2, value.encode()))
        out += field(1, body + field(12, 1) + field(99, b"unknown"))
    return out
