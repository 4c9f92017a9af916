"""95 % intervals as cells of a table: its columns, and the two ends with their origin."""

from collections.abc import Callable, Mapping, Sequence

from lcpc.errors import MissingData
from lcpc.metrics import intervals
from lcpc.metrics.intervals import Array
from lcpc.resampling import DECIMALS, ResampledCurve, require_same_clouds
from lcpc.results.cells import Cell, Source
from lcpc.results.samples import sources_of

METHOD = f"percentiles 2.5 and 97.5 over {intervals.REPLICATES:,} resamplings of the test {{}}"
OF_CLOUDS, OF_IMAGES = METHOD.format("clouds"), METHOD.format("images")
NO_CLOUDS = "the documents publish no results of single clouds, so that there is no interval"
NO_IMAGES = "the documents publish no rates of single images, so that there is no interval"
Pair = tuple[Cell, Cell]
Replicated = Callable[[], Array]
"""Gives a quantity in every replicate, [B]."""


def columns(quantities: Sequence[str]) -> list[str]:
    """Names of the columns of the ends of quantities."""
    return [f"{end}_{quantity}" for quantity in quantities for end in ("low", "high")]


def cells(pairs: Mapping[str, Pair]) -> dict[str, Cell]:
    """The cells of these columns, from both ends of each quantity."""
    return {name: cell for quantity, pair in pairs.items()
            for name, cell in zip(columns([quantity]), pair, strict=True)}


def ends_of(value: Cell, name: str, replicates: Replicated, sources: Sequence[Source],
            method: str = OF_CLOUDS) -> Pair:
    """Low and high end of a quantity's interval; its own reason where it has no value."""
    if value.missing:
        return value, value
    try:
        interval = intervals.interval(replicates())
    except (MissingData, ValueError) as error:
        missing = Cell(missing=f"no interval: {error}")
        return missing, missing
    formula = f"{name}, end of the 95 % interval: {method}"
    low, high = (Cell(round(end, DECIMALS), formula, tuple(sources)) for end in interval)
    return low, high


def sources_of_curves(*curves: ResampledCurve) -> list[Source]:
    """The files of single clouds of curves, each once."""
    return list(dict.fromkeys(source for curve in curves for source in sources_of(curve.rows)))


def of_pair(metric: Callable[[ResampledCurve, ResampledCurve], Array], anchor: ResampledCurve,
            curve: ResampledCurve) -> Replicated:
    """A quantity of a curve against its anchor, on the same clouds."""
    def replicates() -> Array:
        require_same_clouds(anchor, curve)
        return metric(anchor, curve)

    return replicates


def resampled_as(anchor: ResampledCurve | None, curve: ResampledCurve) -> ResampledCurve:
    """The curve; the anchor itself where it is the anchor, which is resampled already."""
    return anchor if anchor is not None and curve.rows is anchor.rows else curve
