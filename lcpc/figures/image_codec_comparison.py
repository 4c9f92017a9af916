"""Image codecs on Kodak: quality against rate, in PSNR and in MS-SSIM, for 14 learned and classical codecs."""

from typing import TYPE_CHECKING

from lcpc.figures import _kodak, style
from lcpc.figures.style import Look
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("Rate-distortion of learned (solid) and classical (dashed) image codecs on Kodak: PSNR over RGB and MS-SSIM in dB "
           "against bits per pixel. Published points; ELIC has no published MS-SSIM.")
COLUMNS = ["series", "codec", "point", "bpp", "psnr_rgb_db", "ms_ssim_rgb", "ms_ssim_db", "evidence", "_file", "_line"]
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
LEARNED = [name for name, look in LOOKS.items() if look.dashes == "-"]


def points(results: Results) -> "pandas.DataFrame":
    """One row a codec and operating point."""
    frame = _kodak.published(results, "rate_distortion_kodak", "image_codec_comparison")
    return frame.assign(series=frame["codec"], ms_ssim_db=_kodak.decibel(frame["ms_ssim_rgb"]))[COLUMNS]


def draw(points: "pandas.DataFrame") -> "Figure":
    """Two panels over the same rates, and one legend in the order of the curves."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE_IN, 3.1))
    left, right = figure.subplots(1, 2)
    _panel(left, points, "psnr_rgb_db")
    _panel(right, points, "ms_ssim_db")
    left.set(xlim=_kodak.RATE_LIMITS, ylim=_kodak.PSNR_LIMITS, xlabel=_kodak.RATE_LABEL, ylabel=_kodak.PSNR_LABEL)
    right.set(xlim=_kodak.RATE_LIMITS, ylim=(7, 26), yticks=range(8, 27, 2))
    right.set(xlabel=_kodak.RATE_LABEL, ylabel=_kodak.MS_SSIM_LABEL)
    _arrows(left)
    _legend(figure, left)
    return figure


def _panel(axes: "Axes", points: "pandas.DataFrame", quality: str) -> None:
    for codec, look in LOOKS.items():
        rows = points[points["codec"] == codec].dropna(subset=[quality]).sort_values("bpp")
        face = look.colour if look.dashes == "-" else "white"
        axes.plot(rows["bpp"], rows[quality], color=look.colour, linestyle=look.dashes, marker=look.marker, label=look.label,
                  linewidth=1.0, markersize=2.6, markerfacecolor=face, markeredgewidth=0.6)


def _arrows(axes: "Axes") -> None:
    corner = (0.93, 0.07)
    look = {"arrowstyle": "-|>", "color": style.FAINT, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}
    for tip in ((0.93, 0.36), (0.55, 0.07)):
        axes.annotate("", tip, corner, xycoords="axes fraction", textcoords="axes fraction", arrowprops=look)
    axes.text(0.955, 0.07, "max quality", rotation=90, va="bottom", ha="left", color=style.FAINT, transform=axes.transAxes)
    axes.text(0.9, 0.09, "min file size", va="bottom", ha="right", color=style.FAINT, transform=axes.transAxes)


def _legend(figure: "Figure", axes: "Axes") -> None:
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    learned, heading = len(LEARNED), Line2D([], [], linestyle="none")
    figure.legend([heading, *handles[:learned], heading, heading, *handles[learned:]],
                  ["Learned", *labels[:learned], "", "Classical", *labels[learned:]], loc="outside right center")
