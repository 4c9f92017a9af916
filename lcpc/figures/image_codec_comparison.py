"""Image codecs: quality against rate, in PSNR and in MS-SSIM, for learned and classical codecs, published and measured."""

from dataclasses import replace
from typing import TYPE_CHECKING

from lcpc.figures import _kodak, style
from lcpc.figures.style import Look
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("Rate-distortion of learned (solid) and classical (dashed) image codecs on Kodak: PSNR over RGB and MS-SSIM in dB "
           "against bits per pixel: published points (thin where the run measures its own), and what this run measures on real "
           "streams (heavy; an own base is one that the run trained itself). MS-SSIM is averaged over the images, then in dB; "
           "ELIC has no published MS-SSIM.")
STEM = "image_codec_comparison"
COLUMNS = ["series", "codec", "base", "point", "bpp", "psnr_rgb_db", "ms_ssim_rgb", "ms_ssim_db", "evidence", "_file", "_line"]
CLASSICAL = (0, (2.6, 1.2))
LOOKS = {
    "elic2022": Look("ELIC 2022", "#1b1464", "o"),
    "cheng2020-checkerboard-6m": Look("Cheng 2020, checkerboard", "#2c5aa0", "s"),
    "cheng2020-anchor": Look("Cheng 2020, anchor", "#4f86c6", "^"),
    "mbt2018": Look("mbt2018", "#117a65", "D"),
    "mbt2018-mean": Look("mbt2018-mean", "#2fa98c", "v"),
    "bmshj2018-hyperprior": Look("bmshj2018-hyperprior", "#6fbf73", "P"),
    "bmshj2018-factorized": Look("bmshj2018-factorized", "#a3c644", "X"),
    "vtm": Look("VTM (H.266)", "#7b1e1e", "o", CLASSICAL),
    "av1": Look("AV1", "#b03a2e", "s", CLASSICAL),
    "bpg-444-x265-ycbcr": Look("BPG (x265, 4:4:4)", "#d35400", "^", CLASSICAL),
    "hm": Look("HM (H.265)", "#e08214", "D", CLASSICAL),
    "webp": Look("WebP", "#8e6bb0", "v", CLASSICAL),
    "jpeg2000": Look("JPEG 2000", "#8a8a8a", "P", CLASSICAL),
    "jpeg": Look("JPEG", "#444444", "X", CLASSICAL),
}
MEASURED = {
    "bmshj2018-factorized": Look("bmshj2018-factorized", "#7d9b1c", "X"),
    "proposed": Look("the same, distributions adapted", "#d55e00", "o"),
    "avif": Look("AVIF", "#b03a2e", "s", CLASSICAL),
    "webp": Look("WebP", "#8e6bb0", "v", CLASSICAL),
    "jpeg2000": Look("JPEG 2000", "#8a8a8a", "P", CLASSICAL),
    "jpeg": Look("JPEG", "#444444", "X", CLASSICAL),
}
BASE = "bmshj2018-factorized"
LEARNED_HERE = (BASE, "proposed")
"""Measured codecs that are in the panel however poor a base is."""
LEARNED = [name for name, look in LOOKS.items() if look.dashes == "-"]


def points(results: Results) -> "pandas.DataFrame":
    """One row a codec and operating point; the documents' beside a run's own on Kodak."""
    theirs = results.published("rate_distortion_kodak").assign(evidence=PUBLISHED, base="")
    if results.run == PUBLISHED:
        return theirs.assign(series=theirs["codec"], ms_ssim_db=_kodak.decibel(theirs["ms_ssim_rgb"]))[COLUMNS]
    own = _kodak.measured(results, STEM)
    own = own[own["codec"].isin(MEASURED) & own["stream_bpp"].notna()].assign(point=own["quality"], bpp=own["stream_bpp"])
    both = _kodak.with_published(own, theirs, "codec")
    return both.assign(ms_ssim_db=_kodak.decibel(both["ms_ssim_rgb"]))[COLUMNS]


