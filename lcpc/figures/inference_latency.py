"""Inference latency against bitrate: at the edge, shared with a server, or on the server."""

from math import log10
from typing import Any

import numpy

from lcpc.curves import SIZES, dataset_label
from lcpc.figures import _clouds, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure, Series
from lcpc.metrics.latency import Way, crossing_bitrate, fastest_interval, latency_s
from lcpc.results.frames import frame_of
from lcpc.results.store import Results

KIND = "latency"
READS = (KIND,)
CAPTION = ("Latency of one cloud's classification against the bitrate of the link, from measured "
           "bits and times (below the axes; median over test clouds, on the machine that stands "
           "for the edge device). Edge-only: PointNet at the edge. Shared: the proposed codec's "
           "encoder at the edge, its decoder and classifier on the server. Cloud-only: the cloud "
           "is sent, PointNet runs on the server. The server's speed is a choice of the run's "
           "configuration. Dots: where two ways take equally long")
STEM = "inference_latency"
EDGE, SHARED, CLOUD = "edge-only", "shared", "cloud-only"
STYLES: dict[str, tuple[str, Any]] = {
    EDGE: ("#cc5a9a", "--"), SHARED: ("#5b3f9d", "-"), CLOUD: ("#0072b2", (0, (5, 1.4, 1, 1.4)))}
"""Colour and dashes of each way."""
INK = "#444444"
STEPS = 240
MARGIN = 12.0
COLUMNS = ("run", "dataset", "size", "points", "lambda", "threads", "stream_bits", "encode_s",
           "decode_s", "classify_s", "input_codec", "input_setting", "input_bits", "input_encode_s",
           "input_decode_s", "network_s", "server_speedup", "samples", "evidence", "_file", "_line")

Ways = dict[str, Way]


def points(results: Results) -> DataFrame:
    """Each way's latency along the bitrates, and the crossings, with the measurements.

    Of the sizes that a run has measured, the smallest is shown: an edge device would take it.
    """
    rows = _clouds.measured(results, KIND, STEM)
    size = next(size for size in reversed(SIZES) if size in set(rows["size"]))
    row = rows[rows["size"] == size].iloc[-1]
    by_name = ways(row)
    crossings = _crossings(by_name)
    bitrates = numpy.geomspace(*_span(by_name[SHARED], list(crossings.values())), STEPS)
    frames = [_curve(name, "curve", way, bitrates) for name, way in by_name.items()]
    shared = by_name[SHARED]
    frames += [_curve(name, "crossing", shared, [rate]) for name, rate in crossings.items()]
    measurements = {name: row[name] for name in COLUMNS}
    return _rows.concat(frame.assign(**measurements) for frame in frames)


def ways(row: Series) -> Ways:
    """Bits and seconds of the three ways from one row of measurements."""
    server = float(row["server_speedup"])
    # Raw coordinates leave as they lie in memory; the times measured for them are the clock's own.
    is_raw = row["input_codec"] == "raw"
    sending = 0.0 if is_raw else float(row["input_encode_s"])
    receiving = 0.0 if is_raw else float(row["input_decode_s"])
    shared_s = row["encode_s"] + (row["decode_s"] + row["classify_s"]) / server
    cloud_s = sending + (receiving + row["network_s"]) / server
    return {EDGE: Way(0.0, row["network_s"]), SHARED: Way(row["stream_bits"], shared_s),
            CLOUD: Way(row["input_bits"], cloud_s)}


def _crossings(by_name: Ways) -> dict[str, float]:
    """Bitrates at which two ways take equally long, where there are such."""
    pairs = ((EDGE, SHARED), (SHARED, CLOUD))
    rates = {f"{slow} = {fast}": crossing_bitrate(by_name[slow], by_name[fast])
             for slow, fast in pairs}
    return {name: rate for name, rate in rates.items() if rate is not None}


def _curve(series: str, element: str, way: Way, bitrates: Any) -> DataFrame:
    return frame_of({"series": series, "element": element, "bitrate": bitrates,
                     "latency_s": latency_s(way, bitrates)})


def _span(shared: Way, crossings: list[float]) -> tuple[float, float]:
    """Ends of the bitrate axis: well beyond the crossings.

    Without crossings: beyond where sending the bits of the shared way takes as long as its work.
    """
    rates = crossings or [shared.bits / shared.work_s]
    return min(rates) / MARGIN, max(rates) * MARGIN


