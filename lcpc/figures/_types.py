"""Types for annotations; matplotlib is loaded only where it draws."""

from typing import TYPE_CHECKING, Any

from lcpc.results.frames import Array, DataFrame, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
else:
    Axes = Figure = Any

__all__ = ["Array", "Axes", "DataFrame", "Figure", "Series"]
