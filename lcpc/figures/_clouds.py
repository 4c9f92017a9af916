"""Shared by the figures that show clouds: their rows and pictures, and how a cloud is drawn."""

from collections.abc import Iterable
from typing import Any

import numpy

from lcpc import config
from lcpc.curves import SIZES
from lcpc.data import point_clouds
from lcpc.errors import MissingData, ResultError
from lcpc.figures import _rows
from lcpc.figures._types import Array, Axes, DataFrame, Series
from lcpc.results.frames import frame_of
from lcpc.results.store import Results

CLOUD, CRITICAL = "#2b6ca3", "#d7191c"
CLOUD_ARRAY, COORDINATES = "cloud", ["x", "y", "z"]
AZIMUTH_DEG, ELEVATION_DEG = -58.0, 26.0
FARTHEST_FADE = 0.72
WIDE, MARGIN = 4 / 3, 1.16


def measured(results: Results, kind: str, stem: str) -> DataFrame:
    """Done rows of a kind, of each size at its largest P. Raises MissingData with the command."""
    _rows.refuse_published(results, stem)
    done = _rows.done(results.measured(kind))
    if done.empty:
        raise MissingData(f"results/{results.run}/{kind} holds no rows; "
                          f"run {_rows.command(results, stem)}")
    largest = done.groupby("size")["points"].transform("max")
    rows = done[done["points"] == largest]
    ranks = rows["size"].map({size: rank for rank, size in enumerate(SIZES)})
    rows = rows.assign(_rank=ranks).sort_values(["_rank", "lambda"], kind="stable")
    return rows.drop(columns="_rank").reset_index(drop=True)


def cloud_of(results: Results, row: Series, arrays: dict[str, Array]) -> Array:
    """The cloud [P, 3] of a picture: beside its rows, or in the data set where that may not be
    passed on. Raises MissingData without the data set, ResultError where it has no such cloud."""
    if CLOUD_ARRAY in arrays:
        return arrays[CLOUD_ARRAY]
    clouds = point_clouds.load(config.load(results.root, results.run), results.root, "test")
    places = {str(name): place for place, name in enumerate(clouds.samples)}
    if row["example"] not in places:
        raise ResultError(f"{row['_file']} shows {row['example']}, which {clouds.name} does not "
                          "have; evaluate again")
    return clouds.first(int(row["points"]))[places[row["example"]]]


def as_figure(frames: Iterable[DataFrame]) -> DataFrame:
    """All points of a figure; coordinates are only drawn where the data set forbids more."""
    points = _rows.concat(frames)
    if not all(map(point_clouds.may_be_passed_on, points["dataset"].unique())):
        points.attrs[_rows.WITHHELD] = COORDINATES
    return points


def about(row: Series) -> dict[str, Any]:
    """Columns that distinguish the points of one codec from another's."""
    shared = {name: row[name] for name in ("run", "dataset", "size", "points", "lambda")}
    series = f"{row['size']} P={row['points']} lambda={row['lambda']:g}"
    return {"series": series, **shared}


def origin(row: Series) -> dict[str, Any]:
    """Columns that say where points come from."""
    return {name: row[name] for name in ("evidence", "_file", "_line")}


def rows_of(cloud: Array, critical: Array | bool, **about: Any) -> DataFrame:
    """One row a point: `about`, index, x, y, z, and whether it is critical."""
    frame = frame_of(cloud, columns=COORDINATES)
    frame = frame.assign(critical=critical, index=range(len(frame)), **about)
    return frame[[*about, "index", *COORDINATES, "critical"]]


def flat(points: DataFrame) -> Array:
    """Points seen from the front right and above: [n, (right, up, depth towards the eye)]."""
    azimuth, elevation = numpy.deg2rad(AZIMUTH_DEG), numpy.deg2rad(ELEVATION_DEG)
    x, y, z = points[COORDINATES].to_numpy(float).T
    toward = numpy.cos(azimuth) * x + numpy.sin(azimuth) * y
    right = -numpy.sin(azimuth) * x + numpy.cos(azimuth) * y
    up = numpy.cos(elevation) * z - numpy.sin(elevation) * toward
    depth = numpy.sin(elevation) * z + numpy.cos(elevation) * toward
    return numpy.stack([right, up, depth], axis=1)


def draw_cloud(axes: Axes, points: DataFrame, size_pt2: float = 2.0, marked: bool = False) -> None:
    """Dots, the farther the paler; `marked` puts a red cross on each critical point."""
    seen = flat(points)
    seen = seen[numpy.argsort(seen[:, 2], kind="stable")]
    right, up, depth = seen.T
    nearness = (depth - depth.min()) / max(float(numpy.ptp(depth)), 1e-9)
    axes.scatter(right, up, s=size_pt2, color=_faded(CLOUD, nearness), linewidths=0)
    if marked:
        draw_critical(axes, points)


def dot_size_pt2(count: int) -> float:
    """Area of the dots of a cloud: 2 at 1,024 points, larger for few, which are seen as well."""
    return 2.0 * (1024 / count) ** 0.5


def draw_critical(axes: Axes, points: DataFrame, size_pt2: float = 42.0) -> None:
    """A red cross with a dot at each critical point of a cloud."""
    right, up, _ = flat(points[points["critical"].astype(bool)]).T
    axes.scatter(right, up, s=size_pt2, marker="+", color=CRITICAL, linewidths=0.8, zorder=3)
    axes.scatter(right, up, s=4.0, color=CRITICAL, linewidths=0, zorder=3)


def look_at(axes: Axes, points: DataFrame) -> None:
    """Fill the axes, WIDE to 1, with a cloud, and draw nothing else there."""
    seen = flat(points)[:, :2]
    low, high = seen.min(axis=0), seen.max(axis=0)
    width, height = high - low
    x, y = (low + high) / 2
    half = MARGIN / 2 * max(float(width), WIDE * float(height), 1e-6)
    axes.set(xlim=(x - half, x + half), ylim=(y - half / WIDE, y + half / WIDE), aspect="equal")
    axes.axis("off")


def _faded(colour: str, nearness: Array) -> Array:
    from matplotlib.colors import to_rgb

    share = (1 - FARTHEST_FADE * (1 - nearness))[:, None]
    return share * numpy.array(to_rgb(colour)) + (1 - share)
