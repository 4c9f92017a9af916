"""A trace leads from a cell to its rows, the run that made them, and the digests then and now."""

import json
from pathlib import Path

import pytest

from lcpc.audit.files import parse_row, same, written
from lcpc.audit.trace import format_trace, trace
from lcpc.errors import MissingData, ResultError
from lcpc.results.provenance import file_digest

SIZES = "tables/published/sizes.csv"


def traced(project, file=SIZES, row="codec=ours", column="recomputed_rate_percent"):
    return trace(project.root, project.root / file, row, column)


def test_a_published_cell_shows_formula_rows_source_and_digest(project):
    text = format_trace(traced(project))
    for fact in (
        "recomputed_rate_percent = -12.34  (recomputed)",
        "formula: a over b",
        "code:    c0de",
        "source:  results/published/points.csv",
        "from:  a paper",
        "line 2: codec=ours, rate=1.5",
        "  OK",
    ):
        assert fact in text


def test_a_measured_cell_shows_run_seed_command_inputs_and_machine(measured):
    text = format_trace(traced(measured, "tables/mini/sizes.csv", column="rate_percent"))
    for fact in (
        "rate_percent = -11.1  (measured)",
        "run: mini",
        "seed: 1",
        "command: lcpc evaluate proposed",
        "config digest: c0ffee",
        "dataset digests: test d1",
        "machine: cores 2",
        "time: seconds 1.5",
        "packages: python 3.11",
        "input: checkpoints/mini/proposed_micro_P8.pt",
        "line 2: run=mini, dataset=modelnet40",
    ):
        assert fact in text


def test_streams_that_come_with_rows_are_shown_with_what_decodes_them(measured):
    rows = "results/mini/rate_accuracy/proposed_micro_P8"
    before = format_trace(traced(measured, "tables/mini/sizes.csv", column="rate_percent"))
    assert "decoded again by" not in before
    measured.write(f"{rows}.streams.npz", "streams")
    beside = measured.root / f"{rows}.json"
    digest = file_digest(measured.root / f"{rows}.streams.npz")
    beside.write_text(json.dumps({**json.loads(beside.read_text()), "shipped": {f"{rows}.streams.npz": digest}}))
    text = format_trace(traced(measured, "tables/mini/sizes.csv", column="rate_percent"))
    assert f"  shipped: {rows}.streams.npz  sha256 {digest[:16]}  OK" in text
    assert "  decoded again by: lcpc verify rate_accuracy/proposed_micro_P8 --run mini" in text


def test_a_changed_source_and_lost_weights_are_told(measured):
    measured.write("results/mini/rate_accuracy/proposed_micro_P8.csv", "run,status\nmini,done\n")
    (measured.root / "checkpoints/mini/proposed_micro_P8.pt").unlink()
    (source,) = traced(measured, "tables/mini/sizes.csv", column="rate_percent")["sources"]
    assert (source["state"], source["inputs"][0]["state"]) == (
        "CHANGED SINCE",
        "not on this machine",
    )


def test_weights_that_the_repository_keeps_stand_for_those_that_are_gone(measured):
    weights = measured.root / "checkpoints/mini/proposed_micro_P8.pt"
    kept = measured.root / "results/mini/weights/proposed_micro_P8.pt"
    kept.parent.mkdir()
    weights.rename(kept)
    (source,) = traced(measured, "tables/mini/sizes.csv", column="rate_percent")["sources"]
    (file,) = source["inputs"]
    assert (file["file"], file["state"]) == ("results/mini/weights/proposed_micro_P8.pt", "OK")
    kept.write_text("others")
    (source,) = traced(measured, "tables/mini/sizes.csv", column="rate_percent")["sources"]
    (file,) = source["inputs"]
    assert (file["file"], file["state"]) == ("checkpoints/mini/proposed_micro_P8.pt", "not on this machine")


def test_a_lost_source_is_told(project):
    (project.root / "results/published/points.csv").unlink()
    assert traced(project)["sources"][0]["state"] == "not on this machine"


def test_rows_without_provenance_are_told(measured):
    (measured.root / "results/mini/rate_accuracy/proposed_micro_P8.json").unlink()
    (source,) = traced(measured, "tables/mini/sizes.csv", column="rate_percent")["sources"]
    assert (
        source["from"]
        == "unknown: results/mini/rate_accuracy/proposed_micro_P8.json is not there; evaluate again"
    )


def test_a_missing_cell_shows_its_reason(project):
    project.table(recomputed_rate_percent="")
    assert "missing: nothing is there" in format_trace(traced(project))


