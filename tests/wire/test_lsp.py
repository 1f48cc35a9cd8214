"""`tamis lsp`, feature by feature, by a scripted client.

SPDX-License-Identifier: Apache-2.0
"""
import json
import re
import subprocess

import pytest

import programs
from lsp_client import Client, chosen, edited, offset_of

SPANS = str(programs.TOP / "examples" / "spans.json")
RULES = """# What health checks ask for.
def IsHealth(path, other) = HasPrefix(path, "/health") and other == "x"
let slow = Duration("1s")

import "probes"

health: drop where IsHealth(attributes["url.path"], "x") or IsProbe()
late: drop where end_time - start_time > slow and kind == SPAN_KIND_SERVER
keep where resource.attributes["service.name"] == "a"
set(name, "x") where IsMatch(name, "^a") and Any(["b"], (v) => v == name)
"""
CONFIGURATION = """receivers: {otlp: {protocols: {grpc: {}}}}
processors:
  filter/noise:
    traces:
      span:
        - name == "a" and kind == SPAN_KIND_SERVR
        - 'IsMatch(name, "^it''s") and kid == 1'
        - "HasPrefx(name, \\"b\\")"
        - |
          name == "c" or
          attributes["x"] == 1 and staus.code == 2
  transform:
    trace_statements:
      - set(span.name, "x") where span.kind == SPAN_KIND_SERVER
exporters: {debug: {}}
service: {pipelines: {traces: {receivers: [otlp], processors: [filter/noise, transform], exporters: [debug]}}}
"""


@pytest.fixture
def client(tmp_path):
    """A server that is initialized, in an empty folder; it ends well."""
    running = Client(tmp_path, "--stdio").start(options={"recordings": [SPANS]})
    yield running
    assert running.stop() == 0, running.errors
    assert running.errors == b""


def brief(diagnostics):
    """(code, range) of each."""
    return [(d["code"], d["range"]) for d in diagnostics]


def hover(client, name, needle, within=1):
    """The Markdown over a text, or None."""
    result = client.get("textDocument/hover", client.at(name, needle, within))
    return result and result["contents"]["value"]


def labels(client, name, needle, within):
    """What completion offers there."""
    return [i["label"] for i in client.get("textDocument/completion", client.at(name, needle, within))["items"]]


def completed(client, name, needle, within, label):
    """The document once that was chosen."""
    items = client.get("textDocument/completion", client.at(name, needle, within))["items"]
    item, = [i for i in items if i["label"] == label]
    return edited(client.texts[name], [item["textEdit"]])


# ---- diagnostics -----------------------------------------------------------------------------------

def test_diagnostics_come_as_one_types(client):
    first, = client.open("a.ottl", 'drop where nme == "é😀" and kid == 1\n')[:1]
    assert first["code"] == "E0201" and first["severity"] == 1 and first["source"] == "tamis"
    assert "did you mean name?" in first["message"]
    second, = client.change("a.ottl", 2, {"range": {"start": {"line": 0, "character": 11},
                                                     "end": {"line": 0, "character": 14}}, "text": "name"})
    # é is one unit of UTF-16, the smiling face two
    assert chosen('drop where name == "é😀" and kid == 1\n', second["range"]) == "kid"
    assert client.change("a.ottl", 3, {"text": 'drop where name == "a"\n'}) == []


def test_changes_of_one_notification_follow_each_other(client):
    client.open("a.ottl", 'x\r\ny"é😀z"\r\n')

    def change(begin, end, text):
        return {"range": {"start": dict(zip(("line", "character"), begin)), "end": dict(zip(("line", "character"), end))},
                "text": text}

    # the z, then all up to the e with an accent, then what is behind the last line, which is its end
    found = client.change("a.ottl", 2, change((1, 5), (1, 6), ""), change((0, 0), (1, 2), 'drop where nme == "'),
                          change((7, 0), (9, 0), "# end\r\n"))
    text = 'drop where nme == "é😀"\r\n# end\r\n'
    assert [(d["code"], chosen(text, d["range"])) for d in found] == [("E0201", "nme")]
    edits = client.get("textDocument/formatting", {**client.document("a.ottl"), "options": {}})
    assert edited(text, edits) == text.replace("\r", "")


