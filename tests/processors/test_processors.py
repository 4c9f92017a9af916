"""Tables, figures, rows and streams are the same bytes with the code that libraries keep for other
processors; more kinds, and other machines: `python -m tests.processors`."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

LOGITS = "logits of 1 streams by x"


def test_products_are_the_same_bytes_with_the_code_of_another_processor(root):
    environment = {name: value for name, value in os.environ.items() if name != "LCPC_DATA"}
    done = subprocess.run([sys.executable, "-m", "tests.processors", "--kinds", "sse", "haswell"],
                          cwd=root, text=True, check=False, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    assert "products, sse, haswell: none of those that must be the same differ" in done.stdout
    starts = [line.split(" ", 1)[0] for line in done.stdout.splitlines()]
    assert starts.count("table") > 30
    assert starts.count("figure") > 10
    assert starts.count("integers") == 6
    assert starts.count("logits") == starts.count("latents") == 6


def kind_of(processors, table="1", committed="1", logits=(4.0, 2.0)):
    rows = np.array([logits], np.float32)
    values = processors.near.Values(rows, rows.argmax(axis=1))
    return {"exact": {"table x": [table, committed], "weights": [logits, ""]},
            "near": {LOGITS: values.packed()}, "machine": "m"}


@pytest.fixture
def processors(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root))
    from tests.processors import __main__

    return __main__


def test_another_byte_is_a_difference(processors, capsys):
    kind = kind_of(processors)
    assert processors.report({"a": kind, "b": {**kind, "exact": {**kind["exact"], "weights": ["2", ""]}}}) == []
    assert "weights: differs for b from a" in capsys.readouterr().out
    assert processors.report({"a": kind, "b": kind_of(processors, table="2")}) == ["table x"]
    assert processors.report({"a": kind_of(processors, committed="3")}) == ["table x"]


def test_what_another_machine_did_not_make_is_said(processors, capsys):
    other = {"exact": {}, "near": {}, "machine": "n"}
    assert processors.report({"a": kind_of(processors), "b": other}) == []
    assert f"not made by b: table x, weights, {LOGITS}" in capsys.readouterr().out


def test_logits_may_differ_by_the_share_that_verify_allows(processors, capsys):
    near, far = (kind_of(processors, logits=(4.0, 2.0 + apart)) for apart in (3.6e-5, 4.4e-5))
    assert processors.report({"a": kind_of(processors), "b": near}) == []
    assert "b differs from a by 9.0e-06 of the largest, at most 1e-05 is allowed; 0 classes differ" in capsys.readouterr().out
    assert processors.report({"a": kind_of(processors), "b": far}) == [LOGITS]


def test_another_class_is_counted(processors, capsys):
    made = {"a": kind_of(processors, logits=(4.0, 4.00001)), "b": kind_of(processors, logits=(4.0, 3.99999))}
    assert processors.report(made) == []
    assert "1 classes differ" in capsys.readouterr().out


def test_products_of_another_machine_come_from_a_file(processors, tmp_path, monkeypatch, capsys):
    path = tmp_path / "arm.json"
    path.write_text(json.dumps(kind_of(processors, table="2")))
    monkeypatch.setattr(processors, "of_kind", lambda kind, runs: kind_of(processors))
    monkeypatch.setattr(sys, "argv", ["x", "--kinds", "as it is", "--with", str(path)])
    assert processors.main() == 1
    assert "table x: differs for arm from as it is" in capsys.readouterr().out
