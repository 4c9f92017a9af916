"""Reconstructions (Fig. 4): the shape that a latent still has of its cloud, at four rates."""

from typing import Any

from lcpc.figures import _clouds, _rows, style
from lcpc.figures._types import Array, DataFrame, Figure, Series
from lcpc.results.frames import concat
from lcpc.results.store import Results

KIND = "reconstruction"
READS = (KIND,)
CAPTION = ("One test cloud with the critical points of each codec in red (upper rows), and its "
           "reconstruction from the decoded latent (lower rows) by an auxiliary decoder that the "
           "codec was not trained with. Rows: codec sizes with their P; columns: four rates, with "
           "the bits of this cloud (model's estimate) and the Chamfer distance (squared lengths; "
           "the cloud's radius is 1)")
STEM = "reconstructions"
DOT_PT2, DOT_POINTS = 1.6, 1024
"""The area of a dot in a cloud of so many points; fewer points have larger dots."""
COLUMNS = 4
HEIGHT_IN = 1.5


def points(results: Results) -> DataFrame:
    """The points of the reference and of the reconstruction for each size and rate."""
    rows = _clouds.measured(results, KIND, STEM)
    frames = []
    for file, curve in rows.groupby("_file", sort=False):
        arrays = _rows.arrays_beside(results, str(file))
        cloud = _clouds.cloud_of(results, curve.iloc[0], arrays)
        frames += [_of_rate(arrays, cloud, row) for _, row in curve.iloc[:COLUMNS].iterrows()]
    return _clouds.as_figure(frames)


def _of_rate(arrays: dict[str, Array], cloud: Array, row: Series) -> DataFrame:
    index = arrays["lambdas"].tolist().index(row["lambda"])
    about = {**_clouds.about(row), "sample": row["example"], "rate_bits": row["example_rate_bits"],
             "stream_bits": row["example_stream_bits"], "chamfer": row["example_chamfer"]}
    critical, made = arrays["critical"][index], arrays["made"][index]
    reference = _clouds.rows_of(cloud, critical, **about, element="reference")
    reconstruction = _clouds.rows_of(made, False, **about, element="reconstruction")
    frame = concat([reference, reconstruction])
    return frame.assign(**_clouds.origin(row))


def draw(points: DataFrame) -> Figure:
    """Two rows of pictures a size."""
    sizes = [rows for _, rows in points.groupby("size", sort=False)]
    figure = style.new_figure(style.PAGE_IN, 2 * HEIGHT_IN * len(sizes))
    board = figure.subplots(2 * len(sizes), COLUMNS, squeeze=False)
    for rank, rows in enumerate(sizes):
        _size(board[2 * rank:2 * rank + 2], rows)
    return figure


def _size(board: Any, rows: DataFrame) -> None:
    curve = rows.groupby("lambda", sort=True)
    size_pt2 = DOT_PT2 * (DOT_POINTS / int(rows["points"].iloc[0])) ** 0.75
    for (upper, lower), (_, points) in zip(board.T, curve, strict=False):
        about = points.iloc[0]
        is_reference = points["element"] == "reference"
        reference = points[is_reference]
        _clouds.draw_cloud(upper, reference, size_pt2, marked=True)
        _clouds.draw_cloud(lower, points[~is_reference], size_pt2)
        _clouds.look_at(upper, reference)
        _clouds.look_at(lower, reference)
        for dots in lower.collections:  # a made point may lie outside the reference
            dots.set_clip_on(False)
        upper.set_title(f"{about['rate_bits']:.0f} bits (λ={about['lambda']:g})", pad=2)
        lower.set_title(f"Chamfer {about['chamfer']:.4f}", y=-0.1, pad=0, fontsize=7.5,
                        color=style.FAINT)
    first = rows.iloc[0]
    words = f"{first['size']}, P={first['points']}\nreference", "reconstruction"
    for axes, word in zip(board[:, 0], words, strict=True):
        axes.text(-0.04, 0.5, word, transform=axes.transAxes, rotation=90, ha="right", va="center",
                  fontsize=8.5)
