"""Compressed encoding distributions on Kodak: rate-distortion, and the rate relative to static distributions."""

from typing import TYPE_CHECKING

from lcpc.figures import _kodak, style
from lcpc.figures.style import Look
from lcpc.metrics.information import rate_change_percent
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("Rate-distortion on Kodak of bmshj2018-factorized with its static distributions, Balcilar 2022, ours, and each "
           "image's own distributions at no cost (ideal); right: rate relative to the static distributions at each quality. "
           "Published points.")
COLUMNS = ["series", "method", "quality", "bpp", "relative_rate_percent", "psnr_rgb_db", "evidence", "_file", "_line"]
LOOKS = {
    "static": Look("static", "#444444", "s"),
    "balcilar2022": Look("Balcilar 2022", "#aa4499", "D"),
    "proposed": Look("ours", "#d55e00", "o"),
    "ideal": Look("ideal", "#0072b2", "", (0, (3, 1.4))),
}


def points(results: Results) -> "pandas.DataFrame":
    """One row a method and quality, rates as the model estimates them."""
    frame = _kodak.published(results, "encoding_distributions_kodak", "rd_curves_adaptive")
    frame = frame[frame["method"].isin(LOOKS)]
    static = frame[frame["method"] == "static"].set_index("quality")["bpp_estimated"]
    change = rate_change_percent(frame["bpp_estimated"], frame["quality"].map(static))
    return frame.assign(series=frame["method"], bpp=frame["bpp_estimated"], relative_rate_percent=change)[COLUMNS]


def draw(points: "pandas.DataFrame") -> "Figure":
    """Rate-distortion on the left, savings on the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE_IN, 2.7))
    left, right = figure.subplots(1, 2)
    for method, look in LOOKS.items():
        rows = points[points["method"] == method].sort_values("quality")
        _line(left, rows["bpp"], rows["psnr_rgb_db"], look)
        _line(right, rows["quality"], rows["relative_rate_percent"], look)
    left.set(xlim=_kodak.RATE_LIMITS, ylim=_kodak.PSNR_LIMITS, xlabel=_kodak.RATE_LABEL, ylabel=_kodak.PSNR_LABEL)
    left.legend(loc="lower right")
    right.set(xlim=(0.7, 9.7), ylim=(-10.2, 0.6), xticks=range(1, 9), xlabel="Quality", ylabel="Rate against static (%)")
    _labels(right, points)
    return figure


def _line(axes: "Axes", x: "pandas.Series", y: "pandas.Series", look: Look) -> None:
    axes.plot(x, y, color=look.colour, linestyle=look.dashes, marker=look.marker, label=look.label,
              linewidth=1.0, markersize=2.8, zorder=3 if look.marker else 2.5)


def _labels(axes: "Axes", points: "pandas.DataFrame") -> None:
    last = points.sort_values("quality").groupby("method").last()
    ends = [(float(last["quality"][name]), float(last["relative_rate_percent"][name]), look.label, look.colour)
            for name, look in LOOKS.items()]
    style.label_ends(axes, ends, 8.25, 0.7)
