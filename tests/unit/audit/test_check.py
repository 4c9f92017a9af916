"""The audit's verdicts: what agrees, drifts, is missing, or passes with a reason."""

import errno

import pytest

from lcpc.audit import check, manifest
from lcpc.audit.claims import read_claims
from lcpc.audit.summary import conclude, failures, listing, summary
from lcpc.audit.table import COLUMNS, table
from lcpc.audit.values import Verdict
from lcpc.errors import MissingData, ResultError
from lcpc.results import store


def audit(root, run):
    """The audit of a project in which all files are meant to be as they are."""
    for name in {"published", run} & {path.stem for path in root.glob("config/*.yaml")}:
        manifest.seal(root, name)
    return check.audit(root, run)


def verdicts(project, run="published"):
    return {finding.name: str(finding.verdict) for finding in audit(project.root, run)}


def notes_of_failures(project, run="published"):
    return " | ".join(
        f"{finding.name}: {finding.note}" for finding in failures(audit(project.root, run))
    )


def test_claims_that_follow_from_their_tables_agree(project):
    assert verdicts(project) == {"x.rate": "agrees", "x.width": "agrees"}


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ("-12.35", "agrees"),
        ("-12.25", "agrees"),
        ("-12.351", "drift"),
        ("-12.2", "drift"),
    ],
)
def test_a_value_may_stand_half_a_printed_digit_away_and_no_further(project, found, verdict):
    project.table(recomputed_rate_percent=found)
    assert verdicts(project)["x.rate"] == verdict


def test_a_text_claim_must_be_equal(project):
    project.table(width="8 16/4")
    assert verdicts(project)["x.width"] == "drift"
    assert "found 8 16/4, printed 8 16/2" in notes_of_failures(project)


def test_thousands_and_millions_are_read_as_printed(project):
    project.write(
        "results/published/printed/table_x.csv", "codec,rate_percent,width\nours,0.47k,8 16/2\n"
    )
    project.claims(value="0.47k", tolerance="5")
    project.table(recomputed_rate_percent="472")
    assert verdicts(project)["x.rate"] == "agrees"
    project.write(
        "results/published/printed/table_x.csv", "codec,rate_percent,width\nours,3.00,8 16/2\n"
    )
    project.claims(value="3.00", unit="million parameters", tolerance="0.005")
    project.table(recomputed_rate_percent="2997571")
    assert verdicts(project)["x.rate"] == "agrees"


def test_a_tampered_printed_number_is_caught(project):
    project.write(
        "results/published/printed/table_x.csv", "codec,rate_percent,width\nours,-12.4,8 16/2\n"
    )
    assert verdicts(project)["x.rate"] == "drift"
    assert (
        "claims.csv:2 says '-12.3', results/published/printed/table_x.csv:2 has '-12.4'"
        in notes_of_failures(project)
    )


def test_a_tampered_claim_is_caught_even_where_the_table_follows_it(project):
    project.claims(value="-12.4")
    project.table(recomputed_rate_percent="-12.4")
    assert verdicts(project)["x.rate"] == "drift"


def test_a_tampered_result_point_is_caught_by_its_digest(project):
    project.write("results/published/points.csv", "codec,rate,source\nours,1.6,a paper\n")
    assert verdicts(project)["tables/published/sizes.csv"] == "drift"
    assert (
        "its source results/published/points.csv is changed since it was made; "
        "run `lcpc table sizes --run published`"
        in notes_of_failures(project)
    )


def test_an_edited_table_is_caught_by_its_json(project):
    path = project.root / "tables/published/sizes.csv"
    path.write_text(path.read_text().replace("-12.34", "-12.31"))
    assert verdicts(project)["x.rate"] == "agrees"
    assert "line 2, recomputed_rate_percent, differs from sizes.json" in notes_of_failures(project)


