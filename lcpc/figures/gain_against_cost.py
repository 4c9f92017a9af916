"""What entropy models on one base save, against their multiplications and their time."""

from collections.abc import Mapping
from typing import Any

from lcpc.errors import MissingData
from lcpc.figures import _kodak, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.figures.style import LineStyle
from lcpc.metrics.information import rate_change_percent
from lcpc.results.store import PUBLISHED, Results

COSTS = "image_cost"
READS = (_kodak.KIND, COSTS)
CAPTION = ("Rate change against the static distributions of the same base, against the "
           "multiply-accumulates of the entropy model's networks and the processor time to encode "
           "and to decode a picture, as multiples of those of the base itself. Filled: measured "
           "by this run, bits of real streams; hollow: the documents' estimated rates on Kodak, at "
           "the multiply-accumulates that they print. Ideal: each picture's own distributions free "
           "of charge, a bound of all codecs with one distribution a channel. Context coding is "
           "beyond the documents.")
STEM = "gain_against_cost"
STATIC, IDEAL = "bmshj2018-factorized", "ideal"
PANELS = {"macs_per_pixel": "Entropy model (MAC per pixel)",
          "encode_ratio": "Encoding time (static = 1)",
          "decode_ratio": "Decoding time (static = 1)"}
LINEAR_BELOW = 10.0
FILLED: dict[str, Any] = {"markersize": 6, "markeredgewidth": 0.4, "markeredgecolor": "white",
                          "zorder": 3}
HOLLOW: dict[str, Any] = {"markersize": 8, "markeredgewidth": 1.0, "markerfacecolor": "none",
                          "zorder": 3.5}
"""Larger, so that it hides nothing."""
styles = _kodak.method_styles
COLUMNS = ["series", "codec", "quality", "gain_percent", "macs_per_pixel", "encode_ratio",
           "decode_ratio", "evidence", "_file", "_line"]


def points(results: Results) -> DataFrame:
    """One row a codec at the run's first quality: its gain and costs; the documents', too."""
    _rows.refuse_published(results, STEM)
    rows = _kodak.measured(results, STEM)
    costs = results.measured(COSTS)
    rows = rows[rows["base"].notna()]
    quality = rows["quality"].min()
    rows = rows[rows["quality"] == quality]
    if costs.empty or STATIC not in set(rows["codec"]):
        raise MissingData(f"run {results.run} has no rows of the base or of costs to show in "
                          f"{STEM}; {_rows.command(results, STEM)}")
    rate = rows["stream_bpp"].fillna(rows["bpp"])
    static = float(rate[rows["codec"] == STATIC].iloc[0])
    rows = rows.assign(gain_percent=rate_change_percent(rate, static))
    ratios = costs.assign(encode_ratio=costs["encode_s"] / costs["base_encode_s"],
                          decode_ratio=costs["decode_s"] / costs["base_decode_s"])
    kept = ratios[["codec", "quality", "macs_per_pixel", "encode_ratio", "decode_ratio"]]
    rows = rows.merge(kept, on=["codec", "quality"], how="left")
    rows = rows.assign(series=rows["codec"])
    return _rows.concat([rows[COLUMNS], _documents(results, int(quality))[COLUMNS]])


def _documents(results: Results, quality: int) -> DataFrame:
    """The documents' points at a quality: methods with networks at the printed number."""
    rows = results.published("encoding_distributions_kodak")
    rows = rows[rows["quality"] == quality]
    static = float(rows.loc[rows["method"] == "static", "bpp_estimated"].iloc[0])
    printed = results.printed("table_2_3_complexity")
    printed = printed[printed["model"] == "proposed"].iloc[0]
    macs = printed["analysis_macs_per_pixel"] + printed["synthesis_macs_per_pixel"]
    rows = rows[rows["method"].isin(["proposed", "balcilar2022"])]
    return rows.assign(
        series=rows["method"] + f" ({PUBLISHED})", codec=rows["method"], evidence=PUBLISHED,
        gain_percent=rate_change_percent(rows["bpp_estimated"], static),
        macs_per_pixel=rows["method"].map({"proposed": float(macs), "balcilar2022": 0.0}),
        encode_ratio=None, decode_ratio=None)


def draw(points: DataFrame) -> Figure:
    """Gain against multiplications, encoding and decoding: the lower and the farther left, the
    better."""
    figure = style.new_figure(style.PAGE_IN, 2.9)
    panels = figure.subplots(1, len(PANELS), sharey=True)
    points = points.assign(codec=points["codec"].replace(_kodak.STATIC))
    lines = styles(list(points["codec"].unique()))
    for axes, (quantity, label) in zip(panels, PANELS.items(), strict=True):
        _panel(axes, points, quantity, lines)
        axes.set(xlabel=label)
        axes.margins(x=0.08, y=0.1)
    panels[0].set_xscale("symlog", linthresh=LINEAR_BELOW)
    panels[0].set(xlim=(-2, 5e3), ylabel="Rate against static (%)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _panel(axes: Axes, points: DataFrame, quantity: str, lines: Mapping[str, LineStyle]) -> None:
    """A marker a method, hollow where it is published; the ideal, which costs nothing, as level."""
    points = points[points[quantity].notna() | (points["codec"] == IDEAL)]
    for name, line in lines.items():
        for row in points[points["codec"] == name].to_dict("records"):
            is_published = row["evidence"] == PUBLISHED
            label = f"{line.label}, published" if is_published else line.label
            if name == IDEAL:
                axes.axhline(row["gain_percent"], color=line.colour, linestyle=line.dashes,
                             linewidth=0.9, label=label)
            else:
                marks = HOLLOW if is_published else FILLED
                axes.plot(row[quantity], row["gain_percent"], line.marker, label=label,
                          color=line.colour, **marks)
