"""What is left after motion compensation: image, tensor, compensated tensor and masked difference, one transform a row."""

from typing import TYPE_CHECKING, Any

from lcpc.figures import _latent, style
from lcpc.results.store import Results

if TYPE_CHECKING:
    import numpy
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("Image, nine channels of the tensor that the network makes of it, the reference tensor moved by the rescaled "
           "motion, and the absolute difference of both tensors as a share of the dynamic range; white where the motion can "
           "predict nothing, because content enters the frame or its border is within reach")
STEM = "latent_motion_residuals"
COLUMNS = ("Image", "Tensor", "Motion-compensated tensor", "Difference / range")
SIDE = 3
BRIGHTEST = 0.2


def points(results: Results) -> "pandas.DataFrame":
    """Error of the shown channels and share of positions for each transform; the pictures travel as an attribute."""
    import pandas

    shown = _latent.pictures(results, STEM)
    first = _latent.measured(results, STEM).sort_values("weights", kind="stable").iloc[0]
    about = {"network": first["network"], "weights": first["weights"], "layer": str(shown.arrays["residual_layer"]),
             "image": str(shown.arrays["image"]), "evidence": "measured", "_file": shown.file, "_line": None}
    masks = shown.arrays["residual_masks"]
    rows = [{"series": str(name), **about, "valid_percent": 100 * float(masks[index].mean()),
             "nrmse_shown": float((difference(shown.arrays, index) ** 2)[:, masks[index]].mean() ** 0.5)}
            for index, name in enumerate(shown.arrays["residual_names"])]
    frame = pandas.DataFrame(rows).astype({"_line": "Int64"})
    frame.attrs["pictures"] = shown
    return frame


def difference(arrays: "dict[str, numpy.ndarray]", index: int) -> "numpy.ndarray":
    """|predicted - actual| / range of the shown channels under transform `index`: [C, h, w]."""
    import numpy

    predicted = arrays["residual_predicted"][index].astype(numpy.float64)
    return numpy.abs(predicted - arrays["residual_tensors"][index + 1].astype(numpy.float64)) / float(arrays["residual_span"])


def draw(points: "pandas.DataFrame") -> "Figure":
    """One row for the reference and one for each transform."""
    from matplotlib.figure import Figure

    arrays = points.attrs["pictures"].arrays
    figure = Figure(figsize=(style.PAGE_IN * 0.9, style.PAGE_IN * 0.9 * 1.16))
    board = figure.subplots(len(points) + 1, 4)
    for axes in board.flat:
        _latent.bare(axes)
    _first(board[0], arrays, points.iloc[0])
    for index, (_, row) in enumerate(points.iterrows()):
        picture = _row(board[index + 1], arrays, index)
        board[index + 1, 0].set_ylabel(row["series"])
        board[index + 1, 3].set_xlabel(f"NRMSE {row['nrmse_shown']:.3f}", fontsize=7.5, labelpad=1.5)
    bar = figure.colorbar(picture, ax=board[1:, 3], shrink=0.6, pad=0.03, aspect=30)
    bar.ax.grid(False)
    bar.ax.tick_params(labelsize=7)
    bar.set_label("share of the tensor's range", fontsize=7.5)
    return figure


def _first(board: Any, arrays: "dict[str, numpy.ndarray]", about: "pandas.Series") -> None:
    board[0].set_ylabel("reference")
    board[0].imshow(arrays["residual_images"][0])
    _channels(board[1], arrays["residual_tensors"][0], arrays)
    for axes, word in zip(board, COLUMNS, strict=True):
        axes.set_title(word)
    words = (_latent.NAMES[about["network"]], f"layer {about['layer']}", f"({about['weights']})", f"image {about['image']}")
    board[2].text(0.5, 0.5, "\n".join(words), ha="center", va="center", color=style.FAINT, transform=board[2].transAxes)


def _row(board: Any, arrays: "dict[str, numpy.ndarray]", index: int) -> Any:
    import numpy

    mask = arrays["residual_masks"][index]
    board[0].imshow(arrays["residual_images"][index + 1])
    _channels(board[1], arrays["residual_tensors"][index + 1], arrays)
    _channels(board[2], numpy.where(mask, arrays["residual_predicted"][index], numpy.nan), arrays)
    left = numpy.where(mask, difference(arrays, index), numpy.nan)
    return board[3].imshow(_latent.mosaic(left, SIDE), cmap="magma", vmin=0, vmax=BRIGHTEST, interpolation="nearest")


def _channels(axes: Any, tensor: "numpy.ndarray", arrays: "dict[str, numpy.ndarray]") -> None:
    board = _latent.mosaic(_latent.stretched(tensor, like=arrays["residual_tensors"][0]), SIDE)
    axes.imshow(board, cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
