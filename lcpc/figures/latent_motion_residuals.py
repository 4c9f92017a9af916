"""After motion compensation: image, tensors and masked difference, one transform a row."""

from typing import Any

import numpy

from lcpc.figures import _latent, _rows, style
from lcpc.figures._types import Array, DataFrame, Figure, Series
from lcpc.results.frames import frame_of
from lcpc.results.store import Results

READS = (_latent.KIND,)
CAPTION = ("Image, nine channels of the tensor that the network makes of it, the reference tensor "
           "moved by the rescaled motion, and the absolute difference of both tensors as a share "
           "of the dynamic range; white where the motion can predict nothing, because content "
           "enters the frame or its border is within reach")
STEM = "latent_motion_residuals"
COLUMNS = ("Image", "Tensor", "Motion-compensated tensor", "Difference / range")
SIDE = 3
BRIGHTEST = 0.2
WIDTH_IN = style.PAGE_IN * 0.9

Arrays = dict[str, Array]


def points(results: Results) -> DataFrame:
    """Error of the shown channels for each transform; the pictures as attribute."""
    shown = _latent.pictures(results, STEM, "residual_layer")
    origin = {**shown.origin, "_file": shown.file, "_line": None}
    rows = []
    for index, name in enumerate(shown.arrays["residual_names"]):
        mask = shown.arrays["residual_masks"][index]
        squares = difference(shown.arrays, index) ** 2
        rows.append({"series": str(name), **origin, "valid_percent": 100 * float(mask.mean()),
                     "nrmse_shown": float(squares[:, mask].mean() ** 0.5)})
    frame = _rows.with_lines(frame_of(rows))
    frame.attrs["pictures"] = shown
    return frame


def difference(arrays: Arrays, index: int) -> Array:
    """|predicted - actual| / range of the shown channels under transform `index`: [C, h, w]."""
    predicted = arrays["residual_predicted"][index].astype(numpy.float64)
    actual = arrays["residual_tensors"][index + 1].astype(numpy.float64)
    return numpy.abs(predicted - actual) / float(arrays["residual_span"])


def draw(points: DataFrame) -> Figure:
    """One row for the reference and one for each transform."""
    arrays = points.attrs["pictures"].arrays
    figure = style.new_figure(WIDTH_IN, WIDTH_IN * 1.16)
    board = figure.subplots(len(points) + 1, 4)
    for axes in board.flat:
        style.bare(axes)
    _first(board[0], arrays, points.iloc[0])
    for index, (_, row) in enumerate(points.iterrows()):
        image, *_, residual = board[index + 1]
        picture = _row(board[index + 1], arrays, index)
        image.set_ylabel(row["series"])
        residual.set_xlabel(f"NRMSE {row['nrmse_shown']:.3f}", fontsize=7.5, labelpad=1.5)
    bar = figure.colorbar(picture, ax=board[1:, 3], shrink=0.6, pad=0.03, aspect=30)
    bar.ax.grid(False)
    bar.ax.tick_params(labelsize=7)
    bar.set_label("share of the tensor's range", fontsize=7.5)
    return figure


def _first(board: Any, arrays: Arrays, about: Series) -> None:
    image, tensor, words, _ = board
    image.set_ylabel("reference")
    image.imshow(arrays["residual_images"][0])
    _channels(tensor, arrays["residual_tensors"][0], arrays)
    for axes, word in zip(board, COLUMNS, strict=True):
        axes.set_title(word)
    lines = (_latent.NAMES[about["network"]], f"layer {about['layer']}", f"({about['weights']})",
             f"image {about['image']}")
    words.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", color=style.FAINT,
               transform=words.transAxes)


def _row(board: Any, arrays: Arrays, index: int) -> Any:
    image, tensor, compensated, residual = board
    mask = arrays["residual_masks"][index]
    image.imshow(arrays["residual_images"][index + 1])
    _channels(tensor, arrays["residual_tensors"][index + 1], arrays)
    predicted = numpy.where(mask, arrays["residual_predicted"][index], numpy.nan)
    _channels(compensated, predicted, arrays)
    errors = _latent.mosaic(numpy.where(mask, difference(arrays, index), numpy.nan), SIDE)
    return residual.imshow(errors, cmap="magma", vmin=0, vmax=BRIGHTEST, interpolation="nearest")


def _channels(axes: Any, tensor: Array, arrays: Arrays) -> None:
    _latent.show_channels(axes, tensor, arrays["residual_tensors"][0], SIDE)
