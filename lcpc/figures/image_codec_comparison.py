"""PSNR and MS-SSIM against rate for learned and classical image codecs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lcpc.figures import _kodak, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.figures.style import LineStyle
from lcpc.registry import load, names
from lcpc.results.store import PUBLISHED, Results

READS = (_kodak.KIND,)
CAPTION = ("Rate-distortion of learned (solid) and classical (dashed) image codecs on Kodak: PSNR "
           "over RGB and MS-SSIM in dB against bits per pixel: published points (thin where the "
           "run measures its own), and what this run measures on real streams (heavy; an own base "
           "is one that the run trained itself). MS-SSIM is averaged over the images, then in dB; "
           "ELIC has no published MS-SSIM.")
STEM = "image_codec_comparison"
FORMATS = "lcpc.codecs.formats"
COLUMNS = ["series", "codec", "base", "point", "bpp", "psnr_rgb_db", "ms_ssim_rgb", "ms_ssim_db",
           "evidence", "_file", "_line"]
CLASSICAL = (0, (2.6, 1.2))
ENTRY_IN = 0.14
"""Height of a line of the legend."""
LEARNED_STYLES = {
    "elic2022": LineStyle("ELIC 2022", "#1b1464", "o"),
    "cheng2020-checkerboard-6m": LineStyle("Cheng 2020, checkerboard", "#2c5aa0", "s"),
    "cheng2020-anchor": LineStyle("Cheng 2020, anchor", "#4f86c6", "^"),
    "mbt2018": LineStyle("mbt2018", "#117a65", "D"),
    "mbt2018-mean": LineStyle("mbt2018-mean", "#2fa98c", "v"),
    "bmshj2018-hyperprior": LineStyle("bmshj2018-hyperprior", "#6fbf73", "P"),
    "bmshj2018-factorized": LineStyle("bmshj2018-factorized", "#a3c644", "X"),
}
CLASSICAL_STYLES = {
    "vtm": LineStyle("VTM (H.266)", "#7b1e1e", "o", CLASSICAL),
    "av1": LineStyle("AV1", "#b03a2e", "s", CLASSICAL),
    "bpg-444-x265-ycbcr": LineStyle("BPG (x265, 4:4:4)", "#d35400", "^", CLASSICAL),
    "hm": LineStyle("HM (H.265)", "#e08214", "D", CLASSICAL),
}
PUBLISHED_FORMATS = ("webp", "jpeg2000", "jpeg")
BASE = "bmshj2018-factorized"
MEASURED_STYLES = {
    BASE: LineStyle("bmshj2018-factorized", "#7d9b1c", "X"),
    "proposed": LineStyle("ours, on the same base", "#d55e00", "o"),
}
BEYOND = _kodak.BEYOND
"""Ends labels; here a heading of the legend says it."""
ELSEWHERE = ("balcilar2022",)
"""Measured codecs that only rd_curves_adaptive shows."""

Styles = Mapping[str, LineStyle]


def points(results: Results) -> DataFrame:
    """One row a codec and operating point; the documents' beside a run's own on Kodak."""
    published = results.published("rate_distortion_kodak").assign(evidence=PUBLISHED, base="")
    if results.run == PUBLISHED:
        decibels = _kodak.decibel(published["ms_ssim_rgb"])
        return published.assign(series=published["codec"], ms_ssim_db=decibels)[COLUMNS]
    measured = _kodak.measured(results, STEM)
    measured = measured[measured["stream_bpp"].notna() & ~measured["codec"].isin(ELSEWHERE)]
    measured = measured.assign(point=measured["quality"], bpp=measured["stream_bpp"])
    both = _kodak.with_published(measured, published, "codec")
    return both.assign(ms_ssim_db=_kodak.decibel(both["ms_ssim_rgb"]))[COLUMNS]


def published_styles() -> dict[str, LineStyle]:
    """Styles of the documents' codecs: the learned ones first, from the best to the worst."""
    formats = {name: format_style(name) for name in PUBLISHED_FORMATS}
    return {**LEARNED_STYLES, **CLASSICAL_STYLES, **formats}


def format_style(name: str) -> LineStyle:
    """Style of a file format: label, colour and marker of its file in lcpc/codecs/formats."""
    plugin = load(FORMATS, name)
    label, colour = getattr(plugin, "LABEL", name), getattr(plugin, "COLOUR", style.FAINT)
    return LineStyle(label, colour, getattr(plugin, "MARKER", "o"), CLASSICAL)


