"""The README's table says what the workstation run's tables say, digit for digit, and its commands and files exist."""

import csv
import math
import re
from pathlib import Path

import pytest

from lcpc.cli import VERBS

COLUMNS = {"max_accuracy_percent": "max_accuracy_percent", "bd_rate_percent": "overlap_bd_rate_percent",
           "bd_accuracy_percent": "steady_bd_accuracy_points"}
"""Column of the printed recipe in bd_metrics -> column of steady_metrics."""


def shown(root: Path) -> dict[str, list[str]]:
    text = (root / "README.md").read_text().replace("\N{MINUS SIGN}", "-")
    rows = re.findall(r"^\| (tmc13|draco|draco-best|\w+, P=\d+) \|(.*)\|$", text, flags=re.M)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in rows}


def table(root: Path, stem: str) -> dict[str, dict[str, str]]:
    with (root / "tables" / "workstation" / f"{stem}.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {row["codec"] if row["codec"] != "proposed" else f"{row['size']}, P={row['points']}": row for row in rows}


SHOWN = ["tmc13", "draco", "draco-best", "full, P=1024", "full, P=512", "full, P=256", "full, P=64", "full, P=32",
         "full, P=16", "lite, P=1024", "lite, P=512", "lite, P=256", "lite, P=128", "lite, P=64", "lite, P=32",
         "micro, P=1024", "micro, P=128", "micro, P=32"]


def test_the_readme_shows_some_rows_of_each_codec_and_size(root):
    assert list(shown(root)) == SHOWN


def digits(value: str) -> str:
    return f"{float(value):.1f}" if value else "–"


@pytest.mark.parametrize("name", SHOWN)
def test_the_readme_shows_the_numbers_of_the_workstation_tables(name, root):
    printed, steady = table(root, "bd_metrics")[name], table(root, "steady_metrics")[name]
    expected = []
    for in_print, column in COLUMNS.items():
        value, low, high = (digits(steady[prefix + column]) for prefix in ("", "low_", "high_"))
        expected += [digits(printed[f"printed_{in_print}"]), digits(steady[f"recomputed_{column}"]), f"{value} [{low}, {high}]"]
    assert shown(root)[name] == expected


def test_the_readme_names_files_that_are_there(root):
    links = re.findall(r"\]\(([^)#]+)\)", (root / "README.md").read_text())
    assert links
    assert [link for link in links if not (root / link).exists()] == []


def test_the_readme_names_verbs_that_are_there(root):
    verbs = set(re.findall(r"lcpc (audit|trace|doctor|table|figure|train|evaluate|\w+) ?", (root / "README.md").read_text()))
    commands = {line.split()[1] for line in (root / "README.md").read_text().splitlines() if line.startswith("lcpc ")}
    assert commands <= set(VERBS)
    assert commands <= verbs


def test_the_readme_tells_the_distance_and_the_overhead_that_the_rows_have(root):
    text = " ".join((root / "README.md").read_text().split())
    with (root / "figures" / "workstation" / "reproduction.csv").open() as file:
        points = [row for row in csv.DictReader(file) if row["run"] == "workstation" and int(row["points"]) >= 64]
    assert {row["size"] for row in points} == {"full", "lite", "micro"}
    below = max(-float(row["difference_points"]) for row in points)
    assert f"No measured row of P = 64 or more lies more than {math.ceil(10 * below) / 10:.1f} points below" in text
    with (root / "tables" / "workstation" / "reproduction.csv").open() as file:
        curves = [row for row in csv.DictReader(file) if row["codec"] == "proposed"]
    lower = max(-float(row["max_difference_points"]) for row in curves)
    assert f"no highest accuracy of any curve more than {math.ceil(10 * lower) / 10:.1f}." in text
    shown = [row for row in curves if int(row["points"]) >= 64]
    worst = sorted(shown, key=lambda row: float(row["least_difference_points"]))
    for row in worst[:3]:
        at, least = float(row["least_at_bits"]), -float(row["least_difference_points"])
        assert f"`{row['size']}` at P = {row['points']}, {least:.1f} below at {at:.1f} bits" in text
    assert -float(worst[3]["least_difference_points"]) < 2
    with (root / "results" / "workstation" / "rate_accuracy" / "proposed_micro_P1024.csv").open() as file:
        rows = list(csv.DictReader(file))
    overhead = sum(float(row["stream_bits"]) - float(row["rate_bits"]) for row in rows) / len(rows)
    assert f"cost {overhead:.1f} bits a cloud more" in text
