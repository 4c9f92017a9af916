"""What entropy models on one base save, against their multiplications and their time."""

from lcpc.errors import MissingData
from lcpc.figures import _kodak, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.figures.style import LineStyle
from lcpc.metrics.information import rate_change_percent
from lcpc.results.store import PUBLISHED, Results

COSTS = "image_cost"
READS = (_kodak.KIND, COSTS)
CAPTION = ("Rate change against the static distributions of the same base, against the "
           "multiply-accumulates of the entropy model's networks (left) and the processor time to "
           "encode and decode a picture, as a multiple of the base's own (right). Filled: measured "
           "by this run, bits of real streams; hollow: the documents' estimated rates on Kodak, at "
           "the multiply-accumulates that they print. Ideal: each picture's own distributions free "
           "of charge, a bound of all codecs with one distribution a channel. Context coding is "
           "beyond the documents.")
STEM = "gain_against_cost"
STATIC, IDEAL = "bmshj2018-factorized", "ideal"
LINEAR_BELOW = 10.0
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
    """Gain against multiplications, and against both times."""
    figure = style.new_figure(style.PAGE_IN, 2.9)
    left, right = figure.subplots(1, 2, sharey=True)
    known = _kodak.learned_styles()
    ideal = points[points["codec"] == IDEAL]
    for axes in (left, right):
        for gain in ideal["gain_percent"]:
            axes.axhline(gain, color=known[IDEAL].colour, linestyle=(0, (3, 1.4)), linewidth=0.9)
    shown = points[points["codec"] != IDEAL]
    for row in shown.to_dict("records"):
        line, is_published = known[row["codec"]], row["evidence"] == PUBLISHED
        face = "white" if is_published else line.colour
        label = f"{line.label}, published" if is_published else line.label
        left.plot(row["macs_per_pixel"], row["gain_percent"], line.marker, color=line.colour,
                  markerfacecolor=face, markersize=5, label=label, linestyle="none", zorder=3)
        if not is_published:
            _times(right, row["encode_ratio"], row["decode_ratio"], row["gain_percent"], line)
    left.set_xscale("symlog", linthresh=LINEAR_BELOW)
    left.set(xlabel="Multiply-accumulates a pixel of the entropy model's networks",
             ylabel="Rate against static (%)", xlim=(-2, 5e3))
    right.set(xlabel="Processor time, multiple of the base's own", xlim=(0.5, None))
    left.margins(y=0.1)
    right.margins(y=0.1)
    _legend(figure, left, len(ideal) > 0, known[IDEAL])
    return figure


def _times(axes: Axes, encode: float, decode: float, gain: float, line: LineStyle) -> None:
    """Encoding and decoding, joined: E above and D below, so that equal times stay legible."""
    axes.plot([encode, decode], [gain, gain], color=line.colour, linewidth=0.8)
    for letter, ratio, side in (("E", encode, "bottom"), ("D", decode, "top")):
        axes.plot(ratio, gain, marker="|", color=line.colour, markersize=4)
        axes.text(ratio, gain, letter, color=line.colour, ha="center", va=side, fontsize=8)


def _legend(figure: Figure, axes: Axes, has_ideal: bool, ideal: LineStyle) -> None:
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    if has_ideal:
        handles.append(Line2D([], [], color=ideal.colour, linestyle=(0, (3, 1.4)), linewidth=0.9))
        labels.append(ideal.label)
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
