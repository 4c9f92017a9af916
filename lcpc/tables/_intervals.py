"""95 % intervals as cells of a table: its columns, and the two ends with their origin."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from lcpc.curves.resampling import ResampledCurve, ResampledTraining, require_same_clouds, rounded
from lcpc.errors import MissingData
from lcpc.metrics import intervals
from lcpc.metrics.intervals import Floats, max_accuracies
from lcpc.results.cells import Cell, Source
from lcpc.results.frames import DataFrame
from lcpc.results.samples import sources_of

METHOD = f"percentiles 2.5 and 97.5 over {intervals.REPLICATES:,} resamplings of the test {{}}"
OF_CLOUDS, OF_IMAGES = METHOD.format("clouds"), METHOD.format("images")
NO_CLOUDS = "the documents publish no results of single clouds, so that there is no interval"
NO_IMAGES = "the documents publish no rates of single images, so that there is no interval"
IN_BRACKETS = f"In brackets: 95 % intervals, {OF_IMAGES}, the same for all methods."
Ends = tuple[Cell, Cell]
Replicated = Callable[[], Floats]
"""Gives a quantity in every replicate, [B]."""


def columns(quantities: Sequence[str]) -> list[str]:
    """Names of the columns of the ends of quantities."""
    return [f"{end}_{quantity}" for quantity in quantities for end in ("low", "high")]


def cells(pairs: Mapping[str, Ends]) -> dict[str, Cell]:
    """The cells of these columns, from both ends of each quantity."""
    named: dict[str, Cell] = {}
    for quantity, pair in pairs.items():
        named |= zip(columns([quantity]), pair, strict=True)
    return named


def curve_ends(value: Cell, name: str, metric: Callable[[ResampledTraining], Floats],
               curve: ResampledCurve) -> Ends:
    """Low and high end of a curve's quantity; its own reason where it has no value.

    metric: the quantity of one training in every replicate, [B].
    """
    if value.missing:
        return value, value
    return _ends(name, lambda: curve.replicates(metric), sources_of(curve.rows), _method(curve))


def highest_ends(value: Cell, curve: ResampledCurve, name: str) -> Ends:
    """Low and high end of a curve's highest top-1 accuracy."""
    return curve_ends(value, name, lambda training: max_accuracies(training.points), curve)


def pair_ends(value: Cell, metric: Callable[[ResampledTraining, ResampledTraining], Floats],
              anchor: ResampledCurve | None, curve: ResampledCurve) -> Ends:
    """Low and high end of a quantity of a curve against its anchor, on the same clouds.

    metric: the quantity of (anchor, one training) in every replicate, [B]. The value's own reason
    where it has none; anchors are codecs without seeds.
    """
    if value.missing or anchor is None:
        return value, value
    reference, = anchor.trainings

    def of_training(training: ResampledTraining) -> Floats:
        """The quantity of one training in every replicate, [B]."""
        require_same_clouds(reference, training)
        return metric(reference, training)

    sources = dict.fromkeys((*sources_of(anchor.rows), *sources_of(curve.rows)))
    return _ends(value.formula, lambda: curve.replicates(of_training), list(sources),
                 _method(curve))


def _method(curve: ResampledCurve) -> str:
    count = len(curve.trainings)
    return f"{OF_CLOUDS} and of {count} seeds" if count > 1 else OF_CLOUDS


def _ends(name: str, replicates: Replicated, sources: Sequence[Source], method: str) -> Ends:
    try:
        interval = intervals.interval(replicates())
    except (MissingData, ValueError) as error:
        missing = Cell(missing=f"no interval: {error}")
        return missing, missing
    formula = f"{name}, end of the 95 % interval: {method}"
    low, high = (Cell(rounded(end), formula, tuple(sources)) for end in interval)
    return low, high


def resampled_as(anchor: ResampledCurve | None, curve: ResampledCurve) -> ResampledCurve:
    """The curve; the anchor itself where it is the anchor, which is resampled already."""
    return anchor if anchor is not None and curve.rows is anchor.rows else curve


def image_ends(formulas: Mapping[str, str], replicates: Callable[[], Mapping[str, Floats]],
               rows: DataFrame) -> dict[str, Cell]:
    """The cells of the ends of quantities of image codecs; `replicates` gives all of them, [B]."""
    sources = list(dict.fromkeys(sources_of(rows)))

    def of(quantity: str) -> Floats:
        """One quantity in every replicate, [B]."""
        return replicates()[quantity]

    pairs = {quantity: _ends(formula, partial(of, quantity), sources, OF_IMAGES)
             for quantity, formula in formulas.items()}
    return cells(pairs)
