"""Files of a run: tampered, missing, broken or foreign ones are findings that name the command."""

import json

import pytest

from lcpc.audit.summary import failures
from lcpc.errors import MissingData


def test_a_tampered_printed_number_is_caught(project):
    project.write(
        "results/published/printed/table_x.csv", "codec,rate_percent,width\nours,-12.4,8 16/2\n"
    )
    assert project.verdicts()["x.rate"] == "drift"
    assert (
        "claims.csv:2 says '-12.3', results/published/printed/table_x.csv:2 has '-12.4'"
        in project.notes()
    )


def test_a_tampered_claim_is_caught_even_where_the_table_follows_it(project):
    project.claims(value="-12.4")
    project.table(recomputed_rate_percent="-12.4")
    assert project.verdicts()["x.rate"] == "drift"


def test_a_tampered_result_point_is_caught_by_its_digest(project):
    project.write("results/published/points.csv", "codec,rate,source\nours,1.6,a paper\n")
    assert project.verdicts()["tables/published/sizes.csv"] == "drift"
    assert (
        "its source results/published/points.csv is changed since it was made; "
        "run `lcpc table sizes --run published`"
        in project.notes()
    )


def test_an_edited_table_is_caught_by_its_json(project):
    path = project.root / "tables/published/sizes.csv"
    path.write_text(path.read_text().replace("-12.34", "-12.31"))
    assert project.verdicts()["x.rate"] == "agrees"
    assert "line 2, recomputed_rate_percent, differs from sizes.json" in project.notes()


def test_a_removed_table_is_missing_and_names_the_command(project):
    (project.root / "tables/published/sizes.csv").unlink()
    assert set(project.verdicts().values()) == {"missing"}
    assert "`lcpc table sizes --run published`" in project.notes()


def test_a_table_without_provenance_is_missing_it(project):
    (project.root / "tables/published/sizes.json").unlink()
    assert project.verdicts()["tables/published/sizes.csv"] == "missing"


def test_a_printed_number_without_a_claim_is_missing(project):
    project.write(
        "results/published/printed/table_x.csv",
        "codec,rate_percent,width\nours,-12.3,8 16/2\ntheirs,4.0,\n",
    )
    assert project.verdicts()["results/published/printed/table_x:3:rate_percent"] == "missing"


def test_a_removed_printed_table_does_not_pass(project):
    (project.root / "results/published/printed/table_x.csv").unlink()
    assert set(project.verdicts().values()) == {"drift"}


def test_what_a_run_promises_and_lacks_is_missing(project):
    found = project.verdicts("mini")
    assert found["tables/mini/sizes.csv"] == "missing"
    assert found["results/mini/rate_accuracy/proposed_micro_P8.csv"] == "missing"
    assert found["x.rate"] == "missing"


PICTURE = "results/mini/rate_accuracy/proposed_micro_P8.npz"


@pytest.mark.parametrize("ending", ["npz", "samples.csv.gz"])
def test_a_missing_file_beside_rows_is_missing_with_the_command_that_makes_it(measured, ending):
    file = PICTURE.replace("npz", ending)
    (measured.root / file).unlink()
    assert measured.verdicts("mini")[file] == "missing"
    stem = PICTURE.removesuffix(".npz")
    name = stem.split("/", 2)[2]
    command = f"`git checkout -- {stem}*` or `lcpc evaluate {name} --run mini`"
    assert f"{file}: run mini promises it; run {command}" in measured.notes("mini")


def test_a_row_changed_by_hand_is_drift_though_table_and_seals_are_written_anew(measured):
    path = measured.root / PICTURE.replace("npz", "csv")
    path.write_text(path.read_text().replace("81.5", "82"))
    measured.table("mini", (PICTURE.replace("npz", "csv"),), rate_percent="-11.1", evidence="measured")
    assert measured.verdicts("mini")[PICTURE.replace("npz", "csv")] == "drift"
    assert "line 2: top1_percent is 82, but 81.5 over its samples; run `git checkout" in measured.notes("mini")


def test_rows_without_their_provenance_miss_it(measured):
    (measured.root / PICTURE.replace("npz", "json")).unlink()
    note = "its provenance proposed_micro_P8.json is not there"
    assert note in measured.notes("mini")


def test_rows_that_were_skipped_need_no_picture(measured):
    measured.rows("mini", status="skipped")
    (measured.root / PICTURE).unlink()
    assert PICTURE not in measured.verdicts("mini")


@pytest.mark.parametrize("ending", ["csv", "md", "tex", "html", "json"])
def test_a_table_that_lacks_in_any_format_is_missing(project, ending):
    (project.root / f"tables/published/sizes.{ending}").unlink()
    named = "csv" if ending == "json" else ending
    assert project.verdicts()[f"tables/published/sizes.{named}"] == "missing"
    assert "`lcpc table sizes --run published`" in project.notes()


@pytest.mark.parametrize("ending", ["pdf", "png", "csv", "json"])
def test_a_figure_that_lacks_in_any_format_is_missing(project, ending):
    project.write("config/published.yaml", "tables: [sizes]\nfigures: [curve]\n")
    for each in ("pdf", "png", "csv"):
        project.write(f"figures/published/curve.{each}", "series,rate\n")
    content = {"stem": "curve", "code": "c0de", "series": {}, "sources": {}}
    project.write("figures/published/curve.json", json.dumps(content))
    assert not failures(project.audit("published"))
    (project.root / f"figures/published/curve.{ending}").unlink()
    named = "csv" if ending == "json" else ending
    assert project.verdicts()[f"figures/published/curve.{named}"] == "missing"
    assert "`lcpc figure curve --run published`" in project.notes()


def test_files_with_a_byte_order_mark_are_read(project):
    files = ("claims.csv", "known_differences.csv", "printed/table_x.csv")
    for file in files:
        path = project.root / "results/published" / file
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert project.verdicts() == {"x.rate": "agrees", "x.width": "agrees"}


def test_rows_that_cannot_be_read_are_a_drift_of_their_file(measured):
    measured.write("results/mini/rate_accuracy/proposed_micro_P8.csv", b"run,status\nmini,done,9\n")
    assert "row at line 2 has 3 fields, the header 2" in measured.notes("mini")


def test_failed_rows_do_not_pass(measured):
    measured.rows("mini", status="failed")
    assert "line 2 failed: out of memory" in measured.notes("mini")


def test_rows_of_weights_that_were_trained_again_drift_and_those_of_lost_weights_do_not(measured):
    weights = measured.write("checkpoints/mini/proposed_micro_P8.pt", "other weights")
    told = measured.notes("mini")
    assert "checkpoints/mini/proposed_micro_P8.pt is changed since these rows were measured" in told
    weights.unlink()
    assert not failures(measured.audit("mini"))


def test_a_run_that_is_not_there_names_the_nearest(project):
    with pytest.raises(MissingData, match=r"there is no run 'minni'. Did you mean 'mini'\?"):
        project.audit("minni")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"rows": 3}',
        '{"rows": [{"key": 1}]}',
        "[" * 100_000,
        '{"sources": {"/etc/passwd": "x"}}',
    ],
)
def test_a_hostile_json_beside_a_table_is_a_drift_of_that_table(project, content):
    project.write("tables/published/sizes.json", content)
    assert project.verdicts()["tables/published/sizes.csv"] == "drift"
    assert "`lcpc table sizes --run published`" in project.notes()
