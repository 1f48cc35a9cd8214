"""The differential test's data: random TracesData as OTLP/JSON. SPDX-License-Identifier: Apache-2.0"""
import base64

import differential_texts as texts

# Which keys the expressions ask for, and what usually lies there.
KEYS = {
    "string": ["s", "num", "flt", "es", "uni", "url", "ua", "ip", "json", "kv", "csv", "xml", "ts", "hex", "b64", "dur", "http.route"],
    "int": ["i", "neg", "max", "min", "zero", "small"],
    "double": ["d", "d2", "big", "nan", "inf", "tiny"],
    "bool": ["t", "f"],
    "bytes": ["bytes", "ebytes", "idbytes"],
    "list": ["arr", "strs", "ints", "earr", "maps", "dbls", "nested"],
    "map": ["map", "emap", "flat", "deep"],
    "nil": ["empty", "missing", "nope"],
}
SEMCONV = {"http.request.method": ["GET", "POST"], "url.template": ["/u/{id}"], "rpc.system": ["grpc"], "rpc.service": ["Svc"], "rpc.method": ["Get"],
           "db.system": ["mysql"], "db.operation.name": ["SELECT"], "db.collection.name": ["t"], "db.namespace": ["ns"], "db.query.summary": ["SELECT t"],
           "messaging.system": ["kafka"], "messaging.operation.name": ["send"], "messaging.destination.name": ["q"], "server.address": ["h"],
           "server.port": [80], "messaging.destination.temporary": [True], "db.stored_procedure.name": ["p"], "messaging.destination.anonymous": [True, "true"],
           "messaging.destination.template": ["q/{x}"], "http.method": ["PUT"], "rpc.grpc.service": ["old"], "db.name": ["n"], "messaging.operation": ["op"]}
INTS = [0, 1, -1, 2, 5, 200, -5, 255, 404, 1000, 2 ** 31, 2 ** 53 + 1, 2 ** 63 - 1, -2 ** 63, 1700000000]
DOUBLES = [0.0, -0.0, 1.0, 2.5, -1.5, 200.0, 1e21, 1e-7, 1e-6, 123456789.125, 5e-324, 1.7976931348623157e308, 9007199254740993.0, 0.1,
           "NaN", "Infinity", "-Infinity", 9.3e18, 1e15, 100000000000000000000.0]
TEXTS = {"num": texts.number, "flt": texts.number, "url": texts.url, "ua": texts.agent, "ip": texts.address, "json": texts.json_text,
         "kv": texts.key_values, "csv": texts.csv, "xml": texts.xml, "ts": texts.time_text, "hex": texts.hexadecimal, "b64": texts.encoded,
         "dur": texts.duration, "http.route": lambda r: "/users/{id}"}


def scalar(r, kind):
    if kind == "string":
        return {"stringValue": texts.text(r)}
    if kind == "int":
        return {"intValue": str(r.choice(INTS))}
    if kind == "double":
        return {"doubleValue": r.choice(DOUBLES)}
    if kind == "bool":
        return {"boolValue": r.random() < 0.5}
    if kind == "bytes":
        size = r.choice([0, 1, 2, 4, 8, 16])
        return {"bytesValue": base64.b64encode(bytes(r.randrange(256) for _ in range(size))).decode()}
    return {}


SCALARS = ["string", "string", "int", "int", "double", "bool", "bytes", "nil"]


def any_value(r, depth=2):
    kind = r.random()
    if depth and kind < 0.15:
        return of_list([any_value(r, depth - 1) for _ in range(r.randint(0, 4))])
    if depth and kind < 0.3:
        return of_map({texts.key(r): any_value(r, depth - 1) for _ in range(r.randint(0, 4))})
    return scalar(r, r.choice(SCALARS))


def of_list(values):
    return {"arrayValue": {"values": values}}


def of_map(entries):
    return {"kvlistValue": {"values": [{"key": k, "value": v} for k, v in entries.items()]}}


def of_strings(*words):
    return of_list([{"stringValue": w} for w in words])


def list_value(r, key):
    usual = {
        "strs": lambda: of_strings(*(r.choice(["b", "a", "c", "10", "9", "é", "B", ""]) for _ in range(r.randint(1, 4)))),
        "ints": lambda: of_list([scalar(r, "int") if r.random() < 0.3 else {"intValue": r.choice([3, 1, 2, 7])} for _ in range(r.randint(1, 4))]),
        "dbls": lambda: of_list([scalar(r, r.choice(["double", "int"])) for _ in range(r.randint(1, 4))]),
        "maps": lambda: of_list([of_map({"name": {"stringValue": r.choice(["foo", "bar"])}, "value": scalar(r, r.choice(SCALARS))}) for _ in range(r.randint(1, 3))]),
        "earr": lambda: of_list([]),
        "nested": lambda: of_list([of_list([any_value(r, 1) for _ in range(r.randint(0, 2))]) for _ in range(r.randint(1, 3))]),
    }
    return usual.get(key, lambda: of_list([any_value(r, 1) for _ in range(r.randint(0, 5))]))()