def test_a_removed_table_is_missing_and_names_the_command(project):
    (project.root / "tables/published/sizes.csv").unlink()
    assert set(verdicts(project).values()) == {"missing"}
    assert "`lcpc table sizes --run published`" in notes_of_failures(project)


def test_a_table_without_provenance_is_missing_it(project):
    (project.root / "tables/published/sizes.json").unlink()
    assert verdicts(project)["tables/published/sizes.csv"] == "missing"


def test_an_empty_recomputed_cell_is_missing(project):
    project.table(recomputed_rate_percent="", note="no curve")
    assert verdicts(project)["x.rate"] == "missing"
    assert "no curve" in notes_of_failures(project)


def test_a_printed_number_without_a_claim_is_missing(project):
    project.write(
        "results/published/printed/table_x.csv",
        "codec,rate_percent,width\nours,-12.3,8 16/2\ntheirs,4.0,\n",
    )
    assert verdicts(project)["results/published/printed/table_x:3:rate_percent"] == "missing"


def test_a_removed_printed_table_does_not_pass(project):
    (project.root / "results/published/printed/table_x.csv").unlink()
    assert set(verdicts(project).values()) == {"drift"}


def test_a_known_difference_passes_with_its_reason(project):
    project.table(recomputed_rate_percent="-14.56")
    project.known({"claim": "x.rate", "found": "-14.6"})
    findings = audit(project.root, "published")
    assert findings[0].verdict is Verdict.KNOWN
    assert findings[0].note == "another recipe. Until: the recipe is published"
    assert not failures(findings)


def test_a_known_difference_that_moved_drifts_again(project):
    project.table(recomputed_rate_percent="-14.7")
    project.known({"claim": "x.rate", "found": "-14.6"})
    assert verdicts(project)["x.rate"] == "drift"
    assert "known_differences.csv:2 has -14.6 on record" in notes_of_failures(project)


def test_a_known_difference_that_is_gone_is_stale_and_fails(project):
    project.known({"claim": "x.rate", "found": "-14.6"})
    assert verdicts(project)["results/published/known_differences.csv:2"] == "stale"
    assert "x.rate: its recomputed value agrees now; take the line out" in notes_of_failures(
        project
    )


def test_a_known_difference_of_no_claim_is_stale(project):
    project.known({"claim": "x.rat", "found": "-14.6"})
    assert "there is no claim 'x.rat'" in notes_of_failures(project)


def test_a_measured_value_has_its_own_tolerance(measured):
    assert verdicts(measured, "mini") == {"x.rate": "agrees", "x.width": "agrees"}
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    measured.table("mini", (file,), rate_percent="-10.1", evidence="measured")
    assert verdicts(measured, "mini")["x.rate"] == "drift"
    assert "measured: found -10.1, printed -12.3; 2.2 apart, allowed 2" in notes_of_failures(
        measured, "mini"
    )


def test_a_measured_value_agrees_where_print_lies_in_its_interval(measured):
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    measured.table("mini", (file,), rate_percent="-8.5", evidence="measured")
    measured.with_interval("mini", "-12.9", "-4")
    finding = audit(measured.root, "mini")[0]
    assert finding.measured.verdict is Verdict.AGREES
    assert "measured: print lies in the 95 % interval [-12.9, -4]" in finding.note
    cells = table([finding], "mini").rows[0]
    assert (cells["low_measured"].value, cells["high_measured"].value) == (-12.9, -4)


def test_a_measured_value_drifts_where_print_lies_beyond_its_interval_too(measured):
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    measured.table("mini", (file,), rate_percent="-8.5", evidence="measured")
    measured.with_interval("mini", "-10.9", "-4")
    assert verdicts(measured, "mini")["x.rate"] == "drift"
    assert "3.8 apart, allowed 2; 95 % interval [-10.9, -4]" in notes_of_failures(measured, "mini")


