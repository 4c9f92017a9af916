"""The claims and the known differences: what is on record passes with its reason, broken lines do not."""

import pytest

from lcpc.audit.claims import read_claims
from lcpc.audit.summary import failures, listing
from lcpc.audit.values import Verdict
from lcpc.errors import ResultError


def test_a_known_difference_passes_with_its_reason(project):
    project.table(recomputed_rate_percent="-14.56")
    project.known({"claim": "x.rate", "found": "-14.6"})
    findings = project.audit("published")
    assert findings[0].verdict is Verdict.KNOWN
    assert findings[0].note == "another recipe. Until: the recipe is published"
    assert not failures(findings)


def test_a_known_difference_that_moved_drifts_again(project):
    project.table(recomputed_rate_percent="-14.7")
    project.known({"claim": "x.rate", "found": "-14.6"})
    assert project.verdicts()["x.rate"] == "drift"
    assert "known_differences.csv:2 has -14.6 on record" in project.notes()


def test_a_known_difference_that_is_gone_is_stale_and_fails(project):
    project.known({"claim": "x.rate", "found": "-14.6"})
    assert project.verdicts()["results/published/known_differences.csv:2"] == "stale"
    assert "x.rate: its recomputed value agrees now; take the line out" in project.notes()


def test_a_known_difference_of_no_claim_is_stale(project):
    project.known({"claim": "x.rat", "found": "-14.6"})
    assert "there is no claim 'x.rat'" in project.notes()


def test_a_known_difference_of_one_run_says_nothing_about_another(measured):
    measured.known({"claim": "x.rate", "kind": "measured", "run": "other", "found": "-10.1"})
    assert not failures(measured.audit("mini"))
    measured.known({"claim": "x.rate", "kind": "measured", "run": "mini", "found": "-10.1"})
    assert "its measured value agrees now" in measured.notes("mini")


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
        project.audit("published")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tolerance": "-1"}, "tolerance is '-1'"),
        ({"tolerance": "much"}, "tolerance is 'much'"),
        ({"tolerance": "1e999"}, "tolerance is '1e999'"),
        ({"measured_tolerance": "9" * 400}, "measured_tolerance is '9999"),
        ({"unit": ""}, "unit is empty"),
        ({"table": "t" * 300}, "table is 'tttt.*which names no table"),
        ({"table": "../../x"}, r"table is '\.\./\.\./x', which names no table"),
        ({"printed_at": "../" * 9 + "etc/passwd:2:x"}, "printed_at is .*which names no table"),
        ({"claim": "x.width"}, "claims.csv:3: x.width is already in line 2"),
    ],
)
def test_a_broken_claim_is_refused_with_its_line(project, changes, message):
    project.claims(**changes)
    with pytest.raises(ResultError, match=message):
        project.audit("published")


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
        project.audit("published")


def test_the_list_names_every_claim_with_its_value_and_place(project):
    assert (
        listing(read_claims(project.root)).splitlines()[0]
        == "x.rate   -12.3 percent  [sizes]  a paper, Table X"
    )
