"""Inference latency against bitrate: everything at the edge, shared with a server through the codec, or all on the server."""

from math import log10
from typing import TYPE_CHECKING

from lcpc.figures import _clouds, style
from lcpc.metrics.latency import Way, crossing_bitrate, fastest_interval, latency_s
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("Latency of one cloud's classification against the bitrate of the link, from measured bits and times (below the "
           "axes; median over test clouds, on the machine that stands for the edge device). Edge-only: PointNet at the edge. "
           "Shared: the proposed codec's encoder at the edge, its decoder and classifier on the server. Cloud-only: the cloud "
           "is sent, PointNet runs on the server. The server's speed is a choice of the run's configuration. Dots: where two "
           "ways take equally long")
STEM = "inference_latency"
KIND = "latency"
VERB = "lcpc evaluate latency"
ORDER = ("micro", "lite", "full")
"""The smallest encoder that a run has measured is shown: the one that an edge device would take."""
WAYS = {"edge-only": ("#cc5a9a", "--"), "shared": ("#5b3f9d", "-"), "cloud-only": ("#0072b2", (0, (5, 1.4, 1, 1.4)))}
INK = "#444444"
STEPS = 240
MARGIN = 12.0
MEASURED = ("threads", "stream_bits", "encode_s", "decode_s", "classify_s", "input_codec", "input_setting", "input_bits",
            "input_encode_s", "input_decode_s", "network_s", "server_speedup", "samples")


def points(results: Results) -> "pandas.DataFrame":
    """Each way's latency along the bitrates, and the crossings, with the measurements behind them."""
    import numpy
    import pandas

    rows = _clouds.measured(results, KIND, STEM, VERB)
    size = next(size for size in ORDER if size in set(rows["size"]))
    row = rows[rows["size"] == size].iloc[-1]
    found = ways(row)
    crossings = {name: rate for name, rate in (
        ("edge-only = shared", crossing_bitrate(found["edge-only"], found["shared"])),
        ("shared = cloud-only", crossing_bitrate(found["shared"], found["cloud-only"]))) if rate is not None}
    bitrates = numpy.geomspace(*_span(found, list(crossings.values())), STEPS)
    frames = [pandas.DataFrame({"series": name, "element": "curve", "bitrate": bitrates, "latency_s": latency_s(way, bitrates)})
              for name, way in found.items()]
    frames += [pandas.DataFrame({"series": name, "element": "crossing", "bitrate": [rate],
                                 "latency_s": latency_s(found["shared"], [rate])}) for name, rate in crossings.items()]
    told = {name: row[name] for name in ("run", "dataset", "size", "points", "lambda", *MEASURED, "evidence", "_file", "_line")}
    return pandas.concat(frames, ignore_index=True).assign(**told).astype({"_line": "Int64"})


def ways(row: "pandas.Series") -> dict[str, Way]:
    """Bits and seconds of the three ways from one row of measurements."""
    server = float(row["server_speedup"])
    return {
        "edge-only": Way(0.0, row["network_s"]),
        "shared": Way(row["stream_bits"], row["encode_s"] + (row["decode_s"] + row["classify_s"]) / server),
        "cloud-only": Way(row["input_bits"], _sending(row) + (_receiving(row) + row["network_s"]) / server),
    }


def _sending(row: "pandas.Series") -> float:
    # Raw coordinates leave as they lie in memory; what the clock shows for them is the clock.
    return 0.0 if row["input_codec"] == "raw" else float(row["input_encode_s"])


def _receiving(row: "pandas.Series") -> float:
    return 0.0 if row["input_codec"] == "raw" else float(row["input_decode_s"])


def _span(found: dict[str, Way], crossings: list[float]) -> tuple[float, float]:
    """Ends of the bitrate axis: well beyond the crossings, or beyond where the shared way's bits weigh as much as its work."""
    marks = crossings or [found["shared"].bits / found["shared"].work_s]
    return min(marks) / MARGIN, max(marks) * MARGIN


