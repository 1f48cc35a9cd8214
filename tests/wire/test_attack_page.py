"""The page that `make attack` writes: no attack, and no kind of port, is left out of it.

SPDX-License-Identifier: Apache-2.0
"""
import json

import pytest

import attacks


def noted(path, leaves_out=None):
    """All attacks on all ports, but for one pair."""
    rows = [{"kind": "protocol", "port": port, "number": number, "title": "a title", "waits": [0.001], "grown": 0, "measured": None}
            for number in attacks.BOUNDS for port in attacks.PORTS if number not in attacks.OF_TLS or port == "tls"]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if (row["number"], row["port"]) != leaves_out))
    return path


def test_a_whole_run_is_written(tmp_path):
    page = tmp_path / "page.md"
    attacks.write_page(noted(tmp_path / "noted"), page)
    text = page.read_text()
    assert text.count("| A11 a title |") == 2 and text.count("| A29 a title |") == 1


@pytest.mark.parametrize("left_out, told", [(("A11", "tls"), "A11 a title on ports of tls"), (("A29", "tls"), "A29 on no port")])
def test_a_run_that_lacks_something_leaves_the_page_alone(tmp_path, left_out, told):
    page = tmp_path / "page.md"
    page.write_text("as before")
    with pytest.raises(SystemExit, match=told):
        attacks.write_page(noted(tmp_path / "noted", left_out), page)
    assert page.read_text() == "as before"
