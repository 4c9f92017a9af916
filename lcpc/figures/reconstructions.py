"""Reconstructions (Fig. 4): what a latent still holds of its cloud, at four rates, drawn by auxiliary decoders."""

from typing import TYPE_CHECKING, Any

from lcpc.figures import _clouds, style
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("One test cloud with the critical points of each codec in red (upper rows), and its reconstruction from the decoded "
           "latent (lower rows) by an auxiliary decoder that the codec was not trained with. Rows: codec sizes, each at its "
           "largest P; columns: four rates, with the bits of this cloud (model's estimate) and the Chamfer distance (squared "
           "lengths; the cloud's radius is 1)")
STEM = "reconstructions"
KIND = "reconstruction"
VERB = "lcpc evaluate reconstruction"
COLUMNS = 4
HEIGHT_IN = 1.5


def points(results: Results) -> "pandas.DataFrame":
    """The points of the reference and of the reconstruction for each size and rate."""
    import pandas

    rows = _clouds.measured(results, KIND, STEM, VERB)
    frames = []
    for file, own in rows.groupby("_file", sort=False):
        arrays = _clouds.picture(results, str(file))
        frames += [_of_rate(arrays, row) for _, row in own.iloc[:COLUMNS].iterrows()]
    return pandas.concat(frames, ignore_index=True).astype({"_line": "Int64"})


def _of_rate(arrays: dict[str, Any], row: "pandas.Series") -> "pandas.DataFrame":
    import pandas

    member = arrays["lambdas"].tolist().index(row["lambda"])
    about = {**_clouds.about(row), "sample": row["example"], "rate_bits": row["example_rate_bits"],
             "stream_bits": row["example_stream_bits"], "chamfer": row["example_chamfer"]}
    told = {"evidence": row["evidence"], "_file": row["_file"], "_line": row["_line"]}
    return pandas.concat([
        _clouds.rows_of(arrays["cloud"], arrays["critical"][member], **about, element="reference"),
        _clouds.rows_of(arrays["made"][member], None, **about, element="reconstruction"),
    ], ignore_index=True).assign(**told)


def draw(points: "pandas.DataFrame") -> "Figure":
    """Two rows of pictures a size."""
    from matplotlib.figure import Figure

    sizes = list(dict.fromkeys(points["size"]))
    figure = Figure(figsize=(style.PAGE_IN, 2 * HEIGHT_IN * len(sizes)))
    board = figure.subplots(2 * len(sizes), COLUMNS, squeeze=False)
    for rank, size in enumerate(sizes):
        _size(board[2 * rank:2 * rank + 2], points[points["size"] == size])
    return figure


def _size(board: Any, rows: "pandas.DataFrame") -> None:
    for column, (_, own) in enumerate(rows.groupby("lambda", sort=True)):
        about = own.iloc[0]
        reference = own[own["element"] == "reference"]
        _clouds.draw_cloud(board[0, column], reference, 1.6, marked=True)
        _clouds.draw_cloud(board[1, column], own[own["element"] == "reconstruction"], 1.6)
        for axes in board[:, column]:
            _clouds.look_at(axes, reference)
        board[0, column].set_title(f"{about['rate_bits']:.0f} bits (λ={about['lambda']:g})", pad=2)
        board[1, column].set_title(f"Chamfer {about['chamfer']:.4f}", y=-0.02, pad=0, fontsize=7.5, color=style.FAINT)
    first = rows.iloc[0]
    for axes, word in zip(board[:, 0], (f"{first['size']}, P={first['points']}\nreference", "reconstruction"), strict=True):
        axes.text(-0.04, 0.5, word, transform=axes.transAxes, rotation=90, ha="right", va="center", fontsize=8.5)
