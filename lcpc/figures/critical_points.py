"""Critical points: a cloud and the few points that win its max-pool give the same stream, hence the same output."""

from typing import TYPE_CHECKING, Any

from lcpc.figures import _clouds, style
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("A test cloud with its critical points in red (left), and what becomes of the whole cloud and of its critical "
           "points alone: the same stream, byte for byte, hence the same output. Streams are shown in hexadecimal, whole or "
           "from their start; one row a codec size, at its largest P and lambda")
STEM = "critical_points"
KIND = "critical_points"
VERB = "lcpc evaluate critical-points"
HEIGHT_IN = 2.1
BYTES_A_LINE, LINES = 8, 5
TEXT_X, OUT_X = 0.66, 0.915
LANES = (0.74, 0.26)


def points(results: Results) -> "pandas.DataFrame":
    """The points of each size's cloud, and one row each for what the whole cloud and its critical set come to."""
    import pandas

    rows = _clouds.measured(results, KIND, STEM, VERB)
    shown = [own.iloc[-1] for _, own in rows.groupby("size", sort=False)]
    frames = [_of_size(_clouds.picture(results, str(row["_file"])), row) for row in shown]
    return pandas.concat(frames, ignore_index=True).astype({"_line": "Int64"})


def _of_size(arrays: dict[str, Any], row: "pandas.Series") -> "pandas.DataFrame":
    import pandas

    about = _clouds.about(row)
    critical = arrays["critical"][arrays["lambdas"].tolist().index(row["lambda"])]
    cloud = _clouds.rows_of(arrays["cloud"], critical, **about, element="point")
    outcomes = pandas.DataFrame([
        {**about, "element": element, "count": count, "stream_hex": stream, "decoded_class": decoded}
        for element, count, stream, decoded in (
            ("cloud", len(cloud), row["stream_hex"], row["decoded_class"]),
            ("critical set", int(critical.sum()), row["critical_stream_hex"], row["critical_decoded_class"]))])
    told = {"sample": row["example"], "class": row["example_class"], "clouds": row["samples"],
            "same_stream_percent": row["same_stream_percent"], "critical_mean": row["critical_mean"],
            "evidence": row["evidence"], "_file": row["_file"], "_line": row["_line"]}
    return pandas.concat([cloud, outcomes], ignore_index=True).assign(**told)


def draw(points: "pandas.DataFrame") -> "Figure":
    """One block a size, from the cloud on the left to the outputs on the right."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import PlaceHolderLayoutEngine

    sizes = list(dict.fromkeys(points["series"]))
    # With layout "none" matplotlib falls back to the style's layout from the second saving on.
    nothing = PlaceHolderLayoutEngine(adjust_compatible=False, colorbar_gridspec=False)
    figure = Figure(figsize=(style.PAGE_IN, HEIGHT_IN * len(sizes)), layout=nothing)
    for rank, name in enumerate(sizes):
        bottom = 1 - (rank + 1) / len(sizes)
        _block(figure, points[points["series"] == name], bottom, 1 / len(sizes))
    return figure


def _block(figure: "Figure", rows: "pandas.DataFrame", bottom: float, height: float) -> None:
    cloud, outcomes = rows[rows["element"] == "point"], rows[rows["element"] != "point"]
    about = rows.iloc[0]
    left = figure.add_axes((0.005, bottom + 0.2 * height, 0.215, 0.6 * height))
    _clouds.draw_cloud(left, cloud, marked=True)
    _clouds.look_at(left, cloud)
    figure.text(0.012, bottom + 0.93 * height, f"proposed, {about['size']}: P={about['points']}, λ={about['lambda']:g}",
                va="center", fontweight="bold", fontsize=8.5)
    figure.text(0.1125, bottom + 0.13 * height, f"{about['dataset']}: {about['sample']}\ncritical points in red", ha="center",
                va="center", fontsize=7, color=style.FAINT)
    for lane, (_, outcome) in zip(LANES, outcomes.iterrows(), strict=True):
        _lane(figure, cloud, outcome, bottom + lane * height, height)
        _arrow(figure, (0.232, bottom + (0.5 + 0.35 * (lane - 0.5)) * height), (0.302, bottom + lane * height))
    same = outcomes["stream_hex"].nunique() == 1, outcomes["decoded_class"].nunique() == 1
    for x, equal in zip((TEXT_X, OUT_X), same, strict=True):
        _verdict(figure, x, bottom + 0.5 * height, height, equal)


def _lane(figure: "Figure", cloud: "pandas.DataFrame", outcome: "pandas.Series", middle: float, height: float) -> None:
    axes = figure.add_axes((0.30, middle - 0.18 * height, 0.155, 0.39 * height))
    if outcome["element"] == "cloud":
        _clouds.draw_cloud(axes, cloud, size_pt2=1.0)
    else:
        _clouds.draw_critical(axes, cloud, size_pt2=26)
    _clouds.look_at(axes, cloud)
    word = "points" if outcome["element"] == "cloud" else "critical points"
    figure.text(0.378, middle - 0.215 * height, f"{outcome['count']:.0f} {word}", ha="center", va="center", fontsize=7)
    _arrow(figure, (0.465, middle), (0.535, middle), "compress")
    figure.text(TEXT_X, middle, hexadecimal(outcome["stream_hex"]), ha="center", va="center", fontsize=6.3,
                family="DejaVu Sans Mono", linespacing=1.25)
    _arrow(figure, (0.785, middle), (0.855, middle), "decode")
    figure.text(OUT_X, middle, f"“{outcome['decoded_class']}”", ha="center", va="center", fontsize=9)


def hexadecimal(stream: str) -> str:
    """A stream for the eye: two bytes a group, eight a line, and how long it is where not all of it is shown."""
    groups = [stream[at:at + 4] for at in range(0, len(stream), 4)]
    lines = [" ".join(groups[at:at + BYTES_A_LINE // 2]) for at in range(0, len(groups), BYTES_A_LINE // 2)]
    length = f"({len(stream) // 2} bytes)"
    return "\n".join([*lines, length] if len(lines) < LINES else [*lines[:LINES - 2], f"{lines[LINES - 2]} …", length])


def _verdict(figure: "Figure", x: float, middle: float, height: float, equal: bool) -> None:
    gap = 0.075 * height
    _arrow(figure, (x, middle - gap), (x, middle + gap), both=True)
    word, colour = ("same", style.FAINT) if equal else ("different", _clouds.CRITICAL)
    figure.text(x + 0.012, middle, word, va="center", fontsize=8, color=colour)


def _arrow(figure: "Figure", start: tuple[float, float], end: tuple[float, float], word: str = "", both: bool = False) -> None:
    from matplotlib.patches import FancyArrowPatch

    figure.add_artist(FancyArrowPatch(start, end, transform=figure.transFigure, arrowstyle="<|-|>" if both else "-|>",
                                      mutation_scale=7, linewidth=0.9, color=style.FAINT, shrinkA=0, shrinkB=0))
    if word:
        height = 0.07 / figure.get_figheight()
        figure.text((start[0] + end[0]) / 2, end[1] + height, word, ha="center", va="bottom", fontsize=7.5)