def map_value(r, key):
    if key == "emap":
        return of_map({})
    if key == "flat":
        return of_map({k: scalar(r, r.choice(SCALARS)) for k in r.sample(["k", "n", "x", "a", "b", "é"], r.randint(1, 4))})
    deep = of_map({"x": scalar(r, "bool"), "l": of_list([{"intValue": "1"}, any_value(r, 1)])})
    return of_map({"k": {"stringValue": r.choice(["v<&>", "é", texts.text(r)])}, "n": scalar(r, r.choice(["int", "double"])), "deep": deep})


def usual_value(r, kind, key):
    if kind == "string":
        return {"stringValue": "" if key == "es" else TEXTS.get(key, texts.text)(r)}
    if kind == "list":
        return list_value(r, key)
    if kind == "map":
        return map_value(r, key)
    fixed = {"neg": -5, "max": 2 ** 63 - 1, "min": -2 ** 63, "zero": 0, "small": r.randint(0, 3)}
    if key in fixed:
        return {"intValue": str(fixed[key])}
    fixed = {"nan": "NaN", "inf": "Infinity", "big": 1e21, "tiny": 1e-7}
    if key in fixed:
        return {"doubleValue": fixed[key]}
    if key in "tf" and kind == "bool":
        return {"boolValue": key == "t"}
    if key == "idbytes":
        return {"bytesValue": base64.b64encode(bytes(range(1, r.choice([9, 17])))).decode()}
    return scalar(r, kind)


def attributes(r, share, duplicates=False):
    chosen = []
    for kind, keys in KEYS.items():
        for key in keys:
            if key in ("missing", "nope") or r.random() > share:
                continue
            chosen.append({"key": key, "value": any_value(r) if r.random() < 0.05 else usual_value(r, kind, key)})
    if r.random() < 0.2:
        for key in r.sample(sorted(SEMCONV), r.randint(1, 8)):
            value = r.choice(SEMCONV[key])
            chosen.append({"key": key, "value": {"stringValue": value} if isinstance(value, str) else {"boolValue": value} if value is True else {"intValue": str(value)}})
    r.shuffle(chosen)
    if duplicates and chosen:
        chosen.append({"key": r.choice(chosen)["key"], "value": any_value(r, 1)})
    return chosen


def identity(r, size):
    kind = r.random()
    if kind < 0.1:
        return ""
    if kind < 0.15:
        return "00" * size
    return "".join(f"{i + 1:02x}" for i in range(size)) if kind < 0.6 else "".join(f"{r.randrange(256):02x}" for _ in range(size))


TIMES = [0, 1, 1700000000123456789, 1700000001623456789, 1699999999000000000, 951782400000000000, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1, 60 * 10 ** 9]
COUNTS = [0, 0, 1, 3, 2 ** 32 - 1]


def event(r):
    return {"name": r.choice(["exception", "log", "", texts.word(r)]), "timeUnixNano": str(r.choice(TIMES)), "attributes": attributes(r, 0.15),
            "droppedAttributesCount": r.choice(COUNTS)}


def span(r, duplicates):
    made = {"traceId": identity(r, 16), "spanId": identity(r, 8), "parentSpanId": identity(r, 8), "name": r.choice(["GET /users/{id}", "", texts.text(r)]),
            "traceState": texts.trace_state(r), "kind": r.choice([0, 1, 2, 2, 3, 4, 5, 6, 99]), "flags": r.choice([0, 1, 257, 2 ** 32 - 1]),
            "startTimeUnixNano": str(r.choice(TIMES)), "endTimeUnixNano": str(r.choice(TIMES)), "attributes": attributes(r, 0.85, duplicates),
            "droppedAttributesCount": r.choice(COUNTS), "droppedEventsCount": r.choice(COUNTS), "droppedLinksCount": r.choice(COUNTS)}
    if r.random() < 0.7:
        made["status"] = {"code": r.choice([0, 1, 2, 7]), "message": r.choice(["", "boom", texts.text(r)])}
    if r.random() < 0.6:
        made["events"] = [event(r) for _ in range(r.randint(1, 2))]
    if r.random() < 0.4:
        made["links"] = [{"traceId": identity(r, 16), "spanId": identity(r, 8), "traceState": texts.trace_state(r), "attributes": attributes(r, 0.1), "flags": 1}
                         for _ in range(r.randint(1, 2))]
    return made


def traces(r):
    duplicates = r.random() < 0.03
    groups = []
    for _ in range(r.choice([1, 1, 1, 1, 2])):
        scopes = []
        for _ in range(r.choice([1, 1, 1, 1, 2])):
            scopes.append({"scope": {"name": texts.word(r), "version": "1.2.3", "attributes": attributes(r, 0.1), "droppedAttributesCount": r.choice(COUNTS)},
                           "schemaUrl": r.choice(["", "https://scope/1"]), "spans": [span(r, duplicates) for _ in range(r.choice([1, 1, 1, 1, 2]))]})
        service = [{"key": "service.name", "value": {"stringValue": "checkout"}}]
        groups.append({"resource": {"attributes": service + attributes(r, 0.15), "droppedAttributesCount": r.choice(COUNTS)},
                       "schemaUrl": r.choice(["", "https://opentelemetry.io/schemas/1.21.0"]), "scopeSpans": scopes})
    return {"resourceSpans": groups}