def draw(points: "pandas.DataFrame") -> "Figure":
    """Two panels over the same rates, and one legend in the order of the curves."""
    from matplotlib.figure import Figure

    own, theirs = points[points["evidence"] != PUBLISHED], points[points["evidence"] == PUBLISHED]
    figure = Figure(figsize=(style.PAGE_IN, 3.1 if own.empty or theirs.empty else 3.9))
    left, right = figure.subplots(1, 2)
    for axes, quality in ((left, "psnr_rgb_db"), (right, "ms_ssim_db")):
        _panel(axes, theirs, quality, LOOKS, 1.0 if own.empty else 0.45)
        _panel(axes, own, quality, measured_looks(own), 1.4)
        axes.set(xlim=_kodak.RATE_LIMITS, xlabel=_kodak.RATE_LABEL)
    lowest = own.loc[own["codec"].isin(LEARNED_HERE), "psnr_rgb_db"].min() - 0.5
    left.set(ylim=(min(_kodak.PSNR_LIMITS[0], lowest), _kodak.PSNR_LIMITS[1]), ylabel=_kodak.PSNR_LABEL)
    right.set(ylim=(7, 26), yticks=range(8, 27, 2), ylabel=_kodak.MS_SSIM_LABEL)
    _arrows(left)
    _legend(figure, left, theirs, own)
    return figure


def measured_looks(own: "pandas.DataFrame") -> dict[str, Look]:
    """How a run's codecs look; the name of its base says where the run trained it itself."""
    base = MEASURED[BASE]
    return {**MEASURED, BASE: replace(base, label=f"{base.label}, own base")} if _kodak.on_own_base(own) else MEASURED


def _panel(axes: "Axes", points: "pandas.DataFrame", quality: str, looks: dict[str, Look], weight: float) -> None:
    for codec, look in looks.items():
        rows = points[points["codec"] == codec].dropna(subset=[quality]).sort_values("bpp")
        if len(rows):
            face = look.colour if look.dashes == "-" else "white"
            axes.plot(rows["bpp"], rows[quality], color=look.colour, linestyle=look.dashes, marker=look.marker,
                      label=look.label, linewidth=weight, markersize=1.2 + 1.4 * weight, markerfacecolor=face,
                      markeredgewidth=0.6 * weight, zorder=2 + weight)


def _arrows(axes: "Axes") -> None:
    corner = (0.93, 0.07)
    look = {"arrowstyle": "-|>", "color": style.FAINT, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}
    for tip in ((0.93, 0.36), (0.55, 0.07)):
        axes.annotate("", tip, corner, xycoords="axes fraction", textcoords="axes fraction", arrowprops=look)
    axes.text(0.955, 0.07, "max quality", rotation=90, va="bottom", ha="left", color=style.FAINT, transform=axes.transAxes)
    axes.text(0.9, 0.09, "min file size", va="bottom", ha="right", color=style.FAINT, transform=axes.transAxes)


def _legend(figure: "Figure", axes: "Axes", theirs: "pandas.DataFrame", own: "pandas.DataFrame") -> None:
    from matplotlib.lines import Line2D

    lines = dict(zip(axes.get_lines(), (line.get_label() for line in axes.get_lines()), strict=True))
    drawn = list(lines.items())
    published = [codec for codec in LOOKS if codec in set(theirs["codec"])]
    learned = sum(codec in LEARNED for codec in published)
    parts = {"Learned": drawn[:learned], "Classical": drawn[learned:len(published)]}
    if len(own):
        parts = {"Measured": drawn[len(published):], **{f"{name}, published": rest for name, rest in parts.items() if rest}}
    heading = Line2D([], [], linestyle="none")
    entries = [entry for name, rest in parts.items() for entry in ((heading, ""), (heading, name), *rest)][1:]
    figure.legend(*zip(*entries, strict=True), loc="outside right center")
