"""The benchmark of intervals counts curves, and times the clock and the processor."""

import re
import shutil

import pytest

from lcpc.cli import main

FOLDERS = ("config", "results/published")


@pytest.fixture
def project(root, tmp_path):
    for folder in FOLDERS:
        shutil.copytree(root / folder, tmp_path / folder)
    rows = tmp_path / "results" / "workstation" / "rate_accuracy"
    rows.mkdir(parents=True)
    for path in (root / "results" / "workstation" / "rate_accuracy").glob("*_P8.*"):
        if path.name.startswith(("tmc13", "proposed_micro")):
            shutil.copy(path, rows)
    return tmp_path


def test_a_line_says_how_many_curves_took_how_long(project, capsys):
    assert main(["--root", str(project), "bench", "intervals"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"\| workstation \| 2 \| 1,000 \| [\d.]+ \| [\d.]+ \|", last)
