"""The audit in words and as a table."""

import errno
import json

from lcpc.audit import manifest
from lcpc.audit.summary import conclude, summary
from lcpc.audit.table import COLUMNS, table
from lcpc.results import store


def test_an_audit_that_cannot_be_written_still_says_its_verdict(project, monkeypatch):
    def refuse(*args, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    manifest.seal(project.root, "published")
    monkeypatch.setattr(store.tempfile, "mkstemp", refuse)
    text, holds = conclude(project.root, "published")
    assert text.startswith("tables/published/audit.* could not be written: Read-only file system")
    assert text.endswith("The audit holds.")
    assert holds


def test_the_audit_table_keeps_its_header_and_one_row_a_finding(project):
    made = table(project.audit("published"), "published")
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
    text = summary(project.audit("published"), "published")
    assert "Audit of run published: 2 claims" in text
    assert "2 missing" in text
    assert "x.rate and x.width: tables/published/sizes.csv is not there" in text
    assert "The audit fails: 3 of 3 findings" in text


def test_the_summary_shows_known_differences_with_both_values_and_the_reason(project):
    project.table(recomputed_rate_percent="-14.56")
    project.known({"claim": "x.rate", "found": "-14.6"})
    text = summary(project.audit("published"), "published")
    assert (
        "recomputed, x.rate (printed -12.3, found -14.56): another recipe. "
        "Until: the recipe is published."
        in text
    )
    assert text.endswith("The audit holds.")


def test_the_summary_says_why_a_measured_value_is_not_compared(project):
    file = project.rows("toy", dataset="shapes40")
    project.table("toy", (file,), rate_percent="40", evidence="measured")
    text = summary(project.audit("toy"), "toy")
    assert "measured    1 not comparable" in text
    assert "measured, x.rate: dataset is shapes40, the documents' is modelnet40" in text


def test_programs_get_the_same_verdicts_as_json(project):
    manifest.seal(project.root, "published")
    project.table(recomputed_rate_percent="-14.56")
    text, holds = conclude(project.root, "published", as_json=True)
    content = json.loads(text)
    verdicts = {finding["name"]: (finding["verdict"], finding["fails"]) for finding in content["findings"]}
    assert (content["run"], content["holds"], holds) == ("published", False, False)
    assert verdicts["x.rate"] == ("drift", True)
    assert verdicts["x.width"] == ("agrees", False)
    (drift,) = [finding for finding in content["findings"] if finding["name"] == "x.rate"]
    assert (drift["claim"]["value"], drift["recomputed"]["value"]) == ("-12.3", -14.56)
