"""Which points a figure shows: published beside measured ones only on the same data set."""

import math

import pandas as pd
import pytest

from lcpc.codecs.point_clouds import draco_best
from lcpc.errors import MissingData, ResultError
from lcpc.figures import (
    image_codec_comparison,
    rate_accuracy_full,
    rate_accuracy_ideal,
    rate_accuracy_input_compression,
    rate_accuracy_micro,
    rd_curves_adaptive,
    reproduction,
    style,
)
from lcpc.results import schema
from lcpc.results.store import Results, write_rows

MICRO = {("proposed", "micro", 1024): [(10.0, 30.0), (20.0, 60.0), (80.0, 85.0)]}
TMC13 = {("tmc13", "", 64): [(100.0, 20.0), (200.0, 50.0), (210.0, 40.0), (400.0, 70.0)]}
DRACO = {("draco", "", 64): [(1000.0, 20.0), (2000.0, 80.0)]}


def of(points: pd.DataFrame, run: str, codec: str) -> pd.DataFrame:
    return points[(points["run"] == run) & (points["codec"] == codec)]


def test_published_figure_shows_all_p_the_reference_and_the_official_baselines(
        published: Results) -> None:
    points = rate_accuracy_full.points(published)
    assert set(of(points, "published",
                  "proposed")["points"]) == {8, 16, 32, 64, 128, 256, 512, 1024}
    assert len(of(points, "published", "tmc13")) == 16
    assert sorted(set(of(points, "published", "pointnet")["top1_percent"])) == [87.1, 89.2]


def test_measured_curves_on_modelnet40_stand_beside_their_published_twins(measure) -> None:
    points = rate_accuracy_micro.points(measure("workstation", "modelnet40", {**MICRO, **TMC13}))
    assert len(of(points, "workstation", "proposed")) == 3
    assert set(of(points, "published", "proposed")["points"]) == {1024}
    assert set(points["evidence"]) == {"measured", "published"}


def test_measured_curves_on_other_data_stand_alone(measure) -> None:
    points = rate_accuracy_micro.points(measure("demo", "shapes40", {**MICRO, **TMC13}))
    assert set(points[points["run"] == "published"]["codec"]) == {"ideal"}
    assert set(points[points["codec"] == "ideal"]["size"]) == {"uniform"}


def test_an_input_codec_shows_its_pareto_front(measure) -> None:
    points = rate_accuracy_input_compression.points(measure("demo", "shapes40", TMC13))
    assert list(of(points, "demo", "tmc13")["rate_bits"]) == [100.0, 200.0, 400.0]


MYCODEC = {("mycodec", "", 64): [(150.0, 30.0), (900.0, 75.0)]}


@pytest.mark.parametrize("others", [{}, TMC13, {**TMC13, **DRACO}])
def test_a_codec_without_a_file_is_drawn_under_its_name_in_a_free_colour(others, measure) -> None:
    results = measure("demo", "shapes40", {**others, **MYCODEC})
    points = rate_accuracy_input_compression.points(results)
    assert list(of(points, "demo", "mycodec")["rate_bits"]) == [150.0, 900.0]
    axes = rate_accuracy_input_compression.draw(points).axes[0]
    colours = {line.get_label(): line.get_color() for line in axes.get_lines()}
    assert "mycodec" in colours
    assert len(set(colours.values())) == len(colours)


def test_a_codec_without_a_file_is_held_against_the_ideal_bound(measure) -> None:
    points = rate_accuracy_ideal.points(measure("demo", "shapes40", MYCODEC))
    assert len(of(points, "demo", "mycodec")) == 2
    labels = rate_accuracy_ideal.draw(points).axes[0].get_legend_handles_labels()[1]
    assert "mycodec" in labels


def test_a_codec_with_a_file_has_the_label_colour_and_marker_of_its_file() -> None:
    found = style.codec_styles(["draco-best", "mycodec"])
    assert found["draco-best"] == style.LineStyle(draco_best.LABEL, draco_best.COLOUR,
                                                  draco_best.MARKER)
    assert found["mycodec"].label == "mycodec"


@pytest.mark.parametrize("classes", [5, 40])
def test_the_bound_of_other_data_is_that_of_its_classes(classes, measure) -> None:
    counts = {f"class {index}": 7 for index in range(classes)}
    points = rate_accuracy_ideal.points(measure("mine", "rooms", MICRO, counts))
    bound = points[points["codec"] == "ideal"]
    assert bound["rate_bits"].max() == pytest.approx(math.log2(classes), abs=1e-3)
    words = f"over the {classes} labels, for the prior of the rooms test split"
    assert words in points.attrs["caption"]


def test_unbalanced_classes_have_a_bound_of_their_prior_beside_the_uniform_one(measure) -> None:
    results = measure("mine", "rooms", MICRO, {"sofa": 70, "table": 20, "vase": 10})
    bound = rate_accuracy_ideal.points(results)
    bound = bound[bound["codec"] == "ideal"].groupby("size")["rate_bits"].max()
    entropy = -sum(p * math.log2(p) for p in (0.7, 0.2, 0.1))
    assert bound.to_dict() == pytest.approx({"test": entropy, "uniform": math.log2(3)}, abs=1e-3)


def test_a_reference_beyond_the_axis_is_left_out(measure) -> None:
    points = rate_accuracy_micro.points(measure("demo", "shapes40", {**MICRO, **DRACO}))
    assert "draco" not in set(points["codec"])