def test_an_upper_bound_holds_for_all_smaller_values_and_for_larger_ones_within_the_tolerance(
    measured,
):
    measured.claims(value="-12.3", unit="percent at most")
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    for value, verdict in (("-40", "agrees"), ("-10.4", "agrees"), ("-10.1", "drift")):
        measured.table("mini", (file,), rate_percent=value, evidence="measured")
        assert verdicts(measured, "mini")["x.rate"] == verdict, value
    assert "2.2 apart, allowed 2" in notes_of_failures(measured, "mini")


def test_a_known_difference_of_one_run_says_nothing_about_another(measured):
    measured.known({"claim": "x.rate", "kind": "measured", "run": "other", "found": "-10.1"})
    assert not failures(audit(measured.root, "mini"))
    measured.known({"claim": "x.rate", "kind": "measured", "run": "mini", "found": "-10.1"})
    assert "its measured value agrees now" in notes_of_failures(measured, "mini")


def test_values_on_another_data_set_are_not_comparable_and_say_which(project):
    file = project.rows("toy", dataset="shapes40")
    project.table("toy", (file,), rate_percent="40", evidence="measured")
    finding = audit(project.root, "toy")[0]
    assert finding.verdict is Verdict.NOT_COMPARABLE
    assert "dataset is shapes40, the documents' is modelnet40" in finding.note
    assert not failures(audit(project.root, "toy"))


def test_published_values_in_a_runs_table_are_not_taken_for_measured(measured):
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    measured.table("mini", (file,), rate_percent="99", evidence="published")
    assert audit(measured.root, "mini")[0].measured is None


def test_an_empty_measured_cell_is_pending_with_its_reason_and_missing_without(measured):
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    measured.table("mini", (file,), rate_percent="", evidence="", note="tmc3 is not there")
    assert "measured: tmc3 is not there" in audit(measured.root, "mini")[0].note
    assert not failures(audit(measured.root, "mini"))
    measured.table("mini", (file,), rate_percent="", evidence="")
    assert verdicts(measured, "mini")["x.rate"] == "missing"


def test_what_a_run_promises_and_lacks_is_missing(project):
    found = verdicts(project, "mini")
    assert found["tables/mini/sizes.csv"] == "missing"
    assert found["results/mini/rate_accuracy/proposed_micro_P8.csv"] == "missing"
    assert found["x.rate"] == "missing"


PICTURE = "results/mini/rate_accuracy/proposed_micro_P8.npz"


@pytest.mark.parametrize("ending", ["npz", "samples.csv.gz"])
def test_a_missing_file_beside_rows_is_missing_with_the_command_that_makes_it(measured, ending):
    file = PICTURE.replace("npz", ending)
    (measured.root / file).unlink()
    assert verdicts(measured, "mini")[file] == "missing"
    stem = PICTURE.removesuffix(".npz")
    name = stem.split("/", 2)[2]
    command = f"`git checkout -- {stem}*` or `lcpc evaluate {name} --run mini`"
    assert f"{file}: run mini promises it; run {command}" in notes_of_failures(measured, "mini")


def test_rows_without_their_provenance_miss_it(measured):
    (measured.root / PICTURE.replace("npz", "json")).unlink()
    note = "its provenance proposed_micro_P8.json is not there"
    assert note in notes_of_failures(measured, "mini")


def test_rows_that_were_skipped_need_no_picture(measured):
    measured.rows("mini", status="skipped")
    (measured.root / PICTURE).unlink()
    assert PICTURE not in verdicts(measured, "mini")


@pytest.mark.parametrize("ending", ["csv", "md", "tex", "html", "json"])
def test_a_table_that_lacks_in_any_format_is_missing(project, ending):
    (project.root / f"tables/published/sizes.{ending}").unlink()
    named = "csv" if ending == "json" else ending
    assert verdicts(project)[f"tables/published/sizes.{named}"] == "missing"
    assert "`lcpc table sizes --run published`" in notes_of_failures(project)


