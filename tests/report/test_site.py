"""The report of files that are missing, broken or hostile, and of runs that are not there."""

import json
import re

import pytest

from lcpc.cli import main
from lcpc.errors import ConfigError, MissingData
from lcpc.report import charts
from lcpc.report.axes import across, limits, log_limits, upward
from lcpc.report.site import build

BARE = {"caption": "", "code": "", "key": [], "notes": [], "sources": {}}


def read(folder, name):
    return (folder / f"{name}.html").read_text()


def test_a_table_that_is_not_there_is_told_with_its_command(site):
    (site.root / "tables/mini/rate_at_80.csv").unlink()
    for page in ("tables", "missing"):
        text = read(site.build(), page)
        assert "tables/mini/rate_at_80.csv is not there" in text
        assert "snakemake --cores 8 tables/mini/rate_at_80.csv" in text


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        json.dumps({"rows": 3}),
        json.dumps({**BARE, "key": ["nothing"], "rows": [{"key": {}, "cells": {}}] * 2}),
        json.dumps(
            {
                **BARE,
                "rows": [
                    {
                        "key": {},
                        "cells": {
                            "rate_bits": {"value": [1], "formula": "", "missing": "", "sources": []}
                        },
                    }
                ]
                * 2,
            }
        ),
    ],
)
def test_a_broken_json_is_told_and_the_rest_is_shown(site, content):
    site.write("tables/mini/rate_at_80.json", content)
    folder = site.build()
    assert "Not shown:" in read(folder, "tables")
    assert "tables/mini/rate_at_80" in read(folder, "tables")
    assert "Accuracy and rate: proposed, micro" in read(folder, "figures")


def test_a_source_outside_the_project_is_never_read(site):
    site.write("../secret.csv", "word\nopen sesame\n")
    content = json.loads((site.root / "tables/mini/rate_at_80.json").read_text())
    content["rows"][0]["cells"]["rate_bits"]["sources"] = [{"file": "../secret.csv", "lines": [2]}]
    site.write("tables/mini/rate_at_80.json", json.dumps(content))
    folder = site.build()
    assert "leads out of the project" in read(folder, "tables")
    assert not any("open sesame" in path.read_text() for path in folder.glob("*.html"))


def test_a_picture_that_is_none_is_told(site):
    site.write("figures/mini/dataset_meshes.png", b"no png")
    assert "figures/mini/dataset_meshes.png is no png; draw the figure again" in read(
        site.build(), "figures"
    )


def test_a_source_that_changed_since_is_told_at_its_table(site, told):
    site.write(told.rows, (site.root / told.rows).read_text() + "mini" + "," * 10 + "\n")
    text = read(site.build(), "tables")
    assert "Out of step:" in text
    assert "CHANGED SINCE" in text


def test_copies_that_an_earlier_report_left_are_removed(site):
    old = site.write("report/mini/files/figures/mini/old.png", b"old")
    folder = site.build()
    assert not old.exists()
    assert (folder / "files/figures/mini/rate_accuracy_micro.pdf").is_file()


def test_points_show_run_setting_and_evidence_in_two_views(site, told):
    text = read(site.build(), "figures")
    assert text.count(' data-words="') == len(told.curve)
    words, = re.findall(r'data-words="([^"]*20\.5[^"]*)"', text)
    assert words.splitlines() == ["20.5 bits, 61.0 %", "λ = 1, P = 8"]
    assert 'data-maker="run mini, measured"' in text
    assert re.findall(r'<g data-axis="(\w+)"( hidden)?>', text) == [("logarithmic", ""),
                                                                   ("linear", " hidden")]


def test_a_curve_whose_rows_have_intervals_shows_them_as_a_band_and_in_words(site, told):
    path = site.root / "figures/mini/rate_accuracy_micro.csv"
    head, *lines = path.read_text().splitlines()
    ends = [f"{line},{top1 - 1},{top1 + 1}" for line, (_, top1) in zip(lines, told.curve,
                                                                     strict=False)]
    text = "\n".join([f"{head},low_top1_percent,high_top1_percent", *ends,
                      *(f"{line},," for line in lines[len(ends):]), ""])
    path.write_text(text)
    shown = read(site.build(), "figures")
    assert "20.5 bits, 61.0 % [60.0, 62.0]" in shown
    assert shown.count('class="band"') == 1