def draw(points: "pandas.DataFrame") -> "Figure":
    """Both axes logarithmic: the interval spans decades."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE_IN * 0.72, 3.5))
    axes = figure.subplots()
    about = points.iloc[0]
    found = ways(about)
    curves = points[points["element"] == "curve"]
    for name, (colour, dashes) in WAYS.items():
        own = curves[curves["series"] == name]
        axes.plot(own["bitrate"], 1e3 * own["latency_s"], color=colour, linestyle=dashes, linewidth=1.8, zorder=3)
    lowest, highest = (1e3 * min(way.work_s for way in found.values()), 1e3 * found["edge-only"].work_s)
    span = curves["bitrate"].min(), curves["bitrate"].max()
    axes.set(xscale="log", yscale="log", xlim=span, ylim=(lowest / 6, highest * 6),
             xlabel="Bitrate of the link", ylabel="Latency of one cloud (ms)")
    axes.xaxis.set_major_formatter(_bitrate)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_title(f"{about['dataset']}, proposed {about['size']}, P={about['points']}, λ={about['lambda']:g}, measured in run "
                   f"{about['run']}", loc="left", color=style.FAINT)
    _labels(axes, found)
    _interval(axes, points, fastest_interval(found["shared"], found["edge-only"], found["cloud-only"]))
    figure.supxlabel(measurements(about), fontsize=7, color=style.FAINT, x=0.02, ha="left", linespacing=1.35)
    return figure


def _labels(axes: "Axes", found: dict[str, Way]) -> None:
    x = axes.get_xlim()[1]
    ends = [(x, float(1e3 * latency_s(way, x))) for way in found.values()]
    places = style.spread([log10(y) for _, y in ends], 0.24)
    for (name, (colour, _)), (_, y), place in zip(WAYS.items(), ends, places, strict=True):
        axes.annotate(name, (x, y), (x * 1.35, 10 ** place), textcoords="data", color=colour, va="center", fontsize=9,
                      annotation_clip=False)


def _interval(axes: "Axes", points: "pandas.DataFrame", interval: tuple[float, float] | None) -> None:
    if interval is None:
        axes.text(0.03, 0.05, "shared inference is fastest at no bitrate", transform=axes.transAxes, fontsize=8, color=INK)
        return
    begin, end = interval
    shown, bottom, top = min(end, axes.get_xlim()[1]), *axes.get_ylim()
    axes.axvspan(begin, shown, color=WAYS["shared"][0], alpha=0.08, linewidth=0, zorder=1)
    for _, mark in points[points["element"] == "crossing"].iterrows():
        _crossing(axes, mark["bitrate"], 1e3 * mark["latency_s"], bottom, mark["bitrate"] == begin)
    level = bottom * (top / bottom) ** 0.14
    line = {"arrowstyle": "|-|" if shown == end else "->", "color": INK, "mutation_scale": 3, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (shown, level), (begin, level), arrowprops=line)
    words = "shared inference is fastest" + ("" if shown == end else ", at any higher bitrate too")
    axes.text((begin * shown) ** 0.5, level * 0.86, words, ha="center", va="top", fontsize=8, color=INK)


def _crossing(axes: "Axes", bitrate: float, latency_ms: float, bottom: float, begins: bool) -> None:
    colour = WAYS["shared"][0]
    axes.plot([bitrate] * 2, [bottom, latency_ms], color=colour, linestyle=":", linewidth=1.0, zorder=2)
    axes.plot([bitrate], [latency_ms], marker="o", markersize=6, color=colour, zorder=5)
    axes.annotate(f"{_bitrate(bitrate)}, {latency_ms:.2g} ms", (bitrate, latency_ms), (6, 6) if begins else (-6, -6),
                  textcoords="offset points", ha="left" if begins else "right", va="bottom" if begins else "top",
                  fontsize=7.5, path_effects=style.halo(), zorder=6)


def measurements(row: "pandas.Series") -> str:
    """What was measured, and what was chosen, in three lines."""
    ms = {name: f"{1e3 * row[name]:.3g} ms" for name in ("encode_s", "decode_s", "classify_s", "network_s")}
    sent = "as float32 coordinates" if row["input_codec"] == "raw" else f"by {row['input_codec']} at {row['input_setting']}"
    plural = "" if row["threads"] == 1 else "s"
    return (f"Measured over {row['samples']} clouds, {row['threads']} thread{plural}: encode {ms['encode_s']}, decode "
            f"{ms['decode_s']}, classify {ms['classify_s']}; PointNet {ms['network_s']}.\n"
            f"Stream {row['stream_bits']:.0f} bits; cloud sent {sent}: {row['input_bits']:,.0f} bits. "
            f"Chosen: the server computes {row['server_speedup']:g} times faster.")


def _bitrate(value: float, _: object = None) -> str:
    for unit, size in (("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if value >= 0.9995 * size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} bit/s"
