"""The report's rule stands on all that a run makes; Snakemake's own report has captions and categories too."""


def test_the_report_comes_after_all_tables_and_figures_and_once(finished):
    calls = finished.calls("report/demo/index.html")
    assert calls == ["report --run demo --compare published"]
    assert finished.calls("report/demo/index.html") == []


def test_a_changed_style_sheet_makes_the_report_again_and_nothing_else(finished):
    finished.calls("report/published/index.html")
    finished.edit("lcpc/report/assets/report.css", "\nbody { margin: 1px }\n")
    assert finished.calls("report/published/index.html") == ["report --run published --compare published"]


def test_snakemakes_own_report_has_categories_and_captions(finished):
    done = finished.snakemake("--report", "own.html", "demo")
    assert done.returncode == 0, done.stdout
    text = (finished.folder / "own.html").read_text()
    for words in ('"Tables"', '"Figures"', '"Audit"', "bd_metrics", "rate_accuracy_micro", "The plotted points stand beside it",
                  "says why, and which command fills it", "and a verdict"):
        assert words in text, words