def test_positions_count_bytes_where_the_client_takes_utf_8(tmp_path):
    client = Client(tmp_path).start(encodings=["utf-8", "utf-16"])
    assert client.capabilities["positionEncoding"] == "utf-8"
    found, = client.open("a.ottl", 'drop where name == "é😀" and kid == 1\n')
    assert found["range"]["start"] == {"line": 0, "character": 32}
    assert client.stop() == 0


def test_a_client_without_markdown_gets_plain_text(tmp_path):
    client = Client(tmp_path).start(capabilities={"textDocument": {"hover": {"contentFormat": ["plaintext"]}}})
    client.open("a.ottl", 'drop where IsMatch(name, "^a")\n')
    contents = client.get("textDocument/hover", client.at("a.ottl", "IsMatch", 1))["contents"]
    assert contents["kind"] == "plaintext" and contents["value"].startswith("bool IsMatch(target")
    assert client.stop() == 0


def test_utf_16_it_is_where_the_client_says_nothing(client):
    assert client.capabilities["positionEncoding"] == "utf-16"


def lint(*arguments, folder=None):
    """What `tamis lint` says: [(file, code, line, column, end line, end column)]."""
    run = subprocess.run([str(programs.subject()), "lint", "--format=json", *arguments], capture_output=True,
                         text=True, check=False, cwd=folder)
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    return [(r.get("file"), r["code"], r.get("line"), r.get("column"), r.get("end_line"), r.get("end_column"))
            for r in rows]


def placed(path, diagnostics):
    """Diagnostics of an ASCII file in the form of `lint`."""
    return [(str(path), d["code"], d["range"]["start"]["line"] + 1, d["range"]["start"]["character"] + 1,
             d["range"]["end"]["line"] + 1, d["range"]["end"]["character"] + 1) for d in diagnostics]


MISTAKES = ['nme == "a"\ndrop were name == "x"\nlet name = 1\nlet a = b\nlet b = a\n\nx: drop where 1 == 2\nx: keep where true\n',
            'import "nothing"\noption error_mode slient\ndef F(a) = a.b\ndrop where F(1)\n  and true\n) and false\n',
            'drop where name == "a" and name == "b"\nset(name)\nset(name, "x") where foo\ndrop where IsMatch(name, "a(b")\n',
            'drop where "unclosed\n\ndrop where name == "a"\n']


@pytest.mark.parametrize("text", MISTAKES)
def test_rules_have_the_diagnostics_of_lint(client, text):
    path = client.folder / "a.ottl"
    path.write_text(text)
    expected = lint(str(path))
    assert expected
    assert placed(path, client.open("a.ottl", text)) == expected


@pytest.mark.parametrize("name", sorted(p.name for p in (programs.TOP / "stdlib" / "rules").glob("*.ottl")))
def test_the_library_has_the_diagnostics_of_lint(client, name):
    text = (programs.TOP / "stdlib" / "rules" / name).read_text()
    (client.folder / name).write_text(text)
    assert placed(client.folder / name, client.open(name, text)) == lint(str(client.folder / name))


def test_configurations_have_the_diagnostics_of_lint(client):
    path = client.folder / "c.yaml"
    path.write_text(CONFIGURATION)
    found = client.open("c.yaml", CONFIGURATION, "yaml")
    # a block's later lines are indented, and doubled quotes count: there the editor needs the true place
    assert [f[:3] for f in placed(path, found)] == [e[:3] for e in lint(f"--config={path}")]
    assert [chosen(CONFIGURATION, d["range"]) for d in found] == [
        "SPAN_KIND_SERVR", "kid", "HasPrefx", "staus.code"]


def test_other_yaml_is_left_alone(client):
    assert client.open("docker-compose.yaml", "services: {web: {image: nginx, prots: [1]}}\n", "yaml") == []


def test_a_lint_comment_allows_as_in_lint(client):
    assert client.open("a.ottl", '# lint: allow W0618\nname == "a"\n') == []