@pytest.mark.parametrize("odd", ["nan", "inf", "", "soon", "1e999", "-5"])
def test_points_without_a_place_are_left_out(site, told, odd):
    site.figure("rate_accuracy_micro", [*told.curve, (odd, 50.0), (30.0, "x")])
    text = read(site.build(), "figures")
    assert text.count(' data-words="') == len(told.curve)
    assert not re.search(r'(?:d|transform|x|y)="[^"]*(?:nan|inf)', text)


def test_a_figure_of_more_points_than_anyone_can_point_at_is_shown_as_printed_alone(site):
    site.figure("rate_accuracy_micro", [(float(index), 50.0) for index in range(1, 5002)])
    assert 'class="chart"' not in read(site.build(), "figures")


def test_a_figure_without_a_point_that_has_a_place_is_shown_as_printed_alone(site):
    site.figure("rate_accuracy_micro", [("soon", "later")])
    content = (site.root / "figures/mini/rate_accuracy_micro.csv").read_text().replace("89.2", "")
    site.write("figures/mini/rate_accuracy_micro.csv", content)
    assert 'class="chart"' not in read(site.build(), "figures")


def test_a_run_that_is_not_there_is_refused_with_the_nearest_one(site):
    with pytest.raises(MissingData, match="there is no run 'mimi'. Did you mean 'mini'"):
        build(site.root, "mimi")
    with pytest.raises(MissingData, match="there is no run 'other'"):
        build(site.root, "mini", ["other"])


def test_a_broken_config_of_another_run_does_not_stop_the_report(site):
    site.table("published")
    site.write("config/published.yaml", "tables: [rate_at_80")
    assert "No other run is there to compare with" in read(site.build(), "compare")


def test_a_table_that_lcpc_does_not_know_is_refused(site):
    site.write("config/published.yaml", "tables: [../../secret]\n")
    with pytest.raises(
        ConfigError,
        match=r"config/published.yaml: tables\[0\]: there is no '../../secret'. Known: .*audit",
    ):
        build(site.root, "published")


def test_a_run_of_which_nothing_is_made_yet_says_how_to_make_it(site):
    site.write("config/new.yaml", "tables: [rate_at_80]\nfigures: [dataset_meshes]\n")
    build(site.root, "new", ["new"])
    text = read(site.root / "report/new", "index")
    assert "snakemake --cores 8 new" in text
    assert "The audit fails" in text
    assert "No other run is there to compare with" in read(site.root / "report/new", "compare")


def test_the_command_line_writes_the_report_and_says_where(site, capsys):
    assert main(["--root", str(site.root), "report", "--run", "mini", "--compare",
                 "published"]) == 0
    assert (site.root / "report/mini/index.html").is_file()
    assert main(["--root", str(site.root), "report", "--run", "mimi"]) == 2
    assert "Did you mean 'mini'" in capsys.readouterr().err


def test_axes_put_their_ends_at_the_ends_and_tick_at_round_values():
    axis = across("bits", 0, 600)
    assert (axis.place(0), axis.place(600)) == (axis.start, axis.end)
    assert [label for _, label in axis.ticks()] == ["0", "100", "200", "300", "400", "500", "600"]
    assert upward("dB", 26, 41).place(41) < upward("dB", 26, 41).place(26)
    assert [label for _, label in across("bits", 1, 1000, is_log=True).ticks()] == [
        "1",
        "10",
        "100",
        "1,000",
    ]
    assert limits([3.0, 3.0])[0] <= 3.0 < limits([3.0, 3.0])[1]
    assert log_limits([7.0]) == (5.0, 10.0)


def test_limits_of_the_published_points_hold_only_beside_them() -> None:
    own = {"evidence": "measured"}
    rates, heights = [(0.1, own), (0.17, own)], [(21.3, own), (21.9, own)]
    assert charts._limits(rates, charts.BPP, charts.BPP.limits)[1] < 0.2
    assert charts._limits(rates, charts.BPP, charts.BPP.limits)[0] == 0
    assert charts._limits(heights, charts.PSNR, charts.PSNR.limits)[1] <= 22
    published = (1.0, {"evidence": "published"})
    assert charts._limits([*rates, published], charts.BPP, charts.BPP.limits) == charts.BPP.limits
