"""What each setting of the recipe is worth: a panel for each size and P, a dot for each setting."""

from typing import Any

from lcpc import curves
from lcpc.config.ablation import WHOLE, label_of
from lcpc.curves import ablations
from lcpc.curves.ablations import AbovePublished, Change, Quantity, Recipe
from lcpc.curves.trainings import OTHERS
from lcpc.errors import MissingData
from lcpc.figures import _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.results.frames import frame_of
from lcpc.results.store import PUBLISHED, Results

READS = (ablations.KIND,)
STEM = "ablation"
CAPTION = ("Change of top-1 accuracy at equal rate (steady BD-accuracy) where the proposed codec "
           "is trained without one setting of its recipe; left of zero the setting helps. Dots: "
           "means over seeds, over the rates of all settings; bars: 95 % intervals over test "
           "clouds and seeds; hollow: the published curve against the recipe with all settings, "
           "over the rates of the published curve")
RUN = f"`snakemake --cores 8 figures/ablation/{STEM}.pdf`"
PRINT_LABEL = "published curve"
CHANGE = "change_points"
ENDS = (f"low_{CHANGE}", f"high_{CHANGE}")


def points(results: Results) -> DataFrame:
    """One row a recipe: its change with both ends; of the whole recipe that to the published curve.

    Raises MissingData where the run has no recipe without a setting.
    """
    rows = [_row(recipe) for recipe in ablations.recipes(results)]
    frame = frame_of([row for row in rows if row])
    if frame.empty or (frame["recipe"] == PUBLISHED).all():
        raise MissingData(f"run {results.run} trains no recipe without a setting; ask for one in "
                          f"`ablation:` and run {_rows.command(results, STEM)}, or {RUN}")
    return _rows.with_lines(frame)


def _row(recipe: Recipe) -> dict[str, Any]:
    """The point of a recipe; {} for a whole recipe that no published curve is there for."""
    quantity: Quantity = AbovePublished(recipe) if recipe.is_whole else Change(recipe)
    try:
        change, (low, high) = quantity.value(), quantity.ends()
    except ValueError:
        if recipe.is_whole:
            return {}
        raise
    name, sources = recipe.name, [recipe.rows]
    if recipe.is_whole:
        name, change, low, high = PUBLISHED, -change, -high, -low
        sources.insert(0, quantity.frames[-1])
    else:
        sources.append(recipe.whole)
    series = f"{recipe.size} at P={recipe.points}, {_label(name)}"
    evidence = PUBLISHED if name == PUBLISHED else curves.evidence_of(recipe.rows)
    return {"series": series, "size": recipe.size, "points": recipe.points, "recipe": name,
            CHANGE: change, ENDS[0]: low, ENDS[1]: high, "evidence": evidence, **_origin(sources)}


def _origin(frames: list[DataFrame]) -> dict[str, Any]:
    """The first of the rows, and the others as `file:line`."""
    places: list[tuple[str, int]] = []
    for frame in frames:
        places += zip(frame["_file"].astype(str), frame["_line"].astype(int), strict=True)
    (first_file, first_line), *others = places
    words = [f"{file}:{line}" for file, line in others]
    return {"_file": first_file, "_line": first_line, OTHERS: "\n".join(words)}


def _label(name: str) -> str:
    return PRINT_LABEL if name == PUBLISHED else label_of(name)


def draw(points: DataFrame) -> Figure:
    """A row of panels a size, a column a P, with one axis of settings."""
    sizes, counts = list(points["size"].unique()), sorted(points["points"].unique())
    names = [name for name in (*ablations.ORDER, PUBLISHED) if name in set(points["recipe"])]
    places = {name: -rank for rank, name in enumerate(names) if name != WHOLE}
    height = 0.55 + len(sizes) * (0.4 + 0.17 * len(places))
    figure = style.new_figure(style.PAGE_IN, height)
    panels = figure.subplots(len(sizes), len(counts), squeeze=False, sharex="col", sharey=True)
    for size, row in zip(sizes, panels, strict=True):
        for count, axes in zip(counts, row, strict=True):
            chosen = points[(points["size"] == size) & (points["points"] == count)]
            _panel(axes, chosen, places, style.SIZE_STYLES[size].colour)
            axes.set_title(f"{size}, P={count}", loc="left")
    labels = [_label(name) for name in places]
    panels[0][0].set_yticks(list(places.values()), labels)
    figure.supxlabel("Change of accuracy without the setting, at equal rate (points)", fontsize=9)
    return figure


def _panel(axes: Axes, points: DataFrame, places: dict[str, int], colour: str) -> None:
    axes.axvline(0, color=style.FAINT, linewidth=0.8, zorder=2)
    for row in points.to_dict("records"):
        place, is_published = places[row["recipe"]], row["recipe"] == PUBLISHED
        axes.plot([row[end] for end in ENDS], [place, place], color=colour, linewidth=1.2,
                  zorder=2.5, solid_capstyle="butt")
        axes.plot(row[CHANGE], place, "D" if is_published else "o", color=colour, markersize=4,
                  markerfacecolor="white" if is_published else colour, zorder=3)
    axes.grid(visible=True, axis="both")
    axes.set_ylim(min(places.values()) - 0.6, max(places.values()) + 0.6)
