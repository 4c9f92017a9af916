"""Tables, figures, rows and streams are the same bytes with the code that libraries keep for other
processors; more kinds: `python -m tests.processors`."""

import os
import subprocess
import sys


def test_products_are_the_same_bytes_with_the_code_of_another_processor(root):
    environment = {name: value for name, value in os.environ.items() if name != "LCPC_DATA"}
    done = subprocess.run([sys.executable, "-m", "tests.processors", "--kinds", "as it is", "sse"],
                          cwd=root, text=True, check=False, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    assert "products, as it is, sse: none of those that must be the same differ" in done.stdout
    assert sum(line.startswith(("table ", "figure ")) for line in done.stdout.splitlines()) > 15


def test_another_byte_is_a_difference(root, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(root))
    from tests.processors.__main__ import report

    made = {"a": {"table x": ["1", "1"], "weights": ["1", ""]},
            "b": {"table x": ["1", "1"], "weights": ["2", ""]}}
    assert report(made) == []
    assert "weights: differs for b from a" in capsys.readouterr().out
    made["b"]["table x"] = ["2", "1"]
    assert report(made) == ["table x"]
    assert report({"a": {"table x": ["1", "3"]}}) == ["table x"]