def test_what_is_imported_is_read_of_the_open_document(client):
    (client.folder / "lib.ottl").write_text("def IsBad() = nme == 1\n")
    main = 'import "lib"\ndrop where IsBad()\n'
    found, = client.open("main.ottl", main)
    assert chosen(main, found["range"]) == '"lib"'
    assert "lib.ottl:1:15: nme is not a path" in found["message"]
    related, = found["relatedInformation"]
    assert related["location"]["uri"] == client.uri("lib.ottl")
    assert related["location"]["range"]["start"] == {"line": 0, "character": 14}
    client.open("lib.ottl", 'def IsBad() = name == "a"\n')
    assert client.diagnostics("main.ottl") == []
    client.send("textDocument/didClose", client.document("lib.ottl"))
    assert client.diagnostics("lib.ottl") == []
    assert len(client.diagnostics("main.ottl")) == 1


def test_a_closed_document_has_no_diagnostics(client):
    assert client.open("a.ottl", "nme == 1\n")
    client.send("textDocument/didClose", client.document("a.ottl"))
    assert client.diagnostics("a.ottl") == []
    assert client.refused("textDocument/hover", client.at("a.ottl", "nme"))["code"] == -32602


def test_two_places_are_related(client):
    text = 'a: drop where name == "x"\na: drop where name == "y"\n'
    found = [d for d in client.open("a.ottl", text) if d["code"] == "E0322"]
    assert chosen(text, found[0]["relatedInformation"][0]["location"]["range"]) == "a"
    assert found[0]["relatedInformation"][0]["location"]["range"]["start"]["line"] == 0


# ---- hover, signatures -----------------------------------------------------------------------------

def test_hover_shows_the_manual_of_a_function(client):
    client.open("a.ottl", RULES)
    printed = subprocess.run([str(programs.subject()), "functions", "HasPrefix"], capture_output=True, text=True,
                             check=True).stdout
    assert hover(client, "a.ottl", "HasPrefix") == printed


def test_hover_shows_paths_symbols_definitions_labels_and_imports(client):
    client.open("a.ottl", RULES)
    assert "resource.attributes: map" in hover(client, "a.ottl", "resource.attr", 12)
    assert "span.kind: int" in hover(client, "a.ottl", "kind ==")
    assert "The int 2." in hover(client, "a.ottl", "SPAN_KIND")
    assert 'def IsHealth(path, other) = HasPrefix' in hover(client, "a.ottl", "IsHealth(attr")
    assert "What health checks ask for." in hover(client, "a.ottl", "IsHealth(attr")
    assert 'let slow = Duration("1s")' in hover(client, "a.ottl", "slow and")
    assert "drop where IsHealth" in hover(client, "a.ottl", "health:")
    assert "A parameter." in hover(client, "a.ottl", 'path, "/health')
    assert "IsProbe()" in hover(client, "a.ottl", '"probes"')
    assert hover(client, "a.ottl", '"/health"') is None


def test_hover_works_where_nothing_parses(client):
    client.open("a.ottl", 'drop where IsMatch(name, and SPAN_KIND_CLIENT ==\n')
    assert "### IsMatch" in hover(client, "a.ottl", "IsMatch")
    assert "The int 3." in hover(client, "a.ottl", "SPAN_KIND_CLIENT")


def test_hover_and_signatures_work_in_configurations(client):
    client.open("c.yaml", CONFIGURATION, "yaml")
    assert "span.name: string" in hover(client, "c.yaml", 'name == "a"')
    assert "### IsMatch" in hover(client, "c.yaml", "IsMatch")
    assert "span.attributes: map" in hover(client, "c.yaml", 'attributes["x"]')
    assert hover(client, "c.yaml", "receivers") is None
    found = client.get("textDocument/signatureHelp", client.at("c.yaml", "\"^it''s", 6))
    assert found["signatures"][0]["label"].startswith("bool IsMatch(") and found["activeParameter"] == 1


def test_signature_help_counts_arguments(client):
    client.open("a.ottl", 'drop where Concat([name, "b"], delimiter="x") == "y" and Split(name, "a")[0] == "b" and (1 + 2) > 1\n')

    def help_at(needle, within=0):
        found = client.get("textDocument/signatureHelp", client.at("a.ottl", needle, within))
        return found and (found["signatures"][0]["parameters"][found["activeParameter"]]["label"])

    assert help_at('name, "b"').startswith("vals")
    assert help_at('"b"]').startswith("vals")
    assert help_at('"x")').startswith("delimiter")
    assert help_at("name, \"a\"").startswith("target")
    assert help_at('"a")').startswith("delimiter")
    assert help_at("1 + 2") is None
    assert help_at("drop") is None


