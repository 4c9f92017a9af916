"""95 % intervals of a run's curves, from the rows of its single test clouds."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from lcpc.errors import MissingData
from lcpc.metrics import intervals
from lcpc.metrics.intervals import Array, Interpolated, Replicates
from lcpc.results.cells import Cell
from lcpc.results.samples import cloud_results, files_of, sources_of
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas

DECIMALS = 3
"""Far finer than 1,000 replicates know an end, so that every machine writes the same digits."""
METHOD = f"percentiles 2.5 and 97.5 over {intervals.REPLICATES:,} resamplings of the test clouds"

NO_CLOUDS = "the documents publish no results of single clouds, so that there is no interval"


class Resampling:
    """A curve of a run in every replicate, made when first asked for.

    high: rate (bits) up to which steady curves are carried, if they end before. Attributes raise
    MissingData where the rows of single clouds are absent.
    """

    def __init__(self, results: Results, rows: "pandas.DataFrame",
                 high: float = 0.0) -> None:
        self.results, self.rows, self.high = results, rows, high

    @cached_property
    def points(self) -> Replicates:
        """Rates and accuracies."""
        clouds = cloud_results(self.results, self.rows)
        counts = intervals.resampled_counts(len(clouds.names))
        self.clouds = clouds.names
        return intervals.resampled(clouds.rate_bits, clouds.is_right, counts)

    @cached_property
    def curves(self) -> Interpolated:
        """The curves of both recipes. Raises ValueError where a replicate has none."""
        return intervals.interpolated(self.points, self.high)


def paired(anchor: Resampling, curve: Resampling) -> tuple[Interpolated, Interpolated]:
    """Both on the same clouds. Raises MissingData where they were tested on different ones."""
    pair = anchor.curves, curve.curves
    if anchor.clouds != curve.clouds:
        raise MissingData(f"{files_of(curve.rows)[0]} has other clouds than the anchor; evaluate "
                          "both on the same")
    return pair


def ends_of(name: str, values: Callable[[], Array], *curves: Resampling) -> tuple[Cell, Cell]:
    """Low and high end of the interval of a quantity, whose replicates `values` gives."""
    try:
        interval = intervals.interval(values())
    except (MissingData, ValueError) as error:
        missing = Cell(missing=f"no interval: {error}")
        return missing, missing
    sources = dict.fromkeys(source for curve in curves for source in sources_of(curve.rows))
    formula = f"{name}, end of the 95 % interval: {METHOD}"
    low, high = (Cell(round(end, DECIMALS), formula, tuple(sources)) for end in interval)
    return low, high
