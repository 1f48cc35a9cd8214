"""examples/kubernetes: resources that the API server would take, with configurations and rules that tamis takes.

SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import re
import subprocess
import urllib.request

import pytest

import ingress
import programs
from manifests import EXAMPLES, MOUNTS, answer, definitions, judge, mount, of_kind, resources
from otlp_peers import send_grpc
from test_clients import texts
from test_example import one_span

PLAIN = sorted((EXAMPLES / "manifests").glob("*.yaml"))
CONTOUR = EXAMPLES / "contour"
CUSTOM = [*sorted((EXAMPLES / "operator").glob("*.yaml")), CONTOUR / "extensionservice.yaml", CONTOUR / "contourconfiguration.yaml"]
TAP_VALUES = ("contour", "contour", "configFileContents")  # where Contour's configuration file stands in them
DASHBOARD = EXAMPLES / "grafana" / "dashboard.json"
DOCUMENTED = re.compile(r"^\| `(\w+)` \| (\w+) \| [^|]*\| ([^|]*)\|", re.M)
VALUES = {
    "as it is": "{}",
    "on each node": "{mode: daemonset, ports: {otlp-grpc: {port: 4317, hostPort: 4317}}, tolerations: [{operator: Exists}]}",
    "a fixed number": "{autoscaling: {enabled: false}, replicas: 3, maxUnavailable: 50%, env: [{name: A, value: b}]}",
    "other rules": '{rules: {probes.ottl: null, own.ottl: "#> drop {name: own}\\ndrop where name == \\"own\\"\\n"}, image: {tag: "2"}}',
}


def tamis(*words):
    done = subprocess.run([str(w) for w in (programs.subject(), *words)], text=True, capture_output=True,
                          timeout=programs.PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def chart(tmp_path, values):
    """The resources that the chart makes of values."""
    given, made = tmp_path / "values.yaml", tmp_path / "made.yaml"
    given.write_text(values)
    made.write_text(answer("render", EXAMPLES / "chart", given))
    return resources(made)


def data_of(given):
    """The data of the ConfigMaps that the workload mounts, by folder; every one of them must be there."""
    workload, = of_kind(given, "Deployment") or of_kind(given, "DaemonSet")
    pod = workload["spec"]["template"]["spec"]
    maps = {m["metadata"]["name"]: m["data"] for m in of_kind(given, "ConfigMap")}
    mounted = {m["name"]: m["mountPath"] for m in pod["containers"][0]["volumeMounts"]}
    assert mounted == MOUNTS
    return {volume["name"]: maps[volume["configMap"]["name"]] for volume in pod["volumes"]}


def rules_taken(folder):
    for path in sorted(folder.glob("*.ottl")):
        tamis("check", path)
        assert re.search(r"[1-9]\d* passed, 0 failed", tamis("test", path))


def configuration_taken(given, tmp_path):
    """tamis takes what the ConfigMaps hold, at other paths."""
    paths = mount(data_of(given), tmp_path)
    rules_taken(paths["rules"])
    tamis("validate", "--strict", f"--config={paths['config'] / 'collector.yaml'}",
          "--set", f"processors.tamis.rules=[{paths['rules']}/*.ottl]")
    return paths


def ports_fit(given):
    """Services and probes name ports of the pods, at which the configuration listens."""
    workload, = of_kind(given, "Deployment") or of_kind(given, "DaemonSet")
    template = workload["spec"]["template"]
    container, = template["spec"]["containers"]
    ports = {p["name"]: p["containerPort"] for p in container["ports"]}
    text = data_of(given)["config"]["collector.yaml"]
    listens = {int(n) for n in re.findall(r"(?:0\.0\.0\.0:|port: )(\d+)", text)}
    assert set(ports.values()) <= listens
    selected = template["metadata"]["labels"].items()
    for service in of_kind(given, "Service"):
        assert service["spec"]["selector"].items() <= selected
        assert {p["targetPort"] for p in service["spec"]["ports"]} <= set(ports)
    for probe, path in (("startupProbe", "/"), ("livenessProbe", "/"), ("readinessProbe", "/ready")):
        assert container[probe]["httpGet"] == {"path": path, "port": "health"}
    assert template["metadata"]["annotations"]["prometheus.io/port"] == str(ports["metrics"])
    for scaler in of_kind(given, "HorizontalPodAutoscaler"):
        assert scaler["spec"]["scaleTargetRef"]["name"] == workload["metadata"]["name"]
        assert "replicas" not in workload["spec"]
    for budget in of_kind(given, "PodDisruptionBudget"):
        assert budget["spec"]["selector"]["matchLabels"].items() <= selected


def without_privileges(given):
    workload, = of_kind(given, "Deployment") or of_kind(given, "DaemonSet")
    pod = workload["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["containers"][0]["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                       "capabilities": {"drop": ["ALL"]}}
    assert pod["containers"][0]["resources"]["limits"]["memory"]


def good(given, tmp_path):
    ports_fit(given)
    without_privileges(given)
    configuration_taken(given, tmp_path)


@pytest.mark.parametrize("name", ["gateway", "agent"])
def test_the_plain_manifests_are_good(name, tmp_path):
    good(resources(EXAMPLES / "manifests" / "config.yaml", EXAMPLES / "manifests" / f"{name}.yaml"), tmp_path)


@pytest.mark.parametrize("values", VALUES, ids=lambda name: name.replace(" ", "-"))
def test_the_chart_is_good_with(values, tmp_path):
    good(chart(tmp_path, VALUES[values]), tmp_path)


@pytest.mark.parametrize("values,key", [
    ("{mode: statefulset}", "mode"), ("{replica: 2}", "replica"), ("{replicas: 0}", "replicas"),
    ("{ports: {otlp-grpc: {port: 70000}}}", "port"), ("{rules: {own.txt: ''}}", "own.txt"),
    ("{image: {tag: 1}}", "tag"), ("{config: null}", "config")])
def test_the_chart_refuses(values, key, tmp_path):
    given = tmp_path / "values.yaml"
    given.write_text(values)
    done = judge("render", EXAMPLES / "chart", given)
    assert done.returncode == 1 and key in done.stderr


def test_the_resources_of_the_operator_and_of_contour_are_good(tmp_path):
    given = resources(*CUSTOM)
    kinds = {r["kind"] for r in given}
    assert kinds == {"OpenTelemetryCollector", "Instrumentation", "ExtensionService", "ContourConfiguration"}
    collector, = of_kind(given, "OpenTelemetryCollector")
    rules, = collector["spec"]["configmaps"]
    named = {m["metadata"]["name"]: m["data"] for m in of_kind(resources(*PLAIN), "ConfigMap")}
    mounted = f"/var/conf/{rules['mountpath']}/configmap-{rules['name']}"
    config = collector["spec"]["config"]
    assert config["processors"]["tamis"]["rules"] == [f"{mounted}/*.ottl"]
    config["processors"]["tamis"]["rules"] = [f"{mount({'rules': named[rules['name']]}, tmp_path)['rules']}/*.ottl"]
    (tmp_path / "collector.yaml").write_text(json.dumps(config))
    tamis("validate", "--strict", f"--config={tmp_path / 'collector.yaml'}")
    service = f"{collector['metadata']['name']}-collector"  # as the operator names it
    extension, = of_kind(given, "ExtensionService")
    grpc = config["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"]
    assert extension["spec"]["protocol"] == "h2c"
    assert extension["spec"]["services"] == [{"name": service, "port": int(grpc.rpartition(":")[2])}]
    agents, = of_kind(given, "Instrumentation")
    assert agents["spec"]["exporter"]["endpoint"] == f"http://{service}:4318"


def test_migrate_swaps_the_image_of_the_operators_resource_alone(tmp_path):
    text = (EXAMPLES / "operator" / "collector.yaml").read_text()
    text = text.replace("/var/conf/rules/configmap-tamis-rules", str(EXAMPLES.parent / "rules"))
    given, made = tmp_path / "given.yaml", tmp_path / "made.yaml"
    given.write_text(text.replace("tamis:0.1.0", "collector:0.161.0"))
    tamis("migrate", given, "-o", tmp_path / "out.yaml", f"--kubernetes={made}", "--image=tamis:0.1.0")
    assert resources(made)[0] == {**resources(given)[0], "spec": {**resources(given)[0]["spec"], "image": "tamis:0.1.0"}}


def tracing(file, *path):
    """The part `tracing` of Contour's configuration file, as Contour reads it."""
    return json.loads(answer("contour", file, *path))


