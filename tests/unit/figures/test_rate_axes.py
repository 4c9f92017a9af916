"""Rate axes that are said to hold whole curves hold each measured point of the committed figures."""

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