def test_signature_help_knows_definitions(client):
    client.open("a.ottl", RULES)
    found = client.get("textDocument/signatureHelp", client.at("a.ottl", '"x") or'))
    assert found["signatures"][0]["label"] == "IsHealth(path, other)"
    assert found["activeParameter"] == 1


# ---- completion ------------------------------------------------------------------------------------

def test_completion_offers_what_the_language_has(client):
    client.open("a.ottl", RULES + "drop where \ndrop where IsMa\ndrop where resource.a\nx: drop where kind == SPAN_KIND_S\n")
    everything = labels(client, "a.ottl", "drop where \n", 11)
    functions = subprocess.run([str(programs.subject()), "functions"], capture_output=True, text=True, check=True)
    names = {line.partition("(")[0].split()[-1] for line in functions.stdout.splitlines()}
    assert names <= set(everything)
    assert {"slow", "IsHealth", "IsProbe", "SPAN_KIND_SERVER", "span.kind", "kind", "resource.attributes", "and"} <= set(everything)
    assert labels(client, "a.ottl", "IsMa\n", 4) == ["IsMap", "IsMatch"]
    assert "drop where IsMatch(\n" in completed(client, "a.ottl", "IsMa\n", 4, "IsMatch")
    assert labels(client, "a.ottl", "resource.a\n", 10) == ["resource.attributes"]
    assert labels(client, "a.ottl", "SPAN_KIND_S\n", 11) == ["SPAN_KIND_SERVER"]


def test_completion_offers_parameters_and_items(client):
    client.open("a.ottl", 'def F(first, second) = HasPrefix(fir\n\nle\nimport "pro\n# dro\ndr\n')
    assert labels(client, "a.ottl", "fir\n", 3) == ["first"]
    assert labels(client, "a.ottl", "\nle", 3) == ["let"]
    assert "drop where" in labels(client, "a.ottl", "\ndr", 3)
    assert labels(client, "a.ottl", '"pro', 4) == ["probes"]
    assert labels(client, "a.ottl", "# dro", 5) == []


def test_completion_offers_attribute_keys_of_the_recording(client):
    keys = {a["key"] for r in json.loads((programs.TOP / "examples" / "spans.json").read_text())["resourceSpans"]
            for s in r["scopeSpans"] for span in s["spans"] for a in span.get("attributes", [])}
    client.open("a.ottl", 'drop where attributes[""] == 1\ndrop where attributes["ht\nset(attributes["url.\n')
    assert set(labels(client, "a.ottl", 'attributes[""', 12)) == keys
    assert 'drop where attributes["http.route"] == 1' in completed(client, "a.ottl", 'attributes[""', 12, "http.route")
    assert set(labels(client, "a.ottl", '"ht', 3)) == {k for k in keys if k.startswith("ht")}


def test_completion_works_in_configurations(client):
    client.open("c.yaml", CONFIGURATION.replace("kid == 1", "SPAN_KIND_CL").replace("staus.code", "status.co"), "yaml")
    assert labels(client, "c.yaml", "SPAN_KIND_CL", 12) == ["SPAN_KIND_CLIENT"]
    assert labels(client, "c.yaml", "status.co", 9) == ["status.code"]
    assert labels(client, "c.yaml", "receivers", 3) == []


def test_files_of_tests_know_the_labels_of_their_rules(client):
    (client.folder / "a.ottl").write_text('import "lib"\nhealth: drop where name == "a"\nhot: drop where name == "b"\nname == "c"\n')
    (client.folder / "lib.ottl").write_text('noise: drop where name == "d"\n')
    text = "rules: [a.ottl]\ntests:\n- name: x\n  expect:\n    dropped: [{count: 1, by: h}]\n    kept: [{by: noise}]\n"
    assert client.open("a_test.yaml", text, "yaml") == []
    assert labels(client, "a_test.yaml", "by: h", 5) == ["health", "hot"]
    assert labels(client, "a_test.yaml", "by: h", 4) == ["a.ottl:4", "health", "hot", "noise"]
    assert completed(client, "a_test.yaml", "by: h", 5, "health") == text.replace("by: h}", "by: health}")
    assert labels(client, "a_test.yaml", "name: x", 7) == []
    assert "noise: drop where" in hover(client, "a_test.yaml", "noise")
    found = client.get("textDocument/definition", client.at("a_test.yaml", "noise", 2))
    assert (found["uri"], found["range"]["start"]) == (client.uri("lib.ottl"), {"line": 0, "character": 0})


