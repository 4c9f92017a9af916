"""Image codecs on three axes: quality, rate, and the time to encode and to decode."""

from lcpc.errors import MissingData
from lcpc.figures import _kodak, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.figures.image_codec_comparison import measured_styles
from lcpc.results.store import Results

TIMES = "image_times"
READS = (_kodak.KIND, TIMES)
CAPTION = ("Image codecs measured by this run on real streams: PSNR over RGB, and processor time "
           "on one core to encode and to decode a megapixel, against bits per pixel. All times are "
           "of one job, each picture through all codecs in turn; learned codecs compute their "
           "transforms on that core, too.")
STEM = "image_codec_times"
COLUMNS = ["series", "codec", "base", "quality", "bpp", "psnr_rgb_db", "encode_s_per_megapixel",
           "decode_s_per_megapixel", "evidence", "_file", "_line"]
PANELS = {"psnr_rgb_db": style.PSNR_LABEL,
          "encode_s_per_megapixel": "Encoding (s a megapixel)",
          "decode_s_per_megapixel": "Decoding (s a megapixel)"}


def points(results: Results) -> DataFrame:
    """One row a codec and setting; settings that were not timed have no times."""
    _rows.refuse_published(results, STEM)
    rows = _kodak.measured(results, STEM)
    rows = rows[rows["stream_bpp"].notna()]
    times = _rows.done(results.measured(TIMES))
    if times.empty:
        raise MissingData(f"run {results.run} has no times to show in {STEM}; "
                          f"{_rows.command(results, STEM)}")
    kept = times[["codec", "quality", "encode_s_per_megapixel", "decode_s_per_megapixel"]]
    rows = rows.merge(kept, on=["codec", "quality"], how="left")
    return rows.assign(series=rows["codec"], bpp=rows["stream_bpp"])[COLUMNS]


def draw(points: DataFrame) -> Figure:
    """Quality, encoding and decoding over the same rates, and one legend."""
    figure = style.new_figure(style.PAGE_IN, 2.9)
    panels = figure.subplots(1, len(PANELS))
    for axes, (quantity, label) in zip(panels, PANELS.items(), strict=True):
        _panel(axes, points.dropna(subset=[quantity]), quantity)
        axes.set(xlim=style.BPP_LIMITS, xlabel=style.BPP_LABEL, ylabel=label)
    low, high = style.PSNR_LIMITS
    panels[0].set(ylim=(min(low, points["psnr_rgb_db"].min() - 0.5), high))
    for axes in panels[1:]:
        axes.set_yscale("log")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _panel(axes: Axes, points: DataFrame, quantity: str) -> None:
    for codec, line in measured_styles(points).items():
        rows = points[points["codec"] == codec].sort_values("bpp")
        axes.plot(rows["bpp"], rows[quantity], color=line.colour, linestyle=line.dashes,
                  marker=line.marker, label=line.label, linewidth=1.1, markersize=3.5)
