"""The data set: fifteen objects of the run's test split before sampling, in three rows."""

from pathlib import Path

import numpy

from lcpc import config
from lcpc.data.meshes import Mesh
from lcpc.data.showcase import Shown, chosen
from lcpc.errors import MissingData
from lcpc.figures import _rows, _shading, style
from lcpc.figures._types import Array, DataFrame, Figure
from lcpc.results.frames import frame_of
from lcpc.results.provenance import value_digest
from lcpc.results.store import PUBLISHED, Results

READS: tuple[str, ...] = ()
"""No rows: the objects come from the data set."""
STEM = "dataset_meshes"
CAPTION = ("Fifteen objects of the data set, before sampling: meshes of its test split, or its "
           "clouds where the run holds no meshes.")
ROWS, COLUMNS = 3, 5
PIXELS = 360


def points(results: Results) -> DataFrame:
    """The objects with a digest of their geometry, and their bodies as attribute."""
    if results.run == PUBLISHED:
        raise MissingData(f"run {PUBLISHED} has no data set, so nothing to show in {STEM}; "
                          f"run `lcpc figure {STEM} --run demo`")

    settings = config.load(results.root, results.run)
    if settings.dataset is None:
        raise MissingData(f"run {results.run} names no dataset, so it has nothing to show in "
                          f"{STEM}; see config/README.md")
    shown = chosen(settings, results.root, ROWS * COLUMNS)
    name, folder = settings.dataset.name, settings.dataset.folder
    dataset = Path(folder).name if name == "folder" else name
    origin = {"run": results.run, "dataset": dataset, "evidence": "measured",
              "_file": f"config/{results.run}.yaml", "_line": None}
    rows = [{"series": "objects", **row_of(item), **origin} for item in shown]
    frame = _rows.with_lines(frame_of(rows))
    frame = frame.astype({"vertices": "Int64", "faces": "Int64"})
    frame.attrs["shown"] = shown
    return frame


def row_of(item: Shown) -> dict[str, str | int]:
    """Columns of an object."""
    vertices, triangles = body_of(item)
    digest = value_digest([vertices.round(9).tolist(), triangles.tolist()])
    drawn = "mesh" if len(triangles) else "cloud"
    return {"class": item.kind, "sample": item.sample, "drawn": drawn,
            "vertices": len(vertices), "faces": len(triangles), "digest": digest}


def draw(points: DataFrame) -> Figure:
    """Three rows of five, each object with its class below."""
    figure = style.new_figure(style.PAGE_IN, style.PAGE_IN * (ROWS / COLUMNS) * 1.1)
    board = figure.subplots(ROWS, COLUMNS)
    for axes in board.flat:
        axes.set_axis_off()
    for axes, item in zip(board.flat, points.attrs["shown"], strict=False):
        picture = _shading.picture(*body_of(item), PIXELS)
        axes.imshow(picture, interpolation="antialiased")
        axes.set_title(item.kind.replace("_", " "), y=-0.10, va="top", fontsize=8.5)
    return figure


def body_of(item: Shown) -> tuple[Array, Array]:
    """Vertices [V, 3] and triangles [F, 3] of an object; a cloud has no triangles."""
    if isinstance(item.body, Mesh):
        return item.body.vertices, item.body.triangles
    return numpy.asarray(item.body, numpy.float64), numpy.empty((0, 3), numpy.int32)