# ---- names -----------------------------------------------------------------------------------------

def test_definition_goes_to_what_a_name_means(client):
    (client.folder / "lib.ottl").write_text("# x\ndef IsBad(v) = v == 1\n")
    client.open("a.ottl", 'import "lib"\n' + RULES + 'drop where IsBad(1)\n')

    def target(needle, within=1):
        found = client.get("textDocument/definition", client.at("a.ottl", needle, within))
        return found and (found["uri"], found["range"]["start"])

    here = client.uri("a.ottl")
    assert target("IsHealth(attr") == (here, {"line": 2, "character": 4})
    assert target("slow and") == (here, {"line": 3, "character": 4})
    assert target('path, "/health"') == (here, {"line": 2, "character": 13})
    assert target("v == name") == (here, {"line": 10, "character": 57})
    assert target("IsBad(1)") == (client.uri("lib.ottl"), {"line": 1, "character": 4})
    assert target('"lib"') == (client.uri("lib.ottl"), {"line": 0, "character": 0})
    assert target("IsProbe()") is None  # embedded in the program
    assert target("name)\n") is None


def test_references_cross_files(client):
    (client.folder / "lib.ottl").write_text("def IsBad(v) = v == 1\ndrop where IsBad(2)\n")
    (client.folder / "deep").mkdir()
    (client.folder / "deep" / "other.ottl").write_text('import "../lib"\ndrop where not IsBad(3)\n')
    (client.folder / "same.ottl").write_text('def IsBad() = name == "a"\ndrop where IsBad()\n')
    client.open("main.ottl", 'import "lib"\ndrop where IsBad(1)\n')
    params = client.at("main.ottl", "IsBad")
    found = client.get("textDocument/references", {**params, "context": {"includeDeclaration": True}})
    places = sorted((f["uri"].rpartition("/")[2], f["range"]["start"]["line"]) for f in found)
    assert places == [("lib.ottl", 0), ("lib.ottl", 1), ("main.ottl", 1), ("other.ottl", 1)]
    found = client.get("textDocument/references", {**params, "context": {"includeDeclaration": False}})
    assert len(found) == 3


def test_rename_crosses_files_and_leaves_them_right(client):
    (client.folder / "lib.ottl").write_text("def IsBad(v) = v == 1\ndrop where IsBad(2)\n")
    main = 'import "lib"\ndrop where IsBad(1) and name == "IsBad"\n'
    client.open("main.ottl", main)
    changes = client.get("textDocument/rename", {**client.at("main.ottl", "IsBad"), "newName": "IsWorse"})["changes"]
    assert edited(main, changes[client.uri("main.ottl")]) == 'import "lib"\ndrop where IsWorse(1) and name == "IsBad"\n'
    lib = (client.folder / "lib.ottl").read_text()
    assert edited(lib, changes[client.uri("lib.ottl")]) == "def IsWorse(v) = v == 1\ndrop where IsWorse(2)\n"


def test_rename_sees_names_of_other_open_files(client):
    lib = "def IsBad(v) = v == 1\ndrop where IsBad(2)\n"
    (client.folder / "lib.ottl").write_text(lib)
    client.open("lib.ottl", lib)
    client.open("main.ottl", 'import "lib"\ndef IsWorse() = name == "a"\ndrop where IsBad(1) or IsWorse()\n')
    assert "already" in client.refused("textDocument/rename", {**client.at("lib.ottl", "IsBad"), "newName": "IsWorse"})["message"]


