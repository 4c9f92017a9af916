"""Rate and accuracy of the codec `mixed`, the documents' codecs, PCS 2024 and the ideal bound."""

from lcpc import curves
from lcpc.curves import DOCUMENTS_DATASET, PROPOSED, SIZES, trainings
from lcpc.errors import MissingData
from lcpc.figures import _points, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.figures.style import LineStyle
from lcpc.results.store import PUBLISHED, Results

READS = ("mixed",)
CAPTION = ("Top-1 accuracy over bits a cloud on the ModelNet40 test split, P = 1024: the codec "
           "mixed with the documents' encoders (solid), the documents' published curves (dashed), "
           "the base layer of PCS 2024 (dotted), and the ideal bound. Bands: 95 % intervals over "
           "the test clouds. A curve of several seeds goes through the mean rate and the mean "
           "accuracy of each lambda; tables give the mean of what each seed needs for 80 % "
           "instead, which may differ by a bit or so")
STEM = "rate_accuracy_beyond"
POINTS = 1024
RATES, ACCURACIES = (2.5, 150.0), (40.0, 92.0)
MIXED, SCALABLE = "mixed", "scalable-pointnet2"
TARGET_PERCENT = 80.0
DOTS = (0, (1, 1.3))


def points(results: Results) -> DataFrame:
    """Curves of the run, means over seeds, published curves and the bound, with intervals.

    Raises MissingData where the run has no curve of `mixed`.
    """
    points = _points.with_intervals(results, mean_curves(results))
    points.attrs["caption"] = _points.captioned(CAPTION, points)
    return points


def mean_curves(results: Results) -> DataFrame:
    """The points without intervals. Raises MissingData where the run has no curve of `mixed`."""
    rows = curves.done(results.measured(MIXED))
    rows = rows[(rows["points"] == POINTS) & (rows["dataset"] == DOCUMENTS_DATASET)]
    rows = rows[rows["variant"] == ""]
    if rows.empty:
        raise MissingData(f"run {results.run} has no curve of {MIXED} at P = {POINTS} on "
                          f"ModelNet40; run {_rows.command(results, STEM)}")
    measured = [_named(trainings.mean_points(curve), f"mixed {size}")
                for size, curve in rows.groupby("size", sort=True)]
    documents = curves.published_rows(results)
    published = [_named(_curve(documents, size), f"proposed {size} (published)") for size in SIZES]
    bound = next(_points.bounds(Results(results.root, PUBLISHED), rows.iloc[:0]))
    frames = [*measured, *published, *_scalable(results), _named(bound, "ideal bound")]
    return _rows.concat(frames)


def _curve(documents: DataFrame, size: str) -> DataFrame:
    rows = _points.proposed(documents, size)
    return rows[(rows["points"] == POINTS).fillna(False)]


def _scalable(results: Results) -> list[DataFrame]:
    """Fronts of the base layer of PCS 2024."""
    rows = curves.base_layer_rows(results).assign(run=PUBLISHED, evidence=PUBLISHED,
                                                  dataset=DOCUMENTS_DATASET)
    return [_named(curves.front(curve), f"{SCALABLE} {size} (published)")
            for size, curve in rows.groupby("size", sort=True)]


def _named(rows: DataFrame, series: str) -> DataFrame:
    typed = _points.typed(rows)
    typed.insert(0, "series", series)
    return typed


def draw(points: DataFrame) -> Figure:
    """One panel, a column wide, bits on a log axis; a column of the legend for each maker."""
    figure = style.new_figure(style.COLUMN_IN, 3.5)
    axes = figure.subplots()
    axes.set(ylim=ACCURACIES, ylabel=style.ACCURACY_LABEL)
    style.log_bits(axes, RATES)
    axes.set_title(f"{curves.DOCUMENTS_LABEL}, P={POINTS}", loc="left", color=style.FAINT)
    series = [rows for _, rows in points.groupby("series", sort=False)]
    for rows in sorted(series, key=_order):
        _draw_curve(axes, rows.sort_values("rate_bits"), _style(rows))
    axes.axhline(TARGET_PERCENT, color=style.FAINT, linewidth=0.5, linestyle=DOTS, zorder=1.5)
    handles, labels = axes.get_legend_handles_labels()
    if any(area.get_gid() == style.BAND_LABEL for area in axes.collections):
        place = sum(label.startswith((MIXED, PROPOSED)) for label in labels)
        handles.insert(place, style.band_handle())
        labels.insert(place, style.BAND_LABEL)
    figure.legend(handles, labels, loc="outside lower center", ncols=3, columnspacing=1.0)
    return figure


def _order(rows: DataFrame) -> tuple[int, int]:
    """Place in the legend: by who made it, the costliest encoder first."""
    makers, sizes = (MIXED, PROPOSED, SCALABLE, _points.IDEAL), ("local", *SIZES)
    codec, size = str(rows["codec"].iloc[0]), str(rows["size"].iloc[0])
    return makers.index(codec), sizes.index(size) if size in sizes else 0


def _style(rows: DataFrame) -> LineStyle:
    """Colour by size; line by who made it."""
    codec, size = str(rows["codec"].iloc[0]), str(rows["size"].iloc[0])
    if codec == _points.IDEAL:
        return style.IDEAL_STYLE
    colour = style.MIXED_STYLES[size].colour
    if codec == MIXED:
        return LineStyle(f"mixed, {size}", colour, style.MIXED_STYLES[size].marker, "-")
    if codec == PROPOSED:
        return LineStyle(f"proposed, {size}", colour, "", style.PUBLISHED_DASHES)
    return LineStyle(f"PCS 2024, {size}", colour, ".", DOTS)


def _draw_curve(axes: Axes, rows: DataFrame, line: LineStyle) -> None:
    is_measured = (rows["codec"] == MIXED).all()
    axes.plot(rows["rate_bits"], rows["top1_percent"], color=line.colour, label=line.label,
              linestyle=line.dashes, linewidth=1.5 if is_measured else 0.9, marker=line.marker,
              markersize=3.2 if is_measured else 2.2, zorder=3 if is_measured else 2)
    style.draw_band(axes, rows, "rate_bits", "top1_percent", line.colour)