def test_contour_is_told_the_same_of_the_extension_service_in_each_way(tmp_path):
    extension, contour, written = resources(*CUSTOM[-2:], CONTOUR / "configmap.yaml")
    (tmp_path / "contour.yaml").write_text(written["data"]["contour.yaml"])
    told = tracing(CONTOUR / "tap-values.yaml", *TAP_VALUES)
    assert told == tracing(tmp_path / "contour.yaml")
    place = {k: extension["metadata"][k] for k in ("name", "namespace")}
    assert told["extensionService"] == f"{place['namespace']}/{place['name']}"
    assert {**told, "extensionService": place} == contour["spec"]["tracing"]
    assert {k: contour["metadata"][k] for k in ("name", "namespace")} == {k: written["metadata"][k] for k in ("name", "namespace")}


@pytest.mark.parametrize("was,becomes,says", [
    ("overallSampling", "overalSampling", "field overalSampling not found in type config.Tracing"),
    ("      tracing:", "      traces:", "field traces not found in type config.Parameters"),
    ("maxPathTagLength: 256", "maxPathTagLength: much", "cannot unmarshal !!str `much` into uint32"),
    ("extensionService: tracing/otel-collector", "extensionService: ''", "tracing.extensionService must be defined"),
    ("tagName: ingress", "tagName: forwarded_for", "tagName forwarded_for is duplicate"),
    ("literal: contour", "literal: ''", "exactly one of Literal or RequestHeaderName"),
    ("    configFileContents:", "    configFileContents: |", "cannot unmarshal !!str"),
    ("configFileContents", "configFile", "there is no contour.contour.configFileContents")])