def test_a_label_has_no_source(project):
    assert "it is a label of the row" in format_trace(traced(project, column="width"))


def test_the_path_may_lack_its_ending_or_have_another(project):
    for file in (
        "tables/published/sizes",
        "tables/published/sizes.md",
        "tables/published/sizes.json",
    ):
        assert traced(project, file)["file"] == SIZES


def test_a_path_is_also_looked_for_in_the_project(project, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert (
        trace(project.root, Path("tables/published/sizes"), "codec=ours", "width")["value"]
        == "8 16/2"
    )


def test_a_trace_is_plain_json(measured):
    found = traced(measured, "tables/mini/sizes.csv", column="rate_percent")
    assert json.loads(json.dumps(found)) == found


def test_a_plotted_point_leads_to_the_lines_of_its_series(project):
    project.write("figures/published/curve.csv", "series,rate\nours,1.5\n")
    project.write(
        "figures/published/curve.json",
        json.dumps(
            {
                "caption": "Curve",
                "code": "c0de",
                "sources": {},
                "series": {"ours": [{"file": "results/published/points.csv", "lines": []}]},
            }
        ),
    )
    found = traced(project, "figures/published/curve", "series=ours", "rate")
    assert found["formula"] == "plotted in series 'ours'"
    assert found["sources"][0]["lines"] == [{"line": 2, "row": {"codec": "ours", "rate": "1.5"}}]


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (
            "codec=oours",
            "width",
            r"no row with codec=oours; codec is never 'oours' here. Did you mean 'ours'\?",
        ),
        ("codecs=ours", "width", r"there is no column 'codecs'. Did you mean 'codec'\?"),
        (
            "codec=ours",
            "rate",
            r"there is no column 'rate'. Did you mean 'rate_percent'\? Known: codec, rate_percent",
        ),
        ("ours", "width", "'ours' is not a condition; write column=value,column=value"),
    ],
)
def test_a_wrong_row_or_column_names_the_nearest(project, row, column, message):
    with pytest.raises(ResultError, match=message):
        traced(project, row=row, column=column)


def test_a_row_that_fits_twice_asks_for_more(project):
    path = project.root / SIZES
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[1].replace("-12.34", "-1")]) + "\n")
    with pytest.raises(
        ResultError,
        match="codec=ours fits 2 rows; say more, such as 'codec=ours,rate_percent=-12.34",
    ):
        traced(project)


def test_a_wrong_file_names_the_nearest(project):
    with pytest.raises(MissingData, match=r"Did you mean 'tables/published/sizes.csv'\?"):
        trace(project.root, project.root / "tables/published/size", "codec=ours", "width")


def citing(file):
    """The json of a table whose only cell has one source."""
    cell = {"sources": [{"file": file, "lines": [2]}]}
    return {"rows": [{"key": {}, "cells": {"width": cell}}]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "its json says nothing of line 2"),
        ("[]", "expected an object, found list"),
        ("{", "is not JSON"),
        ('{"rows": [{"key": {"codec": "theirs"}, "cells": {}}]}', "is another row in its json"),
        ('{"rows": [{"key": {}, "cells": {"width": 5}}]}', "its json says nothing of line 2"),
        (
            '{"sources": [], "rows": [{"key": {}, "cells": {"width": '
            '{"sources": [{"file": "a.csv", "lines": ["x"]}]}}}]}',
            "its json says nothing of line 2",
        ),
        (
            '{"rows": [{"key": {}, "cells": {"width": '
            '{"sources": [{"file": "../a.csv", "lines": [2]}]}}}]}',
            "leads out of the project",
        ),
        (json.dumps(citing("n" * 300)), "is no name of a file"),
        (json.dumps(citing("a.csv\n")), "is no name of a file"),
        (json.dumps(citing("a\ud800.csv")), "is not JSON"),
    ],
)
def test_a_hostile_json_is_refused_in_words(project, content, message):
    project.write("tables/published/sizes.json", content)
    with pytest.raises(ResultError, match=message):
        traced(project, column="width")


def test_a_row_reads_values_that_hold_commas_and_equal_signs():
    text = "model=ours,configuration=(N,M)=(128,192),size="
    assert parse_row(text) == {"model": "ours", "configuration": "(N,M)=(128,192)", "size": ""}
    assert written(parse_row(text)) == text


def test_fields_are_equal_as_numbers_too():
    assert same("1024", "1024.0")
    assert not same("", "0")
    assert not same("1e999", "9" * 400)
    assert not same("draco", "draco-best")
