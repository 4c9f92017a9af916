"""The report's rule stands on all that a run makes."""


def test_the_report_comes_after_all_tables_and_figures_and_once(finished):
    calls = finished.calls("report/demo/index.html")
    assert calls == ["report --run demo --compare published"]
    assert finished.calls("report/demo/index.html") == []


def test_a_changed_style_sheet_makes_the_report_again_and_nothing_else(finished):
    finished.calls("report/published/index.html")
    finished.edit("lcpc/report/assets/report.css", "\nbody { margin: 1px }\n")
    assert finished.calls("report/published/index.html") == ["report --run published --compare published"]