def test_contour_refuses(was, becomes, says, tmp_path):
    text = (CONTOUR / "tap-values.yaml").read_text()
    assert was in text
    (tmp_path / "tap-values.yaml").write_text(text[:text.index("\ncontour:")] + text[text.index("\ncontour:"):].replace(was, becomes))
    done = judge("contour", tmp_path / "tap-values.yaml", *TAP_VALUES)
    assert done.returncode == 1 and says in done.stderr, done.stderr


@pytest.mark.parametrize("file,was,becomes,says", [
    ("manifests/gateway.yaml", "maxSurge", "maxSurges", "maxSurges"),
    ("manifests/gateway.yaml", "averageUtilization: 70", "averageUtilization: many", "averageUtilization"),
    ("manifests/agent.yaml", "kind: DaemonSet", "kind: DemonSet", "DemonSet"),
    ("operator/collector.yaml", "mountpath:", "mountPath:", "mountPath"),
    ("operator/instrumentation.yaml", "parentbased_always_on", "sometimes", "sampler"),
    ("contour/extensionservice.yaml", "h2c", "h3", "protocol")])
def test_the_judge_sees_mistakes(file, was, becomes, says, tmp_path):
    text = (EXAMPLES / file).read_text()
    assert was in text
    (tmp_path / "bad.yaml").write_text(text.replace(was, becomes))
    done = judge("check", definitions(), tmp_path / "bad.yaml")
    assert done.returncode == 1 and says in done.stderr


def documented():
    """Names of metrics, and the labels of each, as docs/metrics.md lists them."""
    found = {}
    for name, kind, labels in DOCUMENTED.findall((programs.TOP / "docs" / "metrics.md").read_text()):
        parts = [f"{name}_{p}" for p in ("bucket", "sum", "count")] if kind == "histogram" else [name]
        for part in parts:
            found[part] = {"__name__", "instance", "le", *(w.strip() for w in labels.split(","))}
    return found


def all_documented(expressions):
    """Prometheus can read the expressions, and every metric and label in them is one of ours: their labels."""
    known = documented()
    read = json.loads(answer("queries", given=json.dumps(expressions)))
    for text, one in zip(expressions, read, strict=True):
        assert one["metrics"], text
        assert set(one["metrics"]) <= set(known), text
        assert set(one["labels"]) <= set.intersection(*(known[m] for m in one["metrics"])), text
    return [set.intersection(*(known[m] for m in one["metrics"])) for one in read]


def test_alerts_ask_for_metrics_that_are_there():
    rules = json.loads(answer("alerts", EXAMPLES / "prometheus" / "alerts.yaml"))
    assert len(rules) == 8
    for rule, labels in zip(rules, all_documented([r["expr"] for r in rules]), strict=True):
        kept = re.findall(r"by \(([^)]*)\)", rule["expr"])
        for said in re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())):
            assert said in labels and all(said in one.split(", ") for one in kept[:1]), rule["alert"]


def test_the_dashboard_asks_for_metrics_that_are_there():
    board = json.loads(DASHBOARD.read_text())
    panels = [p for p in board["panels"] if p["type"] != "row"]
    assert len({p["id"] for p in board["panels"]}) == len(board["panels"])
    expressions = [t["expr"] for p in panels for t in p["targets"]]
    assert all(p["targets"] for p in panels) and len(expressions) > 20
    for name in ("__rate_interval", "__range"):
        expressions = [e.replace(f"${name}", "5m") for e in expressions]
    all_documented(expressions)
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            assert re.match(r"label_values\((\w+), instance\)", variable["query"]["query"])[1] in documented()


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=programs.PATIENCE)
    connection.request("GET", path)
    answered = connection.getresponse()
    text = answered.read().decode()
    connection.close()
    return answered.status, text