def test_rename_takes_lets_labels_and_parameters(client):
    client.open("a.ottl", RULES)

    def renamed(needle, name):
        changes = client.get("textDocument/rename", {**client.at("a.ottl", needle), "newName": name})["changes"]
        return edited(RULES, changes[client.uri("a.ottl")])

    assert renamed("slow and", "sluggish") == RULES.replace("slow", "sluggish")
    assert renamed("late:", "too-late") == RULES.replace("late:", "too-late:")
    assert renamed("other ==", "third") == RULES.replace("other", "third")
    assert renamed("v == name", "w") == RULES.replace("(v) => v", "(w) => w")
    prepared = client.get("textDocument/prepareRename", client.at("a.ottl", "slow and", 2))
    assert prepared["placeholder"] == "slow" and chosen(RULES, prepared["range"]) == "slow"


def test_rename_refuses_what_cannot_be(client):
    client.open("a.ottl", RULES)

    def why(needle, name):
        return client.refused("textDocument/rename", {**client.at("a.ottl", needle), "newName": name})["message"]

    assert "path" in why("slow and", "name")
    assert "cannot be a name" in why("slow and", "a b")
    assert "cannot be a name" in why("slow and", "1 + 1\nlet x")
    assert "already" in why("late:", "health")
    assert "already" in why("IsHealth(", "IsProbe")
    assert "cannot be a name" in why("IsHealth(", "IsMatch")
    assert "own library" in why("IsProbe", "IsX")
    assert "only labels" in why("name)\n", "x")
    assert client.refused("textDocument/prepareRename", client.at("a.ottl", "kind =="))["code"] == -32803


def test_highlights_are_those_of_the_file(client):
    client.open("a.ottl", RULES)
    found = client.get("textDocument/documentHighlight", client.at("a.ottl", "slow and"))
    assert [chosen(RULES, f["range"]) for f in found] == ["slow", "slow"]


def test_symbols_are_the_items(client):
    client.open("a.ottl", RULES)
    found = client.get("textDocument/documentSymbol", client.document("a.ottl"))
    assert [(f["name"], f["detail"]) for f in found][:5] == [
        ("IsHealth", "def"), ("slow", "let"), ("probes", "import"), ("health", "drop"), ("late", "drop")]
    assert all(offset_of(RULES, f["range"]["start"]) <= offset_of(RULES, f["selectionRange"]["start"]) for f in found)
    client.open("c.yaml", CONFIGURATION, "yaml")
    found = client.get("textDocument/documentSymbol", client.document("c.yaml"))
    assert len(found) == 5 and found[4]["detail"] == "statement"


def tokens(client, name):
    """[(text, type)] of the semantic tokens."""
    legend = client.capabilities["semanticTokensProvider"]["legend"]["tokenTypes"]
    data = client.get("textDocument/semanticTokens/full", client.document(name))["data"]
    lines = client.texts[name].split("\n")
    line = character = 0
    found = []
    for i in range(0, len(data), 5):
        down, right, length, kind, _ = data[i:i + 5]
        line, character = line + down, right if down else character + right
        units = lines[line].encode("utf-16-le")[2 * character:2 * (character + length)]
        found.append((units.decode("utf-16-le"), legend[kind]))
    return found


def test_semantic_tokens_say_what_words_are(client):
    client.open("a.ottl", RULES.replace('"x") or', '"é😀") or'))
    found = tokens(client, "a.ottl")
    for pair in (("# What health checks ask for.", "comment"), ("def", "keyword"), ("IsHealth", "function"), ("path", "parameter"),
                 ("HasPrefix", "function"), ('"/health"', "string"), ("slow", "variable"), ("health", "label"),
                 ("attributes", "property"), ("end_time", "property"), (">", "operator"), ("SPAN_KIND_SERVER", "enumMember"),
                 ("resource.attributes", "property"), ("set", "function"), ("IsProbe", "function"), ('"é😀"', "string"),
                 ("v", "parameter"), ("=>", "operator")):
        assert pair in found, (pair, found)
    client.open("c.yaml", CONFIGURATION, "yaml")
    found = tokens(client, "c.yaml")
    assert found[0] == ("name", "property") and ("set", "function") in found and ("span.kind", "property") in found


# ---- formatting, actions, lenses -------------------------------------------------------------------

