"""Compressed encoding distributions: rate-distortion, and the rate relative to static distributions."""

from typing import TYPE_CHECKING

from lcpc.errors import MissingData
from lcpc.figures import _kodak, style
from lcpc.figures.style import Look
from lcpc.metrics.information import rate_change_percent
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("Rate-distortion of bmshj2018-factorized with its static distributions, Balcilar 2022, ours, and each "
           "image's own distributions at no cost (ideal); right: rate relative to the static distributions at each quality. "
           "Rates as the models estimate them, side information inside. Solid: measured by this run, where it measures; "
           "thin and dashed then: the published points on Kodak. An own base is one that the run trained itself.")
STEM = "rd_curves_adaptive"
COLUMNS = ["series", "method", "base", "quality", "bpp", "relative_rate_percent", "psnr_rgb_db", "evidence", "_file", "_line"]
LOOKS = {
    "static": Look("static", "#444444", "s"),
    "balcilar2022": Look("Balcilar 2022", "#aa4499", "D"),
    "proposed": Look("ours", "#d55e00", "o"),
    "ideal": Look("ideal", "#0072b2", "", (0, (3, 1.4))),
}
CODECS = {"bmshj2018-factorized": "static"}
LONE_MARKER = "_"
"""The ideal has no marker, but a run of one quality must show it too."""


def points(results: Results) -> "pandas.DataFrame":
    """One row a method and quality, rates as the model estimates them; the documents' beside a run's own on Kodak."""
    theirs = results.published("encoding_distributions_kodak").assign(evidence=PUBLISHED, base="")
    theirs = _relative(theirs[theirs["method"].isin(LOOKS)].assign(bpp=lambda rows: rows["bpp_estimated"]))
    if results.run == PUBLISHED:
        return theirs.assign(series=theirs["method"])[COLUMNS]
    own = _kodak.measured(results, STEM)
    own = own.assign(method=own["codec"].replace(CODECS))
    own = own[own["method"].isin(LOOKS)]
    if "static" not in set(own["method"]):
        raise MissingData(f"run {results.run} has no rows of its base, so {STEM} has nothing to show; add bmshj2018-factorized "
                          f"to images: codecs, then `snakemake --cores 8 figures/{results.run}/{STEM}.pdf`")
    return _kodak.with_published(_relative(own), theirs, "method")[COLUMNS]


def _relative(rows: "pandas.DataFrame") -> "pandas.DataFrame":
    static = rows[rows["method"] == "static"].set_index("quality")["bpp"]
    rows = rows[rows["quality"].isin(static.index)]
    return rows.assign(relative_rate_percent=rate_change_percent(rows["bpp"], rows["quality"].map(static)))


def draw(points: "pandas.DataFrame") -> "Figure":
    """Rate-distortion on the left, savings on the right; where a run measures, the panels show the range of its own points."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE_IN, 2.7))
    left, right = figure.subplots(1, 2)
    own = points[points["evidence"] != PUBLISHED]
    faint = points[points["evidence"] == PUBLISHED] if len(own) else points.iloc[:0]
    rates, psnr = _around(own) if len(own) else (_kodak.RATE_LIMITS, _kodak.PSNR_LIMITS)
    own = own if len(own) else points
    for method, look in LOOKS.items():
        for rows, is_faint in ((faint, True), (own, False)):
            _line(left, rows[rows["method"] == method], "bpp", "psnr_rgb_db", look, is_faint)
            shown = rows["quality"].between(own["quality"].min(), own["quality"].max())
            _line(right, rows[shown & (rows["method"] == method)], "quality", "relative_rate_percent", look, is_faint)
    left.set(xlim=rates, ylim=psnr, xlabel=_kodak.RATE_LABEL, ylabel=_kodak.PSNR_LABEL)
    _legend(left, len(faint) > 0, "measured, own base" if _kodak.on_own_base(own) else "")
    _savings(right, points, own)
    return figure


def _around(own: "pandas.DataFrame") -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits of rate and of PSNR about a run's own points."""
    psnr = own["psnr_rgb_db"]
    return (0.0, 1.4 * float(own["bpp"].max())), (float(psnr.min()) - 0.7, float(psnr.max()) + 1.2)


def _savings(axes: "Axes", points: "pandas.DataFrame", own: "pandas.DataFrame") -> None:
    first, last = int(own["quality"].min()), int(own["quality"].max())
    lowest = float(points.loc[points["quality"].between(first, last), "relative_rate_percent"].min())
    width = (last - first + 1) / 8
    axes.set(xlim=(first - 0.3 * width, last + 1.7 * width), ylim=(lowest - 0.75, 0.6), xticks=range(first, last + 1),
             xlabel="Quality", ylabel="Rate against static (%)")
    _labels(axes, own, last + 0.25 * width, 0.07 * (0.6 - lowest))


def _line(axes: "Axes", rows: "pandas.DataFrame", x: str, y: str, look: Look, faint: bool) -> None:
    if rows.empty:
        return
    rows = rows.sort_values("quality")
    if faint:
        axes.plot(rows[x], rows[y], color=look.colour, linestyle=style.PUBLISHED_DASHES, linewidth=0.6, alpha=0.75, zorder=2)
        return
    marker = look.marker or (LONE_MARKER if len(rows) == 1 else "")
    axes.plot(rows[x], rows[y], color=look.colour, linestyle=look.dashes, marker=marker, label=look.label,
              linewidth=1.0, markersize=2.8, zorder=3 if look.marker else 2.5)


def _legend(axes: "Axes", published: bool, title: str) -> None:
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    if published:
        handles.append(Line2D([], [], color=style.FAINT, linestyle=style.PUBLISHED_DASHES, linewidth=0.6))
        labels.append("published (Kodak)")
    axes.legend(handles, labels, loc="lower right", title=title or None, alignment="left")


def _labels(axes: "Axes", points: "pandas.DataFrame", x: float, gap: float) -> None:
    last = points.sort_values("quality").groupby("method").last()
    ends = [(float(last["quality"][name]), float(last["relative_rate_percent"][name]), look.label, look.colour)
            for name, look in LOOKS.items() if name in last.index]
    style.label_ends(axes, ends, x, gap)
