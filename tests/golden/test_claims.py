"""Every printed number is a claim, every claim has its place in lcpc's tables, the audit holds.

The tables are built anew from results/published into a copy of the project, so that a test can
tamper with it.
"""

import csv
import importlib.util
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from lcpc.audit import manifest
from lcpc.audit.check import audit
from lcpc.audit.claims import CLAIMS, function_of, printed_numbers, read_claims, read_known
from lcpc.audit.files import parse_row, read_table
from lcpc.audit.summary import failures
from lcpc.audit.trace import trace
from lcpc.audit.values import Verdict
from lcpc.cli import main
from lcpc.registry import load, names
from lcpc.results.store import Results
from lcpc.tables.render import render

ROOT = Path(__file__).parents[2]
ROWS = list(csv.DictReader((ROOT / CLAIMS).open(newline="")))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A copy of run published, its tables built anew; not to be changed."""
    root = tmp_path_factory.mktemp("built")
    shutil.copytree(ROOT / "results" / "published", root / "results" / "published")
    shutil.copytree(ROOT / "config", root / "config")
    shutil.copytree(ROOT / "figures" / "published", root / "figures" / "published")
    (root / "Snakefile").touch()
    for stem in names("lcpc.tables"):
        render(
            load("lcpc.tables", stem).build(Results(root, "published")),
            root / "tables" / "published",
            root,
        )
    manifest.seal(root, "published")
    return root


@pytest.fixture
def copy(built, tmp_path):
    """The same to tamper with."""
    return shutil.copytree(built, tmp_path / "project")


def failing(root):
    return {finding.name: finding for finding in failures(audit(root, "published"))}


def test_every_printed_number_has_exactly_one_claim():
    printed = dict(printed_numbers(ROOT))
    claimed = [row["printed_at"] for row in ROWS]
    assert sorted(claimed) == sorted(printed)
    assert {row["printed_at"]: row["value"] for row in ROWS} == printed


def test_the_script_that_made_the_claims_still_makes_them():
    spec = importlib.util.spec_from_file_location(
        "make_claims", ROOT / "tests" / "golden" / "make_claims.py"
    )
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert set(script.text().splitlines()) <= set((ROOT / CLAIMS).read_text().splitlines())


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["decimals"]], ids=lambda row: row["claim"]
)
def test_the_tolerance_is_half_a_unit_of_the_last_printed_digit(row):
    assert Decimal(row["tolerance"]) == Decimal("0.5") * Decimal(10) ** -int(row["decimals"])
    if not row["value"].endswith("k") and int(row["decimals"]) >= 0:
        assert len(row["value"].partition(".")[2]) == int(row["decimals"])


@pytest.mark.parametrize("claim", read_claims(ROOT), ids=lambda claim: claim.claim)
def test_each_claim_names_one_cell_or_says_why_not(claim, built):
    if claim.function:
        assert callable(function_of(claim))
    if claim.recomputed:
        table = read_table(built / "tables" / "published" / f"{claim.table}.csv", built)
        assert table.rows[table.find(parse_row(claim.row))][claim.recomputed]
        assert not claim.measured or claim.measured in table.columns
    else:
        assert claim.function or claim.method.startswith(("external: ", "not yet measured: "))


def test_no_difference_is_on_record_without_saying_until_when():
    assert all(len(known.reason) > 20 and len(known.until) > 10 for known in read_known(ROOT))


def test_the_audit_of_the_published_numbers_holds(built):
    assert failing(built) == {}


def test_print_agrees_but_for_three_cells_the_transcribed_method_and_the_2_000_bits(built):
    known = {
        finding.name for finding in audit(built, "published") if finding.verdict is Verdict.KNOWN
    }
    assert known == {
        "table-2.ipdae.bd_rate_percent",
        "table-2.proposed-micro-256.bd_accuracy_percent",
        "table-2.proposed-micro-128.bd_accuracy_percent",
        "table-2-2.balcilar2022-1.gain_percent",
        "table-2-2.balcilar2022-1.total_gain_percent",
        "rate-at-pointnet.tmc13",
    }


def test_a_tampered_number_in_a_printed_table_is_caught(copy):
    path = copy / "results/published/printed/table_2_bd_metrics.csv"
    path.write_text(path.read_text().replace("-91.8", "-91.9"))
    assert "table-2.proposed-micro-1024.bd_rate_percent" in failing(copy)


def test_a_tampered_result_point_is_caught_before_and_after_a_rebuild(copy):
    path = copy / "results/published/rate_accuracy_modelnet40.csv"
    text = path.read_text()
    assert "88.493" in text
    path.write_text(text.replace("88.493", "89.493"))
    assert (
        "rate_accuracy_modelnet40.csv is changed"
        in failing(copy)["tables/published/bd_metrics.csv"].note
    )
    render(
        load("lcpc.tables", "bd_metrics").build(Results(copy, "published")),
        copy / "tables" / "published",
        copy,
    )
    assert "table-2.tmc13.max_accuracy_percent" in failing(copy)


def test_a_removed_table_is_missing_with_the_command_that_makes_it(copy):
    (copy / "tables/published/rate_savings.csv").unlink()
    found = failing(copy)["table-2-2.proposed-1.gap_percent"]
    assert found.verdict is Verdict.MISSING
    assert "`lcpc table rate_savings --run published`" in found.note


def test_the_command_ends_with_1_on_drift_and_0_where_all_holds(copy, capsys):
    assert main(["audit", "--root", str(copy)]) == 0
    assert "The audit holds." in capsys.readouterr().out
    path = copy / "tables/published/rate_at_80.csv"
    path.write_text(path.read_text().replace("28.4479", "38.4479"))
    assert main(["audit", "--root", str(copy)]) == 1
    assert (
        "rate-at-80.full: found 38.4479, printed 30; 8.448 apart, allowed 5"
        in capsys.readouterr().out
    )


def test_the_command_writes_the_audit_table_the_same_each_time(copy):
    folder = copy / "tables/published"
    main(["audit", "--root", str(copy)])
    first = {path.name: path.read_bytes() for path in folder.glob("audit.*")}
    assert set(first) == {"audit.csv", "audit.md", "audit.tex", "audit.html", "audit.json"}
    main(["audit", "--root", str(copy)])
    assert first == {path.name: path.read_bytes() for path in folder.glob("audit.*")}
    assert first["audit.csv"].startswith(
        b"claim,unit,printed,recomputed,measured,tolerance,verdict,source"
    )


def test_the_command_lists_the_claims(capsys):
    assert main(["audit", "--root", str(ROOT), "--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(ROWS)


def test_a_cell_of_table_ii_leads_to_the_points_of_its_curve_and_of_the_anchor(built, capsys):
    row = "codec=proposed,size=micro,points=1024"
    found = trace(built, built / "tables/published/bd_metrics.csv", row, "bd_rate_percent")
    codecs = {line["row"]["codec"] for source in found["sources"] for line in source["lines"]}
    assert codecs == {"tmc13", "proposed"}
    assert {source["state"] for source in found["sources"]} == {"OK"}
    command = [
        "trace",
        "tables/published/bd_metrics.csv",
        "--row",
        row,
        "--column",
        "bd_rate_percent",
        "--root",
        str(built),
    ]
    assert main(command) == 0
    assert "bd_rate_percent = -91.8" in capsys.readouterr().out


def test_a_wrong_column_is_refused_in_one_line(built, capsys):
    command = [
        "trace",
        "tables/published/bd_metrics",
        "--row",
        "codec=draco",
        "--column",
        "bd_rate",
        "--root",
        str(built),
    ]
    assert main(command) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Did you mean 'bd_rate_percent'?" in error
