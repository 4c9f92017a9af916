"""Three axes: what the encoder costs, the bits for 80 % accuracy, and the highest accuracy."""

import math
from collections.abc import Iterator
from typing import Any

from lcpc import curves
from lcpc.curves import DOCUMENTS_DATASET, PROPOSED, SIZES, trainings
from lcpc.figures import _points, _rows, rate_accuracy_beyond, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.metrics.architectures import POINT_ENCODERS, point_decoder, point_encoder
from lcpc.metrics.complexity import mac_count
from lcpc.metrics.interpolate import rate_at_accuracy
from lcpc.results.store import PUBLISHED, Results

READS = ("mixed",)
CAPTION = ("What the sender computes for a cloud of 1,024 points (g_a, mixing and entropy model), "
           "the bits for 80 % top-1 accuracy, and the highest accuracy, on ModelNet40. Edge-only: "
           "the whole PointNet runs at the edge, and its label is sent without loss. Of "
           "several seeds: the mean of what each seed needs and reaches, as in the tables")
MIXED = rate_accuracy_beyond.MIXED
POINTS, TARGET_PERCENT = rate_accuracy_beyond.POINTS, rate_accuracy_beyond.TARGET_PERCENT
EDGE_ONLY = "edge-only"
NOT_OF_CURVES = ["lambda", "scale"]
"""Columns of points of a curve, which say nothing of a whole one."""
POINTNET_CLAIM = _points.OFFICIAL["no transforms"]


def points(results: Results) -> DataFrame:
    """One point a curve that reaches 80 % with all seeds. Raises MissingData without any curve."""
    shown = rate_accuracy_beyond.mean_curves(results)
    measured = curves.done(results.measured(MIXED))
    frames = list(_codecs(shown, measured))
    return _rows.concat([*frames, _edge_only(results)]).drop(columns=NOT_OF_CURVES)


def _codecs(shown: DataFrame, measured: DataFrame) -> Iterator[DataFrame]:
    """The documents' codecs and the run's."""
    for name, rows in shown[shown["codec"].isin([PROPOSED, MIXED])].groupby("series", sort=True):
        first, curve = rows.iloc[0], rows
        if first["codec"] == MIXED:
            curve = measured[measured["_file"].isin(_points.files_of(rows))]
            costs = curve.iloc[0]
            macs = POINTS * costs["encoder_macs_per_point"]
            macs += costs["mixing_macs"] + costs["entropy_macs"]
        else:
            widths = POINT_ENCODERS[str(first["size"])]
            macs = POINTS * mac_count(point_encoder(widths))
        lowest_top = min(map(curves.max_accuracy, trainings.split(curve)))
        if lowest_top < TARGET_PERCENT:
            continue
        rate_bits = trainings.mean(_rate_at_target, curve)
        highest = trainings.mean(curves.max_accuracy, curve)
        point = rows.iloc[[0]].assign(rate_bits=rate_bits, top1_percent=highest)
        yield point.assign(series=str(name), encoder_macs=int(macs))


def _rate_at_target(training: DataFrame) -> float:
    return rate_at_accuracy(*curves.arrays(training), TARGET_PERCENT)


def _edge_only(results: Results) -> DataFrame:
    claims = results.printed("headline_claims")
    row = claims[claims["claim"] == POINTNET_CLAIM]
    widths = POINT_ENCODERS[SIZES[0]]
    classes = len(Results(results.root, PUBLISHED).class_counts())
    macs = POINTS * mac_count(point_encoder(widths)) + mac_count(point_decoder(widths[-1][0]))
    row = row.assign(codec=EDGE_ONLY, rate_bits=math.log2(classes), top1_percent=row["value"],
                     points=POINTS, run=PUBLISHED, evidence=PUBLISHED, dataset=DOCUMENTS_DATASET)
    typed = _points.typed(row).assign(encoder_macs=macs)
    typed.insert(0, "series", EDGE_ONLY)
    return typed


CROWDED_MACS = 1e7
"""Multiply-accumulates from which on several codecs need few bits."""


def draw(points: DataFrame) -> Figure:
    """Both costs on log axes; the highest accuracy is written beside each point."""
    figure = style.new_figure(style.COLUMN_IN, 2.9)
    axes = figure.subplots()
    axes.set(xscale="log", yscale="log", xlim=(1e4, 2e9), ylim=(3, 80))
    axes.set(xlabel="Multiply-accumulates of the sender (per cloud)",
             ylabel=f"Bits for {TARGET_PERCENT:g} % accuracy")
    ticks = [3, 5, 10, 20, 50]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    crowded = points[(points["codec"] == MIXED) & (points["encoder_macs"] > CROWDED_MACS)]
    for row in points.itertuples():
        is_measured, is_codec = row.codec == MIXED, row.codec != EDGE_ONLY
        colour = style.MIXED_STYLES[row.size].colour if is_codec else "black"
        axes.plot(row.encoder_macs, row.rate_bits, color=colour, marker="D" if is_measured else "o",
                  markerfacecolor=colour if is_measured else "white", markersize=4.5)
        name = f"{row.codec}, {row.size}" if is_codec else row.codec
        words = f"{name}\nup to {row.top1_percent:.1f} %"
        is_below = row.rate_bits < crowded["rate_bits"].max()
        offset, vertical, horizontal = _place(is_measured, is_codec, row.encoder_macs, is_below)
        axes.annotate(words, (row.encoder_macs, row.rate_bits), offset, va=vertical,
                      ha=horizontal, fontsize=7, textcoords="offset points", color=colour,
                      path_effects=style.halo())
    _legend(axes)
    return figure


def _legend(axes: Axes) -> None:
    from matplotlib.lines import Line2D

    shared: dict[str, Any] = {"linestyle": "none", "color": style.FAINT, "markersize": 4.5}
    axes.legend(loc="lower left", handles=[
        Line2D([], [], marker="D", label="measured", **shared),
        Line2D([], [], marker="o", markerfacecolor="white", label="published", **shared)])


def _place(is_measured: bool, is_codec: bool, macs: float,
           is_below: bool) -> tuple[tuple[int, int], str, str]:
    """Offset of a label in points, and how it is aligned. Where costly senders crowd, measured ones
    below another have theirs on the left."""
    is_crowded = is_measured and macs > CROWDED_MACS
    if is_crowded and is_below:
        return (-7, 0), "center", "right"
    if (is_measured or not is_codec) and not is_crowded:
        return (0, -6), "top", "center"
    return (0, 6), "bottom", "center"