def draw(points: DataFrame) -> Figure:
    """Both axes logarithmic: the interval spans decades."""
    figure = style.new_figure(style.PAGE_IN * 0.72, 3.5)
    axes, about = figure.subplots(), points.iloc[0]
    by_name = ways(about)
    curves = points[points["element"] == "curve"]
    for name, (colour, dashes) in STYLES.items():
        curve = curves[curves["series"] == name]
        axes.plot(curve["bitrate"], 1e3 * curve["latency_s"], color=colour, linestyle=dashes,
                  linewidth=1.8, zorder=3)
    lowest, highest = min(way.work_s for way in by_name.values()), by_name[EDGE].work_s
    axes.set(xscale="log", yscale="log", ylim=(1e3 * lowest / 6, 1e3 * highest * 6))
    axes.set(xlim=(curves["bitrate"].min(), curves["bitrate"].max()))
    axes.set(xlabel="Bitrate of the link", ylabel="Latency of one cloud (ms)")
    axes.xaxis.set_major_formatter(_bitrate)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    title = (f"{dataset_label(about['dataset'])}, proposed, {about['size']}, P={about['points']}, "
             f"λ={about['lambda']:g}, measured in run {about['run']}")
    axes.set_title(title, loc="left", color=style.FAINT)
    _labels(axes, by_name)
    interval = fastest_interval(by_name[SHARED], by_name[EDGE], by_name[CLOUD])
    _interval(axes, points[points["element"] == "crossing"], interval)
    figure.supxlabel(measurements(about), fontsize=7, color=style.FAINT, x=0.02, ha="left",
                     linespacing=1.35)
    return figure


def _labels(axes: Axes, by_name: Ways) -> None:
    x = axes.get_xlim()[1]
    ends = [float(1e3 * latency_s(way, x)) for way in by_name.values()]
    places = style.spread([log10(y) for y in ends], 0.24)
    for name, y, place in zip(by_name, ends, places, strict=True):
        axes.annotate(name, (x, y), (x * 1.35, 10 ** place), textcoords="data",
                      color=STYLES[name][0], va="center", fontsize=9, annotation_clip=False)


def _interval(axes: Axes, crossings: DataFrame, interval: tuple[float, float] | None) -> None:
    """Shade and label the bitrates at which the shared way is fastest."""
    if interval is None:
        axes.text(0.03, 0.05, "shared inference is fastest at no bitrate", fontsize=8, color=INK,
                  transform=axes.transAxes)
        return
    begin, end = interval
    shown_end = min(end, axes.get_xlim()[1])
    bottom, top = axes.get_ylim()
    axes.axvspan(begin, shown_end, color=STYLES[SHARED][0], alpha=0.08, linewidth=0, zorder=1)
    for rate, latency in zip(crossings["bitrate"], crossings["latency_s"], strict=True):
        _crossing(axes, rate, 1e3 * latency, bottom, is_begin=rate == begin)
    level = bottom * (top / bottom) ** 0.14
    arrow_style = "|-|" if shown_end == end else "->"
    arrow = {"arrowstyle": arrow_style, "color": INK, "mutation_scale": 3,
             "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (shown_end, level), (begin, level), arrowprops=arrow)
    further = "" if shown_end == end else ", at any higher bitrate too"
    axes.text((begin * shown_end) ** 0.5, level * 0.86, f"shared inference is fastest{further}",
              ha="center", va="top", fontsize=8, color=INK)


def _crossing(axes: Axes, bitrate: float, latency_ms: float, bottom: float, is_begin: bool) -> None:
    colour = STYLES[SHARED][0]
    ends = [bottom, latency_ms]
    axes.plot([bitrate] * 2, ends, color=colour, linestyle=":", linewidth=1.0, zorder=2)
    axes.plot([bitrate], [latency_ms], marker="o", markersize=6, color=colour, zorder=5)
    offset, across, down = ((6, 6), "left", "bottom") if is_begin else ((-6, -6), "right", "top")
    axes.annotate(f"{_bitrate(bitrate)}, {latency_ms:.2g} ms", (bitrate, latency_ms), offset,
                  textcoords="offset points", ha=across, va=down, fontsize=7.5,
                  path_effects=style.halo(), zorder=6)


def measurements(row: Series) -> str:
    """The measurements and the choice of the server's speed, in three lines."""
    names = ("encode_s", "decode_s", "classify_s", "network_s")
    encode, decode, classify, network = (f"{1e3 * row[name]:.3g} ms" for name in names)
    codec = f"by {row['input_codec']} at {row['input_setting']}"
    form = "as float32 coordinates" if row["input_codec"] == "raw" else codec
    threads = f"{row['threads']} thread{'' if row['threads'] == 1 else 's'}"
    return (f"Measured over {row['samples']} clouds, {threads}: encode {encode}, decode {decode}, "
            f"classify {classify}; PointNet {network}.\n"
            f"Stream {row['stream_bits']:.0f} bits; cloud sent {form}: "
            f"{row['input_bits']:,.0f} bits. Chosen: the server computes "
            f"{row['server_speedup']:g} times faster.")


def _bitrate(value: float, _: object = None) -> str:
    for unit, size in (("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if value >= 0.9995 * size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} bit/s"
