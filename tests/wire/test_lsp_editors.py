"""What editors/ has, by real programs: headless Neovim and Emacs, npm.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import re
import shutil
import subprocess
import tarfile

import pytest

import programs

EDITORS = programs.TOP / "editors"
SCRIPTS = programs.TOP / "tests" / "wire"
RULES = """let slow = Duration("1s")
# é😀 comes first
late: drop where "é😀" != name and nme == "b"
later:   drop where end_time - start_time > slow and kind == SPAN_KIND_SERV
a: drop where IsMatch(name, "^a")
"""
CONFIGURATION = """receivers: {otlp: {protocols: {grpc: {}}}}
processors:
  filter/noise:
    traces:
      span:
        - name == "a" and kind == SPAN_KIND_CL
        - 'IsMatch(name, "^it''s") and status.co == 1'
exporters: {debug: {}}
service: {pipelines: {traces: {receivers: [otlp], processors: [filter/noise], exporters: [debug]}}}
"""


def needs(program):
    """Its path, or a skip."""
    return shutil.which(program) or pytest.skip(f"{program} is not installed: make deps-test")


def seen_by(folder, setup, *command):
    """What a script has seen, which an editor runs in a folder with a.ottl and c.yaml, with a file of editors/."""
    (folder / "bin").mkdir()
    (folder / "bin" / "tamis").symlink_to(programs.subject())
    work = folder / "work"
    work.mkdir()
    (work / "a.ottl").write_text(RULES)
    (work / "c.yaml").write_text(CONFIGURATION)
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "SETUP": str(EDITORS / setup),
                   "SEEN": str(folder / "seen"), "RECORDING": str(programs.TOP / "examples" / "spans.json"), "HOME": str(folder),
                   "XDG_STATE_HOME": str(folder / "state"), "XDG_CACHE_HOME": str(folder / "cache"), "LC_ALL": "C.UTF-8"}
    run = subprocess.run([needs(command[0]), *command[1:]], cwd=work, env=environment, capture_output=True, text=True,
                         timeout=900, check=False)
    assert (folder / "seen").exists(), (run.stdout, run.stderr)
    seen = json.loads((folder / "seen").read_text())
    assert "error" not in seen, (seen["error"], run.stdout, run.stderr)
    return seen


def tidy(text):
    """What `tamis fmt` makes of it."""
    return subprocess.run([str(programs.subject()), "fmt", "-"], input=text, capture_output=True, text=True, check=True).stdout


def test_neovim_is_served(tmp_path):
    seen = seen_by(tmp_path, "neovim.lua", "nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "--cmd", "filetype plugin on",
                   "--cmd", "lua vim.g.tamis = { recordings = { vim.env.RECORDING } }", "-c", f"luafile {SCRIPTS / 'neovim.lua'}")
    assert seen["filetype"] == "ottl"
    # Neovim counts bytes: it made them of the UTF-16 units that it was sent
    line = RULES.split("\n")[2]
    at = len(line[:line.index("nme")].encode())
    assert [d[:4] for d in seen["opened"]] == [["E0201", 2, at, at + 3], ["E0220", 3, 61, 75]]
    assert "did you mean name?" in seen["opened"][0][4]
    assert any("bool IsMatch(" in text for text in seen["hover"])
    assert seen["completion"] == ["SPAN_KIND_SERVER"]
    assert seen["action"] == "Write name"
    renamed = RULES.replace("nme", "name").replace("SERV", "SERVER").replace("slow", "sluggish")
    assert seen["renamed"] == renamed.split("\n")[:-1]
    assert seen["formatted"] == tidy(renamed).split("\n")[:-1] != seen["renamed"]
    assert seen["definition"] == [1, 4]
    assert len(seen["lenses"]) == 3 and all(re.fullmatch(r"matched \d+ of 9 spans.*", s) for s in seen["lenses"])
    assert seen["diagnostics"] == []


def test_emacs_is_served(tmp_path):
    seen = seen_by(tmp_path, "emacs.el", "emacs", "--batch", "-Q", "-l", str(SCRIPTS / "emacs.el"))
    if "missing" in seen:
        pytest.skip(f"Emacs has no {seen['missing']}: make deps-test")
    assert seen["mode"] == "ottl-mode"
    assert [(d[0].split(": ")[0], d[1]) for d in seen["opened"]] == [("tamis [E0201]", "nme"), ("tamis [E0220]", "SPAN_KIND_SERV")]
    assert "did you mean name?" in seen["opened"][0][0]
    assert seen["faces"] == [f"font-lock-{face}-face" for face in ("function-name", "keyword", "builtin", "constant",
                                                                   "comment-delimiter", "string")]
    assert seen["hover"].startswith("bool IsMatch(target")
    mended = RULES.replace("nme", "name").replace("SERV", "SERVER")
    assert seen["completed"] == [mended.split("\n")[3], 'b: drop where resource.schema_url == attributes["http.route"]']
    assert seen["mended"] == []
    renamed = mended.replace("slow", "sluggish") + seen["completed"][1] + "\n"
    assert seen["renamed"] == renamed
    assert seen["formatted"] == tidy(renamed) != renamed
    assert seen["definition"] == 'let sluggish = Duration("1s")'
    assert seen["symbols"] == ["sluggish", "late", "later", "a", "b"]
    # the server that was started for the rules has the configuration, too
    assert seen["yaml"] == "yaml-mode"
    assert [(d[0].split(": ")[0], d[1]) for d in seen["configuration"]] == [("tamis [E0220]", "SPAN_KIND_CL"), ("tamis [E0204]", "co")]
    assert seen["yaml-hover"] == seen["hover"]
    assert seen["yaml-completed"] == [line.replace("_CL", "_CLIENT").replace(".co ", ".code ")
                                      for line in CONFIGURATION.split("\n")[5:7]]
    assert seen["yaml-mended"] == []


def test_the_extension_is_packaged_whole(tmp_path):
    npm = needs("npm")
    source = tmp_path / "vscode"
    shutil.copytree(EDITORS / "vscode", source, ignore=shutil.ignore_patterns("node_modules"))
    run = subprocess.run([npm, "pack", "--ignore-scripts", "--offline", "--json"], cwd=source, capture_output=True, text=True,
                         timeout=900, check=False, env={**os.environ, "HOME": str(tmp_path), "npm_config_update_notifier": "false"})
    assert run.returncode == 0, run.stderr
    with tarfile.open(source / json.loads(run.stdout)[0]["filename"]) as package:
        files = {name.removeprefix("package/") for name in package.getnames()}
        manifest = json.load(package.extractfile("package/package.json"))
        grammar = json.load(package.extractfile("package/syntaxes/ottl.tmLanguage.json"))
    contributes = manifest["contributes"]
    named = [manifest["main"], *(c["configuration"] for c in contributes["languages"]),
             *(g["path"] for g in contributes["grammars"])]
    assert {name.removeprefix("./") for name in named} <= files
    assert grammar["scopeName"] == contributes["grammars"][0]["scopeName"]
    assert subprocess.run([needs("node"), "--check", str(source / "extension.js")], check=False).returncode == 0


def scopes(grammar, line):
    """{text: scope} by the first pattern that matches at each place, as TextMate does it within one line."""
    found, at = {}, 0
    while at < len(line):
        best = None
        for pattern in grammar["patterns"]:
            match = re.compile(pattern.get("match", r'"(\\.|[^"\\])*"')).search(line, at)
            if match and match.group() and (best is None or match.start() < best[0].start()):
                best = (match, pattern["name"])
        if best is None:
            break
        found[best[0].group()] = best[1].removesuffix(".ottl")
        at = best[0].end()
    return found


def test_the_grammar_colours_what_the_tables_have():
    grammar = json.loads((EDITORS / "vscode" / "syntaxes" / "ottl.tmLanguage.json").read_text())
    found = scopes(grammar, 'late-1: drop where IsMatch(span.name, "^a\\"b") and span.kind == SPAN_KIND_SERVER or Mine(0x1f, 1.5) # x')
    for text, scope in {"late-1": "entity.name.label", "where": "keyword.operator.word", "IsMatch": "support.function.converter",
                        "span.name": "variable.language.path", '"^a\\"b"': "string.quoted.double", "and": "keyword.operator.word",
                        "==": "keyword.operator", "SPAN_KIND_SERVER": "constant.other.enum", "Mine": "entity.name.function",
                        "0x1f": "constant.numeric", "1.5": "constant.numeric", "# x": "comment.line.number-sign"}.items():
        assert found.get(text) == scope, (text, found)
    functions = subprocess.run([str(programs.subject()), "functions"], capture_output=True, text=True, check=True).stdout
    for name in (line.partition("(")[0].split()[-1] for line in functions.splitlines()):
        kind = "editor" if name[0].islower() else "converter"
        assert scopes(grammar, f" {name}(")[name] == f"support.function.{kind}"
    assert scopes(grammar, "let x = true")["let"] == "keyword.control"
    assert scopes(grammar, "spanevent.event_index")["spanevent.event_index"] == "variable.language.path"
