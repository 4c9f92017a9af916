"""Shared by the figures that show clouds: which rows and pictures of a run they take, and how a cloud is drawn."""

from typing import TYPE_CHECKING, Any

from lcpc.errors import MissingData, ResultError
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import numpy
    import pandas
    from matplotlib.axes import Axes

SIZES = ("full", "lite", "micro")
CLOUD, CRITICAL = "#2b6ca3", "#d7191c"
AZIMUTH_DEG, ELEVATION_DEG = -58.0, 26.0
FARTHEST_FADE = 0.72
WIDE, MARGIN = 4 / 3, 1.16
MISSING = "measures nothing, so it has nothing to show"


def measured(results: Results, kind: str, stem: str, verb: str) -> "pandas.DataFrame":
    """Done rows of a kind, of each size at the largest P that it has. Raises MissingData with the command that makes them."""
    if results.run == PUBLISHED:
        raise MissingData(f"run {PUBLISHED} {MISSING} in {stem}; run `snakemake --cores 2 figures/demo/{stem}.pdf`")
    frame = results.measured(kind)
    done = frame[(frame["status"] == "done").fillna(False).astype(bool)]
    if done.empty:
        raise MissingData(f"results/{results.run}/{kind} holds no rows; run `{verb} --run {results.run} --size micro --points "
                          "1024`, or with another size and P that the run trains")
    kept = done[done["points"] == done.groupby("size")["points"].transform("max")]
    ranks = kept["size"].map({size: rank for rank, size in enumerate(SIZES)})
    return kept.assign(_rank=ranks).sort_values(["_rank", "lambda"], kind="stable").drop(columns="_rank").reset_index(drop=True)


def picture(results: Results, file: str) -> "dict[str, numpy.ndarray]":
    """Arrays beside the rows in `file`. Raises MissingData or ResultError where they are gone or broken."""
    import numpy

    path = (results.root / file).with_suffix(".npz")
    if not path.is_file():
        raise MissingData(f"{path.relative_to(results.root)} is not there; its rows came with it: evaluate again")
    try:
        with numpy.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, OSError, EOFError) as error:
        raise ResultError(f"{path.relative_to(results.root)}: {error}; evaluate again") from error


def about(row: "pandas.Series") -> dict[str, Any]:
    """What tells one codec's points from another's."""
    shared = {name: row[name] for name in ("run", "dataset", "size", "points", "lambda")}
    return {"series": f"{row['size']} P={row['points']} lambda={row['lambda']:g}", **shared}


def rows_of(cloud: "numpy.ndarray", critical: "numpy.ndarray | None", **about: Any) -> "pandas.DataFrame":
    """One row a point: what it belongs to, index, x, y, z, and whether it is critical."""
    import pandas

    frame = pandas.DataFrame(cloud, columns=["x", "y", "z"]).assign(critical=False if critical is None else critical)
    return frame.assign(index=range(len(frame)), **about)[[*about, "index", "x", "y", "z", "critical"]]


def flat(points: "pandas.DataFrame") -> "numpy.ndarray":
    """Points seen from the front right and above: [n, (right, up, depth)]; depth grows towards the eye."""
    import numpy

    azimuth, elevation = numpy.deg2rad(AZIMUTH_DEG), numpy.deg2rad(ELEVATION_DEG)
    x, y, z = (points[name].to_numpy(float) for name in "xyz")
    toward = numpy.cos(azimuth) * x + numpy.sin(azimuth) * y
    right = -numpy.sin(azimuth) * x + numpy.cos(azimuth) * y
    up = numpy.cos(elevation) * z - numpy.sin(elevation) * toward
    return numpy.stack([right, up, numpy.sin(elevation) * z + numpy.cos(elevation) * toward], axis=1)


def draw_cloud(axes: "Axes", points: "pandas.DataFrame", size_pt2: float = 2.0, marked: bool = False) -> None:
    """Dots, the farther the paler; `marked` puts a red cross on each critical point."""
    import numpy

    seen = flat(points)
    order = numpy.argsort(seen[:, 2], kind="stable")
    depth = (seen[:, 2] - seen[:, 2].min()) / max(float(numpy.ptp(seen[:, 2])), 1e-9)
    axes.scatter(seen[order, 0], seen[order, 1], s=size_pt2, color=_faded(CLOUD, depth[order]), linewidths=0)
    if marked:
        draw_critical(axes, points)


def draw_critical(axes: "Axes", points: "pandas.DataFrame", size_pt2: float = 42.0) -> None:
    """A red cross with a dot at each critical point of a cloud."""
    seen = flat(points[points["critical"].astype(bool)])
    axes.scatter(seen[:, 0], seen[:, 1], s=size_pt2, marker="+", color=CRITICAL, linewidths=0.8, zorder=3)
    axes.scatter(seen[:, 0], seen[:, 1], s=4.0, color=CRITICAL, linewidths=0, zorder=3)


def look_at(axes: "Axes", points: "pandas.DataFrame") -> None:
    """Fill the axes, WIDE to 1, with a cloud, and draw nothing else there."""
    seen = flat(points)[:, :2]
    low, high = seen.min(axis=0), seen.max(axis=0)
    centre, half = (low + high) / 2, MARGIN / 2 * max(float(high[0] - low[0]), WIDE * float(high[1] - low[1]), 1e-6)
    axes.set(xlim=(centre[0] - half, centre[0] + half), ylim=(centre[1] - half / WIDE, centre[1] + half / WIDE), aspect="equal")
    axes.axis("off")


def _faded(colour: str, nearness: "numpy.ndarray") -> "numpy.ndarray":
    import numpy
    from matplotlib.colors import to_rgb

    share = (1 - FARTHEST_FADE * (1 - nearness))[:, None]
    return share * numpy.array(to_rgb(colour)) + (1 - share)