def test_formatting_is_that_of_fmt(client):
    text = RULES.replace(" and other", "   and\n  other").replace("late: drop", "late:drop")
    client.open("a.ottl", text)
    edits = client.get("textDocument/formatting", {**client.document("a.ottl"), "options": {"tabSize": 8}})
    printed = subprocess.run([str(programs.subject()), "fmt", "-"], input=text, capture_output=True, text=True,
                             check=True).stdout
    assert edited(text, edits) == printed != text
    client.open("b.ottl", printed)
    assert client.get("textDocument/formatting", {**client.document("b.ottl"), "options": {}}) == []
    client.open("c.ottl", "drop were\n")
    assert client.refused("textDocument/formatting", {**client.document("c.ottl"), "options": {}})["code"] == -32803
    client.open("c.yaml", CONFIGURATION, "yaml")
    assert client.get("textDocument/formatting", {**client.document("c.yaml"), "options": {}}) is None


def fixes(client, name, diagnostic):
    """[(title, the text with it)]."""
    found = client.get("textDocument/codeAction", {**client.document(name), "range": diagnostic["range"],
                                                    "context": {"diagnostics": [diagnostic]}})
    assert all(f["kind"] == "quickfix" and f["diagnostics"] == [diagnostic] for f in found)
    return [(f["title"], edited(client.texts[name], f["edit"]["changes"][client.uri(name)])) for f in found]


@pytest.mark.parametrize("wrong, right", [
    ('drop where nme == "a"\n', 'drop where name == "a"\n'),
    ('drop where kind == SPAN_KIND_SERVR\n', 'drop where kind == SPAN_KIND_SERVER\n'),
    ('drop where IsMach(name, "a")\n', 'drop where IsMatch(name, "a")\n'),
    ('drop where http.method == "GET"\n', 'drop where attributes["http.method"] == "GET"\n'),
    ('drop where name == "a" && kind == 1\n', 'drop where name == "a" and kind == 1\n'),
    ('name == "a"\n', 'drop where name == "a"\n'),
    ('option error_mode slient\n\ndrop where name == "a"\n', 'option error_mode silent\n\ndrop where name == "a"\n'),
    ('import "prob"\n\ndrop where name == "a"\n', None),
])
def test_hints_become_actions(client, wrong, right):
    first = client.open("a.ottl", wrong)[0]
    found = fixes(client, "a.ottl", first)
    assert right is None or found[0][1] == right, found


def test_warnings_can_be_allowed(client):
    text = 'a: drop where name == "b"\n\nname == "a"\n'
    warning, = client.open("a.ottl", text)
    found = dict(fixes(client, "a.ottl", warning))
    assert found["Allow W0618 here"] == text.replace("name == \"a\"", "# lint: allow W0618\nname == \"a\"")


def test_what_would_be_as_wrong_is_not_offered(client):
    warning, = [d for d in client.open("a.ottl", 'a: drop where name == "a" and name == "b"\n')]
    assert [title for title, _ in fixes(client, "a.ottl", warning)] == ["Allow W0602 here"]


def test_actions_work_in_configurations(client):
    found = client.open("c.yaml", CONFIGURATION, "yaml")
    texts = [fixes(client, "c.yaml", d)[0][1] for d in found]
    assert texts[0] == CONFIGURATION.replace("SERVR", "SERVER")
    assert texts[1] == CONFIGURATION.replace("kid", "kind")
    assert texts[2] == CONFIGURATION.replace("HasPrefx", "HasPrefix")
    assert texts[3] == CONFIGURATION.replace("staus", "status")
    text = CONFIGURATION.replace("exporters: {debug", "exprters: {debug").replace("SERVR", "SERVER").replace(
        "kid", "kind").replace("Prefx", "Prefix").replace("staus", "status")
    wrong = [d for d in client.open("d.yaml", text, "yaml") if d["code"] == "E0520"]
    assert fixes(client, "d.yaml", wrong[0])[0][1] == text.replace("exprters", "exporters")


def lenses(client, name):
    """{line: title}."""
    return {f["range"]["start"]["line"]: f["command"]["title"]
            for f in client.get("textDocument/codeLens", client.document(name))}