@pytest.mark.parametrize("ending", ["pdf", "png", "csv", "json"])
def test_a_figure_that_lacks_in_any_format_is_missing(project, ending):
    project.write("config/published.yaml", "tables: [sizes]\nfigures: [curve]\n")
    for each in ("pdf", "png", "csv"):
        project.write(f"figures/published/curve.{each}", "series,rate\n")
    project.write("figures/published/curve.json", '{"series": {}, "sources": {}}')
    assert not failures(audit(project.root, "published"))
    (project.root / f"figures/published/curve.{ending}").unlink()
    named = "csv" if ending == "json" else ending
    assert verdicts(project)[f"figures/published/curve.{named}"] == "missing"
    assert "`lcpc figure curve --run published`" in notes_of_failures(project)


def test_files_with_a_byte_order_mark_are_read(project):
    files = ("claims.csv", "known_differences.csv", "printed/table_x.csv")
    for file in files:
        path = project.root / "results/published" / file
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert verdicts(project) == {"x.rate": "agrees", "x.width": "agrees"}


def test_an_audit_that_cannot_be_written_still_says_its_verdict(project, monkeypatch):
    def refuse(*args, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    manifest.seal(project.root, "published")
    monkeypatch.setattr(store.tempfile, "mkstemp", refuse)
    text, holds = conclude(project.root, "published")
    assert text.startswith("tables/published/audit.* could not be written: Read-only file system")
    assert text.endswith("The audit holds.")
    assert holds


def test_rows_that_cannot_be_read_are_a_drift_of_their_file(measured):
    measured.write("results/mini/rate_accuracy/proposed_micro_P8.csv", b"run,status\nmini,done,9\n")
    assert "row at line 2 has 3 fields, the header 2" in notes_of_failures(measured, "mini")


def test_failed_rows_do_not_pass(measured):
    measured.rows("mini", status="failed")
    assert "line 2 failed: out of memory" in notes_of_failures(measured, "mini")


def test_rows_of_weights_that_were_trained_again_drift_and_those_of_lost_weights_do_not(measured):
    weights = measured.write("checkpoints/mini/proposed_micro_P8.pt", "other weights")
    told = notes_of_failures(measured, "mini")
    assert "checkpoints/mini/proposed_micro_P8.pt is changed since these rows were measured" in told
    weights.unlink()
    assert not failures(audit(measured.root, "mini"))


def test_a_run_that_is_not_there_names_the_nearest(project):
    with pytest.raises(MissingData, match=r"there is no run 'minni'. Did you mean 'mini'\?"):
        audit(project.root, "minni")


def test_claims_of_one_function_are_computed_from_other_claims(project):
    project.write(
        "results/published/printed/table_x.csv", "codec,rate_percent,width\nours,28,0.04\n"
    )
    project.claims(
        value="28",
        tolerance="0.5",
        method="lcpc.metrics.distortion.psnr_of_nrmse",
        table="",
        row="nrmse_share=x.width",
        recomputed="",
        measured="",
    )
    claims = (project.root / "results/published/claims.csv").read_text()
    project.write("results/published/claims.csv", claims.replace("8 16/2", "0.04"))
    project.table(width="0.04")
    assert verdicts(project)["x.rate"] == "agrees"
    project.write(
        "results/published/claims.csv",
        claims.replace("8 16/2", "0.04").replace("psnr_of_nrmse", "psnr_of_nothing"),
    )
    assert "method lcpc.metrics.distortion.psnr_of_nothing is not there" in notes_of_failures(
        project
    )


def test_external_and_pending_claims_say_why(project):
    project.claims(
        method="external: measured by its authors", table="", recomputed="", measured="", row=""
    )
    assert (
        audit(project.root, "published")[0].verdict,
        audit(project.root, "published")[0].note,
    ) == (Verdict.EXTERNAL, "measured by its authors")
    project.claims(
        method="not yet measured: no run holds it", table="", recomputed="", measured="", row=""
    )
    assert audit(project.root, "published")[0].verdict is Verdict.PENDING


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1 is not a header"),
        (b"a,a\n1,2\n", "line 1 is not a header"),
        (b"claim,value\nx,1,2\n", "row at line 2 has 3 fields, the header 2"),
        (b"claim,value\nx\n", "row at line 2 has 1 fields, the header 2"),
        (b"\xff\xfe\x00", "cannot be read as UTF-8"),
        (b"claim,value\nx,1\n", "the header must be claim,value,unit"),
        (b'claim,"value\nx,1\n', "restore the file"),
    ],
)
def test_a_broken_claims_file_is_refused_with_its_line(project, content, message):
    project.write("results/published/claims.csv", content)
    with pytest.raises(ResultError, match=f"results/published/claims.csv.*{message}"):
        audit(project.root, "published")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tolerance": "-1"}, "tolerance is '-1'"),
        ({"tolerance": "much"}, "tolerance is 'much'"),
        ({"unit": ""}, "unit is empty"),
        ({"claim": "x.width"}, "claims.csv:3: x.width is already in line 2"),
    ],
)
def test_a_broken_claim_is_refused_with_its_line(project, changes, message):
    project.claims(**changes)
    with pytest.raises(ResultError, match=message):
        audit(project.root, "published")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"reason": ""}, "a difference is on record only with its reason"),
        ({"kind": "guessed"}, "kind is 'guessed'"),
        ({"kind": "measured"}, "measured with the run's name"),
    ],
)
def test_a_known_difference_without_reason_or_kind_is_refused(project, row, message):
    project.known({"claim": "x.rate", "found": "1", **row})
    with pytest.raises(ResultError, match=message):
        audit(project.root, "published")


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
    assert verdicts(project)["tables/published/sizes.csv"] == "drift"
    assert "`lcpc table sizes --run published`" in notes_of_failures(project)


