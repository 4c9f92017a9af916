"""Types for annotations; numpy, pandas and matplotlib are loaded only where they are used."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy import ndarray as Array
    from pandas import DataFrame, Series
else:
    Array = Axes = DataFrame = Figure = Series = Any

__all__ = ["Array", "Axes", "DataFrame", "Figure", "Series"]