def test_lenses_count_the_spans_of_the_recording(client):
    spans = [span for r in json.loads((programs.TOP / "examples" / "spans.json").read_text())["resourceSpans"]
             for s in r["scopeSpans"] for span in s["spans"]]
    name = spans[0]["name"]
    many = sum(span["name"] == name for span in spans)
    client.open("a.ottl", f'a: drop where name == "{name}"\n\nset(name, "x") where true\nb: drop where name == "none"\n')
    assert lenses(client, "a.ottl") == {0: f"matched {many} of {len(spans)} spans, dropped {many}",
                                        2: f"matched {len(spans) - many} of {len(spans)} spans",
                                        3: f"matched 0 of {len(spans)} spans"}
    client.change("a.ottl", 2, {"text": "drop where nme\n"})
    assert lenses(client, "a.ottl") == {}


def test_lenses_say_what_a_rule_counts(client):
    client.open("a.ottl", 'drop where resource.attributes["service.name"] == "none"\n'
                          'drop where spanevent.name == "none"\nset(scope.name, "x") where true\n')
    found = lenses(client, "a.ottl")
    assert found[0] == "matched 0 resources of 9 spans"
    assert found[1] == "matched 0 span events of 9 spans"
    assert re.fullmatch(r"matched [1-9] scopes of 9 spans", found[2])


def test_a_recording_that_changes_is_read_again(client):
    (client.folder / "spans.json").write_text((programs.TOP / "examples" / "spans.json").read_text())
    client.send("workspace/didChangeConfiguration", {"settings": {"recordings": ["spans.json"]}})
    client.open("a.ottl", "a: drop where true\n")
    assert "of 9 spans" in lenses(client, "a.ottl")[0]
    with open(client.folder / "spans.json", "a", encoding="utf-8") as recording:
        recording.write((programs.TOP / "examples" / "spans.json").read_text())
    assert "of 9 spans" in lenses(client, "a.ottl")[0]
    client.send("workspace/didChangeWatchedFiles", {"changes": [{"uri": client.uri("spans.json"), "type": 2}]})
    assert "of 18 spans" in lenses(client, "a.ottl")[0]


def test_very_many_rules_are_not_compared(client):
    text = "".join(f'r{i}: drop where attributes["k"] == "{i}"\n' for i in range(1002))
    assert client.open("a.ottl", text + "b: drop where 1 == 2\nc: drop where nme == 1\n")[0]["code"] == "E0201"


def test_settings_can_change(client):
    client.open("a.ottl", "a: drop where true\n")
    client.send("workspace/didChangeConfiguration", {"settings": {"tamis": {"recordings": []}}})
    assert lenses(client, "a.ottl") == {}
    (client.folder / "rules").mkdir()
    (client.folder / "rules" / "more.ottl").write_text('def IsMore() = name == "a"\n')
    client.open("b.ottl", 'import "more"\ndrop where IsMore()\n')
    client.send("workspace/didChangeConfiguration", {"settings": {"include": ["rules"], "recordings": SPANS}})
    assert client.diagnostics("b.ottl") == []
    assert len(lenses(client, "a.ottl")) == 1
    metrics = CONFIGURATION.replace("SERVR", "SERVER").replace("{traces:", "{metrics: {receivers: [otlp], exporters: [debug]}, traces:")
    assert "E0525" in [d["code"] for d in client.open("c.yaml", metrics, "yaml")]
    client.send("workspace/didChangeConfiguration", {"settings": {"tracesOnly": True}})
    assert "E0525" not in [d["code"] for d in client.diagnostics("c.yaml")]


@pytest.mark.parametrize("settings", [{}, {"yaml": {"validate": True}}, None])
def test_settings_that_have_none_of_ours_change_nothing(client, settings):
    client.open("a.ottl", "a: drop where true\n")
    client.send("workspace/didChangeConfiguration", {"settings": settings})  # Emacs sends {} once it is connected
    assert len(lenses(client, "a.ottl")) == 1
    client.send("workspace/didChangeConfiguration", {"settings": {"tamis": {}}})
    assert lenses(client, "a.ottl") == {}


def test_the_name_of_a_file_says_what_it_is(client):
    broken = CONFIGURATION.replace("SERVR", "SERVER")
    assert client.open("c.yaml", broken, "ottl") == client.open("d.yaml", broken, "yaml") != []  # Emacs: one language a server
    assert [d["code"] for d in client.open("a.ottl", "drop where nme == 1\n", "yaml")] == ["E0201"]
    assert [d["code"] for d in client.open("new", "drop where nme == 1\n", "ottl")] == ["E0201"]
