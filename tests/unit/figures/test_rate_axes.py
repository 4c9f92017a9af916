"""Axes of the committed figures hold whole curves where they say so, and cut no marker."""

import importlib

import numpy as np
import pandas as pd
import pytest

from lcpc.figures import style

WHOLE = ("rate_accuracy_input_compression", "rate_accuracy_ideal", "reproduction")


@pytest.mark.parametrize("stem", WHOLE)
def test_no_measured_point_lies_beyond_the_axis(stem, root):
    points = pd.read_csv(root / "figures" / "workstation" / f"{stem}.csv")
    with style.applied():
        figure = importlib.import_module(f"lcpc.figures.{stem}").draw(points)
    drawn = 0
    for axes in figure.axes:
        first, last = axes.get_xlim()
        curves = [line for line in axes.get_lines() if line.get_transform() == axes.transData]
        for line in curves:
            if not line.get_label().startswith("ideal"):
                rates = np.asarray(line.get_xdata(), float)
                assert first < rates.min(), line.get_label()
                assert rates.max() < last, line.get_label()
                drawn += len(rates)
    assert drawn > 100


@pytest.mark.parametrize("figure", ["published/image_codec_comparison", "published/rate_accuracy_full",
                                    "published/rd_curves_adaptive", "zoo/image_codec_comparison",
                                    "workstation/rate_accuracy_full", "zoo/rd_curves_adaptive"])
def test_no_marker_inside_the_axes_is_cut_by_them(figure, root):
    points = pd.read_csv(root / "figures" / f"{figure}.csv")
    with style.applied():
        drawn = importlib.import_module(f"lcpc.figures.{figure.partition('/')[2]}").draw(points)
        drawn.canvas.draw()
    whole = 0
    for axes in drawn.axes:
        box = axes.get_window_extent()
        for line in axes.get_lines():
            places = line.get_transform().transform(line.get_xydata())
            inside = places[[box.contains(*place) for place in places]]
            if line.get_marker() in ("", "None") or not len(inside):
                continue
            radius = line.get_markersize() / 2 * drawn.dpi / 72
            gaps = np.minimum(inside - box.min, box.max - inside)
            assert gaps.min() >= radius, (line.get_label(), gaps.min() / radius)
            whole += len(inside)
    assert whole > 5
