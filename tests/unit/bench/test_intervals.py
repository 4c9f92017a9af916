"""The benchmark of intervals counts them, and times the clock and the processor."""

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


def test_a_line_a_product_says_how_many_intervals_took_how_long(project, capsys):
    assert main(["--root", str(project), "bench", "intervals"]) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    counts = {name: int(count.replace(",", ""))
              for name, count in (re.fullmatch(r"\| (\S.*\S) \| ([\d,]+) \| [\d.]+ \| [\d.]+ \|",
                                               line).groups() for line in lines)}
    assert counts["tables/steady_metrics"] == 6
    assert counts.pop("all of workstation") == sum(counts.values())