@pytest.fixture
def mounted(tmp_path, start, sink):
    """tamis with the ConfigMaps of the gateway in front of the sink: itself, and the folders by name."""
    paths = mount(data_of(resources(*[p for p in PLAIN if p.stem != "agent"])), tmp_path)
    paths["health"], paths["metrics"] = programs.free_port(), programs.free_port()
    return start(programs.subject(), paths["config"] / "collector.yaml", {
        "processors.tamis.rules": f"[{paths['rules']}/*.ottl]",
        "processors.batch.timeout": "10ms",
        "exporters.otlp/tempo.endpoint": sink.endpoint,
        "exporters.otlp/tempo.timeout": "10m",
        "receivers.zipkin.endpoint": f"127.0.0.1:{programs.free_port()}",
        "extensions.health_check.endpoint": f"127.0.0.1:{paths['health']}",
        "service.telemetry.metrics.level": "normal",
        "service.telemetry.metrics.readers":
            f"[{{pull: {{exporter: {{prometheus: {{host: 127.0.0.1, port: {paths['metrics']}}}}}}}}}]"}), paths


def test_it_runs_as_mounted_and_takes_changes_of_rules(mounted, tmp_path, sink):
    program, paths = mounted
    assert ask(paths["health"], "/")[0] == 200 and ask(paths["health"], "/ready")[0] == 200
    probe = one_span(name="probe")
    probe.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="user_agent").value.string_value = "kube-probe/1.29"
    send_grpc(program.grpc, [probe, one_span(name="order")])
    mount({"rules": {"ingress.ottl": 'drop where name == "order"\n'}}, tmp_path)
    programs.eventually(lambda: "tamis_config_generation 2" in ask(paths["metrics"], "/metrics")[1])
    send_grpc(program.grpc, [one_span(name="order"), one_span(name="later")])
    assert program.stop() == 0, program.output()
    names = [s.name for r in sink.decoded() for rs in r.resource_spans for ss in rs.scope_spans for s in ss.spans]
    assert sorted(names) == ["later", "order"]


@pytest.mark.parametrize("upstream_spans", [False, True])
def test_an_envoy_as_the_values_of_tap_tell_it_is_traced(mounted, tmp_path, sink, upstream_spans):
    told = tracing(CONTOUR / "tap-values.yaml", *TAP_VALUES)
    long = "/entries/" + 300 * "x"
    probe = [] if upstream_spans else [("/livez", "kube-probe/1.29")]  # the span of an upstream request names no agent
    with ingress.envoy(mounted[0].grpc, told, tmp_path, upstream_spans) as port:
        for path, agent in (("/grafana/api", "curl/8.1"), *probe, (long, "curl/8.1")):
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}",
                                             headers={"User-Agent": agent, "X-Forwarded-For": "192.0.2.7"})
            assert urllib.request.urlopen(request, timeout=programs.PATIENCE).read() == b"hello"
        spans = sink.wait_for_spans(1 + upstream_spans)
    assert mounted[0].stop() == 0, mounted[0].output()
    assert len(sink.spans()) == len(spans) == 1 + upstream_spans
    resource, = {r.resource.SerializeToString(): r.resource for m in sink.decoded() for r in m.resource_spans}.values()
    assert texts(resource)["service.name"] == told["serviceName"]
    for span in map(texts, spans):
        assert span["upstream_cluster"] == "apps/rest-service-00004/80" and span["cluster"] == "tap-sandbox"
        assert span["podName"] == ingress.POD["HOSTNAME"] and span["podNamespace"] == ingress.POD["CONTOUR_NAMESPACE"]
        assert span["ingress"] == "contour" and span["forwarded_for"].startswith("192.0.2.7")
    assert any(texts(s).get("http.url", "").endswith(long[:told["maxPathTagLength"]]) for s in spans)


def test_the_image_has_the_libraries_that_tamis_is_linked_with():
    text = (EXAMPLES / "Containerfile").read_text()
    build, final = text.split("FROM debian:12-slim")
    linked = subprocess.run(["ldd", str(programs.subject())], text=True, capture_output=True, check=True).stdout
    needed = subprocess.run(["readelf", "-d", str(programs.subject())], text=True, capture_output=True, check=True).stdout
    for name in re.findall(r"\(NEEDED\).*\[(.*)\]", needed):
        path = re.search(rf"{re.escape(name)} => (\S+)", linked)[1]
        owners = subprocess.run(["dpkg", "-S", f"*{path}"], text=True, capture_output=True, check=True).stdout
        packages = {line.split(":")[0] for line in owners.splitlines()}
        assert packages & ({"libc6"} | set(final.split())), f"{name} is in {packages}"
    assert "USER 65532" in final and "EXPOSE 4317 4318 9411 8888 13133" in final
