"""Values beside print: what agrees, drifts, is an interval, is not comparable or only pending."""

import pytest

from lcpc.audit.summary import failures
from lcpc.audit.table import table
from lcpc.audit.values import Verdict


def test_claims_that_follow_from_their_tables_agree(project):
    assert project.verdicts() == {"x.rate": "agrees", "x.width": "agrees"}


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
    assert project.verdicts()["x.rate"] == verdict


def test_a_text_claim_must_be_equal(project):
    project.table(width="8 16/4")
    assert project.verdicts()["x.width"] == "drift"
    assert "found 8 16/4, printed 8 16/2" in project.notes()


def test_thousands_and_millions_are_read_as_printed(project):
    project.write(
        "results/published/printed/table_x.csv", "codec,rate_percent,width\nours,0.47k,8 16/2\n"
    )
    project.claims(value="0.47k", tolerance="5")
    project.table(recomputed_rate_percent="472")
    assert project.verdicts()["x.rate"] == "agrees"
    project.write(
        "results/published/printed/table_x.csv", "codec,rate_percent,width\nours,3.00,8 16/2\n"
    )
    project.claims(value="3.00", unit="million parameters", tolerance="0.005")
    project.table(recomputed_rate_percent="2997571")
    assert project.verdicts()["x.rate"] == "agrees"


def test_an_empty_recomputed_cell_is_missing(project):
    project.table(recomputed_rate_percent="", note="no curve")
    assert project.verdicts()["x.rate"] == "missing"
    assert "no curve" in project.notes()


def test_a_measured_value_has_its_own_tolerance(measured):
    assert measured.verdicts("mini") == {"x.rate": "agrees", "x.width": "agrees"}
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    measured.table("mini", (file,), rate_percent="-10.1", evidence="measured")
    assert measured.verdicts("mini")["x.rate"] == "drift"
    assert "measured: found -10.1, printed -12.3; 2.2 apart, allowed 2" in measured.notes("mini"
    )


def test_a_measured_value_agrees_where_print_lies_in_its_interval(measured):
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    measured.table("mini", (file,), rate_percent="-8.5", evidence="measured")
    measured.with_interval("mini", "-12.9", "-4")
    finding = measured.audit("mini")[0]
    assert finding.measured.verdict is Verdict.AGREES
    assert "measured: print lies in the 95 % interval [-12.9, -4]" in finding.note
    cells = table([finding], "mini").rows[0]
    assert (cells["low_measured"].value, cells["high_measured"].value) == (-12.9, -4)


def test_a_measured_value_drifts_where_print_lies_beyond_its_interval_too(measured):
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    measured.table("mini", (file,), rate_percent="-8.5", evidence="measured")
    measured.with_interval("mini", "-10.9", "-4")
    assert measured.verdicts("mini")["x.rate"] == "drift"
    assert "3.8 apart, allowed 2; 95 % interval [-10.9, -4]" in measured.notes("mini")


def test_an_upper_bound_holds_for_all_smaller_values_and_for_larger_ones_within_the_tolerance(
    measured,
):
    measured.claims(value="-12.3", unit="percent at most")
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    for value, verdict in (("-40", "agrees"), ("-10.4", "agrees"), ("-10.1", "drift")):
        measured.table("mini", (file,), rate_percent=value, evidence="measured")
        assert measured.verdicts("mini")["x.rate"] == verdict, value
    assert "2.2 apart, allowed 2" in measured.notes("mini")


def test_values_on_another_data_set_are_not_comparable_and_say_which(project):
    file = project.rows("toy", dataset="shapes40")
    project.table("toy", (file,), rate_percent="40", evidence="measured")
    finding = project.audit("toy")[0]
    assert finding.verdict is Verdict.NOT_COMPARABLE
    assert "dataset is shapes40, the documents' is modelnet40" in finding.note
    assert not failures(project.audit("toy"))


def test_published_values_in_a_runs_table_are_not_taken_for_measured(measured):
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    measured.table("mini", (file,), rate_percent="99", evidence="published")
    assert measured.audit("mini")[0].measured is None


def test_an_empty_measured_cell_is_pending_with_its_reason_and_missing_without(measured):
    file = "results/mini/rate_accuracy/proposed_micro_P8.csv"
    measured.table("mini", (file,), rate_percent="", evidence="", note="tmc3 is not there")
    assert "measured: tmc3 is not there" in measured.audit("mini")[0].note
    assert not failures(measured.audit("mini"))
    measured.table("mini", (file,), rate_percent="", evidence="")
    assert measured.verdicts("mini")["x.rate"] == "missing"


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
    assert project.verdicts()["x.rate"] == "agrees"
    project.write(
        "results/published/claims.csv",
        claims.replace("8 16/2", "0.04").replace("psnr_of_nrmse", "psnr_of_nothing"),
    )
    assert "method lcpc.metrics.distortion.psnr_of_nothing is not there" in project.notes()


def test_external_and_pending_claims_say_why(project):
    project.claims(
        method="external: measured by its authors", table="", recomputed="", measured="", row=""
    )
    assert (
        project.audit("published")[0].verdict,
        project.audit("published")[0].note,
    ) == (Verdict.EXTERNAL, "measured by its authors")
    project.claims(
        method="not yet measured: no run holds it", table="", recomputed="", measured="", row=""
    )
    assert project.audit("published")[0].verdict is Verdict.PENDING