def test_the_runs_own_pointnet_is_a_level_line(measure) -> None:
    results = measure("demo", "shapes40", MICRO)
    row = {**dict.fromkeys(schema.columns("classifier")), "run": "demo", "dataset": "shapes40",
           "model": "pointnet", "points": 1024,
           "samples": 100, "top1_percent": 91.5, "seed": 1, "evidence": "measured",
           "status": "done"}
    write_rows(results.folder / "classifier" / "pointnet_P1024.csv", "classifier",
               pd.DataFrame([row]), {})
    level = of(rate_accuracy_micro.points(results), "demo", "pointnet")
    assert list(level["rate_bits"]) == [0.0, 600.0]
    assert list(level["top1_percent"]) == [91.5, 91.5]


def test_no_published_codec_stands_left_of_the_ideal_bound(published: Results) -> None:
    points = rate_accuracy_ideal.points(published)
    bound = points[(points["codec"] == "ideal") & (points["size"] == "test")]
    bound = bound.sort_values("top1_percent")
    for point in points[~points["codec"].isin(["ideal"])].itertuples():
        least = bound.loc[bound["top1_percent"] <= point.top1_percent, "rate_bits"]
        assert least.empty or point.rate_bits > least.max()


def test_savings_relative_to_static_are_the_printed_ones(published: Results) -> None:
    points = rd_curves_adaptive.points(published)
    mean = points.groupby("method")["relative_rate_percent"].mean()
    assert mean["static"] == 0
    assert mean["proposed"] == pytest.approx(-6.95, abs=0.005)
    assert mean["ideal"] == pytest.approx(-8.33, abs=0.005)


def test_all_14_image_codecs_are_drawn(published: Results) -> None:
    points = image_codec_comparison.points(published)
    assert set(points["codec"]) == set(image_codec_comparison.published_styles())
    assert len(set(points["codec"])) == 14


def test_a_size_that_the_run_lacks_is_refused_with_the_way_out(measure) -> None:
    results = measure("demo", "shapes40", MICRO)
    with pytest.raises(MissingData,
                       match=r"run demo has no full codec to show; ask for it in "
                             r"config/demo\.yaml, "
                                          r"then `snakemake --cores 8 "
                                          r"figures/demo/rate_accuracy_full\.pdf`"):
        rate_accuracy_full.points(results)


def test_a_measured_front_is_shown_as_its_distance_to_the_published_curve(
        measure, published) -> None:
    theirs = of(rate_accuracy_micro.points(published), "published", "proposed")
    theirs = theirs[theirs["points"] == 1024]
    moved = [(rate, top1 - 2.5) for rate, top1 in zip(theirs["rate_bits"], theirs["top1_percent"],
                                                      strict=True)]
    points = reproduction.points(measure("workstation", "modelnet40",
                                         {("proposed", "micro", 1024): [*moved, (9000.0, 99.0)]}))
    own = of(points, "workstation", "proposed")
    assert len(own) > 5
    assert list(own["difference_points"]) == pytest.approx([-2.5] * len(own))
    assert own["rate_bits"].max() < 9000
    assert set(of(points, "published", "proposed")["difference_points"]) == {0}


@pytest.mark.parametrize(("dataset", "curves", "why"), [
    ("shapes40", MICRO, "run demo stands on shapes40, which does not compare with print"),
    ("modelnet40", TMC13, "run demo has no proposed codec to compare"),
    ("modelnet40", {("proposed", "micro", 100): MICRO["proposed", "micro", 1024]},
     "run demo has no proposed codec to compare")])
def test_nothing_to_compare_is_refused_with_the_way_out(dataset, curves, why, measure) -> None:
    with pytest.raises(MissingData,
                       match=rf"{why}.*`snakemake --cores 8 figures/\w+/reproduction\.pdf`"):
        reproduction.points(measure("demo", dataset, curves))


@pytest.mark.parametrize("module", [image_codec_comparison, rd_curves_adaptive])
def test_image_figures_of_a_measured_run_point_to_the_published_ones(module, measure) -> None:
    with pytest.raises(MissingData,
                       match=r"run demo has no rows of image codecs.*figures/published/"):
        module.points(measure("demo", "shapes40", MICRO))


@pytest.mark.parametrize("module", [rate_accuracy_micro, rate_accuracy_ideal,
                                    rate_accuracy_input_compression])
def test_a_run_without_rows_is_refused_with_the_command_that_makes_them(module, project) -> None:
    with pytest.raises(MissingData, match=r"holds no rows; run `snakemake --cores 8 figures/demo/"):
        module.points(Results(project, "demo"))


def test_a_run_that_mixes_data_sets_is_refused(measure) -> None:
    measure("demo", "modelnet40", TMC13)
    with pytest.raises(ResultError, match="mixes the data sets modelnet40, shapes40"):
        rate_accuracy_micro.points(measure("demo", "shapes40", MICRO))


def test_a_published_curve_stands_beside_a_measured_one_of_the_same_p(root) -> None:
    points = rate_accuracy_ideal.points(Results(root, "workstation"))
    for size in ("full", "lite", "micro"):
        own = points[points["size"] == size]
        assert set(own["run"]) == {"workstation", "published"}
        assert own["points"].nunique() == 1, size
