"""The sampler: of thousands of random spans tamis keeps those that the Collector keeps, with the same trace states.

SPDX-License-Identifier: Apache-2.0
"""
import json
import random
import re
import urllib.request

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue

import otlp_peers
import programs

SPANS = 3000
HEX = "0123456789abcdef"
OTHERS = ["rojo=00f067aa0ba902b7", "congo=t61rcWkgMzE", "t1@vendor=a b", "a=b", "a*/_-=!", "  spaced=x ", "\tx=y\t", ""]
LIMITS = ["k" * 256 + "=v", "k" * 257 + "=v", "t" * 241 + "@s=v", "t" * 242 + "@s=v", "t@" + "s" * 14 + "=v",
          "t@" + "s" * 15 + "=v", "k=" + "v" * 256, "k=" + "v" * 257, "k=" + "v" * 255 + " x"]
BROKEN = ["not a state", "=v", "k=", "K=v", "1k=v", "1@k=v", "t@1=v", "@s=v", "t@=v", "t@s@s=v", "k=a=b", "k=\t", "k=é",
          "k==", "k", "k= ", "k = v", "ot=", "k=v;", "k=\x7f"]
BROKEN_FIELDS = ["", ";", "a", "a:b:c", "A:b", "1:a", ":a", "a:b;", ";a:b", "a:b;;c:d", "a:+", "a: b", "rv:", "th:"]
FIELDS = ["a:b", "xy1:Z.9_-", "empty:", "p:8", "r:62", "rv2:0"]
PRIORITIES = [0, 1, -1, 2**63 - 1, -2**63, 0.0, -0.0, 0.5, -0.5, 1e-300, float("nan"), float("inf"), float("-inf"), "0", "1",
              "-1", "0.0", "-0", "1e3", "1e-400", "1e400", "-1e400", "inf", "+Inf", "-inf", "nan", "0x1p-2", "0x10", "1_0",
              "", " 1", "1 ", "yes", "true", True, False, b"1", None, [1]]