def measured_styles(points: DataFrame) -> dict[str, LineStyle]:
    """Styles of a run's codecs: the base and what adapts it, those beyond the documents, formats.

    The base's label says who trained it.
    """
    codecs = sorted(set(points["codec"]))
    formats = [name for name in names(FORMATS) if name in codecs]
    learned = [name for name in codecs if name not in formats]
    known = {**_kodak.learned_styles(), **MEASURED_STYLES}
    if _kodak.on_own_base(points):
        known[BASE] = replace(known[BASE], label=f"{known[BASE].label}, own base")
    drawn = style.with_spares(learned, known)
    learned.sort(key=_kodak.rank)
    ranks = {name: rank for rank, name in enumerate(PUBLISHED_FORMATS)}
    formats.sort(key=lambda name: ranks.get(name, -1))
    return {**{name: drawn[name] for name in learned},
            **{name: format_style(name) for name in formats}}


def styles(codecs: Sequence[str]) -> dict[str, LineStyle]:
    """Styles of codecs by their names in rows."""
    formats = {name: format_style(name) for name in names(FORMATS)}
    return style.with_spares(codecs, {**MEASURED_STYLES, **published_styles(), **formats})


def draw(points: DataFrame) -> Figure:
    """Two panels over the same rates, and one legend in the order of the curves."""
    is_published = points["evidence"] == PUBLISHED
    measured, published = points[~is_published], points[is_published]
    has_both = not measured.empty and not published.empty
    figure = style.new_figure(style.PAGE_IN, 3.9 if has_both else 3.1)
    left, right = figure.subplots(1, 2)
    theirs, ours = published_styles(), measured_styles(measured)
    for axes, quality in ((left, "psnr_rgb_db"), (right, "ms_ssim_db")):
        _panel(axes, published, quality, theirs, 1.0 if measured.empty else 0.45)
        _panel(axes, measured, quality, ours, 1.4)
        axes.set(xlim=style.BPP_LIMITS, xlabel=style.BPP_LABEL)
    learned = [name for name, line in ours.items() if line.dashes == "-"]
    lowest = measured.loc[measured["codec"].isin(learned), "psnr_rgb_db"].min() - 0.5
    low, high = style.PSNR_LIMITS
    left.set(ylim=(min(low, lowest), high), ylabel=style.PSNR_LABEL)
    right.set(ylim=(6.5, 26), yticks=range(8, 27, 2), ylabel=style.MS_SSIM_LABEL)
    _arrows(left)
    _legend(figure, left, [theirs[name] for name in theirs if name in set(published["codec"])])
    return figure


def _panel(axes: Axes, points: DataFrame, quality: str, lines: Styles, weight: float) -> None:
    for codec, line in lines.items():
        rows = points[points["codec"] == codec].dropna(subset=[quality]).sort_values("bpp")
        if len(rows):
            face = line.colour if line.dashes == "-" else "white"
            axes.plot(rows["bpp"], rows[quality], color=line.colour, linestyle=line.dashes,
                      marker=line.marker, label=line.label, linewidth=weight,
                      markersize=1.2 + 1.4 * weight, markerfacecolor=face,
                      markeredgewidth=0.6 * weight,
                      zorder=2 + weight + (line.dashes == "-"))


def _arrows(axes: Axes) -> None:
    corner, fraction = (0.93, 0.07), "axes fraction"
    arrow = {"arrowstyle": "-|>", "color": style.FAINT, "linewidth": 1.1,
             "shrinkA": 0, "shrinkB": 0}
    for tip in ((0.93, 0.36), (0.55, 0.07)):
        axes.annotate("", tip, corner, xycoords=fraction, textcoords=fraction, arrowprops=arrow)
    options: dict[str, Any] = {"va": "bottom", "color": style.FAINT, "transform": axes.transAxes}
    axes.text(0.955, 0.07, "max quality", rotation=90, ha="left", **options)
    axes.text(0.9, 0.09, "min file size", ha="right", **options)


def _legend(figure: Figure, axes: Axes, published: Sequence[LineStyle]) -> None:
    """Entries below their headings; the published curves are the first lines of the axes."""
    from matplotlib.lines import Line2D

    entries = [(line, str(line.get_label())) for line in axes.get_lines()]
    learned = sum(line.dashes == "-" for line in published)
    parts = {"Learned": entries[:learned], "Classical": entries[learned:len(published)]}
    if measured := entries[len(published):]:
        parts = {f"{heading}, published": part for heading, part in parts.items() if part}
        theirs = [entry for entry in measured if BEYOND not in entry[1]]
        beyond = [(line, label.removesuffix(BEYOND)) for line, label in measured
                  if BEYOND in label]
        heading = f"Measured{BEYOND}"
        parts = {"Measured": theirs, **({heading: beyond} if beyond else {}), **parts}
    empty = Line2D([], [], linestyle="none")
    rows: list[tuple[Line2D, object]] = []
    for heading, part in parts.items():
        rows += [(empty, ""), (empty, heading), *part]
    figure.legend(*zip(*rows[1:], strict=True), loc="outside right center")
    figure.set_figheight(max(figure.get_figheight(), ENTRY_IN * len(rows)))
