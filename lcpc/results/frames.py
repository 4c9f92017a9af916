"""Types of data frames and arrays, and how frames are made: pandas is loaded with the first one, so
that what only lists jobs starts without it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy import ndarray as Array
    from pandas import DataFrame, Series
else:
    Array = DataFrame = Series = Any

__all__ = ["Array", "DataFrame", "Series", "concat", "frame_of"]


def frame_of(rows: Any, **options: Any) -> DataFrame:
    """A frame of rows or columns; `options` are those of pandas."""
    import pandas

    return pandas.DataFrame(rows, **options)


def concat(frames: Iterable[DataFrame]) -> DataFrame:
    """Frames below one another, their rows numbered anew."""
    import pandas

    return pandas.concat(list(frames), ignore_index=True)
