"""Image codecs on three axes: quality, rate, and the time to encode and to decode."""

from lcpc.errors import MissingData
from lcpc.figures import _kodak, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.figures.image_codec_comparison import BEYOND, measured_styles
from lcpc.results.store import Results

TIMES = "image_times"
READS = (_kodak.KIND, TIMES)
CAPTION = ("Image codecs measured by this run on real streams: PSNR over RGB, and processor time "
           "on one core to encode and to decode a megapixel, against bits per pixel. Rates and "
           "PSNR are means over all images; times are of one job, each of some pictures through "
           "all codecs in turn: the median of the turns, bars from the fastest to the slowest "
           "turn where that is more than the marker. Learned codecs (filled) compute their "
           "transforms on that core, too, and differ in rate alone where they share a base; file "
           "formats (hollow) are at the encoder settings in the legend. Context coding is beyond "
           "the documents.")
STEM = "image_codec_times"
SECONDS = [f"{end}{way}_s_per_megapixel"
           for way in ("encode", "decode") for end in ("", "low_", "high_")]
COLUMNS = ["series", "codec", "base", "quality", "setting", "bpp", "psnr_rgb_db", *SECONDS,
           "evidence", "_file", "_line"]
PANELS = {"psnr_rgb_db": style.PSNR_LABEL,
          "encode_s_per_megapixel": "Encoding (s per megapixel)",
          "decode_s_per_megapixel": "Decoding (s per megapixel)"}
RATES = (0.05, 0.1, 0.2, 0.5, 1, 2)
"""Bits per pixel that are written at the log axes."""


def points(results: Results) -> DataFrame:
    """One row a codec and setting; settings that were not timed have no times."""
    _rows.refuse_published(results, STEM)
    rows = _kodak.measured(results, STEM)
    rows = rows[rows["stream_bpp"].notna()]
    times = _rows.done(results.measured(TIMES))
    if times.empty:
        raise MissingData(f"run {results.run} has no times to show in {STEM}; "
                          f"{_rows.command(results, STEM)}")
    kept = times[["codec", "quality", *SECONDS]]
    rows = rows.merge(kept, on=["codec", "quality"], how="left")
    return rows.assign(series=rows["codec"], bpp=rows["stream_bpp"])[COLUMNS]


def draw(points: DataFrame) -> Figure:
    """Quality, encoding and decoding over the same rates, and one legend."""
    figure = style.new_figure(style.PAGE_IN, 3.4)
    panels = figure.subplots(1, len(PANELS))
    for axes, (quantity, label) in zip(panels, PANELS.items(), strict=True):
        _panel(axes, points.dropna(subset=[quantity]), quantity)
        axes.set(xscale="log", xlabel=style.BPP_LABEL, ylabel=label)
        axes.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
        axes.minorticks_off()
    for axes in panels[1:]:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    _legend(figure, panels[0])
    return figure


def _panel(axes: Axes, points: DataFrame, quantity: str) -> None:
    for codec, line in measured_styles(points).items():
        rows = points[points["codec"] == codec].sort_values("bpp")
        is_learned = line.dashes == "-"
        settings = "" if is_learned else _common_setting(rows)
        axes.plot(rows["bpp"], rows[quantity], color=line.colour, linestyle=line.dashes,
                  marker=line.marker, label=f"{line.label}{settings}", linewidth=1.1,
                  markersize=3.6, markerfacecolor=line.colour if is_learned else "white",
                  markeredgewidth=0.8, zorder=3 if is_learned else 2.5)
        if f"low_{quantity}" in points:
            axes.vlines(rows["bpp"], rows[f"low_{quantity}"], rows[f"high_{quantity}"],
                        color=line.colour, linewidth=0.9, zorder=2.4)


def _common_setting(rows: DataFrame) -> str:
    """What all settings of a format share, such as ", method=6"; they begin with its quality."""
    common = {str(setting).partition(" ")[2] for setting in rows["setting"]}
    return f", {common.pop()}" if len(common) == 1 and "" not in common else ""


def _legend(figure: Figure, axes: Axes) -> None:
    """A column each for learned codecs, those beyond the documents, and file formats."""
    from matplotlib.lines import Line2D

    lines = axes.get_lines()
    formats = [line for line in lines if line.get_linestyle() != "-"]
    beyond = [line for line in lines if BEYOND in str(line.get_label())]
    learned = [line for line in lines if line not in (*formats, *beyond)]
    parts = {"Learned": learned, f"Learned{BEYOND}": beyond, "File formats": formats}
    empty = Line2D([], [], linestyle="none")
    longest = max(map(len, parts.values()))
    entries: list[tuple[Line2D, str]] = []
    columns = {heading: part for heading, part in parts.items() if part}
    for heading, part in columns.items():
        labels = [str(line.get_label()).removesuffix(BEYOND) for line in part]
        padding = [(empty, "")] * (longest - len(part))
        entries += [(empty, heading), *zip(part, labels, strict=True), *padding]
    figure.legend(*zip(*entries, strict=True), loc="outside lower center", ncols=len(columns))
