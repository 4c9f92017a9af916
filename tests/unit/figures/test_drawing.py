"""How curves look: measured ones strong, published twins thin and dashed, labels apart."""

import itertools

import pytest
from matplotlib.text import Text

from lcpc.figures import (
    _curves,
    rate_accuracy_full,
    rate_accuracy_ideal,
    rate_accuracy_micro,
    style,
)
from lcpc.figures.render import render
from lcpc.results.store import Results

MICRO = {("proposed", "micro", 1024): [(10.0, 30.0), (20.0, 60.0), (80.0, 85.0)]}


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_curves_of_more_points_are_darker_so_that_greyscale_keeps_their_order() -> None:
    shades = [luminance(style.points_style(points).colour) for points in style.POINT_COUNTS]
    assert all(dark < light for dark, light in itertools.pairwise(shades))
    assert len({style.points_style(points).marker for points in style.POINT_COUNTS}) == 8


@pytest.mark.parametrize("positions", [[88.5, 88.0, 87.6, 87.1, 86.1], [1.0], [], [5.0, 5.0, 5.0],
                                       [10.0, 90.0, 11.0]])
def test_labels_stand_apart_in_the_order_of_their_curves(positions) -> None:
    placed = style.spread(positions, 4.0)
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    assert all(placed[upper] - placed[lower] >= 4.0 - 1e-9
        for lower, upper in itertools.pairwise(order))


def test_labels_far_apart_stay_at_their_curves() -> None:
    assert style.spread([10.0, 50.0], 4.0) == [10.0, 50.0]


def labels(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().startswith("P=")]


@pytest.mark.parametrize("module", [rate_accuracy_full, rate_accuracy_micro])
def test_p_is_named_beside_the_axes_the_largest_first_by_colour_and_marker(
        published: Results, module) -> None:
    with style.applied():
        figure = module.draw(module.points(published))
        figure.draw_without_rendering()
    assert labels(figure) == [f"P={points}" for points in style.POINT_COUNTS]
    beside, edge = figure.axes[0].get_legend(), figure.axes[0].get_window_extent()
    assert beside.get_window_extent().x0 >= edge.x1
    assert figure.legends[0].get_window_extent().y1 < edge.y0
    handles = [(handle.get_color(), handle.get_marker()) for handle in beside.legend_handles]
    expected = [style.points_style(points) for points in style.POINT_COUNTS]
    assert handles == [(line.colour, line.marker) for line in expected]


def test_measured_curves_are_strong_and_published_ones_thin_and_dashed(measure) -> None:
    points = rate_accuracy_micro.points(measure("workstation", "modelnet40", MICRO))
    with style.applied():
        axes = rate_accuracy_micro.draw(points).axes[0]
    ours = style.points_style(1024).colour
    lines = {str(line.get_marker() or None): line for line in axes.get_lines()
             if line.get_color() == ours}
    assert lines["o"].get_linewidth() > lines["None"].get_linewidth()
    assert (lines["o"].get_linestyle(), lines["None"].get_linestyle()) == ("-", "--")


def test_the_title_names_data_set_and_evidence(published: Results, measure) -> None:
    assert _curves.title(rate_accuracy_micro.points(published)) == "ModelNet40, published points"
    demo = measure("demo", "shapes40", MICRO)
    assert _curves.title(rate_accuracy_micro.points(demo)) == "shapes40, measured in run demo"
    assert _curves.title(rate_accuracy_ideal.points(demo)) == "shapes40, measured in run demo"


def test_the_figure_of_a_size_names_it_in_its_title(published: Results) -> None:
    axes = rate_accuracy_micro.draw(rate_accuracy_micro.points(published)).axes[0]
    assert axes.get_title(loc="left") == "Proposed codec, micro\nModelNet40, published points"


def test_rates_are_on_a_log_axis_that_holds_every_curve(published: Results) -> None:
    for module in (rate_accuracy_micro, rate_accuracy_full):
        points = module.points(published)
        axes = module.draw(points).axes[0]
        assert (axes.get_xscale(), axes.get_ylim()) == ("log", (0, 100))
        rates = points.loc[points["codec"] == "proposed", "rate_bits"]
        low, high = axes.get_xlim()
        assert low <= rates.min()
        assert rates.max() <= high


@pytest.mark.parametrize(("rates", "expected"), [
    ((2.0, 60.0), ["2", "5", "10", "20", "50"]), ((0.5, 12000.0), ["1", "10", "100", "1,000", "10,000"]),
])
def test_ticks_of_a_log_axis_are_plain_numbers(rates, expected) -> None:
    axes = style.new_figure(2, 2).subplots()
    style.log_bits(axes, rates)
    assert [label.get_text() for label in axes.get_xticklabels()] == expected


def test_the_style_leaves_no_trace_behind() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    with style.applied():
        assert matplotlib.rcParams["pdf.fonttype"] == 42
    assert dict(matplotlib.rcParams) == before


def test_a_measured_figure_is_written_whole(measure, project) -> None:
    results = measure("demo", "shapes40", MICRO)
    paths = render("rate_accuracy_micro", results, project / "figures" / "demo")
    assert [path.suffix for path in paths] == [".json", ".pdf", ".png", ".csv"]
    head = (project / "figures" / "demo" / "rate_accuracy_micro.csv").read_text().splitlines()[0]
    assert head == ("series,run,codec,size,points,lambda,scale,dataset,rate_bits,top1_percent,"
                    "evidence,low_rate_bits,high_rate_bits,low_top1_percent,high_top1_percent")