class SampledTraffic:
    """Draws requests whose spans are about sampling, from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def digits(self, count, letters=HEX):
        """So many random digits."""
        return "".join(self.random.choice(letters) for _ in range(count))

    def rv(self, odd):
        """An rv field; an odd one may be wrong."""
        r = self.random
        if odd:
            return "rv:" + self.digits(r.choice([13, 15, 14, 1]), r.choice([HEX, HEX + "g", HEX.upper()]))
        return "rv:" + r.choice([self.digits(14), "f" * 14, "0" * 14, self.digits(7) + "0" * 7, self.digits(14).upper()])

    def th(self, odd):
        """A th field; small ones pass more often. An odd one may be wrong."""
        r = self.random
        if odd:
            return "th:" + self.digits(r.choice([15, 20, 3]), r.choice([HEX, "xyz", HEX.upper()]))
        fixed = ["0", "00", "8", "4", "c", "e", "fd70a", "f" * 14, "0" * 14, "8000", "0" + self.digits(3), "00" + self.digits(12)]
        return "th:" + r.choice(fixed + [self.digits(r.randrange(1, 15))] * 6)

    def ot(self):
        """An ot member."""
        r = self.random
        odd = r.random() < 0.06
        fields = [self.rv(odd and r.random() < 0.5)] * (r.random() < 0.5)
        fields += [self.th(odd and r.random() < 0.5)] * (r.random() < 0.6)
        fields += [r.choice(FIELDS)] * r.choice([0, 0, 1, 2])
        if r.random() < 0.05:
            fields += [self.rv(False), self.th(False)]
        if odd and r.random() < 0.4:
            fields.append(r.choice(BROKEN_FIELDS))
        r.shuffle(fields)
        return "ot=" + ";".join(fields or ["a:b"])

    def trace_state(self):
        """From none over plain ones to broken ones."""
        r = self.random
        kind = r.random()
        if kind < 0.25:
            return ""
        members = [r.choice(OTHERS) for _ in range(r.choice([0, 1, 1, 3]))]
        if kind < 0.8:
            members.append(self.ot())
        if kind > 0.76:
            members.append(r.choice(BROKEN + LIMITS + [self.ot()]))
        r.shuffle(members)
        if kind > 0.96:
            members += [f"k{i}=v" for i in range(r.choice([27, 28, 29, 30, 31, 32, 60, 200]))]
        if kind > 0.99:
            members = ["k=" + "v" * 254] * 3 + ["x" * 200 + "=v", "o=" + "v" * r.choice([46, 47, 48, 49])]
        return ",".join(members)

    def trace_id(self):
        """Random, with runs of zeros or ones in the part that decides, or all zeros."""
        r = self.random
        return r.choice([r.randbytes(16)] * 6 + [r.randbytes(9) + b"\0" * 7, r.randbytes(9) + b"\xff" * 7, b"",
                                                 r.randbytes(9) + b"\0" * 3 + r.randbytes(4),
                                                 r.randbytes(9) + b"\xff\xff" + r.randbytes(5)])

    def priority(self, span):
        """Gives one span in eight the attribute."""
        if self.random.random() < 0.875:
            return
        value = self.random.choice(PRIORITIES)
        field = {bool: "bool_value", int: "int_value", float: "double_value", str: "string_value", bytes: "bytes_value"}
        if isinstance(value, list):
            any_value = AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=v) for v in value]))
        else:
            any_value = AnyValue(**{field[type(value)]: value}) if value is not None else AnyValue()
        span.attributes.add(key="sampling.priority").value.CopyFrom(any_value)

    def request(self, spans):
        """One request; some of its scopes and resources are empty to begin with."""
        r = self.random
        request = ExportTraceServiceRequest()
        while spans > 0:
            rs = request.resource_spans.add()
            rs.resource.attributes.add(key="service.name").value.string_value = r.choice(["a", "b"])
            for _ in range(r.randrange(4)):
                ss = rs.scope_spans.add()
                ss.scope.name = r.choice(["", "lib"])
                for _ in range(r.randrange(8)):
                    spans -= 1
                    span = ss.spans.add(trace_id=self.trace_id(), span_id=r.randbytes(8), name=f"s{spans}",
                                        trace_state=self.trace_state())
                    span.attributes.add(key="n").value.int_value = spans
                    self.priority(span)
        return request

    def requests(self, spans):
        """Small requests, so that some lose every span."""
        return [self.request(50) for _ in range(spans // 50)]


def sampler(percentage, mode="hash_seed", **more):
    """The settings of one sampler."""
    return {"sampling_percentage": percentage, "mode": mode, **more}


def draw_sampler(seed):
    """Settings drawn from a seed."""
    r = random.Random(seed)
    percentage = r.choice([r.uniform(0, 100), r.uniform(0, 1), 10 ** r.uniform(-9, 2), 100 - 10 ** r.uniform(-6, 1)])
    return sampler(percentage, r.choice(["hash_seed", "equalizing", "proportional"]), hash_seed=r.choice([0, r.getrandbits(32)]),
                   fail_closed=r.random() < 0.5, sampling_precision=r.randrange(1, 15))


CONFIGURATIONS = {
    "hash": [sampler(25)],
    "hash with a seed, open": [sampler(50, hash_seed=4294967295, fail_closed=False)],
    "hash of almost all": [sampler(99.9939, hash_seed=22, fail_closed=False)],
    "hash of almost none": [sampler(0.0061, fail_closed=False)],
    "hash of less than a bucket": [sampler(0.006, fail_closed=False)],
    "hash of all": [sampler(100)],
    "mode unset": [{"sampling_percentage": 15.3, "hash_seed": 7}],
    "none": [{}],
    "none, open": [sampler(0, fail_closed=False)],
    "none, equalizing, open": [sampler(0, "equalizing", fail_closed=False)],
    "equalizing": [sampler(30, "equalizing")],
    "equalizing, open": [sampler(75, "equalizing", fail_closed=False)],
    "equalizing all": [sampler(250, "equalizing", fail_closed=False)],
    "equalizing, one digit": [sampler(33.3, "equalizing", sampling_precision=1)],
    "equalizing, all digits": [sampler(12.3456, "equalizing", sampling_precision=14)],
    "equalizing, least": [sampler(1.4e-15, "equalizing", fail_closed=False)],
    "proportional": [sampler(60, "proportional")],
    "proportional, open": [sampler(5, "proportional", fail_closed=False)],
    "proportional, precise": [sampler(66.6666, "proportional", sampling_precision=14, fail_closed=False)],
    "proportional, two digits": [sampler(99.99, "proportional", sampling_precision=2, fail_closed=False)],
    "two in a row": [sampler(80, "equalizing", fail_closed=False), sampler(50, "proportional")],
    "hash, then consistent": [sampler(60, fail_closed=False), sampler(40, "proportional")],
    "consistent, then hash": [sampler(60, "proportional"), sampler(40, fail_closed=False)],
    **{f"drawn {seed}": [draw_sampler(seed)] for seed in range(12)},
}


def in_a_row(samplers):
    """The processors of a pipeline that only samples."""
    return {f"probabilistic_sampler/{i}": settings for i, settings in enumerate(samplers)}


def pipeline(processors, port=None):
    """A whole configuration, with a page of metrics if a port is given. JSON is YAML."""
    readers = [{"pull": {"exporter": {"prometheus": {"host": "127.0.0.1", "port": port}}}}]
    return json.dumps({
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
        "processors": {**processors, "batch": {}},
        "exporters": {"otlp": {"tls": {"insecure": True}}},
        "service": {"telemetry": {"metrics": {"readers": readers}} if port else {}, "pipelines": {"traces": {
            "receivers": ["otlp"], "processors": [*processors, "batch"], "exporters": ["otlp"]}}},
    })


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_same_spans_stay_with_the_same_trace_states(agree, tmp_path, name):
    configuration = tmp_path / "configuration.yaml"
    configuration.write_text(pipeline(in_a_row(CONFIGURATIONS[name])))
    requests = SampledTraffic(name).requests(SPANS)
    agree(configuration, lambda program: otlp_peers.send_grpc(program.grpc, requests), exporter="otlp")


def test_between_other_processors(agree, tmp_path):
    processors = {
        "filter": {"error_mode": "ignore", "traces": {"span": ['attributes["n"] == 7', 'trace_state == ""'],
                                                      "spanevent": ['name == "x"']}},
        "transform": {"error_mode": "ignore", "trace_statements": [{"context": "span", "statements": [
            'set(trace_state, "ot=th:8") where IsMatch(trace_state, "rojo")',
            'set(attributes["sampling.priority"], 1) where attributes["n"] == 11']}]},
        "probabilistic_sampler": sampler(30, "proportional"),
        "attributes": {"actions": [{"key": "kept", "value": True, "action": "insert"}]},
        "probabilistic_sampler/hash": sampler(70, fail_closed=False),
        "transform/after": {"error_mode": "ignore", "trace_statements": [{"context": "span", "statements": [
            'set(attributes["state"], trace_state)', 'set(attributes["th"], trace_state["ot"])']}]}}
    configuration = tmp_path / "configuration.yaml"
    configuration.write_text(pipeline(processors))
    requests = SampledTraffic("between").requests(SPANS)
    assert agree(configuration, lambda program: otlp_peers.send_grpc(program.grpc, requests), exporter="otlp")


def sampled_counts(text, metric):
    """{(policy, sampled): count} of a page of metrics, without what was never counted."""
    counts = {}
    for labels, value in re.findall(rf"^{metric}{{(.*)}} (\S+)$", text, re.MULTILINE):
        labels = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        if float(value):
            counts[labels["policy"], labels["sampled"]] = float(value)
    return counts


@pytest.mark.parametrize("settings", [sampler(40), sampler(40, "proportional", fail_closed=False), sampler(0)])
def test_the_same_counts_by_policy(start, sink, tmp_path, settings):
    requests = SampledTraffic(5).requests(SPANS)
    pages = []
    for binary in (programs.collector(), programs.subject()):
        port = programs.free_port()
        configuration = tmp_path / f"{binary.name}.yaml"
        configuration.write_text(pipeline(in_a_row([settings]), port))
        program = start(binary, configuration, {"exporters.otlp.endpoint": sink.endpoint,
                                                "service.telemetry.metrics.level": "normal"})
        otlp_peers.send_grpc(program.grpc, requests)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=programs.PATIENCE) as answer:
            pages.append(answer.read().decode())
        assert program.stop() == 0, program.output()
    family = "otelcol_processor_probabilistic_sampler_count_"
    want = sampled_counts(pages[0], family + "traces_sampled(?:_total|_ratio_total)?")
    assert sampled_counts(pages[1], family + "traces_sampled") == want != {}
    assert sampled_counts(pages[1], family + "spans_processed") == want
