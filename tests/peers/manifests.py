"""What examples/kubernetes holds, read by the judge that tests/peers/build makes of tests/peers/kubernetes.

SPDX-License-Identifier: Apache-2.0
"""
import json
import os
import subprocess

import programs

EXAMPLES = programs.TOP / "examples" / "kubernetes"
BUILT = programs.PEERS / "kubernetes"
MOUNTS = {"config": "/etc/tamis/config", "rules": "/etc/tamis/rules"}


def judge(*words, given=None):
    """The finished process."""
    return subprocess.run([str(w) for w in (programs.present(BUILT / "judge"), *words)], input=given, text=True,
                          capture_output=True, timeout=programs.PATIENCE)


def answer(*words, given=None):
    """What the judge prints; an error of its fails the test."""
    done = judge(*words, given=given)
    assert done.returncode == 0, done.stderr
    return done.stdout


def definitions():
    """The files of CustomResourceDefinitions."""
    return ":".join(str(f) for f in sorted(BUILT.glob("*.yaml")))


def resources(*files):
    """Every resource of the files, each found good."""
    return json.loads(answer("check", definitions(), *files))


def of_kind(given, kind):
    return [r for r in given if r["kind"] == kind]


def mount(volumes, top):
    """Writes ConfigMaps as a kubelet does, each below top: {folder: data of a ConfigMap} -> {folder: path}.

    The files are links to those of ..data, which is itself a link to a folder: a change turns that link alone.
    """
    paths = {}
    for folder, data in volumes.items():
        paths[folder] = top / folder
        paths[folder].mkdir(exist_ok=True)
        place = f"..{len(list(paths[folder].glob('..2*'))) + 2000}"
        (paths[folder] / place).mkdir()
        for name, text in data.items():
            (paths[folder] / place / name).write_text(text)
            if not (paths[folder] / name).is_symlink():
                (paths[folder] / name).symlink_to(f"..data/{name}")
        (paths[folder] / "..data_tmp").symlink_to(place)
        os.replace(paths[folder] / "..data_tmp", paths[folder] / "..data")
    return paths
