"""Figure of the data set: fifteen objects of the run's test split before sampling, in three rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from lcpc import config
from lcpc.errors import MissingData
from lcpc.figures import _shading, style
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

    from lcpc.data.showcase import Shown

STEM = "dataset_meshes"
CAPTION = ("Fifteen objects of the data set, before sampling: meshes of its test split, or its clouds where the run holds "
           "no meshes.")
ROWS, COLUMNS = 3, 5
PIXELS = 360


def points(results: Results) -> "pandas.DataFrame":
    """The objects: class, name, what is drawn and how large it is, with a digest of its geometry. Their bodies travel along."""
    import pandas

    if results.run == PUBLISHED:
        raise MissingData(f"run {PUBLISHED} has no data set, so nothing to show in {STEM}; "
                          f"run `lcpc figure {STEM} --run demo`")
    from lcpc.data.showcase import chosen

    settings = config.load(results.root, results.run)
    if settings.dataset is None:
        raise MissingData(f"run {results.run} names no dataset, so it has nothing to show in {STEM}; see config/README.md")
    shown = chosen(settings, results.root, ROWS * COLUMNS)
    place = (Path("config") / f"{results.run}.yaml").as_posix()
    dataset = Path(settings.dataset.folder).name if settings.dataset.name == "folder" else settings.dataset.name
    about = {"run": results.run, "dataset": dataset, "evidence": "measured", "_file": place, "_line": None}
    frame = pandas.DataFrame([{"series": "objects", **row_of(one), **about} for one in shown])
    frame = frame.astype({"vertices": "Int64", "faces": "Int64", "_line": "Int64"})
    frame.attrs["shown"] = shown
    return frame


def row_of(one: "Shown") -> dict[str, str | int]:
    """What the table says of an object."""
    vertices, triangles = body_of(one)
    from lcpc.results.provenance import value_digest

    return {"class": one.kind, "sample": one.sample, "drawn": "mesh" if len(triangles) else "cloud", "vertices": len(vertices),
            "faces": len(triangles), "digest": value_digest([vertices.round(9).tolist(), triangles.tolist()])}


def draw(points: "pandas.DataFrame") -> "Figure":
    """Three rows of five, each object with its class below."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE_IN, style.PAGE_IN * (ROWS / COLUMNS) * 1.1))
    board = figure.subplots(ROWS, COLUMNS)
    for axes in board.flat:
        axes.set_axis_off()
    for axes, one in zip(board.flat, points.attrs["shown"], strict=False):
        vertices, triangles = body_of(one)
        axes.imshow(_shading.picture(vertices, triangles, PIXELS), interpolation="antialiased")
        axes.set_title(one.kind.replace("_", " "), y=-0.10, va="top", fontsize=8.5)
    return figure


def body_of(one: "Shown") -> "tuple[_shading.Array, _shading.Corners]":
    """Vertices [V, 3] and triangles [F, 3] of an object; a cloud has no triangles."""
    import numpy

    from lcpc.data.meshes import Mesh

    if isinstance(one.body, Mesh):
        return one.body.vertices, one.body.triangles
    return numpy.asarray(one.body, numpy.float64), numpy.empty((0, 3), numpy.int32)