def test_the_audit_table_keeps_its_header_and_one_row_a_finding(project):
    made = table(audit(project.root, "published"), "published")
    assert (
        ",".join(COLUMNS) == "claim,unit,printed,recomputed,measured,tolerance,verdict,source,"
        "low_measured,high_measured,note"
    )
    row = {column: cell.value for column, cell in made.rows[0].items()}
    assert row == {
        "claim": "x.rate",
        "unit": "percent",
        "printed": "-12.3",
        "recomputed": -12.34,
        "measured": "",
        "tolerance": "0.05",
        "verdict": "agrees",
        "source": "a paper, Table X",
        "low_measured": "",
        "high_measured": "",
        "note": "",
    }


def test_the_summary_counts_and_puts_equal_failures_in_one_line(project):
    (project.root / "tables/published/sizes.csv").unlink()
    text = summary(audit(project.root, "published"), "published")
    assert "Audit of run published: 2 claims" in text
    assert "2 missing" in text
    assert "x.rate and x.width: tables/published/sizes.csv is not there" in text
    assert "The audit fails: 3 of 3 findings" in text


def test_the_summary_shows_known_differences_with_both_values_and_the_reason(project):
    project.table(recomputed_rate_percent="-14.56")
    project.known({"claim": "x.rate", "found": "-14.6"})
    text = summary(audit(project.root, "published"), "published")
    assert (
        "recomputed, x.rate (printed -12.3, found -14.56): another recipe. "
        "Until: the recipe is published."
        in text
    )
    assert text.endswith("The audit holds.")


def test_the_summary_says_why_a_measured_value_is_not_compared(project):
    file = project.rows("toy", dataset="shapes40")
    project.table("toy", (file,), rate_percent="40", evidence="measured")
    text = summary(audit(project.root, "toy"), "toy")
    assert "measured    1 not comparable" in text
    assert "measured, x.rate: dataset is shapes40, the documents' is modelnet40" in text


def test_the_list_names_every_claim_with_its_value_and_place(project):
    assert (
        listing(read_claims(project.root)).splitlines()[0]
        == "x.rate   -12.3 percent  [sizes]  a paper, Table X"
    )
