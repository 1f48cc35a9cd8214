"""What the log tells of requests, batches, connections and retries (tests/unit/base/log.c: how much of it).

SPDX-License-Identifier: Apache-2.0
"""
import json

import backend as b
from subject import configuration, eventually, spans_of

DROP_ONE = {"filter": {"traces": {"span": ['name == "dropped"']}}}


def leveled(backend, level, **more):
    return configuration(backend, service={"telemetry": {"logs": {"level": level}, "metrics": {"level": "none"}}}, **more)


def with_one_to_drop(n):
    request = spans_of(n)
    request.resource_spans[0].scope_spans[0].spans[0].name = "dropped"
    return request


def test_level_debug_tells_a_request_its_way_out_and_its_retry(daemons, backends):
    backend = backends(b.status(14, "not yet"))
    daemon = daemons(leveled(backend, "debug", processors=DROP_ONE))
    daemon.send(with_one_to_drop(3))
    backend.wait_for_spans(2)
    for line in ("debug\ta request was judged\tpipeline=traces peer=127.0.0.1 spans=3 kept=2 bytes=",
                 "debug\tconnected\texporter=otlp",
                 "info\tsending failed, will retry\texporter=otlp",
                 "debug\ta batch was sent\texporter=otlp spans=2 bytes="):
        eventually(lambda: line in daemon.output())


def test_warnings_of_the_start_are_json_where_messages_are(daemons, backends):
    daemon = daemons(configuration(backends(), {"read_buffer_size": 1000}, service={
        "telemetry": {"logs": {"encoding": "json"}, "metrics": {"level": "none"}}}))
    assert daemon.stop() == 0
    warning, *others = [json.loads(line) for line in daemon.output().splitlines()]
    assert (warning["level"], warning["msg"], warning["code"]) == ("warn", "configuration", "W0528")
    assert "read_buffer_size" in warning["message"] and warning["file"] == str(daemon.configuration)
    assert any(line["msg"].startswith("Everything is ready") for line in others)


def test_level_info_tells_nothing_of_requests_that_went_well(daemons, backends):
    backend = backends()
    daemon = daemons(leveled(backend, "info", processors=DROP_ONE))
    daemon.send(with_one_to_drop(3))
    backend.wait_for_spans(2)
    assert daemon.stop() == 0
    assert "was judged" not in daemon.output() and "was sent" not in daemon.output()


def refusals_shown(daemons, backends, sampling):
    """How many lines of six refusals of one kind show."""
    daemon = daemons(configuration(backends(), service={"telemetry": {
        "logs": {"sampling": {"tick": "1h", **sampling}}, "metrics": {"level": "none"}}}))
    for _ in range(6):
        assert daemon.post(b"no OTLP").status == 400
    assert daemon.stop() == 0
    return daemon.output().count("a request was refused\treceiver")


def test_sampling_thins_out_what_clients_cause(daemons, backends):
    assert refusals_shown(daemons, backends, {"initial": 1, "thereafter": 2}) == 3
    assert refusals_shown(daemons, backends, {"initial": 0, "thereafter": 0}) == 0
    assert refusals_shown(daemons, backends, {"initial": 1, "enabled": False}) == 6
