"""Differences go on record with a reason and come off it; nothing else of the file changes."""

import pytest

from lcpc.audit import manifest
from lcpc.audit.record import forget, record
from lcpc.cli import main
from lcpc.errors import ConfigError, ResultError

WORDS = ("Another seed.", "more seeds are trained")


def lines(project):
    return (project.root / "results/published/known_differences.csv").read_text().splitlines()[1:]


@pytest.fixture
def apart(project):
    """Run mini measured 8.2 points from print, where 2 are allowed."""
    file = project.rows("mini")
    project.table("mini", (file,), rate_percent="-4.10049", evidence="measured")
    for run in ("published", "mini"):
        manifest.seal(project.root, run)
    return project


def test_a_drift_that_is_put_on_record_fails_no_more(apart):
    told = ["audit", "--run", "mini", "--root", str(apart.root)]
    assert main(told) == 1
    assert main([*told, "--record", "x.rate", "--reason", WORDS[0], "--until", WORDS[1]]) == 0
    assert lines(apart) == ["x.rate,measured,mini,-4.100,Another seed.,more seeds are trained"]
    assert main([*told, "--forget", "x.rate"]) == 1
    assert lines(apart) == []


def test_a_line_on_record_is_replaced_and_keeps_its_digits_and_all_others_stay(apart):
    others = [
        {"claim": "x.width", "found": "8"},
        {"claim": "x.rate", "kind": "measured", "run": "toy", "found": "1.5"},
    ]
    own = {"claim": "x.rate", "kind": "measured", "run": "mini", "found": "-4.0"}
    apart.known(others[0], own, others[1])
    before = lines(apart)
    record(apart.root, "mini", "x.rate", *WORDS)
    assert lines(apart) == [
        before[0],
        "x.rate,measured,mini,-4.1,Another seed.,more seeds are trained",
        before[2],
    ]


def test_a_run_that_measures_nothing_records_what_was_recomputed(project):
    project.table(recomputed_rate_percent="-10", width="8 16/4")
    record(project.root, "published", "x.width", *WORDS)
    record(project.root, "published", "x.rate", *WORDS)
    assert [line.split(",")[:4] for line in lines(project)] == [
        ["x.rate", "recomputed", "", "-10.000"],
        ["x.width", "recomputed", "", "8 16/4"],
    ]


@pytest.mark.parametrize("words", [("", "more seeds"), ("Seeds.", " ")])
def test_nothing_goes_on_record_without_reason_and_way_out(apart, words):
    with pytest.raises(ConfigError, match="say --reason and --until"):
        record(apart.root, "mini", "x.rate", *words)
    assert lines(apart) == []


def test_what_agrees_or_is_no_claim_does_not_go_on_record(measured):
    with pytest.raises(
        ResultError, match=r"x\.rate: its measured value agrees; only one that differs"
    ):
        record(measured.root, "mini", "x.rate", *WORDS)
    with pytest.raises(ResultError, match=r"no claim 'x\.rat'.*x\.rate"):
        record(measured.root, "mini", "x.rat", *WORDS)
    with pytest.raises(ResultError, match=r"x\.width: its measured value is not there"):
        record(measured.root, "mini", "x.width", *WORDS)


def test_what_is_not_on_record_cannot_come_off_it(apart):
    with pytest.raises(
        ResultError, match=r"nothing of x\.rate is on record for run mini\. No line of this run"
    ):
        forget(apart.root, "mini", "x.rate")
    apart.known({"claim": "x.rate", "kind": "measured", "run": "mini", "found": "-4.1"})
    with pytest.raises(ResultError, match=r"nothing of x\.rat is .*x\.rate"):
        forget(apart.root, "mini", "x.rat")


def test_a_reason_alone_is_refused(apart, capsys):
    assert main(["audit", "--run", "mini", "--root", str(apart.root), "--reason", "why"]) == 2
    assert "--reason and --until go with --record" in capsys.readouterr().err
